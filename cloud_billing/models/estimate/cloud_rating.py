from odoo import models

from .scaled_totals import get_base_request, scale


class CloudRating(models.AbstractModel):
    """Charges whose usage is not final are priced by an estimate, where their source says so.

    The estimate takes the place of what the usage store would answer; prices, tiers and what is included know nothing
    of it.
    """

    _inherit = "cloud.rating"

    # === BUSINESS === #

    def _price(self, items, number, candidates=None):
        self._add_estimates(self._get_estimable(items), number)
        return super()._price(items, number, candidates)

    def _add_estimates(self, items, number):
        """Give each item its `estimate`; at most three statements, and one where nothing is estimated."""
        Estimate = self.env["cloud.charge.estimate"]
        if not items or not Estimate._has_any(items[0]["company"]):
            return
        estimates = Estimate._get_estimates([item["id"] for item in items], number)
        for item in items:
            # None: it was looked for, so what was stored of an earlier rating is gone.
            item["estimate"] = estimates.get(item["id"])

    def _ask(self, items, number, requests):
        estimated = {item["id"]: item for item in items if item.get("estimate")}
        guessed = [request for request in requests if _get_item_id(request) in estimated]
        if not guessed:
            return super()._ask(items, number, requests)
        own = [request for request in requests if _get_item_id(request) not in estimated]
        bases = [self._get_base_request(request, estimated) for request in guessed]
        found = {}
        for totals in super()._ask(items, number, bases):
            found.setdefault(totals.key, []).append(totals)
        return [*super()._ask(items, number, own), *self._scale(estimated, guessed, found)]

    def _get_base_request(self, request, estimated):
        item = estimated[_get_item_id(request)]
        return get_base_request(request, item, item["estimate"].base)

    def _scale(self, estimated, requests, found):
        """The Totals of requests of estimated items. found: {key of a request: Totals of its base}."""
        for item_id in {_get_item_id(request) for request in requests}:
            estimated[item_id]["estimate"].start()
        for request in requests:
            item = estimated[_get_item_id(request)]
            yield from scale(request, item, item["estimate"], found.get(request.key, []))

    def _ask_events(self, items, number, requests):
        # A price that looks at single events takes those of the month before as they were: half an event is none.
        estimated = {item["id"]: item for item in items if item.get("estimate")}
        requests = [
            self._get_base_request(request, estimated) if _get_item_id(request) in estimated else request
            for request in requests
        ]
        return super()._ask_events(items, number, requests)

    def _write_charges(self, items, rows, errors, number):
        result = super()._write_charges(items, rows, errors, number)
        asked = {item["id"]: item["estimate"] for item in items if "estimate" in item}
        if asked:
            made = {charge_id: one for charge_id, one in asked.items() if one and charge_id not in errors}
            self.env["cloud.charge.estimate"]._store(list(asked), made)
        return result

    # === HOOKS === #

    def _get_estimable(self, items):
        """Return those items whose usage may be estimated: metered charges that are in the database."""
        return [item for item in items if item["kind"] == "metered"]


def _get_item_id(request):
    return request.key[0] if isinstance(request.key, tuple) else request.key
