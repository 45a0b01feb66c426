"""Votes at the same moment, by real sessions on a real server: nobody counts twice, nothing is applied twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from web import WebError

ROUNDS = 3
SETUP = """
company = env.ref("base.main_company")
groups = [(4, env.ref(f"cloud_billing.group_{name}").id) for name in ("approver", "price_manager")]
def login(name, person):
    values = {"name": name, "login": name, "password": name, "group_ids": groups, "cloud_person_id": person.id}
    return env["res.users"].with_context(no_reset_password=True).create(values)
people = env["cloud.person"].create([{"name": name} for name in ("Maker", "One", "Two", "Three")])
maker = login("maker1", people[0])
for person in people[1:]:
    login(person.name.lower(), person)
login("one_again", people[1])
company._set_cloud_live("live")
plan = env["cloud.price.plan"].create({"name": "Plan"})
requests = {}
for key, levels in (("single", 1), ("three", 3), ("same", 2)):
    requests[key] = []
    for number in range(ROUNDS):
        version = env["cloud.price.plan.version"].create({
            "plan_id": plan.id, "date_start": f"20{30 + len(requests)}-0{number + 1}-01",
            "rule_ids": [(0, 0, {"name": "Price", "unit_price": "1"})],
        })
        submit = env(user=maker.id)["cloud.change.request"]._submit
        requests[key].append(submit(version.with_user(maker), "price_version", levels=levels).id)
env.cr.commit()
import json
print("REQUESTS", json.dumps(requests))
"""


@pytest.fixture
def voting(database, script, server, login):
    """(server, {situation: ids of requests that wait}) on a live company with three approvers."""
    name = database()
    output = script(name, f"ROUNDS = {ROUNDS}\n{SETUP}").communicate(timeout=120)[0]
    line = next((line for line in output.splitlines() if "REQUESTS" in line), None)
    assert line, output
    return server(name), json.loads(line.split("REQUESTS ", 1)[1])


def vote_at_once(server, login, request_id, names):
    """All of them press Approve at the same moment; returns how many were thanked and what the others were told."""
    sessions = [login(server, name, name) for name in names]
    start = Barrier(len(sessions))

    def vote(session):
        start.wait()
        try:
            session.call("cloud.change.request", "action_approve", [request_id])
        except WebError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(len(sessions)) as pool:
        answers = list(pool.map(vote, sessions))
    return answers.count(None), [answer for answer in answers if answer]


def outcome(odoo_env, database, request_id):
    """(state, levels that voted, state of the version) as the tables have it."""
    [[state, version]] = odoo_env.pg.sql(
        "SELECT r.state, v.state FROM cloud_change_request r JOIN cloud_price_plan_version v ON v.id = r.res_id"
        " WHERE r.id = :'request'",
        database,
        request=request_id,
    )
    votes = odoo_env.pg.sql(
        "SELECT level FROM cloud_change_vote WHERE request_id = :'request' ORDER BY level", database, request=request_id
    )
    return state, [int(level) for [level] in votes], version


class TestVotesAtTheSameMoment:
    def test_are_counted_one_after_the_other_and_by_person(self, voting, login, odoo_env):
        server, requests = voting
        everybody = ["one", "two", "three"]
        for request_id in requests["single"]:
            thanked, told = vote_at_once(server, login, request_id, everybody)
            assert thanked == 1, told
            assert all("decided already" in answer for answer in told)
            assert outcome(odoo_env, server.database, request_id) == ("applied", [1], "approved")
        for request_id in requests["three"]:
            assert vote_at_once(server, login, request_id, everybody) == (3, [])
            assert outcome(odoo_env, server.database, request_id) == ("applied", [1, 2, 3], "approved")
        for request_id in requests["same"]:
            thanked, told = vote_at_once(server, login, request_id, ["one", "one_again"])
            assert (thanked, len(told)) == (1, 1)
            assert outcome(odoo_env, server.database, request_id) == ("pending", [1], "pending")
