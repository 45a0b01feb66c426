from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .rerating.cloud_charge_found_equal import IS_FOUND_EQUAL


class CloudSubscription(models.Model):
    """Fees that were to be given back at once: they wait for a run of their own, which is approved as any other."""

    _inherit = "cloud.subscription"

    is_refund_due = fields.Boolean(
        compute="_compute_is_refund_due",
        help="Days that are billed already were given up with a refund at once, and no invoice has credited them yet.",
    )

    # === COMPUTE === #

    def _compute_is_refund_due(self):
        for model in ("cloud.charge", "cloud.subscription.change"):
            self.env[model].flush_model()
        # A charge knows the newest change as of which it was rated; what was changed since is not credited yet.
        rows = self.env.execute_query(
            SQL(
                """
            SELECT DISTINCT change.subscription_id
              FROM cloud_subscription_change change
              JOIN cloud_charge o
                ON o.subscription_id = change.subscription_id
               AND o.kind = 'recurring'
               AND o.state = 'billed'
               AND o.is_live
               AND o.corrects_id IS NULL
               AND (change.line_id IS NULL OR change.line_id = o.subscription_line_id)
               AND o.service_end > change.date_from
               AND o.service_start < COALESCE(change.date_to, 'infinity')
             WHERE change.subscription_id = ANY(%s)
               AND change.policy = 'refund'
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_charge k
                                WHERE (k.id = o.id OR k.corrects_id = o.id)
                                  AND k.state = 'billed'
                                  AND k.change_number >= change.number)
               AND NOT %s
            """,
                list(self.ids),
                IS_FOUND_EQUAL,
            )
        )
        due = {subscription_id for (subscription_id,) in rows}
        for subscription in self:
            subscription.is_refund_due = subscription._origin.id in due

    # === BUSINESS === #

    def _open_refund(self, now):
        """The action that opens the run with the credit at an instant (naive UTC); False where nothing comes back."""
        self.invalidate_recordset(["is_refund_due"])
        due = self.filtered("is_refund_due")
        if not due or not self.env["cloud.bill.run"].has_access("create"):
            return False
        try:
            with self.env.cr.savepoint():
                return due._bill_now(now)._get_form_action()
        except UserError:
            # An open run has it already, or holds the period: the note on the form stays until it is credited.
            return False
