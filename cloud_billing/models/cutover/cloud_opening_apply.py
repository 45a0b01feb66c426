from datetime import timedelta
from decimal import Decimal
from functools import lru_cache

from odoo import models
from odoo.tools import SQL, format_date

from ...engine import schedule
from ...engine.rating import ENGINE_VERSION, RatedResult
from ..billing.charge.charge_stretches import Stretch
from ..billing.pricing.charge_counters import get_cycle_start
from ..catalog.cycle_terms import CYCLE_FIELDS
from .opening_facts import EVERYTHING, OpeningProblems

_ZERO = Decimal(0)
_ONE_DAY = timedelta(days=1)


class CloudOpening(models.Model):
    """How facts become opening charges: one statement per table, whatever the number of lines."""

    _inherit = "cloud.opening"

    # === BUSINESS === #

    def _apply(self, facts, cutover=None):
        """Write down what another system billed of activated lines; returns the openings.

        facts: {subscription line id: OpeningFacts}. cutover: of which they are, where a file brought them.
        Raises OpeningProblems with everything that is wrong.
        """
        lines = self.env["cloud.subscription.line"].browse(sorted(facts))
        problems = self._get_problems(lines, facts)
        if problems:
            raise OpeningProblems(problems)
        self.env.flush_all()
        charges = self._insert_charges(lines, facts)
        problems = self._insert_lines(lines, facts, charges)
        if problems:
            raise OpeningProblems(problems)
        # sudo: opening facts are made here only, of charges that no role may write either.
        openings = self.sudo().create(
            [
                {
                    **self._prepare_opening_vals(line, facts[line.id], charges.get(line.id)),
                    "cutover_id": cutover.id if cutover else False,
                }
                for line in lines
            ]
        )
        lines.subscription_id._set_billed_from(openings)
        return openings.sudo(self.env.su)

    def _prepare_opening_vals(self, line, fact, charge_id):
        subscription = line.subscription_id
        return {
            "line_id": line.id,
            "subscription_id": subscription.id,
            "customer_id": subscription.customer_id.id,
            "company_id": subscription.company_id.id,
            "currency_id": subscription.currency_id.id,
            "billed_through": fact.billed_through,
            "counter_quantity": fact.counter,
            "counter_start": fact.counter_since,
            "allowance_used": fact.allowance_used,
            "deferred_amount": fact.deferred,
            "charge_id": charge_id,
        }

    def _get_covered(self, line, fact):
        """(first day, first day after) of what another system billed of a line; None where that is nothing."""
        start, end = line._get_interval()
        if line.billing_model == "one_time":
            return (start, start + _ONE_DAY) if start < fact.billed_through else None
        end = min(day for day in (fact.billed_through, end) if day)
        return (start, end) if start < end and line.billing_model != "instalment" else None

    # === BUSINESS: CHECKS === #

    def _get_problems(self, lines, facts):
        """[(line id, name of the fact, sentence)]: all that is wrong with facts, whatever can be known beforehand."""
        problems = []
        cycles = self._get_counter_cycles(lines, facts)
        for line in lines:
            fact = facts[line.id]
            for name, sentence in (
                *self._find_date_problems(line, fact),
                *self._find_counter_problems(line, fact, cycles.get(line.id)),
            ):
                problems.append((line.id, name, f"{line.display_name}: {sentence}"))
        return problems

    def _find_date_problems(self, line, fact):
        if line.state == "draft":
            yield "billed_through", self.env._("the subscription is a draft. Activate it first.")
        if line.billing_model != "metered" and (fact.counter is not None or fact.allowance_used is not None):
            yield (
                "counter",
                self.env._(
                    "only usage is counted, or included in a quantity. Leave counter and used quantity empty, or choose"
                    " a metered product."
                ),
            )
        for name in ("counter", "allowance_used", "deferred"):
            value = getattr(fact, name)
            if value is not None and value < 0:
                yield name, self.env._("%(value)s is below 0. Enter 0 or more.", value=value)

    def _find_counter_problems(self, line, fact, found):
        """found: (cycle or None, whether its conversion rounds the running total) of the price, None without one."""
        if fact.counter is None:
            if fact.counter_since:
                yield "counter", self.env._("the counter has a start and no quantity. Enter what was counted.")
            return
        cycle, is_cumulative = found or (None, False)
        if cycle is None:
            yield (
                "counter",
                self.env._(
                    "its price on %(day)s counts over no longer time than a bill, so there is nothing to go on from."
                    " Leave the counter empty, or have the price count over a month, quarter, year or the contract.",
                    day=format_date(self.env, fact.billed_through),
                ),
            )
            return
        if is_cumulative:
            yield (
                "counter",
                self.env._(
                    "its price rounds the measured total, which the former system's counter does not say. Have the"
                    " price round each bill, or begin on the first day of a cycle."
                ),
            )
        start = max(get_cycle_start(_get_cycle_item(line), fact.billed_through, cycle), line._get_interval()[0])
        if fact.counter_since != start:
            yield (
                "counter_since",
                self.env._(
                    "the cycle of its price that runs on %(day)s began on %(start)s. Enter what was counted since"
                    " that day.",
                    day=format_date(self.env, fact.billed_through),
                    start=format_date(self.env, start),
                ),
            )

    def _get_counter_cycles(self, lines, facts):
        """{line id: (counter cycle, is cumulative)} of the price in force when we begin; one look-up per day."""
        counted = lines.filtered(lambda line: facts[line.id].counter is not None)
        cycles = {}
        for day, same in counted.grouped(lambda line: facts[line.id].billed_through).items():
            for line_id, price in same._get_rules_in_force(day).items():
                if price._name == "cloud.price.rule":
                    conversion = price._get_terms().conversion
                    cycles[line_id] = price._get_counter_cycle(), bool(conversion and conversion.is_cumulative)
        return cycles

    # === BUSINESS: ROWS === #

    def _insert_charges(self, lines, facts):
        """{line id: charge id} of those of which days were billed."""
        get_bounds = lru_cache(maxsize=None)(schedule.utc_bounds)
        covered = {line: days for line in lines if (days := self._get_covered(line, facts[line.id]))}
        if not covered:
            return {}
        identities = {line: (line.id, line.billing_model, line.meter_id.id or None) for line in covered}
        components = self.env["cloud.charge.component"]._intern(set(identities.values()))
        rows = [
            (
                line.company_id.id,
                line.customer_id.id,
                line.subscription_id.id,
                line.id,
                components[identities[line]],
                line.billing_model,
                line.product_id.id,
                line.meter_id.id or None,
                *days,
                *get_bounds(*days, line.customer_id.tz),
                *days,
                line.subscription_id.currency_id.id,
                EVERYTHING,
                EVERYTHING,
                self.env.uid,
                self.env.uid,
            )
            for line, days in covered.items()
        ]
        made = self.env.cr.execute_values(
            """
            INSERT INTO cloud_charge (
                   company_id, customer_id, subscription_id, subscription_line_id, component_id, kind, product_id,
                   meter_id, service_start, service_end, utc_start, utc_end, full_start, full_end, currency_id,
                   usage_number, change_number, create_uid, write_uid,
                   state, is_live, is_rated, is_opening, amount, correction_number, create_date, write_date)
            VALUES %s
         RETURNING subscription_line_id, id
            """,
            rows,
            template="(" + "%s, " * 19 + "'billed', TRUE, TRUE, TRUE, 0, 0,"
            " now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')",
            page_size=len(rows),
            fetch=True,
        )
        self.env["cloud.charge"].invalidate_model()
        return dict(made)

    def _insert_lines(self, lines, facts, charges):
        """The rated lines of opening charges, with what they used of included quantities; returns problems."""
        covered = lines.filtered(lambda line: line.id in charges)
        draws, problems = self._get_draws(covered, facts, charges)
        if problems or not covered:
            return problems
        RatedLine = self.env["cloud.rated.line"]
        line_ids = RatedLine._insert(
            [self._prepare_line_values(line, facts[line.id], charges[line.id]) for line in covered]
        )
        self.env["cloud.rated.grant"]._insert(
            [
                (rated_id, line.company_id.id, draw)
                for rated_id, line in zip(line_ids, covered, strict=True)
                for draw in draws.get(line.id, ())
            ]
        )
        self.env.execute_query(SQL("UPDATE cloud_rated_line SET is_frozen = TRUE WHERE id = ANY(%s)", line_ids))
        RatedLine.invalidate_model()
        return []

    def _get_draws(self, lines, facts, charges):
        """({line id: list of Draw}, problems): what was used of the included quantities that run when we begin."""
        metered = lines.filtered(lambda line: line.billing_model == "metered")
        items = [
            {
                **_get_cycle_item(line),
                "id": charges[line.id],
                "kind": "metered",
                "component_id": True,
                "line_id": line.id,
            }
            for line in metered
        ]
        stretches = {
            item["id"]: [Stretch(facts[item["line_id"]].billed_through, None, None, None, None)] for item in items
        }
        pools = self.env["cloud.rating"]._get_pools(items, stretches) if items else None
        draws, problems = {}, []
        for line in metered:
            used = facts[line.id].allowance_used or _ZERO
            rest = used
            if hasattr(pools, "open_with"):
                draws[line.id], rest = pools.open_with(
                    line.id, facts[line.id].billed_through, line.meter_id.unit or "", used
                )
            if rest:
                sentence = self.env._(
                    "%(line)s: %(used)s was used of what is included, %(rest)s more than is included in the periods"
                    " that run on %(day)s. Check the quantity, or what the price plan includes.",
                    line=line.display_name,
                    used=used,
                    rest=rest,
                    day=format_date(self.env, facts[line.id].billed_through),
                )
                problems.append((line.id, "allowance_used", sentence))
        return draws, problems

    def _prepare_line_values(self, line, fact, charge_id):
        """The values of the rated line of an opening charge: nothing, and what stood on the counter."""
        start, end = self._get_covered(line, fact)
        start = fact.counter_since or start
        currency = line.subscription_id.currency_id
        return {
            "charge_id": charge_id,
            "company_id": line.company_id.id,
            "customer_id": line.customer_id.id,
            "customer_name": line.customer_id.name,
            "subscription_line_id": line.id,
            "product_id": line.product_id.id,
            "bundle_id": None,
            "rule_id": None,
            "contract_rate_id": None,
            "version_id": None,
            "sequence": 1,
            "name": self.env._("%(line)s: billed by the former system", line=line.name),
            "service_start": start,
            "service_end": end,
            "part_key": "",
            "measured_quantity": fact.counter,
            # Where a price is a share of a value, that is what its tiers count.
            "measured_value": fact.counter,
            "counted_quantity": fact.counter,
            "counter_start": fact.counter_since,
            "quantity": None,
            "unit": line.meter_id.unit or None,
            "unit_price": None,
            "currency_id": currency.id,
            "amount_exact": _ZERO,
            "amount": _ZERO,
            "cost_amount": None,
            "exchange_rate": None,
            "exchange_source": None,
            "exchange_date": None,
            "row_count": 0,
            "usage_number": EVERYTHING,
            "engine_version": ENGINE_VERSION,
            "result": _make_result(currency.name, line.meter_id.unit or "", start, end),
            "corrects_id": None,
        }


def _make_result(currency, unit, start, end):
    """What was not worked out here, as a result of the engine: nothing."""
    statement = {
        "usage": "none",
        "unit": unit,
        "proration": None,
        "service_start": start.isoformat(),
        "service_end": end.isoformat(),
        "currency": currency,
    }
    return RatedResult(_ZERO, _ZERO, None, None, (), {"currency": currency, "usage": "none", "steps": []}, statement)


def _get_cycle_item(line):
    """What the calendars of counters are asked with; see `charge_counters`."""
    subscription = line.subscription_id
    return {
        **{name: subscription[name] for name in CYCLE_FIELDS},
        "subscription_start": subscription.date_start,
        "subscription_id": subscription.id,
        "product_id": line.product_id.id,
    }
