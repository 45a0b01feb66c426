import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .invoicing_common import InvoicingCase


class BillEditCase(InvoicingCase):
    def setUp(self):
        super().setUp()
        self.run_of_march = self.make_run()
        self.bill = self.run_of_march.bill_ids

    def edit(self, bill=None, lines=None, **texts):
        """Write texts on a bill by its window; lines: texts of its lines, in their order."""
        bill = (bill or self.bill).with_user(self.user_accountant)
        action = bill.action_edit_texts()
        window = self.env[action["res_model"]].with_user(self.user_accountant).browse(action["res_id"])
        with Form(window) as form:
            for name, text in texts.items():
                form[name] = text
            for place, text in enumerate(lines or ()):
                with form.line_ids.edit(place) as line:
                    line.text = text
        window.action_save()

    def printed(self, bill=None):
        """What the invoice of a bill would say: its order number, the texts of its lines, what stands below."""
        vals = (bill or self.bill)._prepare_move_vals()
        names = [line["name"] for _command, _id, line in vals["invoice_line_ids"]]
        return vals["ref"] or None, names, str(vals.get("narration", ""))


@tagged("post_install", "-at_install")
class TestTextsOfABill(BillEditCase):
    def test_texts_and_order_number_are_printed_and_kept_when_the_bill_is_worked_out_anew(self):
        self.edit(header_text="Thank you", footer_text="See you", order_reference="PO-7", lines=["Our support"])
        expected = ("PO-7", ["Thank you", "Our support"], "<p>See you</p>")
        self.assertEqual(self.printed(), expected)
        self.bill.action_recalculate()
        self.assertEqual(self.printed(), expected)
        self.run_of_march.action_back_to_draft()
        self.run_of_march.action_rate()
        self.assertEqual(self.printed(self.run_of_march.bill_ids), expected)
        move = self.post(self.run_of_march)
        self.assertEqual((move.ref, str(move.narration)), ("PO-7", "<p>See you</p>"))
        self.assertEqual(move.invoice_line_ids.sorted("sequence").mapped("name"), ["Thank you", "Our support"])

    def test_an_empty_text_is_what_the_bill_says_by_itself(self):
        before = self.printed()
        self.edit(header_text="Thank you", order_reference="PO-7", lines=["Our support"])
        self.edit(header_text="", order_reference="", lines=[""])
        self.assertEqual(self.printed(), before)
        self.assertFalse(self.env["cloud.bill.text"].search([("run_id", "=", self.run_of_march.id)]))

    def test_a_line_that_stays_as_it_was_is_not_kept(self):
        self.edit(lines=[self.printed()[1][0]])
        self.assertFalse(self.bill.own_texts)

    def test_the_terms_of_the_company_follow_the_text(self):
        self.env["ir.config_parameter"].sudo().set_param("account.use_invoice_terms", "1")
        self.company.write({"terms_type": "plain", "invoice_terms": "<p>30 days</p>"})
        self.edit(footer_text="See <you>")
        self.assertEqual(self.printed()[2], "<p>See &lt;you&gt;</p><p>30 days</p>")

    def test_the_preview_is_printed_too_and_leaves_no_invoice(self):
        self.edit(header_text="Thank you")
        preview = self.env["cloud.bill.preview"].browse(self.bill.action_preview()["res_id"])
        self.assertIn("Thank you", str(preview.html))
        action = preview.action_download_pdf()
        self.assertIn(f"/web/content/cloud.bill.preview/{preview.id}/pdf", action["url"])
        self.assertTrue(preview.pdf)
        self.assertFalse(self.env["account.move"].search([("cloud_bill_id", "=", self.bill.id)]))

    def test_a_text_belongs_to_one_run(self):
        self.edit(header_text="Thank you")
        self.post(self.run_of_march)
        self.assertNotIn("Thank you", self.printed(self.make_run("2026-05-01").bill_ids)[1])

    def test_what_was_approved_is_what_is_posted(self):
        self.edit(header_text="Thank you")
        self.approve(self.run_of_march)
        with self.assertRaisesRegex(UserError, "not in review any more"):
            self.bill.with_user(self.user_accountant).action_edit_texts()
        text = self.env["cloud.bill.text"].search([("run_id", "=", self.run_of_march.id)])
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            text.text = "Another"
            self.env.flush_all()
        # Whoever owns the database goes round the trigger: the seal says so.
        self.env.cr.execute("ALTER TABLE cloud_bill_text DISABLE TRIGGER cloud_bill_text_frozen")
        text.text = "Another"
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE cloud_bill_text ENABLE TRIGGER cloud_bill_text_frozen")
        self.run_of_march.with_user(self.user_accountant).action_post()
        self.assertEqual(self.bill.state, "parked")
        self.assertIn("not what was approved", self.bill.reason_text)

    def test_an_order_number_that_changes_after_the_approval_is_not_posted(self):
        self.acme.order_reference = "PO-1"
        self.approve(self.run_of_march)
        self.acme.order_reference = "PO-2"
        self.run_of_march.with_user(self.user_accountant).action_post()
        self.assertEqual(self.bill.state, "parked")

    def test_who_may_not_review_may_not_write_texts(self):
        for user in (self.user_viewer, self.user_approver, self.user_auditor):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.bill.with_user(user).action_edit_texts()

    def test_texts_of_many_bills_are_read_at_once(self):
        def count(number):
            for _one in range(number):
                customer = self.make_customer(f"Customer {self.env.cr.sql_log_count}")
                self.make_subscription(customer, self.support, date_start="2026-03-01")
            run = self.make_run()
            self.env.flush_all()
            self.env.invalidate_all()
            bills = run.bill_ids
            bills.mapped("customer_id.order_reference")
            before = self.env.cr.sql_log_count
            for bill in bills:
                bill._get_header_text()
            taken = self.env.cr.sql_log_count - before
            run.action_cancel()
            return taken

        self.run_of_march.action_cancel()
        self.assertEqual(count(2), count(20))


@tagged("post_install", "-at_install")
class TestLinesAndDiscountsOfABill(BillEditCase):
    def add(self, kind, **vals):
        bill = self.bill.with_user(self.user_accountant)
        action = bill.action_add_line() if kind == "added" else bill.action_discount()
        form = Form(self.env[action["res_model"]].with_user(self.user_accountant).with_context(**action["context"]))
        form.reason, form.product_id = "Agreed by phone", self.extra
        for name, value in vals.items():
            form[name] = value
        form.save().action_confirm()

    def test_a_line_is_added_for_the_days_of_the_bill(self):
        self.add("added", name="Migration", amount="50.00")
        self.assertEqual(self.told(self.run_of_march), [("Support", "100.00"), ("Migration", "50.00")])
        added = self.bill.adjustment_ids
        self.assertEqual((str(added.service_start), str(added.service_end)), ("2026-03-01", "2026-04-01"))

    def test_a_discount_is_typed_as_people_say_it(self):
        self.add("discount", measure="amount", amount="5.00")
        self.add("discount", percent="10")
        # 10 % of 100.00 - 5.00
        self.assertEqual(self.told(self.run_of_march)[1:], [("Discount", "-5.00"), ("Discount", "-9.50")])
        self.assertEqual(self.amounts(self.bill), ["85.50"])

    def test_of_the_bill_it_was_made_for_where_the_customer_gets_several(self):
        self.run_of_march.action_cancel()
        self.acme.invoice_grouping = "subscription"
        second = self.make_subscription(self.acme, self.support, date_start="2026-03-01")
        run = self.make_run()
        self.bill = run.bill_ids.filtered(lambda bill: str(second.id) in bill.grouping_key)
        self.add("discount", percent="10")
        run.action_back_to_draft()
        run.action_rate()
        self.assertEqual(
            {bill.grouping_key: str(bill.amount) for bill in run.bill_ids},
            {f"subscription {self.subscription.id}": "100.00", f"subscription {second.id}": "90.00"},
        )

    def test_nothing_is_no_amount(self):
        with self.assertRaisesRegex(UserError, "say how much"):
            self.add("added", name="Nothing")

    def test_a_bill_and_its_run_are_saved_by_an_accountant(self):
        self.add("added", name="Migration", amount="50.00")
        Form(self.run_of_march.with_user(self.user_accountant)).save()
        Form(self.bill.with_user(self.user_accountant))
