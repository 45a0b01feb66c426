from odoo import fields, models
from odoo.exceptions import UserError


class CloudSubscription(models.Model):
    """Billing at once: what is due of a subscription today, without waiting for the run of everybody."""

    _inherit = "cloud.subscription"

    # === ACTIONS === #

    def action_bill_now(self):
        """Make a run of these subscriptions with what is due today, and open it for review."""
        self.env["cloud.bill.run"].check_access("create")
        return self._bill_now(fields.Datetime.now())._get_form_action()

    # === BUSINESS === #

    def _bill_now(self, now):
        """The rated run, in review, of what is due of these subscriptions at an instant (naive UTC).

        Raises UserError where nothing is due: an empty run would only have to be cancelled.
        """
        drafts = self.filtered(lambda subscription: subscription.state == "draft")
        if drafts:
            raise UserError(
                self.env._(
                    "%(subscriptions)s: a draft is not billed. Activate it first.",
                    subscriptions=", ".join(drafts.mapped("name")),
                )
            )
        run = self.env["cloud.bill.run"]._make_limited(now, self)
        if not run.bill_ids:
            raise UserError(run._get_nothing_due_text())
        return run
