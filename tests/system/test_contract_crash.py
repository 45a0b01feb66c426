"""Corrections of recurring fees in real processes: killed while they are made and posted, raced by changes."""

import time
from pathlib import Path

import pytest
from bill_runs import APPROVE, POST, POSTED_BILLS, RATE

CUSTOMERS = 12
# Five months are posted in arrears. Then every second customer has four more from 11 February on, and every other one
# ends on 16 May: both lie in billed days.
BILLED_AND_CHANGED = f"""
{APPROVE}
env["cloud.bill.run"]._cron_post_runs()
from datetime import date
from decimal import Decimal
for line in env["cloud.subscription.line"].search([("name", "=", "Fee")], order="id"):
    if int(line.quantity) % 2:
        line._apply_quantity(date(2026, 2, 11), line.quantity + 4, "credit", "Four more")
    else:
        line._apply_end(date(2026, 5, 16), "credit", "Not needed any more")
run = env["cloud.bill.run"].create(
    {{"cutoff_date": "2026-06-01", "invoice_date": "2026-06-01", "accounting_date": "2026-06-01"}})
run._start_rating()
"""
RELEASE = """
run = env["cloud.bill.run"].search([], order="id desc", limit=1)
env = env(user=env.ref("base.user_admin").id, context={"allowed_company_ids": [1], "lang": "en_US"})
run = run.with_env(env)
run.bill_ids.filtered(lambda bill: bill.state in ("look", "held")).action_release("All of them")
run.action_submit()
run._set_state("posting")
env.cr.commit()
"""
# What the next run finds to correct when everything was.
LOOK_AGAIN = """
env = env(user=env.ref("base.user_admin").id, context={"allowed_company_ids": [1], "lang": "en_US"})
run = env["cloud.bill.run"].create(
    {"cutoff_date": "2026-06-01", "invoice_date": "2026-06-01", "accounting_date": "2026-06-01"})
run.action_rate()
print("FOUND", env["cloud.charge"].search_count([("run_id", "=", run.id)]))
"""
# Rates until it comes to a point within the making of corrections, says so, and waits there to be killed.
RATE_UP_TO = """
import time
from pathlib import Path
model = type(env[{model!r}])
whole = getattr(model, {method!r})

def stay(records, *args, **kwargs):
    if not {is_behind}:
        Path({marker!r}).touch()
        time.sleep(200)
    result = whole(records, *args, **kwargs)
    Path({marker!r}).touch()
    time.sleep(200)
    return result

setattr(model, {method!r}, stay)
env["cloud.bill.run"]._cron_rate_runs()
"""
CORRECTIONS = """
    SELECT COUNT(*), COUNT(DISTINCT r.corrects_id), SUM(r.amount)
      FROM cloud_rated_line r
      JOIN cloud_charge c ON c.id = r.charge_id
     WHERE c.corrects_id IS NOT NULL
"""


class TestKilledWhileCorrecting:
    @pytest.fixture
    def kill_at(self, tmp_path):
        """kill_at(billing, model, method, is_behind): kill a rating -9 before or behind a method of it."""

        def kill(billing, model, method, is_behind):
            marker = Path(tmp_path, f"{method}_{is_behind}")
            code = RATE_UP_TO.format(model=model, method=method, is_behind=is_behind, marker=str(marker))
            process = billing.script(billing.database, code)
            deadline = time.monotonic() + 120
            while not marker.exists() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            assert marker.exists() and process.poll() is None, "it was to be killed and had ended"
            billing.kill(process)

        return kill

    def test_goes_on_and_each_difference_is_billed_once(self, billing, kill_at):
        prepared = billing()
        prepared.prepare(BILLED_AND_CHANGED, CUSTOMERS)
        undisturbed, killed = billing(prepared.database), billing(prepared.database)
        undisturbed.run(RATE + RELEASE + POST)
        expected = undisturbed.sql(CORRECTIONS)[0], undisturbed.rated(), undisturbed.books()
        # Six customers: 4 x 10.01 = 40.04 for March, April and May, x 18/28 = 25.74 for February; together 875.16.
        # Six others give back 16/31 of May for 2, 4 ... 12: 10.33 + 20.67 + 31.00 + 41.33 + 51.66 + 62.00 = 216.99.
        assert expected[0] == ["30", "30", "658.17"]
        # The charges are there and none of their lines; the corrections are made and none of their bills.
        for model, method, is_behind in (
            ("cloud.charge.correction", "_insert_charges", True),
            ("cloud.bill", "_assemble", False),
        ):
            kill_at(killed, model, method, is_behind)
            assert killed.sql(CORRECTIONS)[0][0] == "0"
        killed.run(RATE + RELEASE)
        assert killed.sql(CORRECTIONS)[0] == expected[0]
        killed.kill_behind(POST, POSTED_BILLS, CUSTOMERS + 4)
        killed.books()
        killed.run(POST)
        assert (killed.sql(CORRECTIONS)[0], killed.rated(), killed.books()) == expected
        assert "FOUND 0" in killed.run(LOOK_AGAIN)


# The two changes and the rating each begin before any of the others has ended; who of the two changes comes too late
# for the number of the other is tried again, as the server does it.
CHANGE = """
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from odoo.service.model import retrying
env = env(user=env.ref("base.user_admin").id, context={{"allowed_company_ids": [1], "lang": "en_US"}})
env["cloud.subscription.line"].search_count([])
attempts = []

def change():
    attempts.append(1)
    line = env["cloud.subscription.line"].search([("name", "=", "Fee")])
    line._apply_quantity(date({day}), Decimal({quantity}), "credit")
    env.flush_all()
    Path({folder!r}, "changed").touch()
    deadline = time.monotonic() + 100
    while not Path({folder!r}, {awaited!r}).exists() and time.monotonic() < deadline:
        time.sleep(0.01)

retrying(change, env)
env.cr.commit()
print("WORKED", len(attempts))
"""
RATE_MEANWHILE = """
import time
from pathlib import Path
from odoo.service.model import retrying
env = env(user=env.ref("base.user_admin").id, context={{"allowed_company_ids": [1], "lang": "en_US"}})
run = env["cloud.bill.run"].browse({run_id})
deadline = time.monotonic() + 100
while not Path({folder!r}, "changed").exists() and time.monotonic() < deadline:
    time.sleep(0.01)
env.cr.rollback()
retrying(run.action_rate, env)
env.cr.commit()
Path({folder!r}, "rated").touch()
print("WORKED", run.state)
"""
NEXT_RUN = """
env = env(user=env.ref("base.user_admin").id, context={"allowed_company_ids": [1], "lang": "en_US"})
first = env["cloud.bill.run"].search([])
first.bill_ids.action_release("All of them")
first.action_submit()
first._set_state("posting")
env["cloud.bill.run"]._cron_post_runs()
run = env["cloud.bill.run"].create(
    {"cutoff_date": "2026-06-01", "invoice_date": "2026-06-01", "accounting_date": "2026-06-01"})
run.action_rate()
env.cr.commit()
"""
MONTHS = """
    SELECT r.service_start, SUM(r.amount), COUNT(*)
      FROM cloud_rated_line r
  GROUP BY r.service_start
  ORDER BY r.service_start
"""


class TestChangedWhileARunIsRated:
    @pytest.fixture
    def race(self, billing, tmp_path):
        """race(awaited): two changes of one line and a rating at once, then the next run; rows of MONTHS, before and
        after it. awaited: what the changes wait for before they are done."""

        def run(awaited):
            raced = billing()
            run_id = raced.prepare("", 1)
            places = {"folder": str(tmp_path), "awaited": awaited}
            codes = [
                CHANGE.format(day="2026, 3, 1", quantity="'5'", **places),
                CHANGE.format(day="2026, 4, 1", quantity="'9'", **places),
                RATE_MEANWHILE.format(run_id=run_id, **places),
            ]
            for process in [raced.script(raced.database, code) for code in codes]:
                printed = process.communicate(timeout=300)[0]
                assert "WORKED" in printed and "Traceback" not in printed, printed[-3000:]
            before = raced.sql(MONTHS)
            raced.run(NEXT_RUN)
            return before, raced.sql(MONTHS)

        return run

    def test_what_the_run_did_not_see_is_corrected_by_the_next(self, race):
        before, after = race("rated")
        assert [amount for _day, amount, _count in before] == ["10.01"] * 5
        # 1 x 10.01, then 5 x 10.01 from March and 9 x 10.01 from April on, each with one correction of what was billed.
        assert [row[1:] for row in after] == [
            ["10.01", "1"],
            ["10.01", "1"],
            ["50.05", "2"],
            ["90.09", "2"],
            ["90.09", "2"],
        ]

    def test_whoever_is_first_each_change_counts_once(self, race):
        _before, after = race("changed")
        assert [amount for _day, amount, _count in after] == ["10.01", "10.01", "50.05", "90.09", "90.09"]
