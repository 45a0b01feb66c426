from decimal import Decimal

import psycopg2
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_approval import ApprovalCase


class PolicyCase(ApprovalCase):
    """A live company with four approvers: Chris Checker, Ann, Ben and Cid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policies = cls.env["cloud.approval.policy"]
        cls.user_ann, cls.user_ben, cls.user_cid = cls.make_approvers("Ann", "Ben", "Cid")
        cls.ann, cls.ben, cls.cid = (cls.user_ann | cls.user_ben | cls.user_cid).mapped("cloud_person_id")

    @classmethod
    def make_policy(cls, levels, **values):
        """A policy in force, agreed on while the company was set up. levels: list of values."""
        state = cls.company.cloud_billing_state
        cls.set_company_state("setup")
        commands = [Command.create({"sequence": number, **vals}) for number, vals in enumerate(levels, start=1)]
        policy = cls.policies.create(
            {"name": "Special", "company_id": cls.company.id, "sequence": 1, "level_ids": commands, **values}
        )
        policy.action_approve_directly()
        cls.env.flush_all()
        cls.set_company_state(state)
        return policy

    def named(self, *people, **values):
        persons = self.env["cloud.person"].union(*people)
        return {"approver": "person", "person_ids": [Command.set(persons.ids)], **values}

    def insert_vote(self, request, level, person, principal=None, number=1):
        """A vote by raw SQL, the first one unless told otherwise."""
        self.env.flush_all()
        self.cr.execute(
            """
            INSERT INTO cloud_change_vote (request_id, company_id, round, level, decision, user_id, person_id,
                                           for_person_id, requester_person_id, content_hash, voted_at, change_level_id)
            VALUES (%s, %s, 1, %s, 'approve', %s, %s, %s, %s, %s, now() at time zone 'UTC', %s)
            """,
            [
                request.id,
                self.company.id,
                number,
                self.user_ann.id,
                person.id,
                (principal or person).id,
                request.requester_person_id.id,
                request.content_hash,
                level and level.id,
            ],
        )

    def levels(self, request):
        return [(level.rule, sorted(level.person_ids.mapped("name"))) for level in request.level_ids]


@tagged("post_install", "-at_install")
class TestReadyPolicies(PolicyCase):
    def test_small_and_large_are_in_force_before_anything_is_configured(self):
        company = self.env["res.company"].create({"name": "New"})
        policies = self.policies.search([("company_id", "=", company.id)])
        self.assertEqual(policies.mapped("ready"), ["large", "small"])
        self.assertTrue(all(policies.mapped("is_in_force")))
        self.assertEqual([len(policy.level_ids) for policy in policies], [2, 1])

    def test_they_are_made_once(self):
        before = self.policies.search_count([])
        self.policies._make_ready()
        self.assertEqual(self.policies.search_count([]), before)

    def subject(self, amount):
        return {"kind": "bill_run", "amount": amount, "is_sensitive": False, "touched": {"cloud.bill.run": {None}}}

    def test_an_amount_above_the_limit_adds_a_level(self):
        # The limit is 1,000,000: exactly that much is not above it.
        for amount, levels in (("1000000", 1), ("1000000.01", 2), ("Infinity", 2)):
            policy = self.policies._find(self.company, self.subject(Decimal(amount)))
            self.assertEqual(len(policy._get_asked(self.subject(Decimal(amount)))), levels, amount)
        self.assertEqual(self.policies._find(self.company, self.subject(None)).ready, "small")

    def test_small_asks_one_approver(self):
        request = self.submit()
        self.assertEqual(self.levels(request), [("1 × Approver", ["Ann", "Ben", "Chris Checker", "Cid"])])
        self.vote(request)
        self.assertEqual(request.state, "applied")

    def test_an_archived_login_is_not_asked_whatever_the_context_says(self):
        self.user_ben.active = False
        requests = self.requests.with_user(self.user_price_manager).with_context(active_test=False)
        request = requests._submit(self.version.with_user(self.user_price_manager), "price_version")
        self.assertEqual(self.levels(request.with_env(self.env)), [("1 × Approver", ["Ann", "Chris Checker", "Cid"])])


@tagged("post_install", "-at_install")
class TestWhichPolicyDecides(PolicyCase):
    def test_the_first_in_order_that_fits(self):
        self.make_policy([self.named(self.ann)], sequence=20)
        self.make_policy([self.named(self.ben)], sequence=10)
        self.assertEqual(self.levels(self.submit()), [("1 × Ben", ["Ben"])])

    def test_one_for_another_kind_or_model_does_not(self):
        self.make_policy([self.named(self.ann)], scope_ids=[Command.create({"kind": "bill_run"})])
        partner = self.env["ir.model"]._get_id("res.partner")
        self.make_policy([self.named(self.ben)], scope_ids=[Command.create({"model_id": partner})])
        self.assertEqual(self.submit().level_ids.policy_id.ready, "small")

    def test_one_line_that_fits_is_enough(self):
        scopes = [Command.create({"kind": "bill_run"}), Command.create({"kind": "price_version"})]
        policy = self.make_policy([self.named(self.ann)], scope_ids=scopes)
        self.assertEqual(self.submit().level_ids.policy_id, policy)

    def test_a_field_is_looked_for_among_what_is_touched(self):
        field = self.env["ir.model.fields"]._get("res.partner", "vat")
        policy = self.make_policy(
            [self.named(self.ann)], scope_ids=[Command.create({"model_id": field.model_id.id, "field_id": field.id})]
        )
        subject = {"kind": "values", "amount": None, "is_sensitive": False}
        for touched, found in (
            ({"res.partner": {"name"}}, False),
            ({"res.partner": {"name", "vat"}}, True),
            ({"res.partner": {None}}, True),
            ({"res.company": {"vat"}}, False),
        ):
            with self.subTest(touched):
                self.assertEqual(policy._fits({**subject, "touched": touched}), found)

    def test_one_for_what_is_sensitive_leaves_prices_alone(self):
        policy = self.make_policy([self.named(self.ann)], is_sensitive_only=True)
        self.assertEqual(self.submit().level_ids.policy_id.ready, "small")
        request = self.company.with_user(self.user_administrator)._submit_cloud_state("solo", "alone")
        self.assertEqual(request.sudo().level_ids.policy_id, policy)

    def test_of_another_company_does_not(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.make_policy([self.named(self.ann)], company_id=other.id)
        self.assertEqual(self.submit().level_ids.policy_id.ready, "small")

    def test_what_has_no_amount_is_large_where_the_policy_says_so(self):
        self.make_policy([self.named(self.ann)], amount_above="100")
        self.assertEqual(self.submit().level_ids.policy_id.ready, "small")
        policy = self.make_policy([self.named(self.ben)], amount_above="100", is_unknown_large=True)
        self.assertEqual(self.submit(self.make_draft()).level_ids.policy_id, policy)

    def make_draft(self):
        return self.make_version("2026-08-01")

    def test_a_level_above_an_amount_is_asked_above_it_only(self):
        policy = self.make_policy([self.named(self.ann), self.named(self.ben, amount_above="500")])
        subject = {"kind": "bill_run", "is_sensitive": False, "touched": {}}
        for amount, people in (("500", self.ann), ("500.01", self.ann | self.ben)):
            asked = policy._get_asked({**subject, "amount": Decimal(amount)})
            self.assertEqual(asked.person_ids, people, amount)


@tagged("post_install", "-at_install")
class TestWhoIsAsked(PolicyCase):
    def assert_refused(self, request, user, sentence):
        with self.assertRaisesRegex(UserError, sentence), self.cr.savepoint():
            self.vote(request, user)

    def test_levels_one_after_the_other(self):
        self.make_policy([self.named(self.ann), self.named(self.ben)])
        request = self.submit()
        self.assertEqual((request.levels, request.level_ids.mapped("sequence")), (2, [1, 2]))
        self.assert_refused(request, self.user_ben, "waits for other people: 1 × Ann")
        self.assert_refused(request, self.user_approver, "waits for other people")
        self.vote(request, self.user_ann)
        self.assertEqual(request.state, "pending")
        self.vote(request, self.user_ben)
        self.assertEqual(request.state, "applied")
        self.assertEqual(request.vote_ids.change_level_id, request.level_ids)

    def test_levels_at_once(self):
        self.make_policy([self.named(self.ann), self.named(self.ben)], level_order="parallel")
        request = self.submit()
        self.vote(request, self.user_ben)
        self.vote(request, self.user_ann)
        self.assertEqual(request.state, "applied")

    def test_so_many_of_a_level(self):
        self.make_policy([self.named(self.ann, self.ben, self.cid, needed=2)])
        request = self.submit()
        self.vote(request, self.user_cid)
        self.assertEqual(request.state, "pending")
        self.assert_refused(request, self.user_cid, "votes once")
        self.vote(request, self.user_ann)
        self.assertEqual(request.state, "applied")

    def test_people_of_a_group_who_are_approvers_too(self):
        group = self.env["res.groups"].create({"name": "Board"})
        self.user_ann.group_ids |= group
        self.user_viewer.group_ids |= group
        self.make_policy([{"approver": "group", "group_id": group.id}])
        request = self.submit()
        self.assertEqual(self.levels(request), [("1 × Board", ["Ann"])])
        self.user_ann.group_ids -= group
        self.assert_refused(request, self.user_ann, "waits for other people")

    def test_the_manager_of_whoever_proposes_or_else_any_approver(self):
        self.make_policy([{"approver": "manager"}])
        self.assertEqual(len(self.submit().level_ids.person_ids), 4)
        self.person_maker.manager_person_id = self.ben
        self.assertEqual(self.submit(self.make_version("2026-07-01")).level_ids.person_ids, self.ben)

    def test_the_salesperson_of_the_customer(self):
        partner = self.env["res.partner"].create({"name": "Acme", "user_id": self.user_cid.id})
        customer = self.env["cloud.customer"].create({"partner_id": partner.id, "company_id": self.company.id})
        rate_class = self.env["cloud.rate.class"].create({"name": "Gold"})
        member = self.env["cloud.rate.class.member"].create(
            {"customer_id": customer.id, "class_id": rate_class.id, "date_start": "2026-01-01"}
        )
        self.make_policy([{"approver": "owner"}])
        member.with_user(self.user_price_manager).action_submit()
        self.assertEqual(member.request_id.level_ids.person_ids, self.cid)

    def test_never_the_person_who_proposes(self):
        (self.user_price_manager | self.user_operator).group_ids |= self.env.ref("cloud_billing.group_approver")
        self.make_policy([self.named(self.person_maker, self.ann)])
        request = self.submit()
        self.assertEqual(request.level_ids.person_ids, self.ann)

    def test_what_could_never_be_agreed_is_not_submitted(self):
        self.make_policy([self.named(self.ann), self.named(self.ann)])
        with self.assertRaisesRegex(UserError, r"2 people besides you must agree .* but only 1 may: Ann\."):
            self.submit()
        self.assertEqual(self.version.state, "draft")


@tagged("post_install", "-at_install")
class TestWhatIsUnderWay(PolicyCase):
    """A request goes on as it was submitted, whatever becomes of policies; rights are asked at every vote."""

    def assert_refused(self, request, user, sentence):
        with self.assertRaisesRegex(UserError, sentence), self.cr.savepoint():
            self.vote(request, user)
        self.assertEqual(request.state, "pending")

    def test_a_later_policy_changes_nothing(self):
        request = self.submit()
        self.make_policy([self.named(self.ann), self.named(self.ben)])
        self.vote(request)
        self.assertEqual(request.state, "applied")

    def test_a_policy_that_ended_is_still_asked_for(self):
        policy = self.make_policy([self.named(self.ann)])
        request = self.submit()
        self.set_company_state("setup")
        policy.action_end()
        self.env.flush_all()
        self.set_company_state("live")
        self.assert_refused(request, self.user_ben, "waits for other people")
        self.vote(request, self.user_ann)
        self.assertEqual(request.state, "applied")

    def test_whoever_became_an_approver_since_is_not_asked(self):
        """The maker could give the role to a confederate: the people are those of the submission."""
        request = self.submit()
        late = self.make_approvers("Late")
        self.assert_refused(request, late, "waits for other people")

    def test_the_maker_who_becomes_an_approver_is_still_the_maker(self):
        request = self.submit()
        self.user_price_manager.group_ids |= self.env.ref("cloud_billing.group_approver")
        self.assert_refused(request, self.user_price_manager, "Nobody approves what he or she proposed")

    def test_the_maker_who_lost_the_role_is_still_the_maker(self):
        approver, viewer = (self.env.ref(f"cloud_billing.group_{role}") for role in ("approver", "viewer"))
        self.user_price_manager.group_ids |= approver
        request = self.submit()
        self.user_price_manager.group_ids = self.env.ref("base.group_user") | viewer | approver
        self.assert_refused(request, self.user_price_manager, "Nobody approves what he or she proposed")

    def test_whoever_lost_the_role_does_not_vote(self):
        request = self.submit()
        self.user_ann.group_ids -= self.env.ref("cloud_billing.group_approver")
        self.user_ann.group_ids |= self.env.ref("cloud_billing.group_viewer")
        self.assert_refused(request, self.user_ann, "not an approver")

    def test_levels_are_changed_by_nobody(self):
        request = self.submit()
        level = request.level_ids
        for vals in ({"needed": 0}, {"who": [self.person_maker.id]}):
            with self.assertRaises(UserError), self.cr.savepoint():
                level.sudo().write(vals)
        with self.assertRaises(UserError), self.cr.savepoint():
            level.sudo().unlink()
        with self.assertRaises(UserError), self.cr.savepoint():
            level.sudo().create({"request_id": request.id, "rule": "x", "needed": 1})

    def test_levels_are_changed_by_no_raw_sql(self):
        self.env.flush_all()
        request = self.submit()
        self.env.flush_all()
        [level_id] = request.level_ids.ids
        for change in ("needed = 2", f"who = '[{self.person_maker.id}]'", "rule = 'x'", "opened_at = '2020-01-01'"):
            self.assert_sql_refused(f"UPDATE cloud_change_level SET {change} WHERE id = %s", level_id)
        self.assert_sql_refused("DELETE FROM cloud_change_level WHERE id = %s", level_id)


@tagged("post_install", "-at_install")
class TestTheDatabaseAsksTheLevels(PolicyCase):
    def assert_vote_refused(self, *args, **kwargs):
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint(flush=False):
            self.insert_vote(*args, **kwargs)

    def test_a_vote_of_somebody_whom_the_level_does_not_name(self):
        self.make_policy([self.named(self.ann)])
        request = self.submit()
        self.assert_vote_refused(request, request.level_ids, self.ben)

    def test_a_vote_on_a_level_whose_turn_has_not_come(self):
        self.make_policy([self.named(self.ann), self.named(self.ben)])
        request = self.submit()
        first, second = request.level_ids
        self.assert_vote_refused(request, second, self.ben)
        self.insert_vote(request, first, self.ann)
        self.insert_vote(request, second, self.ben, number=2)

    def test_more_votes_on_a_level_than_it_asks_for(self):
        self.make_policy([self.named(self.ann, self.ben), self.named(self.cid)])
        request = self.submit()
        first = request.level_ids[0]
        self.insert_vote(request, first, self.ann)
        self.assert_vote_refused(request, first, self.ben, number=2)

    def test_a_level_of_another_request(self):
        first, second = self.submit(), self.submit(self.make_version("2026-07-01"))
        self.assert_vote_refused(first, second.level_ids, self.ann)

    def test_votes_without_a_level_apply_nothing(self):
        request = self.submit()
        self.insert_vote(request, None, self.ann)
        self.assert_sql_refused("UPDATE cloud_change_request SET state = 'applied' WHERE id = %s", request.id)
        with self.assertRaisesRegex(UserError, "was not agreed on every level"):
            request._apply()

    def test_a_vote_for_somebody_who_has_delegated_nothing(self):
        self.make_policy([self.named(self.ann)])
        request = self.submit()
        self.assert_vote_refused(request, request.level_ids, self.ben, principal=self.ann)


@tagged("post_install", "-at_install")
class TestAPolicyIsAgreedOn(PolicyCase):
    def propose(self, **values):
        form = Form(self.policies.with_user(self.user_administrator))
        form.name, form.sequence = "Board", 5
        with form.level_ids.new() as level:
            level.needed = 2
        policy = form.save()
        policy.write(values)
        return policy

    def test_by_a_request_while_the_company_is_live(self):
        policy = self.propose()
        with self.assertRaisesRegex(UserError, "is live: submit"):
            policy.action_approve_directly()
        policy.action_submit()
        self.assertEqual((policy.state, policy.request_id.kind), ("pending", "approval_policy"))
        self.assertIn("2 × Approver", str(policy.request_id.effect["rows"]))
        self.vote(policy.request_id)
        self.assertTrue(policy.is_in_force)
        self.assertEqual(self.submit().levels, 2)

    def test_not_by_the_one_who_proposes_it(self):
        self.user_administrator.group_ids |= self.env.ref("cloud_billing.group_approver")
        policy = self.propose()
        policy.action_submit()
        with self.assertRaisesRegex(UserError, "Nobody approves what he or she proposed"):
            self.vote(policy.request_id, self.user_administrator)

    def test_one_in_force_is_not_edited(self):
        policy = self.make_policy([self.named(self.ann)])
        level = policy.level_ids
        for record, vals in (
            (policy, {"sequence": 5}),
            (policy, {"amount_above": "1"}),
            (policy, {"ended_at": "2026-01-01"}),
            (policy, {"level_ids": [Command.create({"approver": "manager"})]}),
            (policy, {"scope_ids": [Command.create({"kind": "bill_run"})]}),
            (level, {"needed": 9}),
            (level, {"person_ids": [Command.link(self.ben.id)]}),
            (level, {"escalation_person_ids": [Command.link(self.ben.id)]}),
        ):
            with self.subTest(vals), self.assertRaises(UserError), self.cr.savepoint():
                record.sudo().write(vals)
        with self.assertRaises(UserError), self.cr.savepoint():
            policy.sudo().unlink()

    def test_one_in_force_is_not_edited_by_raw_sql(self):
        policy = self.make_policy([self.named(self.ann)], scope_ids=[Command.create({"kind": "price_version"})])
        level = policy.level_ids
        self.env.flush_all()
        for statement, record in (
            ("UPDATE cloud_approval_policy SET sequence = 9 WHERE id = %s", policy),
            ("UPDATE cloud_approval_policy SET ended_at = now() WHERE id = %s", policy),
            ("DELETE FROM cloud_approval_policy WHERE id = %s", policy),
            ("UPDATE cloud_approval_level SET needed = 9 WHERE id = %s", level),
            ("DELETE FROM cloud_approval_level WHERE id = %s", level),
            ("UPDATE cloud_approval_scope SET kind = 'bill_run' WHERE policy_id = %s", policy),
            ("DELETE FROM cloud_approval_level_person_rel WHERE level_id = %s", level),
            (f"INSERT INTO cloud_approval_level_person_rel VALUES (%s, {self.ben.id})", level),
            (f"INSERT INTO cloud_approval_level_escalation_rel VALUES (%s, {self.ben.id})", level),
        ):
            with self.subTest(statement):
                self.assert_sql_refused(statement, record.id)

    def test_one_takes_the_place_of_another(self):
        policy = self.make_policy([self.named(self.ann)]).with_user(self.user_administrator)
        changed = self.policies.browse(policy.action_change()["res_id"])
        self.assertEqual((changed.state, changed.level_ids.person_ids), ("draft", self.ann))
        changed.level_ids.person_ids = self.ben
        changed.with_user(self.user_administrator).action_submit()
        rows = {row["label"]: (row["old"], row["new"]) for row in changed.request_id.effect["rows"]}
        self.assertEqual(rows["Level 1"], ("1 × Ann", "1 × Ben"))
        self.vote(changed.request_id, self.user_ann)
        self.assertEqual((policy.is_in_force, changed.is_in_force), (False, True))

    def test_its_end_is_agreed_on(self):
        policy = self.make_policy([self.named(self.ann)])
        policy.with_user(self.user_administrator).action_end()
        self.assertTrue(policy.is_in_force)
        self.vote(policy.request_id, self.user_ann)
        self.assertFalse(policy.is_in_force)
        self.assertEqual(self.submit().level_ids.policy_id.ready, "small")

    def test_one_that_asks_nobody_is_not_proposed(self):
        policy = self.policies.with_user(self.user_administrator).create(
            {"name": "Nobody", "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "has no level"):
            policy.action_submit()
        policy.level_ids = [Command.create({"approver": "person"})]
        with self.assertRaisesRegex(UserError, "name as many people"):
            policy.action_submit()
