from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal

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
        """Whether a credit is above what one approver lets go; one in another currency counts as such.

        Small ones add up: what the same customer was given in the calendar month of the invoice date counts.
        """
        self.ensure_one()
        limit, bills = self.company_id.cloud_credit_limit, self._get_reviewed_bills()
        if not self.is_price_credit or limit is None:
            return False
        if bills.currency_id != self.company_id.currency_id:
            return True
        given = self._fetch_given(bills.customer_id)
        with exact():
            sums = {
                customer: given.get(customer.id, 0) - sum(of_customer.mapped("amount"))
                for customer, of_customer in bills.grouped("customer_id").items()
            }
            return -sum(bills.mapped("amount")) > limit or max(sums.values(), default=0) > limit

    def _fetch_given(self, customers):
        """{customer id: Decimal} of what other price credits give these customers in the month of this one.

        Those that wait for approval count, those that were cancelled or taken back do not. The customers are written
        first: of two credits submitted at once the second one fails, is tried again and sees the first.
        """
        self.env.flush_all()
        self.env.execute_query(
            SQL("UPDATE cloud_customer SET write_date = write_date WHERE id = ANY(%s) RETURNING id", customers.ids)
        )
        rows = self.env.execute_query(
            SQL(
                """
            SELECT b.customer_id, SUM(-b.amount)::text
              FROM cloud_bill b
              JOIN cloud_bill_run r ON r.id = b.run_id
             WHERE b.customer_id = ANY(%(customers)s)
               AND r.id <> %(run_id)s
               AND r.company_id = %(company_id)s
               AND r.is_price_credit
               AND r.state IN ('to_approve', 'approved', 'posting', 'posted', 'closed')
               AND date_trunc('month', r.invoice_date) = date_trunc('month', %(day)s::date)
               AND EXISTS (SELECT FROM cloud_charge c WHERE c.bill_id = b.id AND c.is_live)
          GROUP BY b.customer_id
            """,
                customers=customers.ids,
                run_id=self.id,
                company_id=self.company_id.id,
                day=self.invoice_date,
            )
        )
        return {customer_id: parse_decimal(given) for customer_id, given in rows}
