from datetime import timedelta

from odoo import Command, fields, models

from ....engine.schedule import period_containing


class CloudSubscription(models.Model):
    """What is usual for its products, and the day that comes of it. A policy moves dates: billing reads none."""

    _inherit = "cloud.subscription"

    # === ACTIONS === #

    def action_open_end_many(self):
        """Ask how and when the selected subscriptions end, and show what becomes of each."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("End or Cancel"),
            "res_model": "cloud.subscription.end.many",
            "view_mode": "form",
            "target": "new",
            "context": {"default_subscription_ids": [Command.set(self.ids)], "dialog_size": "extra-large"},
        }

    # === BUSINESS === #

    def _get_strictest(self, name):
        """(value, product template): the strictest of what the products of the lines say in a field of theirs."""
        self.ensure_one()
        templates = self.line_ids.product_id.product_tmpl_id
        order = [value for value, _label in self.env["product.template"]._fields[name].selection]
        template = max(templates, key=lambda one: order.index(one[name]), default=templates)
        return template[name] or order[0], template

    def _get_day_by_policy(self, day, when, unused):
        """The day on which fees end that were to end on a day.

        when: at_once; period, the end of the billing period (a day on which one begins is such an end itself);
        term, see `_get_term_end`. unused: with "nothing" not before the end of what is billed.
        """
        self.ensure_one()
        if when == "period":
            day = self._get_period_end(day)
        elif when == "term":
            day = self._get_term_end(day)
        return max(day, self._get_fees_charged_until() or day) if unused == "nothing" else day

    def _get_period_end(self, day):
        """The first day on or after a day on which a billing period begins."""
        self.ensure_one()
        before = max(day - timedelta(days=1), self.date_start)
        return period_containing(self._get_cycle(), self.date_start, before).end

    def _get_term_end(self, day):
        """The end of the term in which a day lies; without a term that of the billing period."""
        return self._get_period_end(day)

    def _get_fees_charged_until(self):
        """The first day after the last one for which a fee was charged, None where none was."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.billing_model == "recurring")
        return max(lines._get_charged_until().values(), default=None)

    def _get_policy_text(self, name):
        """The usual, as a sentence: of which product, and what."""
        value, template = self._get_strictest(name)
        labels = dict(self.env["product.template"]._fields[name]._description_selection(self.env))
        return self.env._(
            "Usual for %(product)s: %(policy)s.", product=template.name or self.name, policy=labels[value].lower()
        )

    def _get_charge_warning(self, day):
        """Which days after a day are billed already, as a sentence; empty where none is."""
        until = self._get_fees_charged_until()
        if not until or until <= day:
            return ""
        return self.env._(
            "Fees are billed up to %(until)s, so those of the days from %(day)s on come back.",
            until=fields.Date.to_string(until - timedelta(days=1)),
            day=fields.Date.to_string(day),
        )
