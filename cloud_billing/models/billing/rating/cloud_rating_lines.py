import json
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ....engine.numbers import exact
from ....engine.rating import ENGINE_VERSION
from ....sql_rows import as_table
from ..charge.charge_stretches import get_part_name

ZERO = Decimal(0)


class CloudRatingLines(models.AbstractModel):
    """What rating writes: the values of rated lines, amounts and reasons of charges."""

    _name = "cloud.rating.lines"
    _description = "Rated Lines of Charges"

    # === BUSINESS === #

    def _prepare_line_values(self, item, sequence, part, number):
        """The values of one rated line, as `cloud.rated.line` inserts them."""
        resolution, result, exchange = part.resolution, part.result, part.exchange
        rule_id, rate_id = self._get_price_ids(resolution)
        return {
            "charge_id": item["id"],
            "company_id": item["company_id"],
            "customer_id": item["customer_id"],
            "customer_name": item["customer_name"],
            "subscription_line_id": item["line_id"],
            "product_id": part.product_id or item["product_id"],
            "bundle_id": part.bundle_id,
            "rule_id": rule_id,
            "contract_rate_id": rate_id,
            "version_id": self._get_version_id(rule_id),
            "sequence": sequence,
            "name": part.name or get_part_name(item["line_name"], resolution),
            "service_start": part.stretch.start,
            "service_end": part.stretch.end,
            "part_key": part.key,
            "measured_quantity": part.measured,
            "measured_value": part.value,
            "counted_quantity": result.counted,
            "counter_start": part.counter_start,
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
            "result": result,
            "corrects_id": None,
        }

    def _get_price_ids(self, resolution):
        """(id of the price rule, id of the rate of the contract) that priced a part; at most one of them is set."""
        if not resolution:
            return None, None
        price_id = resolution.chosen.rule.rule_id
        rate_id = self.env["cloud.contract.rate"]._get_rate_id(price_id)
        return (None, rate_id) if rate_id else (price_id, None)

    def _get_version_id(self, rule_id):
        # The rules are in the cache since their pricers were asked for.
        return self.env["cloud.price.rule"].browse(rule_id).version_id.id if rule_id else None

    def _write_charges(self, items, rows, errors, number):
        """Set amount or reason of every charge, in one statement. rows: dicts with charge_id and amount."""
        amounts = {}
        change_number = self.env["cloud.subscription.change"]._last_number(
            self.env["res.company"].browse(items[0]["company_id"])
        )
        with exact():
            for row in rows:
                amounts[row["charge_id"]] = amounts.get(row["charge_id"], ZERO) + row["amount"]
        self.env["cloud.charge"].flush_model()
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_charge
               SET is_rated = TRUE,
                   usage_number = %(number)s,
                   change_number = %(change_number)s,
                   amount = v.amount,
                   error_code = v.error_code,
                   error_facts = v.error_facts
              FROM %(rows)s
             WHERE cloud_charge.id = v.id
            """,
                number=number,
                change_number=change_number,
                rows=as_table(
                    "v",
                    {"id": "integer", "amount": "numeric", "error_code": "text", "error_facts": "jsonb"},
                    [
                        (item["id"], amounts.get(item["id"], ZERO), None, None)
                        if item["id"] not in errors
                        else (item["id"], None, errors[item["id"]].code, json.dumps(errors[item["id"]].facts))
                        for item in items
                    ],
                ),
            )
        )
        self.env["cloud.charge"].invalidate_model()
