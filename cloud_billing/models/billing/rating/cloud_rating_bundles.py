from itertools import count

from odoo import models

from ....engine.numbers import exact
from ...catalog.price_scope import PriceScope
from ..pricing.bundle_pricing import make_part_items, price_bundle
from ..pricing.usage_facts import Refused


class CloudRating(models.AbstractModel):
    """Charges on bundles: priced as the set or as its parts, and split on the parts, a rated line for each.

    Of which parts a charge is made is asked for its first day of service.
    """

    _inherit = "cloud.rating"

    # === BUSINESS === #

    def _price(self, items, number, candidates=None):
        self._add_bundles(items)
        bundled = [item for item in items if item["bundle"]]
        if not bundled:
            return super()._price(items, number, candidates)
        if candidates is None:
            candidates = self._get_candidates(items)
        # Below every id of a charge, and every key of a question.
        numbers = count(min(0, *(item["id"] for item in items)) - 1, -1)
        parts = {item["id"]: make_part_items(item, numbers) for item in bundled}
        asked = [item for item in items if not item["bundle"] or item["bundle"].pricing == "fixed"]
        asked += [part for some in parts.values() for part in some.values()]
        priced, errors = super()._price(asked, number, candidates)
        for item in bundled:
            self._collect(item, parts[item["id"]], priced, errors)
        return priced, errors

    def _collect(self, item, parts, priced, errors):
        """Put what a bundle and its parts came to together, under the charge's own id."""
        refused = [errors.pop(part["id"]) for part in parts.values() if part["id"] in errors]
        found = {part: priced.pop(one["id"]) for part, one in parts.items() if one["id"] in priced}
        if refused:
            errors.setdefault(item["id"], refused[0])
        if item["id"] in errors:
            priced.pop(item["id"], None)
            return
        try:
            with exact():
                priced[item["id"]] = price_bundle(item, priced.get(item["id"], ()), found)
        except Refused as error:
            priced.pop(item["id"], None)
            errors[item["id"]] = error

    def _get_candidates(self, items, proposal=None):
        candidates = super()._get_candidates(items, proposal)
        scopes = self._get_part_scopes(items)
        if scopes:
            start, end = min(item["service_start"] for item in items), max(item["service_end"] for item in items)
            candidates.update(self.env["cloud.price.plan"]._get_scope_candidates(scopes, start, end, proposal))
        return candidates

    def _get_part_scopes(self, items):
        """{(line id, product id): PriceScope} of the parts which the plan prices, as the bundle's line meets it."""
        self._add_bundles(items)
        return {
            (item["line_id"], part.product_id): self._make_part_scope(item, part)
            for item in items
            if item["bundle"]
            for part in make_part_items(item, count(-1, -1))
        }

    def _add_bundles(self, items):
        """Give each item its `bundle` (BundleTerms or None) and the optional products that were `chosen`.

        Takes three statements, whatever the number of items; one where there are no bundles.
        """
        new = [item for item in items if "bundle" not in item]
        agreed = [item for item in new if item["kind"] in ("recurring", "one_time")]
        for item in new:
            item.update(bundle=None, chosen=frozenset())
        if not agreed:
            return
        terms = self.env["cloud.bundle"]._get_terms_by_product(
            agreed[0]["company"], {item["product_id"] for item in agreed}
        )
        for item in agreed:
            held = [one for one in terms.get(item["product_id"], ()) if one.date_start <= item["service_start"]]
            item["bundle"] = held[-1] if held else None
        self._add_chosen([item for item in agreed if item["bundle"]])

    # === HOOKS === #

    def _add_chosen(self, items):
        """Give items on bundles the products of the optional parts that were chosen on their lines."""
        lines = self.env["cloud.subscription.line"].browse({item["line_id"] for item in items})
        lines.fetch(["option_ids"])
        chosen = {line.id: frozenset(line.option_ids.ids) for line in lines}
        for item in items:
            item["chosen"] = chosen[item["line_id"]]

    def _make_part_scope(self, item, part):
        """The PriceScope by which the price of a part is found: that of the bundle's line, with the part's product."""
        line = self.env["cloud.subscription.line"].browse(item["line_id"])
        subscription = line.subscription_id
        product = self.env["product.product"].browse(part.product_id)
        return PriceScope(subscription.plan_id, product, subscription.customer_id, subscription, line)
