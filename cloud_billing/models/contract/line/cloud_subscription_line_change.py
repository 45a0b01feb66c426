from odoo import api, fields, models

from ..change.change_policy import get_policy, with_policy
from .billed_days import refuse_billed_days
from .cloud_subscription_quantity import prepare_note


class CloudSubscriptionLine(models.Model):
    """Changes of what was agreed of a line: its quantity, its end. With a policy they may reach into billed days."""

    _inherit = "cloud.subscription.line"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        for start, added in lines.grouped(lambda line: line._get_interval()[0]).items():
            added._note_change("lines", start)
        return lines

    def write(self, vals):
        if not {"quantity", "date_end"} & set(vals):
            return super().write(vals)
        if "quantity" in vals:
            self._check_quantity_not_billed(vals)
        if "date_end" in vals:
            self._check_end_not_charged(fields.Date.to_date(vals["date_end"]) or None)
        former = {line: (line.quantity, line._get_interval()[1]) for line in self}
        result = super().write(vals)
        self._note_written(former)
        return result

    def _note_written(self, former):
        """Note what a write changed. former: {line: (quantity of the start, end)} before it."""
        for line, (_quantity, end) in former.items():
            line._note_end(end, line._get_interval()[1])
        changed = [line for line, (quantity, _end) in former.items() if quantity != line.quantity]
        self.env["cloud.subscription.change"]._note_all(
            [prepare_note(line, line._get_interval()[0], line.quantity, former[line][0]) for line in changed]
        )

    def _check_quantity_not_billed(self, vals):
        """Refuse another quantity of the start once it is billed: a day on which it changes is another fact."""
        quantity = self._fields["quantity"].convert_to_cache(vals["quantity"], self)
        changed = self.filtered(lambda line: line.billing_model != "metered" and line.quantity != quantity)
        charged_until = changed._get_charged_until(only_billed=True) if changed else {}
        refused = changed.filtered(lambda line: line.id in charged_until)
        if refused:
            sentences = [
                self.env._(
                    "%(line)s is charged up to %(day)s with the quantity it started with. Change the quantity from"
                    " a day on: add it with its day to the quantities of the line.",
                    line=line.display_name,
                    day=fields.Date.to_string(charged_until[line.id]),
                )
                for line in refused
            ]
            refuse_billed_days(refused[0].subscription_id, sentences, "change")

    def _check_end_not_charged(self, date_end):
        """Refuse an end within charged days, unless it was agreed what happens to the days that are billed."""
        if get_policy(self.env)[0]:
            return
        charged_until, refused = self._get_charged_until(), []
        for line in self:
            before = line._get_interval()[1]
            new_end = date_end or line.subscription_id.date_end or None
            is_earlier = new_end and (before is None or new_end < before)
            if is_earlier and line.id in charged_until and new_end < charged_until[line.id]:
                refused.append(line)
        if refused:
            sentences = [
                self.env._(
                    "%(line)s is charged up to %(day)s. End it on that day or later, or choose what happens to the"
                    " days that are charged already: credit them, or give nothing back.",
                    line=line.display_name,
                    day=fields.Date.to_string(charged_until[line.id]),
                )
                for line in refused
            ]
            refuse_billed_days(refused[0].subscription_id, sentences, "change")

    # === ACTIONS === #

    def action_open_quantities(self):
        """The dated quantities of the line, to be read and entered."""
        self.ensure_one()
        self.check_access("read")
        view = self.env.ref("cloud_billing.cloud_subscription_line_view_form_quantities")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Quantities of %(line)s", line=self.display_name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(view.id, "form")],
            "target": "new",
        }

    # === BUSINESS === #

    def _apply_end(self, day, policy=None, reason=None):
        """End lines on a day, the first one that is not served any more; None lets them run with the subscription.

        policy: of CHANGE_POLICIES, needed where days behind the end are charged; under "nothing" the line runs as long
        as it is charged, but no longer than it would have: days behind its end were credited already.
        """
        charged_until = self._get_charged_until() if policy == "nothing" and day else {}
        for line in with_policy(self, policy, reason):
            kept, end = charged_until.get(line.id), line._get_interval()[1]
            if kept and end:
                kept = min(kept, end)
            line.write({"date_end": max(filter(None, (day, kept)), default=False)})

    def _apply_quantity(self, date_from, quantity, policy=None, reason=None):
        """Agree on another quantity of lines from a day on; returns the dated quantities.

        It holds until the next day that has one. policy: of CHANGE_POLICIES, for days that are charged already;
        "credit" and "refund" charge or credit the difference from that day on, "nothing" leaves charged days as they
        are and begins behind them. Raises UserError without a policy where such days are charged.
        """
        agreed = [(line, date_from, {"quantity": quantity}) for line in self]
        return self._apply_quantities(agreed, policy, reason)

    @api.model
    def _apply_quantities(self, agreed, policy=None, reason=None, origin="typed"):
        """As `_apply_quantity`, each line with its own. agreed: list of (line, day, values of the dated quantity)."""
        lines = self.union(*(line for line, _day, _vals in agreed))
        charged_until = lines._get_charged_until() if policy == "nothing" else {}
        vals_list, revisions = [], {}
        for line, date_from, vals in agreed:
            day = max(date_from, charged_until.get(line.id, date_from))
            place = line.id, day
            if place not in revisions:
                same = line.quantity_ids.filtered(lambda one, day=day: one.date_start == day)
                revisions[place] = max(same.mapped("revision"), default=0)
            revisions[place] += 1
            vals_list.append(
                {
                    "line_id": line.id,
                    "date_start": day,
                    "revision": revisions[place],
                    "origin": origin,
                    "reason": reason,
                    **vals,
                }
            )
        return with_policy(self.env["cloud.subscription.quantity"], policy, reason).create(vals_list)

    def _note_end(self, before, after):
        """As of the subscription, for one line."""
        if before != after:
            start = min(day for day in (before, after) if day)
            end = max(before, after) if before and after else None
            policy, reason = get_policy(self.env)
            self._note_change("end", start, end, policy, reason, end=after and fields.Date.to_string(after))
