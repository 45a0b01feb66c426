from odoo import fields, models

from . import canonical, seal_keys


class CloudAuditEvent(models.Model):
    """Each event carries a mark that only the program can make, from the moment it is written until it is sealed."""

    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("record_verified", "Record verified"),
            ("record_anchored", "Record anchored"),
            ("anchor_address", "Anchor's address changed"),
        ]
    )

    def _make_mark(self, row):
        record_keys = seal_keys.get_marking(self.env.cr.dbname)
        if record_keys is None:
            return super()._make_mark(row)
        return seal_keys.make_mark(record_keys, canonical.to_bytes(canonical.get_content(row)))
