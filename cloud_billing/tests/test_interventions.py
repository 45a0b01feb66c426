import csv
import hashlib
import io
import json

import psycopg2
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.month.intervention_schema import INTERVENTION_TABLE
from .billing_common import BillingCase, D
from .test_billing_runs import RunCase
from .usage_common import UsageCase, focus_csv, hour


@tagged("post_install", "-at_install")
class TestDecisionsOnBills(RunCase):
    """Acme's first bill comes to 1,000 GB x 0.10 = 100.00, Bolt's to 50 GB x 0.10 = 5.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(TestDecisionsOnBills.begin)

    def begin(self):
        self.deliver_march()
        self.rated_run = self.make_run()
        bills = self.by_customer(self.rated_run)
        self.acme_bill, self.bolt_bill = (bills[name].with_user(self.user_accountant) for name in ("Acme", "Bolt"))

    def noted(self):
        found = self.env["cloud.intervention"].search([("company_id", "=", self.company.id)], order="id")
        return [(one.kind, one.res_name, str(one.amount), one.reason) for one in found]

    def test_what_is_released_held_and_excluded_is_noted_with_the_amount_that_was_seen(self):
        self.acme_bill.action_release("New customer")
        self.bolt_bill.action_hold("Asked the customer")
        self.bolt_bill.action_exclude("Contract is not signed")
        acme, bolt = f"{self.rated_run.name} Acme", f"{self.rated_run.name} Bolt"
        self.assertEqual(
            self.noted(),
            [
                ("released", acme, "100.00", "New customer"),
                ("held", bolt, "5.00", "Asked the customer"),
                ("excluded", bolt, "5.00", "Contract is not signed"),
            ],
        )

    def test_an_intervention_says_who_where_and_of_what_currency(self):
        self.acme_bill.action_release("New customer")
        one = self.env["cloud.intervention"].search([("bill_id", "=", self.acme_bill.id)])
        self.assertEqual((one.person_name, one.user_login), ("Mara Maker", "cloud_accountant"))
        self.assertEqual((one.customer_id, one.run_id, one.currency_id), (self.acme, self.rated_run, self.currency))
        self.assertEqual((one.company_id, one.user_id), (self.company, self.user_accountant))
        self.assertEqual(one.action_open_record()["res_id"], self.acme_bill.id)
        self.assertTrue(one.occurred_at)

    def test_who_approved_the_run_stands_beside_what_went_out_with_it(self):
        self.acme_bill.action_release("New customer")
        one = self.env["cloud.intervention"].search([("bill_id", "=", self.acme_bill.id)])
        self.assertFalse(one.approver_names)
        self.approve(self.rated_run)
        self.env.invalidate_all()
        self.assertEqual(one.approver_names, "Chris Checker")

    def test_a_window_that_only_asks_for_the_note_is_no_intervention(self):
        self.acme_bill.action_release()
        self.assertEqual(self.noted(), [])

    def test_a_parked_bill_that_is_tried_again_is_forced(self):
        self.approve(self.rated_run)
        self.acme_bill._park("The tax is unknown")
        before = self.noted()
        self.rated_run.with_user(self.user_accountant).action_retry_parked()
        self.assertEqual(
            self.noted()[len(before) :],
            [("forced", f"{self.rated_run.name} Acme", "100.00", "Posted again after: The tax is unknown")],
        )

    def test_what_was_done_stays_told_when_its_draft_run_is_gone(self):
        self.acme_bill.action_release("New customer")
        one = self.env["cloud.intervention"].search([("bill_id", "=", self.acme_bill.id)])
        self.rated_run.action_back_to_draft()
        self.rated_run.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        read = one.with_user(self.user_auditor).web_read(
            {"res_name": {}, "run_id": {"fields": {"display_name": {}}}, "bill_id": {"fields": {"display_name": {}}},
             "approver_names": {}}
        )  # fmt: skip
        self.assertEqual(read[0]["res_name"], f"{read[0]['res_name'].split()[0]} Acme")
        content = one.with_user(self.user_auditor)._make_file([("id", "=", one.id)]).content.decode()
        self.assertIn("New customer", content)


@tagged("post_install", "-at_install")
class TestWaivedRows(UsageCase):
    def test_each_row_that_is_given_up_is_noted(self):
        rejects = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="a"), hour(3, cost="b"))).reject_ids
        rejects.with_user(self.user_operator).action_waive("Test account")
        found = self.env["cloud.intervention"].search([("res_model", "=", rejects._name)], order="id")
        self.assertEqual(
            [(one.kind, one.res_name, one.amount, one.reason) for one in found],
            [
                ("waived", "usage.csv, row 3", None, "Test account"),
                ("waived", "usage.csv, row 4", None, "Test account"),
            ],
        )


class RegisterCase(BillingCase):
    """Three interventions: 12.10 and -2.05 in the company's USD, 7 in EUR. USD: 12.10 - 2.05 = 10.05."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme, cls.bolt = cls.make_customer("Acme"), cls.make_customer("Bolt")
        cls.other = cls.setup_other_currency("EUR")
        cls.register = cls.env["cloud.intervention"]
        cls.noter = cls.register.with_user(cls.user_accountant)
        cls.noter._note("added", cls.acme, "Set-up fee", amount=D("12.10"), currency=cls.currency)
        cls.noter._note_all(
            [
                (cls.bolt, {"kind": "goodwill", "reason": "=1+1", "amount": "-2.05", "currency": cls.currency}),
                (cls.bolt, {"kind": "goodwill", "reason": "Outage", "amount": D("7"), "currency": cls.other}),
            ]
        )
        cls.mine = [("company_id", "=", cls.company.id)]


@tagged("post_install", "-at_install")
class TestTheRegister(RegisterCase):
    def test_nobody_writes_in_it_through_odoo(self):
        one = self.register.search(self.mine, limit=1)
        for user in (self.user_administrator, self.env.user, self.env.ref("base.user_root")):
            with self.assertRaises(UserError):
                one.with_user(user).sudo().write({"reason": "another"})
            with self.assertRaises(UserError):
                one.with_user(user).sudo().unlink()
            with self.assertRaises(UserError):
                self.register.with_user(user).sudo().create({"kind": "held", "reason": "x"})

    def test_the_database_refuses_to_change_delete_and_empty_it(self):
        for statement in (
            f"UPDATE {INTERVENTION_TABLE} SET reason = 'another'",
            f"DELETE FROM {INTERVENTION_TABLE}",
            f"TRUNCATE {INTERVENTION_TABLE}",
        ):
            with (
                self.assertRaisesRegex(psycopg2.errors.InsufficientPrivilege, "never changed"),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.cr.execute(statement)

    def test_an_amount_has_a_currency_and_everything_a_reason_and_a_known_kind(self):
        for vals in ({"kind": "held", "reason": " "}, {"kind": "nonsense", "reason": "x"}):
            with self.assertRaises(ValueError):
                self.noter._note_all([(self.acme, vals)])
        with (
            self.assertRaisesRegex(psycopg2.errors.CheckViolation, "has_currency"),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.noter._note("added", self.person_maker, "Nobody knows", amount=D("1"))

    def test_accountant_approver_and_auditor_read_it_and_nobody_else(self):
        for user in (self.user_accountant, self.user_approver, self.user_auditor):
            self.assertEqual(self.register.with_user(user).search_count(self.mine), 3)
        for user in (self.user_viewer, self.user_operator, self.user_price_manager, self.user_integration):
            with self.assertRaises(AccessError):
                self.register.with_user(user).search_count(self.mine)
            with self.assertRaises(AccessError):
                self.register.with_user(user)._make_file(self.mine)

    def test_another_company_does_not_see_it(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.user_auditor.company_ids = [Command.link(other.id)]
        register = self.register.with_user(self.user_auditor).with_context(allowed_company_ids=other.ids)
        self.assertFalse(register.search(self.mine))

    def test_many_records_take_one_statement(self):
        customers = self.env["cloud.customer"].union(*(self.make_customer(f"Customer {n}") for n in range(20)))
        customers.mapped("display_name")
        for some in (customers[:2], customers):
            self.env.flush_all()
            with self.assertQueryCount(1):
                self.register._note("held", some, "Together", amount=D("1"), currency=self.currency)

    def test_the_sum_of_a_group_is_exact_and_blank_over_two_currencies(self):
        groups = self.register._read_group(self.mine, ["kind"], ["amount:sum"], order="kind")
        self.assertEqual(groups, [("added", D("12.10")), ("goodwill", False)])


@tagged("post_install", "-at_install")
class TestTheFile(RegisterCase):
    def test_its_head_says_filter_count_totals_and_digest_of_the_rest(self):
        made = self.register.with_user(self.user_auditor)._make_file(self.mine)
        head, body = made.content.split(b"\r\n\r\n", 1)
        self.assertEqual(
            list(csv.reader(io.StringIO(head.decode()))),
            [
                ["Register of interventions", self.company.name],
                ["Filter", f"[('company_id', '=', {self.company.id})]"],
                ["Count", "3"],
                ["Control total EUR", "7"],
                ["Control total USD", "10.05"],
                ["SHA-256", hashlib.sha256(body).hexdigest()],
            ],
        )
        rows = list(csv.DictReader(io.StringIO(body.decode())))
        self.assertEqual(
            [(row["what"], row["record"], row["amount"], row["currency"], row["reason"]) for row in rows],
            [
                ("added", "Acme", "12.10", "USD", "Set-up fee"),
                # What a spreadsheet would take for a formula is told apart.
                ("goodwill", "Bolt", "-2.05", "USD", "'=1+1"),
                ("goodwill", "Bolt", "7", "EUR", "Outage"),
            ],
        )
        self.assertEqual({row["person"] for row in rows}, {"Mara Maker"})

    def test_many_interventions_take_as_many_statements_as_few(self):
        counts = []
        # The first file of a process fills caches that the next one finds.
        for more in (0, 0, 27):
            for number in range(more):
                self.register._note("held", self.make_customer(f"C{number}"), "x", amount="1", currency=self.currency)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(self.register._make_file(self.mine).count, 3 + more)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_the_window_takes_what_the_list_shows_and_tells_what_it_comes_to(self):
        action = self.register.with_user(self.user_auditor).with_context(active_domain=[("kind", "=", "added")])
        window = action.action_export()
        export = self.env["cloud.intervention.export"].with_user(self.user_auditor).browse(window["res_id"])
        self.assertEqual((export.count, export.totals), (1, "12.10 USD"))
        self.assertEqual(export.action_download()["url"], f"/cloud_billing/interventions/{export.id}")
        export.domain = "[('nonsense', '=', 1)]"
        with self.assertRaisesRegex(UserError, "cannot be read"):
            export._make_file()


@tagged("post_install", "-at_install")
class TestTheDownload(RegisterCase, HttpCase):
    def test_it_is_for_whoever_opened_the_window(self):
        export = (
            self.env["cloud.intervention.export"]
            .with_user(self.user_auditor)
            .create({"domain": json.dumps([["kind", "=", "added"]]), "company_ids": [Command.set(self.company.ids)]})
        )
        export.flush_recordset()
        self.authenticate("cloud_auditor", "cloud_auditor")
        answer = self.url_open(f"/cloud_billing/interventions/{export.id}")
        self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (200, "no-store"))
        self.assertIn("Control total USD,12.10", answer.text)
        for login in ("cloud_accountant", "cloud_viewer"):
            self.authenticate(login, login)
            self.assertEqual(self.url_open(f"/cloud_billing/interventions/{export.id}").status_code, 404)
