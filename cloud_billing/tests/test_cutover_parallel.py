import base64

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import tagged

from .billing_common import BillingCase, D


@tagged("post_install", "-at_install")
class TestAParallelMonth(BillingCase):
    """Acme pays 50.00 here and there; Globex 20.00 here and 25.00 there; Initech is only ours, Hooli only theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "10"})
        cls.customers = {
            code: cls.make_customer(name, code=code)
            for code, name in (("A", "Acme"), ("G", "Globex"), ("I", "=Initech"))
        }
        for code, seats in (("A", "5"), ("G", "2"), ("I", "1")):
            cls.make_subscription(
                cls.customers[code],
                {"product_id": cls.support.id, "quantity": seats},
                date_start="2026-03-01",
            )

    FILE = "customer,total,invoice\nA,30.00,F1\nA,20,F2\nG,25.00,F3\nH,7.00,F4\n"

    def compare(self, text=FILE, run=None, **vals):
        self.set_company_state("live")
        run = run or self.make_run()
        self.release_all(run)
        parallel = (
            self.env["cloud.parallel"]
            .with_user(self.user_accountant)
            .create({"run_id": run.id, "file": base64.b64encode(text.encode()), "file_name": "old.csv", **vals})
        )
        parallel.action_compare()
        return parallel

    def rows(self, parallel):
        return [
            (line.customer_key, line.amount_ours, line.amount_theirs, line.difference, line.state)
            for line in parallel.line_ids.sorted(lambda line: (-line.size, line.customer_key))
        ]

    def test_each_customer_beside_theirs_the_largest_difference_first(self):
        parallel = self.compare()
        self.assertEqual(
            self.rows(parallel),
            [
                ("I", D("10.00"), None, D("10.00"), "only_ours"),
                ("H", None, D("7.00"), D("-7.00"), "only_theirs"),
                ("G", D("20.00"), D("25.00"), D("-5.00"), "differs"),
                ("A", D("50.00"), D("50.00"), D("0.00"), "equal"),
            ],
        )
        self.assertEqual(parallel.line_ids.filtered(lambda line: line.customer_key == "A").invoices, "F1, F2")
        # 80.00 of ours, 82.00 of theirs.
        self.assertIn("4 customers: ours 80.00", parallel.total_text)
        self.assertIn("difference -2.00", parallel.total_text)

    def test_one_difference_is_found_and_explained_before_the_run_is_submitted(self):
        parallel = self.compare("customer,total\nA,50\nG,25\nI,10\n")
        run = parallel.run_id.with_user(self.user_accountant)
        with self.assertRaisesRegex(RedirectWarning, "1 differences to the other system's totals are not explained"):
            run.action_submit()
        line = parallel.line_ids.filtered(lambda one: one.state == "differs")
        with self.assertRaisesRegex(UserError, "Say in the note why"):
            line.action_explain()
        line.note = "They billed a seat that was given up in February."
        line.action_explain()
        self.assertEqual(line.explained_by_id, self.user_accountant)
        run.action_submit()
        self.assertEqual(run.state, "to_approve")
        self.assertIn("Globex by -5.00", "\n".join(run.request_id.sudo().effect["notes"]))
        with self.assertRaisesRegex(UserError, "not in review any more"):
            line.note = "Otherwise"

    def test_up_to_the_tolerance_nothing_is_to_explain(self):
        parallel = self.compare("customer,total\nA,50\nG,25\nI,10\n", tolerance="5")
        self.assertEqual(parallel.line_ids.mapped("state").count("within"), 1)
        self.assertFalse(parallel._get_blockers())
        parallel.tolerance = "4.99"
        parallel.action_compare()
        self.assertEqual(parallel.open_count, 1)

    def test_switched_off_it_only_lists(self):
        parallel = self.compare(is_blocking=False)
        self.assertEqual(parallel.open_count, 3)
        parallel.run_id.with_user(self.user_accountant).action_submit()
        self.assertEqual(parallel.run_id.state, "to_approve")

    def test_bills_that_changed_since_are_compared_again_and_explanations_of_other_sums_lapse(self):
        parallel = self.compare("customer,total\nA,51\nG,25\nI,10\n")
        for line in parallel.line_ids.filtered(lambda one: one.state == "differs"):
            line.write({"note": "Known", "is_explained": True})
        run = parallel.run_id
        run.bill_ids.filtered(lambda bill: bill.customer_id == self.customers["G"]).action_exclude("Not yet")
        self.assertRegex(run._get_submit_blockers()[-1], "not compared with its bills as they are now")
        parallel.action_compare()
        self.assertEqual(
            [(line.customer_key, line.is_explained) for line in parallel.line_ids.filtered("size").sorted("size")],
            [("A", True), ("G", False)],
        )

    def test_totals_with_tax_are_compared_with_what_the_invoices_would_total(self):
        self.support.taxes_id = self.tax_sale_a
        before = self.env["account.move"].search_count([])
        # 15 %: 50.00 + 7.50.
        parallel = self.compare("customer,total\nA,57.50\nG,23.00\nI,11.50\n", basis="gross")
        self.assertEqual(set(parallel.line_ids.mapped("state")), {"equal"})
        self.assertEqual(self.env["account.move"].search_count([]), before)

    def test_whoever_is_paid_for_is_on_the_bill_of_the_payer(self):
        self.customers["G"].parent_id = self.customers["A"]
        parallel = self.compare("customer,total\nA,50\nG,20\nI,10\n")
        self.assertEqual(self.rows(parallel)[-1][:3], ("I", D("10.00"), D("10")))
        self.assertEqual(set(parallel.line_ids.mapped("state")), {"equal"})

    def test_a_wrong_file_is_refused_with_all_its_rows(self):
        with self.assertRaisesRegex(UserError, "(?s)Row 2 needs.*Row 4 needs"):
            self.compare("customer,total,currency\nA,fifty,\nG,20,\nI,10,XXQ\n")

    def test_the_export_has_the_list_and_no_formula(self):
        text = self.compare()._export_lines().decode("utf-8-sig").splitlines()
        self.assertEqual(text[1].split(",")[:7], ["I", "'=Initech", "USD", "10", "", "10", "Only ours"])

    def test_amounts_are_nobodys_to_write(self):
        parallel = self.compare()
        line = parallel.line_ids[0]
        with self.assertRaisesRegex(UserError, "Amounts are worked out"):
            line.with_user(self.user_accountant).write({"amount_theirs": "1"})
        with self.assertRaises(AccessError):
            line.with_user(self.user_viewer).write({"note": "x"})
