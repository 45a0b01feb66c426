from collections import defaultdict
from itertools import pairwise

from odoo import models

from .stretches import FOR_EVER, SINCE_EVER, Stretch, within


class CloudUsageMatchRule(models.Model):
    """Who owns the usage that a rule matches, day by day."""

    _inherit = "cloud.usage.match.rule"

    # === BUSINESS === #

    def _get_owner_stretches(self, resale_product=None):
        """({rule: its Stretches}, {rule: why it gives no owner, a sentence}), in a constant number of statements.

        A customer's usage goes to the line that runs on the day: of the rule's product, else of resale_product (what
        the source is resold as) where the customer has one, else its metered line where there is only one. Where two
        run on a day nothing is guessed.
        """
        lines = self._find_lines()
        stretches, problems = {}, {}
        for rule in self:
            start, end = rule.date_start or SINCE_EVER, rule.date_end or FOR_EVER
            if rule.analytic_account_id:
                owned = [Stretch(start, end, (None, rule.analytic_account_id.id), rule.id)]
            else:
                chosen = rule.subscription_line_id or rule._choose_lines(lines[rule.customer_id], resale_product)
                running = (rule._get_line_stretch(line) for line in chosen)
                owned = sorted((one for one in running if one.start < one.end), key=lambda one: one.start)
                if any(later.start < former.end for former, later in pairwise(owned)):
                    problems[rule] = rule._get_ambiguity(chosen)
                elif not owned:
                    problems[rule] = rule._get_absence()
            stretches[rule] = [] if rule in problems else within(owned, start, end)
        return stretches, problems

    def _find_lines(self):
        """{customer: its metered lines, whatever state they are in but cancelled}."""
        # sudo: who runs an import may read no contracts; the rule that names the customer was made by who may.
        found = self.env["cloud.subscription.line"].sudo().search(
            [
                ("customer_id", "in", self.customer_id.ids),
                ("product_id.cloud_meter_id", "!=", False),
                ("subscription_id.state", "!=", "cancelled"),
            ]
        )  # fmt: skip
        return defaultdict(lambda: found.browse(), found.grouped("customer_id"))

    def _choose_lines(self, lines, resale_product):
        product = self.product_id or resale_product
        chosen = lines.filtered(lambda line: line.product_id == product)
        if not self.product_id:
            chosen = chosen or lines
        # What is only proposed stands back for what was agreed.
        return chosen.filtered(lambda line: line.state != "draft") or chosen

    def _get_line_stretch(self, line):
        """The days on which a line runs. An end that a renewal may move is none."""
        line = line.sudo()  # sudo: as in _find_lines
        subscription = line.subscription_id
        ends = [line.date_end, subscription.end_kind != "term" and subscription.date_end]
        start = line.date_start or subscription.date_start
        return Stretch(start, min(filter(None, ends), default=FOR_EVER), (line.id, None), self.id)

    def _get_ambiguity(self, lines):
        return self.env._(
            "%(rule)s: the customer has several metered lines on the same days: %(lines)s. Name the product on the "
            "rule, or the line.",
            rule=self.display_name,
            lines="; ".join(lines[:4].mapped("display_name")),
        )

    def _get_absence(self):
        if self.product_id:
            return self.env._(
                "%(rule)s: the customer has no line of this product. Add one to its subscription, or choose another "
                "product.",
                rule=self.display_name,
            )
        return self.env._(
            "%(rule)s: the customer has no metered line. Add one to its subscription, or make one.",
            rule=self.display_name,
        )
