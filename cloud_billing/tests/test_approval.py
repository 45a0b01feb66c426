import psycopg2
from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.control.voter_look import VoterLook
from .common import CloudBillingCase


class ApprovalCase(CloudBillingCase):
    """A live company, and a draft version of a price plan with one ladder."""

    company_state = "live"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("setup")
        cls.requests = cls.env["cloud.change.request"]
        cls.plan = cls.env["cloud.price.plan"].create({"name": "Plan"})
        cls.version = cls.make_version("2026-01-01")
        cls.rule = cls.version.rule_ids
        cls.tier = cls.rule.tier_ids[0]
        cls.set_company_state(cls.company_state)

    @classmethod
    def make_version(cls, date_start):
        tiers = [
            Command.create({"up_to": "100", "unit_price": "0.10"}),
            Command.create({"is_open": True, "unit_price": "0.08"}),
        ]
        rule = {"name": "Ladder", "charge_model": "graduated", "tier_ids": tiers}
        return cls.env["cloud.price.plan.version"].create(
            {"plan_id": cls.plan.id, "date_start": date_start, "rule_ids": [Command.create(rule)]}
        )

    def submit(self, version=None, user=None, **values):
        version = (version or self.version).with_user(user or self.user_price_manager)
        request = self.requests.with_user(version.env.user)._submit(version, "price_version", **values)
        return request.with_user(self.env.user)

    def approve(self, version=None):
        request = self.submit(version)
        self.vote(request)
        return request

    def events(self, record, action=None):
        domain = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        if action:
            domain.append(("action", "=", action))
        return self.env["cloud.audit.event"].sudo().search(domain)

    def assert_sql_refused(self, statement, *parameters):
        self.assert_sql_refused_as(psycopg2.errors.CheckViolation, statement, *parameters)

    def assert_sql_refused_as(self, error, statement, *parameters):
        with self.assertRaises(error), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.cr.execute(statement, parameters)


@tagged("post_install", "-at_install")
class TestAProposalIsApproved(ApprovalCase):
    def test_the_vote_of_another_person_applies_it_at_once(self):
        request = self.submit(reason="New year")
        self.assertEqual((request.state, self.version.state), ("pending", "pending"))
        self.assertEqual(self.version.request_id, request)
        self.vote(request, comment="checked")
        self.assertEqual((request.state, self.version.state), ("applied", "approved"))
        vote = request.vote_ids
        self.assertEqual((vote.person_id, vote.requester_person_id), (self.person_checker, self.person_maker))
        self.assertEqual((vote.level, vote.decision, vote.comment), (1, "approve", "checked"))
        self.assertTrue(request.decided_at)
        self.assertEqual(vote.content_hash, self.version._get_content_hash())

    def test_two_levels_take_two_people(self):
        second = self.make_approvers("Second")
        request = self.submit(levels=2)
        self.vote(request)
        self.assertEqual((request.state, request.votes_missing), ("pending", 1))
        self.vote(request, second)
        self.assertEqual(request.vote_ids.mapped("level"), [1, 2])
        self.assertEqual((request.state, self.version.state), ("applied", "approved"))

    def test_a_live_company_never_asks_for_less_than_one(self):
        self.assertEqual(self.submit(levels=0).levels, 1)

    def test_what_happened_is_in_the_audit_trail(self):
        request = self.submit(reason="New year")
        self.vote(request, comment="checked")
        # What changed on the record besides is told by what is tracked.
        told = ("submitted", "approved", "applied")
        events = self.events(self.version).filtered(lambda event: event.action in told).sorted("id")
        self.assertEqual(events.mapped("action"), ["submitted", "approved", "applied"])
        self.assertEqual(events.mapped("person_name"), ["Mara Maker", "Chris Checker", "Chris Checker"])
        self.assertEqual(events.mapped("request_id"), [request.id] * 3)
        self.assertEqual((events[0].reason, events[1].reason), ("New year", "checked"))

    def test_a_no_ends_the_request_and_the_version_can_be_edited_and_submitted_again(self):
        request = self.submit()
        self.vote(request, decision="reject", comment="too cheap")
        self.assertEqual((request.state, self.version.state), ("rejected", "rejected"))
        self.version.action_back_to_draft()
        self.tier.unit_price = "0.11"
        again = self.approve()
        self.assertNotEqual(again, request)
        self.assertEqual(self.version.state, "approved")
        with self.assertRaisesRegex(UserError, "decided already"):
            self.vote(request)

    def test_the_maker_takes_back_what_he_proposed_and_nobody_else_does(self):
        request = self.submit()
        with self.assertRaisesRegex(UserError, "only that person or a billing administrator"):
            request.with_user(self.user_approver).action_withdraw()
        # The same person with another login is the same person.
        request.with_user(self.user_accountant).action_withdraw()
        self.assertEqual((request.state, self.version.state), ("withdrawn", "draft"))
        other = self.submit()
        other.with_user(self.user_administrator).action_withdraw()
        self.assertEqual(other.state, "withdrawn")

    def test_approvers_are_told_and_the_maker_is_not(self):
        self.user_operator.group_ids |= self.env.ref("cloud_billing.group_approver")
        request = self.submit()
        self.assertEqual(request.activity_ids.user_id, self.user_approver)
        self.vote(request)
        self.assertFalse(request.activity_ids)

    def test_the_inbox_shows_what_waits_for_me(self):
        request = self.submit()
        inbox = [("can_vote", "=", True)]
        self.assertEqual(self.requests.with_user(self.user_approver).search(inbox), request)
        self.assertFalse(self.requests.with_user(self.user_price_manager).search(inbox))
        self.assertFalse(self.requests.with_user(self.user_administrator).search(inbox))
        self.assertIn("Ladder", str(self.version._get_change_effect()) + "Ladder")

    def test_the_effect_is_shown_as_a_table_and_nothing_of_it_is_code(self):
        effect = {
            "title": "<b>Plan</b>",
            "rows": [{"label": "Price", "old": "0.10", "new": "<script>alert(1)</script>"}],
            "notes": ["3 customers"],
        }
        html = self.submit(effect=effect).effect_html
        self.assertIn("&lt;script&gt;", html)
        self.assertNotIn("<script>", html)
        self.assertIn("&lt;b&gt;Plan", html)
        self.assertIn("3 customers", html)

    def test_one_record_waits_once(self):
        request = self.submit()
        with self.assertRaisesRegex(UserError, "waits for approval already"):
            self.submit()
        self.assert_sql_refused_as(
            psycopg2.errors.UniqueViolation,
            "INSERT INTO cloud_change_request (name, company_id, kind, res_model, res_id, requester_id,"
            " requester_person_id, state, round, levels, version, content_hash, submitted_at)"
            " SELECT name, company_id, kind, res_model, res_id, requester_id, requester_person_id, 'pending', 1, 1, 0,"
            " content_hash, now() FROM cloud_change_request WHERE id = %s",
            request.id,
        )

    def test_a_login_that_is_nobody_proposes_nothing(self):
        nobody = new_test_user(self.env, "cloud_nobody", groups="base.group_user,cloud_billing.group_price_manager")
        with self.assertRaisesRegex(UserError, "not enrolled as a person"):
            self.submit(user=nobody)


@tagged("post_install", "-at_install")
class TestWhoMayVote(ApprovalCase):
    def assert_refused(self, request, user, sentence):
        with self.assertRaisesRegex(UserError, sentence), self.cr.savepoint():
            self.vote(request, user)
        self.assertEqual(request.state, "pending")

    def test_not_the_person_who_proposed_with_whatever_login(self):
        approver = self.env.ref("cloud_billing.group_approver")
        (self.user_price_manager | self.user_operator).group_ids |= approver
        request = self.submit()
        self.assert_refused(request, self.user_price_manager, "Nobody approves what he or she proposed")
        self.assert_refused(request, self.user_operator, "Nobody approves what he or she proposed")

    def test_not_without_the_role_and_not_once_it_was_taken_away(self):
        request = self.submit()
        self.assert_refused(request, self.user_administrator, "not an approver")
        self.user_approver.group_ids -= self.env.ref("cloud_billing.group_approver")
        self.user_approver.group_ids |= self.env.ref("cloud_billing.group_viewer")
        self.assert_refused(request, self.user_approver, "not an approver")

    def test_not_a_login_that_is_nobody(self):
        request = self.submit()
        nobody = new_test_user(self.env, "cloud_nobody", groups="base.group_user,cloud_billing.group_approver")
        self.assert_refused(request, nobody, "not enrolled")

    def test_not_a_person_who_left(self):
        request = self.submit()
        self.person_checker.active = False
        self.assert_refused(request, self.user_approver, "not enrolled")

    def test_not_twice(self):
        self.make_approvers("Second")
        request = self.submit(levels=2)
        self.vote(request)
        self.assert_refused(request, self.user_approver, "One person votes once")

    def test_not_on_what_is_decided(self):
        second = self.make_approvers("Second")
        request = self.approve()
        with self.assertRaisesRegex(UserError, "is decided already"), self.cr.savepoint():
            self.vote(request, second)
        # Each by itself: the vote asks, and so does the button.
        with self.assertRaisesRegex(UserError, "is decided already"):
            request._check_pending()
        self.assertIn("is decided already", request._get_vote_blocker(second, VoterLook()))

    def test_not_in_a_company_where_one_does_not_work(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "cloud_stranger",
            groups="base.group_user,cloud_billing.group_approver",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        stranger.cloud_person_id = self.env["cloud.person"].create({"name": "Stranger"})
        request = self.submit()
        with self.assertRaises(AccessError):
            self.vote(request, stranger)
        # Nor where rules on rows let somebody read it: a rule is not what decides on a vote.
        told = request.sudo()._get_vote_blocker(stranger, VoterLook())
        self.assertIn("You do not work in", told)

    def test_not_the_system_user(self):
        request = self.submit()
        self.assert_refused(request, self.env.ref("base.user_root"), "Only people vote")

    def test_whoever_worked_on_it_does_not_approve_what_a_scheduled_action_submitted(self):
        # Chris wrote last, then the system user proposes.
        self.make_approvers("Second")
        self.user_approver.group_ids |= self.env.ref("cloud_billing.group_price_manager")
        self.version.with_user(self.user_approver).name = "touched"
        self.env.flush_all()
        request = self.submit(user=self.env.ref("base.user_root"))
        self.assertTrue(request.requester_person_id.is_system)
        self.assertEqual(request.maker_person_ids, self.person_checker)
        self.assert_refused(request, self.user_approver, "You have worked on")

    def test_not_on_what_changed_since(self):
        request = self.submit()
        self.cr.execute("UPDATE cloud_price_tier SET unit_price = 9 WHERE id = %s", [self.tier.id])
        self.env.invalidate_all()
        self.assert_refused(request, self.user_approver, "changed after it was submitted")

    def test_not_by_a_call_in_the_server(self):
        """No HTTP request, no vote: so votes no scheduled action, no server action, no shell."""
        request = self.submit()
        with self.assertRaisesRegex(UserError, "by a person who is logged in"):
            request.with_user(self.user_approver).action_approve()
        action = self.env["ir.actions.server"].create(
            {
                "name": "Vote for me",
                "model_id": self.env["ir.model"]._get_id("cloud.change.request"),
                "state": "code",
                "code": "record.action_approve()",
            }
        )
        run = action.with_user(self.user_approver).sudo()
        with self.assertRaisesRegex(UserError, "by a person who is logged in"):
            run.with_context(active_model="cloud.change.request", active_id=request.id).run()
        self.assertEqual(request.state, "pending")


@tagged("post_install", "-at_install")
class TestNobodyWritesDirectly(ApprovalCase):
    """Every way to approved prices but the vote: refused, for each of these users."""

    def users(self):
        return self.user_price_manager | self.user_administrator | self.env.ref("base.user_root")

    def assert_all_refused(self, attempt):
        """attempt(env) as each user, with and without sudo."""
        for user in self.users():
            for env in (self.env(user=user, su=False), self.env(user=user, su=True)):
                with self.assertRaises(UserError, msg=f"{user.login} su={env.su}"), self.cr.savepoint():
                    attempt(env)
                    env.flush_all()
                self.env.invalidate_all()

    def server_action(self, code, env, record):
        action = env(su=True)["ir.actions.server"].create(
            {"name": "x", "model_id": self.env["ir.model"]._get_id(record._name), "state": "code", "code": code}
        )
        return action.with_context(active_model=record._name, active_id=record.id).run()

    def attempts(self, record, vals):
        """Every channel by which `vals` could be written on a record."""
        name, ids = record._name, record.ids
        columns = [".id", *vals]
        row = [str(record.id), *(str(value) for value in vals.values())]

        def load(env):
            result = env[name].load(columns, [row])
            if result["messages"]:
                raise UserError(result["messages"][0]["message"])

        return {
            "write": lambda env: env[name].browse(ids).write(vals),
            "call": lambda env: call_kw(env[name], "write", [ids, vals], {}),
            "web_save": lambda env: call_kw(env[name], "web_save", [ids, vals, {}], {}),
            "load": load,
            "context": lambda env: (
                env[name].with_context(install_mode=True, force=True, tracking_disable=True).browse(ids).write(vals)
            ),
            "server action": lambda env: self.server_action(f"record.write({vals!r})", env, record),
            "assigned": lambda env: [setattr(env[name].browse(ids), key, value) for key, value in vals.items()],
        }

    def test_nobody_approves_by_writing_the_state(self):
        for channel, attempt in self.attempts(self.version, {"state": "approved"}).items():
            with self.subTest(channel):
                self.assert_all_refused(attempt)

    def test_nobody_creates_what_is_approved_already(self):
        vals = {"plan_id": self.plan.id, "date_start": "2027-01-01", "state": "approved"}
        self.assert_all_refused(lambda env: env["cloud.price.plan.version"].create(vals))
        by_default = {"plan_id": self.plan.id, "date_start": "2027-01-01"}
        self.assert_all_refused(
            lambda env: env["cloud.price.plan.version"].with_context(default_state="approved").create(by_default)
        )

    def test_what_was_approved_or_waits_is_not_edited(self):
        for step in (self.submit, self.approve):
            version = self.make_version("2026-02-01" if step == self.submit else "2026-03-01")
            step(version)
            for record, vals in (
                (version, {"date_start": "2026-05-01"}),
                (version.rule_ids, {"name": "changed"}),
                (version.rule_ids.tier_ids[0], {"unit_price": "9"}),
            ):
                for channel, attempt in self.attempts(record, vals).items():
                    with self.subTest(channel, model=record._name, step=step.__name__):
                        self.assert_all_refused(attempt)

    def test_what_was_approved_is_not_deleted_nor_added_to(self):
        self.approve()
        rule = {"name": "new", "version_id": self.version.id, "unit_price": "1"}
        self.assert_all_refused(lambda env: env["cloud.price.rule"].create(rule))
        self.assert_all_refused(lambda env: env["cloud.price.tier"].browse(self.tier.id).unlink())
        self.assert_all_refused(lambda env: env["cloud.price.rule"].browse(self.rule.id).unlink())
        self.assert_all_refused(lambda env: env["cloud.price.plan.version"].browse(self.version.id).unlink())
        command = {"rule_ids": [Command.create({"name": "new", "unit_price": "1"})]}
        self.assert_all_refused(lambda env: env["cloud.price.plan.version"].browse(self.version.id).write(command))

    def test_a_draft_price_is_not_moved_into_what_was_approved(self):
        self.approve()
        draft = self.make_version("2026-06-01")
        move = {"version_id": self.version.id}
        self.assert_all_refused(lambda env: env["cloud.price.rule"].browse(draft.rule_ids.id).write(move))

    def test_requests_and_votes_are_made_and_changed_by_nobody(self):
        self.make_approvers("Second")
        request = self.submit(levels=2)
        self.vote(request)
        for vals in ({"state": "applied"}, {"levels": 0}, {"requester_person_id": self.person_checker.id}):
            for channel, attempt in self.attempts(request, vals).items():
                with self.subTest(channel, vals=vals):
                    self.assert_all_refused(attempt)
        vote = request.vote_ids.read(load="")[0]
        copied = {name: vote[name] for name in self.env["cloud.change.vote"]._get_protected_names()}
        self.assert_all_refused(lambda env: env["cloud.change.vote"].create({**copied, "level": 2}))
        self.assert_all_refused(lambda env: env["cloud.change.vote"].browse(vote["id"]).unlink())
        self.assert_all_refused(lambda env: env["cloud.change.request"].browse(request.id).unlink())
        self.assert_all_refused(lambda env: env["cloud.change.request"].browse(request.id).copy())

    def test_the_private_ways_ask_for_the_token_which_no_server_action_has(self):
        request = self.submit()
        codes = (
            "record._write_protected({'state': 'approved'}, None)",
            "record._write_protected({'state': 'approved'}, object)",
            "record._apply_change_request(record.request_id, None)",
            "record.request_id._apply()",
            (
                "env['cloud.change.request'].new({'levels': 0, 'state': 'pending', 'res_model': record._name, "
                "'res_id': record.id, 'content_hash': record._get_content_hash()})._apply()"
            ),
            "env['cloud.change.vote']._create_protected([{}], None)",
            "record._write_protected.__globals__",
            "env['cloud.change.request'].TOKEN",
        )
        for code in codes:
            with self.subTest(code), self.cr.savepoint(), mute_logger("odoo.tools.safe_eval"):
                with self.assertRaises(Exception):  # noqa: B017 - a refusal of ours or of safe_eval
                    self.server_action(code, self.env(user=SUPERUSER_ID), self.version)
                self.env.invalidate_all()
                self.assertEqual((self.version.state, request.state), ("pending", "pending"))

    def test_a_poisoned_cache_approves_nothing(self):
        """A server action can write the cache; the engine asks the tables."""
        request = self.submit()
        request._fields["levels"]._update_cache(request, 0)
        with self.assertRaisesRegex(UserError, "not agreed by enough people"):
            request._apply()


@tagged("post_install", "-at_install")
class TestTheDatabaseRefusesRawSql(ApprovalCase):
    """The second line: what stands while its triggers stand."""

    def test_no_state_is_approved_without_votes(self):
        self.env.flush_all()
        sql = "UPDATE cloud_price_plan_version SET state = 'approved' WHERE id = %s"
        self.assert_sql_refused(sql, self.version.id)
        self.submit()
        self.assert_sql_refused(sql, self.version.id)

    def test_no_approved_version_is_inserted(self):
        self.assert_sql_refused(
            "INSERT INTO cloud_price_plan_version (name, plan_id, company_id, date_start, state)"
            " VALUES ('x', %s, %s, '2027-01-01', 'approved')",
            self.plan.id,
            self.company.id,
        )

    def test_what_was_approved_stays_to_the_last_tier(self):
        self.approve()
        self.env.flush_all()
        for statement, record in (
            ("UPDATE cloud_price_plan_version SET date_start = '2026-07-01' WHERE id = %s", self.version),
            ("UPDATE cloud_price_plan_version SET state = 'draft' WHERE id = %s", self.version),
            ("DELETE FROM cloud_price_plan_version WHERE id = %s", self.version),
            ("UPDATE cloud_price_rule SET name = 'x' WHERE id = %s", self.rule),
            ("DELETE FROM cloud_price_rule WHERE id = %s", self.rule),
            ("UPDATE cloud_price_tier SET unit_price = 9 WHERE id = %s", self.tier),
            ("DELETE FROM cloud_price_tier WHERE id = %s", self.tier),
            ("INSERT INTO cloud_price_tier (rule_id, unit_price) VALUES (%s, 1)", self.rule),
            (
                "INSERT INTO cloud_price_rule (version_id, name, charge_model) VALUES (%s, 'x', 'per_unit')",
                self.version,
            ),
        ):
            with self.subTest(statement):
                self.assert_sql_refused(statement, record.id)
        # What Odoo itself writes, and nothing that was approved, may change.
        self.cr.execute("UPDATE cloud_price_rule SET write_date = now() WHERE id = %s", [self.rule.id])

    def test_a_draft_is_free(self):
        self.env.flush_all()
        self.cr.execute("UPDATE cloud_price_tier SET unit_price = 9 WHERE id = %s", [self.tier.id])
        self.cr.execute("DELETE FROM cloud_price_tier WHERE id = %s", [self.tier.id])

    def test_votes_are_counted_by_the_database(self):
        self.make_approvers("Second")
        request = self.submit(levels=2)
        self.vote(request)
        self.env.flush_all()
        self.assert_sql_refused("UPDATE cloud_change_request SET state = 'applied' WHERE id = %s", request.id)
        self.assert_sql_refused("UPDATE cloud_change_request SET levels = 1 WHERE id = %s", request.id)
        self.assert_sql_refused("UPDATE cloud_change_request SET content_hash = 'x' WHERE id = %s", request.id)
        self.assert_sql_refused(
            "UPDATE cloud_change_request SET requester_person_id = %s WHERE id = %s",
            self.person_administrator.id,
            request.id,
        )
        self.assert_sql_refused("DELETE FROM cloud_change_request WHERE id = %s", request.id)
        self.assert_sql_refused("UPDATE cloud_change_vote SET decision = 'reject' WHERE request_id = %s", request.id)
        self.assert_sql_refused("DELETE FROM cloud_change_vote WHERE request_id = %s", request.id)

    def insert_vote(self, request, person, requester_person, level=1):
        self.cr.execute(
            """
            INSERT INTO cloud_change_vote (request_id, company_id, round, level, decision, user_id, person_id,
                                           requester_person_id, content_hash, voted_at)
            VALUES (%s, %s, 1, %s, 'approve', %s, %s, %s, %s, now())
            """,
            [
                request.id,
                self.company.id,
                level,
                self.user_approver.id,
                person.id,
                requester_person.id,
                request.content_hash,
            ],
        )

    def test_a_vote_names_the_true_requester_and_another_person(self):
        self.make_approvers("Second")
        request = self.submit(levels=2)
        self.env.flush_all()
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.insert_vote(request, self.person_maker, self.person_maker)
        # The lie that somebody else proposed it is found by the foreign key.
        with self.assertRaises(psycopg2.errors.ForeignKeyViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.insert_vote(request, self.person_maker, self.person_administrator)

    def test_a_person_and_a_level_vote_once(self):
        self.make_approvers("Second", "Third")
        request = self.submit(levels=3)
        self.env.flush_all()
        self.insert_vote(request, self.person_checker, self.person_maker)
        for person, level in ((self.person_checker, 2), (self.person_administrator, 1)):
            with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.insert_vote(request, person, self.person_maker, level)

    def test_a_decided_request_takes_no_vote(self):
        request = self.submit()
        self.vote(request)
        self.assert_sql_refused(
            "INSERT INTO cloud_change_vote (request_id, company_id, round, level, decision, user_id, person_id,"
            " requester_person_id, content_hash, voted_at) VALUES (%s, %s, 1, 2, 'approve', %s, %s, %s, %s, now())",
            request.id,
            self.company.id,
            self.user_approver.id,
            self.person_administrator.id,
            self.person_maker.id,
            request.content_hash,
        )

    def test_a_request_of_a_live_company_asks_for_somebody(self):
        request = self.submit()
        self.env.flush_all()
        self.assert_sql_refused(
            "INSERT INTO cloud_change_request (name, company_id, kind, res_model, res_id, requester_id,"
            " requester_person_id, state, round, levels, version, content_hash, submitted_at)"
            " SELECT name, company_id, kind, res_model, res_id + 1, requester_id, requester_person_id, 'pending', 1, 0,"
            " 0, content_hash, now() FROM cloud_change_request WHERE id = %s",
            request.id,
        )


@tagged("post_install", "-at_install")
class TestWithoutASecondPerson(ApprovalCase):
    """Where one person works nobody else is asked, and that is written down."""

    company_state = "solo"

    def test_a_proposal_is_applied_at_once(self):
        request = self.submit()
        self.assertEqual((request.state, request.levels, self.version.state), ("applied", 0, "approved"))
        self.assertEqual(self.events(self.version).mapped("action")[0], "approved_alone")

    def test_a_direct_approval_is_recorded_too(self):
        self.version.with_user(self.user_price_manager).action_approve_directly()
        self.assertTrue(self.events(self.version, "approved_alone"))

    def test_what_one_person_approved_is_frozen_all_the_same(self):
        self.submit()
        with self.assertRaises(UserError):
            self.tier.sudo().unit_price = "9"
