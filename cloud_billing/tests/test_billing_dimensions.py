from odoo.tests import tagged

from .billing_common import BillingCase


class DimensionCase(BillingCase):
    """Disk in three regions, of the provider's March."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(cls.customer, cls.disk, date_start="2026-03-01")
        cls.streams = {}
        for region in ("eu", "us", "ap"):
            stream = cls.make_stream(f"disk {region}", currency=cls.currency.name)
            stream.region = region
            cls.map_stream(stream, cls.subscription.line_ids)
            cls.streams[region] = stream

    def use(self, **quantities):
        rows = [
            {"stream": self.streams[region], "quantity": quantity, "cost": "9"}
            for region, quantity in quantities.items()
        ]
        return self.deliver(*rows)

    def rule(self, unit_price=None, regions=(), **vals):
        conditions = [(0, 0, {"dimension": "region", "accepted": "\n".join(regions)})] if regions else []
        price = {"unit_price": unit_price} if unit_price else {}
        return {"product_id": self.disk.id, "condition_ids": conditions, **price, **vals}

    def parts(self, run):
        """(part, quantity, amount) of the rated lines, in their order."""
        return [
            (line.part_key, None if line.quantity is None else str(line.quantity), str(line.amount))
            for line in run.bill_ids.rated_line_ids.sorted(lambda line: (line.charge_id.id, line.sequence))
        ]


@tagged("post_install", "-at_install")
class TestPricesByRegion(DimensionCase):
    def test_one_line_for_each_price_and_the_rest_to_the_one_without_conditions(self):
        self.make_version(self.rule("0.10"), self.rule("0.20", ["us"]))
        self.use(eu="100", us="10", ap="1")
        # us 10 x 0.20; all others 101 x 0.10
        run = self.make_run()
        self.assertEqual(sorted(self.parts(run)), [("", "101", "10.10"), ("region=us", "10", "2.00")])
        self.assertEqual(sorted(run.bill_ids.rated_line_ids.mapped("name")), ["Disk", "Disk (us)"])

    def test_what_no_price_is_for_is_named(self):
        self.make_version(self.rule("0.20", ["us", "eu"]))
        self.use(us="10", ap="1")
        bill = self.make_run().bill_ids
        self.assertEqual(bill.reasons[0]["code"], "price_missing_for")
        self.assertIn("has no price for region ap on 2026-03-01", bill.reason_text)

    def test_nothing_used_needs_no_price(self):
        self.make_version(self.rule("0.20", ["us"]))
        self.assertEqual(self.parts(self.make_run()), [("", None, "0.00")])

    def test_regions_of_one_price_share_its_ladder(self):
        self.make_version(
            self.rule("0.10"),
            self.rule(
                regions=["eu", "us"],
                charge_model="graduated",
                tier_ids=[(0, 0, {"up_to": "100", "unit_price": "1"}), (0, 0, {"unit_price": "0.50"})],
            ),
        )
        self.use(eu="80", us="40", ap="1")
        # 120 together: 100 x 1.00 + 20 x 0.50; 1 x 0.10
        self.assertEqual(sorted(self.parts(self.make_run())), [("", "1", "0.10"), ("region=eu,us", "120", "110.00")])

    def test_a_new_price_in_mid_month_cuts_each_part(self):
        self.make_version(self.rule("0.10"), self.rule("0.20", ["us"]))
        self.make_version(self.rule("0.10"), self.rule("0.40", ["us"]), date_start="2026-03-16")
        self.deliver(
            {"stream": self.streams["us"], "quantity": "10", "start": "2026-03-10 12:00:00"},
            {"stream": self.streams["us"], "quantity": "10", "start": "2026-03-20 12:00:00"},
            {"stream": self.streams["eu"], "quantity": "5", "start": "2026-03-20 12:00:00"},
        )
        self.assertEqual(
            sorted(self.parts(self.make_run()), key=str),
            [("", "5", "0.50"), ("", None, "0.00"), ("region=us", "10", "2.00"), ("region=us", "10", "4.00")],
        )

    def test_a_matrix_is_one_line(self):
        cells = [(0, 0, {"unit_price": price, "value_1": region}) for region, price in (("eu", "0.10"), ("us", "0.20"))]
        self.make_version(self.rule(charge_model="matrix", dimension_1="region", cell_ids=cells, rest_price="0.50"))
        self.use(eu="100", us="10", ap="2")
        # 100 x 0.10 + 10 x 0.20 + 2 x 0.50
        run = self.make_run()
        self.assertEqual(self.parts(run), [("", "112", "13.00")])
        self.assertEqual(
            [row["row"] for row in run.bill_ids.rated_line_ids.statement["rows"]], ["cell", "cell", "rest"]
        )

    def test_a_correction_is_of_the_parts_that_changed(self):
        self.make_version(self.rule("0.10"), self.rule("0.20", ["us"]))
        self.use(eu="100", us="10", ap="1")
        self.post(self.make_run())
        self.use(eu="100", us="15", ap="1")
        run = self.make_run("2026-04-02")
        self.assertEqual(self.parts(run), [("region=us", "5", "1.00")])
        self.assertEqual(str(run.bill_ids.rated_line_ids.corrects_id.amount), "2.00")

    def test_usage_that_moves_to_another_region_is_taken_back_there_and_billed_here(self):
        self.make_version(self.rule("0.10"), self.rule("0.20", ["us"]))
        self.use(eu="100", us="10")
        self.post(self.make_run())
        self.use(eu="110")
        run = self.make_run("2026-04-02")
        self.assertEqual(sorted(self.parts(run)), [("", "10", "1.00"), ("region=us", "-10", "-2.00")])

    def test_the_provider_s_cost_stands_once(self):
        self.make_version(self.rule("0.10"), self.rule("0.20", ["us"]))
        self.use(eu="100", us="10", ap="1")
        lines = self.make_run().bill_ids.rated_line_ids
        self.assertEqual(
            sorted((line.part_key, str(line.cost_amount), line.row_count) for line in lines),
            [("", "18", 2), ("region=us", "9", 1)],
        )


@tagged("post_install", "-at_install")
class TestAdjustments(DimensionCase):
    def test_all_that_apply_change_the_price_broad_to_narrow(self):
        self.make_version(
            self.rule("1"),
            self.rule(role="adjust", adjustment_percent="-10"),
            {"role": "adjust", "product_id": self.disk.id, "customer_id": self.customer.id, "adjustment_amount": "5"},
        )
        self.use(eu="100")
        # 100.00 - 10 % = 90.00, then 5.00 for Acme
        self.assertEqual(self.parts(self.make_run()), [("", "100", "95.00")])

    def test_a_final_price_is_changed_by_none(self):
        self.make_version(self.rule("1", is_final=True), self.rule(role="adjust", adjustment_percent="-10"))
        self.use(eu="100")
        self.assertEqual(self.parts(self.make_run()), [("", "100", "100.00")])

    def test_one_for_a_region_changes_that_region_alone(self):
        self.make_version(self.rule("1"), self.rule(regions=["us"], role="adjust", adjustment_percent="50"))
        self.use(eu="100", us="10")
        self.assertEqual(sorted(self.parts(self.make_run())), [("", "100", "100.00"), ("|region=us", "10", "15.00")])

    def test_one_that_begins_in_mid_month_takes_its_share_of_an_amount(self):
        self.make_version(self.rule("1"), self.rule(role="adjust", adjustment_amount="31", date_start="2026-03-22"))
        self.deliver(
            {"stream": self.streams["eu"], "quantity": "10", "start": "2026-03-10 12:00:00"},
            {"stream": self.streams["eu"], "quantity": "10", "start": "2026-03-25 12:00:00"},
        )
        # From the 22nd 10 of 31 days: 31 x 10 / 31 = 10.00
        self.assertEqual(self.parts(self.make_run()), [("", "10", "10.00"), ("", "10", "20.00")])

    def test_of_a_fee_too(self):
        subscription = self.make_subscription(self.make_customer("Bolt"), self.support, date_start="2026-03-01")
        self.make_version(
            {"product_id": self.support.id, "unit_price": "31"},
            {"product_id": self.support.id, "role": "adjust", "adjustment_percent": "-50"},
        )
        lines = self.make_run().bill_ids.rated_line_ids
        line = lines.filtered(lambda line: line.subscription_line_id == subscription.line_ids)
        self.assertEqual(str(line.amount), "15.50")


@tagged("post_install", "-at_install")
class TestExtras(DimensionCase):
    def test_an_extra_is_a_line_of_its_own_that_nothing_adjusts(self):
        self.make_version(
            self.rule("1"),
            self.rule(role="adjust", adjustment_percent="-10"),
            self.rule("0.05", role="extra", name="Energy tax"),
        )
        self.use(eu="100", us="10")
        run = self.make_run()
        # 110.00 - 10 %; 110 x 0.05
        self.assertEqual(self.parts(run), [("", "110", "99.00"), ("extra Energy tax", "110", "5.50")])
        extra = run.bill_ids.rated_line_ids.filtered(lambda line: line.part_key)
        self.assertEqual((extra.name, extra.cost_amount, extra.row_count), ("Disk: Energy tax", None, 0))

    def test_an_extra_for_a_region_and_some_days(self):
        self.make_version(self.rule("1"), self.rule("0.05", ["us"], role="extra", name="Tax", date_start="2026-03-16"))
        self.deliver(
            {"stream": self.streams["us"], "quantity": "10", "start": "2026-03-10 12:00:00"},
            {"stream": self.streams["us"], "quantity": "20", "start": "2026-03-20 12:00:00"},
            {"stream": self.streams["eu"], "quantity": "40", "start": "2026-03-20 12:00:00"},
        )
        run = self.make_run()
        # The price is not cut by it: 70 x 1.00. The tax: 20 x 0.05.
        self.assertEqual(self.parts(run), [("", "70", "70.00"), ("extra Tax region=us", "20", "1.00")])

    def test_a_handling_fee_on_a_one_time_and_a_recurring_charge(self):
        self.make_subscription(self.make_customer("Bolt"), self.support, self.set_up, date_start="2026-03-22")
        self.make_version({"unit_price": "31"}, {"unit_price": "3.10", "role": "extra", "name": "Handling"})
        run = self.make_run()
        amounts = {
            (line.product_id.name, line.part_key): str(line.amount)
            for line in run.bill_ids.rated_line_ids
            if line.product_id != self.disk
        }
        # The fee and its extra for 10 of 31 days; the set-up in full.
        self.assertEqual(
            amounts,
            {
                ("Support", ""): "10.00",
                ("Support", "extra Handling"): "1.00",
                ("Set-up", ""): "31.00",
                ("Set-up", "extra Handling"): "3.10",
            },
        )

    def test_a_correction_knows_the_extra(self):
        self.make_version(self.rule("1"), self.rule("0.05", role="extra", name="Tax"))
        self.use(eu="100")
        self.post(self.make_run())
        self.use(eu="200")
        self.assertEqual(self.parts(self.make_run("2026-04-02")), [("", "100", "100.00"), ("extra Tax", "100", "5.00")])


@tagged("post_install", "-at_install")
class TestSharesOfAPeriod(DimensionCase):
    def test_a_minimum_of_a_month_is_due_once_when_the_price_changes_in_it(self):
        self.make_version(self.rule("1", minimum="31"))
        self.make_version(self.rule("2", minimum="31"), date_start="2026-03-11")
        # Nothing used: 10 of 31 days and 21 of 31 days.
        self.assertEqual(self.parts(self.make_run()), [("", None, "10.00"), ("", None, "21.00")])

    def test_a_maximum_too(self):
        self.make_version(self.rule("1", maximum="31"))
        self.make_version(self.rule("2", maximum="31"), date_start="2026-03-11")
        self.deliver(
            {"stream": self.streams["us"], "quantity": "100", "start": "2026-03-05 12:00:00"},
            {"stream": self.streams["us"], "quantity": "100", "start": "2026-03-20 12:00:00"},
        )
        self.assertEqual(self.parts(self.make_run()), [("", "100", "10.00"), ("", "100", "21.00")])


@tagged("post_install", "-at_install")
class TestStatements(DimensionCase):
    def test_rating_by_dimensions_takes_as_many_statements_for_many_charges(self):
        self.make_version(
            self.rule("0.10"),
            self.rule("0.20", ["us"]),
            self.rule("0.01", role="extra", name="Tax", date_start="2026-03-16"),
            self.rule(role="adjust", adjustment_percent="-10"),
        )
        rows = []
        for number in range(22):
            subscription = self.make_subscription(self.make_customer(f"C{number}"), self.disk, date_start="2026-03-01")
            for region in ("eu", "us"):
                stream = self.make_stream(f"{region} {number}")
                stream.region = region
                self.map_stream(stream, subscription.line_ids)
                rows.append({"stream": stream, "quantity": "100"})
        self.deliver(*rows)
        self.env["cloud.billing.period"]._create_due(self.company, self.day("2026-04-01"))
        run = self.env["cloud.bill.run"].create({"company_id": self.company.id, "cutoff_date": "2026-04-01"})
        run._start_rating()
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id), ("customer_id", "!=", self.customer.id)])

        def count(some):
            return self.count_statements_of(lambda: self.env["cloud.rating"]._rate(some, run.usage_number))

        count(charges[:1])
        few, many = count(charges[1:3]), count(charges[3:])
        self.assertEqual(few, many)
        # 100 x 0.10 and 100 x 0.20, less 10 %; the tax on nothing, all usage was before it.
        self.assertEqual(set(self.amounts(charges.rated_line_ids)), {"9.00", "18.00", "0.00"})
