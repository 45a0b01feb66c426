from odoo import models

from ....engine.rating import get_dimensions, get_matrix_dimensions, get_reads
from ...usage.usage_requests import TotalsRequest
from ..pricing.usage_facts import StretchUsage


class CloudRatingUsage(models.AbstractModel):
    """What was used of the charges that are rated: asked of the usage store for all of them at once."""

    _name = "cloud.rating.usage"
    _description = "Usage of Charges"

    # === BUSINESS === #

    def _fetch_combinations(self, items, candidates, number):
        """{charge id: {combination of dimension values: list of Totals}} of charges whose prices ask for dimensions.

        Of the whole charge: which combinations there are decides where it is cut. One call of the store.
        """
        names = {item["id"]: _get_dimensions(candidates[item["line_id"]]) for item in items if _is_metered(item)}
        wanted = [item for item in items if names.get(item["id"])]
        requests = [_make_request(item["id"], item, *_get_whole(item), dimensions=names[item["id"]]) for item in wanted]
        apart = {item["id"]: {} for item in wanted}
        for totals in self._ask(items, number, requests):
            apart[totals.key].setdefault(totals.dimensions, []).append(totals)
        return apart

    def _fetch_usages(self, items, stretches, number, apart=None):
        """{(charge id, place of the stretch): StretchUsage} of all metered items, by at most two calls of the store.

        apart: of `_fetch_combinations`; it answers for stretches that are all days of their charge.
        """
        plain, combined, usages = {}, {}, {}
        for item in items:
            known = (apart or {}).get(item["id"])
            for place, stretch in enumerate(stretches.get(item["id"], ()) if _is_metered(item) else ()):
                key = item["id"], place
                if not known:
                    plain[key] = _make_request(key, item, stretch.utc_start, stretch.utc_end)
                elif (stretch.utc_start, stretch.utc_end) == _get_whole(item):
                    usages[key] = _add_up(item, stretch, (one for members in known.values() for one in members))
                else:
                    names = tuple(name for name, _value in next(iter(known)))
                    combined[key] = _make_request(key, item, stretch.utc_start, stretch.utc_end, dimensions=names)
        by_id = {item["id"]: item for item in items}
        found = {}
        for requests in (plain, combined):
            for totals in self._ask(items, number, list(requests.values())):
                found.setdefault(totals.key, []).append(totals)
        for (charge_id, place), totals in found.items():
            usages[charge_id, place] = _add_up(by_id[charge_id], stretches[charge_id][place], totals)
        self._add_events(items, stretches, number, usages)
        return usages

    def _prepare_request(self, item, stretch, dimensions=()):
        """The TotalsRequest of one stretch of a charge, taken apart by names of dimensions."""
        return _make_request(item["id"], item, stretch.utc_start, stretch.utc_end, dimensions=dimensions)

    def _add_events(self, items, stretches, number, usages):
        """Add the value of each event to the usage of stretches whose price looks at single ones; one call at most."""
        by_id = {item["id"]: item for item in items}
        requests = []
        for charge_id, place in usages:
            stretch = stretches[charge_id][place]
            if stretch.resolution and "events" in get_reads(stretch.resolution.chosen.terms):
                bounds = stretch.utc_start, stretch.utc_end
                requests.append(_make_request((charge_id, place), by_id[charge_id], *bounds))
        for key, events in self._ask_events(items, number, requests).items():
            usages[key].events, usages[key].event_count = events.values, events.count

    def _ask_events(self, items, number, requests):
        """{key of a request: Events}, of the usage that was imported."""
        return self.env["cloud.usage.store"]._events(items[0]["company"], number, requests) if requests else {}

    def _ask(self, items, number, requests):
        """Totals of requests, of the usage that was imported. A request's key is an item's id, or begins with it."""
        return self.env["cloud.usage.store"]._totals(items[0]["company"], number, requests) if requests else ()


def _is_metered(item):
    return item["kind"] == "metered"


def _get_whole(item):
    """The UTC bounds of a whole charge; a provider's month has none."""
    return (None, None) if item["billing_month"] else (item["utc_start"], item["utc_end"])


def _get_dimensions(candidates):
    """The names of the dimensions that prices ask for: conditions of rules, and cells of a matrix."""
    names = set(get_dimensions(candidates))
    for candidate in candidates:
        if candidate.terms:
            names.update(get_matrix_dimensions(candidate.terms))
    return tuple(sorted(names))


def _make_request(key, item, utc_start, utc_end, dimensions=()):
    return TotalsRequest(
        key=key,
        subscription_line_id=item["line_id"],
        aggregation=item["aggregation"],
        basis=item["basis"],
        billing_month=item["billing_month"],
        utc_start=utc_start,
        utc_end=utc_end,
        meter_id=item["meter_id"],
        dimensions=dimensions,
        full_start=item["full_start"],
        full_end=item["full_end"],
        tz=item["tz"],
    )


def _add_up(item, stretch, totals):
    """The StretchUsage of those combinations that the stretch prices."""
    usage, members = StretchUsage(), set(stretch.combinations)
    for one in totals:
        if not one.dimensions or one.dimensions in members:
            usage.add(one, item["aggregation"])
    return usage
