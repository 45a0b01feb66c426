from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..bill.cloud_bill import REVIEWED

# States of a run whose invoices are posted: since then it may have been tied out and signed.
POSTED = ("posted", "closed")
# What a person may set on a run; everything else changes by buttons and scheduled actions only.
_OPEN_FIELDS = {"invoice_date", "accounting_date", "due_date", "note"}
_DRAFT_FIELDS = {*_OPEN_FIELDS, "cutoff_date", "company_id", "customer_ids", "subscription_ids"}


class CloudBillRun(models.Model):
    """A batch of bills with a cut-off and dates: rated, reviewed, approved by a second person, posted."""

    _name = "cloud.bill.run"
    _description = "Bill Run"
    _inherit = [
        # Before the mixin whose hooks it fills.
        "cloud.bill.run.approval",
        "cloud.protected.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "cloud.bill.run.rating",
        "cloud.bill.run.effect",
        "cloud.bill.run.posting",
    ]
    _order = "cutoff_date desc, id desc"
    # What people approved of a run, beside its bills. Its state goes on by its buttons.
    _protected_fields = (
        "company_id", "cutoff_date", "invoice_date", "accounting_date", "due_date", "usage_number", "content_hash",
        "request_id",
    )  # fmt: skip
    _editable_states = ("draft", "rating", "review")
    _approved_states = ("approved", "posting", "posted", "closed")

    name = fields.Char(required=True, default="/", readonly=True, copy=False)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    cutoff_date = fields.Date(
        string="Cut-off",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="What falls due on or before this day is billed: a month in arrears on the first day after it, so March on"
        " 1 April; a fee in advance on the first day of its period.",
    )
    invoice_date = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    accounting_date = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    due_date = fields.Date(help="Empty: by each customer's payment terms.", tracking=True)
    note = fields.Text(help="For the approver.")
    is_automatic = fields.Boolean(string="Made by a Schedule", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("rating", "Rating"),
            ("review", "Review"),
            ("to_approve", "To approve"),
            ("approved", "Approved"),
            ("posting", "Posting"),
            ("posted", "Posted"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    usage_number = fields.Integer(
        string="Usage As Of", readonly=True, copy=False, help="Frozen when rating starts: later usage is late."
    )
    request_id = fields.Many2one("cloud.change.request", readonly=True, copy=False, ondelete="restrict")
    content_hash = fields.Char(readonly=True, copy=False, help="Of everything that was approved; checked when posting.")
    bill_ids = fields.One2many("cloud.bill", "run_id", string="Bills")
    bill_count = fields.Integer(string="Number of Bills", compute="_compute_counts")
    ready_count = fields.Integer(string="Ready", compute="_compute_counts")
    look_count = fields.Integer(string="To Look At", compute="_compute_counts")
    blocked_count = fields.Integer(string="Blocked", compute="_compute_counts")
    excluded_count = fields.Integer(string="Excluded", compute="_compute_counts")
    parked_count = fields.Integer(string="Parked", compute="_compute_counts")
    posted_count = fields.Integer(string="Posted", compute="_compute_counts")
    charge_count = fields.Integer(string="Charges", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress", help="Percent of the charges rated, or of the bills posted.")
    total_ids = fields.Json(string="Totals", compute="_compute_totals", help="Per currency: bills, amount, last bills.")
    total_text = fields.Char(string="Total", compute="_compute_totals")
    previous_text = fields.Char(string="Last Bills", compute="_compute_totals")
    move_count = fields.Integer(string="Number of Invoices", compute="_compute_counts")
    error = fields.Text(readonly=True, copy=False)

    _approved_has_request = models.Constraint(
        "CHECK (state NOT IN ('to_approve', 'approved', 'posting', 'posted', 'closed') OR request_id IS NOT NULL)",
        "A run is submitted and posted by a change request only.",
    )

    # === COMPUTE === #

    @api.depends("name")
    def _compute_display_name(self):
        for run in self:
            # Before it has a number the screen says that it is new.
            run.display_name = run.name if run.name != "/" else False

    @api.depends("bill_ids.state")
    def _compute_counts(self):
        groups = self.env["cloud.bill"]._read_group([("run_id", "in", self.ids)], ["run_id", "state"], ["__count"])
        counts = {}
        for run, state, count in groups:
            counts.setdefault(run.id, {})[state] = count
        for run in self:
            by_state = counts.get(run._origin.id, {})
            for state in ("ready", "look", "blocked", "excluded", "parked"):
                run[f"{state}_count"] = by_state.get(state, 0)
            run.posted_count = by_state.get("posted", 0) + by_state.get("zero", 0)
            run.move_count = by_state.get("posted", 0)
            run.bill_count = sum(by_state.values()) - by_state.get("cancelled", 0)

    @api.depends("state", "bill_ids.state")
    def _compute_progress(self):
        groups = self.env["cloud.charge"]._read_group([("run_id", "in", self.ids)], ["run_id", "is_rated"], ["__count"])
        counts = {(run.id, is_rated): count for run, is_rated, count in groups}
        for run in self:
            rated, unrated = counts.get((run._origin.id, True), 0), counts.get((run._origin.id, False), 0)
            run.charge_count = rated + unrated
            if run.state in ("posting", *POSTED):
                whole = run.bill_count - run.excluded_count
                run.progress = 100.0 * run.posted_count / whole if whole else 100.0
            else:
                run.progress = 100.0 * rated / (rated + unrated) if rated + unrated else 0.0

    @api.depends("bill_ids.amount", "bill_ids.state")
    @api.depends_context("lang")
    def _compute_totals(self):
        for run in self:
            totals = run._fetch_totals() if run._origin else []
            run.total_ids = totals
            run.total_text = run._format_totals(totals, "amount")
            run.previous_text = run._format_totals(totals, "previous_amount")

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company_id = vals.get("company_id") or self.env.company.id
                sequence = self.env["ir.sequence"].with_company(company_id)
                vals["name"] = sequence.next_by_code("cloud.bill.run") or "/"
            if not self.env.su:
                self._refuse_direct(set(vals) - _DRAFT_FIELDS - {"name", "message_follower_ids", "activity_ids"})
        return super().create(vals_list)

    def write(self, vals):
        # Buttons write with rights that they lend themselves; a person's own write may set dates while nothing is
        # approved.
        if not self.env.su:
            for run in self:
                allowed = _DRAFT_FIELDS if run.state == "draft" else _OPEN_FIELDS if run.state == "review" else set()
                self._refuse_direct(
                    name for name in vals if name not in allowed and not name.startswith(("message_", "activity_"))
                )
        return super().write(vals)

    def _refuse_direct(self, names):
        labels = [self._fields[name]._description_string(self.env) for name in names if name in self._fields]
        if labels:
            raise UserError(
                self.env._(
                    "%(run)s: %(fields)s cannot be written as it stands. Use the buttons of the run; dates change in"
                    " draft and review.",
                    run=self[:1].name or self.env._("A bill run"),
                    fields=", ".join(sorted(labels)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_empty(self):
        for run in self:
            if run.state not in ("draft", "cancelled") or run.bill_ids:
                raise UserError(
                    self.env._(
                        "%(run)s is more than a draft: cancel it instead of deleting it, then its charges are due"
                        " again.",
                        run=run.name,
                    )
                )

    # === ACTIONS === #

    def action_back_to_draft(self):
        """Take a run back until posting starts: prospects disappear, what was approved stays on record as voided."""
        self._check_may_act()
        for run in self:
            if run.state not in ("rating", "review", "to_approve", "approved"):
                raise UserError(
                    self.env._("%(run)s cannot go back to draft: posting has started, or it is a draft.", run=run.name)
                )
            run._withdraw()
            run._clear()
            # First the state: while a run is approved nothing else of it changes.
            run._set_state("draft")
            run._set_state("draft", usage_number=0, content_hash=False, request_id=False, error=False)
            self.env["cloud.audit.event"]._record("run_taken_back", run)

    def action_cancel(self):
        """Give a run up: its charges are due again."""
        self._check_may_act()
        for run in self:
            if run.state in ("posting", *POSTED, "cancelled"):
                raise UserError(
                    self.env._(
                        "%(run)s cannot be cancelled: invoices are posted. Correct them by credit notes.", run=run.name
                    )
                )
            run._withdraw()
            run._clear()
            run._set_state("cancelled")
            self.env["cloud.audit.event"]._record("run_cancelled", run)

    def action_view_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_bill_action")
        return {**action, "domain": [("run_id", "=", self.id)], "context": {"search_default_current": 1}}

    def action_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_charge_action")
        return {**action, "domain": [("run_id", "=", self.id)], "context": {}}

    def action_view_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type")
        return {**action, "domain": [("id", "in", self.bill_ids.move_id.ids)], "context": {"create": False}}

    def action_view_request(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.change.request",
            "res_id": self.request_id.id,
            "view_mode": "form",
        }

    # === BUSINESS === #

    def _check_may_act(self):
        """The buttons of a run are the accountant's: who may write it may press them."""
        self.check_access("write")

    def _set_state(self, state, **values):
        # sudo: the state of a run changes by its buttons and scheduled actions only, so `write` refuses it to
        # everybody.
        self.sudo().write({"state": state, **values})
        self.flush_recordset()

    def _clear(self):
        """Free the charges of the run. Bills that were approved stay on record as cancelled; the others disappear."""
        self._get_shares().unlink()
        bills = self.bill_ids.filtered(lambda bill: bill.state != "cancelled")
        charges = self.env["cloud.charge"].search([("run_id", "=", self.id), ("state", "=", "draft")])
        frozen = (
            self.env["cloud.rated.line"].search([("charge_id", "in", charges.ids), ("is_frozen", "=", True)]).charge_id
        )
        frozen._void()
        (charges - frozen)._discard()
        kept = frozen.bill_id
        # sudo: bills are made and removed by their run; no role may write them.
        kept.sudo().write({"state": "cancelled"})
        (bills - kept).sudo().unlink()  # sudo: as above.

    def _fetch_totals(self):
        """Per currency: dict of currency_id, bills, amount, previous_amount as exact text."""
        self.env["cloud.bill"].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT currency_id,
                   COUNT(*) AS bills,
                   COALESCE(SUM(amount), 0)::text AS amount,
                   COALESCE(SUM(previous_amount), 0)::text AS previous_amount
              FROM cloud_bill
             WHERE run_id = %s
               AND state NOT IN ('excluded', 'cancelled')
          GROUP BY currency_id
          ORDER BY currency_id
            """,
                self._origin.id,
            )
        )

    def _format_totals(self, totals, name):
        """The totals as a person reads them: 1,234.56 EUR, 7,800 JPY."""
        texts = []
        for row in totals:
            currency = self.env["res.currency"].browse(row["currency_id"])
            number = self.env["cloud.bill"]._format_amount(row[name], currency)
            texts.append(f"{number} {currency.name}")
        return ", ".join(texts)

    def _get_reviewed_bills(self):
        return self.bill_ids.filtered(lambda bill: bill.state in REVIEWED)

    def _get_date_text(self, date):
        return format_date(self.env, date)
