"""A contract of a live company goes on by another plan, or for another customer, once two people agree."""

from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from ..models.control.cloud_protected_mixin import TOKEN
from .billing_common import BillingCase, D


class SuccessionCase(BillingCase):
    """Acme pays 100.00 a month for support, three times; by Premium it would be 120.00 each. The company is live."""

    protects_fields = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme, cls.beta = cls.make_customer("Acme"), cls.make_customer("Beta")
        cls.premium = cls.make_plan("Premium")
        cls.make_version({"product_id": cls.support.id, "unit_price": "100.00"})
        cls.make_version({"product_id": cls.support.id, "unit_price": "120.00"}, plan=cls.premium)
        cls.subscription = cls.make_contract(cls.acme)
        cls.other = cls.make_contract(cls.beta)
        cls.set_company_state("live")
        cls.env.flush_all()

    @classmethod
    def make_contract(cls, customer):
        return cls.make_subscription(customer, {"product_id": cls.support.id, "name": "Support", "quantity": 3})

    def open_move(self, subscriptions=None, day="2026-02-15", user=None, reason="They have grown", plan=None):
        return (
            self.env["cloud.subscription.move"]
            .with_user(user or self.user_accountant)
            .create(
                {
                    "subscription_ids": [Command.set((subscriptions or self.subscription).ids)],
                    "plan_id": (plan or self.premium).id,
                    "date_from": day,
                    "reason": reason,
                }
            )
        )

    def propose(self, subscriptions=None, **vals):
        """What the accountant (Mara Maker) proposes by the wizard."""
        subscriptions = subscriptions or self.subscription
        self.open_move(subscriptions, **vals).action_confirm()
        return subscriptions.succession_proposal_id

    def open_takeover(self, **vals):
        return (
            self.env["cloud.subscription.takeover"]
            .with_user(self.user_accountant)
            .create(
                {
                    "subscription_id": self.subscription.id,
                    "customer_id": self.beta.id,
                    "date_from": "2026-02-15",
                    "reason": "Merger",
                    **vals,
                }
            )
        )

    @classmethod
    def make_metered(cls):
        """(contract of Acme with 0.10 per GB by either plan, the mapping of its stream); February is sealed."""
        cls.set_company_state("setup")
        contract = cls.make_subscription(cls.acme, cls.support, cls.disk)
        for plan in (cls.plan, cls.premium):
            cls.make_version(
                {"product_id": cls.support.id, "unit_price": "100.00"},
                {"product_id": cls.disk.id, "unit_price": "0.10"},
                plan=plan,
                date_start="2026-01-02",
            )
        mapping = cls.map_stream(cls.make_stream("disk", source=cls.own_source), contract.line_ids[1])
        cls.seal_month(cls.own_source, "2026-02-01")
        cls.set_company_state("live")
        cls.env.flush_all()
        return contract, mapping

    def get_events(self, record):
        return (
            self.env["cloud.audit.event"]
            .sudo()
            .search([("res_model", "=", record._name), ("res_id", "=", record.id)])
            .mapped("action")
        )


@tagged("post_install", "-at_install")
class TestMoveOfTwoPeople(SuccessionCase):
    def test_nothing_moves_before_another_person_approves(self):
        action = self.open_move().action_confirm()
        proposal = self.subscription.succession_proposal_id
        self.assertEqual((action["res_model"], action["res_id"]), (proposal._name, proposal.id))
        self.assertEqual((proposal.state, proposal.request_id.kind), ("pending", "succession"))
        self.assertFalse(self.subscription.date_end)
        with self.assertRaisesRegex(UserError, "proposed by you"):
            self.vote(proposal.request_id, self.user_accountant)
        self.assertFalse(self.subscription.date_end)

    def test_the_checker_sees_plan_day_prices_and_reason(self):
        request = self.propose().request_id
        rows = {row["label"]: (row["old"], row["new"]) for row in request.sudo().effect["rows"]}
        self.assertEqual(rows["Price plan"], ("Public prices", "Premium"))
        # 3 x 100.00 and 3 x 120.00 a month.
        currency = self.currency.name
        self.assertEqual(rows["Fees a month"], (f"300.00 {currency}", f"360.00 {currency}"))
        self.assertIn("02/15/2026", request.name)
        self.assertEqual((request.reason, request.effect_amount), ("They have grown", D("360")))

    def test_what_was_approved_is_what_the_direct_way_does(self):
        proposal = self.propose()
        self.vote(proposal.request_id)
        succession = proposal.succession_id
        self.assertEqual((proposal.state, succession.predecessor_id), ("approved", self.subscription))
        self.assertEqual((succession.kind, succession.reason), ("plan", "They have grown"))
        self.assertEqual(succession.successor_id.plan_id, self.premium)
        self.assertFalse(self.subscription.succession_proposal_id)
        run = self.make_run("2026-03-01")
        lines = run.bill_ids.rated_line_ids.filtered(lambda line: line.customer_id == self.acme)
        # January 300.00; February: 300.00 x 14/28 = 150.00 by the plan of before, 360.00 x 14/28 = 180.00 by the new.
        self.assertEqual(sorted(self.amounts(lines), key=D), ["150.00", "180.00", "300.00"])

    def test_on_the_first_day_before_billing_the_contract_itself_has_the_other_plan(self):
        with self.assertRaisesRegex(UserError, "approval of a second person"):
            self.subscription.with_user(self.user_accountant).plan_id = self.premium
        proposal = self.propose(day="2026-01-01")
        self.assertEqual(self.subscription.plan_id, self.plan)
        self.vote(proposal.request_id)
        self.assertEqual((self.subscription.plan_id, self.subscription.date_end), (self.premium, False))
        self.assertFalse(proposal.succession_id)

    def test_each_of_several_is_decided_by_itself(self):
        action = self.open_move(self.subscription | self.other).action_confirm()
        proposals = self.env["cloud.succession.proposal"].search(action["domain"])
        self.assertEqual(proposals.subscription_id, self.subscription | self.other)
        first, second = proposals.sorted(lambda proposal: proposal.subscription_id.id)
        self.vote(first.request_id)
        self.vote(second.request_id, decision="reject")
        self.assertEqual((first.state, second.state), ("approved", "rejected"))
        self.assertTrue(self.subscription.date_end)
        self.assertFalse(self.other.date_end)

    def test_usage_of_sealed_months_moves_with_the_contract(self):
        contract, mapping = self.make_metered()
        # Whose usage of a sealed month is: protected by itself, and agreed with the move.
        with self.assertRaisesRegex(UserError, "approval of a second person"):
            mapping.date_end = "2026-02-15"
        self.vote(self.propose(contract).request_id)
        self.assertEqual(str(mapping.date_end), "2026-02-15")
        owners = mapping.stream_id.mapping_ids.subscription_line_id
        self.assertEqual(owners.subscription_id, contract | contract.successor_id)

    def test_while_the_company_is_set_up_it_works_at_once(self):
        self.set_company_state("setup")
        wizard = self.open_move(reason=False)
        self.assertFalse(wizard.needs_approval)
        wizard.action_confirm()
        self.assertEqual(self.subscription.successor_id.plan_id, self.premium)
        self.assertFalse(self.subscription.succession_proposal_ids)
        self.assertTrue(self.get_events(self.subscription.succession_ids), "it is on record")

    def test_a_draft_is_nobody_elses_business(self):
        draft = self.make_subscription(self.acme, self.support, activate=False)
        self.open_move(draft, day="2026-01-01", reason=False).action_confirm()
        self.assertEqual(draft.plan_id, self.premium)

    def test_it_is_on_record_who_proposed_and_who_approved(self):
        proposal = self.propose()
        self.vote(proposal.request_id)
        events = self.get_events(proposal)
        self.assertLessEqual({"submitted", "approved", "applied"}, set(events))

    def test_the_form_of_the_contract_says_what_waits(self):
        proposal = self.propose()
        with Form(self.subscription.with_user(self.user_accountant)) as form:
            self.assertEqual(form.succession_proposal_id, proposal)
            form.order_reference = "PO 7"
        self.assertEqual(self.subscription.order_reference, "PO 7")


@tagged("post_install", "-at_install")
class TestWhatStandsInTheWay(SuccessionCase):
    def test_a_second_one_of_the_same_contract_waits_until_the_first_is_decided(self):
        proposal = self.propose()
        wizard = self.open_move(day="2026-03-01")
        self.assertIn("waits for approval already", wizard.line_ids.problem)
        with self.assertRaisesRegex(UserError, "waits for approval already"):
            wizard.action_confirm()
        second = proposal.copy({"date_from": "2026-03-01"})
        with self.assertRaisesRegex(UserError, "waits for approval already"):
            second.with_user(self.user_accountant).action_submit()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            second._write_protected({"state": "pending"}, TOKEN)
            second.flush_recordset()

    def test_prices_that_are_others_than_the_checker_was_shown_are_not_applied(self):
        proposal = self.propose()
        self.make_version(
            {"product_id": self.support.id, "unit_price": "130.00"}, plan=self.premium, date_start="2026-02-01"
        )
        with self.assertRaisesRegex(UserError, "have changed since this was proposed"), self.env.cr.savepoint():
            self.vote(proposal.request_id)
        self.assertEqual(proposal.state, "pending")
        self.assertFalse(self.subscription.date_end)
        proposal.request_id.with_user(self.user_accountant).action_withdraw()
        proposal.with_user(self.user_accountant).action_submit()
        # 3 x 130.00
        self.assertEqual(proposal.amount_new, D("390"))
        self.vote(proposal.request_id)
        self.assertEqual(proposal.state, "approved")

    def test_a_contract_that_ended_meanwhile_does_not_move(self):
        proposal = self.propose()
        self.subscription._apply_cancel(self.day("2026-02-01"), fields.Datetime.now())
        with self.assertRaisesRegex(UserError, "before its end"), self.env.cr.savepoint():
            self.vote(proposal.request_id)
        self.assertFalse(self.subscription.successor_id)

    def test_a_proposal_that_was_edited_by_the_back_door_is_not_applied(self):
        proposal = self.propose()
        with self.assertRaisesRegex(UserError, "not changed directly"):
            proposal.with_user(self.user_accountant).plan_id = self.plan
        proposal._write_protected({"date_from": "2026-03-01"}, TOKEN)
        with self.assertRaisesRegex(UserError, "changed after it was submitted"):
            self.vote(proposal.request_id)

    def test_it_comes_again_after_rework_and_goes_away_when_withdrawn(self):
        proposal = self.propose()
        request = proposal.request_id
        self.vote(request, decision="return")
        self.assertEqual(proposal.state, "draft")
        own = proposal.with_user(self.user_accountant)
        own.date_from = "2026-03-01"
        own.action_submit()
        self.assertEqual((proposal.request_id, request.round, proposal.state), (request, 2, "pending"))
        request.with_user(self.user_accountant).action_withdraw()
        self.assertEqual(proposal.state, "draft")
        own.unlink()
        self.assertFalse(self.subscription.succession_proposal_ids)

    def test_a_plan_without_a_price_and_a_move_without_a_reason_are_refused(self):
        with self.assertRaisesRegex(UserError, "Empty has no price"):
            self.open_move(plan=self.make_plan("Empty")).action_confirm()
        with self.assertRaisesRegex(UserError, "give a reason"):
            self.open_move(reason=" ").action_confirm()

    def test_who_keeps_no_contracts_proposes_nothing(self):
        proposal = self.propose()
        portal = new_test_user(self.env, "move_portal", groups="base.group_portal")
        for user in (self.user_viewer, self.user_approver):
            proposal.with_user(user).read(["plan_id"])
            with self.assertRaises(AccessError):
                self.open_move(self.other, user=user)
            with self.assertRaises(AccessError):
                proposal.with_user(user).action_submit()
        with self.assertRaises(AccessError):
            proposal.with_user(portal).read(["plan_id"])


@tagged("post_install", "-at_install")
class TestTakeoverOfTwoPeople(SuccessionCase):
    def test_another_customer_goes_on_once_another_person_approves(self):
        wizard = self.open_takeover()
        self.assertTrue(wizard.needs_approval)
        wizard.action_confirm()
        proposal = self.subscription.succession_proposal_id
        self.assertFalse(self.subscription.date_end)
        rows = {row["label"]: (row["old"], row["new"]) for row in proposal.request_id.sudo().effect["rows"]}
        self.assertEqual(rows["Customer"], (self.acme.display_name, self.beta.display_name))
        self.vote(proposal.request_id)
        succession = proposal.succession_id
        self.assertEqual((succession.kind, succession.customer_id), ("takeover", self.beta))
        self.assertEqual(succession.successor_id.plan_id, self.plan)

    def test_the_window_still_shows_both_next_invoices_and_does_nothing(self):
        wizard = self.open_takeover()
        wizard.action_preview()
        self.assertIn("Beta", wizard.html)
        self.assertFalse(self.subscription.successor_id)

    def test_the_window_shows_them_also_where_usage_of_sealed_months_would_go_over(self):
        contract, mapping = self.make_metered()
        wizard = self.open_takeover(subscription_id=contract.id)
        wizard.action_preview()
        self.assertIn("Beta", wizard.html)
        self.assertFalse(mapping.date_end)
        with self.assertRaisesRegex(UserError, "approval of a second person"):
            mapping.date_end = "2026-02-15"

    def test_to_whom_it_belongs_already_it_does_not_go(self):
        with self.assertRaisesRegex(UserError, "already"):
            self.open_takeover(customer_id=self.acme.id).action_confirm()


@tagged("post_install", "-at_install")
class TestTakenBackByTwoPeople(SuccessionCase):
    def move(self, subscription=None):
        """The succession of an approved move from 15 February on."""
        proposal = self.propose(subscription)
        self.vote(proposal.request_id)
        return proposal.succession_id

    def draft_back(self, succession):
        """The accountant's draft that proposes to take it back."""
        action = succession.with_user(self.user_accountant).action_undo()
        return self.env[action["res_model"]].with_user(self.user_accountant).browse(action["res_id"])

    def test_it_is_proposed_and_happens_once_another_person_approves(self):
        succession = self.move()
        self.assertTrue(succession.needs_approval)
        draft = self.draft_back(succession)
        self.assertEqual((draft.state, draft.kind, draft.undone_id), ("draft", "back", succession))
        self.assertEqual(self.draft_back(succession), draft, "one draft, however often the button is pressed")
        draft.reason = "Signed by mistake"
        draft.action_submit()
        self.assertFalse(succession.undone_on)
        self.assertEqual(succession.successor_id.succession_proposal_id, draft)
        with self.assertRaisesRegex(UserError, "proposed by you"):
            self.vote(draft.request_id, self.user_accountant)
        rows = {row["label"]: (row["old"], row["new"]) for row in draft.request_id.sudo().effect["rows"]}
        self.assertEqual(rows["Price plan"], ("Premium", "Public prices"))
        # 3 x 120.00 by Premium, and 3 x 100.00 as it was on the last day before.
        currency = self.currency.name
        self.assertEqual(rows["Fees a month"], (f"360.00 {currency}", f"300.00 {currency}"))
        self.vote(draft.request_id)
        self.assertEqual((draft.state, draft.request_id.reason), ("approved", "Signed by mistake"))
        self.assertTrue(succession.undone_on)
        self.assertEqual(succession.successor_id.state, "cancelled")
        self.assertEqual((self.subscription.date_end, self.subscription.end_kind), (False, False))

    def test_usage_of_sealed_months_comes_back_with_it(self):
        contract, mapping = self.make_metered()
        succession = self.move(contract)
        self.assertEqual(str(mapping.date_end), "2026-02-15")
        with self.assertRaisesRegex(UserError, "approval of a second person"), self.env.cr.savepoint():
            succession._undo(fields.Datetime.now())
        draft = self.draft_back(succession)
        draft.action_submit()
        self.vote(draft.request_id)
        self.assertEqual(mapping.date_end, False)
        self.assertEqual(mapping.stream_id.mapping_ids, mapping)

    def test_what_was_charged_meanwhile_stays(self):
        succession = self.move()
        draft = self.draft_back(succession)
        draft.action_submit()
        self.make_run("2026-03-01")
        with self.assertRaisesRegex(UserError, "was charged already"), self.env.cr.savepoint():
            self.vote(draft.request_id)
        self.assertFalse(succession.undone_on)

    def test_what_goes_on_once_more_is_taken_back_from_its_end(self):
        first = self.move()
        proposal = self.propose(first.successor_id, plan=self.plan, day="2026-03-01")
        self.vote(proposal.request_id)
        with self.assertRaisesRegex(UserError, "take that back first"):
            self.draft_back(first).action_submit()
        for succession in (proposal.succession_id, first):
            draft = self.draft_back(succession)
            draft.action_submit()
            self.vote(draft.request_id)
        self.assertFalse(self.subscription.date_end)

    def test_a_draft_goes_back_to_nothing_else(self):
        draft = self.draft_back(self.move())
        for values in ({"plan_id": self.premium.id}, {"customer_id": self.beta.id}, {"date_from": "2026-03-01"}):
            with self.assertRaisesRegex(ValidationError, "goes back to what it was"), self.env.cr.savepoint():
                draft.write(values)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            draft.copy({"undone_id": False})
            self.env.flush_all()

    def test_who_keeps_no_contracts_takes_nothing_back(self):
        succession = self.move()
        for user in (self.user_viewer, self.user_approver):
            with self.assertRaises(AccessError):
                succession.with_user(user).action_undo()

    def test_neither_contract_is_reopened_beside_the_other(self):
        succession = self.move()
        former = self.subscription.with_user(self.user_accountant)
        with self.assertRaisesRegex(ValidationError, "Take that back"), self.env.cr.savepoint():
            former.action_reopen()
        with self.assertRaisesRegex(ValidationError, "Take that back"), self.env.cr.savepoint():
            former.write({"date_end": "2026-04-01"})
        draft = self.draft_back(succession)
        draft.action_submit()
        self.vote(draft.request_id)
        with self.assertRaisesRegex(ValidationError, "runs instead"), self.env.cr.savepoint():
            succession.successor_id.with_user(self.user_accountant).action_reopen()


@tagged("post_install", "-at_install")
class TestWhatProposingCosts(SuccessionCase):
    def make_contracts(self):
        contracts = [self.make_contract(self.acme).id for _index in range(20)]
        self.env.flush_all()
        return self.env["cloud.subscription"].browse(contracts)

    def test_fees_of_ten_times_as_many_contracts_take_the_same_statements(self):
        contracts, day = self.make_contracts(), self.day("2026-02-15")
        for plan in (self.plan.browse(), self.premium):
            counts = [
                self.count_statements_of(lambda some=some, plan=plan: some._get_monthly_fees(day, plan))
                # The first one fills what is kept for everybody.
                for some in (contracts, contracts[:2], contracts)
            ]
            self.assertEqual(counts[1], counts[2])

    def test_facts_of_ten_times_as_many_proposals_take_the_same_statements(self):
        contracts = self.make_contracts()
        self.open_move(contracts).action_confirm()
        proposals = self.env["cloud.succession.proposal"].browse(contracts.succession_proposal_ids.ids)
        self.assertEqual(len(proposals), 20)
        counts = [self.count_statements_of(some._get_facts) for some in (proposals, proposals[:2], proposals)]
        self.assertEqual(counts[1], counts[2])

    def test_fees_are_worked_out_once_however_many_are_submitted(self):
        contracts = self.subscription | self.other
        with patch.object(
            type(contracts), "_get_monthly_fees", autospec=True, side_effect=type(contracts)._get_monthly_fees
        ) as fees:
            wizard = self.open_move(contracts)
            before = fees.call_count
            wizard.action_confirm()
        # Of the window before and after, and of the proposals before and after.
        self.assertEqual(fees.call_count - before, 4)
