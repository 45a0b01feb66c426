from functools import lru_cache

from odoo import models

from ....engine.numbers import parse_decimal
from ....engine.schedule import utc_bounds
from ...catalog.price_candidates import get_plan_rule_ids
from ..charge.charge_stretches import cut_stretch
from ..pricing.charge_counters import Counted, Counters, get_cycle_days, get_cycle_start


class CloudRatingCounters(models.AbstractModel):
    """What was billed of a counter's cycle before the charges that are rated: sums over rated lines, never a counter
    that somebody keeps."""

    _name = "cloud.rating.counters"
    _description = "Counters of Charges"

    # === BUSINESS === #

    def _cut_at_cycles(self, items, stretches):
        """Cut the stretches of usage where a longer cycle begins anew that its price, or what is included, counts over.

        So that a quarter that is billed as one has three months of tiers, and a week its days in each of two.
        """
        get_bounds = lru_cache(maxsize=None)(utc_bounds)
        metered = [item for item in items if item["kind"] == "metered" and item["id"] in stretches]
        rules = self.env["cloud.price.rule"].browse(
            sorted(
                get_plan_rule_ids(
                    stretch.resolution.chosen
                    for item in metered
                    for stretch in stretches[item["id"]]
                    if stretch.resolution
                )
            )
        )
        cycles = {rule.id: cycle for rule in rules if (cycle := rule._get_counter_cycle())}
        included = self._get_included_cycles(metered)
        for item in metered:
            wanted = {
                cycles[stretch.resolution.chosen.rule.rule_id]
                for stretch in stretches[item["id"]]
                if stretch.resolution and stretch.resolution.chosen.rule.rule_id in cycles
            }
            days = get_cycle_days(item, wanted | included.get(item["line_id"], set()))
            if days:
                stretches[item["id"]] = [
                    part for stretch in stretches[item["id"]] for part in cut_stretch(item, stretch, days, get_bounds)
                ]

    def _get_included_cycles(self, items):
        """{line id: cycles of what is included}, of charges whose periods may lie in two of them."""
        odd = [item for item in items if (item["cycle_unit"], item["cycle_count"]) != ("month", 1)]
        lines = self.env["cloud.subscription.line"].browse(sorted({item["line_id"] for item in odd}))
        offers = self._get_offers(lines, odd) if lines else {}
        return {line_id: {offer.allowance.cycle for offer in held} for line_id, held in offers.items()}

    def _get_counters(self, items, stretches, rules):
        """The Counters of charges, with what others than these have billed; one statement.

        rules: those that price them.
        """
        cycles = {rule.id: cycle for rule in rules if (cycle := rule._get_counter_cycle())}
        asked = []
        for item in items if cycles else ():
            used = {
                cycles[stretch.resolution.chosen.rule.rule_id]
                for stretch in stretches.get(item["id"], ())
                if stretch.resolution and stretch.resolution.chosen.rule.rule_id in cycles
            }
            # Two prices of one charge that count over different cycles: each sees what lies in the longest one.
            starts = [get_cycle_start(item, item["service_start"], cycle) for cycle in used]
            if starts and item["component_id"]:
                asked.append((item["id"], item["component_id"], min(starts), item["service_start"]))
        return Counters(cycles, self._fetch_counted(asked, items))

    def _fetch_counted(self, asked, items):
        """{(charge id, counter key): Counted} of live charges, corrections included, within a cycle before a charge.

        asked: (charge id, component id, start of the cycle, start of the charge). Charges that are rated now are left
        out, with their corrections: what they come to now counts, not what they came to before.
        """
        if not asked:
            return {}
        self.env["cloud.charge"].flush_model()
        self.env["cloud.rated.line"].flush_model()
        self.env.cr.execute(
            """
            SELECT q.charge_id,
                   split_part(COALESCE(r.part_key, ''), '|', 1),
                   SUM(r.measured_quantity)::text,
                   SUM(r.measured_value)::text,
                   SUM(r.counted_quantity)::text
              FROM unnest(%(charge_ids)s::int[], %(component_ids)s::int[], %(starts)s::date[], %(ends)s::date[])
                   AS q (charge_id, component_id, cycle_start, cycle_end)
              JOIN cloud_charge c
                ON c.component_id = q.component_id
               AND c.is_live
               AND c.service_start < q.cycle_end
               AND c.service_end > q.cycle_start
               AND COALESCE(c.corrects_id, c.id) <> ALL(%(rated_ids)s)
              JOIN cloud_rated_line r
                ON r.charge_id = c.id
               AND r.service_start >= q.cycle_start
               AND r.service_start < q.cycle_end
          GROUP BY q.charge_id, split_part(COALESCE(r.part_key, ''), '|', 1)
            """,
            {
                "charge_ids": [charge_id for charge_id, *_rest in asked],
                "component_ids": [component_id for _id, component_id, *_rest in asked],
                "starts": [start for *_ids, start, _end in asked],
                "ends": [end for *_ids, _start, end in asked],
                "rated_ids": [item["id"] for item in items],
            },
        )
        return {
            (charge_id, key): Counted(*(None if number is None else parse_decimal(number) for number in numbers))
            for charge_id, key, *numbers in self.env.cr.fetchall()
        }
