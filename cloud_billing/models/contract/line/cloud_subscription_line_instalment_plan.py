from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError

from ....engine.numbers import exact
from ....engine.schedule import InstalmentError, ScheduleError, make_instalments, to_units
from .cloud_subscription_line_instalment import PlannedPart
from .instalment_messages import get_instalment_sentence

_ZERO = Decimal(0)


class CloudSubscriptionLine(models.Model):
    """What a plan of instalments would be: nothing here agrees on anything."""

    _inherit = "cloud.subscription.line"

    # === BUSINESS === #

    def _make_equal_parts(self, total, first_date, count=12, unit="month", every=1, down_payment=None, down_date=None):
        """A down payment and equal parts of what is left of a sum: list of PlannedPart. Raises UserError.

        total: the agreed sum, None is 0; what was billed or stopped of it stays. down_date: None is the first date.
        """
        self.ensure_one()
        total, step = total or _ZERO, self._get_instalment_step()
        try:
            with exact():
                rest = total - self._get_settled_sum()
            parts = make_instalments(
                to_units(rest, step),
                count,
                first_date,
                unit,
                every,
                down_payment=to_units(down_payment or _ZERO, step),
                down_date=down_date or None,
            )
        except InstalmentError as error:
            raise UserError(get_instalment_sentence(self, error, total)) from error
        except ScheduleError as error:
            raise UserError(
                self.env._(
                    "%(line)s: parts every %(every)s of this unit cannot be made (%(reason)s). Correct the days.",
                    line=self.display_name,
                    every=every,
                    reason=error,
                )
            ) from error
        return [
            PlannedPart(part.date, self._from_units(part.amount), "part" if part.number else "down") for part in parts
        ]

    def _get_settled_parts(self):
        """The parts that a new plan leaves as they are: charged ones, and those that are not billed."""
        stay = self.instalment_ids._get_charged() | self.instalment_ids.filtered("cancelled_date")
        return stay.filtered(lambda part: part.kind != "settlement")

    def _get_settled_sum(self):
        return self._sum_instalments(self._get_settled_parts())

    def _get_plan_sums(self, total, amounts):
        """(what the amounts are together, what is missing of the sum); None counts as 0."""
        with exact():
            given = sum((amount or _ZERO for amount in amounts), _ZERO)
            return given, (total or _ZERO) - self._get_settled_sum() - given

    def _get_settlement_amount(self, parts, discount):
        with exact():
            return self._sum_instalments(parts) - (discount or _ZERO)
