from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

from . import health_sql

_SEVERITY = ("grey", "green", "yellow", "red")
# What is late by no more than this may come any moment.
_LATE_IS_RED = timedelta(days=3)
# So long after its time a fetch should have begun: scheduled actions are not called at the minute.
_GRACE = timedelta(hours=2)


class CloudConnector(models.Model):
    """How a connector is doing, in a colour and in words: asked of what is there, kept nowhere."""

    _inherit = "cloud.connector"

    health = fields.Selection(
        [("grey", "Being set up"), ("green", "Good"), ("yellow", "To look at"), ("red", "Does not come in")],
        compute="_compute_health",
        search="_search_health",
    )
    message = fields.Text(string="Why", compute="_compute_health")
    last_delivery_at = fields.Datetime(string="Last Delivery", compute="_compute_health")

    # === COMPUTE === #

    @api.depends("state", "failures", "next_at", "watermark", "run_ids.outcome", "delivery_ids", "backfill_ids.state")
    @api.depends_context("lang", "tz")
    def _compute_health(self):
        now = fields.Datetime.now()
        facts = self._get_health_facts(now)
        for connector in self:
            found = connector._get_findings(facts, now)
            severity = max(found, key=lambda finding: _SEVERITY.index(finding[0]))[0]
            connector.health = severity
            connector.message = " ".join(sentence for colour, sentence in found if colour == severity)
            connector.last_delivery_at = facts.last_delivery.get(connector._origin.id, False)

    def _search_health(self, operator, value):
        if operator != "in":
            return NotImplemented
        connectors = self.search([("state", "!=", False)])
        return [("id", "in", connectors.filtered(lambda connector: connector.health in value).ids)]

    # === BUSINESS === #

    def _get_health_facts(self, now):
        """What all these need to know, in a number of statements that does not grow with them."""
        self.env.flush_all()
        ids = self._origin.ids
        runs = self.env["cloud.connector.run"].browse(
            [run_id for (run_id,) in self.env.execute_query(health_sql.select_last_runs(ids))]
        )
        troubles = {}
        for connector_id, import_id in self.env.execute_query(health_sql.select_troubled_imports(ids)):
            troubles.setdefault(connector_id, []).append(import_id)
        return health_sql.Facts(
            last_run={run.connector_id.id: run for run in runs},
            troubles=troubles,
            last_delivery=dict(self.env.execute_query(health_sql.select_last_deliveries(ids))),
            arrived={
                source_id: (day, month)
                for source_id, day, month in self.env.execute_query(health_sql.select_arrived(self.source_id.ids, now))
            },
            open_months=dict(self.env.execute_query(health_sql.select_open_months(ids))),
        )

    def _get_findings(self, facts, now):
        """[(colour, sentence), ...] of one connector; never empty. To find more: add to what super() returns."""
        if self.state == "setup":
            return [("grey", self._get_setup_sentence())]
        if self.state == "paused":
            who = self.paused_by_id.name
            return [
                ("yellow", self.env._("Paused by %(user)s: nothing is fetched until somebody resumes it.", user=who))
            ]
        return [
            *self._get_run_findings(facts.last_run.get(self._origin.id), now),
            *self._get_import_findings(facts.troubles.get(self._origin.id)),
            *self._get_late_findings(facts.arrived.get(self.source_id.id, (None, None)), now),
            *self._get_final_findings(facts.open_months.get(self._origin.id), now),
            *self._get_backfill_findings(),
            ("green", self._get_good_sentence(facts)),
        ]

    def _get_setup_sentence(self):
        if self.has_new_hosts:
            return self.env._("Not in use: a billing administrator must look at its hosts and allow them.")
        sentence = self.env._("Not in use yet: test it, then turn it on.")
        if self.source_id.check_ids.filtered(lambda check: check.active and check.kind in ("range", "spike")):
            return sentence
        hint = self.env._("Nothing holds figures that cannot be right: turn on the checks of its source first.")
        return f"{sentence} {hint}"

    def _get_run_findings(self, run, now):
        if run and run.outcome in ("yellow", "red") and self.failures:
            return [(run.outcome, run.story)]
        if self.next_at and self.next_at + _GRACE < now and not (self.claim_until and self.claim_until > now):
            moment = self._format_moment(self.next_at)
            return [
                (
                    "red",
                    self.env._(
                        "It should have been fetched on %(moment)s. See whether the server runs scheduled actions.",
                        moment=moment,
                    ),
                )
            ]
        return []

    def _get_import_findings(self, import_ids):
        """Deliveries that came and were not taken, or wait for somebody."""
        findings = []
        for usage_import in self.env["cloud.usage.import"].browse(import_ids or ()):
            if usage_import.state == "refused":
                sentence = self.env._(
                    "%(name)s was refused: %(reason)s", name=usage_import.name, reason=usage_import.error or ""
                )
                findings.append(("red", sentence))
            else:
                sentence = self.env._(
                    "%(name)s waits: look at what it changes, and confirm or cancel it.", name=usage_import.name
                )
                findings.append(("yellow", sentence))
        return findings

    def _get_late_findings(self, arrived, now):
        """Late against the cadence of its source: the first day or month that should be there and is not."""
        source = self.source_id
        if not source.cadence:
            return []
        last = arrived[1] if source._get_period() == "month" else arrived[0]
        missing = self._get_first_missing(last)
        due = source._get_due(missing)
        if due is None or due >= now:
            return []
        sentence = self.env._(
            "%(period)s should have been there by %(due)s and is not.",
            period=source._format_period(missing),
            due=self._format_moment(due),
        )
        return [("red" if now - due > _LATE_IS_RED else "yellow", sentence)]

    def _get_first_missing(self, last):
        """The first local day, or month by its first day, after the last one that has usage."""
        first = self.fetch_from
        if self.source_id._get_period() == "month":
            first = first.replace(day=1)
            return max(first, last + relativedelta(months=1)) if last else first
        return max(first, last + timedelta(days=1)) if last else first

    def _get_final_findings(self, month, now):
        """A month that the provider still changes although it should be final."""
        days = self.source_id.final_days
        if not month or not days:
            return []
        final = month + relativedelta(months=1) + timedelta(days=days)
        if now.date() <= final:
            return []
        sentence = self.env._(
            "The provider has not called %(month)s final yet; that was expected by %(day)s. Its bills wait.",
            month=format_date(self.env, month, date_format="MMMM y"),
            day=format_date(self.env, final),
        )
        return [("yellow", sentence)]

    def _get_backfill_findings(self):
        return [
            ("yellow", f"{backfill.story} {backfill.run_ids[:1].story}")
            for backfill in self.backfill_ids
            if backfill.state == "running" and backfill.failures
        ]

    def _get_good_sentence(self, facts):
        run = facts.last_run.get(self._origin.id)
        running = [one.story for one in self.backfill_ids if one.state == "running"]
        if not run:
            return " ".join([self.env._("Turned on: the first fetch comes next."), *running])
        return " ".join([run.story, *running])

    def _format_moment(self, moment):
        return format_datetime(self.env, moment, dt_format="EEE d MMM y, HH:mm")
