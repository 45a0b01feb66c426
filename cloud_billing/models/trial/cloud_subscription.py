from datetime import timedelta
from decimal import Decimal

from odoo import fields, models
from odoo.tools import format_date

from ...engine.numbers import exact
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
        wizard = self.env["cloud.invoice.preview.wizard"].create(
            {"subscription_id": self.id, "html": self._render_next_invoice(preview)}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Next Invoice of %(subscription)s", subscription=self.name),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "large"},
        }

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

    def _activate_for_preview(self):
        # sudo: only in the savepoint of a preview, which is rolled back; the person may read what would be billed.
        self.sudo().action_activate()

    def _render_next_invoice(self, after, before=None):
        """The next invoice as HTML of escaped values; with `before`, what it would be otherwise and the difference."""
        return self.env["ir.qweb"]._render(
            "cloud_billing.cloud_next_invoice",
            {
                "after": after,
                "before": before,
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
