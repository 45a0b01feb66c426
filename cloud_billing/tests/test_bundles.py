from odoo.exceptions import UserError
from odoo.tests import tagged
from psycopg2.errors import CheckViolation

from .billing_common import BillingCase, D


class BundleCase(BillingCase):
    """A starter set of compute, storage and backup, each with an income account of its own; March 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        revenue = cls.company_data["default_account_revenue"]
        cls.compute, cls.storage, cls.backup, cls.phone = (
            cls.make_product(name, "recurring", property_account_income_id=revenue.copy().id)
            for name in ("Compute", "Storage", "Backup", "Phone support")
        )
        cls.starter = cls.make_product("Starter", "recurring")

    @classmethod
    def make_bundle(cls, *parts, approve=True, **vals):
        """A bundle; parts: dicts, or (product, stand-alone price or None)."""
        state = cls.company.cloud_billing_state
        cls.set_company_state("setup")
        bundle = cls.env["cloud.bundle"].create(
            {
                "company_id": cls.company.id,
                "product_id": cls.starter.id,
                "date_start": "2026-01-01",
                "currency_id": cls.currency.id,
                "part_ids": [
                    (0, 0, part if isinstance(part, dict) else {"product_id": part[0].id, "standalone_price": part[1]})
                    for part in parts
                ],
                **vals,
            }
        )
        if approve:
            bundle.action_approve_directly()
        cls.env.flush_all()
        cls.set_company_state(state)
        return bundle

    @classmethod
    def make_starter(cls, **vals):
        return cls.make_bundle((cls.compute, "60"), (cls.storage, "30"), (cls.backup, "20"), **vals)

    @classmethod
    def sell(cls, quantity="1", date_start="2026-03-01", **line):
        """A subscription with the starter set."""
        values = {"product_id": cls.starter.id, "name": "Starter", "quantity": quantity, **line}
        return cls.make_subscription(cls.customer, values, date_start=date_start)

    def parts(self, run):
        """(description, quantity, amount) of the rated lines of a run, in the order of the invoice."""
        lines = run.bill_ids.rated_line_ids.sorted(lambda line: line._get_invoice_order())
        return [(line.name, str(line.quantity), str(line.amount)) for line in lines]


@tagged("post_install", "-at_install")
class TestOnePriceForTheSet(BundleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"product_id": cls.starter.id, "unit_price": "100.00"},
            {"product_id": cls.phone.id, "unit_price": "15.00"},
        )

    def test_is_split_on_the_parts_by_their_stand_alone_prices(self):
        self.make_starter()
        self.sell()
        run = self.make_run()
        # 100 x 60 / 110 = 54.545..., 100 x 30 / 110 = 27.2727..., 100 x 20 / 110 = 18.1818...; the last cent goes to
        # the part that lost most.
        self.assertEqual(
            self.parts(run), [("Compute", "1", "54.55"), ("Storage", "1", "27.27"), ("Backup", "1", "18.18")]
        )
        self.assertEqual(self.amounts(run.bill_ids), ["100.00"])
        self.assertEqual(run.bill_ids.rated_line_ids.product_id, self.compute | self.storage | self.backup)
        self.assertEqual(len(run.bill_ids.charge_ids), 1)

    def test_of_a_part_of_the_month_is_the_share_of_its_days(self):
        self.make_starter()
        self.sell(date_start="2026-03-16")
        # 100 x 16 / 31 = 51.61: 28.1509..., 14.0754..., 9.3836...
        self.assertEqual([part[2] for part in self.parts(self.make_run())], ["28.15", "14.08", "9.38"])

    def test_of_several_sets_has_so_many_of_each_part(self):
        self.make_bundle(
            {"product_id": self.compute.id, "quantity": "2", "standalone_price": "30"}, (self.backup, "40")
        )
        self.sell(quantity="3")
        # 3 x 100 = 300, split 2 x 30 to 40: 180 and 120
        self.assertEqual(self.parts(self.make_run()), [("Compute", "6", "180.00"), ("Backup", "3", "120.00")])

    def test_without_stand_alone_prices_the_price_plan_says_what_parts_are_worth(self):
        self.make_version(
            {"product_id": self.starter.id, "unit_price": "100.00"},
            {"product_id": self.compute.id, "unit_price": "90"},
            {"product_id": self.backup.id, "unit_price": "30"},
            date_start="2026-02-01",
        )
        self.make_bundle((self.compute, None), (self.backup, None))
        self.sell()
        self.assertEqual([part[2] for part in self.parts(self.make_run())], ["75.00", "25.00"])

    def test_a_part_that_has_no_price_anywhere_blocks_the_bill(self):
        self.make_bundle((self.compute, None), (self.backup, None))
        self.sell()
        bill = self.make_run().bill_ids
        self.assertEqual(bill.state, "blocked")
        self.assertIn("Starter: Compute", bill.reason_text)

    def test_an_optional_part_is_charged_only_where_it_was_chosen(self):
        self.make_bundle((self.compute, "60"), {"product_id": self.phone.id, "is_optional": True})
        self.sell()
        chosen = self.sell(option_ids=[(6, 0, self.phone.ids)])
        lines = self.make_run().bill_ids.rated_line_ids
        self.assertEqual(
            [(line.name, str(line.amount)) for line in lines.sorted("id") if line.charge_id.subscription_id == chosen],
            [("Compute", "100.00"), ("Phone support", "15.00")],
        )
        self.assertEqual(len(lines), 3)

    def test_two_prices_within_a_month_are_two_stretches_of_every_part(self):
        self.make_starter()
        self.make_version({"product_id": self.starter.id, "unit_price": "200.00"}, date_start="2026-03-16")
        self.sell()
        # 100 x 15 / 31 = 48.39: 26.3945..., 13.1973..., 8.7982...; 200 x 16 / 31 = 103.23; each is split on its own.
        run = self.make_run()
        self.assertEqual(self.amounts(run.bill_ids), ["151.62"])
        self.assertEqual([part[2] for part in self.parts(run)], ["26.39", "13.20", "8.80", "56.31", "28.15", "18.77"])

    def test_each_price_of_the_set_is_a_section_of_the_invoice_with_its_days(self):
        self.make_starter()
        self.make_version({"product_id": self.starter.id, "unit_price": "200.00"}, date_start="2026-03-16")
        self.sell()
        vals = [command[2] for command in self.make_run().bill_ids._prepare_move_vals()["invoice_line_ids"]]
        sections = [line["name"].split("\n")[1:] for line in vals if line.get("display_type") == "line_section"]
        self.assertEqual([texts[1] for texts in sections], ["15 of 31 days", "16 of 31 days"])
        self.assertIn("100.00", sections[0][0])
        self.assertIn("200.00", sections[1][0])

    def test_a_new_composition_holds_from_its_day(self):
        self.make_starter()
        self.make_bundle((self.compute, "1"), date_start="2026-04-01")
        self.sell()
        run = self.make_run("2026-05-01")
        by_month = run.bill_ids.rated_line_ids.grouped(lambda line: line.charge_id)
        self.assertEqual([len(lines) for _charge, lines in sorted(by_month.items(), key=lambda one: one[0].id)], [3, 1])

    def test_before_it_was_a_bundle_the_product_is_one_line(self):
        self.make_starter(date_start="2026-06-01")
        self.sell()
        self.assertEqual(self.parts(self.make_run()), [("Starter", "1", "100.00")])


@tagged("post_install", "-at_install")
class TestTheSumOfTheParts(BundleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"product_id": cls.compute.id, "unit_price": "33.33"},
            {"product_id": cls.storage.id, "unit_price": "33.33"},
            {"product_id": cls.backup.id, "unit_price": "33.33"},
            {"product_id": cls.backup.id, "customer_id": cls.customer.id, "unit_price": "10.00"},
        )

    def make_sum(self, **vals):
        return self.make_bundle((self.compute, None), (self.storage, None), pricing="sum", **vals)

    def test_is_what_the_price_plan_says_of_each(self):
        self.make_sum()
        self.sell()
        self.assertEqual(self.parts(self.make_run()), [("Compute", "1", "33.33"), ("Storage", "1", "33.33")])

    def test_a_customers_own_price_of_a_part_holds_in_the_bundle(self):
        self.make_bundle((self.compute, None), (self.backup, None), pricing="sum")
        self.sell()
        self.assertEqual([part[2] for part in self.parts(self.make_run())], ["33.33", "10.00"])

    def test_less_a_percentage_is_rounded_once(self):
        self.make_sum(discount_percent="10")
        self.sell(quantity="3")
        # 6 x 33.33 = 199.98, less 10 per cent 179.982 -> 179.98, split alike: 89.99 each
        run = self.make_run()
        self.assertEqual([part[2] for part in self.parts(run)], ["89.99", "89.99"])
        self.assertEqual(self.amounts(run.bill_ids), ["179.98"])

    def test_less_an_amount_for_a_whole_month(self):
        self.make_sum(discount_amount="6.66")
        self.sell(date_start="2026-03-16")
        # 2 x 33.33 x 16 / 31 = 34.40516...; less 6.66 x 16 / 31 = 3.43741...: 30.96774... -> 30.97
        run = self.make_run()
        self.assertEqual(self.amounts(run.bill_ids), ["30.97"])
        self.assertEqual([part[2] for part in self.parts(run)], ["15.49", "15.48"])

    def test_a_metered_part_is_billed_by_its_usage_and_not_in_the_sum(self):
        self.make_bundle((self.compute, None), {"product_id": self.disk.id, "quantity": "100"}, pricing="sum")
        self.sell()
        self.assertEqual([part[0] for part in self.parts(self.make_run())], ["Compute"])

    def test_the_subscription_shows_parts_and_price(self):
        self.make_sum(discount_percent="10")
        line = self.sell().line_ids
        self.assertEqual((line.bundle_text, line.has_price), ("1 × Compute, 1 × Storage", True))
        self.assertEqual(line.price_text, "Sum of its parts less 10 %")
        self.assertFalse(line.subscription_id.price_warning)

    def test_the_calculator_answers_what_the_bill_will_say(self):
        self.make_sum(discount_percent="10")
        answer = self.env["cloud.price.calculator"].calculate(
            {"product_id": self.starter.id, "plan_id": self.plan.id, "quantity": "1", "date": "2026-03-01"}
        )
        # 66.66 less 10 per cent 59.994 -> 59.99
        self.assertEqual(answer["amount"], "59.99")


@tagged("post_install", "-at_install")
class TestWhatABundleIncludes(BundleCase):
    """Starter is two servers, a backup and 40 GB of disk, at 100.00 a month; a GB beyond what is included costs 1.00.

    April has 30 days: what begins on the 16th has half of it.
    """

    FOR_EACH_SET = {"name": "Of the set", "quantity": "40"}
    FOR_EACH_SERVER = {"name": "Of the servers", "quantity": "10", "is_beside": True}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stream = cls.make_stream("Acme disk")
        cls.bundle = cls.make_bundle(
            {"product_id": cls.compute.id, "quantity": "2", "standalone_price": "30"},
            {"product_id": cls.backup.id, "standalone_price": "20"},
            {"product_id": cls.disk.id, "quantity": "40", "standalone_price": "0.5"},
            {"product_id": cls.phone.id, "is_optional": True},
        )

    def include(self, *allowances):
        """Prices with these included quantities of disk; dicts."""
        version = self.env["cloud.price.plan.version"].create(
            {
                "plan_id": self.plan.id,
                "date_start": "2026-01-01",
                "rule_ids": [
                    (0, 0, {"product_id": product.id, "unit_price": price})
                    for product, price in ((self.starter, "100"), (self.disk, "1"), (self.phone, "15"))
                ],
                "allowance_ids": [(0, 0, {"product_id": self.disk.id, **allowance}) for allowance in allowances],
            }
        )
        self.set_company_state("setup")
        version.action_approve_directly()
        self.env.flush_all()

    def sell_disk(self, *sets, date_start="2026-04-16"):
        """A subscription of sets, dicts, with a line for the disk that they use."""
        lines = [{"product_id": self.starter.id, "name": "Starter", **one} for one in sets]
        subscription = self.make_subscription(self.customer, *lines, self.disk, date_start=date_start)
        self.map_stream(self.stream, subscription.line_ids.filtered(lambda line: line.product_id == self.disk))
        return subscription

    def rate(self, quantity, month="2026-04-01", cutoff="2026-05-01"):
        """(amount of the disk, {what is included: (granted, used)}) of a month."""
        self.deliver({"stream": self.stream, "quantity": quantity, "start": f"{month[:8]}20 12:00:00"}, month=month)
        self.run_ = self.make_run(cutoff)
        line = self.run_.bill_ids.rated_line_ids.filtered(
            lambda line: line.charge_id.product_id == self.disk and str(line.service_start) >= month
        )
        grants = self.env["cloud.rated.grant"].search([("rated_line_id", "=", line.id)])
        used = {grant.allowance_id.name: (grant.quantity_granted, grant.quantity_used) for grant in grants}
        return str(line.amount), used

    def test_three_sets_for_half_a_month_with_what_each_server_has_beside(self):
        self.include(
            {**self.FOR_EACH_SET, "unit_product_id": self.starter.id, "is_prorated": True},
            {**self.FOR_EACH_SERVER, "unit_product_id": self.compute.id, "is_prorated": True},
        )
        self.sell_disk({"quantity": "3"})
        # 3 sets for 15 of 30 days are 1.5 on average: 40 x 1.5 = 60 GB. 6 servers are 3 on average: 10 x 3 = 30 GB.
        # 100 GB were used: 60, then 30, and 10 x 1.00 are charged.
        amount, used = self.rate("100")
        self.assertEqual(amount, "10.00")
        self.assertEqual(used, {"Of the set": (D(60), D(60)), "Of the servers": (D(30), D(30))})
        # The sets: 3 x 100 x 15 / 30 = 150.00, split by 2 x 30, 20 and 40 x 0.5.
        self.assertEqual(
            [part[1:] for part in self.parts(self.run_)][1:], [("6", "90.00"), ("3", "30.00"), ("120", "30.00")]
        )
        self.assertEqual(sum(self.run_.bill_ids.rated_line_ids.mapped("amount")), D("160.00"))

    def test_without_a_share_it_is_the_whole_quantity(self):
        self.include(
            {**self.FOR_EACH_SET, "unit_product_id": self.starter.id},
            {**self.FOR_EACH_SERVER, "unit_product_id": self.compute.id},
        )
        self.sell_disk({"quantity": "3"})
        # 3 x 40 and 6 x 10; of 150 GB the set's 120 are used up first.
        self.assertEqual(self.rate("150"), ("0.00", {"Of the set": (D(120), D(120)), "Of the servers": (D(60), D(30))}))

    def test_a_server_sold_alone_counts_beside_those_of_the_sets(self):
        self.include({**self.FOR_EACH_SERVER, "unit_product_id": self.compute.id})
        self.sell_disk({"quantity": "3"}, {"product_id": self.compute.id, "name": "One more", "quantity": "1"})
        self.assertEqual(self.rate("70")[1], {"Of the servers": (D(70), D(70))})

    def test_an_optional_part_counts_where_it_was_chosen(self):
        self.include({**self.FOR_EACH_SERVER, "unit_product_id": self.phone.id})
        self.sell_disk({"quantity": "3"}, {"quantity": "2", "option_ids": [(6, 0, self.phone.ids)]})
        # Two of the five sets have it.
        self.assertEqual(self.rate("50"), ("30.00", {"Of the servers": (D(20), D(20))}))

    def test_the_parts_of_many_lines_take_as_many_statements_as_those_of_few(self):
        self.include({**self.FOR_EACH_SERVER, "unit_product_id": self.compute.id})
        lines = self.make_subscription(
            self.customer, *({"product_id": self.starter.id, "name": f"Set {place}"} for place in range(22))
        ).line_ids

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(len(self.env["cloud.rating.allowances"]._get_part_units(some)), len(some))
            return self.cr.sql_log_count - before

        count(lines[:1])
        self.assertEqual(count(lines[2:]), count(lines[:2]))

    def test_a_new_composition_includes_from_the_first_month_that_is_charged_by_it(self):
        self.include({**self.FOR_EACH_SERVER, "unit_product_id": self.compute.id})
        self.make_bundle(
            {"product_id": self.compute.id, "quantity": "5", "standalone_price": "30"}, date_start="2026-04-20"
        )
        self.sell_disk({"quantity": "3"}, date_start="2026-04-01")
        # The charge of April is made of two servers a set, that of May of five.
        self.assertEqual(self.rate("200")[1], {"Of the servers": (D(60), D(60))})
        self.run_.action_back_to_draft()
        self.assertEqual(self.rate("200", "2026-05-01", "2026-06-01")[1], {"Of the servers": (D(150), D(150))})


@tagged("post_install", "-at_install")
class TestBundlesInTheLedger(BundleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"product_id": cls.starter.id, "unit_price": "100.00"}, {"product_id": cls.support.id, "unit_price": "7"}
        )

    def test_each_part_has_its_income_account_and_the_paper_one_line(self):
        tax = self.company_data["default_tax_sale"]
        (self.compute | self.storage | self.backup).taxes_id = tax
        self.make_starter()
        self.sell()
        self.make_subscription(self.customer, self.support, date_start="2026-03-01")
        move = self.post(self.make_run())
        lines = move.invoice_line_ids.sorted("sequence")
        self.assertEqual(lines.mapped("display_type"), ["product", "line_section", "product", "product", "product"])
        parts = lines[2:]
        self.assertEqual(parts.mapped("price_subtotal"), [54.55, 27.27, 18.18])
        self.assertEqual(
            parts.account_id, (self.compute | self.storage | self.backup).mapped("property_account_income_id")
        )
        # 7.00 without tax; 100.00 and 15 % of it
        self.assertEqual((move.amount_untaxed, move.amount_total), (107.0, 122.0))
        section = lines[1]
        self.assertTrue(section.collapse_composition)
        self.assertEqual(section.get_section_subtotal(), 100.0)
        self.assertIn("Starter\n1 Units × 100.00", section.name)
        shown = move._get_move_lines_to_report()
        self.assertEqual(shown, lines[:2])
        self.assertEqual(
            [(line.move_line_id, line.bundle_id.product_id) for line in self.lines_of(move).sorted("sequence")][1:],
            [(part, self.starter) for part in parts],
        )

    def lines_of(self, move):
        return move.cloud_bill_id.rated_line_ids.sorted(lambda line: line._get_invoice_order())

    def test_the_parts_are_printed_where_the_bundle_says_so(self):
        for display, shown, prices in (("names", False, True), ("prices", True, False)):
            with self.subTest(display), self.cr.savepoint(flush=False) as savepoint:
                self.make_starter(invoice_display=display)
                self.sell()
                move = self.post(self.make_run())
                section = move.invoice_line_ids.filtered(lambda line: line.display_type == "line_section")
                self.assertEqual((section.collapse_composition, section.collapse_prices), (False, prices))
                self.assertEqual(len(move._get_move_lines_to_report()) == 4, shown)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_the_preview_of_the_invoice_shows_one_line(self):
        self.make_starter()
        self.sell()
        bill = self.make_run().bill_ids
        html = self.env["cloud.bill.preview"].browse(bill.action_preview()["res_id"]).html
        self.assertIn("Starter", html)
        self.assertNotIn("Storage", html)

    def test_the_analytics_are_those_of_the_subscription_line(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create({"name": "Sales", "plan_id": plan.id})
        self.make_starter()
        self.sell(analytic_distribution={str(account.id): 100})
        move = self.post(self.make_run())
        parts = move.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        self.assertEqual(parts.mapped("analytic_distribution"), [{str(account.id): 100}] * 3)

    def test_gross_prices_tie_part_by_part(self):
        tax = self.env["account.tax"].create(
            {
                "name": "21 % incl",
                "amount": 21,
                "type_tax_use": "sale",
                "price_include_override": "tax_included",
                "company_id": self.company.id,
            }
        )
        (self.compute | self.storage | self.backup).taxes_id = tax
        gross = self.make_plan("Gross", tax_basis="gross")
        self.make_version({"product_id": self.starter.id, "unit_price": "121.00"}, plan=gross)
        self.make_starter()
        self.make_subscription(
            self.customer,
            {"product_id": self.starter.id, "name": "Starter", "quantity": "1"},
            plan=gross,
            date_start="2026-03-01",
        )
        move = self.post(self.make_run())
        self.assertEqual(move.amount_total, 121.0)
        parts = move.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        # 121 x 60 / 110 = 66.00, 33.00, 22.00
        self.assertEqual(parts.sorted("sequence").mapped("price_total"), [66.0, 33.0, 22.0])

    def test_the_explanation_tells_price_and_split(self):
        self.make_starter()
        self.sell()
        line = self.make_run().bill_ids.rated_line_ids[0]
        window = self.env["cloud.explanation"].browse(line.action_explain()["res_id"])
        self.assertIn("Split on its parts", window.workings_html)
        self.assertIn("54.55", window.workings_html)
        self.assertNotIn("Split on its parts", window.statement_html)


@tagged("post_install", "-at_install")
class TestAgreeingOnBundles(BundleCase):
    def test_another_person_approves_and_then_it_is_frozen(self):
        bundle = self.make_starter(approve=False)
        self.set_company_state("live")
        bundle.with_user(self.user_price_manager).action_submit()
        rows = {row["label"]: row["new"] for row in bundle.request_id.effect["rows"]}
        self.assertEqual(rows["Compute"], f"1 × Compute, 60.00 {self.currency.name} each alone")
        self.vote(bundle.request_id)
        self.assertEqual(bundle.state, "approved")
        for record, vals in ((bundle, {"pricing": "sum"}), (bundle.part_ids[0], {"standalone_price": "1"})):
            with self.assertRaisesRegex(UserError, "approved"), self.cr.savepoint():
                record.sudo().write(vals)
        self.env.flush_all()
        with self.assertRaisesRegex(Exception, "approved"), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_bundle_part SET quantity = 2 WHERE id = %s", [bundle.part_ids[0].id])

    def test_what_cannot_be_is_refused_with_a_sentence(self):
        nested = self.make_product("Nested", "recurring")
        self.make_bundle((self.compute, "1"), product_id=nested.id)
        for parts, vals, sentence in (
            ((), {}, "has no part"),
            (((self.compute, "1"), (self.backup, None)), {}, "give Backup a stand-alone price too"),
            (((nested, "1"),), {}, "is a bundle itself"),
            (((self.starter, "1"),), {}, "is a bundle itself"),
            (({"product_id": self.disk.id},), {}, "is metered"),
        ):
            with self.assertRaisesRegex(UserError, sentence), self.cr.savepoint():
                self.make_bundle(*parts, **vals)

    def test_a_discount_is_of_a_sum_one_of_two_and_at_most_all_of_it(self):
        for vals in (
            {"discount_percent": "10"},
            {"pricing": "sum", "discount_percent": "101"},
            {"pricing": "sum", "discount_percent": "10", "discount_amount": "1"},
            {"pricing": "sum", "discount_amount": "-1"},
        ):
            with self.assertRaises(CheckViolation), self.cr.savepoint():
                self.make_bundle((self.compute, None), **vals)


@tagged("post_install", "-at_install")
class TestStatementsOfBundles(BundleCase):
    def count(self, number):
        for _place in range(number):
            self.sell()
        run = self.start_run()
        before = self.cr.sql_log_count
        self.assertEqual(run._rate_chunk(), number)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_many_bundles_take_as_many_statements_as_few(self):
        self.make_version(
            {"product_id": self.compute.id, "unit_price": "1"}, {"product_id": self.backup.id, "unit_price": "2"}
        )
        self.make_bundle((self.compute, None), (self.backup, None), pricing="sum")
        self.count(1)
        self.assertEqual(self.count(20), self.count(2))
