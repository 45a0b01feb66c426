from odoo import api, fields, models


class CloudUsageSign(models.TransientModel):
    """Signs a month that does not close by itself: shows what speaks against it, and asks for a reason."""

    _name = "cloud.usage.sign"
    _description = "Sign a Month"

    source_id = fields.Many2one("cloud.usage.source", required=True, readonly=True)
    provider_account = fields.Char(string="Account", readonly=True, default="")
    month = fields.Date(required=True, readonly=True)
    problem_text = fields.Text(string="What Speaks Against It", compute="_compute_figures")
    change_text = fields.Text(
        string="What Changed", compute="_compute_figures", help="Since the month was sealed last."
    )
    row_count = fields.Integer(string="Rows", compute="_compute_figures")
    reason = fields.Char(required=True, help="Kept with the seal and in the register of interventions.")

    # === COMPUTE === #

    @api.depends("source_id", "provider_account", "month")
    def _compute_figures(self):
        now, seals = fields.Datetime.now(), self.env["cloud.usage.seal"]
        for wizard in self:
            partition, problems = seals._get_one(wizard.source_id, wizard.provider_account or "", wizard.month, now)
            wizard.change_text = seals._get_former(partition)._tell_change(partition)
            wizard.problem_text = "\n".join(problems)
            wizard.row_count = partition.row_count

    # === ACTIONS === #

    def action_sign(self):
        """Seal the month, with what speaks against it and the reason."""
        self.ensure_one()
        self.env["cloud.usage.seal"]._sign(
            self.source_id, self.provider_account or "", self.month, self.reason, fields.Datetime.now()
        )
        return {"type": "ir.actions.act_window_close"}
