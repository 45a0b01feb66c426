from odoo import fields, models


class CloudUsageImporter(models.AbstractModel):
    """What the nightly proof found is kept, and usage is counted by state for the screen."""

    _inherit = "cloud.usage.importer"

    # === HOOKS === #

    def _note_proof(self, company, differences):
        result = super()._note_proof(company, differences)
        now = fields.Datetime.now()
        self.env["cloud.usage.proof"]._note(company, differences, now)
        self.env["cloud.usage.state"]._count(company, now)
        return result
