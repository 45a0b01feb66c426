from odoo import fields, models
from odoo.exceptions import UserError

from ...engine.numbers import exact

# So many lines of a credit are told to its approver one by one.
_NAMED = 20


class CloudBillRun(models.Model):
    """A run that gives back what people decided: nothing of it is due, and nothing of it is rated."""

    _inherit = "cloud.bill.run"

    is_price_credit = fields.Boolean(
        string="Price Credit",
        readonly=True,
        copy=False,
        help="It gives money back of what was billed; the service stays billed, and no later run takes the money back.",
    )

    undo_count = fields.Integer(string="Undone", compute="_compute_undo_count")

    # === COMPUTE === #

    def _compute_undo_count(self):
        counts = dict(self.env["cloud.undo"]._read_group([("run_id", "in", self.ids)], ["run_id"], ["__count"]))
        for run in self:
            run.undo_count = counts.get(run._origin, 0)

    # === ACTIONS === #

    def action_undo(self):
        """Show which invoices of a posted run can be taken back; nothing happens before somebody else approves."""
        self.ensure_one()
        self._check_may_act()
        bills = self.bill_ids.filtered(lambda bill: bill.state in ("posted", "zero"))
        return self.env["cloud.undo"]._open_for(bills.filtered("charge_ids.is_live"), self)

    def action_view_undos(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_undo_action")
        return {**action, "domain": [("run_id", "=", self.id)], "context": {}}

    def action_back_to_draft(self):
        for run in self.filtered("is_price_credit"):
            raise UserError(
                self.env._("%(run)s gives money back: cancel it, then make the credit you want.", run=run.name)
            )
        return super().action_back_to_draft()

    # === HOOKS === #

    def _get_effect_notes(self, *args, **kwargs):
        notes = super()._get_effect_notes(*args, **kwargs)
        return [*self._get_credit_notes(), *notes] if self.is_price_credit else notes

    def _get_credit_notes(self):
        """What is given back of which invoice, as sentences for the approver."""
        lines = self.bill_ids.rated_line_ids
        lefts = self.env["cloud.price.credit"]._get_left(lines.corrects_id)
        notes = [
            self.env._(
                "%(invoice)s, %(line)s: %(amount)s of %(billed)s %(currency)s; %(left)s are left after it.",
                invoice=line.corrects_id.move_id.name,
                line=line.display_name,
                amount=line.bill_id._format_amount(-line.amount, line.currency_id),
                billed=line.bill_id._format_amount(line.corrects_id.amount, line.currency_id),
                left=line.bill_id._format_amount(lefts[line.corrects_id], line.currency_id),
                currency=line.currency_id.name,
            )
            for line in lines[:_NAMED]
        ]
        if len(lines) > _NAMED:
            notes.append(self.env._("%(count)s more lines.", count=len(lines) - _NAMED))
        return notes

    def _is_large_credit(self):
        """Whether a credit is above what one approver lets go; one in another currency counts as such."""
        self.ensure_one()
        limit, bills = self.company_id.cloud_credit_limit, self._get_reviewed_bills()
        if not self.is_price_credit or limit is None:
            return False
        with exact():
            return bills.currency_id != self.company_id.currency_id or -sum(bills.mapped("amount")) > limit
