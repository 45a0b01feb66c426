from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError


class CloudBillRun(models.Model):
    """A run beside another system's month: it is not submitted while a difference is not explained."""

    _inherit = "cloud.bill.run"

    parallel_ids = fields.One2many("cloud.parallel", "run_id", string="Parallel Month", readonly=True)
    parallel_open_count = fields.Integer(compute="_compute_parallel_open_count")

    # === COMPUTE === #

    @api.depends("parallel_ids.line_ids.state", "parallel_ids.line_ids.is_explained")
    def _compute_parallel_open_count(self):
        for run in self:
            run.parallel_open_count = sum(run.parallel_ids.mapped("open_count"))

    # === ACTIONS === #

    def action_submit(self):
        for run in self:
            problems = run._get_submit_blockers()
            if problems and problems == run._get_parallel_blockers():
                action = run.parallel_ids.get_formview_action()
                raise RedirectWarning("\n".join(problems), action, self.env._("Open the parallel month"))
        return super().action_submit()

    def action_open_parallel(self):
        """The comparison with the other system's month; a new one where there is none, while the run is in review."""
        self.ensure_one()
        if self.parallel_ids:
            return self.parallel_ids.get_formview_action()
        if self.state != "review":
            raise UserError(self.env._("%(run)s is not in review: rate it first.", run=self.name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Parallel Month"),
            "res_model": "cloud.parallel",
            "view_mode": "form",
            "context": {"default_run_id": self.id},
        }

    # === HOOKS === #

    def _get_submit_blockers(self):
        problems = super()._get_submit_blockers()
        return problems if self.state != "review" else problems + self._get_parallel_blockers()

    def _get_parallel_blockers(self):
        return [problem for parallel in self.parallel_ids for problem in parallel._get_blockers()]

    def _get_effect_notes(self, *args, **kwargs):
        notes = super()._get_effect_notes(*args, **kwargs)
        explained = self.parallel_ids.line_ids.filtered("is_explained")
        return notes + [
            self.env._(
                "Other than the former system: %(customer)s by %(difference)s %(currency)s: %(note)s",
                customer=line.display_name,
                difference=self.env["cloud.bill"]._format_amount(line.difference, line.currency_id),
                currency=line.currency_id.name,
                note=line.note,
            )
            for line in explained[:20]
        ]
