from dataclasses import replace
from datetime import date

from odoo import models

from ..billing.pricing.allowance_pools import NO_POOLS, SHARERS, Pools, Sharer, Units
from ..catalog.allowance_offers import get_scope_offers
from ..catalog.cycle_terms import read_cycle_terms
from ..usage.usage_requests import Events

# Before every period that anybody asks about: what is included is that of a whole one.
_LONG_AGO = date(1970, 1, 1)


class CloudPriceQuestionRating(models.AbstractModel):
    """The rating of charges, of questions instead: what was used is what the question says.

    Everything else is inherited, so that whatever a module adds to the rating of charges holds for questions too. Items
    are those of `cloud.price.calculator`, which carry their PriceQuestion; nothing here writes.
    """

    _name = "cloud.price.question.rating"
    _inherit = "cloud.rating"
    _description = "Rating of Questions"

    # === BUSINESS === #

    def _ask(self, items, number, requests):
        by_id = {item["id"]: item for item in items}
        totals = []
        for request in requests:
            item = by_id[request.key[0] if isinstance(request.key, tuple) else request.key]
            totals += item["question"].get_totals(request, item["meter"], item["currency"])
        return totals

    def _ask_events(self, items, number, requests):
        events = {}
        by_id = {item["id"]: item for item in items}
        for totals in self._ask(items, number, requests):
            question = by_id[totals.key[0] if isinstance(totals.key, tuple) else totals.key]["question"]
            # Without single events the question is one: nobody types in a month of payments.
            values = question.events or (totals.quantity if totals.value is None else totals.value,)
            events[totals.key] = Events(len(values), values)
        return events

    def _add_discounts(self, items):
        return super()._add_discounts(items) if items else None

    def _claim_coupons(self, redemptions):
        """Nothing of a coupon is used up by a question, so nobody has to wait for it."""

    def _make_grant(self, item, row, used, purses, products):
        """Each question draws on what is left now, so that none uses up what another asks about."""
        return super()._make_grant(item, row, used, {}, products)

    def _cut_at_cycles(self, items, stretches):
        """A question is about one period, whatever is counted over longer or shorter ones."""

    def _get_pools(self, items, stretches):
        """What is included in one period of which nothing was used yet and nothing is left over from earlier ones."""
        metered = [item for item in items if item["kind"] == "metered"]
        if not metered:
            return NO_POOLS
        offers = get_scope_offers(
            self.env, {item["line_id"]: item["scope"] for item in metered}, metered[0]["proposal"]
        )
        sharers = {
            (item["line_id"], kind): self._make_sharer(item, kind, offers[item["line_id"]])
            for item in metered
            for kind in SHARERS
            if item["line_id"] in offers
        }
        alone = {
            line_id: [replace(offer, allowance=replace(offer.allowance, rollover=0)) for offer in held]
            for line_id, held in offers.items()
        }
        return Pools(offers=alone, sharers=sharers) if offers else NO_POOLS

    def _make_sharer(self, item, kind, offers):
        """Each question has its own, so that none uses up what another asks about."""
        products = {offer.allowance.unit_product_id for offer in offers} - {None}
        seats = item["question"].seats
        return Sharer(
            kind,
            item["line_id"],
            _LONG_AGO,
            calendar=read_cycle_terms(item),
            cycle_start=item["subscription_start"],
            units=() if seats is None else tuple(Units(one, seats, _LONG_AGO, None) for one in sorted(products)),
        )

    def _add_chosen(self, items):
        for item in items:
            item["chosen"] = frozenset(item["question"].line.option_ids.ids)

    def _make_part_scope(self, item, part):
        product = self.env["product.product"].browse(part.product_id)
        return replace(item["question"], product=product).make_scope()
