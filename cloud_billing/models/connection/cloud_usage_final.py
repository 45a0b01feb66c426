from odoo import api, fields, models


class CloudUsageFinal(models.Model):
    """A provider's own word that a month is final: it comes with a delivery, and is nobody's intervention."""

    _inherit = "cloud.usage.final"

    is_by_provider = fields.Boolean(string="By the Provider", readonly=True)

    # === BUSINESS === #

    @api.model
    def _call_by_provider(self, source, month, reference):
        """Keep that the provider calls a month of a source final; once."""
        if not self.search_count([("source_id", "=", source.id), ("month", "=", month)], limit=1):
            reason = self.env._("The provider says so with %(delivery)s.", delivery=reference)
            # sudo: nobody writes this by hand; it is the provider's word, kept as it came.
            self.sudo().create({"source_id": source.id, "month": month, "reason": reason, "is_by_provider": True})

    def _note_forced(self):
        return super(CloudUsageFinal, self.filtered(lambda final: not final.is_by_provider))._note_forced()
