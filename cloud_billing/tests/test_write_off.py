from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from .billing_common import D
from .test_billing_runs import RunCase


class WriteOffCase(RunCase):
    """Acme's invoice of March: 1,000 GB x 0.10 = 100.00 and 15 percent tax = 115.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.disk.taxes_id = cls.tax_sale_a
        accounts = cls.env["account.account"].with_company(cls.company)
        cls.small, cls.bad = (
            accounts.create({"name": name, "code": code, "account_type": "expense"})
            for name, code in (("Small differences", "699901"), ("Bad debts", "699902"))
        )
        cls.company.write({"cloud_small_account_id": cls.small.id, "cloud_bad_debt_account_id": cls.bad.id})
        cls.begin_once(WriteOffCase.begin)

    def begin(self):
        self.deliver_march()
        moves = self.post(self.make_run())
        self.invoice = moves.filtered(lambda move: move.cloud_bill_id.customer_id == self.acme)

    def pay(self, amount, move=None):
        move = move or self.invoice
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"amount": amount, "payment_date": "2026-04-20"})
        )
        wizard._create_payments()

    def write_off(self, move=None, **vals):
        return (
            self.env["cloud.write.off"]
            .with_user(self.user_accountant)
            .create(
                {
                    "move_id": (move or self.invoice).id,
                    "date": "2026-05-02",
                    "reason": "Bank fee kept by the customer",
                    **vals,
                }
            )
        )

    def agreed(self, **vals):
        write_off = self.write_off(**vals)
        write_off.action_submit()
        self.vote(write_off.request_id)
        return write_off

    def balances(self, entry):
        return sorted((line.account_id.code, line.balance) for line in entry.line_ids)

    def noted(self):
        found = self.env["cloud.intervention"].search(
            [("res_model", "=", "cloud.write.off"), ("company_id", "=", self.company.id)], order="id"
        )
        return [(one.kind, str(one.amount), one.customer_id, one.move_id, one.approver_names) for one in found]


@tagged("post_install", "-at_install")
class TestWritingOff(WriteOffCase):
    def test_the_rest_is_settled_by_an_entry_once_another_person_agrees(self):
        self.pay(112.0)
        write_off = self.write_off()
        # 115.00 - 112.00 = 3.00; the account of small differences is proposed.
        self.assertEqual((str(write_off.amount), write_off.account_id), ("3.00", self.small))
        write_off.action_submit()
        self.assertEqual((write_off.state, self.invoice.amount_residual, self.noted()), ("pending", 3.0, []))
        self.vote(write_off.request_id)
        self.assertEqual((write_off.state, self.invoice.amount_residual), ("approved", 0.0))
        self.assertEqual(self.invoice.payment_state, "paid")
        receivable = self.company_data["default_account_receivable"]
        entry = write_off.entry_id
        self.assertEqual(self.balances(entry), sorted([(receivable.code, -3.0), (self.small.code, 3.0)]))
        self.assertEqual((str(entry.date), entry.state, entry.move_type), ("2026-05-02", "posted", "entry"))
        self.assertEqual(self.noted(), [("written_off", "3.00", self.acme, self.invoice, "Chris Checker")])

    def test_the_tax_stays_declared_and_the_approver_is_told(self):
        write_off = self.write_off(kind="bad_debt")
        self.assertEqual((str(write_off.amount), write_off.account_id), ("115.00", self.bad))
        notes = " ".join(write_off._get_change_effect()["notes"])
        self.assertIn("tax of the invoice stays as it was declared", notes)
        write_off.action_submit()
        self.vote(write_off.request_id)
        # 115.00 are the loss, tax included: no line of the entry is of a tax.
        self.assertFalse(write_off.entry_id.line_ids.filtered("tax_line_id"))
        self.assertEqual(write_off.entry_id.line_ids.filtered(lambda line: line.account_id == self.bad).balance, 115.0)

    def test_a_part_can_be_written_off(self):
        self.agreed(amount=D("15.00"))
        self.assertEqual((self.invoice.amount_residual, self.invoice.payment_state), (100.0, "partial"))
        # What is open after it is 100.00: no more than that.
        with self.assertRaisesRegex(UserError, "only 100.00 USD"):
            self.write_off(amount=D("100.01")).action_submit()

    def test_what_was_paid_meanwhile_is_not_written_off(self):
        write_off = self.write_off()
        write_off.action_submit()
        self.pay(50.0)
        with self.assertRaisesRegex(UserError, "only 65.00 USD"), self.cr.savepoint():
            self.vote(write_off.request_id)
        self.assertFalse(write_off.entry_id)

    def test_one_invoice_has_one_proposal_at_a_time(self):
        self.write_off()
        with self.assertRaisesRegex(UniqueViolation, "one_open"), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.write_off()

    def test_a_closed_day_and_one_before_the_invoice_are_refused(self):
        with self.assertRaisesRegex(UserError, "the invoice is of"):
            self.write_off(date="2026-03-01").action_submit()
        self.company.fiscalyear_lock_date = "2026-05-31"
        self.env["cloud.write.off"].search([("move_id", "=", self.invoice.id)]).unlink()
        with self.assertRaisesRegex(UserError, "books are closed"):
            self.write_off().action_submit()

    def test_nobody_approves_the_own_and_others_do_not_write(self):
        write_off = self.write_off()
        write_off.action_submit()
        with self.assertRaises(UserError):
            self.vote(write_off.request_id, user=self.user_accountant)
        with self.assertRaisesRegex(UserError, "approved or waits"):
            write_off.amount = "1"
        for user in (self.user_viewer, self.user_operator, self.user_auditor):
            with self.assertRaises(AccessError):
                self.env["cloud.write.off"].with_user(user).create({"move_id": self.invoice.id, "reason": "x"})

    def test_the_button_of_the_invoice_opens_a_filled_in_form(self):
        action = self.invoice.with_user(self.user_accountant).action_cloud_write_off()
        form = Form(self.env["cloud.write.off"].with_user(self.user_accountant).with_context(**action["context"]))
        form.reason, form.date = "Insolvent", "2026-05-02"
        self.assertEqual(str(form.save().amount), "115.00")

    def test_terms_in_two_parts_are_settled_oldest_first(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        self.bolt.payment_term_id = term
        self.deliver_april(acme="0", bolt="1000")
        moves = self.post(self.make_run("2026-05-01"))
        invoice = moves.filtered(lambda move: move.cloud_bill_id.customer_id == self.bolt)
        # 1,000 x 0.10 = 100.00 + 15.00 = 57.50 and 57.50; 60.00 take the first and 2.50 of the second.
        write_off = self.write_off(move=invoice, amount=D("60.00"))
        write_off.action_submit()
        self.vote(write_off.request_id)
        rest = invoice.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        self.assertEqual(sorted(rest.mapped("amount_residual")), [0.0, 55.0])


@tagged("post_install", "-at_install")
class TestForeignCurrency(WriteOffCase):
    def test_the_entry_has_the_rate_of_the_invoice_and_leaves_no_exchange_difference(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5), ("2026-05-01", 0.4)])
        plan = self.make_plan("Euro prices", currency=euro)
        self.make_version({"unit_price": "0.10"}, plan=plan)
        cato = self.make_customer("Cato", currency_id=euro.id)
        line = self.make_subscription(cato, self.disk, plan=plan, date_start="2026-03-01").line_ids
        stream = self.make_stream("cato")
        self.map_stream(stream, line)
        self.deliver(
            {"stream": self.acme_stream, "quantity": "1000"},
            {"stream": self.bolt_stream, "quantity": "50"},
            {"stream": stream, "quantity": "100"},
        )
        invoice = self.post(self.make_run("2026-04-02"))
        # 100 x 0.10 = 10.00 EUR + 1.50 = 11.50 EUR; at 0.5 EUR per USD 23.00 USD, and 4.60 EUR are 9.20 USD.
        write_off = self.write_off(move=invoice, amount=D("4.60"))
        write_off.action_submit()
        self.vote(write_off.request_id)
        loss = write_off.entry_id.line_ids.filtered(lambda line: line.account_id == self.small)
        self.assertEqual((loss.amount_currency, loss.balance), (4.6, 9.2))
        self.assertEqual(invoice.amount_residual, 6.9)
        rest = self.agreed(move=invoice)
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertFalse(self.env["account.move"].search([("id", ">", rest.entry_id.id), ("move_type", "=", "entry")]))


@tagged("post_install", "-at_install")
class TestUndoing(WriteOffCase):
    def test_the_reversal_makes_the_invoice_owed_again_and_stands_in_the_register(self):
        write_off = self.agreed()
        write_off.action_undo()
        self.assertEqual((self.invoice.amount_residual, self.invoice.payment_state), (115.0, "not_paid"))
        self.assertEqual(write_off.reversal_id.state, "posted")
        self.assertEqual([row[:2] for row in self.noted()], [("written_off", "115.00"), ("reversed", "115.00")])
        with self.assertRaisesRegex(UserError, "no entry that could be undone"):
            write_off.action_undo()
        # It can be written off anew.
        again = self.agreed(amount=D("115.00"))
        self.assertEqual((again.state, self.invoice.amount_residual), ("approved", 0.0))

    def test_the_entry_does_not_go_back_to_draft(self):
        write_off = self.agreed()
        with self.assertRaisesRegex(RedirectWarning, "undo the write-off"):
            write_off.entry_id.button_draft()
