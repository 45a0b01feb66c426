"""A month of an account is sealed by itself, or signed; what comes later breaks it, and the broken seal stays."""

from datetime import datetime
from unittest.mock import patch

import psycopg2.errors
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .test_usage_calendar import CalendarCase
from .usage_common import events_csv, focus_csv, hour

MARCH = [hour(day) for day in range(1, 32)]
APRIL_2 = "2026-04-02 12:00:00"


class SealCase(CalendarCase):
    """March of Nimbus, a day each: it is over on 1 April and, without a final day, final then."""

    def seal(self, moment=APRIL_2, source=None):
        return self.env["cloud.usage.seal"]._seal_source(source or self.bills, datetime.fromisoformat(moment))

    def problems(self, moment=APRIL_2, account="acct-1", month="2026-03-01"):
        return self.env["cloud.usage.seal"]._get_one(
            self.bills, account, datetime.fromisoformat(month).date(), datetime.fromisoformat(moment)
        )[1]

    def sign(self, reason="The provider says so", user=None, account="acct-1", moment=APRIL_2):
        with self.at(moment):
            wizard = self.env["cloud.usage.sign"].with_user(user or self.user_accountant)
            form = Form(
                wizard.with_context(
                    default_source_id=self.bills.id, default_provider_account=account, default_month="2026-03-01"
                )
            )
            form.reason = reason
            form.save().action_sign()
        return self.bills_seal()

    def bills_seal(self):
        return self.env["cloud.usage.seal"].search([("source_id", "=", self.bills.id)], limit=1, order="id desc")


@tagged("post_install", "-at_install")
class TestClosesByItself(SealCase):
    def test_a_complete_month_that_is_over(self):
        usage_import = self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        self.assertFalse(self.seal("2026-03-31 23:59:59"))
        seal = self.seal()
        self.assertEqual(
            (seal.provider_account, str(seal.month), seal.kind, seal.content_number, seal.row_count, seal.cost_text),
            ("acct-1", "2026-03-01", "automatic", usage_import.import_number, 31, "310 USD"),
        )
        self.assertFalse(self.seal())

    def test_not_with_a_day_missing(self):
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH[:9], *MARCH[11:]))
        self.assertFalse(self.seal())
        self.assertEqual(self.problems(), ["Days that are missing or lack hours: 10, 11."])

    def test_not_beside_a_total_that_differs(self):
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        control = {"source_id": self.bills.id, "month": "2026-03-01", "measure": "rows"}
        self.env["cloud.usage.control"].create({**control, "amount": "32"})
        self.assertFalse(self.seal())
        self.assertEqual(self.problems(), ["Nimbus bills · Mar 2026 · Rows should be 32 and is 31."])
        self.env["cloud.usage.control"].create({**control, "amount": "31"})
        self.assertTrue(self.seal())

    def test_where_a_total_is_needed_not_without_one(self):
        self.bills.needs_total = True
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        self.assertEqual(self.problems(), ["There is no control total beside it."])

    def test_not_before_its_final_day(self):
        self.bills.final_days = 5
        self.deliver_at("2026-04-05 23:59:59", self.bills, focus_csv(*MARCH))
        self.assertEqual(self.problems("2026-04-08 00:00:00"), ["The provider does not call it final yet."])
        self.deliver_at("2026-04-06 00:00:00", self.bills, focus_csv(*MARCH))
        self.assertTrue(self.seal("2026-04-08 00:00:00"))

    def test_by_the_providers_invoice_number(self):
        self.bills.final_by = "invoice"
        rows = [{**row, "InvoiceId": "INV-1"} for row in MARCH]
        names = [*focus_csv().decode().strip().split(","), "InvoiceId"]
        self.deliver_at(
            "2026-04-01 06:00:00", self.bills, focus_csv({**rows[0], "InvoiceId": ""}, *rows[1:], columns=names)
        )
        self.assertEqual(self.problems(), ["The provider does not call it final yet."])
        self.deliver_at("2026-04-03 06:00:00", self.bills, focus_csv(*rows, columns=names))
        self.assertTrue(self.seal("2026-04-04 00:00:00"))

    def test_by_what_came_again_unchanged(self):
        self.bills.write({"final_by": "unchanged", "unchanged_days": 3})
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        self.deliver_at("2026-04-04 05:59:59", self.bills, focus_csv(*MARCH), name="again.csv")
        self.assertFalse(self.seal("2026-04-05 00:00:00"))
        self.deliver_at("2026-04-04 06:00:00", self.bills, focus_csv(*MARCH), name="again.csv")
        self.assertTrue(self.seal("2026-04-05 00:00:00"))

    def test_by_a_persons_word(self):
        self.bills.final_days = 5
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        self.env["cloud.usage.final"].create({"source_id": self.bills.id, "month": "2026-03-01", "reason": "x"})
        self.assertTrue(self.seal())

    def test_each_account_by_itself(self):
        other = [{**row, "BillingAccountId": "acct-2"} for row in MARCH]
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH, *other[:-1]))
        # The 31st is there by the end of 1 April.
        self.assertEqual(self.seal().mapped("provider_account"), ["acct-1"])

    def test_own_meters_need_none_unless_asked(self):
        self.assertTrue(self.bills.needs_seal)
        self.events.cadence = "daily"
        self.assertFalse(self.events.needs_seal)
        self.events.needs_seal = True
        self.deliver_at("2026-04-01 06:00:00", self.events, events_csv(*((f"e{n}", n, "x", "1") for n in range(1, 32))))
        self.assertEqual(self.seal(source=self.events).row_count, 31)

    def test_the_calendar_asks_once_what_has_arrived(self):
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH[:9], *MARCH[11:]))
        asked, calendar = [], self.registry["cloud.usage.calendar"]
        fetch = calendar._fetch
        self.patch(calendar, "_fetch", lambda *arguments: asked.append(1) or fetch(*arguments))
        with self.at(APRIL_2):
            found = self.env["cloud.usage.calendar"].get_calendar(self.bills.id, "2026-03-01")
        self.assertEqual(len(asked), 1)
        seal = found["accounts"][0]["seals"]["2026-03-01"]
        self.assertEqual(seal["problems"], ["Days that are missing or lack hours: 10, 11."])
        self.assertEqual(seal["problems"], self.problems())

    def test_statements_do_not_grow_with_accounts(self):
        def count(accounts):
            rows = [{**row, "BillingAccountId": f"a{n}"} for n in range(accounts) for row in MARCH]
            self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*rows), name=f"{accounts}.csv")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with patch.object(type(self.env["cloud.usage.seal"]), "create", lambda model, _vals: model.browse()):
                self.seal()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(9), count(2))

    def test_the_scheduled_action(self):
        self.deliver(self.bills, focus_csv(*MARCH))
        with self.enter_registry_test_mode():
            self.env.ref("cloud_billing.cron_seal_usage").method_direct_trigger()


@tagged("post_install", "-at_install")
class TestSigned(SealCase):
    def test_a_person_signs_what_differs_and_is_in_the_register(self):
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH[:-1]))
        seal = self.sign("Nothing ran on the 31st")
        self.assertEqual(
            (seal.kind, seal.reason, seal.user_id, seal.problem_text),
            ("signed", "Nothing ran on the 31st", self.user_accountant, "Days that are missing or lack hours: 31."),
        )
        noted = self.env["cloud.intervention"].search([("kind", "=", "signed")], limit=1)
        self.assertEqual(noted.reason, "Nothing ran on the 31st Days that are missing or lack hours: 31.")
        self.assertEqual(
            self.env["cloud.audit.event"].sudo().search([("action", "=", "usage_signed")], limit=1).res_id, seal.id
        )

    def test_a_month_of_which_nothing_came(self):
        self.assertEqual(self.sign(account="acct-9").content_number, 0)

    def test_not_without_a_reason_nor_twice_nor_by_an_operator(self):
        Seal = self.env["cloud.usage.seal"]
        march = datetime(2026, 3, 1).date()
        for reason in ("", "  ", None):
            with self.assertRaisesRegex(UserError, "Say why"):
                Seal._sign(self.bills, "acct-1", march, reason, datetime(2026, 4, 2))
        with self.assertRaises(AccessError):
            Seal.with_user(self.user_operator)._sign(self.bills, "acct-1", march, "x", datetime(2026, 4, 2))
        self.sign()
        with self.assertRaisesRegex(UserError, "sealed already"):
            self.sign()

    def test_only_what_differs_is_signed(self):
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        with self.assertRaisesRegex(UserError, "March 2026 is not over: it can be signed from 04/01/2026 on"):
            self.sign(moment="2026-03-31 23:59:59")
        with self.assertRaisesRegex(UserError, "Nothing speaks against this month"):
            self.sign()
        self.assertTrue(self.seal())

    def test_an_accountant_need_not_wait_for_the_hour(self):
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        calendar = self.env["cloud.usage.calendar"]
        with self.assertRaisesRegex(AccessError, "takes the role of an accountant"):
            calendar.with_user(self.user_operator).seal_now(self.bills.id)
        with self.at(APRIL_2):
            calendar.with_user(self.user_accountant).seal_now(self.bills.id)
        self.assertEqual(self.bills_seal().kind, "automatic")

    def test_a_month_that_is_open_again_says_what_changed(self):
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        self.seal()
        self.bills.needs_total = True
        later = self.deliver_at("2026-04-03 06:00:00", self.bills, focus_csv(*MARCH, hour(31, "vm-2")))
        # 31 days at 10; then 10 more.
        since = "Since it was sealed on 04/02/2026 12:00:00 PM"
        (account,) = self.calendar("2026-04-03 12:00:00")["accounts"]
        self.assertEqual(
            account["seals"]["2026-03-01"]["change"],
            f"{since}: 31 rows, 310 USD became 32 rows, 320 USD, first by {later.name}.",
        )
        seal = self.sign(moment="2026-04-03 12:00:00")
        # What is kept is read by people who may not see costs.
        change = f"{since}: 31 rows became 32 rows, first by {later.name}."
        self.assertEqual(seal.problems, [change, "There is no control total beside it."])

    def test_the_calendar_shows_it_and_what_speaks_against_it(self):
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH[:-1]))
        (account,) = self.calendar(APRIL_2)["accounts"]
        self.assertEqual(account["seals"]["2026-03-01"]["problems"], ["Days that are missing or lack hours: 31."])
        self.sign()
        (account,) = self.calendar(APRIL_2)["accounts"]
        self.assertEqual(account["seals"]["2026-03-01"]["state"], "sealed")
        self.deliver_at("2026-04-03 06:00:00", self.bills, focus_csv(*MARCH))
        (account,) = self.calendar("2026-04-03 12:00:00")["accounts"]
        self.assertEqual(account["seals"]["2026-03-01"]["state"], "broken")


@tagged("post_install", "-at_install")
class TestBroken(SealCase):
    def setUp(self):
        super().setUp()
        self.first = self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        self.sealed = self.seal()

    def test_a_newer_delivery_is_taken_and_breaks_the_seal_which_stays(self):
        later = self.deliver_at("2026-04-03 06:00:00", self.bills, focus_csv(*MARCH, hour(31, "vm-2")))
        self.assertEqual(later.state, "imported")
        self.assertEqual(
            (self.sealed.state, self.sealed.broken_number, self.sealed.broken_import_id),
            ("broken", later.import_number, later),
        )
        told = " ".join(later.message_ids.mapped("body"))
        self.assertIn("Sealed months are open again: Nimbus bills · acct-1 · March 2026.", told)
        again = self.seal("2026-04-05 00:00:00")
        self.assertEqual((again.content_number, again.row_count), (later.import_number, 32))

    def test_the_same_again_breaks_nothing(self):
        self.deliver_at("2026-04-03 06:00:00", self.bills, focus_csv(*MARCH), name="again.csv")
        self.assertEqual(self.sealed.state, "sealed")

    def test_another_account_or_month_breaks_nothing(self):
        april = {"BillingPeriodStart": "2026-04-01T00:00:00Z", "BillingPeriodEnd": "2026-05-01T00:00:00Z"}
        self.deliver_at(
            "2026-04-03 06:00:00", self.bills, focus_csv(hour(31, BillingAccountId="acct-2"), hour(31, **april))
        )
        self.assertEqual(self.sealed.state, "sealed")

    def test_an_undo_breaks_it(self):
        self.first.action_undo()
        self.assertEqual((self.sealed.state, self.sealed.broken_import_id), ("broken", self.first))

    def test_kept_by_the_database(self):
        def refused(error, statement):
            with (
                self.subTest(statement=statement), mute_logger("odoo.sql_db"), self.assertRaises(error),
                self.env.cr.savepoint(),
            ):  # fmt: skip
                self.env.cr.execute(statement)

        copy = """
            INSERT INTO cloud_usage_seal (source_id, provider_account, month, kind, sealed_at, content_number,
                                          row_count, broken_number, reason, user_id)
                 SELECT source_id, provider_account, {month}, {kind}, sealed_at, content_number, row_count, {broken},
                        {reason}, 1
                   FROM cloud_usage_seal"""
        same = {"month": "month", "kind": "kind", "broken": "0", "reason": "NULL"}
        refused(psycopg2.errors.UniqueViolation, copy.format(**same))
        refused(psycopg2.errors.CheckViolation, copy.format(**{**same, "month": "month + 1"}))
        refused(psycopg2.errors.CheckViolation, copy.format(**{**same, "kind": "'signed'", "broken": "99999"}))
        refused(psycopg2.errors.CheckViolation, copy.format(**{**same, "broken": "content_number"}))
        refused(psycopg2.errors.RestrictViolation, "DELETE FROM cloud_usage_seal")
        refused(psycopg2.errors.RestrictViolation, "UPDATE cloud_usage_seal SET row_count = 1")
        refused(psycopg2.errors.RestrictViolation, "UPDATE cloud_usage_seal SET content_number = 0")
        self.env.cr.execute("UPDATE cloud_usage_seal SET broken_number = 99999")
        refused(psycopg2.errors.RestrictViolation, "UPDATE cloud_usage_seal SET broken_number = 0")

    def test_people_neither_write_nor_delete_one(self):
        seal = self.sealed.with_user(self.user_administrator)
        with self.assertRaises(AccessError):
            seal.reason = "x"
        with self.assertRaises(AccessError):
            seal.unlink()
        with self.assertRaises(AccessError):
            self.env["cloud.usage.seal"].with_user(self.user_administrator).create({"source_id": self.bills.id})
