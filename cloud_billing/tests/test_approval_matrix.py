"""No way in: every channel, for every role, on every level, for one's own approval and for direct writes."""

import json
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.date_utils import add

from ..models.control import voting
from .test_approval_policy import PolicyCase

REQUEST = "cloud.change.request"
# Nobody among them may give the last vote: the first four are logins of the maker, and of the others none is an
# approver, as none of these roles makes one.
MAKER_LOGINS = ("price_manager", "accountant", "operator")
OTHER_ROLES = ("viewer", "auditor", "administrator", "integration")


class MatrixCase(PolicyCase):
    """A version waits for one, two or three people; all but the last have agreed. The maker is an approver too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        approver = cls.env.ref("cloud_billing.group_approver")
        for role in MAKER_LOGINS:
            getattr(cls, f"user_{role}").group_ids |= approver
        cls.voters = (cls.user_ann, cls.user_ben)

    def wait_for_the_last(self, levels):
        """The request of which only the last of so many levels is missing."""
        people = [self.ann, self.ben, self.cid]
        last = self.named(self.cid, self.user_approver.cloud_person_id, self.person_maker)
        # The newest comes first in order.
        self.make_policy([*(self.named(person) for person in people[: levels - 1]), last], sequence=-levels)
        request = self.submit()
        for user in self.voters[: levels - 1]:
            self.vote(request, user)
        self.assertEqual((request.state, request.votes_missing), ("pending", 1))
        return request

    def logins(self, roles=(*MAKER_LOGINS, *OTHER_ROLES)):
        """(name, environment): each role with and without sudo, and the superuser."""
        for role in roles:
            user = getattr(self, f"user_{role}")
            yield role, self.env(user=user, su=False)
            yield f"{role}, sudo", self.env(user=user, su=True)
        root = self.env.ref("base.user_root")
        yield "superuser", self.env(user=root, su=True)

    def run_code(self, env, code, record):
        action = self.env(su=True)["ir.actions.server"].create(
            {"name": "x", "model_id": self.env["ir.model"]._get_id(record._name), "state": "code", "code": code}
        )
        action = action.with_env(env(su=True))
        return action.with_context(active_model=record._name, active_id=record.id, active_ids=record.ids).run()

    def run_schedule(self, env, code, record):
        cron = self.env(su=True)["ir.cron"].create(
            {
                "name": "x",
                "model_id": self.env["ir.model"]._get_id(record._name),
                "state": "code",
                "code": code,
                "user_id": env.uid,
            }
        )
        return cron.ir_actions_server_id.with_env(env(su=True)).run()

    def load(self, env, record, vals):
        names = list(vals)
        row = [str(record.id), *(str(vals[name]) for name in names)]
        result = env[record._name].load([".id", *names], [row])
        if result["messages"]:
            raise UserError(result["messages"][0]["message"])

    def export_and_import(self, env, record, vals):
        """What was exported comes back with other values."""
        names = list(vals)
        rows = self.env(su=True)[record._name].browse(record.id).export_data([".id", *names])["datas"]
        changed = [[rows[0][0], *(str(vals[name]) for name in names)]]
        result = env[record._name].load([".id", *names], changed)
        if result["messages"]:
            raise UserError(result["messages"][0]["message"])

    def assert_no_way(self, request, name, attempt):
        """The attempt is refused, or does nothing; what was submitted waits as before."""
        version, votes = self.version, len(request.vote_ids)
        passed = False
        with mute_logger("odoo.sql_db", "odoo.tools.safe_eval", "odoo.models"):
            try:
                with self.cr.savepoint():
                    attempt()
                    self.env.flush_all()
                    passed = True
            except Exception as error:
                self.assertNotIsInstance(error, (NameError, TypeError, KeyError), f"{name}: {error!r}")
        self.env.invalidate_all()
        found = (request.state, version.state, len(request.vote_ids), request.levels)
        self.assertEqual(found, ("pending", "pending", votes, request.levels), f"{name} passed: {passed}")


@tagged("post_install", "-at_install")
class TestNobodyApprovesHisOwn(MatrixCase):
    """Votes, by every channel. Each way is tried as it is, and as if a click in the web client had led there."""

    def ways(self, env, request):
        """{way: function} to give the missing vote as the user of `env`."""
        ids = request.ids
        code = f"env['{REQUEST}'].with_user({env.uid}).browse({request.id}).action_approve()"

        def by_wizard():
            dialog = env["cloud.change.decide"].create({"request_id": request.id, "decision": "approve"})
            dialog.action_confirm()

        return {
            "button": lambda: call_kw(env[REQUEST], "action_approve", [ids], {}),
            "method": lambda: env[REQUEST].browse(ids).action_approve("fine"),
            "form": lambda: call_kw(env[REQUEST], "web_save", [ids, {"state": "applied"}, {}], {}),
            "import": lambda: self.load(env, request, {"state": "Approved"}),
            "export and import": lambda: self.export_and_import(env, request, {"state": "Approved"}),
            "wizard": by_wizard,
            "server action": lambda: self.run_code(env, code, request),
            "server action that sets the context": lambda: self.run_code(
                env,
                f"record.with_context(force=True, install_mode=True).with_user({env.uid}).action_approve()",
                request,
            ),
            "scheduled action": lambda: self.run_schedule(env, code, request),
            "applying": lambda: env[REQUEST].browse(ids)._apply(),
            "a vote by hand": lambda: env["cloud.change.vote"].create(self.vote_vals(env, request)),
            "levels by hand": lambda: request.with_env(env).level_ids.write({"needed": 0}),
            "a copy": lambda: request.with_env(env).copy({"state": "applied"}),
            "the record by hand": lambda: self.version.with_env(env).write({"state": "approved"}),
            "a copy of the record": lambda: self.version.with_env(env).copy({"state": "approved"}),
        }

    def vote_vals(self, env, request):
        return {
            "request_id": request.id,
            "company_id": self.company.id,
            "round": 1,
            "level": 9,
            "decision": "approve",
            "user_id": env.uid,
            "person_id": env.user.sudo().cloud_person_id.id or self.person_maker.id,
            "for_person_id": env.user.sudo().cloud_person_id.id or self.person_maker.id,
            "requester_person_id": request.requester_person_id.id,
            "content_hash": request.content_hash,
            "voted_at": "2026-01-01",
            "change_level_id": request.level_ids[-1:].id,
        }

    def try_all(self, levels):
        request, tried = self.wait_for_the_last(levels), 0
        for login, env in self.logins():
            for way in self.ways(env, request):
                attempt = self.ways(env, request)[way]
                with self.subTest(levels=levels, login=login, way=way):
                    # What refuses a channel knows nothing of levels: on the first one is enough.
                    if levels == 1:
                        self.assert_no_way(request, f"{login}, {way}", attempt)
                    with patch.object(voting, "check_channel"):
                        self.assert_no_way(request, f"{login}, {way}, as by a click", attempt)
                    tried += 1
        # 7 roles with and without sudo and the superuser, by 15 ways.
        self.assertEqual(tried, 15 * 15)
        self.vote(request)
        self.assertEqual(request.state, "applied", "whoever may, still may")

    def test_on_the_only_level(self):
        self.try_all(1)

    def test_on_the_second_level(self):
        self.try_all(2)

    def test_on_the_third_level(self):
        self.try_all(3)

    def test_by_a_delegate_a_second_login_and_a_role_that_comes_or_goes(self):
        for levels in (1, 2, 3):
            request = self.wait_for_the_last(levels)
            with patch.object(voting, "check_screen"):
                delegations = self.env["cloud.approval.delegation"]
                vals = {"company_id": self.company.id, "date_end": add(self.version.date_start, years=50)}
                # The maker gives the vote that the policy names to a friend; an approver gives hers to the maker.
                delegations.with_user(self.user_price_manager).create({**vals, "delegate_id": self.ann.id})
                delegations.with_user(self.user_cid).create({**vals, "delegate_id": self.person_maker.id})
            late = self.make_approvers(f"Late{levels}")
            second = self.make_approvers(f"Again{levels}")
            second.cloud_person_id = self.person_maker
            stripped = self.user_operator
            stripped.group_ids -= self.env.ref("cloud_billing.group_approver")
            voters = [self.user_price_manager, self.user_accountant, stripped, second, late, self.user_ann]
            for user in voters:
                with self.subTest(levels=levels, user=user.login), patch.object(voting, "check_channel"):
                    attempt = request.with_user(user).action_approve
                    self.assert_no_way(request, user.login, attempt)
            self.vote(request, decision="reject", comment="next")
            self.version.action_back_to_draft()

    def test_a_login_that_becomes_another_person_once_the_request_waits(self):
        """An administrator makes somebody else of the maker's second login: nobody whom a level names."""
        request = self.wait_for_the_last(1)
        self.set_company_state("setup")
        self.user_operator.cloud_person_id = self.env["cloud.person"].create({"name": "Somebody Else"})
        self.set_company_state("live")
        with patch.object(voting, "check_channel"):
            self.assert_no_way(request, "operator", request.with_user(self.user_operator).action_approve)


@tagged("post_install", "-at_install")
class TestNobodyWritesWhatDecides(MatrixCase):
    """What decides about approvals is written by nobody while the company is live."""

    def targets(self, request):
        """(record, values) that would help."""
        policy = request.level_ids.policy_id[:1]
        yield request, {"levels": 0}
        yield request, {"requester_person_id": self.person_administrator.id}
        yield request, {"round": 2}
        yield request.level_ids[-1], {"needed": 0}
        yield request.level_ids[-1], {"who": json.dumps([self.person_maker.id])}
        yield policy, {"sequence": 999}
        yield policy, {"ended_at": "2026-01-01 00:00:00"}
        yield policy.level_ids[:1], {"needed": 9}
        yield self.version, {"state": "approved"}
        yield self.version, {"date_start": "2026-02-02"}

    def ways(self, env, record, vals):
        name, ids = record._name, record.ids
        return {
            "write": lambda: env[name].browse(ids).write(vals),
            "call": lambda: call_kw(env[name], "write", [ids, vals], {}),
            "form": lambda: call_kw(env[name], "web_save", [ids, vals, {}], {}),
            "import": lambda: self.load(env, record, vals),
            "export and import": lambda: self.export_and_import(env, record, vals),
            "server action": lambda: self.run_code(env, f"record.write({vals!r})", record),
            "scheduled action": lambda: self.run_schedule(env, f"env['{name}'].browse({ids}).write({vals!r})", record),
            "context": lambda: env[name].with_context(install_mode=True, tracking_disable=True).browse(ids).write(vals),
            "assigned": lambda: [setattr(env[name].browse(ids), key, value) for key, value in vals.items()],
            "deleted": lambda: env[name].browse(ids).unlink(),
        }

    def test_by_any_channel_for_any_role(self):
        request = self.wait_for_the_last(2)
        for record, vals in self.targets(request):
            before = record.sudo().read(list(vals))
            for login, env in self.logins(("price_manager", "administrator")):
                for way, attempt in self.ways(env, record, vals).items():
                    with self.subTest(record=record._name, vals=vals, login=login, way=way):
                        self.assert_no_way(request, f"{login}, {way}", attempt)
                        self.assertEqual(record.sudo().exists().read(list(vals)), before)


@tagged("post_install", "-at_install")
class TestRawSqlInAServerAction(MatrixCase):
    """The boundary: refused while constraints and triggers stand, found afterwards where they cannot know better."""

    def run_sql(self, statement):
        self.env.flush_all()
        self.run_code(self.env(su=True), f"env.cr.execute({statement!r})", self.version)

    def vote_sql(self, request, person, principal=None, requester=None, level=True):
        return (
            "INSERT INTO cloud_change_vote (request_id, company_id, round, level, decision, user_id, person_id,"
            " for_person_id, requester_person_id, content_hash, voted_at, change_level_id)"
            f" VALUES ({request.id}, {self.company.id}, 1, 9, 'approve', {self.user_cid.id}, {person.id},"
            f" {(principal or person).id}, {(requester or request.requester_person_id).id},"
            f" '{request.content_hash}', now() AT TIME ZONE 'UTC',"
            f" {request.level_ids[-1].id if level else 'NULL'})"
        )

    def test_is_refused(self):
        for levels in (1, 2, 3):
            request = self.wait_for_the_last(levels)
            level, version = request.level_ids[-1], self.version
            statements = {
                "the state": f"UPDATE cloud_change_request SET state = 'applied' WHERE id = {request.id}",
                "the number": f"UPDATE cloud_change_request SET levels = 0 WHERE id = {request.id}",
                "the maker": (
                    "UPDATE cloud_change_request SET requester_person_id ="
                    f" {self.person_administrator.id} WHERE id = {request.id}"
                ),
                "who is asked": f"UPDATE cloud_change_level SET who = '[{self.person_maker.id}]' WHERE id = {level.id}",
                "how many": f"UPDATE cloud_change_level SET needed = 1, rule = 'x' WHERE id = {level.id}",
                "no level": f"DELETE FROM cloud_change_level WHERE id = {level.id}",
                "the maker's vote": self.vote_sql(request, self.person_maker),
                "a vote for the maker": self.vote_sql(request, self.cid, self.person_maker),
                "another maker": self.vote_sql(request, self.person_maker, requester=self.person_administrator),
                "somebody who is not asked": self.vote_sql(request, self.person_administrator),
                "a vote for somebody": self.vote_sql(request, self.person_administrator, self.cid),
                "the record": f"UPDATE cloud_price_plan_version SET state = 'approved' WHERE id = {version.id}",
                "the company": f"UPDATE res_company SET cloud_billing_state = 'solo' WHERE id = {self.company.id}",
            }
            for name, statement in statements.items():
                with self.subTest(levels=levels, statement=name):
                    self.env.flush_all()
                    with (
                        self.assertRaisesRegex(ValueError, "(Check|ForeignKey|Unique)Violation"),
                        mute_logger("odoo.sql_db", "odoo.tools.safe_eval"),
                        self.cr.savepoint(flush=False),
                    ):
                        self.run_sql(statement)
                    self.env.invalidate_all()
                    self.assertEqual((request.state, version.state), ("pending", "pending"))
            self.vote(request, decision="reject", comment="next")
            version.action_back_to_draft()

    def test_a_forged_vote_of_somebody_who_is_asked_is_found(self):
        """No constraint knows who sat at the screen. The record does: of this vote it does not tell."""
        request = self.wait_for_the_last(2)
        self.assertFalse(self.requests._find_unrecorded())
        self.run_sql(self.vote_sql(request, self.cid))
        self.env.invalidate_all()
        forged = self.requests._find_unrecorded()
        self.assertEqual((forged.person_id, forged.request_id), (self.cid, request))
        checks = {check["key"]: check for check in self.env["cloud.security.status"].sudo()._get_security_checks()}
        self.assertEqual(checks["votes_on_record"]["state"], "off")
        self.assertIn(request.name, checks["votes_on_record"]["text"])

    def test_true_votes_are_never_accused(self):
        request = self.wait_for_the_last(3)
        self.vote(request)
        self.assertFalse(self.requests._find_unrecorded())
