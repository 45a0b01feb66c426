from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .invoicing_common import InvoicingCase


class GroupingCase(InvoicingCase):
    """Acme has support twice: of one subscription for sales, of the other for research."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.make_subscription(cls.acme, cls.support, date_start="2026-03-01")
        plan = cls.env["account.analytic.plan"].create({"name": "Cost centres"})
        cls.sales, cls.research = cls.env["account.analytic.account"].create(
            [{"name": name, "plan_id": plan.id, "company_id": cls.company.id} for name in ("Sales", "Research")]
        )
        cls.subscription.line_ids.analytic_distribution = {str(cls.sales.id): 100}
        cls.second.line_ids.analytic_distribution = {str(cls.research.id): 100}

    def bills(self, run):
        """(what for, amount) of the bills of a run."""
        return sorted((bill.grouping_text, str(bill.amount)) for bill in run.bill_ids if bill.state != "cancelled")


@tagged("post_install", "-at_install")
class TestGrouping(GroupingCase):
    def test_one_invoice_per_customer_is_what_holds_where_nobody_says_anything(self):
        self.assertEqual(self.bills(self.make_run()), [("", "200.00")])

    def test_one_invoice_per_subscription(self):
        self.acme.invoice_grouping = "subscription"
        names = sorted((self.subscription | self.second).mapped("display_name"))
        self.assertEqual(self.bills(self.make_run()), [(name, "100.00") for name in names])

    def test_one_invoice_per_cost_centre_and_what_is_split_is_of_both(self):
        self.acme.invoice_grouping = "cost_centre"
        split = self.make_subscription(self.acme, self.support, date_start="2026-03-01")
        split.line_ids.analytic_distribution = {str(self.sales.id): 60, str(self.research.id): 40}
        without = self.make_subscription(self.acme, self.support, date_start="2026-03-01")
        self.assertFalse(without.line_ids.analytic_distribution)
        run = self.make_run()
        expected = [("", "100.00"), ("Research", "100.00"), ("Sales", "100.00"), ("Sales + Research", "100.00")]
        self.assertEqual(self.bills(run), expected)
        moves = self.post(run)
        self.assertEqual(len(moves), 4)
        self.assertEqual(sum(moves.mapped("amount_untaxed")), 400.0)

    def test_one_invoice_per_purchase_order(self):
        self.acme.write({"invoice_grouping": "order", "order_reference": "PO-0"})
        orders = self.env["cloud.customer.order"].create({"name": "PO-1", "customer_id": self.acme.id})
        self.second.order_id = orders
        third = self.make_subscription(self.acme, self.support, date_start="2026-03-01")
        run = self.make_run()
        self.assertEqual(self.bills(run), [("PO-0", "200.00"), ("PO-1", "100.00")])
        self.assertEqual(sorted(self.post(run).mapped("ref")), ["PO-0", "PO-1"])
        self.assertTrue(third)

    def test_late_usage_on_an_invoice_of_its_own_keeps_its_purchase_order(self):
        self.acme.invoice_grouping = "subscription"
        order = self.env["cloud.customer.order"].create({"name": "PO-1", "customer_id": self.acme.id})
        row = {"subscription_id": self.subscription.id, "grouping": "subscription", "order_id": order.id}
        Bill = self.env["cloud.bill"]
        key = Bill._get_grouping_key(self.acme, {**row, "late_usage_policy": "own_invoice"})
        self.assertEqual(key, f"late; subscription {self.subscription.id}; order {order.id}")
        bill = Bill.new({"grouping_key": key})
        self.assertEqual(bill.grouping_text, f"late, {self.subscription.display_name}, PO-1")

    def test_cost_centres_and_purchase_orders_together(self):
        self.acme.invoice_grouping = "cost_centre"
        order = self.env["cloud.customer.order"].create({"name": "PO-1", "customer_id": self.acme.id})
        self.subscription.order_id = order
        self.assertEqual(self.bills(self.make_run()), [("Research", "100.00"), ("Sales, PO-1", "100.00")])

    def test_the_company_says_what_holds_for_its_customers(self):
        self.company.cloud_invoice_grouping = "cost_centre"
        self.assertEqual(len(self.make_run().bill_ids), 2)
        self.acme.invoice_grouping = "customer"
        self.assertEqual(len(self.make_run("2026-05-01").bill_ids), 1)

    def test_a_run_goes_on_as_it_began_until_it_is_rated_anew(self):
        run = self.make_run()
        self.acme.invoice_grouping = "subscription"
        self.adjust("50.00", run_id=run.id, subscription_line_id=self.second.line_ids.id)
        run.bill_ids.action_recalculate()
        self.assertEqual(self.bills(run), [("", "250.00")])
        run.action_back_to_draft()
        run.action_rate()
        names = [self.subscription.display_name, self.second.display_name]
        self.assertEqual(self.bills(run), sorted(zip(names, ["100.00", "150.00"], strict=True)))

    def test_a_one_off_amount_goes_with_its_cost_centre(self):
        self.acme.invoice_grouping = "cost_centre"
        self.adjust("50.00", analytic_distribution={str(self.research.id): 100})
        self.adjust("-10.00")
        # The second is of nothing: it joins the customer's first bill.
        amounts = sorted(amount for _name, amount in self.bills(self.make_run()))
        self.assertIn(amounts, (["100.00", "140.00"], ["150.00", "90.00"]))

    def test_another_module_can_add_a_grouping(self):
        Bill = type(self.env["cloud.bill"])
        original = Bill._get_grouping_key

        def get_key(bills, payer, charge):
            if charge["grouping"] == "number":
                return f"number {charge['subscription_id'] % 2}"
            return original(bills, payer, charge)

        # As if the selection had been extended.
        self.env.cr.execute("UPDATE cloud_customer SET invoice_grouping = 'number' WHERE id = %s", [self.acme.id])
        self.acme.invalidate_recordset()
        with patch.object(Bill, "_get_grouping_key", get_key):
            keys = set(self.make_run().bill_ids.mapped("grouping_key"))
        self.assertEqual(keys, {f"number {one.id % 2}" for one in self.subscription | self.second})

    def test_statements_do_not_grow_with_bills(self):
        def count(number):
            for place in range(number):
                customer = self.make_customer(f"Customer {self.env.cr.sql_log_count} {place}")
                self.make_subscription(customer, self.support, date_start="2026-03-01")
            run = self.start_run()
            while run._rate_chunk():
                pass
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["cloud.bill"]._group_charges(run)
            taken = self.env.cr.sql_log_count - before
            run.action_cancel()
            return taken

        count(1)
        self.assertEqual(count(2), count(20))


@tagged("post_install", "-at_install")
class TestBrands(GroupingCase):
    def make_brand(self, name, code, **vals):
        journal = self.env["account.journal"].create(
            {"name": name, "code": code, "type": "sale", "company_id": self.company.id, **vals}
        )
        return self.env["cloud.brand"].create(
            {
                "name": name,
                "journal_id": journal.id,
                "company_id": self.company.id,
                "email_from": f"{code}@acme.example",
            }
        )

    def test_two_brands_number_their_invoices_on_their_own(self):
        north, south = self.make_brand("North", "NOR"), self.make_brand("South", "SOU")
        self.acme.brand_id = north
        other, third = self.make_customer("Other", brand_id=south.id), self.make_customer("Third", brand_id=south.id)
        for customer in (other, third):
            self.make_subscription(customer, self.support, date_start="2026-03-01")
        moves = self.post(self.make_run())
        self.assertEqual(
            sorted((move.name, move.journal_id.code, move.cloud_brand_id.name) for move in moves),
            [
                ("NOR/2026/00001", "NOR", "North"),
                ("SOU/2026/00001", "SOU", "South"),
                ("SOU/2026/00002", "SOU", "South"),
            ],
        )
        Send = self.env["account.move.send"]
        template = self.env.ref("account.email_template_edi_invoice")
        move = moves.filtered(lambda one: one.cloud_brand_id == north)
        sender = Send._get_mail_default_field_value_from_template(template, "en_US", move, "email_from")
        self.assertEqual(sender, "NOR@acme.example")

    def test_a_brand_that_changes_after_the_approval_is_not_posted(self):
        run = self.make_run()
        self.approve(run)
        self.acme.brand_id = self.make_brand("North", "NOR")
        run.with_user(self.user_accountant).action_post()
        self.assertEqual(run.bill_ids.state, "parked")

    def test_a_journal_that_does_not_take_the_customers_currency_is_refused(self):
        currencies = self.env["res.currency"].with_context(active_test=False)
        other = currencies.search([("id", "!=", self.acme.currency_id.id)], limit=1)
        other.active = True
        brand = self.make_brand("Abroad", "ABR", currency_id=other.id)
        with self.assertRaisesRegex(ValidationError, "takes .* only"):
            self.acme.brand_id = brand
        north = self.make_brand("North", "NOR")
        self.acme.brand_id = north
        with self.assertRaisesRegex(ValidationError, "takes .* only"):
            north.journal_id = brand.journal_id

    def test_a_brand_and_another_journal_of_the_customer_are_refused(self):
        self.acme.journal_id = self.company_data["default_journal_sale"]
        with self.assertRaisesRegex(ValidationError, "Leave the customer's journal empty"):
            self.acme.brand_id = self.make_brand("North", "NOR")

    def test_a_brand_of_another_company_is_refused(self):
        brand = self.make_brand("North", "NOR")
        company = self.env["res.company"].create({"name": "Another"})
        journal = self.env["account.journal"].create(
            {"name": "Far", "code": "FAR", "type": "sale", "company_id": company.id}
        )
        with self.assertRaisesRegex(UserError, "another company|company"):
            brand.journal_id = journal

    def test_the_forms_are_saved_by_an_accountant(self):
        with Form(self.acme.with_user(self.user_accountant)) as form:
            form.invoice_grouping = "cost_centre"
            form.line_budget = 5
        form = Form(self.env["cloud.brand"].with_user(self.user_accountant))
        form.name, form.journal_id = "North", self.company_data["default_journal_sale"]
        form.save()
