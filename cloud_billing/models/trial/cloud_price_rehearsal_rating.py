from odoo import models

from ..billing.pricing.allowance_pools import NO_POOLS
from ..catalog.allowance_offers import get_offers


class CloudPriceRehearsalRating(models.AbstractModel):
    """The rating of charges with proposed prices, each charge with the usage as of which it is billed.

    Items are those of `cloud.rating`, with their own `usage_number`, and `proposal` and `rehearsed_from`. One
    pass for all months, so that counters and included quantities go on from each to the next; nothing here writes.
    """

    _name = "cloud.price.rehearsal.rating"
    _inherit = "cloud.rating"
    _description = "Rating in a Rehearsal"

    # === BUSINESS === #

    def _ask(self, items, number, requests):
        return [
            totals
            for one, some in self._group_by_number(items, requests).items()
            for totals in super(CloudPriceRehearsalRating, self)._ask(items, one, some)
        ]

    def _ask_events(self, items, number, requests):
        events = {}
        for one, some in self._group_by_number(items, requests).items():
            events.update(super()._ask_events(items, one, some))
        return events

    def _group_by_number(self, items, requests):
        numbers = {item["id"]: item["usage_number"] for item in items}
        grouped = {}
        for request in requests:
            charge_id = request.key[0] if isinstance(request.key, tuple) else request.key
            grouped.setdefault(numbers[charge_id], []).append(request)
        return grouped

    def _get_offers(self, lines, items):
        return get_offers(lines, items[0]["proposal"])

    def _get_pools(self, items, stretches):
        """What was left over before the months of the rehearsal; in them nothing is used or granted yet."""
        pools = super()._get_pools(items, stretches)
        if pools is not NO_POOLS:
            start = items[0]["rehearsed_from"]
            pools.recorded = {place: recorded for place, recorded in pools.recorded.items() if place[1] < start}
            pools.own = {key: used for key, used in pools.own.items() if key[2] < start}
        return pools
