from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, date_utils, format_date

from ...fields import DecimalField

# What a person may set; everything else is worked out, and changes by the buttons.
_OPEN_FIELDS = {"date_end", "company_id", "is_entry_draft", "note"}


class CloudClosing(models.Model):
    """The end of a month in the books: what was served and not invoiced, and what was invoiced and not served.

    Each states the whole balance as of its day, by an entry that is reversed on the next. So nothing hangs on former
    ones: what became known since is in the next. How lines are found: cloud_closing_facts.py; how it is agreed:
    cloud_closing_approval.py; what it posts: cloud_closing_entry.py.
    """

    _name = "cloud.closing"
    _description = "Month End"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "closing"
    _protected_fields = ("name", "company_id", "date_end", "is_entry_draft", "usage_number", "computed_at", "digest")
    _approved_states = ("approved", "posted")
    _order = "date_end desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, precompute=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_end = fields.Date(
        string="Month's End",
        required=True,
        default=lambda self: date_utils.end_of(
            fields.Date.subtract(fields.Date.context_today(self), months=1), "month"
        ),
        tracking=True,
        help="The last day of the month. Its entries are dated on it and reversed on the day after.",
    )
    day_after = fields.Date(string="Reversed On", compute="_compute_day_after")
    state = fields.Selection(selection_add=[("posted", "Posted")], ondelete={"posted": "cascade"})
    is_entry_draft = fields.Boolean(
        string="Leave Entries as Drafts",
        help="The entries are made and somebody posts them in Accounting. Otherwise they are posted at once.",
    )
    note = fields.Text(help="For the approver.")
    usage_number = fields.Integer(string="Usage As Of", readonly=True, copy=False, help="Import number.")
    computed_at = fields.Datetime(string="Computed", readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, help="SHA-256 of the lines as they were computed.")
    problem_text = fields.Text(
        string="Not Accrued",
        readonly=True,
        copy=False,
        help="Service that is known but could not be priced, so it is not accrued.",
    )
    is_stale = fields.Boolean(compute="_compute_is_stale", help="Usage came in after it was computed.")
    line_ids = fields.One2many("cloud.closing.line", "closing_id", string="Lines", copy=False)
    line_count = fields.Integer(compute="_compute_totals", string="Number of Lines")
    move_ids = fields.One2many("account.move", "cloud_closing_id", string="Entries", copy=False)
    move_count = fields.Integer(compute="_compute_move_count", string="Number of Entries")
    accrued_income_amount = DecimalField(
        string="Accrued Income",
        compute="_compute_totals",
        currency_field="currency_id",
        help="Served and on no invoice yet.",
    )
    accrued_cost_amount = DecimalField(
        string="Accrued Cost",
        compute="_compute_totals",
        currency_field="currency_id",
        help="Cost of usage whose provider's bill is not posted yet.",
    )
    deferred_amount = DecimalField(
        string="Deferred Revenue",
        compute="_compute_totals",
        currency_field="currency_id",
        help="Invoiced for days after the month's end, with what is left of opening balances.",
    )
    released_amount = DecimalField(
        string="Released Opening Balances",
        compute="_compute_totals",
        currency_field="currency_id",
        help="Revenue of balances that the former system had deferred. It stays: it is not reversed.",
    )
    has_release = fields.Boolean(compute="_compute_totals", help="Opening balances are a part of it.")

    _month_uniq = models.UniqueIndex("(company_id, date_end)", "This month's end is there already: open that one.")
    _is_month_end = models.Constraint("CHECK (EXTRACT(DAY FROM date_end + 1) = 1)", "A month ends on its last day.")

    # === COMPUTE === #

    @api.depends("date_end")
    def _compute_name(self):
        for closing in self:
            closing.name = self.env._(
                "Month end %(month)s", month=format_date(self.env, closing.date_end, date_format="MMMM yyyy")
            )

    @api.depends("date_end")
    def _compute_day_after(self):
        for closing in self:
            closing.day_after = closing.date_end and fields.Date.add(closing.date_end, days=1)

    @api.depends("usage_number", "state")
    def _compute_is_stale(self):
        for closing in self:
            is_open = closing.state in ("draft", "rejected") and closing.computed_at
            closing.is_stale = bool(is_open) and closing.usage_number != self.env["cloud.usage.store"]._last_number(
                closing.company_id
            )

    @api.depends("line_ids")
    def _compute_totals(self):
        groups = self.env["cloud.closing.line"]._read_group(
            [("closing_id", "in", self.ids)],
            ["closing_id", "kind"],
            ["__count", "company_amount:sum", "remaining_amount:sum"],
        )
        sums = {(closing.id, kind): values for closing, kind, *values in groups}
        for closing in self:
            found = {kind: sums.get((closing._origin.id, kind), (0, 0, 0)) for kind in _get_kinds(self)}
            closing.line_count = sum(count for count, _amount, _remaining in found.values())
            closing.accrued_income_amount = found["accrued_income"][1]
            closing.accrued_cost_amount = found["accrued_cost"][1]
            closing.released_amount = found["release"][1]
            closing.has_release = bool(found["release"][0])
            closing.deferred_amount = found["deferral"][2] + found["release"][2]

    @api.depends("move_ids")
    def _compute_move_count(self):
        for closing in self:
            # sudo: lends the right to count the entries; a list of them asks for its own rights.
            closing.move_count = len(closing.sudo().move_ids)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_direct(set(vals) - _OPEN_FIELDS)
            self._move_to_month_end(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_direct(set(vals) - _OPEN_FIELDS)
        self._move_to_month_end(vals)
        if not self.env.su and not vals.keys().isdisjoint({"date_end", "company_id"}) and self.line_ids:
            raise UserError(
                self.env._(
                    "%(closing)s is computed. Make another month's end for another month.", closing=self[:1].name
                )
            )
        return super().write(vals)

    def _refuse_direct(self, names):
        """Buttons write with rights that they lend themselves; a person sets what the form asks for."""
        labels = [
            self._fields[name]._description_string(self.env)
            for name in names
            if name in self._fields and not name.startswith(("message_", "activity_"))
        ]
        if labels and not self.env.su:
            raise UserError(
                self.env._(
                    "%(closing)s: %(fields)s cannot be written. Use the buttons of the month's end.",
                    closing=self[:1].name or self.env._("A month's end"),
                    fields=", ".join(sorted(labels)),
                )
            )

    @staticmethod
    def _move_to_month_end(vals):
        if vals.get("date_end"):
            vals["date_end"] = date_utils.end_of(fields.Date.to_date(vals["date_end"]), "month")

    # === ACTIONS === #

    def action_compute(self):
        """Find what is accrued and deferred at the month's end, as far as it is known now."""
        self.check_access("write")
        now = fields.Datetime.now()
        for closing in self:
            closing._check_draft()
            closing._find_lines(now)

    def action_back_to_draft(self):
        self.check_access("write")
        # sudo: the state changes by buttons only, so `write` refuses it to everybody.
        return super(CloudClosing, self.sudo()).action_back_to_draft()

    def action_open_lines(self):
        return self._open("cloud_billing.cloud_closing_line_action")

    def action_open_balances(self):
        return self._open("cloud_billing.cloud_closing_balance_action")

    def action_open_waterfall(self):
        return self._open("cloud_billing.cloud_closing_waterfall_action")

    def action_open_tie_out(self):
        return self._open("cloud_billing.cloud_closing_tie_out_action")

    def action_open_moves(self):
        return {**self._open("account.action_move_journal_line"), "domain": [("cloud_closing_id", "in", self.ids)]}

    def action_export(self):
        """Download the lines with their control total."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/cloud_billing/closing/{self.id}", "target": "download"}

    def _open(self, action_id):
        action = self.env["ir.actions.act_window"]._for_xml_id(action_id)
        return {**action, "domain": [("closing_id", "in", self.ids)], "context": {}}

    # === BUSINESS === #

    def _check_draft(self):
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%(closing)s is not a draft any more: what becomes known now is a part of the next month's end.",
                    closing=self.name,
                )
            )

    def _find_lines(self, now):
        """Replace the lines by what is known now. now: the instant (naive UTC) that is noted.

        Raises UserError naming every account and rate that is missing.
        """
        rows, problems = self.env["cloud.closing.facts"]._get_lines(self)
        self.env["cloud.closing.line"]._replace(self, rows)
        # sudo: see action_back_to_draft.
        self.sudo().write(
            {
                "usage_number": self.env["cloud.usage.store"]._last_number(self.company_id),
                "computed_at": now,
                "digest": self._compute_digest(),
                "problem_text": "\n".join(problems) or False,
            }
        )
        self.env["cloud.audit.event"]._record(
            "closing_computed", self, detail={"lines": len(rows), "digest": self.digest}
        )

    def _compute_digest(self):
        """SHA-256 of the lines as the database has them, without their ids: computed again, equal lines are equal."""
        self.env["cloud.closing.line"].flush_model()
        ((digest,),) = self.env.execute_query(
            SQL(
                """
            SELECT encode(sha256(convert_to(COALESCE(string_agg(
                       jsonb_build_array(
                           kind, source_key, name, customer_id, service_start, service_end, account_id,
                           counter_account_id, analytic_distribution, currency_id, total_amount, amount,
                           company_total, company_amount, remaining_amount, rate, rate_date)::text,
                       E'\\n' ORDER BY kind, source_key), ''), 'UTF8')), 'hex')
              FROM cloud_closing_line
             WHERE closing_id = %s
                """,
                self.id,
            )
        )
        return digest


def _get_kinds(closings):
    return closings.env["cloud.closing.line"]._fields["kind"].get_values(closings.env)
