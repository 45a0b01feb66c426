from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...engine.numbers import to_text
from ...fields import DecimalField, format_decimal

KINDS = [("small", "Small difference"), ("bad_debt", "Bad debt")]


class CloudWriteOff(models.Model):
    """What is still owed of an invoice and given up: agreed by another person, then an entry that reconciles the rest.

    The tax of the invoice stays as it was declared. A credit note is what reduces tax.
    """

    _name = "cloud.write.off"
    _description = "Write-off"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _request_kind = "write_off"
    _protected_fields = ("move_id", "kind", "amount", "account_id", "journal_id", "date", "reason", "entry_id", "state")

    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('move_type', '=', 'out_invoice'), ('state', '=', 'posted'), ('amount_residual', '>', 0)]",
        help="Of which something is still owed.",
    )
    company_id = fields.Many2one(related="move_id.company_id", store=True, precompute=True, index=True)
    partner_id = fields.Many2one(related="move_id.commercial_partner_id", string="Who Owes It", store=True)
    customer_id = fields.Many2one(related="move_id.cloud_bill_id.customer_id")
    currency_id = fields.Many2one(related="move_id.currency_id", store=True)
    kind = fields.Selection(KINDS, required=True, default="small", tracking=True)
    amount = DecimalField(
        currency_field="currency_id",
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="At most what is open. The tax in it stays declared: a write-off does not reduce tax, a credit note does.",
    )
    account_id = fields.Many2one(
        "account.account",
        string="Write-off Account",
        compute="_compute_account_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_other', 'income', 'income_other'))]",
        help="What is given up is a loss here.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('type', '=', 'general')]",
    )
    date = fields.Date(
        string="Accounting Date",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="Of the entry: a day whose books are open.",
    )
    reason = fields.Char(required=True, tracking=True, help="For whoever approves it, and in the register.")
    entry_id = fields.Many2one("account.move", readonly=True, copy=False, ondelete="restrict", index="btree_not_null")
    reversal_id = fields.Many2one(
        "account.move", string="Undone By", readonly=True, copy=False, ondelete="restrict", index="btree_not_null"
    )

    _amount_positive = models.Constraint("CHECK (amount > 0)", "A write-off is of an amount above zero.")
    _approved_has_entry = models.Constraint(
        "CHECK ((state = 'approved') = (entry_id IS NOT NULL))", "An approved write-off has its entry."
    )
    _undone_once = models.Constraint(
        "CHECK (reversal_id IS NULL OR entry_id IS NOT NULL)", "Only what has an entry is undone."
    )
    _one_open_per_invoice = models.UniqueIndex(
        "(move_id) WHERE state IN ('draft', 'pending')",
        "This invoice has a write-off that nobody has decided yet: change or delete that one.",
    )

    # === COMPUTE === #

    @api.depends("move_id.name", "amount", "currency_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        new = self.filtered(lambda write_off: not write_off.move_id)
        new.display_name = self.env._("New write-off")
        for write_off in self - new:
            write_off.display_name = self.env._(
                "Write-off of %(amount)s, %(invoice)s", amount=write_off._tell(), invoice=write_off.move_id.name
            )

    @api.depends("move_id")
    def _compute_amount(self):
        for write_off in self:
            write_off.amount = write_off.amount or write_off._get_open() or None

    @api.depends("kind", "move_id")
    def _compute_account_id(self):
        for write_off in self:
            company = write_off.move_id.company_id
            write_off.account_id = (
                company.cloud_bad_debt_account_id if write_off.kind == "bad_debt" else company.cloud_small_account_id
            ) or write_off.account_id

    @api.depends("move_id")
    def _compute_journal_id(self):
        for write_off in self:
            Journal = self.env["account.journal"]
            domain = [*Journal._check_company_domain(write_off.move_id.company_id), ("type", "=", "general")]
            write_off.journal_id = write_off.journal_id or Journal.search(domain, limit=1)

    # === ACTIONS === #

    def action_undo(self):
        """Reverse the entry: the invoice is owed again. The write-off stays on record."""
        self.check_access("write")
        today = fields.Date.context_today(self)
        for write_off in self:
            if not write_off.entry_id or write_off.reversal_id:
                raise UserError(
                    self.env._("%(record)s has no entry that could be undone.", record=write_off.display_name)
                )
            write_off._undo(today)

    def action_open_entry(self):
        self.ensure_one()
        return (self.reversal_id or self.entry_id)._get_records_action()

    # === BUSINESS === #

    def _get_open(self):
        """What is still owed of the invoice, as an exact Decimal."""
        return self._to_amount(self.move_id.amount_residual) if self.move_id else Decimal(0)

    def _to_amount(self, number):
        """A float of the ledger as the Decimal of so many decimals that it says."""
        return Decimal(f"{number:.{self.currency_id.decimal_places or 0}f}")

    def _get_open_lines(self):
        """The receivable lines of the invoice that are open, the oldest due first."""
        return self.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        ).sorted(lambda line: (line.date_maturity or line.date, line.id))

    def _tell(self):
        amount = format_decimal(self.env, self.amount, self.currency_id.decimal_places)
        return f"{amount} {self.currency_id.name or ''}".strip()

    # === BUSINESS: APPROVAL === #

    def _get_problems(self):
        problems = super()._get_problems()
        move, values = self.move_id, {"record": self.display_name}
        if self.company_id.cloud_billing_state == "setup":
            problems.append(
                self.env._(
                    "%(record)s: %(company)s is still being set up, so nothing is posted. Take it live first.",
                    company=self.company_id.name,
                    **values,
                )
            )
        if move.state != "posted" or move.move_type != "out_invoice":
            problems.append(self.env._("%(record)s: choose a posted invoice of a customer.", **values))
        elif self.amount > self._get_open():
            problems.append(
                self.env._(
                    "%(record)s: only %(open)s %(currency)s of %(invoice)s are still open. Write off that, or less.",
                    open=format_decimal(self.env, self._get_open(), self.currency_id.decimal_places),
                    currency=self.currency_id.name,
                    invoice=move.name,
                    **values,
                )
            )
        if self.amount % Decimal(repr(self.currency_id.rounding)):
            problems.append(
                self.env._("%(record)s: %(currency)s has no such amount.", currency=self.currency_id.name, **values)
            )
        if self.date < move.date:
            problems.append(
                self.env._(
                    "%(record)s: the invoice is of %(day)s. Choose that day or a later one.",
                    day=format_date(self.env, move.date),
                    **values,
                )
            )
        locks = self.company_id._get_violated_lock_dates(self.date, False, self.journal_id)
        if locks:
            problems.append(
                self.env._(
                    "%(record)s: the books are closed on %(day)s (%(locks)s). Choose a later accounting date.",
                    day=format_date(self.env, self.date),
                    locks=self.company_id._format_lock_dates(locks),
                    **values,
                )
            )
        return problems

    def _get_content(self):
        return {
            "move_id": self.move_id.id,
            "kind": self.kind,
            "amount": to_text(self.amount),
            "currency": self.currency_id.name,
            "account_id": self.account_id.id,
            "journal_id": self.journal_id.id,
            "date": str(self.date),
            "reason": self.reason,
        }

    def _get_effect_values(self):
        return {
            self.env._("Invoice"): self.env._(
                "%(invoice)s of %(day)s, %(partner)s",
                invoice=self.move_id.name,
                day=format_date(self.env, self.move_id.invoice_date),
                partner=self.partner_id.display_name,
            ),
            self.env._("Total"): self.env._(
                "%(total)s, of which open %(open)s",
                total=format_decimal(self.env, self._to_amount(self.move_id.amount_total), 2),
                open=format_decimal(self.env, self._get_open(), self.currency_id.decimal_places),
            ),
            self.env._("Written off"): self._tell(),
            self.env._("Kind"): dict(self._fields["kind"]._description_selection(self.env))[self.kind],
            self.env._("Account"): self.account_id.display_name,
            self.env._("Accounting date"): format_date(self.env, self.date),
            self.env._("Reason"): self.reason,
        }

    def _get_effect_notes(self):
        return [
            *super()._get_effect_notes(),
            self.env._(
                "The tax of the invoice stays as it was declared: a write-off does not reduce it. Where tax is to go"
                " back, make a credit note in its place; relief for bad debts is claimed as the law says."
            ),
        ]

    def _take_effect(self, write):
        # sudo: who votes need not keep books; what is posted is what was approved.
        entry = self.sudo()._post_entry()
        write(self, {"state": "approved", "entry_id": entry.id})
        # Without a vote, where one person works alone, there is an applied request all the same.
        self.env["cloud.intervention"]._note(
            "written_off",
            self,
            self.reason,
            amount=self.amount,
            currency=self.currency_id,
            request=self.request_id,
        )
