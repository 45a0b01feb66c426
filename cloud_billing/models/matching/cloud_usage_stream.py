from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.numbers import parse_decimal
from ...fields import DecimalField
from ..usage.usage_schema import ROW_TABLE

_RECENT = timedelta(days=30)


class CloudUsageStream(models.Model):
    """The queue of usage without an owner: how old, how much, who may be meant, and what to do with many at once."""

    _inherit = "cloud.usage.stream"

    suggested_customer_id = fields.Many2one(
        "cloud.customer", string="Suggested", readonly=True, ondelete="set null", index="btree_not_null"
    )
    suggestion_kind = fields.Selection(
        [
            ("subscription_key", "External key of a subscription"),
            ("customer_key", "External key of the customer"),
            ("code", "Code of the customer"),
            ("vat", "VAT number"),
            ("registry", "Company number"),
            ("domain", "Domain"),
            ("name", "Same name"),
            ("tenant", "Name of the tenant"),
            ("similar", "Similar name"),
        ],
        string="Suggested By",
        readonly=True,
    )
    suggestion_confidence = fields.Selection(
        [("exact", "Exact"), ("likely", "Likely"), ("possible", "Possible")],
        string="Confidence",
        readonly=True,
        index="btree_not_null",
        help="Exact: a key, a code, a VAT or company number. Likely: a domain or the same name. Possible: look first.",
    )
    suggestion_value = fields.Char(readonly=True, help="What in the usage is the same.")
    suggestion_text = fields.Char(
        string="Why", compute="_compute_suggestion_text", help="Why this customer is suggested."
    )
    age = fields.Integer(
        string="Days",
        compute="_compute_age",
        help="Days since the first usage. Sorted by, and filtered by, first usage.",
    )
    recent_cost = DecimalField(
        string="Last 30 Days",
        currency_field="currency",
        compute="_compute_recent_cost",
        help="Billed cost of the last thirty days, whoever owns it.",
    )

    # === COMPUTE === #

    @api.depends("suggestion_kind", "suggestion_value")
    @api.depends_context("lang")
    def _compute_suggestion_text(self):
        labels = dict(self._fields["suggestion_kind"]._description_selection(self.env))
        for stream in self:
            kind = labels.get(stream.suggestion_kind)
            stream.suggestion_text = kind and f"{kind}: {stream.suggestion_value}"

    @api.depends("first_service_start")
    def _compute_age(self):
        now = fields.Datetime.now()
        for stream in self:
            stream.age = (now - stream.first_service_start).days if stream.first_service_start else 0

    @api.depends("last_service_start")
    def _compute_recent_cost(self):
        since = fields.Datetime.now() - _RECENT
        recent = self.filtered(lambda stream: stream.last_service_start and stream.last_service_start >= since)
        costs = recent._fetch_costs_since(since)
        for stream in self:
            stream.recent_cost = costs.get(stream._origin.id)

    def _fetch_costs_since(self, moment):
        """{stream id: billed cost of live rows whose service starts at a moment or after it}."""
        if not self:
            return {}
        found = self.env.execute_query(
            SQL(
                """
                SELECT r.stream_id, SUM(r.cost_billed)::text
                  FROM %(rows)s r
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                 WHERE r.stream_id = ANY(%(stream_ids)s)
                   AND r.service_start >= %(moment)s
                   AND d.import_number > 0
                   AND d.superseded_number = 0
              GROUP BY r.stream_id
                """,
                rows=SQL(ROW_TABLE),
                stream_ids=self.ids,
                moment=moment,
            )
        )
        return {stream_id: parse_decimal(cost) for stream_id, cost in found if cost is not None}

    # === ACTIONS === #

    def action_accept_suggestions(self):
        """Give these streams to the customers that are suggested, by rules that also hold for what comes later."""
        self._check_may_accept()
        chosen = self.filtered(lambda stream: stream.unmatched_rows and stream.suggested_customer_id)
        if not chosen:
            raise UserError(self.env._("None of these streams has a suggestion: assign them, or look again."))
        return self._accept(chosen)

    def action_accept_exact(self):
        """Do so for all streams of the chosen companies whose suggestion is exact."""
        self._check_may_accept()
        self._suggest_again()
        chosen = self.search(
            [
                *self._get_unmatched_domain(),
                ("suggestion_confidence", "=", "exact"),
                ("suggested_customer_id", "!=", False),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        if not chosen:
            raise UserError(self.env._("No stream without an owner has an exact suggestion."))
        return self._accept(chosen)

    def action_suggest(self):
        """Look for suggestions once more, after customers or their keys were changed."""
        self.env["cloud.usage.mapping"].check_access("create")
        self._suggest_again()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_assign_internal(self):
        """Open the window that gives these streams to a cost centre."""
        action = self.action_assign()
        return {**action, "context": {**action["context"], "default_target": "cost_centre"}}

    def action_ask_waive(self):
        """Ask why what waits of these streams (no owner, held by its kind, left out by its meter) is given up."""
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_waive_wizard_action")
        return {**action, "context": {"default_stream_ids": [(6, 0, self.ids)]}}

    def action_waive(self, reason):
        """Give up what of these streams belongs to nobody now, is held by its kind or left out by its meter.

        What comes later waits again. Returns how many rows.
        """
        return self._get_waiting_rows().action_waive(reason)

    # === BUSINESS === #

    def _get_waiting_rows(self):
        """What of these streams waits (cloud.usage.record). Raises UserError where nothing does."""
        self.check_access("write")
        waiting = ["unmatched", "hold", "uncounted"]
        rows = self.env["cloud.usage.record"].search([("stream_id", "in", self.ids), ("state", "in", waiting)])
        if not rows:
            raise UserError(
                self.env._("No usage of these streams is without an owner, held by its kind or left out by its meter.")
            )
        return rows

    def _check_may_accept(self):
        self.env["cloud.usage.mapping"].check_access("create")
        self.env["cloud.usage.match.rule"].check_access("create")

    @api.model
    def _suggest_again(self):
        for company in self.env.companies:
            self.env["cloud.usage.suggester"]._suggest(company)

    def _accept(self, chosen):
        """Make the rules, match by them, and say what came of it."""
        count, problems = 0, []
        for company, streams in chosen.grouped("company_id").items():
            confidences = {stream.id: stream.suggestion_confidence for stream in streams}
            # What the list showed may have changed since: a suggestion that is another one now is not meant.
            before = {stream.id: stream.suggested_customer_id for stream in streams}
            self.env["cloud.usage.suggester"]._suggest(company, streams=streams)
            same = streams.filtered(
                lambda stream, before=before, confidences=confidences: (
                    stream.suggested_customer_id == before[stream.id]
                    and stream.suggestion_confidence == confidences[stream.id]
                )
            )
            rules = self.env["cloud.usage.match.rule"]._remember_customers(same)
            plan = self.env["cloud.usage.matcher"]._fill(company, rules=rules)
            count += len(plan.new)
            problems += plan.problems.values()
            # A rule that gives nothing would only stand in the way of the next choice.
            rules.filtered(lambda rule, plan=plan: rule in plan.problems).unlink()
        return self._tell(count, problems)

    def _tell(self, count, problems):
        message = self.env._("Streams with an owner now: %(count)s.", count=count)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if problems else "success",
                "sticky": bool(problems),
                "message": " ".join([message, *problems[:5]]),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
