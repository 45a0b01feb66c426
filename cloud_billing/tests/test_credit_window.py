from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .billing_common import D
from .test_price_credits import CreditCase


@tagged("post_install", "-at_install")
class TestCreditWindow(CreditCase):
    """An invoice of March with two lines: disk 100.00, and support 62.00 for the whole month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(TestCreditWindow.begin)

    def begin(self):
        fees = self.make_plan("Fees")
        self.make_version({"product_id": self.support.id, "unit_price": "62"}, plan=fees)
        self.make_subscription(self.acme, self.support, self.disk, plan=fees, date_start="2026-04-01")
        self.deliver_april()
        self.april = self.make_run("2026-05-01")
        self.post(self.april)
        self.invoice = self.by_customer(self.april)["Acme"].move_id.with_user(self.user_accountant)

    def open(self, invoice=None):
        action = (invoice or self.invoice).action_cloud_credit()
        credit = self.env[action["res_model"]].with_user(self.user_accountant).browse(action["res_id"])
        return Form(credit)

    def make(self, form):
        form.reason, form.date = "Outage", "2026-05-04"
        action = form.save().action_make()
        return self.env["cloud.bill.run"].browse(action["res_id"])

    def test_amounts_of_lines(self):
        form = self.open()
        self.assertEqual(
            [(line["name"], D(line["left"])) for line in form.line_ids._records], [("Disk", 100), ("Support", 62)]
        )
        with form.line_ids.edit(1) as line:
            line.amount = "12.50"
        run = self.make(form)
        self.assertEqual(self.amounts(run.bill_ids.rated_line_ids), ["-12.50"])
        self.assertEqual(run.bill_ids.rated_line_ids.corrects_id.move_id, self.invoice)

    def test_one_amount_is_shared_by_what_is_left_of_the_lines(self):
        form = self.open()
        form.way, form.amount = "amount", "10.00"
        # 10.00 x 100 / 162 = 6.1728 -> 6.17; the rest, 3.83, is of support.
        self.assertEqual([D(line["credit_amount"]) for line in form.line_ids._records], [D("6.17"), D("3.83")])
        self.assertEqual(D(form.total), 10)
        self.assertEqual(self.amounts(self.make(form).bill_ids), ["-10.00"])

    def test_a_percentage_of_the_chosen_lines(self):
        form = self.open()
        form.way, form.percent = "percent", "50"
        with form.line_ids.edit(0) as line:
            line.is_chosen = False
        self.assertEqual(self.amounts(self.make(form).bill_ids.rated_line_ids), ["-31.00"])

    def test_days_of_service(self):
        form = self.open()
        form.way, form.date_first, form.date_last = "days", "2026-04-10", "2026-04-12"
        # 3 of 30 days: 100.00 x 3/30 = 10.00, 62.00 x 3/30 = 6.20
        run = self.make(form)
        self.assertEqual(sorted(self.amounts(run.bill_ids.rated_line_ids)), ["-10.00", "-6.20"])
        lines = run.bill_ids.rated_line_ids
        self.assertEqual(
            {(str(line.service_start), str(line.service_end)) for line in lines}, {("2026-04-10", "2026-04-13")}
        )

    def test_nothing_and_too_much_are_refused(self):
        form = self.open()
        with self.assertRaisesRegex(UserError, "nothing would be given back"):
            self.make(form)
        form.way, form.amount = "amount", "162.01"
        with self.assertRaisesRegex(UserError, "nothing would be given back"):
            self.make(form)

    def test_an_invoice_that_was_given_back_whole_has_nothing_left(self):
        form = self.open()
        form.way, form.percent = "percent", "100"
        self.post(self.make(form))
        with self.assertRaisesRegex(UserError, "nothing is left"):
            self.open()

    def test_only_who_may_make_runs_gives_money_back(self):
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.user_viewer).action_cloud_credit()
