from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .billing_common import BillingCase


class OrderCase(BillingCase):
    """Acme has support at 10.00 a month in arrears from January on, and orders with budgets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "10"})
        cls.acme = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(cls.acme, cls.support)
        cls.line = cls.subscription.line_ids

    @classmethod
    def make_order(cls, name="PO-1", customer=None, **vals):
        return cls.env["cloud.customer.order"].create({"name": name, "customer_id": (customer or cls.acme).id, **vals})

    def add_line(self, **vals):
        return self.env["cloud.subscription.line"].create(
            {"subscription_id": self.subscription.id, "product_id": self.support.id, "name": "More support", **vals}
        )

    def post_month(self, cutoff):
        return self.post(self.make_run(cutoff))


@tagged("post_install", "-at_install")
class TestBudgetsOfOrders(OrderCase):
    def test_what_remains_is_the_budget_less_posted_bills_less_what_was_credited(self):
        order = self.make_order(amount="25")
        self.subscription.order_id = order
        run = self.make_run("2026-02-01")
        self.assertEqual(str(order.remaining_amount), "25", "what is not posted uses nothing")
        move = self.post(run)
        order.invalidate_recordset()
        self.assertEqual((str(order.billed_amount), str(order.remaining_amount)), ("10.00", "15.00"))
        self.assertEqual(move.ref, "PO-1")
        self.free(move, "2026-02-02")
        order.invalidate_recordset()
        self.assertEqual(str(order.remaining_amount), "25.00")

    def test_a_bill_above_what_remains_needs_a_look_and_leads_to_the_order(self):
        order = self.make_order(amount="25")
        self.subscription.order_id = order
        self.post_month("2026-02-01")
        self.post_month("2026-03-01")
        # 25.00 - 20.00 = 5.00 left for 10.00.
        bill = self.make_run("2026-04-01").bill_ids
        self.assertEqual(bill.state, "look")
        self.assertIn(f"10.00 {bill.currency_id.name} is more than the 5.00", bill.reason_text)
        action = bill.action_resolve()
        self.assertEqual((action["res_model"], action["res_id"]), ("cloud.customer.order", order.id))
        order.amount = "30"
        bill._assess()
        self.assertEqual(bill.state, "ready")

    def test_two_bills_of_one_run_do_not_both_take_what_is_left(self):
        self.acme.invoice_grouping = "subscription"
        other = self.make_subscription(self.acme, self.support)
        order = self.make_order(amount="15")
        (self.subscription | other).order_id = order
        bills = self.make_run("2026-02-01").bill_ids.sorted("id")
        self.assertEqual(
            ["order_exceeded" in [reason["code"] for reason in bill.reasons] for bill in bills], [False, True]
        )

    def test_an_order_that_is_not_valid_on_the_invoice_date_needs_a_look(self):
        order = self.make_order(date_start="2026-01-01", date_end="2026-03-01")
        self.subscription.order_id = order
        bill = self.make_run("2026-02-28").bill_ids
        self.assertNotIn("order_expired", str(bill.reasons))
        bill.run_id.action_cancel()
        for cutoff, dates, code in (
            ("2026-03-01", {}, "order_expired"),
            ("2026-03-01", {"date_start": "2026-06-01", "date_end": False}, "order_coming"),
            ("2026-03-01", {"date_start": False, "is_closed": True}, "order_closed"),
        ):
            order.write(dates)
            run = self.make_run(cutoff)
            self.assertIn(code, [reason["code"] for reason in run.bill_ids.reasons])
            self.assertIn("PO-1", run.bill_ids.reason_text)
            run.action_cancel()

    def test_an_order_without_a_budget_is_a_number(self):
        self.subscription.order_id = self.make_order()
        bill = self.make_run("2026-02-01").bill_ids
        self.assertEqual([reason["code"] for reason in bill.reasons], ["first_bill"])


@tagged("post_install", "-at_install")
class TestNumbersOnInvoices(OrderCase):
    def refs(self, cutoff="2026-02-01"):
        return sorted((move.ref or "", move.amount_untaxed) for move in self.post_month(cutoff))

    def test_lines_of_two_orders_are_two_invoices(self):
        self.subscription.order_id = self.make_order("PO-1")
        self.add_line(order_id=self.make_order("PO-2").id)
        self.add_line()
        self.assertEqual(self.refs(), [("PO-1", 20.0), ("PO-2", 10.0)])

    def test_a_line_without_an_order_is_not_billed_under_another_ones(self):
        self.add_line(order_id=self.make_order("PO-2").id)
        self.assertEqual(self.refs(), [("", 10.0), ("PO-2", 10.0)])

    def test_typed_numbers_of_two_subscriptions_are_two_invoices(self):
        self.subscription.order_reference = "A"
        self.make_subscription(self.acme, self.support, order_reference="B")
        self.assertEqual(self.refs(), [("A", 10.0), ("B", 10.0)])

    def test_the_customers_own_number_is_that_of_all_others(self):
        self.acme.order_reference = "A"
        self.make_subscription(self.acme, self.support, order_reference="A")
        self.assertEqual(self.refs(), [("A", 20.0)])

    def test_an_order_goes_before_a_typed_number(self):
        self.subscription.write({"order_reference": "old", "order_id": self.make_order("PO-1").id})
        self.assertEqual(self.refs(), [("PO-1", 10.0)])

    def test_which_order_it_was_stays_on_the_bill(self):
        order = self.make_order("PO-1", amount="100")
        self.subscription.order_id = order
        self.post_month("2026-02-01")
        self.subscription.order_id = self.make_order("PO-2")
        self.post_month("2026-03-01")
        order.invalidate_recordset()
        self.assertEqual(str(order.billed_amount), "10.00")


@tagged("post_install", "-at_install")
class TestOwnersOfOrders(OrderCase):
    def test_an_order_of_who_does_not_pay_is_refused(self):
        bolt = self.make_customer("Bolt")
        with self.assertRaisesRegex(ValidationError, "does not pay for Acme"):
            self.subscription.order_id = self.make_order(customer=bolt)
        with self.assertRaisesRegex(ValidationError, "does not pay for Acme"):
            self.line.order_id = self.make_order("PO-3", customer=bolt)

    def test_an_order_of_the_payer_is_taken(self):
        branch = self.make_customer("Branch", parent_id=self.acme.id)
        subscription = self.make_subscription(branch, self.support)
        (subscription | self.subscription).order_id = self.make_order()
        move = self.post_month("2026-02-01")
        self.assertEqual((move.ref, move.amount_untaxed), ("PO-1", 20.0))

    def test_an_order_in_use_is_closed_and_not_deleted(self):
        order = self.make_order()
        self.subscription.order_id = order
        with self.assertRaisesRegex(UserError, "Close it instead"):
            order.unlink()


@tagged("post_install", "-at_install")
class TestRollUp(OrderCase):
    """Acme pays for two branches, each with a subscription of its own; one of them has two contracts."""

    def test_the_payers_invoice_has_a_section_with_its_subtotal_for_each(self):
        north = self.make_customer("North", parent_id=self.acme.id)
        south = self.make_customer("South", parent_id=north.id)
        line = {"product_id": self.support.id, "name": "Support", "quantity": "3"}
        for customer in (south, north, south):
            self.make_subscription(customer, line)
        move = self.post_month("2026-02-01")
        self.assertEqual(move.partner_id, self.acme.partner_id)
        lines = move.invoice_line_ids.sorted("sequence")
        self.assertEqual(
            [(line.display_type, line.name.split("\n")[0]) for line in lines],
            [
                ("line_section", "Acme"),
                ("product", "Support"),
                ("line_section", "North"),
                ("product", "Support (North)"),
                ("line_section", "South"),
                ("product", "Support (South)"),
                ("product", "Support (South)"),
            ],
        )
        sections = lines.filtered(lambda line: line.display_type == "line_section")
        # Acme 1 x 10.00; North 3 x 10.00; South 2 contracts of 3 x 10.00.
        self.assertEqual([section.get_section_subtotal() for section in sections], [10.0, 30.0, 60.0])

    def test_who_pays_for_nobody_has_no_section(self):
        move = self.post_month("2026-02-01")
        self.assertEqual(move.invoice_line_ids.mapped("display_type"), ["product"])

    def test_the_cost_centre_of_each_line_reaches_its_move_line(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        sales, support = self.env["account.analytic.account"].create(
            [{"name": name, "plan_id": plan.id} for name in ("Sales", "Support")]
        )
        self.line.analytic_distribution = {str(sales.id): 100}
        self.add_line(analytic_distribution={str(support.id): 60, str(sales.id): 40})
        move = self.post_month("2026-02-01")
        # 10.00 of the first line, 10.00 of the second: 4.00 and 6.00 of that.
        amounts = dict.fromkeys((sales, support), 0.0)
        for line in move.invoice_line_ids.analytic_line_ids:
            amounts[line[plan._column_name()]] += line.amount
        self.assertEqual((amounts[sales], amounts[support]), (14.0, 6.0))
