"""A rehearsal in real processes: killed between its batches, worked on by two. It says what an undisturbed one says."""

from bill_runs import APPROVE, CUSTOMERS, MONTHS, POST

# All fees were billed at 10.01; the draft says 20.02.
START = """
env = env(user=env.ref("base.user_admin").id, context={"allowed_company_ids": [1], "lang": "en_US"})
plan = env["cloud.price.plan"].search([("name", "=", "Fees")])
draft = env["cloud.price.plan.version"].create({
    "plan_id": plan.id, "name": "2", "date_start": "2027-01-01", "rule_ids": [(0, 0, {"unit_price": "20.02"})]})
rehearsal = env["cloud.price.rehearsal"].create({"version_id": draft.id, "period_count": 12})
rehearsal._start(rehearsal.create_date.date())
env.cr.commit()
print("STARTED")
"""
# A customer with his five months at a time, by the scheduled action itself.
WORK = """
from odoo.addons.cloud_billing.models.trial import cloud_price_rehearsal_run
cloud_price_rehearsal_run.BATCH_CHARGES = 5
env["cloud.price.rehearsal"]._cron_rehearse_prices()
print("WORKED")
"""
RATED = "SELECT COALESCE(SUM(rated_count), 0) FROM cloud_price_rehearsal"
SAID = """
    SELECT r.state, r.rated_count, r.amount_old, r.amount_new, COUNT(*), COUNT(DISTINCT l.customer_id),
           md5(string_agg(l.customer_name || ' ' || l.reach || ' ' || l.amount_old || ' ' || l.amount_new, ','
                          ORDER BY l.customer_name))
      FROM cloud_price_rehearsal r
      JOIN cloud_price_rehearsal_line l ON l.rehearsal_id = r.id
     WHERE l.customer_name LIKE 'Customer %'
  GROUP BY r.id
"""


class TestKilledWhileRehearsing:
    def test_goes_on_where_it_was_and_says_the_same(self, billing, database, script):
        undisturbed = billing()
        undisturbed.prepare(APPROVE)
        undisturbed.run(POST + START)
        killed = type(undisturbed)(undisturbed.odoo, database(undisturbed.database), script)
        undisturbed.run(WORK)
        (expected,) = undisturbed.sql(SAID)
        # 820 fees in each of five months: at 10.01 they are 41,041.00, at 20.02 twice that.
        assert expected[:4] == ["done", str(CUSTOMERS * MONTHS), "41041.00", "82082.00"]
        assert expected[4:6] == [str(CUSTOMERS), str(CUSTOMERS)]
        for number in (10, 70, 140):
            killed.kill_behind(WORK, RATED, number)
            assert killed.sql("SELECT state FROM cloud_price_rehearsal") == [["running"]]
        killed.run(WORK)
        assert killed.sql(SAID) == [expected]
        # Two at once do not do it twice, and whoever is called once more finds nothing to do.
        killed.run(START)
        killed.work_by_two(WORK)
        killed.run(WORK)
        assert killed.sql(SAID) == [expected, expected]
