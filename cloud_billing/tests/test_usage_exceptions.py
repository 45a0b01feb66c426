"""Single rows that are held for review, waived or released: by number, never on the row, and never what is billed."""

from unittest.mock import patch

import psycopg2.errors
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .test_usage_formats import CONTENT, FormatCase, bare
from .usage_common import UsageOwnerCase, events_csv, focus_csv, hour

SCHEMA = "cloud_billing_usage"


class ExceptionCase(UsageOwnerCase):
    """Acme's March: three rows of one hour each, for 10, 20 and 30 USD."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deliver(cls.bills, focus_csv(*(hour(day, cost=f"{day}0") for day in (1, 2, 3))))
        cls.assign(cls.stream(cls, cls.bills), cls.acme_line)
        cls.first, cls.second, cls.third = cls.live_rows(cls, cls.bills)

    def cost(self, number=None):
        return [str(total.cost_billed) for total in self.totals(self.acme_line, number)]

    def number(self):
        return self.store._last_number(self.company)

    def states(self):
        return [row.state for row in (self.first, self.second, self.third)]

    def assert_refused(self, error, statement, *values):
        with mute_logger("odoo.sql_db"), self.assertRaises(error), self.env.cr.savepoint():
            self.env.cr.execute(statement, values)


@tagged("post_install", "-at_install")
class TestByNumber(ExceptionCase):
    def test_a_held_row_does_not_count_from_its_number_on_and_again_from_the_number_of_its_release(self):
        before = self.number()
        self.assertEqual(self.store._hold_rows(self.company, self.second.ids, "Looks odd"), 1)
        held = self.number()
        self.assertEqual(self.store._release_rows(self.company, self.second.ids, "It is right"), 1)
        self.assertEqual([self.cost(n) for n in (before, held, self.number())], [["60"], ["40"], ["60"]])

    def test_a_held_row_can_be_waived_and_a_waived_one_held_or_released(self):
        numbers = []
        for decide in (self.store._hold_rows, self.store._waive_rows, self.store._hold_rows, self.store._waive_rows):
            decide(self.company, self.second.ids, "x")
            numbers.append(self.number())
        self.store._release_rows(self.company, self.second.ids, "x")
        self.assertEqual([self.cost(n) for n in (*numbers, self.number())], [["40"]] * 4 + [["60"]])

    def test_what_is_held_already_is_not_held_again(self):
        self.store._hold_rows(self.company, self.second.ids, "x")
        self.assertEqual(self.store._hold_rows(self.company, (self.first + self.second).ids, "y"), 1)
        self.assertEqual(self.store._release_rows(self.company, self.third.ids, "z"), 0)

    def test_a_charge_billed_while_a_row_was_held_is_corrected_once_it_is_released(self):
        self.store._hold_rows(self.company, self.second.ids, "x")
        charge = self.bill(self.acme_line, "2026-03-01", "2026-04-01", "2026-03-01")
        self.assertEqual(self.states(), ["billed", "held", "billed"])
        self.assertFalse(self.store._changed_charges(self.company, self.number(), charge))
        self.store._release_rows(self.company, self.second.ids, "x")
        self.env.invalidate_all()
        self.assertEqual(self.states(), ["billed", "bill", "billed"])
        self.assertEqual(self.store._changed_charges(self.company, self.number(), charge), charge)

    def test_a_released_row_was_billed_if_a_charge_counted_it_before_it_was_held(self):
        number = self.number()
        self.store._hold_rows(self.company, self.second.ids, "x")
        # A run that was rated before the row was held, and posted after it.
        with patch.object(type(self.store), "_last_number", lambda *_arguments: number):
            charge = self.bill(self.acme_line, "2026-03-01", "2026-04-01", "2026-03-01")
        self.assertEqual(self.store._changed_charges(self.company, self.number(), charge), charge)
        self.store._release_rows(self.company, self.second.ids, "x")
        self.env.invalidate_all()
        self.assertEqual(self.states(), ["billed"] * 3)
        self.assertFalse(self.store._changed_charges(self.company, self.number(), charge))

    def test_the_rows_behind_a_charge_are_those_that_were_not_held(self):
        self.store._hold_rows(self.company, self.second.ids, "x")
        charge = self.bill(self.acme_line, "2026-03-01", "2026-04-01", "2026-03-01")
        self.store._release_rows(self.company, self.second.ids, "x")
        self.assertEqual([row["id"] for row in self.store._rows_behind(charge)], (self.first + self.third).ids)

    def test_billed_rows_are_refused_with_what_to_do_instead(self):
        self.bill(self.acme_line, "2026-03-01", "2026-04-01", "2026-03-01")
        for decide in (self.store._hold_rows, self.store._waive_rows):
            with self.assertRaisesRegex(UserError, "2 of these rows are billed .*row 2.*Undo the bill, or credit it"):
                decide(self.company, (self.first + self.second).ids, "x")
        self.assertEqual(self.cost(), ["60"])

    def test_rows_of_another_company_and_rows_that_are_gone_are_passed_over(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self.store._hold_rows(other, self.first.ids, "x"), 0)
        self.deliver(self.bills, focus_csv(hour(1, cost="10"), hour(2, cost="21"), hour(3, cost="30")))
        self.assertEqual(self.store._hold_rows(self.company, self.second.ids, "x"), 0)

    def test_statements_do_not_grow_with_rows(self):
        self.deliver(self.bills, focus_csv(*(hour(1, resource=f"vm-{n}") for n in range(30))), allow_removal=True)
        rows = self.live_rows(self.bills).ids
        self.store._hold_rows(self.company, rows[:1], "warm")
        self.env.cr.flush()
        with self.assertQueryCount(7):
            self.store._hold_rows(self.company, rows[1:3], "x")
        with self.assertQueryCount(7):
            self.store._hold_rows(self.company, rows[3:], "x")


@tagged("post_install", "-at_install")
class TestStatesOfHeldRows(ExceptionCase):
    def test_they_have_states_of_their_own_and_the_proof_still_holds(self):
        self.store._hold_rows(self.company, self.first.ids, "x")
        self.store._waive_rows(self.company, self.second.ids, "x")
        self.assertEqual(self.states(), ["held", "waived", "bill"])
        states = self.store._get_states(self.company)
        self.assertEqual([states[name][0] for name in ("held", "waived", "bill")], [1, 1, 1])
        self.assertEqual([str(states[name][1]["USD"]) for name in ("held", "waived")], ["10", "20"])
        self.assertEqual(self.store._prove_states(self.company), {})

    def test_streams_show_what_counts(self):
        stream = self.stream(self.bills)
        stream.mapping_ids.unlink()
        self.store._hold_rows(self.company, self.first.ids, "x")
        self.assertEqual((stream.row_count, str(stream.cost_billed), stream.unmatched_rows), (2, "50", 2))
        self.store._release_rows(self.company, self.first.ids, "x")
        self.assertEqual((stream.row_count, str(stream.unmatched_cost)), (3, "60"))

    def test_a_held_row_of_an_appending_source_is_known_when_it_comes_again(self):
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5"), ("e2", 2, "acme", "6")))
        first = self.live_rows(self.events)[0]
        self.store._hold_rows(self.company, first.ids, "x")
        again = self.deliver(self.events, events_csv(("e1", 1, "acme", "5"), ("e2", 2, "acme", "7")), name="again.csv")
        self.assertEqual(self.counts(again), (2, 0, 1, 1, 0))

    def test_an_accepted_version_counts_though_the_former_one_was_held(self):
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        self.assign(self.stream(self.events), self.bolt_line)
        former = self.live_rows(self.events)
        self.store._hold_rows(self.company, former.ids, "x")
        again = self.deliver(self.events, events_csv(("e1", 1, "acme", "8")), name="again.csv")
        again.reject_ids.action_accept()
        self.env.invalidate_all()
        self.assertEqual([str(row.quantity) for row in self.live_rows(self.events)], ["8"])
        self.assertFalse(former.state)
        self.assertEqual(self.store._prove_states(self.company), {})


@tagged("post_install", "-at_install")
class TestPeopleDecide(ExceptionCase):
    def decide(self, records, decision, reason, user=None):
        action = getattr(records.with_user(user or self.user_operator), f"action_ask_{decision}")()
        form = Form(
            self.env["cloud.usage.decision"].with_user(user or self.user_operator).with_context(**action["context"])
        )
        form.reason = reason
        form.save().action_confirm()
        self.env.invalidate_all()

    def held(self):
        return self.env["cloud.usage.exception"].search([("source_id", "=", self.bills.id)])

    def test_a_row_is_held_and_shown_with_its_money_its_customer_and_its_reason(self):
        self.decide(self.second, "hold", "Looks odd")
        held = self.held()
        self.assertEqual(
            (held.state, held.reason, str(held.cost_billed), held.currency, held.customer_id, held.user_id, held.age),
            ("held", "Looks odd", "20", "USD", self.acme, self.user_operator, 0),
        )

    def test_a_row_is_not_held_since_tomorrow(self):
        self.decide(self.second, "hold", "Looks odd")
        this_second = self.held().created_at.replace(microsecond=0)
        with patch.object(fields.Datetime, "now", lambda: this_second):
            self.assertEqual(self.held().age, 0)

    def test_waived_rows_are_in_the_register_with_their_money(self):
        self.decide(self.first + self.second, "hold", "Looks odd")
        self.decide(self.held(), "waive", "Agreed with the provider")
        noted = self.env["cloud.intervention"].search([("kind", "=", "waived")], limit=1)
        self.assertEqual(
            (noted.reason, str(noted.amount), noted.currency_id.name, noted.customer_id, noted.user_id),
            ("2 rows: Agreed with the provider", "30", "USD", self.acme, self.user_operator),
        )
        self.assertEqual(self.held().mapped("state"), ["waived", "waived", "ended", "ended"])
        event = self.env["cloud.audit.event"].sudo().search([("action", "=", "usage_waived")], limit=1)
        self.assertEqual((event.reason, event.detail["rows"]), ("Agreed with the provider", 2))

    def test_released_rows_say_who_let_them_go_and_why(self):
        self.decide(self.second, "hold", "Looks odd")
        self.decide(self.held(), "release", "It was a test of load")
        held = self.held()
        self.assertEqual(
            (held.state, held.end_reason, held.end_user_id), ("ended", "It was a test of load", self.user_operator)
        )

    def test_nothing_is_decided_without_a_reason(self):
        for reason in ("", "  ", None):
            with self.assertRaisesRegex(UserError, "Say why"):
                self.second.with_user(self.user_operator).action_waive(reason)

    def test_who_may_only_read_decides_nothing(self):
        for action in ("action_hold", "action_waive", "action_release"):
            with self.assertRaises(AccessError):
                getattr(self.second.with_user(self.user_viewer), action)("x")

    def test_another_company_neither_sees_nor_decides(self):
        self.decide(self.second, "hold", "x")
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.user_operator.copy(
            {"login": "stranger", "company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        )
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        self.assertFalse(env["cloud.usage.exception"].search([]))
        with self.assertRaises(AccessError):
            self.second.with_env(env).action_release("x")

    def test_nobody_writes_an_exception(self):
        self.decide(self.second, "hold", "x")
        with self.assertRaises(AccessError):
            self.held().with_user(self.user_administrator).reason = "y"


@tagged("post_install", "-at_install")
class TestKeptByTheDatabase(ExceptionCase):
    def setUp(self):
        super().setUp()
        self.store._hold_rows(self.company, self.second.ids, "x")

    def test_a_row_is_held_once_at_a_time(self):
        self.assert_refused(
            psycopg2.errors.UniqueViolation,
            f"INSERT INTO {SCHEMA}.row_exception (row_id, kind, from_number, reason, user_id)"
            " VALUES (%s, 'waived', 10000, 'x', 1)",
            self.second.id,
        )

    def test_a_fact_ends_once_later_than_it_began_and_with_a_reason(self):
        ended = "end_reason = 'x', end_user_id = 1, ended_at = now()"
        self.assert_refused(psycopg2.errors.CheckViolation, f"UPDATE {SCHEMA}.row_exception SET to_number = 10000")
        self.assert_refused(
            psycopg2.errors.CheckViolation, f"UPDATE {SCHEMA}.row_exception SET to_number = from_number, {ended}"
        )
        self.env.cr.execute(f"UPDATE {SCHEMA}.row_exception SET to_number = 10000, {ended}")
        self.assert_refused(
            psycopg2.errors.RestrictViolation, f"UPDATE {SCHEMA}.row_exception SET to_number = 0, {ended}"
        )

    def test_what_it_says_never_changes(self):
        for change in ("kind = 'waived'", "from_number = 1", "reason = 'y'", "row_id = row_id + 1"):
            with self.subTest(change=change):
                self.assert_refused(psycopg2.errors.RestrictViolation, f"UPDATE {SCHEMA}.row_exception SET {change}")
        self.assert_refused(psycopg2.errors.RestrictViolation, f"DELETE FROM {SCHEMA}.row_exception")

    def test_a_replaced_version_stays_replaced(self):
        self.assert_refused(
            psycopg2.errors.CheckViolation,
            f"INSERT INTO {SCHEMA}.row_exception (row_id, kind, from_number, to_number, reason, user_id, end_reason,"
            " end_user_id, ended_at) VALUES (%s, 'superseded', 1, 2, 'x', 1, 'x', 1, now())",
            self.first.id,
        )


@tagged("post_install", "-at_install")
class TestRowsWithoutAnId(FormatCase):
    def test_of_two_equal_rows_one_can_be_waived_and_a_third_that_comes_counts(self):
        source = self.make_source(CONTENT)
        row = "05.03.2026;sub-1;Speicher;1,5"
        self.deliver(source, bare(row, row))
        self.store._waive_rows(self.company, self.live_rows(source)[1:].ids, "Sent twice by them")
        self.deliver(source, bare(row, row, row), name="later.csv")
        self.assertEqual([one.state for one in self.live_rows(source)], ["unmatched", "waived", "unmatched"])
