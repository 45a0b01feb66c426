from odoo import models

from ...engine.numbers import parse_decimal, round_to


class CloudClosingCost(models.AbstractModel):
    """What usage cost whose provider has not billed yet: of the sources whose owner wants it accrued.

    A month of a source is billed by the provider once a posted vendor bill, dated up to the month's end, names both.
    """

    _name = "cloud.closing.cost"
    _description = "Accrued Cost at a Month's End"

    # === BUSINESS === #

    def _get_lines(self, books):
        """One line per source, month, owner and currency."""
        # sudo: sources and vendor bills are the company's, whoever computes its month's end.
        sources = (
            self.env["cloud.usage.source"]
            .sudo()
            .with_context(active_test=False)
            .search([("company_id", "=", books.company.id), ("is_cost_accrued", "=", True)])
        )
        if not sources:
            return []
        billed = self._get_billed_months(books, sources)
        # sudo: as above, what their usage costs too.
        groups = (
            self.env["cloud.usage.cost.report"]
            .sudo()
            ._read_group(
                [
                    ("source_id", "in", sources.ids),
                    ("month", "<=", books.date_end),
                    ("month", ">=", min(sources.mapped("cost_accrued_from")).replace(day=1)),
                    ("charge_kind", "!=", "tax"),
                ],
                ["source_id", "month:day", "currency", "subscription_line_id", "analytic_account_id"],
                ["cost_billed:sum"],
                order="source_id, month:day, currency, subscription_line_id, analytic_account_id",
            )
        )
        rows = []
        for source, month, currency, line, centre, cost in groups:
            is_billed = (source.id, month) in billed or month < source.cost_accrued_from.replace(day=1)
            if cost and not is_billed:
                rows += self._get_line(books, source, month, currency, line, centre, cost)
        return rows

    def _get_billed_months(self, books, sources):
        """{(source id, first of the month)} that a vendor bill, posted and dated up to the month's end, is for."""
        # sudo: see `_get_lines`.
        moves = (
            self.env["account.move"]
            .sudo()
            ._read_group(
                [
                    ("cloud_usage_source_id", "in", sources.ids),
                    ("move_type", "=", "in_invoice"),
                    ("state", "=", "posted"),
                    ("date", "<=", books.date_end),
                ],
                ["cloud_usage_source_id", "cloud_usage_month:month"],
            )
        )
        return {(source.id, month.replace(day=1)) for source, month in moves}

    def _get_line(self, books, source, month, code, line, centre, cost):
        currency = books.get_currency(code or books.company.currency_id.name)
        if not currency:
            books.missing_rates[code] = books.date_end
            return []
        amount = round_to(cost, books.get_step(currency.id))
        company_amount = books.exchange(amount, currency.id)
        if not amount and not company_amount:
            return []
        rate, rate_date = books.get_rate(currency.id)
        distribution = line.analytic_distribution if line else {str(centre.id): 100} if centre else None
        facts = self.env["cloud.closing.facts"]
        row = {
            "source_key": f"usage {source.id} {month} {currency.id} {line.id or ''} {centre.id or ''}",
            "name": self.env._("%(name)s, usage without a bill", name=source.name),
            "customer_id": line.customer_id.id or None,
            "subscription_id": line.subscription_id.id or None,
            "subscription_line_id": line.id or None,
            "product_id": line.product_id.id or None,
            "service_start": month,
            "service_end": get_next_month(month),
            "account_id": source.cost_account_id.id,
            "analytic_distribution": distribution,
            "currency_id": currency.id,
        }
        return [
            {
                **facts._prepare_line(
                    books,
                    row,
                    kind="accrued_cost",
                    source="usage",
                    total_amount=amount,
                    amount=amount,
                    company_total=company_amount,
                    company_amount=company_amount,
                    remaining_amount=parse_decimal(0),
                    rate=rate,
                    rate_date=rate_date,
                ),
                "usage_source_id": source.id,
            }
        ]


def get_next_month(month):
    """The first of the month after one, given by its first day."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
