from itertools import count, pairwise

from odoo import models

from ...contract.line.agreed import clip


class CloudRating(models.AbstractModel):
    """Agreed charges by what was agreed for each of their days: how many, and whether they were served at all.

    Every stretch of one quantity is priced whole and takes its share of the period, so that the share lies inside the
    tiers of seats. Days that are not served, or of a quantity of 0, have no price and no line.
    """

    _inherit = "cloud.rating"

    # === BUSINESS === #

    def _fetch_items(self, charges):
        items = super()._fetch_items(charges)
        fees = [item for item in items if item["kind"] in ("recurring", "one_time")]
        if fees:
            self._add_agreed(fees)
        return items

    def _add_agreed(self, items):
        """Give charges their `agreed` stretches (list of Agreed), a one-time charge its quantity of the day."""
        lines = self.env["cloud.subscription.line"].browse(sorted({item["line_id"] for item in items}))
        start, end = min(item["service_start"] for item in items), max(item["service_end"] for item in items)
        agreed = lines._get_agreed(start, end)
        for item in items:
            held = clip(agreed[item["line_id"]], item["service_start"], item["service_end"])
            if item["kind"] == "recurring":
                item["agreed"] = held
            elif held:
                # It is owed on its day, whether the line is served then or not.
                item["agreed_quantity"] = held[0].quantity

    def _price(self, items, number, candidates=None):
        # A bundle is made of the parts of the charge's first day, also where it is priced in stretches.
        self._add_bundles(items)
        numbers = count(min(0, *(item["id"] for item in items)) - 1, -1)
        pieces = {item["id"]: _cut_by_agreed(item, numbers) for item in items}
        asked = [piece for item in items for piece in pieces[item["id"]]]
        priced, errors = super()._price(asked, number, candidates) if asked else ({}, {})
        return _collect(pieces, priced, errors)


def _cut_by_agreed(item, numbers):
    """The items that a charge is priced as: itself, or one for each stretch of days with one quantity.

    numbers: an iterator of ids that no charge has. `cuts` of an item are days at which it is cut as well.
    """
    if "agreed" not in item:
        return [item]
    # Where periods are not shared, what was agreed on the first served day is due for all of it.
    is_whole = item.get("proration") == "none"
    cuts = () if is_whole else item.get("cuts", ())
    stretches = [
        (left, right, one.quantity)
        for one in item["agreed"]
        if one.quantity != 0
        for left, right in pairwise([one.start, *(day for day in cuts if one.start < day < one.end), one.end])
    ]
    if is_whole and stretches:
        # Who begins a period owes all of it: what is agreed later in it, or ends in it, counts from the next one.
        stretches = [(stretches[0][0], item["service_end"], stretches[0][2])]
    if [(left, right) for left, right, _quantity in stretches] == [(item["service_start"], item["service_end"])]:
        return [{**item, "agreed_quantity": stretches[0][2]}]
    return [
        {**item, "id": next(numbers), "service_start": left, "service_end": right, "agreed_quantity": quantity}
        for left, right, quantity in stretches
    ]


def _collect(pieces, priced, errors):
    """What the pieces of charges came to, under the ids of the charges; a charge has the error of its first piece."""
    collected, refused = {}, {}
    for charge_id, parts in pieces.items():
        failed = [errors[part["id"]] for part in parts if part["id"] in errors]
        if failed:
            refused[charge_id] = failed[0]
        else:
            collected[charge_id] = [one for part in parts for one in priced[part["id"]]]
    return collected, refused
