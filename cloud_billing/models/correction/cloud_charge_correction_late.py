from datetime import timedelta
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal
from ...sql_rows import as_table
from ..billing.pricing.exchange_rates import ExchangeRates, NoRate
from .late_policy import Difference, Treatment, choose_absorbed

_ZERO = Decimal(0)


class CloudChargeCorrection(models.AbstractModel):
    """Late usage by policy: on the next bill, on an invoice of its own, or absorbed below a tolerance.

    The tolerance is for a customer and a calendar month of service. What was absorbed is a correction without lines, so
    the next difference is worked out from what was billed and has all of it again: small ones add up.
    """

    _inherit = "cloud.charge.correction"

    # === BUSINESS === #

    def _get_changed(self, run, only):
        changed = super()._get_changed(run, only)
        if run.correction_scope == "late":
            policies = self._get_late_policies(changed)
            changed = changed.filtered(lambda charge: policies.get(charge.id) == "own_invoice")
        return changed | self._get_absorbed_beside(changed)

    def _get_absorbed_beside(self, changed):
        """Billed originals of the same customers and months of which something is absorbed: together they may be more
        than the tolerance. Those that an open run corrects wait."""
        if not changed:
            return changed
        rows = self.env.execute_query(
            SQL(
                """
            SELECT DISTINCT o.id
              FROM cloud_charge touched
              JOIN cloud_charge o
                ON o.customer_id = touched.customer_id
               AND date_trunc('month', o.service_start) = date_trunc('month', touched.service_start)
              JOIN cloud_charge k ON k.corrects_id = o.id
             WHERE touched.id = ANY(%s)
               AND touched.kind = 'metered'
               AND k.absorbed_amount <> 0
               AND k.state = 'billed'
               AND o.state = 'billed'
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_charge n
                                WHERE n.corrects_id = o.id
                                  AND (n.state = 'draft' AND n.is_price_credit IS NOT TRUE
                                       OR n.absorbed_amount IS NOT NULL
                                          AND n.state = 'billed'
                                          AND n.correction_number > k.correction_number))
          ORDER BY o.id
            """,
                list(changed.ids),
            )
        )
        return changed.browse(charge_id for (charge_id,) in rows)

    def _get_treatments(self, run, items, parts):
        treatments = super()._get_treatments(run, items, parts)
        late = {
            charge_id: item for charge_id, item in items.items() if item["kind"] == "metered" and charge_id in parts
        }
        if not late:
            return treatments
        charges = self.env["cloud.charge"].browse(late)
        # Somebody who has charges rated again asks for the difference, whatever the policy for what comes by itself.
        policies = {} if run.correction_scope == "again" else self._get_late_policies(charges)
        before = self._fetch_absorbed(charges)
        amounts = {charge_id: _add_up(parts[charge_id]) for charge_id in late}
        absorbed = self._choose_absorbed(run, late, policies, amounts)
        for charge_id in late:
            policy, was = policies.get(charge_id, "next_bill"), before.get(charge_id, _ZERO)
            if charge_id in absorbed:
                treatments[charge_id] = Treatment(policy, False, amounts[charge_id])
            elif parts[charge_id]:
                treatments[charge_id] = Treatment(policy, True, _ZERO if was else None)
            elif was:
                treatments[charge_id] = Treatment(policy, False, _ZERO)
        return treatments

    def _choose_absorbed(self, run, items, policies, amounts):
        """The ids of charges whose differences are absorbed. amounts: {charge id: Decimal in the charge's currency}."""
        rates, company = ExchangeRates(run.company_id), run.company_id
        differences, tolerances = [], {}
        customers = self.env["cloud.customer"].browse({item["customer_id"] for item in items.values()})
        limits = {customer.id: customer._get_late_tolerance() for customer in customers}
        for charge_id, item in items.items():
            if policies.get(charge_id) == "absorb":
                group = item["customer_id"], item["service_start"].replace(day=1)
                tolerances[group] = limits[item["customer_id"]]
                value = _exchange(rates, item, amounts[charge_id], company.currency_id.name)
                differences.append(Difference(charge_id, group, amounts[charge_id], value))
        return choose_absorbed(differences, tolerances, company.cloud_late_credits)

    def _get_late_policies(self, charges):
        """{charge id: policy} of metered charges: the customer's, else that of the line's sources where they agree,
        else the company's."""
        metered = charges.filtered(lambda charge: charge.kind == "metered")
        by_source = self._fetch_source_policies(metered.subscription_line_id)
        return {
            charge.id: charge.customer_id.late_usage_policy
            or by_source.get(charge.subscription_line_id.id)
            or charge.company_id.cloud_late_policy
            for charge in metered
        }

    def _fetch_source_policies(self, lines):
        """{subscription line id: policy} where the sources mapped to it that have one have the same."""
        for model in ("cloud.usage.mapping", "cloud.usage.stream", "cloud.usage.source"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT m.subscription_line_id, MIN(source.late_usage_policy)
              FROM cloud_usage_mapping m
              JOIN cloud_usage_stream stream ON stream.id = m.stream_id
              JOIN cloud_usage_source source ON source.id = stream.source_id
             WHERE m.subscription_line_id = ANY(%s)
               AND source.late_usage_policy IS NOT NULL
          GROUP BY m.subscription_line_id
            HAVING COUNT(DISTINCT source.late_usage_policy) = 1
            """,
                list(lines.ids),
            )
        )
        return dict(rows)

    def _fetch_absorbed(self, charges):
        """{charge id: Decimal} that is absorbed of billed originals now, where it is not zero."""
        rows = self.env.execute_query(
            SQL(
                """
            SELECT DISTINCT ON (corrects_id) corrects_id, absorbed_amount::text
              FROM cloud_charge
             WHERE corrects_id = ANY(%s)
               AND absorbed_amount IS NOT NULL
               AND state = 'billed'
          ORDER BY corrects_id, correction_number DESC
            """,
                list(charges.ids),
            )
        )
        amounts = {charge_id: parse_decimal(text) for charge_id, text in rows}
        return {charge_id: amount for charge_id, amount in amounts.items() if amount}

    def _store_treatments(self, corrections, treatments):
        result = super()._store_treatments(corrections, treatments)
        rows = [
            (made, treatments[original].policy, treatments[original].absorbed)
            for original, made in corrections.items()
            if original in treatments
        ]
        if rows:
            self.env.execute_query(
                SQL(
                    """
                UPDATE cloud_charge
                   SET late_usage_policy = v.policy,
                       absorbed_amount = v.absorbed
                  FROM %s
                 WHERE cloud_charge.id = v.id
                """,
                    as_table("v", {"id": "integer", "policy": "text", "absorbed": "numeric"}, rows),
                )
            )
            self.env["cloud.charge"].invalidate_model()
        return result


def _add_up(parts):
    with exact():
        return sum((part.result.amount for part in parts), _ZERO)


def _exchange(rates, item, amount, currency):
    """A difference in the company's currency, at the rate of the last day of service; None where none is known."""
    own = (item.get("bill_in") or item)["currency"]
    try:
        rate = rates.get(own, currency, item["service_end"] - timedelta(days=1)).rate
    except NoRate:
        return None
    with exact():
        return amount * rate
