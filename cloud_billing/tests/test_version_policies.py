"""From when a version holds for those who subscribed before it."""

from datetime import date
from decimal import Decimal

import psycopg2
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..engine.rating import resolve_stretches
from .catalog_common import CatalogCase

YEAR = date(2026, 1, 1), date(2027, 1, 1)


class PolicyCase(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.make_version([{"name": "first", "unit_price": "1"}])

    def version(self, name, date_start, policy="at_once", until=False):
        version = self.make_version([{"name": name, "unit_price": "2"}], date_start=date_start, approve=False)
        version.write({"policy": policy, "grandfather_until": until})
        version.action_approve_directly()
        return version

    def held(self, start="2026-01-01", **vals):
        """{first day: name of the price} of a subscription over the year 2026."""
        subscription = self.make_subscription(self.customer, [self.metered], date_start=start, **vals)
        line = subscription.line_ids
        candidates = self.env["cloud.price.plan"]._get_candidates(line, *YEAR)[line.id]
        stretches = resolve_stretches(max(YEAR[0], subscription.date_start), YEAR[1], candidates)
        return {str(day): resolution.chosen.rule.rule_name for day, _end, resolution in stretches}


@tagged("post_install", "-at_install")
class TestExistingSubscriptions(PolicyCase):
    def test_at_once_splits_the_period_and_tiers_count_on(self):
        self.version("second", "2026-03-15")
        self.assertEqual(self.held(), {"2026-01-01": "first", "2026-03-15": "second"})
        line = self.make_subscription(self.customer, [self.metered]).line_ids
        candidates = self.env["cloud.price.plan"]._get_candidates(line, *YEAR)[line.id]
        self.assertEqual(len({candidate.counter for candidate in candidates}), 1)

    def test_from_the_next_period_a_period_that_has_begun_keeps_its_prices(self):
        self.version("second", "2026-03-15", "next_period")
        self.assertEqual(self.held(), {"2026-01-01": "first", "2026-04-01": "second"})
        # Months from the start day: from 20 January the period that begins next is that of 20 March.
        self.assertEqual(
            self.held("2026-01-20", cycle_kind="anniversary"), {"2026-01-20": "first", "2026-03-20": "second"}
        )
        # A calendar month that begins on the 15th begins with the version.
        self.assertEqual(self.held(anchor_day=15), {"2026-01-01": "first", "2026-03-15": "second"})
        # On the 31st: the last day of a shorter month, so the period after 15 March begins on 31 March.
        self.assertEqual(self.held(anchor_day=31), {"2026-01-01": "first", "2026-03-31": "second"})

    def test_former_prices_are_kept_until_the_day(self):
        self.version("second", "2026-03-15", "grandfather", "2026-09-10")
        self.assertEqual(self.held("2026-03-14"), {"2026-03-14": "first", "2026-09-10": "second"})

    def test_former_prices_are_kept_for_as_long_as_the_subscription_runs(self):
        self.version("second", "2026-03-15", "grandfather")
        self.assertEqual(self.held(), {"2026-01-01": "first"})

    def test_who_subscribes_on_its_first_day_or_later_takes_the_version(self):
        for policy, until in (("at_once", False), ("next_period", False), ("grandfather", "2026-09-10")):
            with self.subTest(policy=policy), self.cr.savepoint() as savepoint:
                self.version("second", "2026-03-15", policy, until)
                self.assertEqual(self.held("2026-03-15"), {"2026-03-15": "second"})
                self.assertEqual(self.held("2026-03-20"), {"2026-03-20": "second"})
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_promise_is_kept_by_later_versions(self):
        self.version("second", "2026-03-01", "grandfather", "2026-09-01")
        self.version("third", "2026-06-01")
        # Promised until September; then the newest holds.
        self.assertEqual(self.held(), {"2026-01-01": "first", "2026-09-01": "third"})
        # Nothing was promised to who came in April.
        self.assertEqual(self.held("2026-04-01"), {"2026-04-01": "second", "2026-06-01": "third"})

    def test_a_version_that_overtakes_one_that_was_due_takes_its_place(self):
        self.version("second", "2026-03-05", "next_period")
        self.version("third", "2026-03-20")
        self.assertEqual(self.held(), {"2026-01-01": "first", "2026-03-20": "third"})

    def test_two_promises_hold_until_the_later_day(self):
        self.version("second", "2026-03-01", "grandfather", "2026-09-01")
        self.version("third", "2026-06-01", "grandfather", "2026-07-01")
        self.assertEqual(self.held(), {"2026-01-01": "first", "2026-09-01": "third"})

    def test_the_price_shown_on_a_line_is_the_one_that_holds_for_it(self):
        self.version("second", "2026-03-15", "grandfather", "2026-09-10")
        old = self.make_subscription(self.customer, [self.metered]).line_ids
        new = self.make_subscription(self.customer, [self.metered], date_start="2026-04-01").line_ids
        shown = (old | new)._get_rules_in_force(date(2026, 5, 1))
        self.assertEqual((shown[old.id].name, shown[new.id].name), ("first", "second"))


@tagged("post_install", "-at_install")
class TestThePolicyIsApproved(PolicyCase):
    def draft(self, **vals):
        version = self.make_version([{"name": "next", "unit_price": "2"}], date_start="2026-03-15", approve=False)
        version.write(vals)
        return version

    def test_the_approver_reads_how_many_subscriptions_it_concerns(self):
        for day in ("2026-01-01", "2026-02-01", "2026-03-15"):
            self.make_subscription(self.customer, [self.metered], date_start=day).action_activate()
        self.make_subscription(self.customer, [self.metered])
        for vals, note in (
            ({}, "2 existing subscriptions get these prices on 2026-03-15;"),
            ({"policy": "next_period"}, "2 existing subscriptions get these prices from their first billing period"),
            (
                {"policy": "grandfather", "grandfather_until": "2026-09-01"},
                "2 existing subscriptions keep their former prices until 2026-09-01.",
            ),
            ({"policy": "grandfather"}, "2 existing subscriptions keep their former prices for as long as they run."),
        ):
            version = self.draft(**vals)
            notes = version._get_change_effect()["notes"]
            self.assertTrue(any(text.startswith(note) for text in notes), notes)
            self.assertEqual(version.existing_count, 2)

    def test_the_approval_covers_it(self):
        version = self.draft()
        digests = {version._get_content_hash()}
        for vals in ({"policy": "next_period"}, {"policy": "grandfather"}, {"grandfather_until": "2026-09-01"}):
            version.write(vals)
            digests.add(version._get_content_hash())
        self.assertEqual(len(digests), 4)

    @mute_logger("odoo.sql_db")
    def test_once_approved_it_stays(self):
        version = self.draft()
        version.action_approve_directly()
        self.set_company_state("live")
        with self.refused("was approved"):
            version.policy = "grandfather"
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_price_plan_version SET policy = 'next_period' WHERE id = %s", version.ids)

    @mute_logger("odoo.sql_db")
    def test_a_day_until_when_stands_only_where_former_prices_are_kept_and_after_the_first_day(self):
        for vals in (
            {"policy": "at_once", "grandfather_until": "2026-09-01"},
            {"policy": "grandfather", "grandfather_until": "2026-03-15"},
        ):
            with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
                self.draft(**vals)

    def test_on_the_form_the_day_goes_with_the_promise(self):
        version = self.draft(policy="grandfather", grandfather_until="2026-09-01")
        with Form(version) as form:
            form.policy = "next_period"
        self.assertFalse(version.grandfather_until)

    def test_the_next_version_makes_no_promise_by_itself(self):
        version = self.draft(policy="grandfather", grandfather_until="2026-09-01")
        draft = version._copy_from(date(2026, 10, 1))
        self.assertEqual((draft.policy, draft.grandfather_until), ("at_once", False))

    def test_a_superseded_version_says_who_still_pays_its_prices(self):
        first = self.plan.version_ids
        old = self.make_subscription(self.customer, [self.metered])
        old.action_activate()
        second = self.version("second", "2026-03-15", "grandfather", "2026-09-01")
        new = self.make_subscription(self.customer, [self.metered], date_start="2026-04-01")
        new.action_activate()
        with freeze_time("2026-05-01"):
            self.env.invalidate_all()
            self.assertEqual((first.status, first.subscription_count), ("superseded", 1))
            self.assertEqual(second.subscription_count, 1)
            found = self.env["cloud.subscription"].search(first.action_open_subscriptions()["domain"])
            self.assertEqual(found, old)
        with freeze_time("2026-09-01"):
            self.env.invalidate_all()
            self.assertEqual((first.subscription_count, second.subscription_count), (0, 2))


@tagged("post_install", "-at_install")
class TestPoliciesOfMany(PolicyCase):
    def test_ten_times_the_lines_and_versions_take_no_more_statements(self):
        for month in range(2, 7):
            self.version(f"v{month}", f"2026-{month:02}-10", "next_period" if month % 2 else "at_once")
        lines = self.env["cloud.subscription.line"].union(
            *(
                self.make_subscription(
                    self.customer, [self.metered], date_start=f"2026-01-{day:02}", cycle_kind="anniversary"
                ).line_ids
                for day in range(1, 31)
            )
        )
        counts = []
        for some in (lines, lines[:3], lines):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self.env["cloud.price.plan"]._get_candidates(some, *YEAR)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        # v3 begins on 10 March: from the period of 31 January's neighbours, 5 January + months, on 5 April.
        fifth = found[lines[4].id]
        third = next(candidate for candidate in fifth if candidate.rule.rule_name == "v3")
        self.assertEqual(third.valid_from, date(2026, 4, 5))
        self.assertEqual(third.terms.unit_price, Decimal("2"))
