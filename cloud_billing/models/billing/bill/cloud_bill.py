from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ....engine.numbers import parse_decimal, trim
from ....fields import DecimalField, format_decimal
from ....sql_rows import as_table
from ..table_statistics import refresh_statistics

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

    # === BUSINESS: MADE OF CHARGES === #

    @api.model
    def _assemble(self, run):
        """Make the bills of a run's charges that have none, and add the charges to them.

        What was excluded from the run stays out of it when it is rated again: those charges disappear.
        """
        groups = self._group_charges(run)
        bills = {bill._get_group(): bill for bill in run.bill_ids if bill.state != "cancelled"}
        missing = [group for group in groups if group not in bills]
        # Named one by one they would be read one by one.
        self.env["cloud.customer"].browse({group[0] for group in missing}).mapped("name")
        # sudo: bills are made by rating; no role may write them.
        made = (
            self.sudo()
            .with_context(mail_create_nosubscribe=True, mail_create_nolog=True)
            .create([self._prepare_vals(run, group) for group in missing])
        )
        bills.update(zip(missing, made.sudo(self.env.su), strict=True))
        excluded = {group for group in groups if bills[group].state == "excluded"}
        charge_ids = [charge_id for group in excluded for charge_id in groups[group]]
        self.env["cloud.charge"].browse(charge_ids)._discard()
        self._attach(
            [(bills[group].id, charge_id) for group in groups if group not in excluded for charge_id in groups[group]]
        )
        run.invalidate_recordset(["bill_ids"])

    def _group_charges(self, run):
        """{(customer id, currency id, tax basis, grouping key): list of charge ids} of charges without a bill."""
        for model in ("cloud.charge", "cloud.subscription", "cloud.subscription.line"):
            self.env[model].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
            SELECT %s
              FROM cloud_charge c
         LEFT JOIN cloud_spend_commitment k ON k.id = c.commitment_id
         LEFT JOIN cloud_subscription s ON s.id = c.subscription_id
         LEFT JOIN cloud_price_plan plan ON plan.id = s.plan_id
         LEFT JOIN cloud_subscription_line l ON l.id = c.subscription_line_id
             WHERE c.run_id = %s
               AND c.bill_id IS NULL
               AND c.state = 'draft'
          ORDER BY c.customer_id, c.id
            """,
                self._get_group_columns(),
                run.id,
            )
        )
        customers = self.env["cloud.customer"].browse({row["customer_id"] for row in rows})
        payers = customers._get_payers()
        groupings = self._get_groupings(run, customers.union(*payers.values()))
        groups = {}
        for row in rows:
            payer = payers[row["customer_id"]]
            row["grouping"] = groupings[payer.id]
            group = (payer.id, row["currency_id"], row["tax_basis"], self._get_grouping_key(payer, row))
            groups.setdefault(group, []).append(row["id"])
        return groups

    def _get_group(self):
        self.ensure_one()
        return self.customer_id.id, self.currency_id.id, self.tax_basis, self.grouping_key

    def _prepare_vals(self, run, group):
        customer_id, currency_id, tax_basis, grouping_key = group
        customer = self.env["cloud.customer"].browse(customer_id)
        return {
            "name": f"{run.name} {customer.name}",
            "run_id": run.id,
            "customer_id": customer_id,
            "currency_id": currency_id,
            "tax_basis": tax_basis,
            "grouping_key": grouping_key,
        }

    def _attach(self, pairs):
        """Write the bill on charges and their lines; pairs: (bill id, charge id)."""
        if not pairs:
            return
        self.flush_model()
        self.env.execute_query(
            SQL(
                "UPDATE cloud_charge SET bill_id = v.bill_id FROM %s WHERE cloud_charge.id = v.id",
                as_table("v", {"bill_id": "integer", "id": "integer"}, pairs),
            )
        )
        self.env["cloud.charge"].invalidate_model()
        refresh_statistics(self.env, "cloud.charge", ("id", "bill_id"), len(pairs))
        self.browse({bill_id for bill_id, _charge_id in pairs})._attach_lines()
        refresh_statistics(self.env, "cloud.rated.line", ("id", "charge_id", "bill_id"), len(pairs))

    def _attach_lines(self):
        """Write the bill of their charge on rated lines that have none."""
        self.env["cloud.rated.line"].flush_model()
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_rated_line r
               SET bill_id = c.bill_id
              FROM cloud_charge c
             WHERE c.id = r.charge_id
               AND c.bill_id = ANY(%s)
               AND r.bill_id IS NULL
            """,
                list(self.ids),
            )
        )
        self.env["cloud.rated.line"].invalidate_model()
        self.invalidate_recordset(["charge_ids", "rated_line_ids"])

    def _free_charges(self):
        """Make what these bills charge due again: drafts disappear, what was approved stays on record as voided."""
        charges = self.charge_ids.filtered(lambda charge: charge.state == "draft")
        frozen = charges.filtered(lambda charge: True in charge.rated_line_ids.mapped("is_frozen"))
        frozen._void()
        (charges - frozen)._discard()

    def _get_free_blockers(self):
        """{bill: list of sentences with a remedy} of those whose posted charges cannot become billable again.

        Takes a constant number of statements.
        """
        blockers = {}
        charges = self.env["cloud.charge"].search([("bill_id", "in", self.ids)])
        billed = charges.filtered(lambda charge: charge.state == "billed").bill_id
        for bill in self - billed:
            blockers[bill] = [
                self.env._(
                    "The usage of %(invoice)s is billable again already.", invoice=bill.move_id.name or bill.name
                )
            ]
        later = self.env["cloud.charge"].search([("corrects_id", "in", charges.ids), ("is_live", "=", True)])
        for bill, corrections in later.grouped(lambda charge: charge.corrects_id.bill_id).items():
            others = corrections.filtered(lambda charge, bill=bill: charge.bill_id != bill)
            if others:
                names = ", ".join(others.bill_id.mapped(lambda later: later.move_id.name or later.name))
                blockers.setdefault(bill, []).append(
                    self.env._(
                        "%(invoice)s was corrected by %(later)s. Credit that first, or exclude it where it is not"
                        " posted yet.",
                        invoice=bill.move_id.name or bill.name,
                        later=names or ", ".join(others.run_id.mapped("name")),
                    )
                )
        # A credit note that somebody made by hand: the whole invoice would be credited a second time.
        credited = self.env["account.move"].search(
            [
                ("reversed_entry_id", "in", self.move_id.ids),
                ("cloud_bill_id", "=", False),
                ("cloud_frees_bill_id", "=", False),
                ("state", "!=", "cancel"),
            ]
        )
        for invoice, notes in credited.grouped("reversed_entry_id").items():
            blockers.setdefault(invoice.cloud_bill_id, []).append(
                self.env._(
                    "%(invoice)s was credited by %(notes)s. Cancel or delete that first.",
                    invoice=invoice.name,
                    notes=", ".join(notes.mapped("display_name")),
                )
            )
        return blockers

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

    # === HOOKS === #

    @api.model
    def _get_group_columns(self) -> SQL:
        """Return what `_get_grouping_key` may read of a charge, as columns of c (charge), k (minimum), s, plan and l.

        To add one: return SQL("%s, c.mine", super()._get_group_columns()).
        """
        return SQL(
            """
            c.id, c.customer_id, c.subscription_id, c.currency_id,
            COALESCE(k.tax_basis, plan.tax_basis) AS tax_basis,
            COALESCE(l.order_id, s.order_id) AS order_id,
            s.order_reference,
            COALESCE(k.analytic_distribution, l.analytic_distribution) AS analytic_distribution
            """
        )

    @api.model
    def _get_groupings(self, run, payers):
        """Return {customer id: value of `invoice_grouping` by which a run groups what each of these pays}."""
        return {payer.id: payer.invoice_grouping or "customer" for payer in payers}

    @api.model
    def _get_grouping_key(self, payer, charge):
        """Return the text that keeps charges of one payer on bills of their own; equal texts share a bill.

        payer: the cloud.customer who pays. charge: dict of id, customer_id, subscription_id, currency_id, tax_basis,
        order_id, order_reference, analytic_distribution and `grouping`, the value of `invoice_grouping` that holds for
        the run; the true-up of a customer's minimum has no subscription.
        To add a grouping: extend the selection `invoice_grouping`, return yours for your value, else super().
        """
        if charge["grouping"] == "subscription" and charge["subscription_id"]:
            return f"subscription {charge['subscription_id']}"
        return ""
