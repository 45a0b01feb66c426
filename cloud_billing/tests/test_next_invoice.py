from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .billing_common import BillingCase, D

# A day in March 2026, the middle of a period.
NOW = datetime(2026, 3, 10, 12)


@tagged("post_install", "-at_install")
class TestNextInvoice(BillingCase):
    """Support at 10.00 a month in advance, disk at 0.10 per GB in arrears; from 1 January 2026 on, net of 21 % tax."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env["account.tax"].create(
            {"name": "VAT 21 %", "amount": 21, "type_tax_use": "sale", "company_id": cls.company.id}
        )
        (cls.support | cls.disk).taxes_id = cls.tax
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "10"}, {"product_id": cls.disk.id, "unit_price": "0.10"}
        )
        cls.customer = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(
            cls.customer,
            {"product_id": cls.support.id, "timing": "advance", "quantity": "3"},
            cls.disk,
            date_start="2026-03-01",
        )
        cls.stream = cls.make_stream("disk")
        cls.map_stream(cls.stream, cls.subscription.line_ids[1])
        cls.set_company_state("live")

    def count(self):
        return {
            model: self.env[model].search_count([("company_id", "=", self.company.id)])
            for model in ("cloud.bill.run", "cloud.billing.period", "cloud.charge", "cloud.rated.line", "cloud.bill")
        }

    def test_it_is_what_falls_due_up_to_the_end_of_the_period(self):
        self.deliver({"stream": self.stream, "quantity": "100"})
        found = self.subscription._get_next_invoice(NOW)
        # March and April in advance, 3 x 10.00 each; disk of March 100 x 0.10 = 10.00: 70.00, tax 14.70.
        self.assertEqual(str(found.day), "2026-04-01")
        (bill,) = found.bills
        self.assertEqual([line.amount for line in bill.lines], [D("30.00"), D("30.00"), D("10.00")])
        self.assertEqual((bill.untaxed, bill.tax, bill.total), (D("70.00"), D("14.70"), D("84.70")))
        self.assertFalse(bill.is_credit)

    def test_nothing_of_it_stays(self):
        self.deliver({"stream": self.stream, "quantity": "100"})
        before = self.count()
        self.subscription._get_next_invoice(NOW)
        self.env.invalidate_all()
        self.assertEqual(self.count(), before)

    def test_it_is_what_is_then_billed(self):
        self.deliver({"stream": self.stream, "quantity": "100"})
        (bill,) = self.subscription._get_next_invoice(NOW).bills
        run = self.make_run(cutoff="2026-04-01")
        self.post(run)
        self.assertEqual(D(str(run.bill_ids.move_id.amount_total)), bill.total)
        self.assertEqual(
            run.bill_ids.move_id.invoice_line_ids.filtered(lambda line: line.display_type == "product").mapped("name"),
            [line.text for line in bill.lines],
        )

    def test_what_becomes_no_invoice_is_none(self):
        free = self.make_subscription(self.customer, self.support, activate=False, date_start="2026-03-01")
        free._apply_phases([{"count": 3, "percent": "-100"}])
        # An invoice of 0.00 is made only for a customer who wants one.
        self.assertFalse(free._get_next_invoice(NOW).bills)
        self.customer.is_zero_invoiced = True
        self.assertEqual(free._get_next_invoice(NOW).bills[0].total, 0)

    def test_a_draft_is_shown_as_if_it_were_activated(self):
        draft = self.make_subscription(self.customer, self.support, activate=False, date_start="2026-03-01")
        (bill,) = draft._get_next_invoice(NOW).bills
        self.assertEqual(bill.untaxed, D("10.00"))
        self.assertEqual(draft.state, "draft")

    def test_a_change_is_shown_beside_what_it_would_be_otherwise(self):
        line = self.subscription.line_ids[0]
        before = self.subscription._get_next_invoice(NOW)
        after = self.subscription._get_next_invoice(NOW, lambda: line.write({"quantity": D(5)}))
        # 2 periods x 2 more x 10.00 x 1.21.
        ((_currency, old, new, difference),) = self.subscription._compare_totals(before, after)
        self.assertEqual((old, new, difference), (D("72.60"), D("121.00"), D("48.40")))
        self.assertEqual(line.quantity, 3)
        html = self.subscription._render_next_invoice(after, before)
        self.assertIn("48.40", html)

    def test_what_the_change_refuses_is_refused_here(self):
        with self.assertRaisesRegex(UserError, "ends after it starts|not within"):
            self.subscription._get_next_invoice(
                NOW, lambda: self.subscription.line_ids[0].write({"date_end": "2026-02-01"})
            )

    def test_a_missing_price_is_told(self):
        bare = self.make_subscription(self.customer, self.set_up, date_start="2026-03-01")
        found = bare._get_next_invoice(NOW)
        self.assertFalse(found.bills)
        self.assertEqual(len(found.problems), 1)

    def test_who_may_not_read_the_subscription_sees_nothing(self):
        stranger = self.env["res.users"].create({"name": "Stranger", "login": "next_invoice_stranger"})
        with self.assertRaises(AccessError):
            self.subscription.with_user(stranger).action_preview_invoice()

    def test_a_viewer_sees_it_in_a_window(self):
        action = self.subscription.with_user(self.user_viewer).action_preview_invoice()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertIn("30.00", wizard.html)

    def count_statements(self):
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.subscription._get_next_invoice(NOW)
        return self.cr.sql_log_count - before

    def test_statements_do_not_grow_with_other_subscriptions(self):
        self.count_statements()
        few = self.count_statements()
        for number in range(10):
            self.make_subscription(self.make_customer(f"Other {number}"), self.support, date_start="2026-03-01")
        self.assertEqual(self.count_statements(), few)
