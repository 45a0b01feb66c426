from datetime import timedelta

from odoo import fields, models

from ...engine.rating import RatingError, resolve
from ...engine.schedule import RUNNING
from .price_candidates import Proposal

# So many prices are told one by one; a checker reads no list of hundreds.
_SHOWN = 20


class CloudRateClassMember(models.Model):
    """What a move to another rate class changes, as the checker sees it."""

    _inherit = "cloud.rate.class.member"

    # === BUSINESS === #

    def _get_change_effect(self):
        """{"title", "rows": [{"label", "old", "new"}], "notes": []}: the class, and each price that changes."""
        self.ensure_one()
        lines = self._get_lines_concerned()
        prices = self._get_price_rows(lines)
        label = self.env._("Rate class from %(day)s", day=fields.Date.to_string(self.date_start))
        old = self._get_class_before().name or self.env._("no class")
        return {
            "title": self.display_name,
            "rows": [{"label": label, "old": old, "new": self._get_class_name()}, *prices[:_SHOWN]],
            "notes": self._get_effect_notes(lines, len(prices)),
        }

    def _get_lines_concerned(self):
        """Lines of active subscriptions of the customer and of those it pays for, on the first day or after."""
        return self.env["cloud.subscription.line"].search(
            [
                ("customer_id", "child_of", self.customer_id.id),
                ("state", "in", RUNNING),
                "|",
                ("subscription_id.date_end", "=", False),
                ("subscription_id.date_end", ">", self.date_start),
            ]
        )

    def _get_price_rows(self, lines):
        """One row per subscription line whose price or adjustments are others on the first day of the membership."""
        Plan, end = self.env["cloud.price.plan"], self.date_start + timedelta(days=1)
        old = Plan._get_candidates(lines, self.date_start, end)
        new = Plan._get_candidates(lines, self.date_start, end, Proposal(member=self))
        rows = []
        for line in lines:
            before, after = (self._get_price_text(candidates[line.id]) for candidates in (old, new))
            if before != after:
                rows.append({"label": line.display_name, "old": before, "new": after})
        return rows

    def _get_price_text(self, candidates):
        """The price of the first day in words, with what adjusts it."""
        try:
            resolution = resolve(candidates, self.date_start)
        except RatingError:
            return self.env._("no price")
        applied = (resolution.chosen, *resolution.adjustments, *resolution.extras)
        prices = self.env["cloud.contract.rate"]._find_prices(candidate.rule.rule_id for candidate in applied)
        return "; ".join(price.summary for price in prices.values())

    def _get_effect_notes(self, lines, changed):
        notes = [
            self.env._(
                "Lines of active subscriptions that get another price: %(changed)s of %(count)s.",
                changed=changed,
                count=len(lines),
            )
        ]
        if changed > _SHOWN:
            notes.append(self.env._("The first %(shown)s of them are shown.", shown=_SHOWN))
        billed = self._count_billed()
        if billed:
            notes.append(
                self.env._(
                    "Charges from %(day)s on that are billed already: %(count)s. The difference is corrected when "
                    "they are rated again.",
                    count=billed,
                    day=fields.Date.to_string(self.date_start),
                )
            )
        return notes

    def _count_billed(self):
        return self.env["cloud.charge"].search_count(
            [
                ("customer_id", "child_of", self.customer_id.id),
                ("state", "=", "billed"),
                ("service_end", ">", self.date_start),
            ]
        )
