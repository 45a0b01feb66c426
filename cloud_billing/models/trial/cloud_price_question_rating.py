from odoo import models

from ..usage.usage_requests import Events


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
