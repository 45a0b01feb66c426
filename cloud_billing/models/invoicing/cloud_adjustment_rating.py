from dataclasses import replace
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ...engine.numbers import divide, exact, parse_decimal, to_text, trim
from ...engine.rating import RatingFacts, Terms, rate
from ..billing.charge.charge_stretches import Stretch
from ..billing.pricing.charge_discounts import NO_DISCOUNTS
from ..billing.pricing.charge_pricing import Priced

_ONE, _HUNDRED, _ZERO = Decimal(1), Decimal(100), Decimal(0)
_READ = (
    "cloud.adjustment",
    "cloud.charge",
    "cloud.charge.component",
    "cloud.rated.line",
    "cloud.customer",
    "product.product",
    "product.template",
    "res.currency",
)


class CloudAdjustmentRating(models.AbstractModel):
    """Charges of one-off amounts to rated lines: the amount that was agreed, or a percent of what else is billed.

    A percent is of everything on the bill that is no percent itself, so several of them are of one sum, and it does
    not matter in which order they were given.
    """

    _name = "cloud.adjustment.rating"
    _description = "Rating of One-off Amounts"

    # === BUSINESS === #

    def _rate(self, charges, number):
        """Make the rated lines of draft charges of one-off amounts. Takes a constant number of statements."""
        items = self._fetch_items(charges)
        if not items:
            return
        rating = self.env["cloud.rating"]
        bases = self._fetch_bases([item["id"] for item in items if item["percent"] is not None])
        rows = [
            rating._prepare_line_values(item, sequence, part, number)
            for item in items
            for sequence, part in enumerate(_price(item, bases.get(item["id"], ())), 1)
        ]
        self.env["cloud.rated.line"]._insert(rows)
        rating._write_charges(items, rows, {}, number)
        # What became of an amount is told from its charge.
        self.env["cloud.adjustment"].invalidate_model()

    def _rate_percents(self, bills):
        """Work out anew what is a percent of bills in review, after whatever else is on them has changed."""
        for model in ("cloud.charge", "cloud.adjustment", "cloud.bill", "cloud.bill.run"):
            self.env[model].flush_model()
        found = self.env.execute_query(
            SQL(
                """
            SELECT c.id, run.usage_number
              FROM cloud_charge c
              JOIN cloud_bill_run run ON run.id = c.run_id
              JOIN cloud_charge_component component ON component.id = c.component_id
              JOIN cloud_adjustment a ON a.id = component.adjustment_id
             WHERE c.bill_id = ANY(%s)
               AND c.state = 'draft'
               AND c.corrects_id IS NULL
               AND run.state IN ('rating', 'review')
               AND a.percent IS NOT NULL
          ORDER BY c.id
            """,
                list(bills.ids),
            )
        )
        by_number = {}
        for charge_id, number in found:
            by_number.setdefault(number, []).append(charge_id)
        for number, charge_ids in by_number.items():
            charges = self.env["cloud.charge"].browse(charge_ids)
            charges._delete_lines()
            self._rate(charges, number)
            charges.bill_id._attach_lines()

    # === BUSINESS: WHAT IS RATED === #

    def _fetch_items(self, charges):
        """One dict per charge with all that rating needs to know of it."""
        for model in _READ:
            self.env[model].flush_model()
        items = self.env.execute_query_dict(
            SQL(
                """
            SELECT c.id, c.company_id, c.customer_id, customer.name AS customer_name,
                   c.subscription_line_id AS line_id, a.name AS line_name, c.product_id, c.service_start,
                   c.service_end, c.currency_id, currency.name AS currency, currency.rounding::text AS rounding,
                   a.kind AS adjustment_kind, a.amount::text AS amount, a.percent::text AS percent
              FROM cloud_charge c
              JOIN cloud_charge_component component ON component.id = c.component_id
              JOIN cloud_adjustment a ON a.id = component.adjustment_id
              JOIN cloud_customer customer ON customer.id = c.customer_id
              JOIN res_currency currency ON currency.id = c.currency_id
             WHERE c.id = ANY(%s)
          ORDER BY c.id
            """,
                list(charges.ids),
            )
        )
        for item in items:
            for name in ("amount", "percent"):
                item[name] = None if item[name] is None else trim(parse_decimal(item[name]))
            item.update(rounding=trim(parse_decimal(item["rounding"])), discounts=NO_DISCOUNTS)
        return items

    def _fetch_bases(self, charge_ids):
        """{charge id: list of (product id, amount)}: what a percent is of, one entry to a set of taxes.

        The product is the one with most of that sum: a discount takes its account and its taxes.
        """
        if not charge_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
            SELECT c.id, r.product_id, SUM(r.amount)::text,
                   (SELECT array_agg(rel.tax_id ORDER BY rel.tax_id)
                      FROM product_taxes_rel rel
                      JOIN account_tax tax ON tax.id = rel.tax_id
                     WHERE rel.prod_id = product.product_tmpl_id
                       AND tax.company_id = c.company_id) AS tax_ids
              FROM cloud_charge c
              JOIN cloud_charge_component component ON component.id = c.component_id
              JOIN cloud_adjustment a ON a.id = component.adjustment_id
              JOIN cloud_charge other ON other.bill_id = c.bill_id
              JOIN cloud_charge_component other_component ON other_component.id = other.component_id
         LEFT JOIN cloud_adjustment one_off ON one_off.id = other_component.adjustment_id
              JOIN cloud_rated_line r ON r.charge_id = other.id
              JOIN product_product product ON product.id = r.product_id
             WHERE c.id = ANY(%s)
               AND one_off.percent IS NULL
               AND (a.subscription_line_id IS NULL OR r.subscription_line_id = a.subscription_line_id)
          GROUP BY c.id, r.product_id, product.product_tmpl_id
            HAVING SUM(r.amount) <> 0
          ORDER BY c.id, ABS(SUM(r.amount)) DESC, r.product_id
            """,
                list(charge_ids),
            )
        )
        bases = {}
        for charge_id, product_id, amount, tax_ids in rows:
            parts = bases.setdefault(charge_id, {})
            first, total = parts.get(tuple(tax_ids or ()), (product_id, _ZERO))
            with exact():
                parts[tuple(tax_ids or ())] = first, total + parse_decimal(amount)
        return {charge_id: list(parts.values()) for charge_id, parts in bases.items()}


def _price(item, bases):
    """The list of Priced of one charge: one part, of a percent one to each set of taxes; bases: of `_fetch_bases`."""
    if item["percent"] is None:
        return [_price_part(item, item["amount"], {"kind": item["adjustment_kind"]})]
    parts = []
    for product_id, base in bases or [(item["product_id"], _ZERO)]:
        # Everything has one set of taxes: the product of the discount says which account and taxes it has.
        own = item["product_id"] if len(bases) < 2 else product_id
        with exact():
            amount = trim(-divide(base * item["percent"], _HUNDRED))
        told = {"kind": item["adjustment_kind"], "percent": to_text(item["percent"]), "base": to_text(base)}
        parts.append(replace(_price_part(item, amount, told), product_id=own))
    return parts


def _price_part(item, amount, told):
    """The Priced of an amount: once that amount, so that whoever works the line out again needs nothing else."""
    result = rate(
        Terms("flat", unit_price=amount),
        RatingFacts(
            quantity=_ONE,
            unit="",
            currency=item["currency"],
            rounding=item["rounding"],
            service_start=item["service_start"],
            service_end=item["service_end"],
        ),
    )
    statement = {**result.statement, "adjustment": told}
    stretch = Stretch(item["service_start"], item["service_end"], None, None, None)
    return Priced(stretch=stretch, result=replace(result, statement=statement), resolution=None)
