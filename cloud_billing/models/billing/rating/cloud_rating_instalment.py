from dataclasses import replace

from odoo import models
from odoo.tools import SQL

from ....engine.numbers import exact, parse_decimal, to_text
from ....engine.rating import RatingError, RatingFacts, Terms, rate
from ..charge.charge_stretches import Stretch
from ..pricing.charge_pricing import Priced
from ..pricing.engine_refusals import refuse_engine

_ONE = parse_decimal(1)


class CloudRating(models.AbstractModel):
    """Charges of instalments: the amount was agreed with the plan, so no price is looked for and nothing comes off it.

    The sum is one in the currency of the bills, so nothing is exchanged either. Whoever asks for the price of an
    instalment product, as its plan does, has no part and is answered by the prices in force.
    """

    _inherit = "cloud.rating"

    # === BUSINESS === #

    def _fetch_items(self, charges):
        items = super()._fetch_items(charges)
        parts = {item["id"]: item for item in items if item["kind"] == "instalment"}
        for row in self._fetch_instalments(list(parts)) if parts else ():
            item = parts[row.pop("charge_id")]
            item["instalment"] = row
            billed_in = item.pop("bill_in", None)
            if billed_in:
                item.update(currency=billed_in["currency"], rounding=billed_in["rounding"])
        return items

    def _fetch_instalments(self, charge_ids):
        """Which part of which sum each charge is: dicts of charge_id, kind, number, count, amount, total, discount."""
        for model in ("cloud.instalment", "cloud.subscription.line", "cloud.charge.component"):
            self.env[model].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT c.id AS charge_id, i.kind, i.number, i.amount::text AS amount, i.discount::text AS discount,
                   l.instalment_total::text AS total,
                   (SELECT MAX(o.number) FROM cloud_instalment o WHERE o.line_id = l.id AND o.kind = 'part') AS count
              FROM cloud_charge c
              JOIN cloud_charge_component component ON component.id = c.component_id
              JOIN cloud_instalment i ON i.id = component.instalment_id
              JOIN cloud_subscription_line l ON l.id = i.line_id
             WHERE c.id = ANY(%s)
            """,
                charge_ids,
            )
        )

    def _price(self, items, number, candidates=None):
        parts = [item for item in items if item.get("instalment")]
        if not parts:
            return super()._price(items, number, candidates)
        others = [item for item in items if not item.get("instalment")]
        priced, errors = super()._price(others, number, candidates) if others else ({}, {})
        for item in parts:
            try:
                priced[item["id"]] = [_price_part(item)]
            except RatingError as error:
                errors[item["id"]] = refuse_engine(error, item)
        return priced, errors


def _price_part(item):
    """The Priced of one part: once its amount, so that whoever works the line out again needs nothing else."""
    part = item["instalment"]
    result = rate(
        Terms("flat", unit_price=parse_decimal(part["amount"])),
        RatingFacts(
            quantity=_ONE,
            unit="",
            currency=item["currency"],
            rounding=item["rounding"],
            service_start=item["service_start"],
            service_end=item["service_end"],
        ),
    )
    stretch = Stretch(item["service_start"], item["service_end"], None, None, None)
    statement = {**result.statement, "instalment": _describe(part)}
    return Priced(stretch=stretch, result=replace(result, statement=statement), resolution=None)


def _describe(part):
    """What the customer reads of the part; `rest` is what a settlement stands for, before its discount."""
    with exact():
        rest = parse_decimal(part["amount"]) + parse_decimal(part["discount"] or 0)
    is_settlement = part["kind"] == "settlement"
    return {
        "kind": part["kind"],
        "number": part["number"],
        "count": part["count"],
        "total": part["total"],
        "rest": to_text(rest) if is_settlement else None,
        "discount": part["discount"] if is_settlement else None,
    }
