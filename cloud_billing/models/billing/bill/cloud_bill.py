from odoo import api, fields, models
from odoo.exceptions import UserError

from ....engine.numbers import parse_decimal, trim
from ....fields import DecimalField, format_decimal

# States in which a bill is still being looked at.
REVIEWED = ("ready", "look", "blocked")


class CloudBill(models.Model):
    """One prospective invoice: a customer's charges of a run in one currency. Ours until it is posted."""

    _name = "cloud.bill"
    _description = "Bill"
    _inherit = ["mail.thread", "cloud.bill.invoice", "cloud.bill.assessment", "cloud.bill.posting"]
    _order = "run_id desc, customer_id, id"
    _check_company_auto = True
    # People who may read a bill may comment on it; its values change by its buttons only.
    _mail_post_access = "read"

    name = fields.Char(required=True)
    run_id = fields.Many2one("cloud.bill.run", string="Bill Run", required=True, ondelete="restrict", index=True)
    # The run's own chatter tells it once, not that of each of its bills.
    run_state = fields.Selection(related="run_id.state", string="State of the Run", tracking=False)
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    customer_id = fields.Many2one(
        "cloud.customer", required=True, ondelete="restrict", index=True, check_company=True, help="Who pays."
    )
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    tax_basis = fields.Selection([("net", "Net of tax"), ("gross", "Gross, tax included")], required=True)
    grouping_key = fields.Char(required=True, default="", help="What keeps the bill apart from others of the customer.")
    state = fields.Selection(
        [
            ("ready", "Ready"),
            ("look", "Look"),
            ("blocked", "Blocked"),
            ("excluded", "Excluded"),
            ("parked", "Parked"),
            ("posted", "Posted"),
            ("zero", "Nothing to invoice"),
            ("cancelled", "Cancelled"),
        ],
        default="ready",
        required=True,
        index=True,
        copy=False,
        tracking=True,
        help="Look: unusual, somebody should see it. Blocked: something is missing. Parked: posting failed, the rest"
        " went on. Excluded: its charges are due again with the next run.",
    )
    reasons = fields.Json(string="Reason Codes", help="Codes and facts: why it is not simply ready.")
    reason_text = fields.Text(string="Reasons", compute="_compute_reason_text")
    can_resolve = fields.Boolean(
        compute="_compute_can_resolve", help="There is a place where what it waits for is put right."
    )
    amount = DecimalField(currency_field="currency_id", readonly=True, help="Sum of the rated lines.")
    previous_amount = DecimalField(
        string="Last Bill",
        currency_field="currency_id",
        readonly=True,
        help="Of the customer's bill before this one, in the same currency. Empty: there was none.",
    )
    previous_bill_id = fields.Many2one(
        "cloud.bill",
        string="Bill Before",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The customer's bill with which this one is compared.",
    )
    difference_amount = DecimalField(
        string="Difference", currency_field="currency_id", readonly=True, help="Against the last bill."
    )
    cost_amount = DecimalField(
        string="Cost",
        currency_field="currency_id",
        readonly=True,
        help="The provider's cost behind it, as far as known.",
    )
    service_start = fields.Date(string="Service From", readonly=True)
    service_end = fields.Date(string="Service To", readonly=True, help="First day after the service.")
    is_released = fields.Boolean(string="Released", readonly=True, copy=False, tracking=True)
    released_amount = DecimalField(readonly=True, copy=False, help="A release holds for the amount that was seen.")
    release_note = fields.Char(readonly=True, copy=False)
    released_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    is_held = fields.Boolean(string="Held", readonly=True, copy=False, tracking=True)
    hold_note = fields.Char(readonly=True, copy=False)
    held_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    charge_ids = fields.One2many("cloud.charge", "bill_id", string="Charges")
    rated_line_ids = fields.One2many("cloud.rated.line", "bill_id", string="Rated Lines")
    charge_count = fields.Integer(compute="_compute_counts")
    line_count = fields.Integer(compute="_compute_counts")
    move_id = fields.Many2one("account.move", string="Invoice", ondelete="restrict", readonly=True, copy=False)
    content_hash = fields.Char(readonly=True, copy=False, help="Of the rated lines as approved; checked when posting.")
    rated_position = fields.Char(
        readonly=True,
        copy=False,
        help="Number of the fiscal position that its taxes follow, 0 for none, as it was rated and approved.",
    )
    error = fields.Text(readonly=True, copy=False, help="Why it could not be posted.")
    claim_token = fields.Char(readonly=True, copy=False)
    claim_until = fields.Datetime(readonly=True, copy=False)
    attempts = fields.Integer(readonly=True, copy=False)

    _one_per_group = models.UniqueIndex(
        "(run_id, customer_id, currency_id, tax_basis, grouping_key) WHERE state <> 'cancelled'",
        "The run has this bill already.",
    )
    _move_uniq = models.UniqueIndex("(move_id) WHERE move_id IS NOT NULL", "An invoice belongs to one bill.")
    _posted_has_invoice = models.Constraint(
        "CHECK ((state = 'posted') = (move_id IS NOT NULL))", "A posted bill has an invoice, another one has none."
    )

    # === COMPUTE === #

    @api.depends("reasons", "error")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        Reason = self.env["cloud.bill.reason"]
        for bill in self:
            sentences = [Reason._get_sentence(reason) for reason in bill.reasons or ()]
            bill.reason_text = "\n".join(filter(None, [bill.error, *sentences])) or False

    @api.depends("reasons", "state")
    def _compute_can_resolve(self):
        codes = self.env["cloud.bill.reason"]._get_resolvable_codes()
        for bill in self:
            bill.can_resolve = bill.state == "blocked" or (
                bill.state == "look" and any(reason["code"] in codes for reason in bill.reasons or ())
            )

    def _compute_counts(self):
        charges = dict(self.env["cloud.charge"]._read_group([("bill_id", "in", self.ids)], ["bill_id"], ["__count"]))
        lines = dict(self.env["cloud.rated.line"]._read_group([("bill_id", "in", self.ids)], ["bill_id"], ["__count"]))
        for bill in self:
            bill.charge_count = charges.get(bill, 0)
            bill.line_count = lines.get(bill, 0)

    # === ACTIONS === #

    def action_release(self, note=None):
        """Let bills that need a look go, with a note; without one a window asks for it."""
        self._check_may_review()
        bills = self.filtered(lambda bill: bill.state == "look" or bill.is_held)
        others = self - bills
        if others:
            raise UserError(
                self.env._("%(bill)s: only a bill that needs a look, or is held, is released.", bill=others[0].name)
            )
        if not note:
            return self._ask_note("release")
        # sudo: a reviewer changes a bill by its buttons only, so no role may write it.
        for bill in bills.sudo():
            bill.write(
                {
                    "is_released": True,
                    "released_amount": bill.amount,
                    "release_note": note,
                    "released_by_id": self.env.uid,
                    "is_held": False,
                }
            )
        bills._record("bill_released", note)
        bills._assess()
        return None

    def action_hold(self, note=None):
        """Keep bills back until somebody releases or excludes them; the run is not submitted meanwhile."""
        self._check_may_review()
        if not note:
            return self._ask_note("hold")
        # sudo: see action_release.
        self.sudo().write({"is_held": True, "hold_note": note, "held_by_id": self.env.uid, "is_released": False})
        self._record("bill_held", note)
        self._assess()
        return None

    def action_exclude(self, note=None):
        """Take bills out of the run: their charges are due again with the next one."""
        self._check_may_exclude()
        if not note:
            return self._ask_note("exclude")
        for bill in self:
            bill.message_post(body=self.env._("Excluded: %(note)s", note=note))
        self._record("bill_excluded", note)
        self._free_charges()
        # sudo: see action_release.
        self.sudo().write({"state": "excluded", "reasons": [], "error": False})
        for run in self.run_id.filtered(lambda run: run.state == "review"):
            # What was excluded does not count towards a minimum on another bill of the same payer any more.
            self.env["cloud.spend.true.up"]._renew(run, self.customer_id)._assess()
        self.run_id._close_when_done()
        return None

    def action_recalculate(self):
        """Rate the charges of these bills again, with the usage of the run and the prices of now."""
        self._check_may_review()
        for run, bills in self.grouped("run_id").items():
            charges = bills.charge_ids.filtered(lambda charge: charge.kind != "minimum")
            corrections = charges.filtered("corrects_id")
            corrected, originals = corrections.corrects_id, charges - corrections
            corrections._discard()
            originals._unrate()
            self.env["cloud.rating"]._rate(originals, run.usage_number)
            bills._attach_lines()
            if corrected:
                self.env["cloud.charge.correction"]._make(run, only=corrected)
                self.env["cloud.charge.correction"]._rate_followers(run).bill_id._attach_lines()
                self._assemble(run)
            bills |= self.env["cloud.spend.true.up"]._renew(run, bills.customer_id)
            bills._assess()

    def action_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_charge_action")
        return {**action, "domain": [("bill_id", "=", self.id)], "context": {}}

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_rated_line_action")
        return {**action, "domain": [("bill_id", "=", self.id)], "context": {}}

    def action_view_run(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.bill.run",
            "res_id": self.run_id.id,
            "view_mode": "form",
        }

    def action_view_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    def action_resolve(self):
        """Go to where the first reason is resolved."""
        self.ensure_one()
        Reason = self.env["cloud.bill.reason"]
        for reason in self.reasons or ():
            action = Reason._get_action(reason)
            if action:
                return action
        return self.action_view_charges()

    def action_preview(self):
        """Show the invoice as it would be; nothing of it stays."""
        self.ensure_one()
        return self.env["cloud.bill.preview"]._open(self)

    # === BUSINESS === #

    def _record(self, action, reason=None):
        """One audit event per bill, with its amount and what it became."""
        self.env["cloud.audit.event"]._record(action, self, detail=lambda bill: bill._describe(), reason=reason)

    def _describe(self):
        """What the audit trail says of a bill: a dict."""
        return {
            "customer": self.customer_id.name,
            "amount": self.amount,
            "currency": self.currency_id.name,
            "invoice": self.move_id.name or None,
        }

    # === BUSINESS: TEXT === #

    @api.model
    def _format_amount(self, amount, currency):
        """An exact amount, text or Decimal, with the decimals of its currency, as the reader writes numbers.

        What is not rounded keeps its digits, without the zeros that the database pads a cost with.
        """
        return format_decimal(self.env, trim(parse_decimal(amount)), currency.decimal_places)

    # === BUSINESS: WHO MAY WHAT === #

    def _check_may_review(self):
        self.run_id.check_access("write")
        late = self.filtered(lambda bill: bill.run_id.state != "review" or bill.state not in REVIEWED)
        if late:
            raise UserError(
                self.env._(
                    "%(bill)s is not in review any more. Take its run back to draft, or correct the invoice once it is"
                    " posted.",
                    bill=late[0].name,
                )
            )

    def _check_may_exclude(self):
        self.run_id.check_access("write")
        late = self.filtered(
            lambda bill: not (bill.run_id.state == "review" and bill.state in REVIEWED) and bill.state != "parked"
        )
        if late:
            raise UserError(
                self.env._(
                    "%(bill)s cannot be excluded: a bill is excluded while its run is in review, or when it is parked.",
                    bill=late[0].name,
                )
            )

    def _ask_note(self, decision):
        return self.env["cloud.bill.note"]._open(self, decision)
