"""Votes at the same moment, by real sessions on a real server: nobody counts twice, nothing is applied twice."""

from functools import partial

import pages
import pytest
from at_once import at_once

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
company.cloud_second_factor = False
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
print("TOLD", json.dumps(requests))
"""


@pytest.fixture
def voting(database, tell, server, login):
    """(server, {situation: ids of requests that wait}) on a live company with three approvers."""
    name = database()
    requests = tell(name, f"ROUNDS = {ROUNDS}\n{SETUP}")
    return server(name), requests


def vote_at_once(server, login, request_id, names):
    """All of them press Approve at the same moment; returns how many were thanked and what the others were told."""
    sessions = [login(server, name, name) for name in names]
    for session in sessions:
        session.confirm_identity("cloud.change.request", "action_open_votes", [request_id])
    answers = at_once(
        *(partial(session.call, "cloud.change.request", "action_approve", [request_id]) for session in sessions)
    )
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


PEOPLE = """
company = env.ref("base.main_company")
def login(name, role):
    groups = [(4, env.ref(f"cloud_billing.group_{name}").id) for name in role]
    person = env["cloud.person"].create({"name": name.title()})
    values = {"name": name, "login": name, "password": name, "group_ids": groups, "cloud_person_id": person.id}
    return env["res.users"].with_context(no_reset_password=True).create(values)
maker, checker = login("mara", ["administrator"]), login("chris", ["approver"])
company.cloud_second_factor = False
plan = env["cloud.price.plan"].create({"name": "Plan"})
version = env["cloud.price.plan.version"].create({
    "plan_id": plan.id, "date_start": "2026-01-01", "rule_ids": [(0, 0, {"name": "Price", "unit_price": "0.25"})],
})
env.cr.commit()
"""


class TestTheScreensOfControl:
    def test_a_company_goes_live_and_the_second_person_approves_a_price(
        self, database, script, server, browser, login, odoo_env, screenshot
    ):
        name = database()
        script(name, PEOPLE).communicate(timeout=120)
        running = server(name)
        mara = browser(running, "mara", "mara", "/odoo/action-cloud_billing.cloud_go_live_action")
        assert mara.locator(".o_cloud_company_state").inner_text() == "Setting up"
        mara.locator(".modal .fa-check").first.wait_for()
        screenshot(mara, "go_live")
        mara.locator(".modal button[name=action_confirm]").click()
        mara.locator(".modal").wait_for(state="detached")
        mara.locator(".o_cloud_company_state").wait_for(state="detached")
        [[state]] = odoo_env.pg.sql("SELECT cloud_billing_state FROM res_company WHERE id = 1", name)
        assert state == "live"
        session = login(running, "mara", "mara")
        [version_id] = session.call("cloud.price.plan.version", "search", [])
        session.call("cloud.price.plan.version", "action_submit", [version_id])

        inbox = "/odoo/action-cloud_billing.cloud_change_request_action_inbox"
        own = browser(running, "mara", "mara", inbox)
        own.locator(".o_nocontent_help").wait_for()
        chris = browser(running, "chris", "chris", inbox)
        chris.locator(".o_data_row").click()
        chris.locator("button[name=action_open_votes]:has-text('Approve')").wait_for()
        assert "0.25" in chris.locator(".o_cloud_effect").inner_text()
        screenshot(chris, "change_request")
        pages.vote(chris, "as agreed")
        chris.locator(".o_statusbar_status .o_arrow_button_current:has-text('Approved')").wait_for()
        query = "SELECT v.state, t.comment FROM cloud_price_plan_version v, cloud_change_vote t"
        assert odoo_env.pg.sql(query, name) == [["approved", "as agreed"]]
        assert mara.problems + own.problems + chris.problems == []
