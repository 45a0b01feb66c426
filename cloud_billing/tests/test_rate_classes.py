"""Rate classes: who is in which class when, and the prices for them."""

from datetime import date
from decimal import Decimal

import psycopg2
from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..engine.rating import resolve, resolve_stretches
from .catalog_common import CatalogCase

MARCH = date(2026, 3, 1), date(2026, 4, 1)


class ClassCase(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold, cls.silver, cls.partner = cls.env["cloud.rate.class"].create(
            [{"name": name, "company_id": cls.company.id} for name in ("Gold", "Silver", "Partner")]
        )
        cls.gold.parent_id = cls.partner
        cls.holding = cls.make_customer("Holding")
        cls.customer = cls.make_customer("Acme", parent_id=cls.holding.id)
        cls.subscription = cls.make_subscription(cls.customer, [cls.metered])
        cls.line = cls.subscription.line_ids

    @classmethod
    def move(cls, customer, rate_class, day, submit=True):
        member = cls.env["cloud.rate.class.member"].create(
            {"customer_id": customer.id, "class_id": rate_class and rate_class.id, "date_start": day}
        )
        if submit:
            member.action_submit()
        return member

    def make_prices(self, **prices):
        """An approved version: everyone pays 10, the classes of the names given pay what is given."""
        classes = {"gold": self.gold, "silver": self.silver, "partner": self.partner}
        return self.make_version(
            [
                {"name": "everyone", "unit_price": "10"},
                *(
                    {"name": name, "unit_price": price, "rate_class_id": classes[name].id}
                    for name, price in prices.items()
                ),
            ]
        )

    def candidates(self, line=None, start=MARCH[0], end=MARCH[1]):
        line = line or self.line
        return self.env["cloud.price.plan"]._get_candidates(line, start, end)[line.id]

    def price(self, day, line=None):
        return resolve(self.candidates(line, day, date.max), day).chosen.terms.unit_price


@tagged("post_install", "-at_install")
class TestPricesOfAClass(ClassCase):
    stays_in_setup = "one person moves customers"

    def test_who_moves_on_the_15th_is_rated_on_the_old_class_until_the_14th(self):
        self.make_prices(gold="6", silver="8")
        self.move(self.customer, self.silver, "2026-01-01")
        self.move(self.customer, self.gold, "2026-03-15")
        self.assertEqual(self.price(date(2026, 3, 14)), Decimal("8"))
        self.assertEqual(self.price(date(2026, 3, 15)), Decimal("6"))
        found = resolve_stretches(*MARCH, self.candidates())
        self.assertEqual(
            [(start.day, resolution.chosen.rule.rule_name) for start, _end, resolution in found],
            [(1, "silver"), (15, "gold")],
        )

    def test_the_past_is_rated_by_the_membership_of_the_past(self):
        self.make_prices(gold="6", silver="8")
        self.move(self.customer, self.silver, "2026-02-01")
        self.move(self.customer, self.gold, "2026-03-15")
        self.move(self.customer, False, "2026-06-01")
        days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 5, 31), date(2026, 6, 1)]
        self.assertEqual([self.price(day) for day in days], [Decimal(price) for price in (10, 8, 6, 10)])

    def test_the_nearest_class_wins_and_the_one_above_serves_where_it_has_no_price(self):
        self.make_prices(partner="9")
        self.move(self.customer, self.gold, "2026-01-01")
        self.assertEqual(self.price(MARCH[0]), Decimal("9"))
        version = self.make_version([{"name": "gold", "unit_price": "6", "rate_class_id": self.gold.id},
                                     {"name": "partner", "unit_price": "9", "rate_class_id": self.partner.id}],
                                    date_start="2026-02-01")  # fmt: skip
        self.assertEqual(self.price(MARCH[0]), Decimal("6"))
        by_name = {candidate.rule.rule_name: candidate for candidate in self.candidates()}
        self.assertEqual(by_name["gold"].scope_depth, 0)
        self.assertEqual((by_name["partner"].scope_level, by_name["partner"].scope_depth), ("rate_class", 1))
        self.assertEqual(by_name["gold"].rule.scope, "rate class Gold; any product")
        self.assertEqual(version.rule_ids[0].who, "rate class Gold")

    def test_a_member_of_the_class_above_does_not_get_the_price_of_the_one_below(self):
        self.make_prices(gold="6")
        self.move(self.customer, self.partner, "2026-01-01")
        self.assertEqual(self.price(MARCH[0]), Decimal("10"))

    def test_prices_of_the_customer_and_of_its_payer_come_before_those_of_its_class(self):
        self.make_version(
            [
                {"name": "gold", "unit_price": "6", "rate_class_id": self.gold.id, "product_id": self.metered.id},
                {"name": "payer", "unit_price": "7", "customer_id": self.holding.id},
                {"name": "everyone", "unit_price": "10", "product_id": self.metered.id},
            ]
        )
        self.move(self.customer, self.gold, "2026-01-01")
        self.assertEqual(self.price(MARCH[0]), Decimal("7"))

    def test_who_has_no_class_is_in_that_of_the_nearest_payer(self):
        self.make_prices(gold="6", silver="8")
        self.move(self.holding, self.gold, "2026-01-01")
        self.move(self.customer, self.silver, "2026-03-10")
        self.move(self.customer, False, "2026-03-20")
        days = [date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 20)]
        self.assertEqual([self.price(day) for day in days], [Decimal(price) for price in (6, 8, 6)])

    def test_who_leaves_and_comes_back_finds_the_price_again(self):
        self.make_prices(gold="6")
        self.move(self.customer, self.gold, "2026-01-01")
        self.move(self.customer, False, "2026-03-10")
        self.move(self.customer, self.gold, "2026-03-20")
        found = resolve_stretches(*MARCH, self.candidates())
        self.assertEqual(
            [(start.day, resolution.chosen.rule.rule_name) for start, _end, resolution in found],
            [(1, "gold"), (10, "everyone"), (20, "gold")],
        )
        # The count of a ladder goes on: it is the same price.
        self.assertEqual(found[0][2].chosen.counter, found[2][2].chosen.counter)
        self.assertNotEqual(found[0][2].chosen.counter, found[1][2].chosen.counter)

    def test_a_price_of_a_class_holds_within_its_own_dates_too(self):
        self.make_version(
            [
                {"name": "everyone", "unit_price": "10"},
                {"name": "spring", "unit_price": "6", "rate_class_id": self.gold.id, "date_end": "2026-03-20"},
            ]
        )
        self.move(self.customer, self.gold, "2026-03-10")
        spring = next(candidate for candidate in self.candidates() if candidate.rule.rule_name == "spring")
        self.assertEqual((spring.valid_from, spring.valid_to), (date(2026, 3, 10), date(2026, 3, 20)))

    def test_a_draft_or_rejected_move_moves_nobody(self):
        self.make_prices(gold="6")
        self.move(self.customer, self.gold, "2026-01-01", submit=False)
        self.assertEqual(self.price(MARCH[0]), Decimal("10"))

    def test_two_equal_prices_of_one_class_are_refused(self):
        version = self.make_version([{"name": "a", "unit_price": "1", "rate_class_id": self.gold.id}], approve=False)
        with self.refused_with_button("any product, rate class Gold, on the same days"):
            self.env["cloud.price.rule"].create(
                {"version_id": version.id, "name": "b", "unit_price": "2", "rate_class_id": self.gold.id}
            )


@tagged("post_install", "-at_install")
class TestTheHistoryOfACustomer(ClassCase):
    stays_in_setup = "one person moves customers; with two: TestAMoveIsApproved"

    def test_a_membership_ends_where_the_next_one_begins(self):
        silver = self.move(self.customer, self.silver, "2026-01-01")
        gold = self.move(self.customer, self.gold, "2026-03-15")
        with freeze_time("2026-03-20"):
            self.env.invalidate_all()
            self.assertEqual((silver.date_end, gold.date_end), (date(2026, 3, 15), False))
            self.assertEqual((silver.status, gold.status), ("ended", "in_force"))
            self.assertEqual(self.customer.rate_class_id, self.gold)
            self.assertEqual((self.gold.member_count, self.silver.member_count), (1, 0))
            found = self.env["cloud.customer"].search([("rate_class_id", "=", self.gold.id)])
            self.assertEqual(found, self.customer)
            without = self.env["cloud.customer"].search([("rate_class_id", "=", False)])
            self.assertIn(self.holding, without)
            self.assertNotIn(self.customer, without)
        with freeze_time("2026-03-14"):
            self.env.invalidate_all()
            self.assertEqual((silver.status, gold.status), ("in_force", "future"))

    def test_one_that_was_wrong_is_replaced_by_another_one_from_the_same_day_on(self):
        self.make_prices(gold="6", silver="8")
        wrong = self.move(self.customer, self.silver, "2026-03-15")
        right = self.move(self.customer, self.gold, "2026-03-15")
        self.assertEqual((wrong.revision, right.revision), (1, 2))
        self.env.invalidate_all()
        self.assertEqual((wrong.status, wrong.date_end), ("replaced", False))
        self.assertEqual(self.price(date(2026, 3, 15)), Decimal("6"))

    def test_a_move_that_was_overtaken_is_not_approved(self):
        first = self.move(self.customer, self.silver, "2026-03-15", submit=False)
        self.move(self.customer, self.gold, "2026-03-15")
        with self.refused("was overtaken"):
            first.action_submit()

    def test_a_move_to_where_the_customer_is_already_is_refused(self):
        self.move(self.customer, self.gold, "2026-01-01")
        with self.refused("Acme is in Gold on 2026-03-15 already"):
            self.move(self.customer, self.gold, "2026-03-15")
        with self.refused("Holding is in no class"):
            self.move(self.holding, False, "2026-03-15")

    @mute_logger("odoo.sql_db")
    def test_two_from_one_day_are_refused_by_the_database(self):
        member = self.move(self.customer, self.gold, "2026-03-15")
        self.env.flush_all()
        for class_id in (self.gold.id, self.silver.id):
            with self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
                self.cr.execute(
                    """
                    INSERT INTO cloud_rate_class_member (customer_id, company_id, class_id, date_start, revision, state)
                    SELECT customer_id, company_id, %s, date_start, revision, 'approved'
                      FROM cloud_rate_class_member
                     WHERE id = %s
                    """,
                    (class_id, member.id),
                )

    def test_whatever_stands_in_the_table_a_customer_is_in_one_class_at_a_time(self):
        for day, rate_class in (("2026-02-01", self.gold), ("2026-01-01", self.silver), ("2026-03-01", self.partner)):
            self.move(self.customer, rate_class, day)
        stretches = self.env["cloud.rate.class.member"]._get_stretches(self.customer)[self.customer.id]
        self.assertEqual(
            [member.class_id for member, _start, _end in stretches], [self.silver, self.gold, self.partner]
        )
        self.assertEqual([end for _member, _start, end in stretches], [date(2026, 2, 1), date(2026, 3, 1), None])

    def test_a_class_with_members_stays_where_it_is(self):
        self.move(self.customer, self.gold, "2026-01-01")
        self.set_company_state("live")
        with self.refused("Gold or a class below it has members"):
            self.gold.parent_id = self.silver
        with self.refused("Partner or a class below it has members"):
            self.partner.parent_id = self.silver
        with self.refused("Archive it instead"):
            self.gold.unlink()
        self.silver.parent_id = self.partner

    def test_a_class_does_not_stand_within_itself(self):
        with self.refused("Partner cannot stand within Gold"):
            self.partner.parent_id = self.gold


@tagged("post_install", "-at_install")
class TestAMoveIsApproved(ClassCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = cls.make_version(
            [
                {"name": "everyone", "unit_price": "10"},
                {"name": "gold", "unit_price": "6", "rate_class_id": cls.gold.id, "product_id": cls.metered.id},
            ]
        )
        cls.set_company_state("live")

    def propose(self, rate_class=None, day="2026-03-15"):
        move = self.env["cloud.rate.class.move"].with_user(self.user_price_manager)
        with Form(move.with_context(default_customer_id=self.customer.id, default_company_id=self.company.id)) as form:
            form.class_id = rate_class or self.gold
            form.date_start = day
            form.reason = "Grew"
        action = form.record.action_move()
        return self.env["cloud.rate.class.member"].browse(action["res_id"])

    def test_another_person_sees_its_effect_and_agrees(self):
        self.subscription.action_activate()
        member = self.propose()
        request = member.request_id
        self.assertEqual((member.state, request.kind, request.state), ("pending", "rate_class", "pending"))
        money = self.plan.currency_id.name
        self.assertEqual(
            request.effect["rows"],
            [
                {"label": "Rate class from 2026-03-15", "old": "no class", "new": "Gold"},
                {
                    "label": self.line.display_name,
                    "old": f"10.00 {money} per unit",
                    "new": f"6.00 {money} per GB-Months",
                },
            ],
        )
        self.assertIn("Lines of active subscriptions that get another price: 1 of 1.", request.effect["notes"])
        self.assertEqual(self.price(date(2026, 3, 15)), Decimal("10"))
        self.vote(request)
        self.assertEqual((member.state, request.state), ("approved", "applied"))
        self.assertEqual(self.price(date(2026, 3, 15)), Decimal("6"))

    def test_a_move_into_billed_days_says_so(self):
        self.make_charge(self.line, "2026-03-01", "2026-04-01")
        notes = self.propose().request_id.effect["notes"]
        self.assertIn(
            "Charges from 2026-03-15 on that are billed already: 1. The difference is corrected when they are rated "
            "again.",
            notes,
        )

    def test_a_rejected_one_is_edited_and_proposed_again(self):
        member = self.propose()
        self.vote(member.request_id, decision="reject", comment="Not yet")
        self.assertEqual(member.state, "rejected")
        member.with_user(self.user_price_manager).action_back_to_draft()
        member.with_user(self.user_price_manager).date_start = "2026-04-01"
        member.with_user(self.user_price_manager).action_submit()
        self.assertEqual(member.state, "pending")

    def test_nobody_approves_or_edits_it_directly(self):
        member = self.propose()
        for vals in ({"state": "approved"}, {"class_id": self.silver.id}, {"date_start": "2026-01-01"}):
            with self.refused("approve"):
                member.write(vals)
        with self.refused("another person approves"):
            self.env["cloud.rate.class.member"].create(
                {"customer_id": self.customer.id, "date_start": "2026-01-01", "state": "approved"}
            )
        self.vote(member.request_id)
        for vals in ({"class_id": self.silver.id}, {"date_start": "2026-01-01"}, {"state": "draft"}):
            with self.refused("approved"):
                member.write(vals)
        with self.refused("approved"):
            member.unlink()

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_what_nobody_approved_and_a_change_of_what_was(self):
        draft = self.propose()
        self.env.flush_all()
        with self.assertRaisesRegex(psycopg2.errors.CheckViolation, "Approved by nobody"), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_rate_class_member SET state = 'approved' WHERE id = %s", draft.ids)
        self.vote(draft.request_id)
        for change in ("class_id = NULL", "date_start = '2026-01-01'", "revision = 7"):
            with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
                self.cr.execute(f"UPDATE cloud_rate_class_member SET {change} WHERE id = %s", draft.ids)

    def test_a_vote_is_on_what_was_submitted(self):
        member = self.propose()
        digest = member._get_content_hash()
        member.invalidate_recordset()
        self.cr.execute("UPDATE cloud_rate_class_member SET date_start = '2026-02-01' WHERE id = %s", member.ids)
        self.assertNotEqual(member._get_content_hash(), digest)
        with self.refused("changed after it was submitted"):
            self.vote(member.request_id)

    def test_a_viewer_reads_and_does_not_move(self):
        member = self.propose()
        self.assertEqual(member.with_user(self.user_viewer).class_id, self.gold)
        with self.assertRaises(AccessError):
            self.env["cloud.rate.class.member"].with_user(self.user_viewer).create(
                {"customer_id": self.customer.id, "class_id": self.gold.id}
            )

    def test_classes_and_members_of_another_company_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        rate_class = self.env["cloud.rate.class"].create({"name": "Foreign", "company_id": other.id})
        Class = self.env["cloud.rate.class"].with_user(self.user_price_manager)
        self.assertNotIn(rate_class, Class.search([]))
        with self.refused("another company|Incompatible companies"):
            self.move(self.customer, rate_class, "2026-05-01", submit=False)


@tagged("post_install", "-at_install")
class TestClassesOfMany(ClassCase):
    stays_in_setup = "one person moves customers"

    def make_lines(self, count):
        """Lines of as many customers, each in a class of its own with a price, half of them moved in mid-March."""
        classes = self.env["cloud.rate.class"].create(
            [{"name": f"K{number}", "parent_id": self.partner.id} for number in range(count)]
        )
        self.make_version(
            [
                {"name": "everyone", "unit_price": "10"},
                *(
                    {
                        "name": rate_class.name,
                        "unit_price": "1",
                        "rate_class_id": rate_class.id,
                        "condition_ids": [(0, 0, {"dimension": "region", "accepted": "eu"})],
                    }
                    for rate_class in classes
                ),
            ]
        )
        lines = self.env["cloud.subscription.line"]
        for number, rate_class in enumerate(classes):
            customer = self.make_customer(f"C{number}", parent_id=self.holding.id)
            self.move(customer, rate_class, "2026-01-01")
            if number % 2:
                self.move(customer, self.gold, "2026-03-15")
            lines |= self.make_subscription(customer, [self.metered]).line_ids
        return lines

    def test_ten_times_the_lines_rules_and_classes_take_no_more_statements(self):
        lines = self.make_lines(30)
        counts = []
        for some in (lines, lines[:3], lines):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self.env["cloud.price.plan"]._get_candidates(some, *MARCH)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self.assertLess(counts[1], 25)
        own = [candidate.rule.rule_name for candidate in found[lines[1].id]]
        self.assertEqual(own, ["K1", "everyone"])
