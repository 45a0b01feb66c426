from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fields import DecimalField


class CloudUndoLine(models.Model):
    """One invoice of an undo: reversed, or on the correction list until a person has dealt with it."""

    _name = "cloud.undo.line"
    _description = "Invoice to Take Back"
    _inherit = ["cloud.undo.line.posting"]
    _order = "undo_id desc, id"

    undo_id = fields.Many2one("cloud.undo", required=True, ondelete="cascade", index=True)
    undo_state = fields.Selection(related="undo_id.state", string="State of the Undo")
    company_id = fields.Many2one(related="undo_id.company_id", store=True, index=True)
    run_id = fields.Many2one(related="bill_id.run_id", string="Bill Run")
    bill_id = fields.Many2one("cloud.bill", required=True, ondelete="restrict", index=True, readonly=True)
    move_id = fields.Many2one(related="bill_id.move_id", string="Invoice")
    customer_id = fields.Many2one(related="bill_id.customer_id", store=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    amount = DecimalField(currency_field="currency_id", required=True, readonly=True, help="Of the bill.")
    state = fields.Selection(
        [
            ("planned", "To reverse"),
            ("reversed", "Reversed"),
            ("open", "To correct"),
            ("done", "Dealt with"),
        ],
        default="planned",
        required=True,
        readonly=True,
        index=True,
        help="To correct: it cannot be taken back as it is, so a person decides what becomes of it.",
    )
    is_planned = fields.Boolean(readonly=True, default=False, required=True, help="Its reversal is what is approved.")
    why_text = fields.Text(string="Why Not", readonly=True)
    remedy_text = fields.Text(string="What to Do", readonly=True)
    credit_move_id = fields.Many2one(
        "account.move", string="Credit Note", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    note = fields.Char(readonly=True, help="What was done about it.")
    done_by_id = fields.Many2one("res.users", string="Dealt With By", readonly=True)
    done_at = fields.Datetime(string="Dealt With At", readonly=True)
    # The claim of whoever reverses it: see `cloud.undo.line.posting`.
    claim_token = fields.Char(readonly=True)
    claim_until = fields.Datetime(readonly=True)
    attempts = fields.Integer(readonly=True, default=0)

    _bill_uniq = models.UniqueIndex("(undo_id, bill_id)", "The invoice is a part of this undo already.")
    # A bill that was freed is freed for good: what it charged is billed by another one.
    _reversed_uniq = models.UniqueIndex("(bill_id) WHERE state = 'reversed'", "This invoice was taken back already.")
    _done_has_note = models.Constraint(
        "CHECK (state <> 'done' OR note IS NOT NULL AND done_by_id IS NOT NULL)",
        "Who deals with an invoice says what was done.",
    )

    # === COMPUTE === #

    @api.depends("bill_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.move_id.name or line.bill_id.name

    # === ACTIONS === #

    def action_done(self, note=None):
        """Take invoices off the correction list, with a note of what was done; without one a window asks for it."""
        self.undo_id.check_access("write")
        others = self.filtered(lambda line: line.state != "open")
        if others:
            raise UserError(self.env._("%(invoice)s is not on the correction list.", invoice=others[0].display_name))
        if not note:
            return self.env["cloud.undo.note"]._open(self)
        # sudo: lines change by their buttons only, so no role may write them.
        self.sudo().write({"state": "done", "note": note, "done_by_id": self.env.uid, "done_at": fields.Datetime.now()})
        self.env["cloud.audit.event"]._record("correction_done", self, reason=note)
        return None

    def action_credit(self):
        """Give money back of this invoice."""
        self.ensure_one()
        return self.env["cloud.credit"]._open(self.move_id)

    def action_free(self):
        """Credit the whole invoice, so that what it charged is due again."""
        self.ensure_one()
        return self.move_id.action_cloud_free()

    def action_rate_again(self):
        """Compare what the customer was billed for the days of this invoice with the prices and usage of now."""
        self.ensure_one()
        return self.move_id.action_cloud_rate_again(self.undo_id.reason)

    def action_view_invoice(self):
        self.ensure_one()
        return self.bill_id.action_view_invoice() if self.move_id else self.bill_id.get_formview_action()

    # === BUSINESS === #

    def _set_told(self, blockers):
        """Note why these lines cannot be reversed, and what to do; without blockers they are reversed."""
        # sudo: see action_done.
        self.sudo().write(
            {
                "state": "open" if blockers else "planned",
                "is_planned": not blockers,
                "why_text": "\n".join(told.why for told in blockers) or False,
                "remedy_text": "\n".join(dict.fromkeys(told.what for told in blockers)) or False,
            }
        )

    def _get_summary(self):
        """The invoice in a line: whose, and how much."""
        amount = self.bill_id._format_amount(self.amount, self.currency_id)
        return f"{self.display_name}, {self.customer_id.name}: {amount} {self.currency_id.name}"
