from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudCorrect(models.TransientModel):
    """Asks in which way a posted invoice is put right, and leads there; only the ways that are open to it are shown.

    Each way has rules, approval and window of its own: nothing happens here.
    """

    _name = "cloud.correct"
    _description = "Ways to Correct an Invoice"

    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        readonly=True,
        default=lambda self: self.env["account.move"].browse(self.env.context.get("active_id")),
    )
    can_credit = fields.Boolean(compute="_compute_ways")
    can_undo = fields.Boolean(compute="_compute_ways", help="It can be taken back with an approval.")
    can_free = fields.Boolean(compute="_compute_ways", help="The customer has it or has paid: a credit note frees it.")
    can_rate_again = fields.Boolean(compute="_compute_ways")
    can_write_off = fields.Boolean(compute="_compute_ways")
    why_text = fields.Text(string="Why Not Reversed", compute="_compute_ways")

    # === COMPUTE === #

    @api.depends("move_id")
    def _compute_ways(self):
        for window in self:
            window.update(window._get_ways())

    # === ACTIONS === #

    def action_credit(self):
        """Credit lines, an amount or days; the service stays billed."""
        return self.move_id.action_cloud_credit()

    def action_undo(self):
        """Take the whole invoice back with an approval; what it charged is due again."""
        return self.move_id.action_cloud_undo()

    def action_free(self):
        """Make a credit note of the whole invoice, to be sent; what it charged is due again."""
        return self.move_id.action_cloud_free()

    def action_rate_again(self):
        """Compare what was billed with the prices and usage of now."""
        return self.move_id.action_cloud_rate_again()

    def action_write_off(self):
        """Propose to give up what is still owed."""
        return self.move_id.action_cloud_write_off()

    # === BUSINESS === #

    @api.model
    def _open(self, move):
        self.check_access("create")
        move.check_access("read")
        if not move.cloud_bill_id or move.state != "posted":
            raise UserError(self.env._("%(invoice)s is no posted invoice of Cloud Billing.", invoice=move.display_name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct %(invoice)s", invoice=move.name),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_move_id": move.id},
        }

    def _get_ways(self):
        """{field: value} of what is open to the invoice."""
        move = self.move_id
        bill = move.cloud_bill_id
        freed = bill._get_free_blockers().get(bill, ()) if bill else ()
        outside = self.env["cloud.undo"]._get_undo_blockers(move).get(move.id, ()) if bill else ()
        is_billed = "billed" in bill.charge_ids.mapped("state")
        return {
            "can_credit": is_billed and self._has_left(),
            "can_undo": bool(bill) and not freed and not outside,
            "can_free": bool(bill) and not freed and bool(outside),
            "can_rate_again": is_billed and not bill.run_id.is_price_credit,
            "can_write_off": move.move_type == "out_invoice" and move.payment_state in ("not_paid", "partial"),
            "why_text": "\n".join([*freed, *(told.why for told in outside)]) or False,
        }

    def _has_left(self):
        """Whether something of the invoice is left that can be given back."""
        lefts = self.env["cloud.price.credit"]._get_left(self.move_id.invoice_line_ids.cloud_rated_line_ids)
        return any(left > 0 for left in lefts.values())
