from odoo import fields, models
from odoo.tools import format_date

from ...fields import format_decimal


class CloudContractRate(models.Model):
    """The first invoice in which a price of a contract counts, shown before anybody agrees on it."""

    _inherit = "cloud.contract.rate"

    # === ACTIONS === #

    def action_preview_invoice(self):
        """Show the first invoice in which this price counts, beside what it is without it; nothing of it stays."""
        self.ensure_one()
        self.check_access("read")
        if self.state not in ("draft", "pending"):
            return self.subscription_id.action_preview_invoice()
        subscription = self.subscription_id
        before, after = subscription._get_proposed_invoices(fields.Datetime.now(), lambda: self)
        html = subscription._render_next_invoice(after, before, is_of_price=True)
        title = self.env._("%(subscription)s With This Price", subscription=subscription.name)
        return subscription._open_next_invoice(title, html)

    # === BUSINESS === #

    def _get_change_effect(self):
        """What a checker sees, with the first invoice in which the price counts, as it was when it was submitted."""
        effect = super()._get_change_effect()
        subscription = self.subscription_id
        before, after = subscription._get_proposed_invoices(fields.Datetime.now(), lambda: self)
        label = self.env._("Invoice")
        if after.day:
            label = self.env._("Invoice of %(day)s", day=format_date(self.env, after.day))
        rows = [
            {
                "label": label,
                **{
                    name: format_decimal(self.env, amount, currency.decimal_places) + f" {currency.name}"
                    for name, amount in (("old", old), ("new", new))
                },
            }
            for currency, old, new, _difference in subscription._compare_totals(before, after)
        ]
        return {**effect, "rows": [*effect["rows"], *rows], "notes": [*effect["notes"], *after.problems]}
