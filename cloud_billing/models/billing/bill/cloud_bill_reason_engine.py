from odoo import models

# A price that is right for other usage: the way out leads to its plan.
_OF_THE_PLAN = ("engine_no_cell", "engine_variable_missing", "engine_division_by_zero", "engine_step_not_positive")


class CloudBillReason(models.AbstractModel):
    """What a price cannot do with what was measured: the engine's refusals in words. Codes: engine_<reason>."""

    _inherit = "cloud.bill.reason"

    # === HOOKS === #

    def _get_price_sentences(self):
        return {
            **super()._get_price_sentences(),
            "engine_no_cell": self.env._(
                "%(line)s of %(customer)s has no price for %(values)s: its price in %(plan)s is a table without a row"
                " for these values. Add the row, or a price for the rest, have it approved, then recalculate."
            ),
            "engine_variable_missing": self.env._(
                "%(line)s of %(customer)s: the formula of its price in %(plan)s asks for %(name)s, and nothing is known"
                " of it. Correct the name in the formula, have it approved, then recalculate."
            ),
            "engine_division_by_zero": self.env._(
                "%(line)s of %(customer)s: the formula of its price, %(formula)s, divides by zero at character"
                " %(position)s. Write max(..) around what it divides by, have it approved, then recalculate."
            ),
            "engine_step_not_positive": self.env._(
                "%(line)s of %(customer)s: the formula of its price, %(formula)s, rounds to a step of %(step)s at"
                " character %(position)s. Give round a step above 0, have it approved, then recalculate."
            ),
            "engine_quantity_missing": self.env._(
                "%(line)s of %(customer)s: usage rows were counted, and none of them has a quantity. Deliver them with"
                " one, or let the meter count something else, then recalculate."
            ),
            "engine_cost_missing": self.env._(
                "%(line)s of %(customer)s: its price is made of the provider's cost, and its usage rows have none."
                " Deliver them with their cost, or give the line another price, then recalculate."
            ),
            "engine_value_missing": self.env._(
                "%(line)s of %(customer)s: its price is made of the money that events moved, and its usage rows say"
                " none. Let the meter read a value, or give the line another price, then recalculate."
            ),
            "engine_events_missing": self.env._(
                "%(line)s of %(customer)s: its price looks at single events, and only their total is known. Give it a"
                " price without terms per event, then recalculate."
            ),
        }

    def _get_action(self, reason):
        if reason["code"] in _OF_THE_PLAN and reason.get("plan_id"):
            return self._open("cloud.price.plan", reason["plan_id"])
        return super()._get_action(reason)
