from unittest.mock import patch

import psycopg2
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.billing.pricing.allowance_pools import Draw
from .billing_common import BillingCase, D


class AllowanceCase(BillingCase):
    """Disk at 1.00 per GB; what is included is made by each test. Usage of the provider's months."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.stream = cls.make_stream("Acme disk")

    def include(self, *allowances, date_start="2026-01-01", rules=()):
        """An approved version with disk at 1.00 and these included quantities, dicts without the product."""
        rules = rules or (
            {"product_id": self.disk.id, "unit_price": "1"},
            {"product_id": self.support.id, "unit_price": "5"},
        )
        state = self.company.cloud_billing_state
        self.set_company_state("setup")
        version = self.env["cloud.price.plan.version"].create(
            {
                "name": f"From {date_start}",
                "plan_id": self.plan.id,
                "date_start": date_start,
                "rule_ids": [(0, 0, rule) for rule in rules],
                "allowance_ids": [
                    (0, 0, {"product_id": self.disk.id, **allowance})
                    if "categ_id" not in allowance
                    else (0, 0, allowance)
                    for allowance in allowances
                ],
            }
        )
        version.action_approve_directly()
        self.env.flush_all()
        self.set_company_state(state)
        return version

    def subscribe(self, *more, customer=None, stream=None, **vals):
        subscription = self.make_subscription(customer or self.customer, self.disk, *more, **vals)
        self.map_stream(
            stream or self.stream, subscription.line_ids.filtered(lambda line: line.product_id == self.disk)
        )
        return subscription

    def use(self, month, *quantities, streams=None):
        streams = streams or [self.stream]
        rows = [{"stream": stream, "quantity": quantity} for stream, quantity in zip(streams, quantities, strict=True)]
        return self.deliver(*rows, month=month)

    def disks(self, run):
        return run.bill_ids.rated_line_ids.filtered(lambda line: line.product_id == self.disk).sorted(
            lambda line: (line.service_start, line.charge_id.id, line.id)
        )

    def amounts_of(self, run):
        return [str(line.amount) for line in self.disks(run)]

    def used(self, lines):
        return [
            (str(grant.period_start), str(grant.quantity_granted), str(grant.quantity_used))
            for grant in self.env["cloud.rated.grant"].search(
                [("rated_line_id", "in", lines.ids)], order="rated_line_id, period_start"
            )
        ]


@tagged("post_install", "-at_install")
class TestIncludedInAPeriod(AllowanceCase):
    def test_what_is_above_it_is_charged(self):
        self.include({"quantity": "100"})
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "130")
        run = self.make_run()
        # 130 - 100 = 30 x 1.00
        self.assertEqual(self.amounts_of(run), ["30.00"])
        line = self.disks(run)
        self.assertEqual(self.used(line), [("2026-03-01", "100", "100")])
        self.assertEqual(line.statement["included"], [{"label": "Included: Disk", "used": "100", "of": "100"}])
        self.assertEqual(line.statement["charged"], "30")

    def test_what_is_left_is_gone_with_the_period(self):
        self.include({"quantity": "100"})
        self.subscribe(date_start="2026-02-01")
        self.use("2026-02-01", "40")
        self.use("2026-03-01", "130")
        self.assertEqual(self.amounts_of(self.make_run()), ["0.00", "30.00"])

    def test_no_usage_is_on_record_and_uses_nothing(self):
        self.include({"quantity": "100"})
        self.subscribe(date_start="2026-03-01")
        line = self.disks(self.make_run())
        self.assertEqual(self.used(line), [("2026-03-01", "100", "0")])
        self.assertEqual(line.statement["usage"], "none")

    def test_a_ladder_begins_behind_what_is_included(self):
        ladder = {
            "product_id": self.disk.id,
            "charge_model": "graduated",
            "tier_ids": [(0, 0, {"up_to": "10", "unit_price": "1"}), (0, 0, {"unit_price": "0.50"})],
        }
        self.include({"quantity": "100"}, rules=[ladder])
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "130")
        # 30 above: 10 x 1.00 + 20 x 0.50
        self.assertEqual(self.amounts_of(self.make_run()), ["20.00"])

    def test_a_price_per_thousand_takes_what_is_included_in_the_meters_unit(self):
        rule = {
            "product_id": self.disk.id,
            "unit_price": "2",
            "conversion_denominator": "1000",
            "quantity_rounding": "up",
        }
        self.include({"quantity": "10000"}, rules=[rule])
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "12500")
        run = self.make_run()
        # 12,500 are 13 thousands, 10 of them included: 3 x 2.00
        self.assertEqual(self.amounts_of(run), ["6.00"])
        self.assertEqual(self.used(self.disks(run)), [("2026-03-01", "10000", "10000")])

    def test_usage_in_another_unit_does_not_draw_on_it(self):
        self.include({"quantity": "100", "unit": "Hours"})
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "130")
        self.assertEqual(self.amounts_of(self.make_run()), ["130.00"])

    def test_a_part_of_a_month_has_its_share_where_that_is_agreed(self):
        self.include({"quantity": "310", "is_prorated": True})
        self.subscribe(date_start="2026-03-22")
        self.use("2026-03-01", "130")
        # From the 22nd 10 of 31 days: 310 x 10 / 31 = 100
        self.assertEqual(self.amounts_of(self.make_run()), ["30.00"])

    def test_an_anniversary_has_its_own_periods(self):
        self.include({"quantity": "100"})
        self.subscribe(date_start="2026-02-15", cycle_kind="anniversary", stream=self.make_stream("other"))
        stream = self.make_stream("own", source=self.own_source)
        line = self.env["cloud.subscription.line"].search([("subscription_id.date_start", "=", "2026-02-15")])
        self.env["cloud.usage.mapping"].search([("subscription_line_id", "=", line.id)]).sudo().unlink()
        self.map_stream(stream, line)
        self.deliver(
            {"stream": stream, "quantity": "70", "start": "2026-03-10 12:00:00"},
            {"stream": stream, "quantity": "70", "start": "2026-03-20 12:00:00"},
            source=self.own_source,
        )
        # The 10th lies in the period from 15 February, the 20th in that from 15 March: 100 each.
        run = self.make_run("2026-04-15")
        self.assertEqual(self.amounts_of(run), ["0.00", "0.00"])
        self.assertEqual(self.used(self.disks(run)), [("2026-02-15", "100", "70"), ("2026-03-15", "100", "70")])


@tagged("post_install", "-at_install")
class TestWhichOneIsGranted(AllowanceCase):
    def test_the_one_of_the_customer_is_granted_instead_of_that_for_everyone(self):
        self.include({"quantity": "100"}, {"quantity": "500", "customer_id": self.customer.id})
        self.subscribe(date_start="2026-03-01")
        other = self.make_stream("other")
        self.subscribe(customer=self.make_customer("Bolt"), stream=other, date_start="2026-03-01")
        self.use("2026-03-01", "600", "600", streams=[self.stream, other])
        self.assertEqual(sorted(self.amounts_of(self.make_run())), ["100.00", "500.00"])

    def test_one_beside_others_is_granted_too(self):
        self.include({"quantity": "100"}, {"quantity": "20", "is_beside": True})
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "130")
        self.assertEqual(self.amounts_of(self.make_run()), ["10.00"])

    def test_two_of_the_same_scope_are_refused(self):
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.include({"quantity": "100"}, {"quantity": "200"})

    def test_what_a_period_includes_is_decided_on_its_first_day(self):
        self.include({"quantity": "100"})
        self.include({"quantity": "200"}, date_start="2026-03-16")
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "300")
        self.use("2026-04-01", "300")
        run = self.make_run("2026-05-01")
        # March is cut on the 16th; all usage was on the 10th. April has the new version's 200.
        self.assertEqual(sum(self.disks(run).mapped("amount")), D("300.00"))
        self.assertEqual([str(line.amount) for line in self.disks(run) if line.amount], ["200.00", "100.00"])

    def test_a_new_version_goes_on_with_what_is_left_of_the_old_one(self):
        self.include({"quantity": "100", "cycle": "year"})
        self.include({"quantity": "100", "cycle": "year"}, date_start="2026-03-01")
        self.subscribe()
        self.use("2026-01-01", "70")
        self.use("2026-03-01", "70")
        # January 70 of the year's 100; March 30 included, 40 charged.
        self.assertEqual([amount for amount in self.amounts_of(self.make_run()) if amount != "0.00"], ["40.00"])

    def test_a_category_is_shared_by_its_products_when_the_subscription_shares_it(self):
        traffic = self.make_product("Traffic", "metered", self.meter)
        self.include(
            {"categ_id": self.categ.id, "name": "Cloud", "unit": "GB", "quantity": "100", "shared": "subscription"},
            rules=[{"categ_id": self.categ.id, "unit_price": "1"}],
        )
        subscription = self.make_subscription(self.customer, self.disk, traffic, date_start="2026-03-01")
        streams = [self.stream, self.make_stream("traffic")]
        for stream, line in zip(streams, subscription.line_ids, strict=True):
            self.map_stream(stream, line)
        self.use("2026-03-01", "80", "80", streams=streams)
        # The first line draws first: 80 of 100, then 20 are left for the second.
        lines = self.make_run().bill_ids.rated_line_ids.sorted("id")
        self.assertEqual(self.amounts(lines), ["0.00", "60.00"])


@tagged("post_install", "-at_install")
class TestForEachSeat(AllowanceCase):
    def test_ten_for_each_of_three_seats(self):
        self.include({"quantity": "10", "unit_product_id": self.support.id})
        self.subscribe({"product_id": self.support.id, "name": "Seat", "quantity": "3"}, date_start="2026-03-01")
        self.use("2026-03-01", "34")
        run = self.make_run()
        self.assertEqual(self.amounts_of(run), ["4.00"])
        self.assertEqual(self.used(self.disks(run)), [("2026-03-01", "30", "30")])

    def test_seats_that_follow_one_another_are_not_counted_twice(self):
        seats = [
            {"product_id": self.support.id, "name": "Seat", "quantity": "3", "date_end": "2026-03-16"},
            {"product_id": self.support.id, "name": "Seat", "quantity": "5", "date_start": "2026-03-16"},
        ]
        self.include({"quantity": "10", "unit_product_id": self.support.id})
        self.subscribe(*seats, date_start="2026-03-01")
        self.use("2026-03-01", "60")
        # The most on one day: 5 seats, 50 included.
        self.assertEqual(self.amounts_of(self.make_run()), ["10.00"])

    def test_the_average_of_the_days_where_a_share_is_agreed(self):
        seats = [
            {"product_id": self.support.id, "name": "Seat", "quantity": "2", "date_end": "2026-04-16"},
            {"product_id": self.support.id, "name": "Seat", "quantity": "4", "date_start": "2026-04-16"},
        ]
        self.include({"quantity": "10", "unit_product_id": self.support.id, "is_prorated": True})
        self.subscribe(*seats, date_start="2026-04-01")
        self.use("2026-04-01", "40")
        # 15 days of 2 and 15 days of 4 seats: 3 on average, 30 included.
        self.assertEqual(self.amounts_of(self.make_run("2026-05-01")), ["10.00"])

    def test_seats_that_are_added_in_the_month_include_more(self):
        self.include({"quantity": "10", "unit_product_id": self.support.id, "is_prorated": True})
        line = self.subscribe(
            {"product_id": self.support.id, "name": "Seat", "quantity": "2"}, date_start="2026-04-01"
        ).line_ids.filtered(lambda line: line.product_id == self.support)
        line._apply_quantity(self.day("2026-04-16"), D(4))
        self.use("2026-04-01", "40")
        # 15 days of 2 and 15 days of 4 seats: 3 on average, 30 included.
        self.assertEqual(self.amounts_of(self.make_run("2026-05-01")), ["10.00"])

    def test_a_month_that_is_billed_keeps_the_seats_it_was_billed_with(self):
        self.include({"quantity": "10", "unit_product_id": self.support.id, "shared": "subscription"})
        subscription = self.subscribe(
            {"product_id": self.support.id, "name": "Seat", "quantity": "3"}, date_start="2026-03-01"
        )
        self.use("2026-03-01", "34")
        self.post(self.make_run())
        seats = subscription.line_ids.filtered(lambda line: line.product_id == self.support)
        seats._apply_quantity(self.day("2026-03-01"), D(5), "credit")
        self.use("2026-03-01", "44")
        # 14 above the 30 of March; 4 were billed.
        self.assertEqual(self.amounts_of(self.make_run("2026-04-02")), ["10.00"])


@tagged("post_install", "-at_install")
class TestUsedLater(AllowanceCase):
    def test_what_is_left_can_be_used_for_one_more_period_and_goes_first(self):
        self.include({"quantity": "100", "rollover_periods": 1})
        self.subscribe()
        self.use("2026-01-01", "40")
        self.use("2026-02-01", "130")
        self.use("2026-03-01", "150")
        run = self.make_run()
        # January leaves 60. February: those 60 first, then 70 of its own 100; 30 are left. March: 30 + 100, 20 charged.
        self.assertEqual(self.amounts_of(run), ["0.00", "0.00", "20.00"])
        self.assertEqual(
            self.used(self.disks(run)),
            [
                ("2026-01-01", "100", "40"),
                ("2026-01-01", "100", "60"),
                ("2026-02-01", "100", "70"),
                ("2026-02-01", "100", "30"),
                ("2026-03-01", "100", "100"),
            ],
        )

    def test_after_that_it_is_gone(self):
        self.include({"quantity": "100", "rollover_periods": 1})
        self.subscribe()
        self.use("2026-03-01", "320")
        # January's 100 are gone in March; February's 100 and March's own are there.
        self.assertEqual(self.amounts_of(self.make_run())[-1], "120.00")

    def test_month_by_month_in_runs_of_their_own_comes_to_the_same(self):
        self.include({"quantity": "100", "rollover_periods": 1})
        self.subscribe()
        self.use("2026-01-01", "40")
        self.post(self.make_run("2026-02-01"))
        self.use("2026-02-01", "130")
        self.post(self.make_run("2026-03-01"))
        self.use("2026-03-01", "150")
        self.assertEqual(self.amounts_of(self.make_run()), ["20.00"])

    def test_a_year_and_a_whole_contract(self):
        self.include({"quantity": "100", "cycle": "contract"})
        self.subscribe(date_start="2026-01-01")
        self.use("2026-12-01", "70")
        self.use("2027-01-01", "70")
        amounts = self.amounts_of(self.make_run("2027-02-01"))
        self.assertEqual(amounts[-2:], ["0.00", "40.00"])


@tagged("post_install", "-at_install")
class TestSharedByACustomer(AllowanceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.child = cls.make_customer("Acme child", parent_id=cls.customer.id)
        cls.other = cls.make_stream("child disk")

    def subscribe_both(self):
        self.subscribe(date_start="2026-02-01")
        self.subscribe(customer=self.child, stream=self.other, date_start="2026-02-01")

    def test_children_draw_on_the_same_quantity_month_by_month(self):
        self.include({"quantity": "100", "shared": "customer", "rollover_periods": 1})
        self.subscribe_both()
        self.use("2026-02-01", "30", "20", streams=[self.stream, self.other])
        self.use("2026-03-01", "90", "90", streams=[self.stream, self.other])
        run = self.make_run()
        # February: 50 of 100. March: 50 left and 100 new for 180 in all; the first draws 90, the second 60 of its 90.
        self.assertEqual(self.amounts_of(run), ["0.00", "0.00", "0.00", "30.00"])
        self.assertEqual(sum(self.disks(run).mapped("amount")), D("30.00"))

    def test_together_they_never_use_more_than_there_is(self):
        self.include({"quantity": "100", "shared": "customer"})
        self.subscribe_both()
        self.use("2026-03-01", "90", "90", streams=[self.stream, self.other])
        run = self.make_run()
        grants = self.env["cloud.rated.grant"].search(
            [("rated_line_id", "in", self.disks(run).ids), ("period_start", "=", "2026-03-01")]
        )
        self.assertEqual(sum(grants.mapped("quantity_used")), D(100))
        self.assertEqual(grants.mapped("pool_key"), [grants[0].pool_key] * 2)

    def test_two_workers_that_saw_the_same_rest_are_not_both_granted_it(self):
        self.include({"quantity": "100", "shared": "customer"})
        self.subscribe_both()
        self.use("2026-03-01", "90", "90", streams=[self.stream, self.other])
        run = self.make_run()
        Grant = self.env["cloud.rated.grant"]
        grant = Grant.search([("rated_line_id", "in", self.disks(run).ids)], limit=1)
        # What the second worker inserts carries the number that the first one has taken since.
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            grant.sudo().copy({"draw_number": grant.draw_number})
        with (
            patch.object(type(self.env.cr), "execute_values", side_effect=psycopg2.errors.UniqueViolation),
            self.assertRaises(ConcurrencyError),
        ):
            draw = Draw(grant.allowance_id.id, grant.pool_key, grant.period_start, None, None, D(100), D(1))
            Grant._insert([(grant.rated_line_id.id, self.company.id, draw)])


@tagged("post_install", "-at_install")
class TestCorrections(AllowanceCase):
    def test_late_usage_draws_on_what_is_still_left(self):
        self.include({"quantity": "100"})
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "80")
        self.post(self.make_run())
        self.use("2026-03-01", "130")
        run = self.make_run("2026-04-02")
        # 130 - 100 = 30.00, nothing was billed; 20 more are used.
        self.assertEqual(self.amounts_of(run), ["30.00"])
        self.assertEqual(self.used(self.disks(run)), [("2026-03-01", "100", "20")])

    def test_usage_that_is_undone_gives_back_what_it_used(self):
        self.include({"quantity": "100", "rollover_periods": 1})
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "100")
        self.post(self.make_run())
        self.use("2026-03-01", "60")
        run = self.make_run("2026-04-02")
        self.assertEqual(self.used(self.disks(run)), [("2026-03-01", "100", "-40")])
        self.post(run)
        self.use("2026-04-01", "150")
        # The 40 of March and the 100 of April: 10 charged.
        self.assertEqual(self.amounts_of(self.make_run("2026-05-01")), ["10.00"])

    def test_a_chain_of_corrections_adds_up(self):
        self.include({"quantity": "100"})
        self.subscribe(date_start="2026-03-01")
        for day, quantity in (("01", "80"), ("02", "130"), ("03", "90"), ("04", "250")):
            self.use("2026-03-01", quantity)
            self.post(self.make_run(f"2026-04-{day}"))
        lines = self.env["cloud.rated.line"].search([("product_id", "=", self.disk.id)])
        # In the end 250 - 100.
        self.assertEqual(sum(lines.mapped("amount")), D("150.00"))
        grants = self.env["cloud.rated.grant"].search([("rated_line_id", "in", lines.ids)])
        self.assertEqual(sum(grants.mapped("quantity_used")), D(100))

    def test_what_others_have_used_meanwhile_stays_theirs(self):
        self.include({"quantity": "100", "shared": "customer"})
        child = self.make_customer("Child", parent_id=self.customer.id)
        other = self.make_stream("child")
        self.subscribe(date_start="2026-03-01")
        self.subscribe(customer=child, stream=other, date_start="2026-03-01")
        self.use("2026-03-01", "50", "50", streams=[self.stream, other])
        self.post(self.make_run())
        self.use("2026-03-01", "70", "50", streams=[self.stream, other])
        # All 100 are used: the 20 that came late are charged.
        self.assertEqual(self.amounts_of(self.make_run("2026-04-02")), ["20.00"])

    def test_a_recalculation_draws_as_before(self):
        self.include({"quantity": "100"})
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "130")
        run = self.make_run()
        run.bill_ids.action_recalculate()
        self.assertEqual(self.amounts_of(run), ["30.00"])
        self.assertEqual(self.used(self.disks(run)), [("2026-03-01", "100", "100")])


@tagged("post_install", "-at_install")
class TestWhatStays(AllowanceCase):
    def test_what_an_approved_line_used_is_frozen(self):
        self.include({"quantity": "100"})
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "130")
        run = self.make_run()
        self.post(run)
        grant = self.env["cloud.rated.grant"].search([("rated_line_id", "in", self.disks(run).ids)])
        for sql in (
            "UPDATE cloud_rated_grant SET quantity_used = 0 WHERE id = %s",
            "DELETE FROM cloud_rated_grant WHERE id = %s",
        ):
            with (
                self.assertRaises(psycopg2.errors.RestrictViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.cr.execute(sql, [grant.id])

    def test_an_approved_version_includes_what_it_includes(self):
        self.set_company_state("live")
        version = self.include({"quantity": "100"})
        with self.assertRaises(UserError):
            version.allowance_ids.quantity = 200
        with self.assertRaises(UserError):
            version.write({"allowance_ids": [(0, 0, {"product_id": self.disk.id, "quantity": 5, "is_beside": True})]})

    def test_an_approval_covers_what_is_included(self):
        self.set_company_state("setup")
        version = self.include({"quantity": "100"})
        before = version._get_content_hash()
        version.allowance_ids.quantity = 200
        self.assertNotEqual(version._get_content_hash(), before)

    def test_a_new_version_begins_with_what_the_old_one_includes(self):
        version = self.include({"quantity": "100"})
        copy = version._copy_from(self.day("2026-06-01"))
        self.assertEqual(copy.allowance_ids.mapped("quantity"), [D(100)])
        self.assertEqual(copy.allowance_ids.scope_hash, version.allowance_ids.scope_hash)

    def test_the_checker_sees_what_is_included(self):
        version = self.include({"quantity": "100"})
        draft = version._copy_from(self.day("2026-06-01"))
        draft.allowance_ids.quantity = 50
        (row,) = draft._get_change_effect()["rows"]
        self.assertIn("Included: Disk, everyone", row["label"])
        self.assertEqual((row["old"], row["new"]), ("100 GB in each billing period", "50 GB in each billing period"))


@tagged("post_install", "-at_install")
class TestStatements(AllowanceCase):
    def test_rating_with_allowances_takes_as_many_statements_for_many_charges(self):
        self.include({"quantity": "100", "shared": "customer", "rollover_periods": 2})
        rows = []
        for number in range(22):
            stream = self.make_stream(f"s{number}")
            self.subscribe(customer=self.make_customer(f"C{number}"), stream=stream, date_start="2026-02-01")
            rows.append({"stream": stream, "quantity": "130"})
        self.deliver(*rows, month="2026-02-01")
        self.deliver(*rows, month="2026-03-01")
        self.make_run("2026-03-01")
        self.env["cloud.billing.period"]._create_due(self.company, self.day("2026-04-01"))
        run = self.env["cloud.bill.run"].create({"company_id": self.company.id, "cutoff_date": "2026-04-01"})
        run._start_rating()
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id), ("kind", "=", "metered")])

        def count(some):
            return self.count_statements_of(lambda: self.env["cloud.rating"]._rate(some, run.usage_number))

        count(charges[:1])
        few, many = count(charges[1:3]), count(charges[3:])
        self.assertEqual(few, many)
        self.assertEqual(set(self.amounts(charges.rated_line_ids)), {"30.00"})
