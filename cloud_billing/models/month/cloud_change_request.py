from odoo import api, fields, models
from odoo.exceptions import UserError

from ..control.cloud_protected_mixin import TOKEN
from .standing_token import STANDING_TOKEN


class CloudChangeRequest(models.Model):
    """Requests of this room, and a run that is submitted under what people agreed on beforehand."""

    _inherit = "cloud.change.request"

    kind = fields.Selection(
        selection_add=[("standing_approval", "Standing approval"), ("large_bill", "Large invoice")],
        ondelete={"standing_approval": "cascade", "large_bill": "cascade"},
    )
    standing_id = fields.Many2one(
        "cloud.standing.approval",
        string="Approved Under",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The standing approval that stands in for votes on this request.",
    )

    # === BUSINESS === #

    @api.model
    def _submit_under(self, run, standing, token):
        """Submit a run under a standing approval, which applies it at once; returns the request.

        Without a vote, so the database asks the standing approval: whether it holds, covers every bill, and has enough
        left. Raises UserError without the token, which the schedule alone has.
        """
        if token is not STANDING_TOKEN:
            raise UserError(
                self.env._("%(run)s: only the schedule submits under a standing approval.", run=run.display_name)
            )
        vals = {
            **self._prepare_request_vals(run, "bill_run"),
            "levels": 0,
            "content_hash": run._get_content_hash(),
            "effect": run._get_effect_under(standing),
            "reason": standing._get_print_text(),
            "standing_id": standing.id,
        }
        return self._file(run, vals, TOKEN)

    # === HOOKS === #

    def _get_applied_action(self):
        return "applied_standing" if self.standing_id else super()._get_applied_action()

    def _get_vote_blocker(self, user, look):
        blocker = super()._get_vote_blocker(user, look)
        # sudo: the company's setting holds for every voter, whatever company settings he may read.
        if blocker or self.kind != "large_bill" or not self.company_id.sudo().cloud_large_other:
            return blocker
        # sudo: who approved the run is read whatever the voter may see.
        run_request = self.sudo()._get_record().bill_id.run_id.request_id
        if user._get_cloud_person() in run_request._get_approvals().person_id:
            return self.env._(
                "You have approved the run of %(request)s. Another person approves its large invoices.",
                request=self.name,
            )
        return None
