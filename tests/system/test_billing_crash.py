"""Bill runs in real processes: killed while rating and while posting, raced by two. Everything is billed once."""

import time

from bill_runs import APPROVE, CUSTOMERS, MONTHS, POST, POSTED_BILLS, RATE, RATED_CHARGES, START

RATE_AT = """
import time
from odoo.service.model import retrying
env = env(user=env.ref("base.user_admin").id, context={{"allowed_company_ids": [1], "lang": "en_US"}})
run = env["cloud.bill.run"].browse({run_id})
while time.time() < {at}:
    time.sleep(0.01)
retrying(run.{method}, env)
print("WORKED", run.state)
"""
# A coupon whose limit all customers draw on, and two runs that each hold half of the charges.
COUPON = """
coupon = env["cloud.coupon"].create(
    {"code": "HALF", "name": "Half", "percent": "50", "amount_limit": "1000.00", "company_id": company.id})
coupon.action_submit()
for customer in env["cloud.customer"].search([("company_id", "=", company.id), ("name", "like", "Customer ")]):
    env["cloud.coupon.redemption"].create(
        {"coupon_id": coupon.id, "customer_id": customer.id, "date_start": "2026-01-01"}).action_submit()
run._start_rating()
second = run.copy()
second._set_state("rating")
env.cr.execute("UPDATE cloud_charge SET run_id = %s WHERE id %% 2 = 0", [second.id])
"""


class TestKilledWhileRating:
    def test_goes_on_where_it_was_and_ends_like_one_that_was_not(self, billing):
        undisturbed, killed = billing(), billing()
        undisturbed.prepare(START)
        undisturbed.run(RATE)
        expected = undisturbed.rated()
        # 1 + 2 + ... + 40 = 820 fees of 10.01 in each of five months: 820 x 10.01 x 5 = 41,041.00
        assert expected[:2] == [str(CUSTOMERS * MONTHS), "41041.00"]
        killed.prepare(START)
        for number in (20, 80, 140):
            killed.kill_behind(RATE, RATED_CHARGES, number)
        killed.run(RATE)
        assert killed.sql("SELECT state FROM cloud_bill_run") == [["review"]]
        assert killed.rated() == expected


class TestKilledWhilePosting:
    def test_goes_on_where_it_was_and_the_books_are_the_same(self, billing):
        undisturbed, killed = billing(), billing()
        undisturbed.prepare(APPROVE)
        undisturbed.run(POST)
        expected = undisturbed.books()
        assert expected[0] == str(CUSTOMERS)
        killed.prepare(APPROVE)
        for number in (4, 16, 28):
            killed.kill_behind(POST, POSTED_BILLS, number)
            killed.books()
        killed.run(POST)
        assert killed.sql("SELECT state FROM cloud_bill_run") == [["posted"]]
        assert killed.books() == expected


class TestTwoAtOnce:
    def test_two_workers_post_a_run_and_each_bill_is_posted_once(self, billing):
        raced = billing()
        raced.prepare(APPROVE)
        raced.work_by_two(POST)
        raced.run(POST)
        assert raced.books()[0] == str(CUSTOMERS)
        assert raced.sql("SELECT state FROM cloud_bill_run") == [["posted"]]

    def test_two_runs_over_the_same_months_charge_them_once(self, billing):
        raced = billing()
        first = raced.prepare("second = run.copy()")
        second = raced.count("SELECT MAX(id) FROM cloud_bill_run")
        assert first != second
        at = time.time() + 12
        codes = [RATE_AT.format(run_id=run_id, at=at, method="action_rate") for run_id in (first, second)]
        for process in [raced.script(raced.database, code) for code in codes]:
            printed = process.communicate(timeout=300)[0]
            assert "WORKED" in printed and "Traceback" not in printed, printed[-3000:]
        assert raced.count("SELECT COUNT(*) FROM cloud_charge") == CUSTOMERS * MONTHS
        assert raced.rated()[:2] == [str(CUSTOMERS * MONTHS), "41041.00"]
        raced.books()

    def test_two_runs_use_up_a_coupon_together_and_not_a_cent_more(self, billing):
        raced = billing()
        first = raced.prepare(COUPON)
        second = raced.count("SELECT MAX(id) FROM cloud_bill_run")
        at = time.time() + 12
        codes = [RATE_AT.format(run_id=run_id, at=at, method="_rate_all") for run_id in (first, second)]
        for process in [raced.script(raced.database, code) for code in codes]:
            printed = process.communicate(timeout=300)[0]
            assert "WORKED" in printed and "Traceback" not in printed, printed[-3000:]
        # Half of 41,041.00 is wanted, 1,000.00 may be taken off.
        assert raced.sql("SELECT SUM(amount) FROM cloud_coupon_use") == [["1000.00"]]
        assert raced.rated()[:2] == [str(CUSTOMERS * MONTHS), "40041.00"]
