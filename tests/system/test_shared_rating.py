"""Two raters in real processes work on one run: each charge is rated once, and the lines are those of one rater."""

import pytest
from bill_runs import CUSTOMERS, MONTHS, RATE, RATED_CHARGES

# Fewer charges than the usual ones are shared too: 200 of them in two shares.
SHARE = """
from odoo.addons.cloud_billing.models.billing.run import cloud_bill_run_rating
cloud_bill_run_rating.SMALL = 20
run.action_rate()
"""
# Each waits with its first charges until the other one has taken some too.
RATE_TOGETHER = """
import time
from pathlib import Path
from odoo.addons.cloud_billing.models.billing.rating.cloud_rating import CloudRating
rate, rated = CloudRating._rate, []

def wait_and_rate(rating, charges, *args, **kwargs):
    if charges:
        rated.append(len(charges))
        Path({folder!r}, {me!r}).touch()
        deadline = time.monotonic() + 100
        while not Path({folder!r}, {other!r}).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
    return rate(rating, charges, *args, **kwargs)

CloudRating._rate = wait_and_rate
{before}
"""
TELL = "print('RATED', sum(rated))"
# A claim that says whose turn it is and writes nothing.
NO_CLAIM = """
from odoo.addons.cloud_billing.models.billing.run.cloud_rating_claim import CloudRatingClaim

def look(work):
    env.cr.execute(
        "SELECT work.id FROM {table} work WHERE {waits} ORDER BY id LIMIT 1".format(
            table=work._table, waits=work._select_waiting().code))
    return work.browse(row[0] for row in env.cr.fetchall())

CloudRatingClaim._write_claim = look
CloudRatingClaim._keep_claim = lambda work, token: work == look(work)
"""
SHARES = "SELECT COUNT(*) FROM cloud_bill_run_share"


@pytest.fixture
def rate_together(billing, tmp_path):
    """rate_together(before="") -> (Billing, how many charges each of two raters took up)."""

    def race(before=""):
        raced = billing()
        raced.prepare(SHARE)
        assert raced.count(SHARES) == 2
        codes = [
            RATE_TOGETHER.format(folder=str(tmp_path), me=me, other=other, before=before) + RATE + TELL
            for me, other in (("one", "two"), ("two", "one"))
        ]
        taken = []
        for worker in [raced.script(raced.database, code) for code in codes]:
            printed = worker.communicate(timeout=300)[0]
            assert "RATED" in printed, printed[-3000:]
            # Without claims one of them fails, which the log tells.
            assert before or "Traceback" not in printed, printed[-3000:]
            taken.append(int(printed.split("RATED ")[1].split()[0]))
        return raced, taken

    return race


class TestTwoRatersOfOneRun:
    def test_each_rates_its_share_and_the_lines_are_those_of_one(self, billing, rate_together):
        alone = billing()
        alone.prepare(SHARE)
        alone.run(RATE)
        raced, taken = rate_together()
        # 40 customers with five months each, cut in the middle.
        assert taken == [100, 100]
        assert raced.sql("SELECT state FROM cloud_bill_run") == [["review"]]
        assert raced.count(SHARES) == 0
        # 820 x 10.01 x 5 = 41,041.00, as in test_billing_crash.py
        assert raced.rated()[:2] == [str(CUSTOMERS * MONTHS), "41041.00"]
        assert raced.rated() == alone.rated()

    def test_without_the_claim_they_take_up_the_same_charges(self, rate_together):
        """That the two really meet. Even so no charge has its lines twice: that is the unique index's business."""
        raced, taken = rate_together(before=NO_CLAIM)
        assert sum(taken) > CUSTOMERS * MONTHS
        assert raced.rated()[:2] == [str(CUSTOMERS * MONTHS), "41041.00"]

    def test_one_is_killed_and_its_share_goes_to_the_next(self, billing):
        killed = billing()
        killed.prepare(SHARE)
        killed.kill_behind(RATE, RATED_CHARGES, 40)
        killed.run(RATE)
        assert killed.sql("SELECT state FROM cloud_bill_run") == [["review"]]
        assert killed.rated()[:2] == [str(CUSTOMERS * MONTHS), "41041.00"]
