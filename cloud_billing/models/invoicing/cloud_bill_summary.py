import json

from odoo import models


class CloudBill(models.Model):
    """Few lines where a customer wants few: above its budget, a bill sums its lines up; the detail is attached.

    Amounts are added up, never rounded again, so the invoice comes to what its rated lines come to.
    """

    _inherit = "cloud.bill"

    # === BUSINESS === #

    def _get_invoice_groups(self):
        groups = super()._get_invoice_groups()
        return self._sum_up(groups) if self._is_over_budget(groups) else groups

    def _is_summed_up(self):
        """Whether the invoice has summary lines in place of its own."""
        self.ensure_one()
        if not self.customer_id._get_line_budget():
            return False
        # The groups as they are before they are summed up here.
        return self._is_over_budget(super()._get_invoice_groups())  # pylint: disable=super-method-mismatch

    def _is_over_budget(self, groups):
        budget = self.customer_id._get_line_budget()
        return bool(budget) and len(groups) > budget

    def _sum_up(self, groups):
        """The groups as few as the budget asks for: by days, else without them, else of all subscriptions together."""
        budget, summed = self.customer_id._get_line_budget(), groups
        for get_key in self._get_summary_keys():
            merged = {}
            for group in groups:
                key = get_key(group[0])
                merged[key] = merged.get(key, group.browse()) | group
            summed = [group.with_prefetch(groups[0]._prefetch_ids) for group in merged.values()]
            if len(summed) <= budget:
                break
        places = list(dict.fromkeys(_get_place(group[0]) for group in groups))
        return sorted(summed, key=lambda group: places.index(_get_place(group[0])))

    # === HOOKS === #

    def _get_summary_keys(self):
        """Return the functions from a rated line to the key by which lines are summed up, from fine to coarse.

        The first that keeps the budget is taken, else the last. Lines of one key must have one product and one
        analytic distribution, for an invoice line has one account, its taxes and its cost centre.
        """

        def by_product(line):
            if line.charge_id.is_price_credit:
                # It takes the taxes of the invoice line it gives back of.
                return ("credit", line.id)
            return line.product_id.id, json.dumps(self._get_analytic_distribution(line) or {}, sort_keys=True)

        def by_subscription(line):
            return *_get_place(line), *by_product(line)

        def by_days(line):
            return *by_subscription(line), line.service_start, line.service_end

        return by_days, by_subscription, by_product

    def _prepare_all_line_vals(self, groups, sign, journal, fiscal_position):
        if not self._is_summed_up():
            return super()._prepare_all_line_vals(groups, sign, journal, fiscal_position)
        vals, place = [], None
        has_sections = len({_get_place(line) for group in groups for line in group}) > 1
        is_by_place = all(len({_get_place(line) for line in group}) == 1 for group in groups)
        for number, group in enumerate(groups, 1):
            if has_sections and is_by_place and _get_place(group[0]) != place:
                place = _get_place(group[0])
                vals.append({**self._prepare_summary_section_vals(group), "sequence": 10 * number - 5})
            line = self._prepare_move_line_vals(group, sign, journal, fiscal_position)
            vals.append({**line, "sequence": 10 * number})
        return vals

    def _prepare_summary_section_vals(self, lines):
        """Return the values of the section above the summary lines of one subscription."""
        env, first = self._get_language_env(), lines[0]
        name = first.charge_id.subscription_id.name or env._("Other")
        if first.customer_id != self.customer_id:
            name = env._("%(name)s (%(customer)s)", name=name, customer=first.customer_name)
        return {"display_type": "line_section", "name": name}

    def _get_proposed_line_text(self, lines):
        if len(lines) == 1 or self._get_template("line"):
            return super()._get_proposed_line_text(lines)
        env, values = self._get_language_env(), self._get_line_values(lines, "")
        texts = [
            values["product"],
            f"{values['quantity']} {values['unit']}".strip(),
            env._("%(count)s lines, as in the attached file", count=len(lines)),
            env._("%(start)s to %(end)s", start=values["service_from"], end=values["service_to"]),
        ]
        return "\n".join(filter(None, texts))


def _get_place(line):
    return line.customer_id.id, line.charge_id.subscription_id.id or 0
