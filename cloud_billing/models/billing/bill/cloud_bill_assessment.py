from decimal import Decimal

from odoo import models
from odoo.tools import SQL, float_compare

from ....engine.numbers import divide, exact, parse_decimal, round_to, to_text
from ..batches import in_batches
from .standing_bills import select_standing

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)
# Bills that are judged at once.
_ASSESSED = 500


class CloudBillAssessment(models.AbstractModel):
    """Ready, Look or Blocked: sums a bill up, compares it with the last one, and asks what stands in its way."""

    _name = "cloud.bill.assessment"
    _description = "Judgement of a Bill"

    # === BUSINESS === #

    def _assess(self):
        """Set sums, reasons and state of bills in review; set-wise but for what hooks look at.

        Batch by batch: the lines and customers of thousands of bills are never in memory together.
        """
        for some in in_batches(self, _ASSESSED):
            some._assess_batch()

    def _assess_batch(self):
        # A journal may have been made since, for want of which they are blocked.
        self.invalidate_recordset(["default_journal_id"], flush=False)
        sums = self._fetch_sums()
        previous = self._fetch_previous()
        positions = self._find_fiscal_positions()
        blockers = self._get_post_blockers()
        amounts = {bill_id: row.get("amount") or _ZERO for bill_id, row in sums.items()}
        unusual = self._get_unusual(amounts, positions)
        for bill in self.sudo():  # sudo: bills change by rating and by their buttons; no role may write them.
            row = sums.get(bill.id, {})
            with exact():
                amount = row.get("amount") or _ZERO
                last_bill_id, last = previous.get(bill.id, (False, None))
                difference = None if last is None else amount - last
            reasons = [*(row.get("errors") or ()), *blockers.get(bill.id, ())]
            if bill.is_held:
                reasons.append({"code": "held", "user": bill.held_by_id.name, "note": bill.hold_note or ""})
            looks = [*bill._get_look_reasons(amount, last), *unusual.get(bill.id, ())]
            is_released = bill.is_released and bill.released_amount == amount
            bill.write(
                {
                    "amount": amount,
                    "cost_amount": row.get("cost_amount"),
                    "service_start": row.get("service_start") or False,
                    "service_end": row.get("service_end") or False,
                    "previous_bill_id": last_bill_id,
                    "previous_amount": last,
                    "difference_amount": difference,
                    "is_released": is_released,
                    "rated_position": str(positions[bill.id].id or 0),
                    "reasons": [*reasons, *looks],
                    "state": bill._get_assessed_state(reasons, looks, is_released),
                }
            )

    def _get_assessed_state(self, reasons, looks, is_released):
        if reasons:
            return "blocked"
        return "look" if looks and not is_released else "ready"

    def _fetch_sums(self):
        """{bill id: amount, cost_amount, service_start, service_end, errors}, exact; two statements."""
        for model in ("cloud.charge", "cloud.rated.line", "cloud.bill"):
            self.env[model].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
            SELECT bill_id,
                   SUM(amount)::text AS amount,
                   SUM(cost_amount)::text AS cost_amount,
                   MIN(service_start) AS service_start,
                   MAX(service_end) AS service_end
              FROM cloud_rated_line
             WHERE bill_id = ANY(%s)
          GROUP BY bill_id
            """,
                list(self.ids),
            )
        )
        sums = {row["bill_id"]: row for row in rows}
        for row in rows:
            for name in ("amount", "cost_amount"):
                row[name] = None if row[name] is None else parse_decimal(row[name])
        self.env.cr.execute(
            """
            SELECT bill_id,
                   jsonb_agg(error_facts || jsonb_build_object('code', error_code, 'charge_id', id) ORDER BY id)
              FROM cloud_charge
             WHERE bill_id = ANY(%s)
               AND error_code IS NOT NULL
          GROUP BY bill_id
            """,
            [list(self.ids)],
        )
        for bill_id, errors in self.env.cr.fetchall():
            sums.setdefault(bill_id, {})["errors"] = errors
        return sums

    def _fetch_previous(self):
        """{bill id: (id, amount) of the last bill that stands, of the same customer, currency and grouping}.

        A month is not compared with what was billed at once in a limited run, nor with what was taken back.
        """
        self.env["cloud.charge"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT DISTINCT ON (b.id) b.id, p.id, p.amount::text
              FROM cloud_bill b
              JOIN cloud_bill_run br ON br.id = b.run_id
              JOIN cloud_bill p
                ON p.customer_id = b.customer_id
               AND p.currency_id = b.currency_id
               AND p.grouping_key = b.grouping_key
               AND %(stands)s
               AND p.id <> b.id
              JOIN cloud_bill_run pr ON pr.id = p.run_id
             WHERE b.id = ANY(%(ids)s)
               AND (br.is_limited OR pr.is_limited IS NOT TRUE)
          ORDER BY b.id, p.service_end DESC NULLS LAST, p.id DESC
            """,
                stands=select_standing("p"),
                ids=list(self.ids),
            )
        )
        return {bill_id: (last_id, parse_decimal(amount or "0")) for bill_id, last_id, amount in rows}

    # === HOOKS === #

    def _get_look_reasons(self, amount, previous):
        """Return the reasons for which a person should see this bill: list of {"code": ..., facts}.

        amount: Decimal. previous: Decimal of the last bill, or None. To add one: extend what super() returns and give
        `cloud.bill.reason` its sentence.
        """
        self.ensure_one()
        reasons = []
        if previous is None:
            reasons.append({"code": "first_bill"})
        if not amount:
            reasons.append({"code": "zero_bill"})
        elif amount < 0:
            reasons.append({"code": "negative_total"})
        if previous is not None and self._is_far_from(amount, previous):
            percent = (
                "∞"
                if not previous
                else to_text(round_to(divide((amount - previous) * _HUNDRED, abs(previous)), Decimal("0.1")))
            )
            reasons.append({"code": "difference", "previous": to_text(previous), "percent": percent})
        return reasons

    def _get_unusual(self, amounts, positions):
        """Return what else a person should see, asked for all these bills at once: {bill id: list of {"code", facts}}.

        amounts: {bill id: Decimal}, of bills with rated lines; positions: {bill id: fiscal position}. Here goes what
        asks the database, in a number of statements that does not grow with the bills. To add a reason: extend what
        super() returns, and give `cloud.bill.reason` its sentence and its code in `_get_look_codes`.
        """
        return {}

    def _is_far_from(self, amount, previous):
        """More than the company's percent and more than its amount, which is in the currency of the bill."""
        with exact():
            distance = abs(amount - previous)
            return distance > (self.company_id.cloud_look_amount or _ZERO) and distance * _HUNDRED > abs(previous) * (
                self.company_id.cloud_look_percent or _ZERO
            )

    def _get_post_blockers(self):
        """Return what would keep these bills from being posted: {bill id: list of {"code": ..., facts}}.

        Asked in review, so that it is put right before approval. To add one: extend what super() returns and give
        `cloud.bill.reason` its sentence.
        """
        blockers = {}
        has_included = bool(
            self.env["account.tax"].search_count([("type_tax_use", "=", "sale"), ("price_include", "=", True)], limit=1)
        )
        accounts = {}
        for bill in self:
            reasons = bill._get_setup_blockers(accounts)
            if not reasons and (bill.tax_basis == "gross" or has_included):
                reasons = bill._get_tax_blockers(bill._get_known_journal(accounts))
            if reasons:
                blockers[bill.id] = reasons
        return blockers

    def _get_setup_blockers(self, accounts):
        """Journal, accounts and currency. accounts: cache of (product, journal) -> account of the call."""
        if not self.currency_id.active:
            return [{"code": "currency_inactive", "currency": self.currency_id.name}]
        journal = self._get_known_journal(accounts)
        if not journal:
            return [{"code": "journal_missing", "company": self.company_id.name}]
        reasons = [
            {
                "code": "amount_too_large",
                "line": line.name,
                "amount": to_text(line.amount),
                "currency": self.currency_id.name,
            }
            for line in self.rated_line_ids
            if not self._fits_ledger(line.amount)
        ]
        for product in self.rated_line_ids.product_id:
            if (product, journal) not in accounts:
                accounts[product, journal] = self._get_income_account(product, journal)
            if not accounts[product, journal]:
                reasons.append({"code": "account_missing", "product": product.display_name, "product_id": product.id})
        return reasons

    def _get_known_journal(self, accounts):
        """The journal of the bill, looked for once per call for all bills for which the same was chosen."""
        key = self.company_id, self._get_own_journal()
        if key not in accounts:
            accounts[key] = self._get_journal()
        return accounts[key]

    def _get_tax_blockers(self, journal):
        """Where the taxes of a line would make another amount of it than the plan says."""
        fiscal_position = self._get_fiscal_position()
        reasons = []
        for group in self._get_invoice_groups():
            with exact():
                amount = sum((line.amount for line in group), _ZERO)
            product = group.product_id.with_company(self.company_id)
            account = self._get_income_account(product, journal, fiscal_position)
            price = self._get_ledger_price(product, amount, account, fiscal_position, group)
            found = self._get_taxed_amount(product, price)
            if float_compare(found, float(price.amount), precision_rounding=self.currency_id.rounding):
                is_gross = self.tax_basis == "gross"
                reasons.append(
                    {
                        "code": "tax_does_not_tie",
                        "product": product.display_name,
                        "product_id": product.id,
                        "basis": self.env._("gross") if is_gross else self.env._("net"),
                        "amount": to_text(price.amount),
                        "invoice": repr(found),
                        "currency": self.currency_id.name,
                        "remedy": self.env._("included in the price") if is_gross else self.env._("added to the price"),
                    }
                )
        return reasons

    def _get_taxed_amount(self, product, price):
        """What Odoo would make of a line, on the side on which it must tie."""
        Tax = self.env["account.tax"]
        base_line = Tax._prepare_base_line_for_taxes_computation(
            None,
            product_id=product,
            tax_ids=price.taxes,
            price_unit=price.price_unit,
            quantity=1.0,
            currency_id=self.currency_id,
            rate=1.0,
        )
        Tax._add_tax_details_in_base_lines([base_line], self.company_id)
        Tax._round_base_lines_tax_details([base_line], self.company_id)
        details = base_line["tax_details"]
        untaxed = details["total_excluded_currency"] + details["delta_total_excluded_currency"]
        if price.ties_to == "untaxed":
            return untaxed
        return untaxed + sum(data["tax_amount_currency"] for data in details["taxes_data"])
