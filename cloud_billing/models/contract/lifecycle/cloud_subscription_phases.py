from odoo import fields, models
from odoo.exceptions import UserError

from ....engine.schedule import period_containing

_MONTHS = {"month": 1, "year": 12}


class CloudSubscription(models.Model):
    """Phases and ramps: other prices for the first months or periods, step by step, then what the plan says."""

    _inherit = "cloud.subscription"

    # === BUSINESS === #

    def _apply_phases(self, *args, **kwargs):
        """Agree on the prices that steps say, as soon as they may hold; arguments of `_make_phases`. Returns them."""
        rates = self._make_phases(*args, **kwargs)
        rates._agree()
        return rates

    def _make_phases(self, steps, date_from=None, line=None, billing_model="recurring", origin=None, policy=None):
        """Make the prices of a contract that steps say, one after the other, as drafts. Returns the rates.

        steps: dicts of count and unit (period, month, year; count 0: without an end, of the last step only) and one of
        percent (-50 takes half off), amount, unit_price (of a line); label and reason where they are wanted. date_from:
        the first day of the first step, by default that of the subscription. line: of this subscription; without
        one they are for all its lines. origin: phase or ramp, by default a ramp where there are several steps.
        Raises UserError for steps that say nothing.
        """
        self.ensure_one()
        if not steps:
            raise UserError(self.env._("%(subscription)s: enter at least one step.", subscription=self.name))
        start = date_from or (line and line._get_interval()[0]) or self.date_start
        bounds = self._get_phase_bounds(steps, start)
        return self.env["cloud.contract.rate"].create(
            [
                {
                    "subscription_id": self.id,
                    "line_id": line.id if line else False,
                    "billing_model": billing_model if not line else False,
                    "kind": "price" if step.get("unit_price") is not None else "adjust",
                    "origin": origin or ("ramp" if len(steps) > 1 else "phase"),
                    **{name: step.get(name) for name in ("unit_price", "percent", "amount", "label", "reason")},
                    "date_start": left,
                    "date_end": right,
                    "policy": policy,
                }
                for step, (left, right) in zip(steps, bounds, strict=True)
            ]
        )

    def _get_phase_bounds(self, steps, start):
        """[(first day, first day after or None)] of steps one after the other.

        Months are counted from the start of the first step, so that a 31st comes back after a shorter month.
        """
        bounds, left, months = [], start, 0
        for place, step in enumerate(steps, 1):
            count, unit = step.get("count") or 0, step.get("unit") or "month"
            if not count:
                if place < len(steps):
                    raise UserError(
                        self.env._(
                            "%(subscription)s: step %(place)s has no length, so the steps after it never begin. Enter "
                            "how long it lasts.",
                            subscription=self.name,
                            place=place,
                        )
                    )
                bounds.append((left, None))
            elif unit == "period":
                right = left
                for _number in range(count):
                    right = period_containing(self._get_cycle(), self.date_start, right).end
                bounds.append((left, right))
                # What comes after a period counts its months from there.
                start, months, left = right, 0, right
            else:
                months += count * _MONTHS[unit]
                right = fields.Date.add(start, months=months)
                bounds.append((left, right))
                left = right
        return bounds

    # === ACTIONS === #

    def action_open_phases(self):
        """Ask for phases or a ramp."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Phases and Ramps"),
            "res_model": "cloud.subscription.phases",
            "view_mode": "form",
            "target": "new",
            "context": {"default_subscription_id": self.id},
        }
