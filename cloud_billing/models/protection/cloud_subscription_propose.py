from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudSubscription(models.Model):
    """How a contract of a live company is proposed to go on by another plan or for another customer."""

    _inherit = "cloud.subscription"

    succession_proposal_ids = fields.One2many("cloud.succession.proposal", "subscription_id", string="Proposed Moves")
    succession_proposal_id = fields.Many2one(
        "cloud.succession.proposal",
        string="Waits for Approval",
        compute="_compute_succession_proposal_id",
        help="That it goes on by another plan or for another customer, once another person approves it.",
    )

    # === COMPUTE === #

    @api.depends("succession_proposal_ids.state")
    def _compute_succession_proposal_id(self):
        for subscription in self:
            subscription.succession_proposal_id = subscription.succession_proposal_ids.filtered(
                lambda proposal: proposal.state == "pending"
            )

    # === BUSINESS === #

    def _filter_moves_with_two(self):
        """Those that another person must agree to move: signed contracts of a live company."""
        # sudo: lends the right to read the state of the company.
        return self.filtered(lambda one: one.state != "draft" and one.sudo().company_id.cloud_billing_state == "live")

    def _get_succession_keys(self):
        """What of `agreed_writes` it takes that they go on by another plan or for another customer."""
        return [
            *((self._name, subscription_id, "plan_id") for subscription_id in self.ids),
            *self.env["cloud.usage.mapping"]._get_handover_keys(self.line_ids),
        ]

    def _propose_succession(self, kind, date_from, reason, customer=None, plan=None):
        """Propose for each that it goes on, and submit it; returns the cloud.succession.proposal.

        kind: "takeover" or "plan". customer, plan: for whom and by which plan; default: as now.
        Raises UserError without a reason, and with what stands in the way.
        """
        if not (reason or "").strip():
            raise UserError(
                self.env._(
                    "Another person approves that %(subscriptions)s goes on otherwise: give a reason.",
                    subscriptions=", ".join(self.mapped("name")),
                )
            )
        proposals = self.env["cloud.succession.proposal"].create(
            [
                {
                    "kind": kind,
                    "subscription_id": subscription.id,
                    "customer_id": (customer or subscription.customer_id).id,
                    "plan_id": (plan or subscription.plan_id).id,
                    "date_from": date_from,
                    "reason": reason,
                }
                for subscription in self
            ]
        )
        proposals.action_submit()
        return proposals
