from odoo import fields, models
from odoo.exceptions import UserError


class CloudIndexationLine(models.Model):
    """The first invoice of one contract in which the price of a proposal for many counts."""

    _inherit = "cloud.indexation.line"

    # === ACTIONS === #

    def action_preview_invoice(self):
        """Show the first invoice in which the new price counts, beside what it is without it; nothing of it stays."""
        self.ensure_one()
        self.check_access("read")
        if self.is_excluded or self.rate_id:
            raise UserError(
                self.env._(
                    "%(line)s: nothing is proposed for it, or it was agreed already. Look at the next invoice of "
                    "%(subscription)s.",
                    line=self.display_name,
                    subscription=self.subscription_id.name,
                )
            )
        subscription = self.subscription_id
        before, after = subscription._get_proposed_invoices(fields.Datetime.now(), self._make_proposed_rate)
        html = subscription._render_next_invoice(after, before, is_of_price=True)
        title = self.env._("%(subscription)s With This Price", subscription=subscription.name)
        return subscription._open_next_invoice(title, html)

    # === BUSINESS === #

    def _make_proposed_rate(self):
        """The draft of the price, made in the savepoint of a preview."""
        vals = self._prepare_rate_vals(self.indexation_id._get_free_sequences(self))
        # sudo: whoever may read the proposal, an approver too, may see what it comes to; the draft is rolled back.
        return self.env["cloud.contract.rate"].sudo().create({**vals, "state": "draft"})
