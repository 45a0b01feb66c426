from datetime import timedelta
from decimal import Decimal

from odoo import fields, models
from odoo.tools import format_date

from ...engine.numbers import exact
from ...engine.schedule import period_containing
from ...fields import format_decimal

_ZERO = Decimal(0)


class CloudSubscription(models.Model):
    """What comes next, before it counts: the next invoice, and how it changes with what somebody is about to agree."""

    _inherit = "cloud.subscription"

    # === ACTIONS === #

    def action_preview_invoice(self):
        """Show the next invoice as it would be; nothing of it stays."""
        self.ensure_one()
        self.check_access("read")
        preview = self._get_next_invoice(fields.Datetime.now())
        title = self.env._("Next Invoice of %(subscription)s", subscription=self.name)
        return self._open_next_invoice(title, self._render_next_invoice(preview))

    # === BUSINESS === #

    def _get_next_invoice(self, now, apply=None):
        """The NextInvoice of this subscription as of an instant (naive UTC), see `cloud.invoice.preview`.

        A draft is shown as if it were activated.
        """
        self.ensure_one()

        def change():
            if self.state == "draft":
                self._activate_for_preview()
            return apply() if apply else None

        return self.env["cloud.invoice.preview"]._get_next_invoice(self, now, change)

    def _get_proposed_invoices(self, now, propose):
        """(NextInvoice as it is, as it would be) with prices of this contract that `propose` returns.

        See `cloud.invoice.preview`. A draft is shown as if it were activated.
        """
        self.ensure_one()

        def activate_first():
            if self.state == "draft":
                self._activate_for_preview()
            return propose()

        return self.env["cloud.invoice.preview"]._get_proposed_invoices(self, now, activate_first)

    def _activate_for_preview(self):
        # sudo: only in the savepoint of a preview, which is rolled back; the person may read what would be billed.
        self.sudo().action_activate()

    def _render_next_invoice(self, after, before=None, is_of_price=False):
        """The next invoice as HTML of escaped values; with `before`, what it would be otherwise and the difference.

        is_of_price: it is the first invoice in which proposed prices count, see `_get_proposed_invoices`.
        """
        return self.env["ir.qweb"]._render(
            "cloud_billing.cloud_next_invoice",
            {
                "after": after,
                "before": before,
                "is_of_price": is_of_price,
                "totals": self._compare_totals(before, after) if before else (),
                "date": lambda day: format_date(self.env, day),
                "last": lambda day: format_date(self.env, day - timedelta(days=1)),
                "money": lambda amount, currency: (
                    format_decimal(self.env, amount, currency.decimal_places) + f" {currency.name}"
                ),
            },
        )

    @staticmethod
    def _compare_totals(before, after):
        """[(currency, total before, total after, difference)]; of a side without a currency it is 0."""
        old, new = before.get_totals(), after.get_totals()
        with exact():
            return [
                (
                    currency,
                    old.get(currency, _ZERO),
                    new.get(currency, _ZERO),
                    new.get(currency, _ZERO) - old.get(currency, _ZERO),
                )
                for currency in {**old, **new}
            ]

    def _open_next_invoice(self, title, html):
        """The window with an invoice that was worked out and rendered."""
        wizard = self.env["cloud.invoice.preview.wizard"].create({"subscription_id": self.id, "html": html})
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    # === HOOKS === #

    def _get_preview_days(self, now):
        """Return the local days on which something of this subscription may fall due next, in order.

        The first with a bill is the next invoice: the start of one that has not begun, then the end of the running
        period, with all that falls due until then. To add a day of another kind: super() and yours, in order.
        """
        self.ensure_one()
        today = self._get_local_day(now)
        if self.date_end and self.date_end <= today:
            return [today]
        days = [self.date_start] if self.date_start > today else []
        boundary = self._get_next_boundary(now)
        return [*days, min(boundary, self.date_end) if self.date_end else boundary]

    def _get_preview_days_of_price(self, now, day):
        """Return the local days on which an invoice may be the first with a price that begins on a day, in order.

        The last of `_get_preview_days`, or where the price begins later, the start of the period in which it begins,
        for what is paid in advance, and its end; before them the day that all earlier periods are billed on.
        """
        self.ensure_one()
        days = self._get_preview_days(now)
        begins = max(day, self.date_start)
        if self.date_end and self.date_end <= begins:
            return days
        cycle = self._get_cycle()
        period = period_containing(cycle, self.date_start, begins)
        end = min(period.end, self.date_end) if self.date_end else period.end
        if end <= days[-1]:
            return days
        if period.start <= days[-1]:
            return [*days, end]
        former = period_containing(cycle, self.date_start, period.start - timedelta(days=1))
        return [max(former.start, days[-1]), period.start, end]
