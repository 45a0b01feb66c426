import json
from decimal import Decimal, Inexact
from functools import lru_cache

from odoo import models
from odoo.tools import SQL

from ...engine import schedule
from ...engine.numbers import exact, parse_decimal, trim
from ...engine.rating import ENGINE_VERSION, RatingError
from ..usage.usage_requests import TotalsRequest
from .charge_discounts import NO_DISCOUNTS
from .charge_pricing import cut, price_agreed, price_metered
from .cloud_rated_line import as_text
from .exchange_rates import ExchangeRates
from .usage_facts import Refused, StretchUsage

ZERO = Decimal(0)
_READ = (
    "cloud.charge",
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

    # === BUSINESS === #

    def _rate(self, charges, number):
        """Rate draft charges of one company with usage as of an import number: rated lines, amounts or reasons."""
        if not charges:
            return
        items = self._fetch_items(charges)
        self._add_discounts(items)
        priced, errors = self._price(items, number)
        rows = [
            self._prepare_line_values(item, sequence, part, number)
            for item in items
            for sequence, part in enumerate(priced.get(item["id"], ()), 1)
        ]
        self.env["cloud.rated.line"]._insert(rows)
        self._store_discounts({item["id"]: item for item in items if item["id"] not in errors})
        self._write_charges(items, rows, errors, number)

    def _price(self, items, number, candidates=None, get_usages=None):
        """({charge id: list of Priced}, {charge id: Refused}): what each item costs with usage as of a number.

        candidates: {line id: list of Candidate} to price by, instead of the prices in force. get_usages: function
        (items, stretches, number) -> what `_fetch_usages` returns, instead of the usage that was imported. With both,
        items need not be charges: see `cloud.price.calculator`.
        """
        stretches, errors = self._cut(items, candidates)
        usages = (get_usages or self._fetch_usages)(items, stretches, number)
        pricers = self._get_pricers(stretches)
        rates = ExchangeRates(items[0]["company"])
        priced = {}
        for item in items:
            if item["id"] in errors:
                continue
            try:
                with exact():
                    priced[item["id"]] = [
                        part
                        for place, stretch in enumerate(stretches[item["id"]])
                        for part in self._price_stretch(
                            item, stretch, usages.get((item["id"], place)), pricers, rates, number
                        )
                    ]
            except Refused as refused:
                errors[item["id"]] = refused
            except Inexact:
                errors[item["id"]] = Refused("too_many_digits", line=item["line_name"])
            except RatingError as error:
                errors[item["id"]] = Refused(f"engine_{error.reason}", line=item["line_name"], detail=str(error))
        return priced, errors

    def _price_stretch(self, item, stretch, usage, pricers, rates, number):
        pricer = pricers[stretch.resolution.chosen.rule.rule_id] if stretch.resolution else None
        if item["kind"] != "metered":
            return [price_agreed(item, stretch, pricer)]
        return price_metered(item, stretch, usage, rates, pricer, number)

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
                   ch.full_end,
                   ch.billing_month,
                   ch.product_id,
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
         LEFT JOIN uom_uom uom ON uom.id = template.uom_id
         LEFT JOIN cloud_meter meter ON meter.id = ch.meter_id
             WHERE ch.id = ANY(%s)
          ORDER BY ch.id
            """,
                list(charges.ids),
            )
        )
        company = self.env["res.company"].browse(items[0]["company_id"])
        for item in items:
            quantity = item["agreed_quantity"]
            item.update(
                company=company,
                rounding=trim(parse_decimal(item["rounding"])),
                agreed_quantity=None if quantity is None else parse_decimal(quantity),
                meter={
                    "name": item["meter_name"],
                    "aggregation": item["aggregation"],
                    "basis": item["basis"],
                    "unit": item["meter_unit"],
                },
            )
        return items

    def _check_item(self, item):
        """Raise Refused for what no price can help."""
        if item["error_code"] == "two_calendars":
            raise Refused("two_calendars", line=item["line_name"], customer=item["customer_name"])
        if item["kind"] == "metered" and not item["aggregation"]:
            raise Refused("meter_missing", line=item["line_name"], product_id=item["product_id"])
        if item["plan_currency_id"] != item["currency_id"]:
            raise Refused("plan_currency", line=item["line_name"], plan=item["plan_name"], currency=item["currency"])
        quantity = item["agreed_quantity"]
        if item["kind"] != "metered" and (quantity is None or quantity < 0):
            raise Refused("quantity_wrong", line=item["line_name"], quantity=as_text(quantity))

    def _cut(self, items, candidates=None):
        """({charge id: list of Stretch}, {charge id: Refused}) by the prices in force, or by other candidates."""
        if candidates is None:
            candidates = self._get_candidates(items)
        get_bounds = lru_cache(maxsize=None)(schedule.utc_bounds)
        stretches, errors = {}, {}
        for item in items:
            try:
                self._check_item(item)
                stretches[item["id"]] = cut(item, candidates[item["line_id"]], get_bounds)
            except Refused as refused:
                errors[item["id"]] = refused
        return stretches, errors

    def _get_candidates(self, items, proposal=None):
        """{line id: list of Candidate} for the days of these items; proposal: of `price_candidates`."""
        lines = self.env["cloud.subscription.line"].browse(sorted({item["line_id"] for item in items}))
        start, end = min(item["service_start"] for item in items), max(item["service_end"] for item in items)
        return self.env["cloud.price.plan"]._get_candidates(lines, start, end, proposal)

    def _get_pricers(self, stretches):
        """{rule id: function or None}: None is the engine's own, a function is a charge model of another module."""
        rule_ids = {
            stretch.resolution.chosen.rule.rule_id
            for parts in stretches.values()
            for stretch in parts
            if stretch.resolution
        }
        return {rule.id: rule._get_pricer() for rule in self.env["cloud.price.rule"].browse(sorted(rule_ids))}

    def _fetch_usages(self, items, stretches, number):
        """{(charge id, place of the stretch): StretchUsage} of all metered items, by one call of the store."""
        requests, places = [], []
        for item in items:
            if item["kind"] != "metered":
                continue
            for place, stretch in enumerate(stretches.get(item["id"], ())):
                requests.append(
                    TotalsRequest(
                        key=len(requests),
                        subscription_line_id=item["line_id"],
                        aggregation=item["aggregation"],
                        basis=item["basis"],
                        billing_month=item["billing_month"],
                        utc_start=stretch.utc_start,
                        utc_end=stretch.utc_end,
                    )
                )
                places.append((item["id"], place, item["aggregation"]))
        usages = {}
        if requests:
            for totals in self.env["cloud.usage.store"]._totals(items[0]["company"], number, requests):
                charge_id, place, aggregation = places[totals.key]
                usages.setdefault((charge_id, place), StretchUsage()).add(totals, aggregation)
        return usages

    # === BUSINESS: WHAT IS WRITTEN === #

    def _prepare_line_values(self, item, sequence, part, number):
        """The values of one rated line, with the keys of `cloud_rated_line.INSERTED`."""
        resolution, result, exchange = part.resolution, part.result, part.exchange
        rule_id = resolution.chosen.rule.rule_id if resolution else None
        return {
            "charge_id": item["id"],
            "company_id": item["company_id"],
            "customer_id": item["customer_id"],
            "customer_name": item["customer_name"],
            "subscription_line_id": item["line_id"],
            "product_id": item["product_id"],
            "rule_id": rule_id,
            "version_id": self._get_version_id(rule_id),
            "sequence": sequence,
            "name": item["line_name"],
            "service_start": part.stretch.start,
            "service_end": part.stretch.end,
            "part_key": part.key,
            "measured_quantity": part.measured,
            "quantity": result.quantity,
            "unit": part.unit,
            "unit_price": result.unit_price,
            "currency_id": item["currency_id"],
            "amount_exact": result.amount_exact,
            "amount": result.amount,
            "cost_amount": part.cost_amount,
            "exchange_rate": exchange and exchange.rate,
            "exchange_source": exchange and exchange.source,
            "exchange_date": exchange and exchange.date,
            "row_count": part.rows or 0,
            "usage_number": number,
            "engine_version": ENGINE_VERSION,
            "workings": result.workings,
            "statement": result.statement,
            "corrects_id": None,
        }

    def _get_version_id(self, rule_id):
        # The rules are in the cache since their pricers were asked for.
        return self.env["cloud.price.rule"].browse(rule_id).version_id.id if rule_id else None

    def _write_charges(self, items, rows, errors, number):
        """Set amount or reason of every charge, in one statement."""
        amounts = {}
        with exact():
            for row in rows:
                amounts[row["charge_id"]] = amounts.get(row["charge_id"], ZERO) + row["amount"]
        self.env["cloud.charge"].flush_model()
        self.env.cr.execute_values(
            """
            UPDATE cloud_charge
               SET is_rated = TRUE,
                   usage_number = v.usage_number,
                   amount = v.amount::numeric,
                   error_code = v.error_code,
                   error_facts = v.error_facts::jsonb
              FROM (VALUES %s) AS v (id, usage_number, amount, error_code, error_facts)
             WHERE cloud_charge.id = v.id
            """,
            [
                (item["id"], number, amounts.get(item["id"], ZERO), None, None)
                if item["id"] not in errors
                else (item["id"], number, None, errors[item["id"]].code, json.dumps(errors[item["id"]].facts))
                for item in items
            ],
            page_size=len(items),
        )
        self.env["cloud.charge"].invalidate_model()

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

    def _store_discounts(self, items):
        """Remember what the prices of charges have used of their discounts; called once, after their lines are there.

        items: {id of the charge that the lines belong to: its item, with `discounts`}. Of a correction the item is that
        of the charge it corrects: what is stored is the difference to what was used before.
        """
