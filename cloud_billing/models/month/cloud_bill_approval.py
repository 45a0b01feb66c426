from odoo import fields, models

from ...engine.numbers import to_text
from ...fields import DecimalField

# Lines that a checker reads; the bill itself is one click away.
_SHOWN = 20

# Whatever posts it: an invoice that needs an approval of its own is not posted without one of just this content.
_GUARD = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_large_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM cloud_bill_approval
         WHERE bill_id = NEW.id AND state = 'approved' AND content_hash = NEW.content_hash
    ) THEN
        RAISE EXCEPTION 'An invoice of this amount needs an approval of its own.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard_large BEFORE UPDATE OF state ON cloud_bill
    FOR EACH ROW WHEN (NEW.is_large AND NEW.state = 'posted' AND OLD.state <> 'posted')
    EXECUTE FUNCTION cloud_billing_guard_large_bill();
"""


class CloudBillApproval(models.Model):
    """The approval of one large bill by itself, of just the content that its run was approved with."""

    _name = "cloud.bill.approval"
    _description = "Approval of a Large Invoice"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "large_bill"
    _order = "id desc"

    bill_id = fields.Many2one("cloud.bill", required=True, ondelete="restrict", index=True, readonly=True)
    run_id = fields.Many2one(related="bill_id.run_id")
    customer_id = fields.Many2one(related="bill_id.customer_id")
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict", readonly=True)
    amount = DecimalField(currency_field="currency_id", required=True, readonly=True)
    content_hash = fields.Char(required=True, readonly=True)

    _one_per_content = models.UniqueIndex(
        "(bill_id) WHERE state IN ('pending', 'approved')", "This invoice waits for its approval, or has it already."
    )

    def init(self):
        result = super().init()
        self.pool.post_init(self.env.cr.execute, _GUARD)
        return result

    # === COMPUTE === #

    def _compute_display_name(self):
        for approval in self:
            approval.display_name = approval.bill_id.name

    # === BUSINESS: AGREED === #

    def _take_effect(self, write):
        result = super()._take_effect(write)
        self.bill_id._resume_large()
        return result

    def _get_problems(self):
        bill = self.bill_id
        if bill.state in ("ready", "parked") and bill.content_hash == self.content_hash:
            return super()._get_problems()
        return [
            *super()._get_problems(),
            self.env._("%(bill)s does not wait to be posted any more. Reject or withdraw this.", bill=bill.name),
        ]

    def _get_content(self):
        return [self.bill_id.id, self.content_hash, to_text(self.amount), self.currency_id.name]

    def _get_effect_values(self):
        bill = self.bill_id
        lines = bill.rated_line_ids[:_SHOWN]
        return {
            self.env._("Customer"): bill.customer_id.display_name,
            self.env._("Total"): self._tell(self.amount),
            **{
                self.env._("%(line)s, %(day)s", line=line.name, day=line.service_start): self._tell(line.amount)
                for line in lines
            },
        }

    def _get_effect_notes(self):
        bill, notes = self.bill_id, super()._get_effect_notes()
        if bill.previous_amount is not None:
            notes.append(self.env._("The last bill came to %(amount)s.", amount=self._tell(bill.previous_amount)))
        if bill.release_note:
            notes.append(
                self.env._("Released by %(person)s: %(note)s", person=bill.released_by_id.name, note=bill.release_note)
            )
        if len(bill.rated_line_ids) > _SHOWN:
            notes.append(self.env._("It has %(count)s lines.", count=len(bill.rated_line_ids)))
        return notes

    def _tell(self, amount):
        return f"{self.env['cloud.bill']._format_amount(amount, self.currency_id)} {self.currency_id.name}"
