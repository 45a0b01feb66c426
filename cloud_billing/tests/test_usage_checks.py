"""Rows that break a check are held for review in the transaction that makes them exist."""

import json
from unittest.mock import patch

import psycopg2.errors
from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .usage_common import APRIL, PLAIN_ROW, UsageOwnerCase, events_csv, focus_csv, hour


class CheckCase(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checks = cls.env["cloud.usage.check"].with_context(active_test=False)
        cls.checks.search([]).active = False

    def check(self, kind, source=None, **vals):
        return self.checks.create({"source_id": (source or self.bills).id, "kind": kind, **vals})

    def held(self, source=None):
        return self.env["cloud.usage.exception"].search(
            [("source_id", "=", (source or self.bills).id), ("state", "=", "held")], order="service_start, id"
        )

    def whys(self):
        return self.held().mapped("why")


@tagged("post_install", "-at_install")
class TestWhatIsHeld(CheckCase):
    def test_a_figure_out_of_range(self):
        self.check("range", measure="cost_billed", lowest="0", highest="100")
        self.deliver(
            self.bills, focus_csv(*(hour(day, cost=cost) for day, cost in enumerate(("0", "100", "100.01", "-1"), 1)))
        )
        self.assertEqual(
            self.whys(), ["Billed cost 100.01 is not between 0 and 100.", "Billed cost -1 is not between 0 and 100."]
        )
        self.assertEqual(self.held().mapped("reason"), ["Billed cost out of range"] * 2)

    def test_a_negative_quantity_of_usage_but_not_of_a_credit(self):
        self.check("range", measure="quantity", lowest="0")
        self.deliver(
            self.bills,
            focus_csv(hour(1, PricingQuantity="-1"), hour(2, PricingQuantity="-1", ChargeCategory="Credit"), hour(3)),
        )
        self.assertEqual(self.whys(), ["Quantity -1 is below 0."])

    def test_only_of_the_service_that_it_is_for(self):
        self.check("range", measure="quantity", highest="5", service="Storage")
        self.deliver(
            self.bills, focus_csv(hour(1, PricingQuantity="6"), hour(2, PricingQuantity="6", ServiceName="Storage"))
        )
        self.assertEqual(self.held().mapped("service"), ["Storage"])

    def test_a_new_account_once_something_is_known(self):
        self.check("value", dimension="sub_account")
        self.deliver(self.bills, focus_csv(hour(1), hour(1, SubAccountId="sub-2")))
        self.assertFalse(self.held())
        self.deliver(self.bills, focus_csv(hour(1), hour(1, SubAccountId="sub-2"), hour(2, SubAccountId="sub-3")))
        self.assertEqual(self.whys(), ["Sub-account or project sub-3 was never seen."])

    def test_a_value_that_was_released_is_known_and_one_that_was_waived_is_not(self):
        check = self.check("value", dimension="region")
        self.deliver(self.bills, focus_csv(hour(1)))
        self.deliver(self.bills, focus_csv(hour(1), hour(2, RegionId="eu-2"), hour(3, RegionId="eu-3")))
        second, third = self.held()
        second.record_id.action_release("We opened it")
        third.record_id.action_waive("A test")
        self.assertEqual(sorted(check.value_ids.mapped("value")), ["eu-1", "eu-2"])
        self.deliver(
            self.bills,
            focus_csv(hour(1, **APRIL), hour(2, RegionId="eu-2", **APRIL), hour(3, RegionId="eu-3", **APRIL)),
        )
        self.assertEqual(self.whys(), ["Region eu-3 was never seen."])

    def test_a_value_that_nobody_allowed(self):
        check = self.check("value", dimension="service")
        check.value_ids = [(0, 0, {"value": "Compute"})]
        self.deliver(self.bills, focus_csv(hour(1), hour(2, ServiceName="Mining")))
        self.assertEqual(self.whys(), ["Service Mining was never seen."])

    def test_a_new_value_of_a_tag(self):
        check = self.check("value", dimension="tag", tag="env")

        def tagged_rows(*values):
            rows = [hour(day, Tags=json.dumps({"env": value})) for day, value in enumerate(values, 1)]
            return focus_csv(*rows, columns=[*PLAIN_ROW, "Tags"])

        self.deliver(self.bills, tagged_rows("prod", "test"))
        self.assertEqual(sorted(check.value_ids.mapped("value")), ["prod", "test"])
        self.deliver(self.bills, tagged_rows("prod", "test", "x"))
        self.assertEqual(self.whys(), ["env x was never seen."])

    def test_a_unit_that_the_service_never_had(self):
        self.check("unit")
        self.deliver(self.bills, focus_csv(hour(1), hour(2, ServiceName="Storage", PricingUnit="GB")))
        self.deliver(
            self.bills,
            focus_csv(hour(1), hour(2, ServiceName="Storage", PricingUnit="GB"), hour(3, PricingUnit="GB")),
        )
        self.assertEqual(self.whys(), ["Compute never came in GB."])

    def test_service_too_old_and_in_the_future(self):
        self.check("time", past_days=60, future_days=2)
        with patch.object(
            fields.Datetime, "now", lambda *_arguments: fields.Datetime.to_datetime("2026-03-05 00:00:00")
        ):
            self.deliver(
                self.bills,
                focus_csv(
                    # 60 days before 5 March 2026 is 4 January; two days ahead is the 7th.
                    hour(1, ChargePeriodStart="2026-01-03T23:00:00Z"),
                    hour(1, ChargePeriodStart="2026-01-04T00:00:00Z"),
                    hour(7),
                    hour(8),
                ),
            )
        first, second = self.whys()
        self.assertIn("more than 60 days before it arrived", first)
        self.assertIn("more than 2 days after it arrived", second)
        self.assertEqual(
            [str(one.service_start) for one in self.held()], ["2026-01-03 23:00:00", "2026-03-08 00:00:00"]
        )

    def test_a_row_that_breaks_two_checks_is_held_once_and_says_both(self):
        self.check("range", measure="cost_billed", highest="5", sequence=2)
        self.check("range", measure="quantity", highest="0", sequence=1)
        self.deliver(self.bills, focus_csv(hour(1)))
        self.assertEqual(self.whys(), ["Quantity 1 is above 0. Billed cost 10 is above 5."])
        self.assertEqual(self.held().reason, "Quantity out of range")


@tagged("post_install", "-at_install")
class TestSpike(CheckCase):
    """Sundays of March 2026 are the 1st, 8th, 15th, 22nd and 29th."""

    def deliver_sundays(self, *quantities, **more):
        return self.deliver(
            self.bills,
            focus_csv(*(hour(1 + 7 * n, PricingQuantity=quantity, **more) for n, quantity in enumerate(quantities))),
        )

    def test_a_day_far_above_the_same_weekday(self):
        self.check("spike", measure="quantity", factor="3", minimum="10", weeks=4)
        # The median of 10, 12 and 11 is 11: three times it is 33.
        self.deliver_sundays("10", "12", "11", "33")
        self.assertFalse(self.held())
        self.deliver_sundays("10", "12", "11", "33.1")
        self.assertEqual(
            self.whys(), ["Quantity of 03/22/2026 is 33.1; usual on this weekday is 11 (median of 4 weeks)."]
        )

    def test_not_by_a_small_amount_nor_without_two_weeks_nor_beside_other_weekdays(self):
        check = self.check("spike", measure="quantity", factor="3", minimum="30", weeks=4)
        self.deliver_sundays("10", "12", "11", "40.9")
        self.assertFalse(self.held())
        check.minimum = "0"
        self.deliver(
            self.bills,
            focus_csv(hour(2), hour(9, PricingQuantity="900"), hour(3, PricingQuantity="1")),
            allow_removal=True,
        )
        self.assertFalse(self.held())

    def test_the_day_is_the_sum_of_its_rows_and_all_of_them_are_held(self):
        self.check("spike", measure="cost_billed", factor="2", weeks=2)
        self.deliver(
            self.bills,
            focus_csv(hour(1), hour(8), hour(15, "vm-1", "11"), hour(15, "vm-2", "11"), hour(16, "vm-1", "99")),
        )
        # 10 and 10 before; 22 is more than 20.
        self.assertEqual([str(one.cost_billed) for one in self.held()], ["11", "11"])

    def test_of_an_appending_source_only_what_came_now_is_held(self):
        self.check("spike", source=self.events, measure="quantity", factor="2", weeks=2)
        self.deliver(self.events, events_csv(("a", 1, "x", "5"), ("b", 8, "x", "5"), ("c", 15, "x", "9")))
        self.deliver(self.events, events_csv(("d", 15, "x", "2")), name="later.csv")
        held = self.held(self.events)
        self.assertEqual([str(one.quantity) for one in held], ["2"])
        self.assertIn("is 11; usual on this weekday is 5", held.why)


@tagged("post_install", "-at_install")
class TestHeldFromTheBeginning(CheckCase):
    def test_it_never_counts_not_even_as_of_its_own_number(self):
        self.check("range", measure="cost_billed", highest="15")
        usage_import = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="20")))
        self.assign(self.stream(self.bills), self.acme_line)
        number = self.store._last_number(self.company)
        self.assertEqual([str(total.cost_billed) for total in self.totals(self.acme_line, number)], ["10"])
        self.assertEqual(self.held().from_number, usage_import.import_number)
        self.assertEqual(self.store._prove_states(self.company), {})

    def test_the_import_says_how_many(self):
        self.check("range", measure="cost_billed", highest="15")
        usage_import = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="20")))
        self.assertEqual((usage_import.held_count, self.bills.held_count), (1, 1))
        self.assertIn("Rows held for review: 1.", usage_import.message_ids[0].body)

    def test_what_was_released_or_waived_stays_so_when_the_month_comes_again(self):
        self.check("range", measure="cost_billed", highest="15")
        self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="20"), hour(3, cost="30"), hour(4, cost="40")))
        second, third, _fourth = self.held()
        second.record_id.action_release("It is right")
        third.record_id.action_waive("Agreed")
        for extra in (5, 6):
            rows = (hour(1), hour(2, cost="20"), hour(3, cost="30"), hour(4, cost="40"), hour(extra))
            self.deliver(self.bills, focus_csv(*rows), allow_removal=True)
            with self.subTest(extra=extra):
                self.assertEqual(
                    [row.state for row in self.live_rows(self.bills)],
                    ["unmatched"] * 2 + ["waived", "held", "unmatched"],
                )
        self.assertEqual(self.live_rows(self.bills)[2].state, "waived")
        self.assertEqual(self.store._prove_states(self.company), {})

    def test_what_a_person_held_is_held_when_the_month_comes_again_without_any_check(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="20")))
        self.live_rows(self.bills)[1].action_hold("Ask them")
        self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="20"), hour(3)))
        self.assertEqual((self.held().reason, str(self.held().cost_billed)), ("Ask them", "20"))

    def test_statements_do_not_grow_with_rows_or_checks(self):
        def publish(count, month):
            usage_import = self.env["cloud.usage.import"]._create_with_files(
                self.bills, [("a.csv", focus_csv(*(hour(1, f"vm-{n}", cost="20", **month) for n in range(count))))]
            )
            counted = []
            original = type(self.store)._settle_rows

            def count_statements(store, *arguments):
                before = store.env.cr.sql_log_count
                original(store, *arguments)
                counted.append(store.env.cr.sql_log_count - before)

            with patch.object(type(self.store), "_settle_rows", count_statements):
                usage_import.action_import()
            return counted

        self.check("range", measure="cost_billed", highest="15")
        self.check("spike")
        self.check("value").value_ids = [(0, 0, {"value": "acct-1"})]
        publish(2, {})
        few = publish(3, {})
        for _more in range(9):
            self.check("range", measure="quantity", highest="15")
        self.assertEqual(publish(30, APRIL), few)


@tagged("post_install", "-at_install")
class TestChecksThemselves(CheckCase):
    def test_a_new_source_watches_for_the_future_and_offers_the_rest(self):
        source = self.env["cloud.usage.source"].create({"name": "New", "reader": "focus"})
        self.assertEqual(
            [(check.kind, check.active) for check in source.check_ids],
            [("time", True), ("range", False), ("spike", False), ("value", False)],
        )

    def test_learning_takes_what_arrived_and_is_not_held(self):
        self.check("range", measure="cost_billed", highest="15")
        self.deliver(self.bills, focus_csv(hour(1), hour(2, RegionId="eu-9", cost="20")))
        check = self.check("value", dimension="region")
        check.with_user(self.user_administrator).action_learn()
        self.assertEqual(check.value_ids.mapped("value"), ["eu-1"])

    def test_checks_without_sense_are_refused(self):
        for kind, vals in (
            ("range", {"lowest": "2", "highest": "1"}),
            ("range", {}),
            ("spike", {"weeks": 1}),
            ("spike", {"measure": "cost_list"}),
            ("spike", {"factor": "0.5"}),
            ("spike", {"factor": False}),
            ("spike", {"minimum": False}),
            ("value", {"dimension": "tag"}),
            ("time", {}),
        ):
            with (
                self.subTest(kind=kind, vals=vals),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.check(kind, **vals)

    def test_a_value_is_known_once(self):
        check = self.check("value")
        check.value_ids = [(0, 0, {"value": "a"})]
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            check.value_ids = [(0, 0, {"value": "a"})]

    def test_one_that_holds_rows_is_not_deleted(self):
        check = self.check("range", measure="cost_billed", highest="5")
        self.deliver(self.bills, focus_csv(hour(1)))
        with self.assertRaisesRegex(ValidationError, "rows wait that it holds"):
            check.unlink()
        self.held().record_id.action_release("x")
        check.unlink()

    def test_administrators_make_them_and_others_read_them(self):
        form = Form(
            self.env["cloud.usage.check"]
            .with_user(self.user_administrator)
            .with_context(default_source_id=self.bills.id)
        )
        form.kind, form.measure, form.highest = "range", "cost_billed", "5"
        check = form.save()
        self.assertEqual(check.name, "Billed cost out of range")
        self.assertEqual(check.with_user(self.user_viewer).name, check.name)
        with self.assertRaises(AccessError):
            check.with_user(self.user_accountant).active = False
        with self.assertRaises(AccessError):
            check.with_user(self.user_accountant).action_learn()
