from unittest.mock import patch

import psycopg2
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .closing_common import ClosingCase


@tagged("post_install", "-at_install")
class TestClosingControl(ClosingCase):
    """A fee of 31.00 a month in arrears, from January on: at each month's end the month is accrued."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "31"}, {"product_id": cls.disk.id, "unit_price": "0.10"}
        )
        cls.customer = cls.make_customer("Acme")
        line = {"product_id": cls.support.id, "name": "Support", "timing": "arrears"}
        cls.subscription = cls.make_subscription(cls.customer, line, cls.disk)
        cls.stream = cls.make_stream("Acme disk")
        cls.map_stream(cls.stream, cls.subscription.line_ids[1])

    def submit(self, closing):
        self.set_company_state("live")
        self.assertFalse(closing.action_submit())
        return closing

    def approve(self, closing):
        self.vote(self.submit(closing).request_id)
        self.assertEqual(closing.state, "approved")
        return closing

    # ---- who ----

    def test_the_accountant_makes_it_and_another_person_approves(self):
        closing = self.submit(self.make_closing("2026-01-31"))
        self.assertEqual(closing.state, "pending")
        with self.assertRaisesRegex(UserError, "Nobody approves what he or she proposed"):
            self.vote(closing.request_id, user=self.user_accountant)
        with self.assertRaisesRegex(UserError, "not approved as it is"):
            closing.action_post()
        self.vote(closing.request_id)
        with self.assertRaises(AccessError):
            closing.with_user(self.user_approver).action_post()
        closing.action_post()
        self.assertEqual(closing.state, "posted")

    def test_a_form_makes_one_and_moves_its_day_to_the_months_end(self):
        with Form(self.env["cloud.closing"].with_user(self.user_accountant)) as form:
            form.date_end = "2026-02-10"
        self.assertEqual((str(form.record.date_end), str(form.record.day_after)), ("2026-02-28", "2026-03-01"))
        form.record.action_compute()
        with Form(form.record) as form:
            form.note = "As always"

    def test_others_read_it_and_press_nothing(self):
        closing = self.make_closing("2026-01-31")
        for user in (self.user_viewer, self.user_approver, self.user_auditor):
            theirs = closing.with_user(user)
            self.assertEqual(len(theirs.line_ids), 1)
            for action in ("action_compute", "action_submit", "action_post"):
                with self.assertRaises(AccessError):
                    getattr(theirs, action)()

    def test_nobody_writes_states_figures_or_lines(self):
        closing = self.make_closing("2026-01-31")
        for vals in ({"state": "posted"}, {"digest": "x"}, {"usage_number": 5}, {"request_id": 1}):
            with self.assertRaisesRegex(UserError, "cannot be written"):
                closing.write(vals)
        with self.assertRaises(AccessError):
            closing.line_ids.write({"amount": "1"})
        with self.assertRaises(AccessError):
            closing.line_ids.unlink()
        with self.assertRaisesRegex(UserError, "is computed"):
            closing.date_end = "2026-02-28"

    def test_nothing_is_posted_while_the_company_is_set_up(self):
        self.set_company_state("setup")
        closing = self.make_closing("2026-01-31")
        with self.assertRaisesRegex(UserError, "being set up"):
            closing.action_approve_directly()
        with self.assertRaisesRegex(UserError, "being set up"):
            closing.action_post()

    # ---- once ----

    def test_a_month_ends_once(self):
        self.make_closing("2026-01-31")
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
            self.make_closing("2026-01-31")

    def test_its_entries_are_made_once(self):
        closing = self.approve(self.make_closing("2026-01-31"))
        closing.action_post()
        with self.assertRaisesRegex(UserError, "not approved as it is"):
            closing.action_post()
        entry = closing.move_ids.filtered(lambda move: move.cloud_closing_part == "entry")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            self.cr.execute(
                "UPDATE account_move SET cloud_closing_id = %s, cloud_closing_part = 'entry' WHERE id = %s",
                [closing.id, self.init_invoice("out_invoice", products=self.product_a).id],
            )
        self.assertEqual(len(entry), 1)

    def test_who_may_not_read_the_ledger_opens_it_and_sees_how_many_entries_it_made(self):
        closing = self.approve(self.make_closing("2026-01-31"))
        closing.action_post()
        self.assertFalse(self.env["account.move"].with_user(self.user_viewer).has_access("read"))
        closing.invalidate_recordset()
        self.assertEqual(closing.with_user(self.user_viewer).move_count, 2)
        buttons = {
            user: "action_open_moves" in closing.with_user(user).get_view(view_type="form")["arch"]
            for user in (self.user_viewer, self.user_accountant, self.user_auditor)
        }
        self.assertEqual(list(buttons.values()), [False, True, True])

    def test_a_fact_is_on_it_once(self):
        closing = self.make_closing("2026-01-31")
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
            self.cr.execute(
                """
                INSERT INTO cloud_closing_line (closing_id, company_id, kind, source, source_key, name, service_start,
                       service_end, account_id, counter_account_id, currency_id, total_amount, amount, company_total,
                       company_amount, remaining_amount)
                SELECT closing_id, company_id, kind, source, source_key, name, service_start, service_end, account_id,
                       counter_account_id, currency_id, total_amount, amount, company_total, company_amount,
                       remaining_amount FROM cloud_closing_line WHERE closing_id = %s
                """,
                [closing.id],
            )

    # ---- frozen ----

    def test_what_was_submitted_does_not_change_for_raw_sql_either(self):
        closing = self.submit(self.make_closing("2026-01-31"))
        for statement in (
            "UPDATE cloud_closing_line SET amount = 1 WHERE closing_id = %s",
            "DELETE FROM cloud_closing_line WHERE closing_id = %s",
            "UPDATE cloud_closing_line SET rated_line_id = NULL, amount = 1 WHERE closing_id = %s",
        ):
            with (
                self.subTest(statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                self.cr.savepoint(),
            ):
                self.cr.execute(statement, [closing.id])
        with self.assertRaisesRegex(UserError, "not a draft any more"):
            closing.action_compute()

    def test_what_changed_after_it_was_submitted_is_not_approved(self):
        closing = self.submit(self.make_closing("2026-01-31"))
        self.cr.execute("ALTER TABLE cloud_closing_line DISABLE TRIGGER cloud_closing_line_frozen")
        self.cr.execute("UPDATE cloud_closing_line SET company_amount = 1 WHERE closing_id = %s", [closing.id])
        self.cr.execute("ALTER TABLE cloud_closing_line ENABLE TRIGGER cloud_closing_line_frozen")
        with self.assertRaisesRegex(UserError, "changed after it was submitted"):
            self.vote(closing.request_id)

    def test_its_entries_stay(self):
        closing = self.make_posted("2026-01-31")
        self.assertTrue(closing.move_ids)
        for move in closing.move_ids:
            with self.assertRaisesRegex(RedirectWarning, "next month's end"):
                move.with_user(self.user_accountant).button_draft()

    # ---- late ----

    def test_usage_that_came_in_since_is_computed_before_anybody_approves(self):
        closing = self.make_closing("2026-01-31")
        self.deliver({"stream": self.stream, "quantity": "100"}, month="2026-01-01")
        closing.invalidate_recordset(["is_stale"])
        self.assertTrue(closing.is_stale)
        self.set_company_state("live")
        notice = closing.action_submit()
        self.assertIn("have changed", notice["params"]["message"])
        self.assertEqual(closing.state, "draft")
        self.assertEqual([figure[2] for figure in self.figures(closing)], ["10.00", "31.00"])
        self.submit(closing)

    def test_what_is_late_is_in_the_next_month_end(self):
        january = self.make_posted("2026-01-31")
        self.deliver({"stream": self.stream, "quantity": "100"}, month="2026-01-01")
        self.assertEqual(len(january.line_ids), 1)
        # Two months of the fee, and January's usage.
        february = self.make_posted("2026-02-28")
        self.assertEqual([figure[2] for figure in self.figures(february)], ["10.00", "31.00", "31.00"])
        self.assertEqual(self.balance(self.accrued, "2026-01-31"), "31.00")
        self.assertEqual(self.balance(self.accrued, "2026-02-28"), "72.00")

    def test_computed_again_from_the_same_it_is_the_same(self):
        closing = self.make_closing("2026-01-31")
        digest = closing.digest
        closing.action_compute()
        self.assertEqual(closing.digest, digest)

    # ---- books ----

    def test_closed_books_are_told_before_it_is_submitted_and_posted(self):
        closing = self.make_closing("2026-01-31")
        self.set_company_state("live")
        self.company.sudo().fiscalyear_lock_date = "2026-01-31"
        with self.assertRaisesRegex(UserError, "the books are closed on 01/31/2026"):
            closing.action_submit()
        self.company.sudo().fiscalyear_lock_date = False
        self.approve(closing)
        self.company.sudo().fiscalyear_lock_date = "2026-02-01"
        with self.assertRaisesRegex(UserError, "the books are closed on 01/31/2026"):
            closing.action_post()
        self.assertFalse(closing.move_ids)

    def test_a_run_that_would_post_into_the_month_is_posted_first(self):
        closing = self.make_closing("2026-01-31")
        run = self.make_run("2026-02-01", accounting_date="2026-01-31")
        self.set_company_state("live")
        closing.action_compute()
        with self.assertRaisesRegex(UserError, run.name):
            closing.action_submit()

    def test_an_earlier_month_is_not_closed_after_a_later_one(self):
        self.make_posted("2026-02-28")
        january = self.make_closing("2026-01-31")
        with self.assertRaisesRegex(UserError, "is posted already and counts"):
            january.action_submit()

    def test_missing_accounts_are_told_all_at_once(self):
        self.company.cloud_accrued_income_account_id = False
        with self.assertRaisesRegex(UserError, "no account for: Accrued Income"):
            self.make_closing("2026-01-31")

    def test_entries_can_be_left_as_drafts(self):
        closing = self.post_closing(self.make_closing("2026-01-31", is_entry_draft=True))
        self.assertEqual(closing.move_ids.mapped("state"), ["draft", "draft"])
        closing.move_ids.action_post()
        self.assertEqual(self.balance(self.accrued, "2026-01-31"), "31.00")

    def test_the_reversal_names_its_entry(self):
        closing = self.make_posted("2026-01-31")
        reversal = closing.move_ids.filtered(lambda move: move.cloud_closing_part == "reversal")
        self.assertEqual(reversal.reversed_entry_id, closing.move_ids - reversal)
        self.assertEqual((str(reversal.date), reversal.state), ("2026-02-01", "posted"))

    # ---- two companies ----

    def test_another_company_sees_and_counts_nothing_of_it(self):
        self.make_closing("2026-01-31")
        other = self.setup_other_company(name="Other")["company"]
        people = self.user_accountant | self.user_viewer
        people.sudo().write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for model in ("cloud.closing", "cloud.closing.line", "cloud.closing.tie.out", "cloud.closing.balance"):
            Model = self.env[model].with_user(self.user_viewer).with_context(allowed_company_ids=other.ids)
            self.assertFalse(Model.search([]), model)
        theirs = (
            self.env["cloud.closing"]
            .with_user(self.user_accountant)
            .with_context(allowed_company_ids=other.ids)
            .create({"company_id": other.id, "date_end": "2026-01-31"})
        )
        theirs.action_compute()
        self.assertFalse(theirs.line_ids)

    # ---- file and size ----

    def test_the_file_adds_up_and_says_so(self):
        self.deliver({"stream": self.stream, "quantity": "100"}, month="2026-01-01")
        closing = self.make_closing("2026-01-31")
        name, content = self.env["cloud.closing.csv"].with_user(self.user_viewer)._make(closing)
        rows = content.splitlines()
        self.assertEqual(name, f"Month end January 2026 {self.company.name}.csv")
        self.assertEqual(len(rows), 1 + 2 + 3)
        self.assertEqual(rows[3:5], ["Lines,2", f"Control total,Accrued income,41.00,{self.company.currency_id.name}"])
        self.assertRegex(rows[5], "^SHA-256,[0-9a-f]{64}$")

    def test_bills_are_made_only_where_a_figure_depends_on_whom_is_billed(self):
        Bill = type(self.env["cloud.bill"])

        def compute():
            with patch.object(Bill, "_assemble", autospec=True, side_effect=Bill._assemble) as assemble:
                closing = self.make_closing("2026-01-31")
            amounts, made = sorted(self.amounts(closing.line_ids)), assemble.call_count
            accounts = closing.line_ids.account_id
            closing.sudo().unlink()
            return amounts, made, accounts

        self.make_subscription(
            self.make_customer("Arrears"), {"product_id": self.support.id, "name": "Support", "timing": "arrears"}
        )
        # Those of the chart of accounts move some.
        self.env["account.fiscal.position"].search([("company_id", "=", self.company.id)]).account_ids.unlink()
        amounts, made, accounts = compute()
        self.assertEqual((made, accounts), (0, self.income))
        # Where a fiscal position may move the account it is asked of each bill, with the same result here.
        self.env["account.fiscal.position"].create(
            {
                "name": "Export",
                "company_id": self.company.id,
                "account_ids": [(0, 0, {"account_src_id": self.income.id, "account_dest_id": self.accrued.id})],
            }
        )
        self.assertEqual(compute(), (amounts, 1, self.income))

    def test_many_lines_take_as_many_statements_as_few(self):
        def count():
            closing = self.make_closing("2026-01-31")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            closing.action_compute()
            self.env.flush_all()
            statements, lines = self.cr.sql_log_count - before, len(closing.line_ids)
            closing.sudo().unlink()
            return statements, lines

        def add(number):
            for place in range(number):
                customer = self.make_customer(f"Customer {place}")
                arrears = {"product_id": self.support.id, "name": "Support", "timing": "arrears"}
                self.make_subscription(customer, arrears, arrears)

        add(4)
        count()
        few, few_lines = count()
        add(36)
        many, many_lines = count()
        self.assertEqual((few_lines, many_lines), (9, 81))
        self.assertEqual(many, few)
