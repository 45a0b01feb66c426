from dataclasses import replace

from odoo import models
from odoo.tools import SQL, groupby

from ....engine.numbers import parse_decimal, trim
from ....engine.rating import Commitment, RatingError, difference, true_up
from ..charge.charge_stretches import Stretch
from ..pricing.charge_discounts import NO_DISCOUNTS
from ..pricing.charge_pricing import Priced
from ..pricing.usage_facts import Refused
from ..run_limit import get_limited_domain
from .spend_share import get_share

_ZERO = parse_decimal(0)


class CloudSpendTrueUp(models.AbstractModel):
    """True-ups of minimums and commitments: rated after everything else of a run, from what that comes to.

    A billed one is corrected when what counted towards it changes: late usage, a voided charge, a correction. From
    narrow to wide, so that what a narrower one bills counts towards a wider one.
    """

    _name = "cloud.spend.true.up"
    _description = "True-ups of Minimum Spends"

    # === BUSINESS === #

    def _make(self, run):
        """Make and rate the true-ups that fall due for a run, and the corrections of billed ones."""
        self.env["cloud.spend.due"]._make(run)
        drafts, billed = self._find_charges(run)
        items = self._fetch_items(drafts | billed)
        amounts = self.env["cloud.charge.correction"]._fetch_billed(billed)
        for _rank, some in groupby(items, key=lambda item: item["rank"]):
            self._rate(run, some, amounts)

    def _renew(self, run, customers):
        """Make the true-ups of a run anew for customers who get bills, after their charges have changed.

        Returns the bills of the run that lost or got one. Whoever a minimum counts charges of has one payer.
        """
        bills = run._get_reviewed_bills().filtered(lambda bill: bill.customer_id in customers)
        bills.charge_ids.filtered(lambda charge: charge.kind == "minimum" and charge.state == "draft")._discard()
        self._make(run)
        self.env["cloud.bill"]._assemble(run)
        return run._get_reviewed_bills().filtered(lambda bill: bill.customer_id in customers)

    # === BUSINESS: WHAT IS RATED === #

    def _find_charges(self, run):
        """(the run's true-ups that are not rated, the company's billed ones that no open run corrects already)."""
        Charge = self.env["cloud.charge"]
        of_company = [("company_id", "=", run.company_id.id), ("kind", "=", "minimum"), ("corrects_id", "=", False)]
        drafts = Charge.search([*of_company, ("run_id", "=", run.id), ("is_rated", "=", False)])
        billed = Charge.search(
            [
                *of_company,
                *get_limited_domain(run._get_limit()),
                ("state", "=", "billed"),
                ("correction_ids", "not any", [("state", "=", "draft"), ("is_price_credit", "=", False)]),
            ]
        )
        return drafts, billed

    def _fetch_items(self, charges):
        """One dict per true-up with all that rating needs to know of it, from narrow to wide."""
        for model in ("cloud.charge", "cloud.spend.commitment", "cloud.customer", "res.currency"):
            self.env[model].flush_model()
        items = self.env.execute_query_dict(
            SQL(
                """
            SELECT ch.id, ch.commitment_id, ch.state, ch.company_id, ch.customer_id, customer.name AS customer_name,
                   ch.service_start, ch.service_end, ch.full_start, ch.full_end, ch.product_id, ch.currency_id,
                   ch.subscription_line_id AS line_id, currency.name AS currency, currency.rounding::text AS rounding,
                   k.name AS line_name, k.kind AS commitment_kind, k.amount::text AS minimum, k.is_prorated,
                   k.rank
              FROM cloud_charge ch
              JOIN cloud_spend_commitment k ON k.id = ch.commitment_id
              JOIN cloud_customer customer ON customer.id = ch.customer_id
              JOIN res_currency currency ON currency.id = ch.currency_id
             WHERE ch.id = ANY(%s)
          ORDER BY k.rank, ch.id
            """,
                list(charges.ids),
            )
        )
        for item in items:
            item.update(
                rounding=trim(parse_decimal(item["rounding"])),
                minimum=parse_decimal(item["minimum"]),
                discounts=NO_DISCOUNTS,
            )
        return items

    # === BUSINESS: RATING === #

    def _rate(self, run, items, amounts):
        """Rate true-ups of one rank: drafts get lines, billed ones a correction where they would be another amount.

        amounts: what `cloud.charge.correction._fetch_billed` gives. Takes a constant number of statements.
        """
        sums = self.env["cloud.spend.sums"]._add_up(items)
        priced, errors = {}, {}
        for item, (counted, has_errors) in zip(items, sums, strict=True):
            try:
                priced[item["id"]] = self._price(item, counted, has_errors)
            except Refused as refused:
                errors[item["id"]] = refused
        self._write(run, [item for item in items if item["state"] == "draft"], priced, errors)
        self._correct(
            run, [item for item in items if item["state"] == "billed" and item["id"] in priced], priced, amounts
        )

    def _price(self, item, counted, has_errors):
        """The Priced of a true-up. Raises Refused."""
        facts = {"line": item["line_name"], "customer": item["customer_name"]}
        if has_errors:
            raise Refused("minimum_waits", **facts)
        try:
            result = true_up(
                Commitment(
                    minimum=item["minimum"],
                    billed=counted,
                    currency=item["currency"],
                    rounding=item["rounding"],
                    service_start=item["service_start"],
                    service_end=item["service_end"],
                    proration=get_share(item, item["is_prorated"] and item["commitment_kind"] == "period"),
                )
            )
        except RatingError as error:
            raise Refused(f"engine_{error.reason}", detail=str(error), **facts) from error
        stretch = Stretch(item["service_start"], item["service_end"], None, None, None)
        return Priced(stretch=stretch, result=result, resolution=None)

    def _write(self, run, items, priced, errors, corrected=None):
        """Insert the rated lines of draft true-ups and set their amounts. corrected: {charge id: rated line id}."""
        if not items:
            return
        rating = self.env["cloud.rating"]
        rows = [
            {
                **rating._prepare_line_values(item, 1, priced[item["id"]], run.usage_number),
                "corrects_id": (corrected or {}).get(item["id"]),
            }
            for item in items
            if item["id"] in priced
        ]
        self.env["cloud.rated.line"]._insert(rows)
        rating._write_charges(items, rows, errors, run.usage_number)

    def _correct(self, run, items, priced, amounts):
        """Make the corrections of billed true-ups that would be another amount now.

        One whose interval is not charged completely, as after a credit note, waits until it is: it would go up now and
        down again with the next run.
        """
        before = {item["id"]: next(iter(amounts[item["id"]].values())) for item in items}
        changed = [item for item in items if priced[item["id"]].result.amount != before[item["id"]]["amount"]]
        waiting = self.env["cloud.spend.due"]._find_waiting(run.company_id, changed)
        changed = {item["id"]: item for place, item in enumerate(changed) if place not in waiting}
        made = self.env["cloud.charge.correction"]._insert_charges(run, list(changed))
        corrections, results, corrected = [], {}, {}
        for original_id, correction_id in made.items():
            part, billed = priced[original_id], before[original_id]
            corrections.append({**changed[original_id], "id": correction_id})
            results[correction_id] = replace(part, result=difference(part.result, billed["amount"], None))
            corrected[correction_id] = billed["line_id"]
        self._write(run, corrections, results, {}, corrected)
