from datetime import timedelta
from typing import NamedTuple

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import format_date

from ....engine.schedule import OVER, period_containing

# Periods to come that are shown; the cycle says the others.
_PERIODS = 3


class Event(NamedTuple):
    """day: local date on which it happens or happened. text: a sentence. is_big: begins or ends something."""

    day: object
    text: str
    is_big: bool = False


class CloudSubscription(models.Model):
    """What happened to a subscription and what is to come, as a list of days."""

    _inherit = "cloud.subscription"

    timeline_html = fields.Html(string="Past and Coming", compute="_compute_timeline_html", sanitize=False)
    next_event_text = fields.Char(
        string="Next", compute="_compute_timeline_html", help="What happens next, and on which day."
    )

    # === COMPUTE === #

    @api.depends(
        "state",
        "date_start",
        "date_end",
        "trial_end",
        "pause_ids.date_start",
        "pause_ids.date_end",
        "term_ids.date_end",
        "change_ids",
    )
    @api.depends_context("lang")
    def _compute_timeline_html(self):
        now = fields.Datetime.now()
        for subscription in self:
            today = subscription._get_local_day(now)
            events = sorted(subscription._get_events(today)) if subscription.date_start else []
            coming = [event for event in events if event.day > today]
            subscription.next_event_text = subscription._tell_event(coming[0]) if coming else False
            subscription.timeline_html = subscription._render_events(events, today)

    # === BUSINESS === #

    def _tell_event(self, event):
        return self.env._("%(day)s: %(text)s", day=format_date(self.env, event.day), text=event.text)

    def _render_events(self, events, today):
        """The events as HTML, of escaped texts: what lies behind in grey, a line at today."""
        row = Markup('<tr class="%s"><td class="text-nowrap pe-3">%s</td><td>%s</td></tr>')
        rows = [
            row
            % (
                ("text-muted " if event.day <= today else "") + ("fw-bold" if event.is_big else ""),
                format_date(self.env, event.day),
                event.text,
            )
            for event in events
        ]
        place = sum(event.day <= today for event in events)
        rows.insert(
            place, row % ("border-top border-bottom text-info", format_date(self.env, today), self.env._("Today"))
        )
        return Markup('<table class="table table-sm table-borderless mb-0"><tbody>%s</tbody></table>') % Markup(
            ""
        ).join(rows)

    def _get_changes(self):
        """Events that were noted as changes, on the day from which they hold."""
        return [
            Event(
                change.date_from,
                f"{change.text} ({change.reason})" if change.reason else change.text,
                change.kind in ("pause", "trial", "renewal"),
            )
            for change in self.change_ids
            # The end that holds is told from the subscription; those that were moved are past.
            if change.kind != "end"
        ]

    def _get_marks(self):
        """Events of its own dates: activation, start, trial, terms, end."""
        events = [Event(self.date_start, self.env._("Begins"), True)]
        if self.activated_on:
            events.append(Event(self.activated_on, self.env._("Was activated")))
        if self.trial_end and (not self.date_end or self.trial_end < self.date_end):
            events.append(Event(self.trial_end, self.env._("The trial is over, fees are charged from here on"), True))
        for term in self.term_ids:
            if self.date_end and self.date_end <= (term.notice_date or self.date_end):
                continue
            if term.notice_date:
                events.append(Event(term.notice_date, self.env._("Last day of notice for the end of the term")))
            if term.date_end and term.date_end != self.date_end:
                events.append(Event(term.date_end, self.env._("The term is over"), True))
        if self.date_end:
            labels = dict(self._fields["end_kind"]._description_selection(self.env))
            kind = labels.get(self.end_kind, "")
            text = self.env._("Ends; the day before is the last that is billed")
            why = ", ".join(part for part in (kind, self.end_reason) if part)
            events.append(Event(self.date_end, f"{text} ({why})" if why else text, True))
        return events

    def _get_coming_rests(self, today):
        """Pauses that end by themselves."""
        return [
            Event(pause.date_end, self.env._("The pause is over, fees are charged again"))
            for pause in self.pause_ids
            if pause.date_end and not pause.is_taken_back and pause.date_end > today
        ]

    def _get_coming_periods(self, today):
        """The next billing periods."""
        if self.state in OVER:
            return []
        events, day = [], max(today, self.date_start)
        for _ in range(_PERIODS):
            if self.date_end and day >= self.date_end:
                break
            period = period_containing(self._get_cycle(), self.date_start, day, self.date_end or None)
            events.append(
                Event(
                    period.end,
                    self.env._(
                        "The billing period from %(start)s to %(end)s is over",
                        start=format_date(self.env, period.start),
                        end=format_date(self.env, period.end - timedelta(days=1)),
                    ),
                )
            )
            day = period.end
        return events

    # === HOOKS === #

    def _get_events(self, today):
        """Return the Events of the timeline, in any order. To add some: super() and yours."""
        self.ensure_one()
        return [
            *self._get_marks(),
            *self._get_changes(),
            *self._get_coming_rests(today),
            *self._get_coming_periods(today),
        ]
