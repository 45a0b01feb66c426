from unittest.mock import patch

import psycopg2
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.date_utils import add

from ..models.control import voting
from .test_approval_policy import PolicyCase


class DelegationCase(PolicyCase):
    """Ann alone is asked, and is away: Ben votes for her."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.make_policy([cls.named(cls, cls.ann)])

    def delegate(self, user, person, **values):
        vals = {
            "delegate_id": person.id,
            "company_id": self.company.id,
            "date_start": self.today,
            "date_end": add(self.today, days=7),
            **values,
        }
        with patch.object(voting, "check_screen"):
            return self.env["cloud.approval.delegation"].with_user(user).create(vals).with_env(self.env)

    def assert_refused(self, request, user, sentence):
        with self.assertRaisesRegex(UserError, sentence), self.cr.savepoint():
            self.vote(request, user)


@tagged("post_install", "-at_install")
class TestOneVotesForAnother(DelegationCase):
    def test_during_the_absence_and_the_vote_names_both(self):
        self.delegate(self.user_ann, self.ben)
        request = self.submit()
        self.vote(request, self.user_ben)
        vote = request.vote_ids
        self.assertEqual((vote.person_id, vote.for_person_id, request.state), (self.ben, self.ann, "applied"))
        self.assertEqual(vote.voter_text, "Ben for Ann")

    def test_not_before_and_not_after(self):
        self.delegate(self.user_ann, self.ben, date_start=add(self.today, days=1))
        self.delegate(self.user_ann, self.cid, date_start=add(self.today, days=-7), date_end=self.today)
        request = self.submit()
        for user in (self.user_ben, self.user_cid):
            self.assert_refused(request, user, "waits for other people")

    def test_of_one_kind_only(self):
        self.delegate(self.user_ann, self.ben, kind="bill_run")
        self.assert_refused(self.submit(), self.user_ben, "waits for other people")

    def test_in_one_company_only(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_ben.company_ids |= other
        self.delegate(self.user_ann, self.ben, company_id=other.id)
        self.assert_refused(self.submit(), self.user_ben, "waits for other people")

    def test_not_once_it_is_revoked(self):
        delegation = self.delegate(self.user_ann, self.ben)
        request = self.submit()
        delegation.with_user(self.user_ann).action_revoke()
        self.assert_refused(request, self.user_ben, "waits for other people")
        self.vote(request, self.user_ann)
        self.assertEqual(request.state, "applied")

    def test_it_is_not_passed_on(self):
        self.delegate(self.user_ann, self.ben)
        self.delegate(self.user_ben, self.cid)
        self.assert_refused(self.submit(), self.user_cid, "waits for other people")

    def test_never_by_the_one_who_proposed(self):
        self.user_price_manager.group_ids |= self.env.ref("cloud_billing.group_approver")
        self.delegate(self.user_ann, self.person_maker)
        self.assert_refused(self.submit(), self.user_price_manager, "Nobody approves what he or she proposed")

    def test_never_for_the_one_who_proposed(self):
        """The maker is named by the policy too, and gives the vote away: it was none to give."""
        self.user_price_manager.group_ids |= self.env.ref("cloud_billing.group_approver")
        self.make_policy([self.named(self.person_maker, self.ann)], sequence=0)
        self.delegate(self.user_price_manager, self.ben)
        self.assert_refused(self.submit(), self.user_ben, "waits for other people")

    def test_nobody_stands_for_two_levels(self):
        self.make_policy([self.named(self.ben), self.named(self.ann)], sequence=0)
        self.delegate(self.user_ann, self.ben)
        request = self.submit()
        self.vote(request, self.user_ben)
        self.assert_refused(request, self.user_ben, "One person votes once")
        self.vote(request, self.user_ann)
        self.assertEqual(request.state, "applied")

    def test_delegate_and_principal_do_not_both_vote(self):
        self.make_policy([self.named(self.ann, self.ben, self.cid, needed=3)], sequence=0)
        self.delegate(self.user_ann, self.user_approver.cloud_person_id)
        request = self.submit()
        self.vote(request)
        self.assertEqual(request.vote_ids.for_person_id, self.ann)
        self.assert_refused(request, self.user_ann, "waits for other people")

    def test_the_principal_has_lost_the_role(self):
        self.delegate(self.user_ann, self.ben)
        request = self.submit()
        self.user_ann.group_ids -= self.env.ref("cloud_billing.group_approver")
        self.assert_refused(request, self.user_ben, "waits for other people")

    def test_the_delegate_has_lost_the_role(self):
        self.delegate(self.user_ann, self.ben)
        request = self.submit()
        self.user_ben.group_ids -= self.env.ref("cloud_billing.group_approver")
        self.user_ben.group_ids |= self.env.ref("cloud_billing.group_viewer")
        self.assert_refused(request, self.user_ben, "not an approver")


@tagged("post_install", "-at_install")
class TestWhoGivesADelegation(DelegationCase):
    def test_everyone_for_himself_or_herself_alone(self):
        for user in (self.user_administrator, self.user_ben):
            with self.assertRaisesRegex(UserError, "Everyone delegates his or her own vote only"):
                self.delegate(user, self.cid, person_id=self.ann.id)

    def test_not_by_code_that_pretends_to_be_somebody(self):
        """A server action of the maker, in the name of an approver: no screen, no delegation."""
        vals = {"delegate_id": self.ben.id, "date_end": add(self.today, days=7)}
        for env in (self.env, self.env(su=True)):
            with self.assertRaisesRegex(UserError, "Only a person who is logged in does this"):
                env["cloud.approval.delegation"].with_user(self.user_ann).create(vals)
            with self.assertRaisesRegex(UserError, "Only a person who is logged in does this"):
                env["cloud.approval.delegation"].create({**vals, "person_id": self.ann.id})

    def test_to_approvers_only(self):
        with self.assertRaisesRegex(UserError, "is no approver"):
            self.delegate(self.user_ann, self.person_administrator)

    def test_it_is_not_edited_and_not_deleted(self):
        delegation = self.delegate(self.user_ann, self.ben)
        for user in (self.user_ann, self.user_administrator, self.env.user):
            for attempt in (
                lambda record: record.write({"delegate_id": self.cid.id}),
                lambda record: record.write({"revoked_at": False}),
                lambda record: record.unlink(),
            ):
                with self.assertRaises(UserError), self.cr.savepoint():
                    attempt(delegation.with_user(user).sudo())

    def test_nor_by_raw_sql(self):
        delegation = self.delegate(self.user_ann, self.ben)
        self.env.flush_all()
        for change in (f"delegate_id = {self.cid.id}", f"person_id = {self.cid.id}", "date_end = '2099-01-01'"):
            self.assert_sql_refused(f"UPDATE cloud_approval_delegation SET {change} WHERE id = %s", delegation.id)
        self.assert_sql_refused("DELETE FROM cloud_approval_delegation WHERE id = %s", delegation.id)
        delegation.with_user(self.user_ben).action_revoke()
        self.env.flush_all()
        self.assert_sql_refused("UPDATE cloud_approval_delegation SET revoked_at = NULL WHERE id = %s", delegation.id)

    def test_it_is_revoked_by_both_and_by_an_administrator(self):
        for user in (self.user_ann, self.user_ben, self.user_administrator):
            delegation = self.delegate(self.user_ann, self.ben)
            with self.assertRaisesRegex(UserError, "only these two"):
                delegation.with_user(self.user_cid).action_revoke()
            delegation.with_user(user).action_revoke()
            self.assertFalse(delegation.is_in_force)
            self.assertEqual(self.events(delegation).sorted("id").mapped("action"), ["delegated", "delegation_revoked"])


@tagged("post_install", "-at_install")
class TestTheDatabaseRefusesTwoInOne(DelegationCase):
    def test_a_delegate_who_votes_for_himself_too(self):
        self.make_policy([self.named(self.ann), self.named(self.ben)], sequence=0)
        self.delegate(self.user_ann, self.ben)
        request = self.submit()
        first, second = request.level_ids
        self.insert_vote(request, first, self.ben, self.ann)
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint(flush=False):
            self.insert_vote(request, second, self.ben, number=2)

    def test_a_principal_whose_delegate_has_voted(self):
        self.make_policy([self.named(self.ann, self.ben, needed=2)], sequence=0)
        self.delegate(self.user_ann, self.cid)
        request = self.submit()
        self.insert_vote(request, request.level_ids, self.cid, self.ann)
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint(flush=False):
            self.insert_vote(request, request.level_ids, self.ann, number=2)

    def test_whoever_has_voted_is_no_principal_afterwards(self):
        """Ann has voted for Ben; then somebody votes for Ann: one human being stood for two."""
        self.make_policy([self.named(self.ann, self.ben, needed=2)], sequence=0)
        self.delegate(self.user_ben, self.ann)
        self.delegate(self.user_ann, self.cid)
        request = self.submit()
        self.insert_vote(request, request.level_ids, self.ann, self.ben)
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint(flush=False):
            self.insert_vote(request, request.level_ids, self.cid, self.ann, number=2)

    def test_a_principal_who_proposed_it(self):
        self.user_price_manager.group_ids |= self.env.ref("cloud_billing.group_approver")
        self.delegate(self.user_price_manager, self.ben)
        request = self.submit()
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint(flush=False):
            self.insert_vote(request, request.level_ids, self.ben, self.person_maker)
