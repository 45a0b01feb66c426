"""Approvals at the same moment, by real sessions on a real server: two levels, yes and no, edits, policies."""

import pytest
from at_once import at_once

ROUNDS = 3
REQUEST = "cloud.change.request"
SETUP = """
company = env.ref("base.main_company")
company.cloud_second_factor = False
groups = [(4, env.ref(f"cloud_billing.group_{name}").id) for name in ("approver", "price_manager", "administrator")]
def login(name, person):
    values = {"name": name, "login": name, "password": name, "group_ids": groups, "cloud_person_id": person.id}
    return env["res.users"].with_context(no_reset_password=True).create(values)
people = env["cloud.person"].create([{"name": name} for name in ("Maker", "One", "Two")])
maker = login("maker1", people[0])
for name, person in (("one", people[1]), ("two", people[2]), ("one_again", people[1])):
    login(name, person)
both = {"approver": "person", "person_ids": [(6, 0, people[1:].ids)]}
policy = env["cloud.approval.policy"].create({
    "name": "Two at once", "sequence": 1, "level_order": "parallel",
    "scope_ids": [(0, 0, {"kind": "price_version"})],
    "level_ids": [(0, 0, {**both, "sequence": 1}), (0, 0, {**both, "sequence": 2})],
})
policy.action_approve_directly()
env.flush_all()
company._set_cloud_live("live")
env = env(user=maker.id)
plan = env["cloud.price.plan"].create({"name": "Plan"})
submitted = {}
for number, key in enumerate(("levels", "against", "withdrawn", "policy")):
    submitted[key] = []
    for month in range(ROUNDS):
        version = env["cloud.price.plan.version"].create({
            "plan_id": plan.id, "date_start": f"20{30 + number}-0{month + 1}-01",
            "rule_ids": [(0, 0, {"name": "Price", "unit_price": "1"})],
        })
        version.action_submit()
        submitted[key].append([version.request_id.id, version.id, version.rule_ids.id])
env.cr.commit()
import json
print("TOLD", json.dumps(submitted))
"""


@pytest.fixture
def waiting(database, tell, server, login):
    """(server, {situation: [request, version, rule] that wait}, sessions that have confirmed who they are)."""
    name = database()
    submitted = tell(name, f"ROUNDS = {ROUNDS}\n{SETUP}")
    running = server(name)
    sessions = {name: login(running, name, name) for name in ("maker1", "one", "two", "one_again")}
    for name in ("one", "two", "one_again"):
        sessions[name].confirm_identity(REQUEST, "action_open_votes", [submitted["levels"][0][0]])
    return running, submitted, sessions


class TestWhatHappensAtTheSameMoment:
    def test_is_decided_once_and_as_it_was_submitted(self, waiting, odoo_env):
        running, submitted, sessions = waiting
        self.sql = lambda query, **values: odoo_env.pg.sql(query, running.database, **values)
        self.sessions = sessions
        for request, version, _rule in submitted["levels"]:
            self.one_person_on_two_levels(request, version)
        for request, version, _rule in submitted["against"]:
            self.yes_against_no(request, version)
        for request, version, rule in submitted["withdrawn"]:
            self.edited_while_it_is_approved(request, version, rule)
        for request, version, _rule in submitted["policy"]:
            self.policy_ended_while_it_waits(request, version)
        [[doubled]] = self.sql(
            "SELECT count(*) FROM (SELECT 1 FROM cloud_change_vote GROUP BY request_id, round, person_id"
            " HAVING count(*) > 1) twice"
        )
        assert doubled == "0"

    def vote(self, name, request, method="action_approve", comment=None):
        return lambda: self.sessions[name].call(REQUEST, method, [request], comment)

    def outcome(self, request, version):
        """(state of the request, of the version, votes as 'person decision')."""
        [[state, of_version]] = self.sql(
            "SELECT r.state, v.state FROM cloud_change_request r, cloud_price_plan_version v"
            " WHERE r.id = :'request' AND v.id = :'version'",
            request=request,
            version=version,
        )
        votes = self.sql(
            "SELECT p.name || ' ' || v.decision FROM cloud_change_vote v JOIN cloud_person p ON p.id = v.person_id"
            " WHERE v.request_id = :'request' ORDER BY v.id",
            request=request,
        )
        return state, of_version, [vote for [vote] in votes]

    def one_person_on_two_levels(self, request, version):
        answers = at_once(self.vote("one", request), self.vote("one_again", request))
        assert answers.count(None) == 1, answers
        assert self.outcome(request, version) == ("pending", "pending", ["One approve"])
        self.vote("two", request)()
        assert self.outcome(request, version) == ("applied", "approved", ["One approve", "Two approve"])

    def yes_against_no(self, request, version):
        """The second and last yes against a no of another login: one is first, the other one is told."""
        self.vote("two", request)()
        answers = at_once(
            self.vote("one", request), self.vote("one_again", request, method="action_reject", comment="no")
        )
        assert answers.count(None) == 1, answers
        state, of_version, votes = self.outcome(request, version)
        if answers[0] is None:
            assert (state, of_version, votes) == ("applied", "approved", ["Two approve", "One approve"])
        else:
            assert (state, of_version, votes) == ("rejected", "rejected", ["Two approve", "One reject"])

    def edited_while_it_is_approved(self, request, version, rule):
        """The maker takes it back and edits it while the last vote comes: what was voted on, or nothing."""
        self.vote("two", request)()
        maker = self.sessions["maker1"]

        def edit():
            maker.call(REQUEST, "action_withdraw", [request])
            maker.call("cloud.price.rule", "write", [rule], {"unit_price": "9"})

        voted, edited = at_once(self.vote("one", request), edit)
        [[price]] = self.sql("SELECT unit_price::text FROM cloud_price_rule WHERE id = :'rule'", rule=rule)
        state, of_version, _votes = self.outcome(request, version)
        if voted is None:
            assert (state, of_version, price, bool(edited)) == ("applied", "approved", "1", True), edited
        else:
            assert (state, of_version, price, edited) == ("withdrawn", "draft", "9", None), voted

    def policy_ended_while_it_waits(self, request, version):
        """Its policy is replaced, and levels are written by raw SQL, while it waits: it asks whom it asked."""
        levels = "SELECT id, rule, needed, who FROM cloud_change_level WHERE request_id = :'request' ORDER BY id"
        before = self.sql(levels, request=request)
        maker = self.sessions["maker1"]
        [policy] = maker.call(
            "cloud.approval.policy", "search", [["name", "=like", "Two at once%"], ["is_in_force", "=", True]]
        )
        draft = maker.call("cloud.approval.policy", "action_change", [policy])["res_id"]
        maker.call("cloud.approval.policy", "write", [draft], {"level_order": "sequence"})
        maker.call("cloud.approval.policy", "action_submit", [draft])
        [change] = maker.call(REQUEST, "search", [["res_model", "=", "cloud.approval.policy"], ["res_id", "=", draft]])
        answers = at_once(self.vote("one", request), self.vote("two", change))
        assert answers == [None, None]
        assert self.sql(levels, request=request) == before
        with pytest.raises(Exception, match="when it is submitted"):
            self.sql(
                "INSERT INTO cloud_change_level (request_id, round, company_id, sequence, rule, needed, deadline_hours,"
                " reminder_hours, escalation_hours) VALUES (:'request', 1, 1, 0, 'x', 1, 0, 0, 0)",
                request=request,
            )
        self.vote("two", request)()
        assert self.outcome(request, version) == ("applied", "approved", ["One approve", "Two approve"])
