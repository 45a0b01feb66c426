from odoo import fields, models


class CloudUsageMapWizard(models.TransientModel):
    """An owner that is chosen for streams may be remembered as a rule, for streams that come later."""

    _inherit = "cloud.usage.map.wizard"

    is_remembered = fields.Boolean(
        string="Also What Comes Later",
        help="Makes a rule of the mapping table for each of these accounts: streams of them that are new belong to the "
        "same owner.",
    )

    # === ACTIONS === #

    def action_confirm(self):
        if not self.is_remembered:
            return super().action_confirm()
        streams = self._get_streams()
        result = super().action_confirm()
        self.env["cloud.usage.match.rule"]._remember_owners(streams, self.date_start, self.date_end)
        return result
