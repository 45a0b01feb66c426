"""Debit notes are an add-on of Odoo; this one's tests run beside other add-ons, so there they can be tried."""

from odoo.addons.cloud_billing.tests.test_undo import MarchCase
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestDebitNotes(MarchCase):
    def test_a_debit_note_copies_no_link(self):
        wizard = (
            self.env["account.debit.note"]
            .with_context(active_model="account.move", active_ids=self.invoices["Acme"].ids)
            .create({"date": "2026-04-02", "copy_lines": True})
        )
        wizard.create_debit()
        debit = self.env["account.move"].search([("debit_origin_id", "=", self.invoices["Acme"].id)])
        self.assertEqual((len(debit), debit.cloud_bill_id.ids), (1, []))
