from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .billing_common import BillingCase, D

# A day in March 2026, the middle of a period.
NOW = datetime(2026, 3, 10, 12)


@tagged("post_install", "-at_install")
class TestInvoiceOfAProposedPrice(BillingCase):
    """3 of support at 10.00 a month in advance, disk at 0.10 per GB in arrears; from 1 March 2026 on, without tax."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "10"}, {"product_id": cls.disk.id, "unit_price": "0.10"}
        )
        cls.customer = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(
            cls.customer,
            {"product_id": cls.support.id, "timing": "advance", "quantity": "3"},
            cls.disk,
            date_start="2026-03-01",
        )
        cls.stream = cls.make_stream("disk")
        cls.map_stream(cls.stream, cls.subscription.line_ids[1])
        cls.set_company_state("live")

    def propose(self, line=0, **vals):
        kind = "price" if "unit_price" in vals else "adjust"
        what = {"line_id": self.subscription.line_ids[line].id} if kind == "price" else {}
        return self.env["cloud.contract.rate"].create(
            {"subscription_id": self.subscription.id, "kind": kind, "date_start": "2026-04-01", **what, **vals}
        )

    def show(self, rates, now=NOW):
        """(day, total as it is, total as it would be) of the first invoice in which the rates count."""
        before, after = self.subscription._get_proposed_invoices(now, lambda: rates)
        ((_currency, old, new, _difference),) = self.subscription._compare_totals(before, after)
        return str(after.day), old, new

    def test_a_price_from_the_next_period_on(self):
        # March and April in advance: 30.00 + 30.00, and 30.00 + 3 x 8.00.
        self.assertEqual(self.show(self.propose(unit_price="8")), ("2026-04-01", D("60.00"), D("54.00")))

    def test_a_price_within_a_period_has_its_share(self):
        # 16 of 31 days of March at 8.00: 30 x 15/31 = 14.52, 24 x 16/31 = 12.39; April 24.00.
        found = self.show(self.propose(unit_price="8", date_start="2026-03-16"))
        self.assertEqual(found, ("2026-04-01", D("60.00"), D("50.91")))

    def test_a_price_that_begins_later_is_shown_on_the_invoice_that_it_first_changes(self):
        # August in advance alone: everything before was billed by then. Half of 30.00.
        found = self.show(self.propose(percent="-50", date_start="2026-08-01"))
        self.assertEqual(found, ("2026-08-01", D("30.00"), D("15.00")))

    def test_usage_at_a_price_that_begins_later_counts_when_its_month_is_billed(self):
        self.deliver({"stream": self.stream, "quantity": "100"}, month="2026-05-01")
        # Due on 1 June: support of June 30.00, disk of May 100 x 0.10 = 10.00 or 100 x 0.08 = 8.00.
        found = self.show(self.propose(1, unit_price="0.08", date_start="2026-05-01"))
        self.assertEqual(found, ("2026-06-01", D("40.00"), D("38.00")))

    def test_a_price_that_changes_no_invoice_yet_says_so(self):
        rate = self.propose(1, unit_price="0.08", date_start="2026-05-01")
        self.assertEqual(self.show(rate), ("2026-04-01", D("60.00"), D("60.00")))
        with freeze_time(NOW):
            action = rate.action_preview_invoice()
        self.assertIn("changes no invoice", self.env[action["res_model"]].browse(action["res_id"]).html)

    def test_what_it_replaces_ends_where_it_begins(self):
        self.set_company_state("setup")
        former = self.propose(unit_price="9", date_start="2026-03-01")
        former.action_approve_directly()
        self.set_company_state("live")
        rate = self.propose(unit_price="8")
        # 27.00 + 27.00, and 27.00 + 24.00.
        self.assertEqual(self.show(rate), ("2026-04-01", D("54.00"), D("51.00")))
        self.assertFalse(former.date_end)

    def test_billed_days_are_corrected_in_it(self):
        self.post(self.make_run(cutoff="2026-04-01"))
        rate = self.propose(unit_price="8", date_start="2026-03-16")
        with self.assertRaisesRegex(UserError, "Say what happens to the billed days"):
            self.show(rate)
        rate.policy = "credit"
        # Nothing else falls due on 1 April. March: 16/31 x (24 - 30) = -3.10; April: 24 - 30 = -6.00.
        self.assertEqual(self.show(rate), ("2026-04-01", D("0"), D("-9.10")))
        rate.policy = "nothing"
        # From the first day that was not billed, 1 May: the invoice of that day, 30.00 or 24.00.
        self.assertEqual(self.show(rate), ("2026-05-01", D("30.00"), D("24.00")))

    def test_steps_are_shown_together(self):
        rates = self.propose(percent="-50", date_end="2026-05-01") | self.propose(
            percent="-20", date_start="2026-03-01", date_end="2026-04-01", policy="credit"
        )
        # March 30.00 less 20 % = 24.00, April 30.00 less 50 % = 15.00.
        self.assertEqual(self.show(rates), ("2026-04-01", D("60.00"), D("39.00")))

    def test_a_draft_contract_is_shown_as_if_it_were_activated(self):
        draft = self.make_subscription(self.customer, self.support, activate=False, date_start="2026-03-01")
        window = self.env["cloud.subscription.phases"].create(
            {"subscription_id": draft.id, "step_ids": [Command.create({"count": 1, "value": "-50"})]}
        )
        with freeze_time(NOW):
            window.with_user(self.user_accountant).action_preview()
        # March in arrears: 10.00, or 5.00.
        self.assertIn("5.00", window.html)
        self.assertEqual((draft.state, len(draft.rate_ids)), ("draft", 0))

    # ---- nothing of it counts ----

    def test_nothing_of_it_stays_and_nothing_of_it_is_billed(self):
        rate = self.propose(unit_price="8")
        models = (
            "cloud.bill.run", "cloud.billing.period", "cloud.charge", "cloud.rated.line", "cloud.bill",
            "cloud.contract.rate", "cloud.subscription.change", "cloud.change.request",
        )  # fmt: skip
        before = {model: self.env[model].sudo().search_count([]) for model in models}
        self.show(rate)
        self.env.invalidate_all()
        self.assertEqual({model: self.env[model].sudo().search_count([]) for model in models}, before)
        self.assertEqual(rate.state, "draft")
        for proposed in (rate, rate.with_context(proposal=rate._as_proposal())):
            proposed.with_user(self.user_price_manager).action_preview_invoice()
        run = self.make_run(cutoff="2026-04-01")
        self.assertEqual(sum(run.bill_ids.rated_line_ids.mapped("amount")), D("60.00"))
        self.assertFalse(run.bill_ids.rated_line_ids.contract_rate_id)

    def test_once_it_is_approved_it_is_what_was_shown(self):
        rate = self.propose(unit_price="8")
        _day, _old, shown = self.show(rate)
        rate.with_user(self.user_price_manager).action_submit()
        self.assertEqual(self.show(rate)[2], shown)
        self.vote(rate.request_id)
        run = self.make_run(cutoff="2026-04-01")
        self.assertEqual(sum(run.bill_ids.rated_line_ids.mapped("amount")), shown)

    # ---- who sees it ----

    def test_the_approver_sees_it_in_the_change_request(self):
        rate = self.propose(unit_price="8")
        with freeze_time(NOW):
            rate.with_user(self.user_price_manager).action_submit()
            request = rate.request_id
            (row,) = [row for row in request.effect["rows"] if row["label"] == "Invoice of 04/01/2026"]
            name = self.currency.name
            self.assertEqual((row["old"], row["new"]), (f"60.00 {name}", f"54.00 {name}"))
            action = request.with_user(self.user_approver).action_preview_invoice()
        html = self.env[action["res_model"]].browse(action["res_id"]).html
        self.assertIn("The first invoice with this price", html)
        self.assertIn("-6.00", html)

    def test_a_request_about_something_else_has_none(self):
        run = self.make_run(cutoff="2026-04-01")
        self.release_all(run)
        run.with_user(self.user_accountant).action_submit()
        with self.assertRaisesRegex(UserError, "not about the price of one contract"):
            run.request_id.with_user(self.user_approver).action_preview_invoice()

    def test_who_may_not_read_the_contract_sees_nothing(self):
        rate = self.propose(unit_price="8")
        stranger = self.env["res.users"].create({"name": "Stranger", "login": "proposed_price_stranger"})
        with self.assertRaises(AccessError):
            rate.with_user(stranger).action_preview_invoice()
        with self.assertRaises(AccessError):
            self.subscription.with_user(stranger)._get_proposed_invoices(NOW, lambda: rate)

    def test_the_window_of_phases_shows_it_and_keeps_no_price(self):
        window = (
            self.env["cloud.subscription.phases"]
            .with_user(self.user_accountant)
            .create(
                {
                    "subscription_id": self.subscription.id,
                    "date_start": "2026-04-01",
                    "step_ids": [
                        Command.create({"count": 1, "value": "-50"}),
                        Command.create({"count": 1, "value": "-25", "sequence": 20}),
                    ],
                }
            )
        )
        with freeze_time(NOW):
            action = window.action_preview()
        self.assertEqual((action["res_model"], action["res_id"]), (window._name, window.id))
        # March 30.00, April 15.00: 60.00 becomes 45.00.
        self.assertIn("45.00", window.html)
        self.assertFalse(self.subscription.rate_ids)
        window.with_user(self.user_accountant).action_confirm()
        self.assertEqual(self.subscription.rate_ids.mapped("state"), ["pending", "pending"])

    # ---- statements ----

    def count_statements(self, rate):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.subscription._get_proposed_invoices(NOW, lambda: rate)
        return self.cr.sql_log_count - before

    def test_statements_do_not_grow_with_lines_and_other_contracts(self):
        rate = self.propose(percent="-10")
        self.count_statements(rate)
        few = self.count_statements(rate)
        for number in range(10):
            self.make_subscription(self.make_customer(f"Other {number}"), self.support, date_start="2026-03-01")
        self.assertEqual(self.count_statements(rate), few)
        self.env["cloud.subscription.line"].create(
            [
                {"subscription_id": self.subscription.id, "product_id": self.support.id, "name": f"Support {number}"}
                for number in range(10)
            ]
        )
        self.assertEqual(self.count_statements(rate), few)
