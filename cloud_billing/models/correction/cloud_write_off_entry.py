from odoo import models
from odoo.exceptions import UserError


class CloudWriteOff(models.Model):
    """What a write-off is in the ledger: an ordinary entry, reconciled with the invoice, and its reversal."""

    _inherit = "cloud.write.off"

    # === BUSINESS: THE LEDGER === #

    def _post_entry(self):
        """Create and post the entry, and reconcile it with what is open of the invoice; returns it."""
        Move = self.env["account.move"].with_company(self.company_id)
        entry = Move.create(self._prepare_entry_vals())
        entry._post(soft=False)
        given = entry.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        for line in given:
            (
                line | self._get_open_lines().filtered(lambda one, line=line: one.account_id == line.account_id)
            ).reconcile()
        if self.currency_id.compare_amounts(sum(given.mapped("amount_residual_currency")), 0):
            raise UserError(
                self.env._(
                    "%(record)s: the invoice was paid meanwhile. Look at what is open.", record=self.display_name
                )
            )
        return entry

    def _prepare_entry_vals(self):
        """Return the values of the entry: the loss, and what is not owed any more per open line of the invoice.

        A part of an open line has that part of its balance, so a whole one leaves no difference of exchange.
        """
        lines, left = [], self.amount
        for line in self._get_open_lines():
            open_amount = self._to_amount(line.amount_residual_currency)
            taken = min(left, open_amount)
            if taken <= 0:
                continue
            left -= taken
            share = float(taken / open_amount)
            lines.append((line, float(taken), self.company_id.currency_id.round(line.amount_residual * share)))
        name = self.env._("Write-off of %(invoice)s: %(reason)s", invoice=self.move_id.name, reason=self.reason)
        credits = [
            {
                "name": name,
                "account_id": line.account_id.id,
                "partner_id": line.partner_id.id,
                "currency_id": self.currency_id.id,
                "amount_currency": -amount,
                "balance": -balance,
            }
            for line, amount, balance in lines
        ]
        loss = {
            "name": name,
            "account_id": self.account_id.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "amount_currency": float(self.amount),
            "balance": sum(balance for _line, _amount, balance in lines),
            "tax_ids": [(5,)],
        }
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            "journal_id": self.journal_id.id,
            "date": self.date,
            "ref": name,
            "cloud_write_off_id": self.id,
            "line_ids": [(0, 0, vals) for vals in (loss, *credits)],
        }

    def _undo(self, day):
        """Reverse the entry on a day, so that the invoice is owed again."""
        # sudo: the entry was posted by whoever approved it; its reversal is the button of who may write write-offs.
        entry = self.sudo().entry_id
        entry.line_ids.remove_move_reconcile()
        reversal = entry._reverse_moves(
            [
                {
                    "date": day,
                    "ref": self.env._("Undoes %(entry)s", entry=entry.name),
                    "cloud_write_off_id": self.id,
                }
            ],
            cancel=True,
        )
        # sudo: what undid it is no field that a person writes.
        self.sudo().reversal_id = reversal
        self.env["cloud.intervention"]._note(
            "reversed",
            self,
            self.env._("%(record)s is undone by %(entry)s", record=self.display_name, entry=reversal.name),
            amount=self.amount,
            currency=self.currency_id,
        )
