from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged

from .test_undo import MarchCase


@tagged("post_install", "-at_install")
class TestButtonsOfInvoices(MarchCase):
    """What Odoo's own buttons do on an invoice of ours; others are in test_billing_posting.py."""

    def setUp(self):
        super().setUp()
        self.invoice = self.invoices["Acme"]

    def test_cancel_is_refused_like_reset_to_draft(self):
        with self.assertRaises(RedirectWarning):
            self.invoice.button_cancel()
        with self.assertRaises(RedirectWarning):
            self.invoice.sudo().write({"state": "cancel"})
        self.assertEqual(self.invoice.state, "posted")

    def test_reverse_and_create_makes_no_second_invoice_beside_the_rated_lines(self):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id, "cloud_usage_again": "no"})
        )
        count = self.env["account.move"].search_count([])
        self.assertEqual(wizard.modify_moves()["res_model"], "cloud.credit")
        self.assertEqual(self.env["account.move"].search_count([]), count)

    def test_a_duplicate_of_a_credit_note_frees_nothing(self):
        undo = self.take_back(self.march)
        note = undo.line_ids.credit_move_id[:1]
        again = self.make_run("2026-04-03")
        self.post(again)
        copy = note.copy()
        self.assertFalse(copy.cloud_frees_bill_id or copy.cloud_bill_id or copy.reversed_entry_id)
        copy.action_post()
        self.assertEqual(set(again.bill_ids.charge_ids.mapped("state")), {"billed"})

    def test_a_credit_note_of_ours_is_frozen_as_an_invoice_is(self):
        line = self.by_customer(self.march)["Acme"].rated_line_ids
        note = self.post(self.env["cloud.price.credit"]._make({line: line.amount}, self.day("2026-04-02"), "Outage"))
        for refused in (note.button_draft, note.button_cancel, note.unlink):
            with self.assertRaises(RedirectWarning):
                refused()


@tagged("post_install", "-at_install")
class TestWaysToCorrect(MarchCase):
    """One button on the invoice; the window shows the ways that are open to it."""

    def ways(self, invoice):
        action = invoice.with_user(self.user_accountant).action_cloud_correct()
        window = self.env["cloud.correct"].with_user(self.user_accountant).with_context(**action["context"])
        self.window = Form(window).save()
        names = ("credit", "undo", "free", "rate_again", "write_off")
        return {name for name in names if self.window[f"can_{name}"]}

    def test_an_open_invoice_has_every_way_but_the_credit_note_to_be_sent(self):
        self.assertEqual(self.ways(self.invoices["Acme"]), {"credit", "undo", "rate_again", "write_off"})
        self.assertEqual(self.window.action_credit()["res_model"], "cloud.credit")
        self.assertEqual(self.window.action_undo()["res_model"], "cloud.undo")
        self.assertEqual(self.window.action_write_off()["res_model"], "cloud.write.off")
        again = self.window.action_rate_again()["context"]
        # March: its first day, and the last one.
        self.assertEqual(
            (str(again["default_date_from"]), str(again["default_date_last"])), ("2026-03-01", "2026-03-31")
        )

    def test_what_is_paid_is_credited_and_billed_again_and_not_written_off(self):
        self.pay(self.invoices["Acme"])
        self.assertEqual(self.ways(self.invoices["Acme"]), {"credit", "free", "rate_again"})
        self.assertIn("A payment", self.window.why_text)
        self.assertEqual(self.window.action_free()["context"]["default_cloud_usage_again"], "yes")

    def test_what_was_taken_back_has_no_way_left(self):
        self.take_back(self.march)
        self.assertEqual(self.ways(self.invoices["Acme"]), set())
        self.assertIn("billable again already", self.window.why_text)

    def test_what_was_given_back_whole_is_not_given_back_again(self):
        line = self.by_customer(self.march)["Acme"].rated_line_ids
        note = self.post(self.env["cloud.price.credit"]._make({line: line.amount}, self.day("2026-04-02"), "Outage"))
        self.assertNotIn("credit", self.ways(self.invoices["Acme"]))
        # A price credit has no price: there is nothing to rate again, and nobody owes it.
        self.assertFalse(self.ways(note) & {"rate_again", "write_off"})

    def test_others_are_refused(self):
        with self.assertRaises(AccessError):
            self.invoices["Acme"].with_user(self.user_viewer).action_cloud_correct()
        other = self.env["account.move"].create({"move_type": "out_invoice"})
        with self.assertRaisesRegex(UserError, "no posted invoice of Cloud Billing"):
            other.action_cloud_correct()


@tagged("post_install", "-at_install")
class TestContactsAndArchives(MarchCase):
    def merge(self, partners, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge(partners.ids, target, extra_checks=False)
        self.env.invalidate_all()

    def test_what_was_merged_is_taken_back_and_billed_to_who_is_left(self):
        target = self.env["res.partner"].create({"name": "Acme Holding"})
        self.merge(self.acme.partner_id | target, target)
        undo = self.take_back(self.march)
        note = undo.line_ids.filtered(lambda line: line.customer_id == self.acme).credit_move_id
        self.assertEqual(note.partner_id, target)
        self.post(again := self.make_run("2026-04-03"))
        self.assertEqual(self.by_customer(again)["Acme"].move_id.partner_id, target)

    def test_two_billing_customers_are_not_merged(self):
        partners = self.acme.partner_id | self.bolt.partner_id
        with self.assertRaisesRegex(UserError, "Acme, Bolt are billing customers"):
            self.merge(partners, self.acme.partner_id)
        # One that nothing hangs on yet would be deleted without a word.
        new = self.make_customer("New")
        with self.assertRaisesRegex(UserError, "stay apart"):
            self.merge(self.acme.partner_id | new.partner_id, self.acme.partner_id)
        self.assertTrue(new.exists())

    def test_archived_customers_contacts_and_products_are_taken_back_and_billed_again(self):
        # Past the refusal to archive a customer with a running subscription: as it is once that has ended.
        self.cr.execute("UPDATE cloud_customer SET active = FALSE WHERE id = %s", [self.acme.id])
        self.env.invalidate_all()
        self.acme.partner_id.active = False
        self.disk.active = False
        self.assert_same_again(self.march)


@tagged("post_install", "-at_install")
class TestBranches(MarchCase):
    def test_a_branch_posts_in_the_journals_of_its_root_and_is_taken_back(self):
        branch = self.env["res.company"].sudo().create({"name": "Branch", "parent_id": self.company.id})
        # Its chart of accounts comes when the request ends, before anybody takes it live.
        self.cr.precommit.run()
        users = self.env.user | self.user_accountant | self.user_approver
        users.sudo().write({"company_ids": [(4, branch.id)]})
        self.env = self.env(context={**self.env.context, "allowed_company_ids": (self.company | branch).ids})
        root_journal = self.by_customer(self.march)["Acme"].move_id.journal_id
        customer = self.make_customer("Cato", company_id=branch.id)
        line = self.make_subscription(
            customer, self.support, plan=self.make_fee_plan(branch), date_start="2026-03-01"
        ).line_ids
        self.assertEqual(line.company_id, branch)
        self.set_company_state("live", branch)
        run = self.make_run(company_id=branch.id)
        self.post(run)
        invoice = run.bill_ids.move_id
        self.assertEqual((invoice.company_id, invoice.journal_id, invoice.amount_untaxed), (branch, root_journal, 10.0))
        undo = self.take_back(run)
        self.assertEqual((undo.company_id, undo.line_ids.credit_move_id.journal_id), (branch, root_journal))
        self.post(again := self.make_run(company_id=branch.id))
        self.assertEqual(self.books(again), self.books(run))

    def test_a_branch_bills_by_a_plan_of_its_root_and_cannot_change_it(self):
        plan = self.make_fee_plan(self.company)
        branch = self.env["res.company"].sudo().create({"name": "Branch", "parent_id": self.company.id})
        users = self.user_accountant | self.user_price_manager
        users.sudo().write({"company_ids": [(6, 0, branch.ids)], "company_id": branch.id})
        env = self.env(user=self.user_accountant.id, context={"allowed_company_ids": branch.ids})
        partner = self.env["res.partner"].create({"name": "Cato"})
        customer = env["cloud.customer"].create(
            {"partner_id": partner.id, "company_id": branch.id, "currency_id": self.currency.id, "tz": "UTC"}
        )
        form = Form(env["cloud.subscription"])
        form.customer_id, form.date_start = customer, "2026-03-01"
        form.plan_id = env["cloud.price.plan"].search([("id", "=", plan.id)])
        with form.line_ids.new() as line:
            line.product_id = self.support
        subscription = form.save()
        subscription.action_activate()
        self.assertEqual((subscription.company_id, subscription.plan_id.company_id), (branch, self.company))
        self.set_company_state("setup", branch)
        run = self.env["cloud.bill.run"].create(
            {"company_id": branch.id, **dict.fromkeys(("cutoff_date", "invoice_date", "accounting_date"), "2026-04-01")}
        )
        run.action_rate()
        # The root's 10.00 for March.
        self.assertEqual(self.amounts(run.bill_ids), ["10.00"])
        theirs = plan.with_user(self.user_price_manager).with_context(allowed_company_ids=branch.ids)
        self.assertEqual(theirs.name, "Fees")
        with self.assertRaises(AccessError):
            theirs.name = "Ours"
        # A sister company of the branch's is nobody's shared configuration.
        other = self.setup_other_company(name="Other")["company"]
        with self.assertRaises(UserError):
            self.make_subscription(customer, self.support, plan=self.make_fee_plan(other))

    def make_fee_plan(self, company):
        plan = self.make_plan("Fees")
        plan.company_id = company
        self.make_version({"product_id": self.support.id, "unit_price": "10"}, plan=plan)
        return plan
