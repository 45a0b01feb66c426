from odoo import models

from ...csv_downloads import download_csv
from .cutover_layout import COLUMNS, write_table, write_value


class CloudSubscription(models.Model):
    """Subscriptions in the layout of a cutover file: what was imported, and what was made here."""

    _inherit = "cloud.subscription"

    # === ACTIONS === #

    def action_export_layout(self):
        """Download the subscriptions as a cutover file."""
        self.check_access("read")
        return download_csv(self.env, "subscriptions.csv", self._export_layout())

    # === BUSINESS === #

    def _export_layout(self):
        """The subscriptions as a cutover file, bytes."""
        rows = sorted(self._describe_layout().values(), key=lambda pair: pair[0])
        return write_table(
            [column.name for column in COLUMNS], [[values[column.name] for column in COLUMNS] for _id, values in rows]
        )

    def _describe_layout(self):
        """{(subscription id, key of the line): (line id, {column: text})}; a constant number of statements."""
        lines = self.line_ids
        openings = {
            opening.line_id: opening
            for opening in self.env["cloud.opening"].search([("line_id", "in", lines.ids), ("undone_on", "=", False)])
        }
        prices = {}
        for rate in self.env["cloud.contract.rate"].search(
            [("line_id", "in", lines.ids), ("kind", "=", "price"), ("state", "=", "approved")], order="date_start desc"
        ):
            prices[rate.line_id] = rate.unit_price
        return {
            (line.subscription_id.id, line.former_key or str(line.id)): (
                line.id,
                {name: write_value(value) for name, value in self._describe_line(line, openings, prices).items()},
            )
            for line in lines
        }

    def _describe_line(self, line, openings, prices):
        subscription, customer, product = line.subscription_id, line.customer_id, line.product_id
        opening = openings.get(line, self.env["cloud.opening"])
        start, end = line._get_interval()
        parts = line.instalment_ids.filtered(lambda part: part.kind == "part")
        is_usage = line.billing_model == "metered"
        return {
            "customer": customer.code or f"C{customer.id}",
            "customer_name": customer.name,
            "vat": customer.partner_id.vat,
            "currency": customer.currency_id.name,
            "time_zone": customer.tz,
            "subscription": subscription.former_key or subscription.name,
            "plan": subscription.plan_id.name,
            "cycle": (subscription.cycle_count, subscription.cycle_unit),
            "anchor": (subscription.cycle_kind, subscription.anchor_day, subscription.anchor_date or None),
            "line": line.former_key or str(line.id),
            "product": product.default_code or product.name,
            "description": line.name,
            "quantity": None if is_usage else line.quantity,
            "start": start,
            "end": end,
            "timing": line.timing,
            "price": prices.get(line),
            "billed_through": opening.billed_through,
            "counter": opening.counter_quantity,
            "counter_since": opening.counter_start,
            "allowance_used": opening.allowance_used,
            "instalments": line.instalment_count if parts else None,
            "instalments_left": len(parts) if parts else None,
            "instalment_sum": line.instalment_total,
            "instalment_next": min(parts.mapped("date_due"), default=None),
            "deferred": opening.deferred_amount,
        }
