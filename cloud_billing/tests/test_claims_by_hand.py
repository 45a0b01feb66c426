"""What lets a customer of a live company owe less is agreed by two people, by whatever document it is done.

Acme owes 100.00 of January. Each way below would leave less of it without anybody else having looked.
"""

from odoo import Command
from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .billing_common import D
from .test_live_ways import LiveCase

REFUSED = "what lets a customer owe less is posted only with the approval"


class HandCase(LiveCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(HandCase.begin)

    def begin(self):
        self.invoice = self.post_january()
        self.receivable = self.invoice.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        self.books = self.env(user=self.user_accountant)
        self.expense = self.company_data["default_account_expense"]

    def assert_refused(self):
        return self.assertRaisesRegex(UserError, REFUSED)

    def make_refund(self, amount=100.0, partner=None):
        return self.books["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": (partner or self.partner).id,
                "invoice_date": "2026-02-05",
                "invoice_line_ids": [
                    Command.create({"name": "Sorry", "price_unit": amount, "tax_ids": [Command.clear()]})
                ],
            }
        )

    def make_entry(self, amount=100.0, partner=None):
        return self.books["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-02-05",
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create(
                        {
                            "name": "Away with it",
                            "account_id": self.receivable.account_id.id,
                            "partner_id": partner.id if partner is not None else self.partner.id,
                            "credit": amount,
                        }
                    ),
                    Command.create({"name": "Loss", "account_id": self.expense.id, "debit": amount}),
                ],
            }
        )

    def agree(self, move):
        """Proposed by the accountant, and agreed by the checker."""
        draft = (
            self.env["cloud.change.proposal"]
            .with_user(self.user_accountant)
            ._propose(move.with_user(self.user_accountant), {"state": "posted"})
        )
        draft.action_submit()
        self.vote(draft.request_id.with_env(self.env))

    def match(self, move):
        lines = move.line_ids.filtered(lambda line: line.account_id == self.receivable.account_id)
        (lines | self.receivable.with_env(self.books)).reconcile()


@tagged("post_install", "-at_install")
class TestNobodyLetsItGoAlone(HandCase):
    def test_not_by_a_credit_note_by_hand(self):
        refund = self.make_refund()
        for attempt in (
            refund.action_post,
            lambda: call_kw(refund, "action_post", [refund.ids], {}),
            lambda: refund.sudo().write({"state": "posted"}),
            lambda: refund.sudo()._post(soft=False),
            lambda: (
                self.env["validate.account.move"]
                .with_user(self.user_accountant)
                .with_context(active_model="account.move", active_ids=refund.ids)
                .create({})
                .validate_move()
            ),
        ):
            with self.assert_refused(), self.cr.savepoint():
                attempt()
            self.assertEqual(refund.state, "draft")

    def test_not_by_the_schedule(self):
        """Auto-post parks what it may not post, with the reason in its messages."""
        refund = self.make_refund()
        refund.auto_post = "at_date"
        with self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_auto_post_draft_entry").method_direct_trigger()
        self.assertEqual(refund.state, "draft")

    def test_not_by_reversing_an_invoice_of_odoos_own(self):
        invoice = self.books["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_date": "2026-02-05",
                "invoice_line_ids": [Command.create({"name": "Work", "price_unit": 50, "tax_ids": [Command.clear()]})],
            }
        )
        invoice.action_post()
        wizard = (
            self.books["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": "2026-02-06"})
        )
        with self.assert_refused(), self.cr.savepoint():
            wizard.modify_moves()
        wizard.refund_moves()
        with self.assert_refused():
            wizard.new_move_ids.action_post()

    def test_not_by_crediting_the_whole_to_bill_it_again(self):
        wizard = (
            self.books["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id, "date": "2026-02-06", "cloud_usage_again": "yes"})
        )
        wizard.refund_moves()
        note = wizard.new_move_ids
        with self.assert_refused(), self.cr.savepoint():
            note.action_post()
        self.agree(note)
        self.assertEqual((note.state, self.invoice.payment_state), ("posted", "reversed"))

    def test_not_by_an_entry_in_the_ledger(self):
        with self.assert_refused():
            self.make_entry().action_post()

    def test_not_by_an_entry_that_is_edited_once_it_is_posted(self):
        nobody = self.env["res.partner"]
        entry = self.make_entry(partner=nobody)
        entry.action_post()
        with self.assert_refused(), self.cr.savepoint():
            self.match(entry)
        other = self.make_entry(partner=self.env["res.partner"].create({"name": "Somebody else"}))
        other.action_post()
        with self.assert_refused(), self.cr.savepoint():
            self.match(other)
        other.line_ids.filtered("credit").partner_id = self.partner
        with self.assert_refused(), self.cr.savepoint():
            self.match(other)
        self.assertEqual(self.invoice.amount_residual, 100.0)

    def test_not_by_what_a_payment_brings_along(self):
        """1.00 was paid, and the call says that 99.00 more are a loss."""
        vals = {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.partner.id,
            "amount": 1.0,
            "date": "2026-02-10",
            "journal_id": self.company_data["default_journal_bank"].id,
            "write_off_line_vals": [
                {
                    "name": "Loss",
                    "account_id": self.expense.id,
                    "partner_id": self.partner.id,
                    "currency_id": self.company.currency_id.id,
                    "amount_currency": 99.0,
                    "balance": 99.0,
                }
            ],
        }
        with self.assert_refused(), self.cr.savepoint():
            self.books["account.payment"].create(vals).action_post()
        paid = self.books["account.payment"].create({**vals, "write_off_line_vals": None})
        paid.action_post()
        self.match(paid.move_id)
        self.assertEqual(self.invoice.amount_residual, 99.0)

    def test_not_by_what_it_says_it_is_of(self):
        """A write-off, an undo or a bill that it names is asked, not the document."""
        write_off = self.books["cloud.write.off"].create(
            {
                "move_id": self.invoice.id,
                "date": "2026-02-10",
                "reason": "Bad debt",
                "account_id": self.expense.id,
                "journal_id": self.company_data["default_journal_misc"].id,
            }
        )
        entry = self.make_entry()
        entry.sudo().cloud_write_off_id = write_off
        with self.assert_refused(), self.cr.savepoint():
            entry.action_post()
        write_off.action_submit()
        with self.assert_refused(), self.cr.savepoint():
            entry.action_post()
        self.vote(write_off.request_id.with_env(self.env))
        self.assertEqual((write_off.state, self.invoice.amount_residual), ("approved", 0.0))
        with self.assert_refused():
            entry.action_post()


@tagged("post_install", "-at_install")
class TestHowItIsDone(HandCase):
    def test_a_second_person_agrees_to_the_whole_document(self):
        refund = self.make_refund(30.0)
        self.assertEqual(refund.action_cloud_propose_posting()["res_model"], "cloud.change.proposal")
        draft = self.env["cloud.change.proposal"].with_user(self.user_accountant)._get_newest_draft()
        draft.action_submit()
        request = draft.request_id.with_env(self.env)
        # The amount decides on the policy, and the checker reads account and text of each line.
        self.assertEqual((request.state, str(request.effect_amount)), ("pending", "30.00"))
        self.assertIn("Sorry", " ".join(request.sudo().effect["notes"]))
        self.assertEqual(refund.state, "draft")
        self.vote(request)
        self.assertEqual((refund.state, refund.amount_total), ("posted", 30.0))
        self.match(refund)
        self.assertEqual(self.invoice.amount_residual, 70.0)

    def test_its_state_is_proposed_by_its_own_button_alone(self):
        """No form of a document offers its state, and no other state than posted gets into a draft."""
        refund = self.make_refund(30.0)
        with self.assertRaisesRegex(UserError, "has no field that is changed by a request"):
            refund.action_cloud_propose()
        told = self.books["cloud.change.proposal"].get_pending_changes("account.move", refund.id)
        self.assertFalse(told["may_propose"])
        for move in (self.invoice, refund):
            screen = move.with_env(self.books).with_context(cloud_propose_view_ref=True)
            self.assertNotIn("Add to My Draft", screen.get_view(False, "form")["arch"])
            toolbar = move.with_env(self.books).get_views([(False, "form")], {"toolbar": True})
            names = [action["name"] for action in toolbar["views"]["form"]["toolbar"].get("action", [])]
            self.assertNotIn("Propose a Change", names)
        for state in ("cancel", "draft"):
            with self.assertRaisesRegex(UserError, "only that it is posted is proposed"):
                self.books["cloud.change.proposal"]._propose(refund, {"state": state})
        with self.assertRaisesRegex(UserError, "and nothing else"):
            refund._write_agreed({"state": "cancel"})
        self.assertEqual(refund.state, "draft")

    def test_not_another_document_than_was_shown(self):
        refund = self.make_refund(30.0)
        draft = self.env["cloud.change.proposal"].with_user(self.user_accountant)._propose(refund, {"state": "posted"})
        draft.action_submit()
        refund.invoice_line_ids.price_unit = 90.0
        with self.assertRaisesRegex(UserError, "was edited on"):
            self.vote(draft.request_id.with_env(self.env))
        self.assertEqual(refund.state, "draft")

    def test_more_than_was_agreed_does_not_stand_against_the_invoice(self):
        refund = self.make_refund(30.0)
        self.agree(refund)
        refund.button_draft()
        refund.invoice_line_ids.price_unit = 90.0
        with self.assert_refused():
            refund.action_post()

    def test_up_to_the_company_s_amount_one_person_does_it(self):
        self.set_company_state("setup")
        self.company.sudo().cloud_hand_limit = D("30")
        self.set_company_state("live")
        self.make_refund(30.0).action_post()
        self.make_entry(30.0).action_post()
        with self.assert_refused():
            self.make_refund(30.01).action_post()

    def test_what_is_no_claim_of_ours_is_free(self):
        other = self.env["res.partner"].create({"name": "No customer of ours"})
        self.make_refund(partner=other).action_post()
        self.make_entry(partner=other).action_post()
        self.set_company_state("setup")
        self.make_refund().action_post()

    def test_one_person_alone_is_logged(self):
        self.set_company_state("solo")
        refund = self.make_refund()
        refund.action_post()
        event = (
            self.env["cloud.audit.event"]
            .sudo()
            .search([("action", "=", "approved_alone"), ("res_model", "=", "account.move"), ("res_id", "=", refund.id)])
        )
        self.assertEqual((event.detail["old"], event.detail["new"]), ({"state": "Draft"}, {"state": "Posted"}))

    def test_the_discount_of_the_terms_needs_nobody(self):
        """Terms of 2 percent within 10 days: 98.00 of 100.00 are paid, and 2.00 are the discount; 3.00 are not."""
        self.set_company_state("setup")
        self.partner.property_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "2 percent in 10 days",
                "early_discount": True,
                "early_pay_discount_computation": "included",
                "discount_percentage": 2,
                "discount_days": 10,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        accounts = self.expense, self.company_data["default_account_revenue"]
        self.company.account_journal_early_pay_discount_loss_account_id = accounts[0]
        self.company.account_journal_early_pay_discount_gain_account_id = accounts[1]
        self.set_company_state("live")
        run = self.make_run("2026-03-01")
        self.approve(run)
        run.with_user(self.user_accountant).action_post()
        invoice = run.bill_ids.move_id
        wizard = (
            self.books["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": invoice.invoice_date})
        )
        self.assertEqual(wizard.amount, 98.0)
        wizard.action_create_payments()
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
