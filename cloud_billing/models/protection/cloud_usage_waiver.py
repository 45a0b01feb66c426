from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal
from ..billing.rated.told_numbers import tell_money, tell_rounded
from ..control.cloud_protected_mixin import TOKEN
from ..usage.usage_schema import ROW_TABLE, STATE_VIEW

_INFINITE = Decimal("Infinity")
# Of these it is told how many more there are.
_NAMED = 20


class CloudUsageWaiver(models.Model):
    """Usage rows that a live company gives up, where they cost more than one person may give up.

    One person proposes it and another one approves; then the rows are waived, in the transaction of the last vote.
    """

    _name = "cloud.usage.waiver"
    _description = "Proposed Waiver of Usage"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "waiver"
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    row_ids = fields.Json(string="Rows", required=True, readonly=True, help="Ids: a thousand rows are one decision.")
    row_count = fields.Integer(string="Number of Rows", compute="_compute_row_count", store=True)
    cost_text = fields.Char(string="Billed Cost", compute="_compute_cost_text", help="What the rows cost us.")
    reason = fields.Char(required=True, tracking=True, help="For the colleague who approves, and in the register.")

    # === COMPUTE === #

    @api.depends("row_ids")
    def _compute_row_count(self):
        for waiver in self:
            waiver.row_count = len(waiver.row_ids or ())

    @api.depends("row_ids")
    @api.depends_context("lang")
    def _compute_cost_text(self):
        for waiver in self:
            waiver.cost_text = ", ".join(waiver._get_cost_texts())

    @api.depends("row_count", "create_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for waiver in self:
            waiver.display_name = self.env._("Waiver of %(count)s usage rows", count=waiver.row_count)

    # === ACTIONS === #

    def action_open_rows(self):
        """The rows that it is about."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_record_action")
        return {**action, "domain": [("id", "in", self.row_ids)], "context": {}}

    # === BUSINESS === #

    @api.model
    def _needs_two(self, company, records):
        """Whether one person may not waive these rows (cloud.usage.record) of a company.

        What one person waived in the calendar month counts with them: small ones add up.
        """
        # sudo: lends the right to read the state and the limit of the company, and what rows cost.
        company = company.sudo()
        if company.cloud_billing_state != "live":
            return False
        # sudo: as above.
        cost = self.sudo().new({"company_id": company.id, "row_ids": records.ids})._get_effect_amount()
        with exact():
            return cost > 0 and cost + self._add_waived_alone(company) > (company.cloud_hand_limit or 0)

    @api.model
    def _add_waived_alone(self, company):
        """What was waived in this company's calendar month without a second person, in its currency."""
        month = fields.Date.context_today(self).replace(day=1)
        since = max(
            fields.Datetime.to_datetime(month), company.cloud_billing_live_at or fields.Datetime.to_datetime(month)
        )
        # sudo: lends the right to add up what the register says, whoever waives.
        noted = (
            self.env["cloud.intervention"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "=", company.id),
                    ("kind", "=", "waived"),
                    ("request_id", "=", False),
                    ("occurred_at", ">=", since),
                    ("amount", ">", 0),
                ],
                ["currency_id"],
                ["amount:sum"],
            )
        )
        return self.new({"company_id": company.id})._add_approval_amounts(noted, fields.Date.context_today(self))

    @api.model
    def _propose(self, company, records, reason):
        """Propose that these rows of a company are waived, and submit it; returns the waiver."""
        waiver = self.create({"company_id": company.id, "row_ids": records.ids, "reason": reason})
        waiver.action_submit()
        return waiver

    def _fetch_costs(self):
        """[(currency id, currency code, billed cost above zero, rows without a cost)] of the rows."""
        return self.env.execute_query(
            SQL(
                """
                SELECT c.id,
                       COALESCE(s.currency, ''),
                       COALESCE(SUM(GREATEST(r.cost_billed, 0)), 0)::text,
                       COUNT(*) FILTER (WHERE r.cost_billed IS NULL)
                  FROM %(rows)s r
                  JOIN cloud_usage_stream s ON s.id = r.stream_id
             LEFT JOIN res_currency c ON c.name = s.currency
                 WHERE r.id = ANY(%(row_ids)s)
              GROUP BY c.id, COALESCE(s.currency, '')
              ORDER BY COALESCE(s.currency, '')
                """,
                rows=SQL(ROW_TABLE),
                row_ids=list(self.row_ids or ()),
            )
        )

    def _get_cost_texts(self):
        """The billed cost of the rows as money, per currency; one that nobody knows has no digits to round to."""
        return [
            (tell_rounded if currency_id else tell_money)(self.env, cost, code)
            for currency_id, code, cost, _none in self._fetch_costs()
        ]

    def _count_waivable(self):
        """How many of the rows count now, in this company, and are neither billed nor waived."""
        self.env.flush_all()
        [[count]] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*)
                  FROM %(view)s
                 WHERE id = ANY(%(row_ids)s)
                   AND company_id = %(company_id)s
                   AND state NOT IN ('billed', 'waived')
                """,
                view=SQL(STATE_VIEW),
                row_ids=list(self.row_ids or ()),
                company_id=self.company_id.id,
            )
        )
        return count

    # === HOOKS: WHAT IS AGREED === #

    def _get_content(self):
        return {"company": self.company_id.id, "rows": sorted(self.row_ids or ()), "reason": self.reason}

    def _get_problems(self):
        problems = super()._get_problems()
        if not self.row_ids or self._count_waivable() != len(self.row_ids):
            problems.append(
                self.env._(
                    "%(waiver)s: some of the rows were billed, waived or replaced meanwhile. Choose them anew.",
                    waiver=self.display_name,
                )
            )
        return problems

    def _get_effect_amount(self):
        """What the rows cost; infinite where one says no cost, or in which currency."""
        costs = [(row[0], parse_decimal(row[2]), row[3]) for row in self._fetch_costs()]
        if any(unknown or (cost and not currency_id) for currency_id, cost, unknown in costs):
            return _INFINITE
        amounts = [(self.env["res.currency"].browse(currency_id), cost) for currency_id, cost, _none in costs if cost]
        return self._add_approval_amounts(amounts, fields.Date.context_today(self))

    def _get_change_effect(self):
        effect = super()._get_change_effect()
        costs = [
            {"label": self.env._("Billed cost"), "old": "", "new": cost, "is_cost": True}
            for cost in self._get_cost_texts()
        ]
        return {**effect, "rows": [*effect["rows"], *costs]}

    def _get_effect_values(self):
        rows = self.env["cloud.usage.record"].browse(self.row_ids)
        streams = [stream.display_name for stream in rows.stream_id[:_NAMED]]
        if len(rows.stream_id) > _NAMED:
            streams.append("...")
        return {
            self.env._("Rows"): str(self.row_count),
            self.env._("Streams"): ", ".join(streams),
            self.env._("Reason"): self.reason,
        }

    def _take_effect(self, write):
        result = super()._take_effect(write)
        maker = self.request_id.requester_id or self.create_uid
        # sudo: what was agreed is done in the name of whoever proposed it, whatever that person may do meanwhile.
        self.env["cloud.usage.record"].with_user(maker).sudo().browse(self.row_ids)._waive_agreed(self, TOKEN)
        return result
