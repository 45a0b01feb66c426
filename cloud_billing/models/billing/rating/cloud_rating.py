from decimal import Inexact
from functools import lru_cache

from odoo import models
from odoo.tools import SQL

from ....engine import schedule
from ....engine.numbers import exact, parse_decimal, trim
from ....engine.rating import RatingError
from ...catalog.price_candidates import get_plan_rule_ids
from ..charge.charge_stretches import NO_DIMENSIONS, cut, get_bearers
from ..collection import collection_put_off
from ..pricing.charge_discounts import NO_DISCOUNTS
from ..pricing.charge_pricing import Tools, price_stretch
from ..pricing.engine_refusals import refuse_engine
from ..pricing.exchange_rates import ExchangeRates
from ..pricing.usage_facts import Refused
from ..rated.cloud_rated_line import as_text

_READ = (
    "cloud.charge",
    "cloud.billing.period",
    "cloud.subscription",
    "cloud.subscription.line",
    "cloud.customer",
    "cloud.price.plan",
    "cloud.meter",
    "res.currency",
    "product.product",
    "product.template",
    "uom.uom",
)


class CloudRating(models.AbstractModel):
    """Charges to rated lines: totals by one call, prices in Python, lines and amounts by one statement each.

    Nothing here asks the database per charge. What cannot be rated gets a code and facts on the charge; the rest go
    on.
    """

    _name = "cloud.rating"
    _description = "Rating of Charges"
    _inherit = ["cloud.rating.usage", "cloud.rating.counters", "cloud.rating.allowances", "cloud.rating.lines"]

    # === BUSINESS === #

    @collection_put_off()
    def _rate(self, charges, number, proposal=None):
        """Rate draft charges of one company with usage as of an import number: rated lines, amounts or reasons.

        proposal: of `price_candidates`, prices that count as if they were agreed; only for what is rolled back.
        """
        if not charges:
            return
        items = self._fetch_items(charges)
        self._add_discounts(items)
        priced, errors = self._price(items, number, self._get_proposed_candidates(items, proposal))
        parts = [
            (item, sequence, part) for item in items for sequence, part in enumerate(priced.get(item["id"], ()), 1)
        ]
        rows = (self._prepare_line_values(item, sequence, part, number) for item, sequence, part in parts)
        line_ids = self.env["cloud.rated.line"]._insert(rows, len(parts))
        self._insert_grants(line_ids, [(item, part) for item, _sequence, part in parts])
        self._store_discounts({item["id"]: item for item in items if item["id"] not in errors})
        amounts = [{"charge_id": item["id"], "amount": part.result.amount} for item, _sequence, part in parts]
        self._write_charges(items, amounts, errors, number)

    def _price(self, items, number, candidates=None):
        """({charge id: list of Priced}, {charge id: Refused}): what each item costs with usage as of a number.

        candidates: {line id: list of Candidate} to price by, instead of the prices in force.
        """
        errors = self._check_items(items)
        sound = [item for item in items if item["id"] not in errors]
        if candidates is None:
            candidates = self._get_candidates(items)
        apart = self._fetch_combinations(sound, candidates, number)
        stretches = self._cut(sound, candidates, apart, errors)
        self._cut_at_cycles(sound, stretches)
        usages = self._fetch_usages(sound, stretches, number, apart)
        tools = self._get_tools(items, stretches, number)
        priced = {}
        for item in sorted(sound, key=_get_rating_order):
            if item["id"] in errors:
                continue
            # Each usage is let go once it is priced: a chunk's usages and prices are not needed together.
            try:
                with exact():
                    priced[item["id"]] = [
                        part
                        for place, stretch in enumerate(stretches[item["id"]])
                        for part in self._price_stretch(item, stretch, usages.pop((item["id"], place), None), tools)
                    ]
            except Refused as refused:
                errors[item["id"]] = refused
            except Inexact:
                errors[item["id"]] = Refused("too_many_digits", line=item["line_name"])
            except RatingError as error:
                errors[item["id"]] = refuse_engine(error, item)
        return priced, errors

    def _price_stretch(self, item, stretch, usage, tools):
        """The list of Priced of one stretch of a charge. Raises Refused, RatingError. tools: of `_get_tools`."""
        return price_stretch(item, stretch, usage, tools)

    def _get_tools(self, items, stretches, number):
        """What all these charges are priced with: functions of charge models, rates of exchange."""
        rule_ids = get_plan_rule_ids(
            stretch.resolution.chosen for parts in stretches.values() for stretch in parts if stretch.resolution
        )
        rules = self.env["cloud.price.rule"].browse(sorted(rule_ids))
        return Tools(
            number=number,
            rates=ExchangeRates(items[0]["company"]),
            counters=self._get_counters(items, stretches, rules),
            pools=self._get_pools(items, stretches),
            pricers={rule.id: rule._get_pricer() for rule in rules},
        )

    # === BUSINESS: WHAT IS RATED === #

    def _fetch_items(self, charges):
        """One dict per charge with all that rating needs to know of it."""
        for model in _READ:
            self.env[model].flush_model()
        items = self.env.execute_query_dict(
            SQL(
                """
            SELECT ch.id,
                   ch.kind,
                   ch.company_id,
                   ch.customer_id,
                   ch.corrects_id,
                   ch.error_code,
                   ch.service_start,
                   ch.service_end,
                   ch.utc_start,
                   ch.utc_end,
                   ch.full_start,
                   -- A last period that is due in full is whole, also where its end was agreed after it was charged.
                   CASE WHEN ch.kind = 'recurring'
                         AND s.last_period = 'full'
                         AND s.date_end > ch.full_start
                        THEN LEAST(ch.full_end, s.date_end)
                        ELSE ch.full_end
                    END AS full_end,
                   ch.billing_month,
                   ch.product_id,
                   ch.meter_id,
                   ch.component_id,
                   ch.subscription_id,
                   s.date_start AS subscription_start,
                   s.cycle_unit,
                   s.cycle_count,
                   s.cycle_kind,
                   s.anchor_day,
                   s.anchor_date,
                   ch.proration,
                   COALESCE(period.tz, customer.tz) AS share_tz,
                   -- The piece with the first served day bears a period that is not shared: of the first charge of it.
                   ch.proration = 'none' AND NOT EXISTS (
                       SELECT 1
                         FROM cloud_charge former
                        WHERE former.component_id = ch.component_id
                          AND former.is_live
                          AND former.corrects_id IS NULL
                          AND (former.service_start >= ch.full_start
                               -- What another system billed is one stretch, which began long before.
                               OR former.is_opening AND former.service_end > ch.full_start)
                          AND former.service_start < ch.service_start) AS is_bearer,
                   customer.name AS customer_name,
                   customer.tz,
                   l.id AS line_id,
                   l.name AS line_name,
                   l.quantity::text AS agreed_quantity,
                   uom.name->>'en_US' AS agreed_unit,
                   plan.id AS plan_id,
                   plan.name AS plan_name,
                   plan.currency_id AS plan_currency_id,
                   currency.id AS currency_id,
                   currency.name AS currency,
                   currency.rounding::text AS rounding,
                   meter.name->>'en_US' AS meter_name,
                   meter.aggregation,
                   meter.basis,
                   meter.unit AS meter_unit
              FROM cloud_charge ch
              JOIN cloud_customer customer ON customer.id = ch.customer_id
              JOIN cloud_subscription_line l ON l.id = ch.subscription_line_id
              JOIN cloud_subscription s ON s.id = ch.subscription_id
              JOIN cloud_price_plan plan ON plan.id = s.plan_id
              JOIN res_currency currency ON currency.id = ch.currency_id
              JOIN product_product product ON product.id = ch.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN cloud_billing_period period ON period.id = ch.period_id
         LEFT JOIN uom_uom uom ON uom.id = template.uom_id
         LEFT JOIN cloud_meter meter ON meter.id = ch.meter_id
             WHERE ch.id = ANY(%s)
          ORDER BY ch.id
            """,
                list(charges.ids),
            )
        )
        company = self.env["res.company"].browse(items[0]["company_id"])
        # Most texts are those of a few customers, plans and products, and the database gives each charge its own.
        shared = {}
        steps = {text: trim(parse_decimal(text)) for text in {item["rounding"] for item in items}}
        meters = {item["meter_id"]: describe_meter(item) for item in items}
        for item in items:
            quantity = item["agreed_quantity"]
            item.update((name, shared.setdefault(text, text)) for name, text in item.items() if type(text) is str)
            item.update(
                company=company,
                rounding=steps[item["rounding"]],
                agreed_quantity=None if quantity is None else parse_decimal(quantity),
                meter=meters[item["meter_id"]],
            )
        return items

    def _check_items(self, items):
        """{charge id: Refused} of those that no price can help."""
        errors = {}
        for item in items:
            try:
                self._check_item(item)
            except Refused as refused:
                errors[item["id"]] = refused
        return errors

    def _check_item(self, item):
        """Raise Refused for what no price can help."""
        if item["error_code"] == "two_calendars":
            raise Refused("two_calendars", line=item["line_name"], customer=item["customer_name"])
        if item["kind"] == "metered" and not item["aggregation"]:
            raise Refused("meter_missing", line=item["line_name"], product_id=item["product_id"])
        if item["plan_currency_id"] != item["currency_id"] and not item.get("bill_in"):
            raise Refused("plan_currency", line=item["line_name"], plan=item["plan_name"], currency=item["currency"])
        quantity = item["agreed_quantity"]
        if item["kind"] != "metered" and (quantity is None or quantity < 0):
            raise Refused("quantity_wrong", line=item["line_name"], quantity=as_text(quantity))

    def _get_candidates(self, items, proposal=None):
        """{line id: list of Candidate} for the days of these items; proposal: of `price_candidates`."""
        lines = self.env["cloud.subscription.line"].browse(sorted({item["line_id"] for item in items}))
        start, end = min(item["service_start"] for item in items), max(item["service_end"] for item in items)
        return self.env["cloud.price.plan"]._get_candidates(lines, start, end, proposal)

    def _get_proposed_candidates(self, items, proposal):
        """What `_price` prices by under a proposal; None without one: the prices in force."""
        return self._get_candidates(items, proposal) if proposal else None

    def _cut(self, items, candidates, apart, errors):
        """{charge id: list of Stretch} by what applies when; of a charge without a price its Refused is in errors.

        apart: of `_fetch_combinations`.
        """
        get_bounds = lru_cache(maxsize=None)(schedule.utc_bounds)
        # Thousands of lines of one plan meet the same prices; the candidates live as long as this is needed.
        stretches, known = {}, {}
        for item in items:
            combinations = tuple(apart.get(item["id"], ())) or NO_DIMENSIONS
            try:
                parts = cut(item, candidates[item["line_id"]], get_bounds, combinations, known)
                stretches[item["id"]] = get_bearers(item, parts)
            except Refused as refused:
                errors[item["id"]] = refused
        return stretches

    def _add_discounts(self, items):
        """Give each charge what may be taken off its price: `item["discounts"]`; items without it have none."""
        discounts = self._get_discounts(items)
        for item in items:
            item["discounts"] = discounts.get(item["id"], NO_DISCOUNTS)

    # === HOOKS === #

    def _get_discounts(self, items):
        """Return the discounts of charges that are about to be priced: {charge id: an object like `NoDiscounts`}.

        items: dicts of `_fetch_items`. Asked once for all of them, with a constant number of statements. A billed
        charge that is priced anew, to be corrected, may draw again on what it and its corrections have used.
        """
        return {}

    def _has_common_limits(self, run):
        """Return whether prices of several payers of a run draw on one limit, so that one rater must rate all of it.

        What the customers of one payer share is no matter: they are rated by one.
        """
        return False

    def _store_discounts(self, items):
        """Remember what the prices of charges have used of their discounts; called once, after their lines are there.

        items: {id of the charge that the lines belong to: its item, with `discounts`}. Of a correction the item is that
        of the charge it corrects: what is stored is the difference to what was used before.
        """


def _get_rating_order(item):
    """Earlier service first, also where later periods are rated with it: a counter goes on, an allowance is used up."""
    return item["service_start"], item["id"]


def describe_meter(item):
    """The meter of an item of `_fetch_items`, as workings name it."""
    return {
        "id": item["meter_id"],
        "name": item["meter_name"],
        "aggregation": item["aggregation"],
        "basis": item["basis"],
        "unit": item["meter_unit"],
    }
