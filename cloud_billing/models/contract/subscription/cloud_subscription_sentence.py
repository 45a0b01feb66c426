from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from ....engine.numbers import trim
from ....engine.schedule import RUNNING
from ....fields import format_decimal

# More products than this are counted, not named: a sentence is read at once.
_NAMED = 4
# So far ahead the next invoice is looked for: longer than the longest usual period.
_YEARS = 2


class CloudSubscription(models.Model):
    """A subscription as a sentence: who pays what for what and since when, and what happens next."""

    _inherit = "cloud.subscription"

    sentence = fields.Text(string="In Words", compute="_compute_sentence")

    # === COMPUTE === #

    @api.depends("state", "fees_text", "customer_id", "line_ids", "date_start", "date_end", "trial_end", "term_ids")
    @api.depends_context("lang")
    def _compute_sentence(self):
        now = fields.Datetime.now()
        stored = self._origin
        fees, due = stored._get_fees(now), stored._get_due_days(now)
        for subscription in self:
            one = subscription._origin
            subscription.sentence = one._tell(fees[one.id], due.get(one.id), now) if one.id in fees else False

    # === BUSINESS === #

    def _tell(self, fees, due, now):
        """The sentence. fees: Fees. due: the day of the next invoice, None where none follows."""
        self.ensure_one()
        today = self._get_local_day(now)
        parts = [self._tell_agreement(fees, today)]
        if due:
            day = format_date(self.env, due)
            parts.append(
                self.env._("an invoice is due since %(day)s", day=day)
                if due <= today
                else self.env._("next invoice about %(day)s", day=day)
            )
        if self.state in RUNNING and self.end_kind != "trial":
            parts.append(self._tell_end())
        return self.env._("%(sentence)s.", sentence=self.env._("; ").join(filter(None, parts)))

    def _tell_agreement(self, fees, today):
        """Who pays what for what, in the words of the state."""
        values = {
            "customer": self.customer_id.name or "",
            "cost": self._tell_cost(fees),
            "what": self._tell_products(fees),
            "start": format_date(self.env, self.date_start),
            "end": self.date_end and format_date(self.env, self.date_end - timedelta(days=1)),
            "trial_end": self.trial_end and format_date(self.env, self.trial_end),
        }
        if self.state == "draft":
            return self.env._(
                "%(customer)s is to pay %(cost)s for %(what)s from %(start)s on, once this is activated", **values
            )
        if self.state == "trial" and self.end_kind == "trial":
            return self.env._(
                "%(customer)s tries %(what)s since %(start)s, which ends on %(trial_end)s unless it is taken up; then "
                "it costs %(cost)s",
                **values,
            )
        if self.state == "trial":
            return self.env._(
                "%(customer)s tries %(what)s since %(start)s; from %(trial_end)s on it costs %(cost)s", **values
            )
        if self.state == "paused":
            return self.env._(
                "%(customer)s pays no fees for %(what)s while it is paused; otherwise %(cost)s, since %(start)s",
                **values,
            )
        if self.state == "ended":
            return self.env._("%(customer)s paid %(cost)s for %(what)s from %(start)s to %(end)s", **values)
        if self.state == "cancelled":
            if self.date_end and self.date_end > self.date_start:
                return self.env._(
                    "%(customer)s paid %(cost)s for %(what)s from %(start)s to %(end)s, when it was cancelled", **values
                )
            return self.env._("%(what)s for %(customer)s was cancelled and never held", **values)
        if self.date_start > today:
            return self.env._("%(customer)s pays %(cost)s for %(what)s from %(start)s on", **values)
        return self.env._("%(customer)s pays %(cost)s for %(what)s since %(start)s", **values)

    def _tell_cost(self, fees):
        if fees.amounts:
            cost = self._tell_fees(fees)
        elif any(line.billing_model == "metered" for line in fees.quantities):
            cost = self.env._("by usage")
        elif fees.unpriced:
            cost = self.env._("its fees")
        elif any(line.billing_model == "instalment" for line in fees.quantities):
            return self.env._("in instalments")
        elif any(line.billing_model == "one_time" for line in fees.quantities):
            return self.env._("once")
        else:
            return self.env._("no fees")
        if not fees.unpriced:
            return cost
        return self.env._(
            "%(cost)s, and separately priced %(lines)s,",
            cost=cost,
            lines=self._tell_list([line.name for line in fees.unpriced[:_NAMED]]),
        )

    def _tell_products(self, fees):
        """What is delivered on that day: "3 Server, Support and Disk by usage"; "Disk" where all is paid by usage."""
        texts = []
        is_all_usage = not fees.unpriced and all(line.billing_model == "metered" for line in fees.quantities)
        for line, quantity in fees.quantities.items():
            if is_all_usage:
                texts.append(line.name)
            elif line.billing_model == "metered":
                texts.append(self.env._("%(product)s by usage", product=line.name))
            elif quantity is None or quantity == 1:
                texts.append(line.name)
            else:
                count = format_decimal(self.env, trim(quantity))
                texts.append(self.env._("%(count)s %(product)s", count=count, product=line.name))
        if len(texts) > _NAMED:
            texts[_NAMED - 1 :] = [self.env._("%(count)s other products", count=len(texts) - _NAMED + 1)]
        return self._tell_list(texts) or self.env._("nothing yet")

    def _tell_end(self):
        """When it ends, or goes on, and until when notice may be given."""
        if self.date_end:
            day = format_date(self.env, self.date_end)
            last = self.term_ids.sorted("date_start")[-1:]
            if self.end_kind == "term" and last.renewal_kind == "offer":
                return self.env._("ends on %(day)s unless its renewal is accepted", day=day)
            return self.env._("ends on %(day)s, which is not billed any more", day=day)
        if not self.term_end:
            return ""
        day = format_date(self.env, self.term_end)
        if not self.notice_date or self.notice_date == self.term_end:
            return self.env._("renews on %(day)s", day=day)
        return self.env._(
            "renews on %(day)s, notice until %(notice)s", day=day, notice=format_date(self.env, self.notice_date)
        )

    def _get_due_days(self, now):
        """{subscription id: day on which its next invoice is due}, in the past where a run has not billed it yet.

        From the first day that was agreed, is no rest, and is not charged yet. Absent: none follows. Instalments, and
        fees in arrears with periods of their own, are left out. A constant number of statements.
        """
        running = self.filtered(lambda one: one.state in RUNNING and one.line_ids)
        if not running:
            return {}
        lines = running.line_ids.filtered("billing_model")
        charged = lines._get_charged_until()
        agreed = lines._get_agreed(
            min(running.mapped("date_start")),
            max(fields.Date.add(one._get_rest_end(one._get_local_day(now)), years=_YEARS) for one in running),
        )
        due = {}
        for line in lines:
            one, day = line.subscription_id, line._get_due_day(charged.get(line.id), agreed.get(line.id, ()))
            if day:
                due[one.id] = min(day, due.get(one.id, day))
        return due

    def _get_rest_end(self, today):
        """The day from which fees are charged as far as is known: after the start, the trial and the pauses."""
        ends = self.pause_ids.filtered(lambda pause: pause.date_end and not pause.is_taken_back).mapped("date_end")
        return max(day for day in (today, self.date_start, self.trial_end, *ends) if day)
