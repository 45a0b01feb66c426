from odoo import api, fields, models


class CloudUsageFormatProposal(models.TransientModel):
    """Asks for a system that usage comes from by a connector, and makes the format that fits what it gives."""

    _name = "cloud.usage.format.proposal"
    _description = "Format of a System"

    proposal = fields.Selection(
        selection="_get_proposals", string="What Comes", required=True, help="The system, and what it is asked for."
    )
    name = fields.Char(compute="_compute_name", store=True, readonly=False, required=True)

    @api.model
    def _get_proposals(self):
        return self.env["cloud.usage.format"]._get_proposals()

    # === COMPUTE === #

    @api.depends("proposal")
    def _compute_name(self):
        labels = dict(self._get_proposals())
        for wizard in self:
            wizard.name = labels.get(wizard.proposal, "")

    # === ACTIONS === #

    def action_make(self):
        """Make the format and open it."""
        self.ensure_one()
        formats = self.env["cloud.usage.format"]
        formats.check_access("create")
        made = formats._make_proposed(self.proposal, self.name, self.env.company)
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.usage.format",
            "res_id": made.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }
