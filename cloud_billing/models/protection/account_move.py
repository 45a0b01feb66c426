from odoo import models

# The documents that `account_edi_ubl_cii` reads, and what of them finds or makes the account that a bill is paid to.
_DOCUMENTS, _FINDS_ACCOUNT = "account.edi.common", "_import_partner_bank"


class AccountMove(models.Model):
    """A bill that comes as a file is made of all the file says, but for a bank account that nobody agreed on.

    Odoo reads such files in an add-on that is there as a rule and that this one does not need. So its reader is not
    inherited but wrapped when the models of a database are complete.
    """

    _inherit = "account.move"

    def _register_hook(self):
        super()._register_hook()
        documents = self.pool.models.get(_DOCUMENTS)
        # Wrapped is the class that the server made for this database: one that was wrapped has a method of its own.
        if documents is not None and _FINDS_ACCOUNT not in vars(documents):
            setattr(documents, _FINDS_ACCOUNT, _leave_out_accounts(getattr(documents, _FINDS_ACCOUNT)))

    def _tell_left_out(self, numbers):
        """Tell on the bill which accounts its file names that were not taken over, and what to do about them."""
        self.message_post(
            body=self.env._(
                "The file names the bank account %(numbers)s, which %(partner)s is not known to have. It was not "
                "added, because that takes the approval of a second person. Ask %(partner)s, by another way than "
                "this file, whether it is right; then: %(remedy)s",
                numbers=", ".join(numbers),
                partner=self.partner_id.display_name,
                remedy=self.env["res.partner.bank"]._get_making_remedy(),
            )
        )


def _leave_out_accounts(finds):
    """The method that finds or makes the account of a bill, of the one of Odoo: with those accounts alone that hold."""

    def _import_partner_bank(self, invoice, bank_details):
        left_out = []
        # What we are paid is not paid to an account of theirs, and Odoo leaves it aside.
        if not invoice.is_inbound():
            left_out = self.env["res.partner.bank"]._get_left_out(invoice.partner_id, bank_details)
        finds(self, invoice, [number for number in bank_details if number not in left_out])
        if left_out:
            invoice._tell_left_out(list(dict.fromkeys(left_out)))

    return _import_partner_bank
