"""Events pushed to real servers over HTTP: twice, half-bad, by two at once, and while servers are killed.

What a sender was told is compared with what the tables hold in the end: nothing is there twice, and nothing that was
acknowledged is lost.
"""

import hashlib
import hmac
import http.client
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pages
import pytest
from odoo_scripts import ended
from server import HOST
from test_push_openapi import OPERATION, breaks

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "push.md"
JSON = "application/json"
PREPARE = """
from datetime import timedelta
from odoo import fields
company = env.ref("base.main_company")
group = env.ref("cloud_billing.group_integration")
def user(login):
    return env["res.users"].create({"name": login, "login": login, "company_id": company.id,
        "company_ids": [(6, 0, company.ids)], "group_ids": [(6, 0, group.ids)]})
def source(name, sender):
    return env["cloud.usage.source"].create({"name": name, "company_id": company.id, "reader": "csv",
        "takes_push": True, "push_user_id": sender.id, "push_rate": 0})
first, second = source("Switch", user("sender")), source("Other", user("other"))
now = fields.Datetime.now()
print("READY", {
    "id": first.id, "other_id": second.id,
    "key": first._make_push_key("address", 1, now), "json2": first._make_push_key("json2", 1, now),
    "other_key": second._make_push_key("address", 1, now), "signing": first._make_push_key("signature", 1, now),
    "old_key": first._make_push_key("address", 1, now - timedelta(days=2)),
})
env.cr.commit()
"""
NEW_KEY = """
from odoo import fields
source = env["cloud.usage.source"].search([("name", "=", "Switch")])
print("NEW", source._make_push_key("signature", 1, fields.Datetime.now(), {hours}))
env.cr.commit()
"""
PUBLISH = """
env["cloud.usage.import"].search([("state", "=", "collecting")]).action_count_now()
env.cr.commit()
env["cloud.usage.importer"]._cron_import_usage()
env.cr.rollback()
env.invalidate_all()
imports = env["cloud.usage.import"].search([("is_push", "=", True)])
print("STATES", sorted(set(imports.mapped("state"))), "ACCEPTED", sum(imports.mapped("rows_accepted")))
print("PROOF", env["cloud.usage.store"]._prove_states(env.ref("base.main_company")))
"""
ROWS = """
    SELECT COUNT(*), COUNT(DISTINCT external_id), SUM(quantity)
      FROM cloud_billing_usage.usage_row r
      JOIN cloud_usage_source s ON s.id = r.source_id AND s.name = 'Switch'
"""


def event(key, **more):
    return {
        "transaction_id": key, "customer": "acme", "meter": "calls", "time": "2026-03-01T10:00:00Z", "quantity": 1,
        **more,
    }  # fmt: skip


def check_documented(status, headers, answer):
    """Every answer is one that the OpenAPI file describes: its status, kind, headers and members."""
    described = OPERATION["responses"][str(status)]
    [(content_type, media)] = described["content"].items()
    assert headers["Content-Type"].startswith(content_type), (status, headers)
    assert set(described.get("headers", ())) <= set(headers), (status, headers)
    assert breaks(media["schema"], answer) == "", (status, answer)


class Pushing:
    """A database with a source to push to, and senders; servers come and go."""

    def __init__(self, odoo, database, script):
        self.odoo = odoo
        self.database = database
        self.script = script
        printed = self.run(PREPARE)
        self.access = json.loads(printed.split("READY ")[1].splitlines()[0].replace("'", '"'))

    def run(self, code):
        """What a script of its own prints; it must end well."""
        return ended(self.script(self.database, code))

    def sql(self, statement, **values):
        return self.odoo.pg.sql(statement, self.database, **values)

    def publish(self):
        """Let what was pushed get its number; the whole must add up."""
        printed = self.run(PUBLISH)
        assert "PROOF {}" in printed, printed
        return printed

    def rows(self):
        """[rows, distinct keys, sum of quantities] that are in the table, with or without a number."""
        return self.sql(ROWS)[0]

    def invariants(self):
        """What breaks a rule of tests/system/invariants.sql: nothing."""
        statements = (ROOT / "tests" / "system" / "invariants.sql").read_text().split(";\n")
        return [row for statement in statements if "SELECT" in statement for row in self.sql(statement)]

    def post(self, server, body, headers=None, source_id=None, path=None, timeout=60):
        """(status, headers, answer) of one request; body: bytes, or what JSON makes of it."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.access['key']}"} if headers is None else headers
        connection = http.client.HTTPConnection(HOST, server.port, timeout=timeout)
        try:
            path = path or f"/cloud_billing/push/{source_id or self.access['id']}"
            connection.request("POST", path, body, {"Content-Type": JSON, **headers})
            response = connection.getresponse()
            text = response.read()
            answer = json.loads(text) if text[:1] in b"{[" else text
            headers = dict(response.getheaders())
            if path.startswith("/cloud_billing/push/"):
                check_documented(response.status, headers, answer)
            return response.status, headers, answer
        finally:
            connection.close()

    def sign(self, body, moment=None, key=None, source_id=None):
        """The headers of a signed request."""
        moment = int(time.time()) if moment is None else moment
        text = f"{moment}\n/cloud_billing/push/{source_id or self.access['id']}\n".encode() + body
        digest = hmac.new((key or self.access["signing"]).encode(), text, hashlib.sha256).hexdigest()
        return {"Cloud-Billing-Signature": f"t={moment},v1={digest}"}


@pytest.fixture
def pushing(odoo_env, database, script):
    return Pushing(odoo_env, database(), script)


class TestABatch:
    def test_of_a_thousand_twice_and_half_bad_and_by_two_at_once(self, pushing, server):
        running = server(pushing.database, "--max-cron-threads=0", "--workers=2")
        batch = [event(f"e{number}") for number in range(1000)]
        first = pushing.post(running, batch)
        assert (first[0], first[2]["accepted"]) == (200, 1000), first
        again = pushing.post(running, batch)
        assert (again[0], again[2]["duplicate"]) == (200, 1000)
        # Every second one is bad, each in one of four ways; the others are taken.
        bad = [{"quantity": "many"}, {"time": "soon"}, {"customer": None}, {"quantiy": 3}]
        mixed = [event(f"h{n}", **(bad[n // 2 % 4] if n % 2 else {})) for n in range(1000)]
        status, _headers, answer = pushing.post(running, mixed)
        assert (status, answer["accepted"], answer["refused"]) == (200, 500, 500)
        assert [item["status"] for item in answer["items"][:3]] == ["accepted", "refused", "accepted"]
        assert {item["code"] for item in answer["items"] if item["status"] == "refused"} == {
            "not_a_number", "bad_date", "missing_value", "unknown_member",
        }  # fmt: skip
        assert all(item["detail"] for item in answer["items"][1::2])
        # The same batch by four senders in one instant: each event is accepted by exactly one of them.
        for turn in range(5):
            batch = [event(f"t{turn}-{number}") for number in range(500)]
            with ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda one: pushing.post(running, one), [batch] * 4))
            assert [one[0] for one in answers] == [200] * 4, answers
            assert sum(one[2]["accepted"] for one in answers) == 500
            assert sum(one[2]["duplicate"] for one in answers) == 1500
        assert pushing.rows() == ["4000", "4000", "4000"]
        printed = pushing.publish()
        assert "STATES ['imported'] ACCEPTED 4000" in printed, printed
        assert pushing.invariants() == []

    def test_in_each_shape_is_taken(self, pushing, server):
        running = server(pushing.database)
        attributes = {"specversion": "1.0", "source": "/s", "type": "calls", "subject": "acme"}
        data, moment = {"quantity": 2, "unit": "call"}, "2026-03-01T10:00:00Z"
        cloud = [{**attributes, "id": f"c{number}", "time": moment, "data": data} for number in range(3)]
        bearer = {"Authorization": f"Bearer {pushing.access['key']}"}

        def post(body, content_type=JSON, **headers):
            status, _headers, answer = pushing.post(running, body, {**bearer, **headers, "Content-Type": content_type})
            return status, [item["status"] for item in answer["items"]]

        assert post(cloud[0], "application/cloudevents+json; charset=utf-8") == (200, ["accepted"])
        assert post(cloud[:2], "application/cloudevents-batch+json") == (200, ["duplicate", "accepted"])
        binary = {f"ce-{name}": value for name, value in {**cloud[2], "traceparent": "00"}.items() if name != "data"}
        assert post(data, **binary) == (200, ["accepted"])
        assert post({"events": [*cloud, event("flat")]}) == (200, ["duplicate"] * 3 + ["accepted"])
        assert post(event("flat")) == (200, ["duplicate"])
        assert pushing.rows() == ["4", "4", "7"]

    def test_numbers_are_kept_digit_by_digit(self, pushing, server):
        running = server(pushing.database)
        body = (
            b'[{"transaction_id":"n","customer":"a","meter":"m","time":1772359200.5,"quantity":0.1234567890123456789}]'
        )
        assert pushing.post(running, body)[2]["accepted"] == 1
        assert pushing.rows()[2] == "0.1234567890123456789"


class TestSendersAreKilled:
    """Three senders push while the server dies again and again; each sends a batch until it is answered."""

    BATCHES, SIZE, KILLS = 48, 400, 5

    def test_nothing_is_doubled_and_nothing_acknowledged_is_lost(self, pushing, server):
        seed = int(os.environ.get("SEED", "7"))
        dice = random.Random(seed)
        current = [server(pushing.database, "--max-cron-threads=0", "--workers=2")]
        acknowledged, is_over = {}, threading.Event()
        # Batches overlap: the last half of one is the first half of the next.
        batches = [
            [event(f"k{number}", quantity=number % 5 + 1) for number in range(start, start + self.SIZE)]
            for start in range(0, self.BATCHES * self.SIZE // 2, self.SIZE // 2)
        ]

        interrupted, answered = [], []

        def send(mine):
            for batch in mine:
                while not is_over.is_set():
                    try:
                        status, _headers, answer = pushing.post(current[0], batch, timeout=20)
                    except (OSError, http.client.HTTPException) as error:
                        interrupted.append(error)
                        time.sleep(0.1)
                        continue
                    if status == 200:
                        for item in answer["items"]:
                            assert item["status"] in ("accepted", "duplicate"), item
                            acknowledged[item["key"]] = acknowledged.get(item["key"], 0) + (
                                item["status"] == "accepted"
                            )
                        answered.append(status)
                        break
                    time.sleep(0.1)

        with ThreadPoolExecutor(3) as pool:
            sending = [pool.submit(send, batches[nth::3]) for nth in range(3)]
            try:
                for nth in range(1, self.KILLS + 1):
                    # Never before all is sent: senders are killed in the middle of what they do.
                    while len(answered) < nth * self.BATCHES // (self.KILLS + 2):
                        time.sleep(0.005)
                    time.sleep(dice.uniform(0, 0.12))
                    self.kill(current[0])
                    current[0] = server(pushing.database, "--max-cron-threads=0", "--workers=2")
                for one in sending:
                    one.result(timeout=300)
            finally:
                is_over.set()
        assert len(interrupted) >= self.KILLS, f"seed {seed}"
        keys = {one["transaction_id"] for batch in batches for one in batch}
        assert set(acknowledged) == keys, f"seed {seed}"
        # An answer that was lost leaves an event that nobody was told was accepted; nobody was told so twice.
        assert max(acknowledged.values()) == 1, f"seed {seed}"
        total = sum(int(key[1:]) % 5 + 1 for key in keys)
        assert pushing.rows() == [str(len(keys)), str(len(keys)), str(total)], f"seed {seed}"
        assert "STATES ['imported']" in pushing.publish()
        assert pushing.invariants() == []

    def kill(self, running):
        """kill -9 of the server and of its workers, which would finish what they do."""
        pid = running.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in [pid, *map(int, children)]:
            try:
                os.kill(one, 9)
            except ProcessLookupError:
                continue
        running.process.wait()


class TestImportsEndWhileSendersPush:
    """Imports get their number again and again while batches come in: none is in an import that had ended."""

    END = """
import os, time
from odoo.service.model import retrying
end, count = time.time() + 100, 0
def end_one():
    env["cloud.usage.import"].search([("state", "=", "collecting")]).filtered("batch_ids")._end_collecting()
while not os.path.exists({flag!r}) and time.time() < end:
    retrying(end_one, env)
    env["cloud.usage.importer"]._cron_import_usage()
    env.cr.rollback()
    env.invalidate_all()
print("ENDED")
"""

    SHARE = """
import psycopg2.errors
from odoo import fields
now = fields.Datetime.now()
source = env["cloud.usage.source"].search([("name", "=", "Switch")])
env["cloud.push"]._take(source, [{event!r}], now)
env.cr.commit()
with env.registry.cursor() as one, env.registry.cursor() as two:
    sender, other = env(cr=one), env(cr=two)
    collecting = other["cloud.usage.import"].search([("state", "=", "collecting")])
    def join(who):
        return who["cloud.push"]._join_import(source.with_env(who), now)
    join(sender)
    two.execute("SET LOCAL lock_timeout = '300ms'")
    try:
        collecting._end_collecting()
        print("IT ENDED")
    except psycopg2.errors.LockNotAvailable:
        print("IT WAITS")
    two.rollback()
    other.invalidate_all()
    print("SHARED" if join(other) == collecting else "NOT SHARED")
    two.rollback()
    one.rollback()
    # A sender whose snapshot is older than the end.
    one.execute("SELECT 1")
    other.invalidate_all()
    collecting._end_collecting()
    two.commit()
    try:
        join(sender)
        print("JOINED WHAT HAD ENDED")
    except psycopg2.errors.SerializationFailure:
        print("TRIED AGAIN")
    one.rollback()
    # Two who begin the next one at once.
    one.execute("SELECT 1")
    join(other)
    two.commit()
    try:
        join(sender)
        print("TWO COLLECT")
    except psycopg2.errors.SerializationFailure:
        print("ONE COLLECTS")
    one.rollback()
"""

    def test_none_ends_while_a_batch_is_in_it(self, pushing):
        printed = pushing.run(self.SHARE.format(event=event("e1")))
        told = [line for line in printed.splitlines() if line.isupper()]
        assert told == ["IT WAITS", "SHARED", "TRIED AGAIN", "ONE COLLECTS"], printed

    def test_every_row_is_counted_by_its_import(self, pushing, server, tmp_path):
        running = server(pushing.database, "--max-cron-threads=0", "--workers=2")
        pushing.post(running, [event("warm")])
        ending = pushing.script(pushing.database, self.END.format(flag=str(tmp_path / "over")))
        numbers = iter(range(10**6))
        deadline = time.monotonic() + 45

        def send(_nth):
            accepted = 0
            while time.monotonic() < deadline:
                batch = [event(f"c{next(numbers)}") for _event in range(20)]
                status, _headers, answer = pushing.post(running, batch)
                while status == 503:  # Nothing of it was taken; docs/push.md has the sender send it again.
                    status, _headers, answer = pushing.post(running, batch)
                assert status == 200, answer
                accepted += answer["accepted"]
            return accepted

        with ThreadPoolExecutor(4) as pool:
            accepted = sum(pool.map(send, range(4)))
        (tmp_path / "over").touch()
        assert "ENDED" in ending.communicate(timeout=120)[0]
        printed = pushing.publish()
        assert f"STATES ['imported'] ACCEPTED {accepted + 1}" in printed, printed
        assert int(pushing.sql("SELECT COUNT(*) FROM cloud_usage_import WHERE is_push")[0][0]) > 3
        assert pushing.invariants() == []


class TestWhoIsRefused:
    def test_and_how_it_is_told(self, pushing, server):
        running = server(pushing.database)
        access, good = pushing.access, [event("s1")]
        body = json.dumps(good).encode()

        def code(answer):
            status, headers, problem = answer
            assert headers["Content-Type"].startswith("application/problem+json"), answer
            assert problem["status"] == status and problem["detail"] and problem["title"]
            return status, problem["code"]

        def bearer(key):
            return {"Authorization": f"Bearer {key}"}

        def post(body, headers=None, **more):
            return code(pushing.post(running, body, headers, **more))

        # Keys: none, wrong, expired, of JSON-2's scope, of another source's user, for a source that is not there.
        assert post(good, {}) == (401, "not_proved")
        assert post(good, bearer("0" * 40)) == (401, "not_proved")
        assert post(good, bearer(access["old_key"])) == (401, "not_proved")
        assert post(good, bearer(access["json2"])) == (401, "not_proved")
        assert post(good, bearer(access["other_key"])) == (403, "not_allowed")
        assert post(good, source_id=access["other_id"]) == (403, "not_allowed")
        assert post(good, source_id=999_999) == (403, "not_allowed")
        # Signatures: of another body, key, path and time; a good one is taken once.
        assert post(body + b" ", pushing.sign(body)) == (401, "not_proved")
        assert post(body, pushing.sign(body, key="other")) == (401, "not_proved")
        assert post(body, pushing.sign(body, source_id=access["other_id"])) == (401, "not_proved")
        assert post(body, {"Cloud-Billing-Signature": "t=1,v1=zz"}) == (401, "not_proved")
        assert post(body, pushing.sign(body, moment=int(time.time()) - 400)) == (401, "signature_old")
        assert post(body, pushing.sign(body), source_id=access["other_id"]) == (401, "not_proved")
        signed = pushing.sign(body)
        assert pushing.post(running, body, signed)[2]["accepted"] == 1
        assert post(body, signed) == (409, "replayed")
        assert pushing.post(running, body, pushing.sign(body, moment=int(time.time()) + 1))[2]["duplicate"] == 1
        binary = {**pushing.sign(b"{}"), "ce-specversion": "1.0", "ce-id": "1", "ce-source": "s"}
        assert post(b"{}", binary) == (401, "unsigned_headers")
        # Bodies.
        for wrong, expected in (
            (b"[1,", "bad_json"),
            (b"", "bad_json"),
            (b"\xff\xfe[]", "not_utf8"),
            (b"[" * 200_000, "too_deep"),
            (b"[]", "not_events"),
            (b"3", "not_events"),
            (b'{"events": {}}', "not_events"),
        ):
            assert post(wrong) == (400, expected), expected
        assert post(good, {**bearer(access["key"]), "Content-Type": "text/plain"}) == (415, "bad_content_type")
        assert post(good, {**bearer(access["key"]), "Content-Encoding": "gzip"}) == (415, "bad_content_type")
        assert post([event("x")] * 5001) == (413, "too_many_events")
        assert post(b" " * (8 * 1024 * 1024 + 1)) == (413, "too_large")
        # What a database or a page could stumble over is an event like others, or refused by itself.
        hostile = [
            event("h1", customer="'); DROP TABLE usage_row; --"),
            event("h2", properties={"<script>alert(1)</script>": "<img src=x onerror=alert(1)>"}),
            event("h3\t\\N\n"),
            event("h4", quantity="1e400"),
            event("h5", quantity="9" * 5000),
            event("h6", customer="\0"),
            event("h7", customer="\ud800"),
            event("h8", properties={"a": [[[]]]}),
            event("h9" * 400),
        ]
        body = (
            json.dumps(hostile)[:-1]
            + ',{"transaction_id":"h10","quantity":NaN,"customer":"a","meter":"m",'
            + ('"time":"2026-03-01T10:00:00Z"},{"a":1,"a":2}]')
        )
        status, _headers, answer = pushing.post(running, body.encode())
        assert status == 200
        assert [item.get("code", item["status"]) for item in answer["items"]] == [
            "accepted", "accepted", "accepted", "number_too_large", "number_too_long", "nul_character",
            "half_character", "nested_property", "field_too_long", "not_a_number", "key_twice",
        ]  # fmt: skip
        # One event by itself: its refusal is the status.
        assert post({"transaction_id": "one"}) == (422, "missing_value")
        # A rate, with the seconds to wait.
        pushing.sql("UPDATE cloud_usage_source SET push_rate = 1 WHERE name = 'Switch'")
        running.stop()
        running = server(pushing.database)
        status, headers, problem = pushing.post(running, [event("r1")])
        assert (status, problem["code"]) == (429, "too_fast") and 1 <= int(headers["Retry-After"]) <= 60
        # Refused is not taken.
        assert pushing.rows()[0] == "4"

    def test_both_signing_keys_are_good_while_a_sender_changes_over_and_then_the_new_one(self, pushing, server):
        running, former = server(pushing.database), pushing.access["signing"]
        new = pushing.run(NEW_KEY.format(hours=1)).split("NEW ")[1].split()[0]

        def send(name, key):
            body = json.dumps([event(name)]).encode()
            return pushing.post(running, body, pushing.sign(body, key=key))[0]

        assert [send("a", former), send("b", new), send("c", "of nobody")] == [200, 200, 401]
        last = pushing.run(NEW_KEY.format(hours=0)).split("NEW ")[1].split()[0]
        assert [send("d", former), send("e", new), send("f", last)] == [401, 401, 200]

    def test_an_integration_user_reads_nothing_by_json2(self, pushing, server):
        running = server(pushing.database)
        headers = {"Authorization": f"Bearer {pushing.access['json2']}"}
        for model in ("cloud.usage.source", "cloud.usage.import", "cloud.push.batch", "cloud.customer", "cloud.bill"):
            path = f"/json/2/{model}/search_read"
            status, _headers, answer = pushing.post(running, {"domain": []}, headers, path=path)
            assert status == 403, (model, answer)
        # The key of the address is no key of JSON-2.
        path = "/json/2/cloud.usage.source/push_usage"
        body = {"ids": [pushing.access["id"]], "events": [event("j1")]}
        assert pushing.post(running, body, path=path)[0] == 401
        status, _headers, answer = pushing.post(
            running, {**body, "ids": [pushing.access["other_id"]]}, headers, path=path
        )
        assert status == 403, answer
        assert pushing.post(running, body, headers, path=path)[2]["accepted"] == 1


class TestTheExamplesOfTheDocumentation:
    def test_each_of_them_runs(self, pushing, server, tmp_path):
        running = server(pushing.database)
        access = pushing.access
        environ = {
            **os.environ, "ODOO": running.url, "SOURCE": str(access["id"]), "KEY": access["key"],
            "JSON2_KEY": access["json2"], "SIGNING_KEY": access["signing"], "NO_PROXY": "127.0.0.1",
        }  # fmt: skip
        blocks = re.findall(r"^```(bash|python)\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
        assert [kind for kind, _code in blocks] == ["bash", "bash", "python", "bash", "python", "bash"]
        printed = []
        for kind, code in blocks:
            command = ["bash", "-euc", code] if kind == "bash" else [sys.executable, "-c", code]
            ran = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=120)
            assert ran.returncode == 0, (code, ran.stdout, ran.stderr)
            printed.append(ran.stdout)
        assert json.loads(printed[0])["accepted"] == 2
        assert json.loads(printed[1])["accepted"] == 1
        assert printed[2].startswith("call-4 time is no moment: yesterday.")
        assert json.loads(printed[3])["accepted"] == 2
        assert "accepted" in printed[4]
        assert json.loads(printed[5])["accepted"] == 1
        assert "STATES ['imported']" in pushing.publish()
        # 60 instead of 61.5, call-2 cancelled, 30, 61.5, 1, 1.5.
        assert pushing.sql(
            "SELECT SUM(r.quantity) FROM cloud_billing_usage.row_state v"
            " JOIN cloud_billing_usage.usage_row r ON r.id = v.id WHERE v.state <> 'waived'"
        ) == [["154.0"]]
        assert pushing.invariants() == []


class TestThePageOfASource:
    def test_shows_the_address_makes_a_key_and_tells_what_was_refused(self, pushing, server, browser, screenshot):
        running = server(pushing.database)
        pushing.post(running, [event(f"p{number}") for number in range(40)])
        pushing.post(
            running, [event("p1"), event("p2", quantity=7), event("q1", time="yesterday"), {"transaction_id": "q2"}]
        )
        page = browser(running, path=f"/odoo/action-cloud_billing.cloud_usage_source_action/{pushing.access['id']}")
        page.locator(".o_notebook .nav-link").filter(has_text="Push").click()
        pages.settle(page)
        text = pages.front(page).inner_text()
        assert f"/cloud_billing/push/{pushing.access['id']}" in page.content()
        assert "time is no moment: yesterday" in text and "customer is missing" in text
        page.set_viewport_size({"width": 1400, "height": 1500})
        page.locator(".o_notebook").scroll_into_view_if_needed()
        page.mouse.move(0, 0)
        screenshot(page, "push_source")
        asked = []
        page.on("request", lambda request: asked.append(request.post_data or ""))
        pages.press_for_dialog(page, "Make a Key…")
        pages.press(page, "Make the Key")
        dialog = page.locator(".o_dialog:not(.o_inactive_modal)").last
        dialog.locator("input[type=password]").fill("admin")
        dialog.locator("footer .btn-primary, .btn-primary").first.click()
        shown = page.locator(".o_cloud_shown_key")
        shown.wait_for()
        key = shown.inner_text().strip()
        screenshot(page, "push_key")
        assert not [body for body in asked if key in body], "the key went back to the server"
        assert (
            pushing.post(running, [event("with the new key")], {"Authorization": f"Bearer {key}"})[2]["accepted"] == 1
        )
        pages.press(page, "I Have Kept It")
        pages.settle(page)
        page.goto("/odoo/action-cloud_billing.cloud_usage_import_action/1")
        pages.expect_state(page, "Collecting")
        assert "It collects what is pushed until" in pages.front(page).inner_text()
        screenshot(page, "push_import")
        pages.press(page, "Count Now")
        pages.expect_state(page, "Waiting")
        assert not [body for body in asked if key in body], "the key went back to the server"
        assert page.problems == []
