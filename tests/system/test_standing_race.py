"""Two schedules in real processes use one standing approval at once: together never more than people agreed on."""

import pytest
from bill_runs import PREPARE
from odoo_scripts import ended

# Two customers with a fee of 10.01 and 20.02, each in a run of its own, all ready: the month allows 25.00.
RUNS = """
company.sudo().cloud_look_amount = "1000"
run.action_rate()
run.bill_ids.action_release("The first")
run.action_submit()
run.action_post()
runs = env["cloud.bill.run"]
made = runs.create({"cutoff_date": "2026-07-01", "invoice_date": "2026-07-01", "accounting_date": "2026-07-01"})
made.action_rate()
made.sudo().is_automatic = True
other = made._split(made.bill_ids[:1])
standing = env["cloud.standing.approval"].create({
    "name": "Fees", "company_id": company.id, "currency_id": company.currency_id.id, "date_start": "2020-01-01",
    "date_end": "2100-01-01", "amount_bill": "25", "amount_run": "25", "amount_month": "25"})
standing.action_submit()
run = made
print("OTHER", other.id)
"""
# Both have looked at what is left before either has written what it uses.
APPROVE_TOGETHER = """
import time
from pathlib import Path
from functools import partial
from odoo.addons.cloud_billing.models.month.cloud_bill_run_standing import CloudBillRun
from odoo.addons.cloud_billing.models.month.standing_token import STANDING_TOKEN
from odoo.fields import Datetime
from odoo.service.model import retrying
env = env(user=1)
run = env["cloud.bill.run"].browse({run_id})
choose, mine, theirs = CloudBillRun._choose_bills, Path({mine!r}), Path({theirs!r})
rounds = []

def choose_and_wait(self, standing):
    bills = choose(self, standing)
    rounds.append(len(bills))
    mine.touch()
    for _attempt in range(600):
        if theirs.exists():
            break
        time.sleep(0.05)
    return bills

CloudBillRun._choose_bills = choose_and_wait
approved = retrying(partial(run._approve_standing, Datetime.now(), STANDING_TOKEN), env)
env.cr.commit()
print("APPROVED", len(approved), rounds)
"""
USED = """
    SELECT SUM(b.amount)
      FROM cloud_bill b
      JOIN cloud_bill_run r ON r.id = b.run_id
      JOIN cloud_change_request q ON q.id = r.request_id
     WHERE q.standing_id IS NOT NULL
"""


@pytest.fixture
def raced(odoo_env, database, script, tmp_path):
    """raced(before=None) -> (how many runs each approved, what the month was used for); before: SQL to run first."""

    def race(before=None):
        name = database()
        told = ended(script(name, PREPARE.format(customers=2, then=RUNS)))
        runs = [told.split("RUN ")[1].split()[0], told.split("OTHER ")[1].split()[0]]
        if before:
            odoo_env.pg.sql(before, name)
        seen = [str(tmp_path / run_id) for run_id in runs]
        codes = [
            APPROVE_TOGETHER.format(run_id=run_id, mine=mine, theirs=theirs)
            for run_id, mine, theirs in zip(runs, seen, reversed(seen), strict=True)
        ]
        printed = [ended(process) for process in [script(name, code) for code in codes]]
        approved = sorted(int(text.split("APPROVED ")[1].split()[0]) for text in printed)
        return approved, odoo_env.pg.sql(USED, name)[0][0]

    return race


class TestTwoSchedulesAtOnce:
    def test_the_second_one_sees_what_the_first_one_used(self, raced):
        approved, used = raced()
        assert approved == [0, 1]
        assert used in ("10.01", "20.02")

    def test_without_the_trigger_they_would_go_above_the_limit(self, raced):
        """That the two really meet, and that nothing but the trigger stands between them."""
        approved, used = raced("ALTER TABLE cloud_change_request DISABLE TRIGGER cloud_billing_guard_standing_update")
        assert (approved, used) == ([1, 1], "30.03")
