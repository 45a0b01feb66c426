from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal, to_text
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
    row_ids = fields.Json(string="Rows", readonly=True, help="Ids: a thousand rows are one decision.")
    reject_ids = fields.Json(
        string="Rows That Wait", readonly=True, help="Ids of rows that could not be read, and of newer versions."
    )
    row_count = fields.Integer(string="Number of Rows", compute="_compute_row_count", store=True)
    cost_text = fields.Char(string="Billed Cost", compute="_compute_cost_text", help="What the rows cost us.")
    reason = fields.Char(required=True, tracking=True, help="For the colleague who approves, and in the register.")

    # === COMPUTE === #

    @api.depends("row_ids", "reject_ids")
    def _compute_row_count(self):
        for waiver in self:
            waiver.row_count = len(waiver.row_ids or ()) + len(waiver.reject_ids or ())

    @api.depends("row_ids", "reject_ids")
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
        name = "cloud_usage_reject_action" if self.reject_ids else "cloud_usage_record_action"
        action = self.env["ir.actions.act_window"]._for_xml_id(f"cloud_billing.{name}")
        return {**action, "domain": [("id", "in", self.reject_ids or self.row_ids)], "context": {}}

    # === BUSINESS === #

    @api.model
    def _needs_two(self, company, records):
        """Whether one person may not waive these rows (cloud.usage.record, or cloud.usage.reject) of a company.

        What one person waived in the calendar month counts with them: small ones add up.
        """
        # sudo: lends the right to read the state and the limit of the company, and what rows cost.
        company = company.sudo()
        if company.cloud_billing_state != "live":
            return False
        # sudo: as above.
        waiver = self.sudo().new({"company_id": company.id, **_get_lists(records)})
        if waiver._count_unknown():
            return True
        cost = waiver._get_effect_amount()
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
    def _propose_of(self, records, reason):
        """Propose that rows are waived where that takes a second person; returns (what one person may, waivers)."""
        alone, waivers = records.browse(), self.browse()
        for company, some in records.grouped("company_id").items():
            if self._needs_two(company, some):
                waivers += self._propose(company, some, reason)
            else:
                alone += some
        return alone, waivers

    @api.model
    def _propose(self, company, records, reason):
        """Propose that these rows of a company are waived, and submit it; returns the waiver."""
        waiver = self.create({"company_id": company.id, "reason": reason, **_get_lists(records)})
        waiver.action_submit()
        return waiver

    @api.model
    def _check_agreed(self, waiver, token):
        """Refuse what nobody agreed to: it is approved by people, or by one person while the company is set up."""
        if token is not TOKEN or waiver.state != "approved":
            raise UserError(self.env._("Only a waiver that was agreed gives these rows up."))

    def _fetch_costs(self):
        """[(currency id, currency code, billed cost above zero, rows without a cost)] of the rows."""
        return self._get_waiting_costs() + self._fetch_row_costs()

    def _get_waiting_costs(self):
        """The same of newer versions. Of rows of which nobody can say it `_count_unknown` tells how many there are."""
        given_up = [reject._get_given_up() for reject in self._get_waiting()]
        costs = []
        for code in sorted({code for _cost, code in given_up if code}):
            currency = self.env["res.currency"].search([("name", "=", code)], limit=1)
            with exact():
                cost = sum((cost for cost, its in given_up if its == code), Decimal(0))
            costs.append((currency.id, code, to_text(cost), 0))
        return costs

    def _count_unknown(self):
        """How many of the rows that wait nobody can say the cost of: one person waives none of them.

        Whoever approves is asked by what is known of the others, or a row of nonsense would take as many as a fortune.
        """
        return sum(1 for reject in self._get_waiting() if reject._get_given_up()[0] is None)

    def _get_waiting(self):
        # sudo: lends the right to read the versions, which tell costs; who is shown which is decided where it is shown.
        return self.env["cloud.usage.reject"].sudo().browse(self.reject_ids or ()).exists()

    def _fetch_row_costs(self):
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
        told = [
            (tell_rounded if currency_id else tell_money)(self.env, cost, code)
            for currency_id, code, cost, _none in self._fetch_costs()
        ]
        if unknown := self._count_unknown():
            told.append(self.env._("%(count)s rows of which nobody can say it", count=unknown))
        return told

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
        content = {"company": self.company_id.id, "rows": sorted(self.row_ids or ()), "reason": self.reason}
        return {**content, "waiting": sorted(self.reject_ids)} if self.reject_ids else content

    def _get_problems(self):
        problems = super()._get_problems()
        open_ones = self._get_waiting().filtered(
            lambda reject: reject.state == "open" and reject.company_id == self.company_id
        )
        if not self.row_count or self._count_waivable() + len(open_ones) != self.row_count:
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
        if self.reject_ids:
            label, places = self.env._("Rows that wait"), self._get_waiting()
        else:
            label = self.env._("Streams")
            places = self.env["cloud.usage.record"].browse(self.row_ids).stream_id
        names = places[:_NAMED].mapped("display_name") + (["..."] if len(places) > _NAMED else [])
        return {
            self.env._("Rows"): str(self.row_count),
            label: ", ".join(names),
            self.env._("Reason"): self.reason,
        }

    def _take_effect(self, write):
        result = super()._take_effect(write)
        maker = self.request_id.requester_id or self.create_uid
        for name, ids in (("cloud.usage.record", self.row_ids), ("cloud.usage.reject", self.reject_ids)):
            if ids:
                # sudo: what was agreed is done in the name of who proposed it, whatever that person may do meanwhile.
                self.env[name].with_user(maker).sudo().browse(ids)._waive_agreed(self, TOKEN)
        return result


def _get_lists(records):
    """The values of a waiver of these records: usage rows, or rows that wait."""
    return {"reject_ids" if records._name == "cloud.usage.reject" else "row_ids": records.ids}
