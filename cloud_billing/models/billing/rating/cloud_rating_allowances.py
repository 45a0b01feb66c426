from collections import defaultdict
from datetime import date

from odoo import models
from odoo.tools import SQL

from ....engine.numbers import parse_decimal
from ...catalog.allowance_offers import get_offers
from ..pricing.allowance_pools import NO_POOLS, Draw, Pools, Recorded, Sharer, Units

_ZERO = parse_decimal(0)


class CloudRatingAllowances(models.AbstractModel):
    """What is included for the charges that are rated, and what was used of it: sums over rated lines, nothing kept."""

    _name = "cloud.rating.allowances"
    _description = "Included Quantities of Charges"

    # === BUSINESS === #

    def _get_pools(self, items, stretches):
        """The Pools of charges; of those that have no allowance it asks nothing more than that."""
        metered = [item for item in items if item["kind"] == "metered" and item["component_id"]]
        lines = self.env["cloud.subscription.line"].browse(sorted({item["line_id"] for item in metered}))
        offers = self._get_offers(lines, items) if lines else {}
        if not offers:
            return NO_POOLS
        lines = lines.filtered(lambda line: line.id in offers)
        pools = Pools(offers=offers, sharers=self._get_sharers(lines, offers))
        days = defaultdict(set)
        for item in metered:
            days[item["line_id"]].update(stretch.start for stretch in stretches.get(item["id"], ()))
        places = set().union(*(pools.get_places(line_id, days[line_id]) for line_id in offers))
        charges = self.env["cloud.charge"].browse(item["id"] for item in metered)
        pools.recorded = self._fetch_recorded(places, charges)
        for charge_id, by_part in self._fetch_draws(charges).items():
            for draw in (draw for draws in by_part.values() for draw in draws):
                key = (charge_id, *draw.place)
                pools.own[key] = pools.own.get(key, _ZERO) + draw.used
        return pools

    def _get_offers(self, lines, items):
        """{line id: list of Offer}: what the prices in force include. items: what is rated."""
        return get_offers(lines)

    def _get_sharers(self, lines, offers):
        """{(line id, kind): Sharer} for every kind in which an allowance of the line is shared."""
        payers = lines.customer_id._get_payers()
        by_payer = self._fetch_agreed({payer.id for payer in payers.values()})
        if any(offer.allowance.unit_product_id for some in offers.values() for offer in some):
            self._add_part_units([one for agreed in by_payer.values() for one in agreed])
        sharers = {}
        for line in lines:
            subscription, payer = line.subscription_id, payers[line.customer_id.id]
            agreed = by_payer[payer.id]
            start, end = line._get_interval()
            calendar = {
                "calendar": subscription._get_cycle_terms(),
                "cycle_start": subscription.date_start,
            }
            own = [one for one in agreed if one["subscription_id"] == subscription.id]
            units = _get_units(own)
            sharers[line.id, "line"] = Sharer("line", line.id, start, end, units=units, **calendar)
            start, end = subscription.date_start, subscription.date_end or None
            sharers[line.id, "subscription"] = Sharer(
                "subscription", subscription.id, start, end, units=units, **calendar
            )
            start = min(one["subscription_start"] for one in agreed)
            ends = [one["subscription_end"] for one in agreed]
            end = None if None in ends else max(ends)
            sharers[line.id, "customer"] = Sharer("customer", payer.id, start, end, units=_get_units(agreed))
        return sharers

    def _fetch_agreed(self, payer_ids):
        """{payer id: dicts of the lines of all subscriptions that it pays for, with the Agreed of fees as `held`};
        drafts are not agreed yet."""
        for model in ("cloud.customer", "cloud.subscription", "cloud.subscription.line", "product.product"):
            self.env[model].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
            SELECT split_part(c.parent_path, '/', 1)::integer AS payer_id,
                   s.id AS subscription_id,
                   s.date_start AS subscription_start,
                   s.date_end AS subscription_end,
                   l.id AS line_id,
                   l.product_id,
                   template.cloud_billing_model AS billing_model
              FROM cloud_customer c
              JOIN cloud_subscription s ON s.customer_id = c.id AND s.state <> 'draft'
              JOIN cloud_subscription_line l ON l.subscription_id = s.id
              JOIN product_product product ON product.id = l.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE split_part(c.parent_path, '/', 1)::integer = ANY(%s)
          ORDER BY l.id
            """,
                sorted(payer_ids),
            )
        )
        fees = [row["line_id"] for row in rows if row["billing_model"] == "recurring"]
        held = self.env["cloud.subscription.line"].browse(fees)._get_quantities(date.min, date.max) if fees else {}
        agreed = defaultdict(list)
        for row in rows:
            agreed[row["payer_id"]].append({**row, "held": held.get(row["line_id"], ())})
        return agreed

    def _add_part_units(self, agreed):
        """Give the rows of `_fetch_agreed` that are bundles their `parts`."""
        fees = [one["line_id"] for one in agreed if one["billing_model"] == "recurring"]
        parts = self._get_part_units(self.env["cloud.subscription.line"].browse(fees)) if fees else {}
        for one in agreed:
            one["parts"] = parts.get(one["line_id"], ())

    def _fetch_recorded(self, places, charges):
        """{(pool key, first day): Recorded} by the rated lines of live charges, those of these charges included.

        What was granted is as it was billed: seats that were added since do not change a month that is over.
        """
        if not places:
            return {}
        self.env["cloud.charge"].flush_model()
        self.env["cloud.rated.grant"].flush_model()
        places = sorted(places)
        self.env.cr.execute(
            """
            SELECT g.pool_key,
                   g.period_start,
                   MAX(g.quantity_granted) FILTER (WHERE c.state = 'billed')::text,
                   SUM(g.quantity_used) FILTER (WHERE c.is_live)::text
              FROM unnest(%s::text[], %s::date[]) AS q (pool_key, period_start)
              JOIN cloud_rated_grant g ON g.pool_key = q.pool_key AND g.period_start = q.period_start
              JOIN cloud_rated_line r ON r.id = g.rated_line_id
              JOIN cloud_charge c ON c.id = r.charge_id
          GROUP BY g.pool_key, g.period_start
            """,
            [[pool_key for pool_key, _start in places], [start for _pool_key, start in places]],
        )
        return {
            (pool_key, start): Recorded(
                granted=None if granted is None else parse_decimal(granted),
                used=_ZERO if used is None else parse_decimal(used),
            )
            for pool_key, start, granted, used in self.env.cr.fetchall()
        }

    def _fetch_draws(self, charges):
        """{charge id: {(start, end, part key): list of Draw}}: what charges and their corrections used, summed up."""
        self.env["cloud.charge"].flush_model()
        self.env["cloud.rated.grant"].flush_model()
        self.env.cr.execute(
            """
            SELECT COALESCE(c.corrects_id, c.id), r.service_start, r.service_end, COALESCE(r.part_key, ''),
                   MAX(g.allowance_id), g.pool_key, g.period_start, MAX(g.period_end), MAX(g.date_expires),
                   MAX(g.quantity_granted)::text, SUM(g.quantity_used)::text
              FROM cloud_charge c
              JOIN cloud_rated_line r ON r.charge_id = c.id
              JOIN cloud_rated_grant g ON g.rated_line_id = r.id
             WHERE (c.id = ANY(%(ids)s) OR c.corrects_id = ANY(%(ids)s))
               AND c.is_live
          GROUP BY COALESCE(c.corrects_id, c.id), r.service_start, r.service_end, COALESCE(r.part_key, ''),
                   g.pool_key, g.period_start
            """,
            {"ids": list(charges.ids)},
        )
        draws = {}
        for charge_id, start, end, key, *values, granted, used in self.env.cr.fetchall():
            draw = Draw(*values, parse_decimal(granted), parse_decimal(used))
            draws.setdefault(charge_id, {}).setdefault((start, end, key), []).append(draw)
        return draws

    def _insert_grants(self, line_ids, parts):
        """Write down what rated lines used of what is included. parts: (item, Priced), one to a line."""
        self.env["cloud.rated.grant"]._insert(
            [
                (line_id, item["company_id"], draw)
                for line_id, (item, part) in zip(line_ids, parts, strict=True)
                for draw in part.draws
            ]
        )


def _get_units(agreed):
    """What a subscription has so many of: its recurring lines as Units, by the days on which they were agreed.

    Those of bundles as their parts too.
    """
    units = []
    for one in agreed:
        for held in one["held"]:
            if held.quantity is not None:
                end = None if held.end == date.max else held.end
                whole = Units(one["product_id"], held.quantity, held.start, end)
                units += [whole, *(whole.get_part(part) for part in one.get("parts", ()))]
    return tuple(units)
