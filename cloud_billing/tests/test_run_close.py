from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .closing_common import ClosingCase


@tagged("post_install", "-at_install")
class TestClosedRun(ClosingCase):
    """Acme pays 12.00 for January; the run has its cut-off on 1 February."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(TestClosedRun.begin)

    def begin(self):
        self.make_version({"product_id": self.support.id, "unit_price": "12"})
        self.make_subscription(self.make_customer("Acme"), self.support)
        self.run_ = self.make_run("2026-02-01")
        self.move = self.post(self.run_)
        self.run_ = self.run_.with_user(self.user_accountant)

    def test_it_is_closed_once_the_month_end_is_in_the_books_and_says_what_tied_out(self):
        with self.assertRaisesRegex(UserError, "month's end of 01/31/2026 is not in the books"):
            self.run_.action_close()
        self.make_posted("2026-01-31")
        self.run_.action_close()
        self.assertEqual((self.run_.state, self.run_.closed_by_id), ("closed", self.user_accountant))
        self.assertIn("1 bills of 12.00 USD: invoices of 12.00 before tax", self.run_.tie_out_text)
        event = self.env["cloud.audit.event"].sudo().search([("action", "=", "run_closed")])
        self.assertEqual((event.res_id, event.detail["tied_out"]), (self.run_.id, self.run_.tie_out_text))

    def test_a_closed_run_stays_closed(self):
        self.make_posted("2026-01-31")
        self.run_.action_close()
        for button in ("action_close", "action_cancel", "action_back_to_draft", "action_retry_parked", "action_post"):
            with self.subTest(button), self.assertRaises(UserError):
                getattr(self.run_, button)()
        self.assertEqual(self.run_.state, "closed")

    def test_what_is_parked_or_does_not_tie_out_stands_in_its_way(self):
        self.make_posted("2026-01-31")
        # What nobody may do is done in SQL: a cent of income is booked elsewhere.
        line = self.move.invoice_line_ids
        with self.cr.savepoint(flush=False) as savepoint:
            self.cr.execute("UPDATE account_move_line SET amount_currency = -11.99 WHERE id = %s", [line.id])
            self.env.invalidate_all()
            with self.assertRaisesRegex(UserError, "bills that do not tie out to the ledger: 1 .*Acme"):
                self.run_.action_close()
            savepoint.rollback()
        self.run_.bill_ids.sudo().copy({"run_id": self.run_.id, "grouping_key": "other", "state": "parked"})
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "parked bills: 1"):
            self.run_.action_close()

    def test_nobody_but_a_person_signs(self):
        self.make_posted("2026-01-31")
        with self.assertRaisesRegex(UserError, "by a person"):
            self.run_.sudo().action_close()
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_bill_run SET state = 'closed' WHERE id = %s", [self.run_.id])

    def test_where_nothing_is_accrued_a_computed_month_end_is_enough(self):
        closing = self.make_closing("2026-01-31")
        closing.line_ids.sudo().unlink()
        self.run_.action_close()
        self.assertEqual(self.run_.state, "closed")
