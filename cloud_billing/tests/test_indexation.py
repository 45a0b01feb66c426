from datetime import date, timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from psycopg2.errors import CheckViolation

from .billing_common import BillingCase, D


class IndexationCase(BillingCase):
    """Two customers. Support costs 100.00 a month, disk 0.10 per GB."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme = cls.make_customer("Acme")
        cls.acme.partner_id.email = "acme@example.com"
        cls.beta = cls.make_customer("Beta")
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "100.00"},
            {"product_id": cls.disk.id, "unit_price": "0.10"},
        )
        cls.one = cls.make_subscription(
            cls.acme, {"product_id": cls.support.id, "name": "Support", "quantity": 3}, cls.disk
        )
        cls.two = cls.make_subscription(cls.beta, cls.support, date_start="2026-06-15")

    @classmethod
    def propose(cls, **vals):
        proposal = cls.env["cloud.indexation"].create(
            {
                "name": "Indexation 2027",
                "company_id": cls.company.id,
                "percent": "3",
                "date_from": "2027-01-01",
                "subscription_ids": [Command.set((cls.one | cls.two).ids)],
                **vals,
            }
        )
        proposal.action_find()
        return proposal

    def agree(self, proposal):
        proposal.with_user(self.user_price_manager).action_submit()
        self.vote(proposal.request_id)

    def rows(self, proposal):
        return [(line.subscription_id, str(line.amount_old), str(line.amount_new)) for line in proposal.line_ids]


@tagged("post_install", "-at_install")
class TestTheInvoiceOfOneLine(IndexationCase):
    def test_is_the_first_with_the_new_price_and_no_price_is_made(self):
        self.set_company_state("live")
        proposal = self.propose()
        line = proposal.line_ids.filtered(lambda one: one.subscription_id == self.one)
        for user in (self.user_price_manager, self.user_approver):
            with freeze_time("2026-12-10 12:00:00"):
                action = line.with_user(user).action_preview_invoice()
            html = self.env[action["res_model"]].browse(action["res_id"]).html
            # In arrears: January is on the invoice of 1 February. 3 % more.
            self.assertIn("02/01/2027", html)
            # 3 x 100.00 x 1.03
            self.assertIn("309.00", html)
        self.assertFalse(self.env["cloud.contract.rate"].search([("subscription_id", "=", self.one.id)]))
        line.write({"is_excluded": True, "exclusion_reason": "Agreed otherwise"})
        with self.assertRaisesRegex(UserError, "nothing is proposed for it"):
            line.action_preview_invoice()


@tagged("post_install", "-at_install")
class TestThePercentage(IndexationCase):
    def test_two_values_of_an_index(self):
        # The table in docs/contracts.md: 118.4 / 115.2 = 1.02777..., so 2.78 %.
        proposal = self.propose(method="index", index_from="115.2", index_to="118.4", percent=None)
        self.assertEqual(proposal.effective_percent, D("2.78"))
        self.assertEqual(proposal.formula, "(118.4 / 115.2 - 1) x 100 = 2.78 %")

    def test_floor_and_cap(self):
        proposal = self.propose(percent="6.1", cap="4")
        self.assertEqual(proposal.formula, "6.1 %, limited to 4 %")


@tagged("post_install", "-at_install")
class TestWhichContracts(IndexationCase):
    def test_fees_with_their_amounts_a_month(self):
        # 3 x 100.00 = 300.00 become 309.00; 100.00 become 103.00.
        proposal = self.propose()
        expected = [(self.one, "300.00", "309.00"), (self.two, "100.00", "103.00")]
        self.assertCountEqual(self.rows(proposal), expected)
        self.assertIn("400.00", proposal.totals_text)
        self.assertIn("412.00", proposal.totals_text)

    def test_usage_has_no_amount_before_it_is_used(self):
        proposal = self.propose(billing_model="metered")
        self.assertEqual(proposal.line_ids.line_id.product_id, self.disk)
        self.assertEqual(proposal.line_ids.amount_old, None)

    def test_young_contracts_are_left_out(self):
        # Two began on 2026-06-15: on 2027-01-01 it runs for six months, not for twelve.
        self.assertEqual(self.propose(min_months=12).line_ids.subscription_id, self.one)

    def test_each_contract_on_its_anniversary(self):
        proposal = self.propose(date_rule="anniversary")
        days = {line.subscription_id: str(line.date_from) for line in proposal.line_ids}
        self.assertEqual(days, {self.one: "2027-01-01", self.two: "2027-06-15"})

    def test_a_contract_that_ends_before_is_left_out(self):
        self.two.date_end = "2026-12-31"
        self.assertEqual(self.propose().line_ids.subscription_id, self.one)

    def test_a_final_price_is_left_out_with_the_reason(self):
        self.set_company_state("setup")
        rate = self.env["cloud.contract.rate"].create(
            {
                "subscription_id": self.two.id,
                "line_id": self.two.line_ids.id,
                "unit_price": "90",
                "is_final": True,
                "date_start": "2026-07-01",
            }
        )
        rate.action_approve_directly()
        line = self.propose().line_ids.filtered(lambda line: line.subscription_id == self.two)
        self.assertEqual((line.is_excluded, line.exclusion_reason), (True, "Its price is final: nothing adjusts it."))

    def test_a_person_leaves_one_out_and_it_stays_out(self):
        proposal = self.propose()
        line = proposal.line_ids.filtered(lambda line: line.subscription_id == self.two)
        line.write({"is_excluded": True, "exclusion_reason": "Promised until 2028"})
        proposal.action_find()
        line = proposal.line_ids.filtered(lambda line: line.subscription_id == self.two)
        self.assertEqual(line.exclusion_reason, "Promised until 2028")
        with self.assertRaises(CheckViolation), self.cr.savepoint():
            proposal.line_ids[0].write({"is_excluded": True, "exclusion_reason": False})
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestFromProposalToPrice(IndexationCase):
    def test_a_second_person_agrees_and_every_contract_has_its_price(self):
        self.set_company_state("live")
        proposal = self.propose()
        self.agree(proposal)
        self.assertEqual(len(self.one.rate_ids), 1)
        self.assertEqual((self.one.rate_ids.state, str(self.one.rate_ids.percent)), ("approved", "3"))
        self.assertEqual(proposal.line_ids.rate_id, self.one.rate_ids | self.two.rate_ids)
        self.assertEqual(self.one.change_ids.mapped("kind")[:1], ["price"])

    def test_two_years_add_up(self):
        self.set_company_state("setup")
        self.propose().action_approve_directly()
        second = self.propose(name="Indexation 2028", date_from="2028-01-01", percent="2")
        # 300.00 x 1.03 = 309.00; x 1.02 = 315.18.
        line = second.line_ids.filtered(lambda line: line.subscription_id == self.one)
        self.assertEqual((str(line.amount_old), str(line.amount_new)), ("309.00", "315.18"))
        second.action_approve_directly()
        self.assertEqual(self.one.rate_ids.mapped("sequence"), [10, 11])

    def test_nobody_makes_its_prices_alone_in_a_live_company(self):
        self.set_company_state("live")
        proposal = self.propose()
        with self.assertRaisesRegex(UserError, "live"):
            proposal.action_approve_directly()
        with self.assertRaises(CheckViolation), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_indexation SET state = 'approved' WHERE id = %s", [proposal.id])

    def test_it_is_taken_back_before_it_begins(self):
        self.set_company_state("live")
        tomorrow = fields.Date.context_today(self.env["cloud.indexation"]) + timedelta(days=40)
        proposal = self.propose(date_from=tomorrow)
        self.agree(proposal)
        proposal.with_user(self.user_price_manager).action_submit_undo()
        self.assertEqual(self.one.rate_ids.state, "approved")
        self.vote(proposal.request_id)
        self.assertEqual((self.one.rate_ids.state, bool(proposal.undone_on)), ("cancelled", True))

    def test_what_has_begun_is_not_taken_back(self):
        self.set_company_state("setup")
        proposal = self.propose(date_from="2026-07-01")
        proposal.action_approve_directly()
        with self.assertRaisesRegex(UserError, "has begun on"):
            proposal.action_submit_undo()

    def test_billed_days_are_refused(self):
        self.set_company_state("setup")
        self.make_run("2026-04-01")
        proposal = self.propose(date_from="2026-02-01")
        with self.assertRaisesRegex(UserError, "billed already.*Support"):
            proposal.action_approve_directly()

    def test_an_uplift_at_renewal(self):
        self.set_company_state("setup")
        proposal = self.one._apply_uplift("5", date(2027, 1, 1), "Renewal 2027")
        self.assertEqual((proposal.kind, proposal.state), ("uplift", "approved"))
        self.assertEqual((self.one.rate_ids.origin, str(self.one.rate_ids.percent)), ("uplift", "5"))
        self.set_company_state("live")
        waiting = self.two.with_user(self.user_accountant)._apply_uplift("5", date(2027, 6, 15), "Renewal 2027")
        self.assertEqual((waiting.state, len(self.two.rate_ids)), ("pending", 0))


@tagged("post_install", "-at_install")
class TestWhoWasTold(IndexationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = fields.Date.context_today(cls.env["cloud.indexation"]) + timedelta(days=60)
        cls.proposal = cls.propose(date_from=cls.day)

    def send(self):
        self.proposal.action_send_notices()
        self.proposal.notice_ids.sudo()._put_in_queue()

    def test_each_customer_gets_one_letter_and_the_proof_says_when(self):
        self.proposal.action_approve_directly()
        self.send()
        told = {notice.customer_id: notice for notice in self.proposal.notice_ids}
        self.assertEqual((told[self.acme].state, told[self.beta].state), ("queued", "failed"))
        self.assertIn("no e-mail address", told[self.beta].failure_reason)
        mail = told[self.acme].mail_id
        self.assertIn("acme@example.com", f"{mail.email_to} {mail.recipient_ids.mapped('email')}")
        self.assertTrue(mail.attachment_ids)
        mail.sudo()._postprocess_sent_message([], ["acme@example.com"])
        self.assertEqual(told[self.acme].state, "sent")
        self.assertTrue(told[self.acme].sent_at and told[self.acme].message_identifier)
        text = self.proposal._make_proof_csv()
        self.assertIn("acme@example.com", text)
        self.assertIn(told[self.acme].message_identifier.strip("<>"), text)

    def test_a_failure_is_shown_and_tried_again(self):
        self.proposal.action_approve_directly()
        self.send()
        notice = self.proposal.notice_ids.filtered(lambda notice: notice.customer_id == self.beta)
        self.beta.partner_id.email = "beta@example.com"
        notice.action_retry()
        notice.sudo()._put_in_queue()
        self.assertEqual((notice.state, notice.attempts), ("queued", 1))
        notice.mail_id.sudo()._postprocess_sent_message([], [], "mailbox full", "mail_smtp")
        self.assertEqual((notice.state, notice.failure_reason), ("failed", "mailbox full"))
        notice.action_told_otherwise()
        self.assertEqual(notice.state, "posted")

    def test_the_letter_says_before_and_after(self):
        self.proposal.action_approve_directly()
        self.send()
        notice = self.proposal.notice_ids.filtered(lambda notice: notice.customer_id == self.acme)
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("cloud_billing.cloud_indexation_letter", notice.ids)[0]
            .decode()
        )
        self.assertIn("300.00", html)
        self.assertIn("309.00", html)

    def test_too_late_to_tell_is_said_before_it_is_approved(self):
        late = self.propose(date_from=self.day - timedelta(days=50), notice_days=30)
        self.assertIn("30 days of notice", late._get_effect_notes()[-1])
        late.notice_policy = "block"
        with self.assertRaisesRegex(UserError, "30 days of notice"):
            late.action_approve_directly()

    def test_whoever_was_not_told_in_time_is_counted(self):
        self.proposal.action_approve_directly()
        deadline = self.day - timedelta(days=30)
        self.assertEqual(len(self.proposal._get_late_lines(deadline)), 0)
        self.assertEqual(len(self.proposal._get_late_lines(deadline + timedelta(days=1))), 2)


@tagged("post_install", "-at_install")
class TestManyContracts(IndexationCase):
    def count(self, subscriptions):
        self.set_company_state("setup")
        proposal = self.env["cloud.indexation"].create(
            {
                "name": f"Of {len(subscriptions)}",
                "company_id": self.company.id,
                "percent": "3",
                "date_from": "2027-01-01",
                "subscription_ids": [Command.set(subscriptions.ids)],
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        proposal._find_lines()
        found = self.env.cr.sql_log_count - before
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        proposal.action_approve_directly()
        self.env.flush_all()
        return found, self.env.cr.sql_log_count - before

    def test_ten_times_as_many_take_the_same_statements(self):
        subscriptions = self.env["cloud.subscription"].create(
            [
                {
                    "customer_id": self.acme.id,
                    "plan_id": self.plan.id,
                    "date_start": "2026-01-01",
                    "line_ids": [Command.create({"product_id": self.support.id})],
                }
                for _number in range(110)
            ]
        )
        subscriptions.action_activate()
        self.count(subscriptions[:5])
        few = self.count(subscriptions[:10])
        many = self.count(subscriptions[10:])
        # What the caches know by then may save one; what grows with the contracts would be ninety more.
        self.assertLessEqual(many[0], few[0])
        self.assertLessEqual(many[1], few[1])
