import json

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date, groupby

from ...engine.numbers import exact, parse_decimal
from .closing_books import ClosingBooks, get_ratio
from .closing_sql import select_credited, select_invoiced, select_openings
from .day_shares import share_out, take_served

_COPIED = ("customer_id", "subscription_id", "subscription_line_id", "product_id", "service_start", "service_end")


class CloudClosingFacts(models.AbstractModel):
    """The lines of a month's end: of every fact what was earned up to it, less what was invoiced up to it.

    More earned than invoiced is accrued income, more invoiced than earned is deferred revenue. Both are asked anew of
    what there is, as of the accounting dates of invoices and credit notes; no line is made of a former month's end,
    but for opening balances, whose release stays.
    """

    _name = "cloud.closing.facts"
    _description = "Facts of a Month End"

    # === BUSINESS === #

    def _get_lines(self, closing):
        """(list of dicts with the keys of `cloud_closing_line.INSERTED`, sentences about what could not be priced).

        Raises UserError naming every account and rate of exchange that is missing.
        """
        self.env.flush_all()
        books = ClosingBooks(closing)
        rows, problems = self.env["cloud.closing.unbilled"]._get_lines(books)
        rows += self._get_invoiced(books)
        rows += self._get_credited(books)
        rows += self._get_openings(books)
        rows += self.env["cloud.closing.cost"]._get_lines(books)
        self._refuse_missing(books)
        return rows, problems

    def _refuse_missing(self, books):
        sentences = []
        if books.missing_accounts:
            sentences.append(
                self.env._(
                    "%(company)s has no account for: %(accounts)s. Choose it in the settings of Cloud Billing.",
                    company=books.company.name,
                    accounts=", ".join(sorted(books.missing_accounts.values())),
                )
            )
        for currency, day in sorted(books.missing_rates.items()):
            sentences.append(
                self.env._(
                    "%(currency)s has no rate on or before %(day)s. Enter one under Currencies, then compute again.",
                    currency=currency,
                    day=format_date(self.env, day),
                )
            )
        if sentences:
            raise UserError("\n".join(sentences))

    # === BUSINESS: INVOICES === #

    def _get_invoiced(self, books):
        """Accrued: invoiced after the month's end for days before. Deferred: invoiced before it for days after."""
        found = self.env.execute_query_dict(select_invoiced(books.company, books.day_after))
        rows = []
        for _line, group in groupby(found, key=lambda row: row["move_line_id"]):
            weights = [parse_decimal(row["amount"]) for row in group]
            nets = share_out(parse_decimal(group[0]["net"]), weights, books.get_step(group[0]["currency_id"]))
            company_nets = share_out(parse_decimal(group[0]["company_net"]), weights, books.get_company_step())
            for row, net, company_net in zip(group, nets, company_nets, strict=True):
                rows += self._get_invoiced_line(books, row, net, company_net)
        return rows

    def _get_invoiced_line(self, books, row, net, company_net):
        """[the line] of one rated line that was invoiced; [] where the month's end does not cut it."""
        values = {
            "source_key": f"rated {row['id']}",
            "rated_line_id": row["id"],
            "move_line_id": row["move_line_id"],
            "name": f"{row['name']}, {row['move_name']}",
        }
        if row["is_later"]:
            return self._get_accrual(books, {**row, **values}, "later", net)
        # What was credited afterwards is billable again, and accrued as that: of the invoice nothing is left.
        return self._get_deferral(books, {**row, **values}, "invoice" if row["is_live"] else "freed", net, company_net)

    def _get_credited(self, books):
        """Negative deferrals: money that was credited up to the month's end for days after it."""
        rows = []
        for row in self.env.execute_query_dict(select_credited(books.company, books.day_after)):
            net, company_net = parse_decimal(row["net"]), parse_decimal(row["company_net"])
            name = f"{(row['name'] or '').splitlines()[0] if row['name'] else ''}, {row['move_name']}".strip(", ")
            values = {**row, "source_key": f"credit {row['move_line_id']}", "name": name}
            rows += self._get_deferral(books, values, "credit", net, company_net)
        return rows

    # === BUSINESS: OPENING BALANCES === #

    def _get_openings(self, books):
        """What is earned by now of balances that a former system had deferred, less what was released before."""
        rows = []
        for row in self.env.execute_query_dict(select_openings(books.company, books.date_end)):
            product = self.env["product.product"].browse(row["product_id"])
            currency_id, total = row["currency_id"], parse_decimal(row["total"])
            rate, rate_date = books.get_rate(currency_id, row["service_start"])
            company_total = books.exchange(total, currency_id, row["service_start"])
            days = row["service_start"], row["service_end"], books.day_after
            earned = take_served(total, *days, books.get_step(currency_id))
            company_earned = take_served(company_total, *days, books.get_company_step())
            if row["is_undone"]:
                # The cutover was taken back: its balances are nobody's revenue any more.
                total = company_total = earned = company_earned = parse_decimal(0)
            with exact():
                amount = earned - parse_decimal(row["released"])
                company_amount = company_earned - parse_decimal(row["company_released"])
                remaining = company_total - company_earned
            if amount or company_amount or remaining:
                rows.append(
                    {
                        **{name: row[name] for name in _COPIED},
                        "kind": "release",
                        "source": "opening",
                        "source_key": f"opening {row['id']}",
                        "opening_id": row["id"],
                        "name": row["name"],
                        "account_id": self._get_income_account(books, product),
                        "counter_account_id": books.get_counter_account("release", product),
                        "analytic_distribution": write_analytic(row),
                        "currency_id": currency_id,
                        "total_amount": total,
                        "amount": amount,
                        "company_total": company_total,
                        "company_amount": company_amount,
                        "remaining_amount": remaining,
                        "rate": rate,
                        "rate_date": rate_date,
                    }
                )
        return rows

    def _get_income_account(self, books, product):
        """The id of the account on which the product's revenue is posted; None is told as missing."""
        template = product.with_company(books.company).product_tmpl_id
        account = template.get_product_accounts()["income"]
        if not account:
            books.missing_accounts[product.id] = self.env._("income of %(product)s", product=product.display_name)
        return account.id or None

    # === BUSINESS: LINES === #

    def _get_accrual(self, books, row, source, net):
        """[the line] of revenue that was earned and not invoiced: the days up to the month's end, at its rate."""
        currency_id = row["currency_id"]
        served = take_served(
            net, row["service_start"], row["service_end"], books.day_after, books.get_step(currency_id)
        )
        if not served:
            return []
        rate, rate_date = books.get_rate(currency_id)
        return [
            self._prepare_line(
                books,
                row,
                kind="accrued_income",
                source=source,
                total_amount=net,
                amount=served,
                company_total=books.exchange(net, currency_id),
                company_amount=books.exchange(served, currency_id),
                remaining_amount=parse_decimal(0),
                rate=rate,
                rate_date=rate_date,
            )
        ]

    def _get_deferral(self, books, row, source, net, company_net):
        """[the line] of revenue that was invoiced and not earned: the days after the month's end, as invoiced."""
        days = row["service_start"], row["service_end"], books.day_after
        with exact():
            if source == "freed":
                amount, company_amount = net, company_net
            else:
                amount = net - take_served(net, *days, books.get_step(row["currency_id"]))
                company_amount = company_net - take_served(company_net, *days, books.get_company_step())
        if not amount and not company_amount:
            return []
        return [
            self._prepare_line(
                books,
                row,
                kind="deferral",
                source=source,
                total_amount=net,
                amount=amount,
                company_total=company_net,
                company_amount=company_amount,
                remaining_amount=company_amount,
                rate=get_ratio(company_net, net),
                rate_date=row["invoice_date"],
            )
        ]

    def _prepare_line(self, books, row, kind, **values):
        """The dict of a line of revenue; row: what its question gave, with key, name and account."""
        product = self.env["product.product"].browse(row["product_id"] or ())
        return {
            **{name: row.get(name) for name in _COPIED},
            "source_key": row["source_key"],
            "name": row["name"],
            "rated_line_id": row.get("rated_line_id"),
            "move_line_id": row.get("move_line_id"),
            "kind": kind,
            "account_id": row["account_id"],
            "counter_account_id": books.get_counter_account(kind, product),
            "analytic_distribution": write_analytic(row),
            "currency_id": row["currency_id"],
            **values,
        }


def write_analytic(row):
    """The analytic distribution of a row as JSON with sorted keys, None where there is none."""
    distribution = row.get("analytic_distribution")
    return json.dumps(distribution, sort_keys=True) if distribution else None
