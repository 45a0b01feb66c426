from contextlib import closing as closed

from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL

from ...engine import schedule
from ...engine.numbers import parse_decimal
from ..billing.charge.cloud_charge_due import END_OF_TIME
from ..billing.run_limit import RunLimit
from .closing_sql import select_unbilled

# So many reasons are told; the rest is more of the same.
_SHOWN = 20


class CloudClosingUnbilled(models.AbstractModel):
    """Service that no invoice was made of, worked out by the pipeline that bills it, in a savepoint rolled back.

    So what is accrued and what is billed later cannot differ but by what became known in between. Periods that run on
    are cut: usage after the month's end is not counted, of fees the days up to it are taken.
    """

    _name = "cloud.closing.unbilled"
    _description = "Unbilled Service at a Month's End"

    # === BUSINESS === #

    def _get_lines(self, books):
        """(accrual lines of rated and of unrated service, sentences about what could not be priced)."""
        # A savepoint that is closed is rolled back.
        with closed(self.env.cr.savepoint()):
            run = self._rate_all(books)
            found = self._fetch_unbilled(books)
            if self._needs_bills(books, found):
                run.env["cloud.bill"]._assemble(run)
                found = self._fetch_unbilled(books)
            self._complete(books, run, found)
            problems = self._get_problems(books)
        facts = self.env["cloud.closing.facts"]
        rows = []
        for row in found:
            rows += facts._get_accrual(books, row, row["source"], row["net"])
        return rows, problems

    def _rate_all(self, books):
        """A run of everything that was served up to the month's end and not charged; it is never kept."""
        # sudo: whoever may compute a month's end has it priced; nothing of the run is kept.
        run = (
            self.env["cloud.bill.run"]
            .sudo()
            .with_company(books.company)
            .with_context(tracking_disable=True, mail_create_nosubscribe=True, mail_create_nolog=True)
            .create(
                {
                    "name": "/month-end",
                    "company_id": books.company.id,
                    # What falls due on the first day after the month is of the month.
                    "cutoff_date": books.day_after,
                    "invoice_date": books.date_end,
                    "accounting_date": books.date_end,
                }
            )
        )
        run._set_state("rating", usage_number=self.env["cloud.usage.store"]._last_number(books.company))
        self._create_periods(books)
        run.env["cloud.charge.due"]._insert(run, list(self._get_due(books)))
        while run._rate_chunk():
            pass
        run._make_charges_beside()
        return run

    def _fetch_unbilled(self, books):
        self.env.flush_all()
        return self.env.execute_query_dict(select_unbilled(books.company, books.day_after))

    def _needs_bills(self, books, found):
        """Whether net amounts or accounts depend on whom something is billed to: then bills are made, which is slow.

        They do for gross prices, where a customer's fiscal position may change accounts, and where a product has no
        account of its own, so that the bill's journal decides.
        """
        if not found:
            return False
        products = self.env["product.product"].browse({row["product_id"] for row in found})
        templates = products.with_company(books.company).product_tmpl_id
        return (
            any(row["tax_basis"] == "gross" for row in found)
            or self._has_mapped_accounts(books)
            or not all(template.get_product_accounts()["income"] for template in templates)
        )

    def _create_periods(self, books):
        """The periods that have begun; of contracts with longer fees in arrears also those in which these fall due."""
        Period = self.env["cloud.billing.period"]
        Period._create_due(books.company, books.date_end, is_running=True)
        longest = {}
        for subscription_id, unit, count in self.env.execute_query(
            SQL(
                """
            SELECT l.subscription_id, l.cycle_unit, MAX(l.cycle_count)
              FROM cloud_subscription_line l
              JOIN cloud_subscription s ON s.id = l.subscription_id
             WHERE s.company_id = %s
               AND s.state <> 'draft'
               AND l.cycle_unit IS NOT NULL
               AND l.timing = 'arrears'
          GROUP BY l.subscription_id, l.cycle_unit
                """,
                books.company.id,
            )
        ):
            longest.setdefault((unit, count), []).append(subscription_id)
        for (unit, count), subscription_ids in longest.items():
            length = {"months": 3 * count} if unit == "quarter" else {f"{unit}s": count}
            until = books.date_end + relativedelta(**length)
            Period._create_due(books.company, until, limit=RunLimit(tuple(sorted(subscription_ids))), is_running=True)

    def _get_due(self, books):
        """Rows of `cloud.charge.due` for what began up to the month's end, whenever it falls due; usage ends there."""
        for row in self.env["cloud.charge.due"]._get_rows(books.company, END_OF_TIME):
            if row["service_start"] > books.date_end:
                continue
            if row["kind"] == "metered" and row["service_end"] > books.day_after:
                _start, utc_end = schedule.utc_bounds(books.date_end, books.day_after, row["tz"])
                row = {**row, "service_end": books.day_after, "utc_end": utc_end}
            yield row

    def _complete(self, books, run, found):
        """Add what the bills know to rows of `select_unbilled`: net amount, account, and names that outlive the run."""
        # sudo: as in `_rate_all`. One prefetch, so that customers and their addresses are read together.
        bills = self.env["cloud.bill"].sudo().browse({row["bill_id"] for row in found if row["bill_id"]})
        bills.customer_id.partner_id.with_company(books.company).mapped("property_account_position_id")
        accounts, positions = {}, {}
        is_mapped = self._has_mapped_accounts(books)
        lines = self.env["cloud.rated.line"].browse(row["id"] for row in found)
        for row, line in zip(found, lines, strict=True):
            bill = bills.browse(row["bill_id"] or ()).with_prefetch(bills.ids)
            product = self.env["product.product"].browse(row["product_id"])
            amount = parse_decimal(row["amount"])
            if bill.id not in positions:
                needs_position = is_mapped or bill.tax_basis == "gross"
                positions[bill.id] = bill._get_fiscal_position() if bill and needs_position else None
            position = positions[bill.id]
            key = position and position.id, product.id
            if key not in accounts:
                accounts[key] = self._get_product_account(books, product, position)
            # The journal of a bill decides only where the product says nothing.
            account = accounts[key] or self._get_account(books, bill, product, position)
            row["account_id"] = account.id
            row["analytic_distribution"] = bills._get_analytic_distribution(line)
            row["net"] = bill._get_net_amount(product, amount, account, position) if bill else amount
            row["source"] = "pending" if row["run_id"] == run.id else "rated"
            if row["source"] == "rated":
                row["rated_line_id"] = row["id"]
                row["source_key"] = f"rated {row['id']}"
            else:
                row["source_key"] = _name_pending(row)

    def _has_mapped_accounts(self, books):
        """Whether a customer's fiscal position may change the income account; where not, nobody's is looked up."""
        positions = self.env["account.fiscal.position"].sudo()  # sudo: accounts are the company's business.
        return bool(
            positions.search_count(
                [*positions._check_company_domain(books.company), ("account_ids", "!=", False)], limit=1
            )
        )

    def _get_account(self, books, bill, product, fiscal_position):
        """The income account that the bill's journal gives, looked up bill by bill; an empty one is told as missing."""
        account = self.env["account.account"]
        if bill:
            account = bill._get_income_account(product, bill._get_journal(), fiscal_position)
        if not account:
            books.missing_accounts[product.id] = self.env._("income of %(product)s", product=product.display_name)
        return account

    def _get_product_account(self, books, product, fiscal_position):
        template = product.with_company(books.company).product_tmpl_id
        return template.get_product_accounts(fiscal_pos=fiscal_position)["income"]

    def _get_problems(self, books):
        """Why charges up to the month's end have no amount, as sentences, each once."""
        charges = self.env["cloud.charge"].search(
            [
                ("company_id", "=", books.company.id),
                ("state", "=", "draft"),
                ("is_live", "=", True),
                ("error_code", "!=", False),
                ("service_start", "<=", books.date_end),
            ]
        )
        sentences = list(dict.fromkeys(charge.error for charge in charges))
        if len(sentences) > _SHOWN:
            rest = self.env._("... and %(count)s more.", count=len(sentences) - _SHOWN)
            return [*sentences[:_SHOWN], rest]
        return sentences


def _name_pending(row):
    """The key of what is not charged yet: what it is of, its days and its place among the parts of its price."""
    return f"{row['component']} {row['charge_start']} {row['corrects_id'] or ''} {row['sequence']}"
