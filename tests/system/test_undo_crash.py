"""The undo of a run in real processes: killed in between and raced by two. Every invoice is taken back once."""

from bill_runs import APPROVE, CUSTOMERS

POSTED = f"""
{APPROVE}
run.bill_ids._post_now()
run._close_when_done()
"""
UNDO = f"""
{POSTED}
undo = env["cloud.undo"].browse(run.action_undo()["res_id"])
undo.write({{"reason": "The price was wrong", "date": "2026-06-02"}})
undo.action_submit()
"""
SMALL_STEPS = """
from odoo.addons.cloud_billing.models.correction import cloud_undo_line_posting
cloud_undo_line_posting.BATCH = 4
"""
REVERSE = f"{SMALL_STEPS}env['cloud.undo']._cron_reverse_undone()\nprint('WORKED')\n"
REVERSED = "SELECT COUNT(*) FROM cloud_undo_line WHERE state = 'reversed'"
# Shares no code with the add-on. Each returns no row.
INVARIANTS = (
    "SELECT reversed_entry_id FROM account_move WHERE cloud_frees_bill_id IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 1",
    "SELECT id FROM account_move WHERE cloud_frees_bill_id IS NOT NULL AND state <> 'posted'",
    """
    SELECT l.id FROM cloud_undo_line l LEFT JOIN account_move m ON m.id = l.credit_move_id AND m.state = 'posted'
     WHERE (l.state = 'reversed') <> (m.id IS NOT NULL)
    """,
    """
    SELECT c.id FROM cloud_charge c JOIN cloud_undo_line l ON l.bill_id = c.bill_id
     WHERE (l.state = 'reversed') <> (c.state = 'voided')
    """,
    """
    SELECT i.id FROM account_move i JOIN account_move n ON n.reversed_entry_id = i.id
     WHERE i.amount_total <> n.amount_total OR i.amount_residual <> 0 OR n.amount_residual <> 0
    """,
)
AGAIN = """
env = env(user=env.ref("base.user_admin").id, context={"allowed_company_ids": [1], "lang": "en_US"})
run = env["cloud.bill.run"].create(
    {"cutoff_date": "2026-06-01", "invoice_date": "2026-06-03", "accounting_date": "2026-06-03"})
run.action_rate()
env.cr.commit()
print("WORKED")
"""
RATED = """
    SELECT COUNT(*), SUM(amount), md5(string_agg(line, ',' ORDER BY line))
      FROM (SELECT r.amount, r.customer_name || ' ' || r.service_start || ' ' || r.amount || ' ' || r.quantity AS line
              FROM cloud_rated_line r
              JOIN cloud_bill b ON b.id = r.bill_id
             WHERE b.run_id = :run_id) told
"""


def check(billing):
    for statement in INVARIANTS:
        assert not billing.sql(statement), statement


class TestKilledWhileReversing:
    def test_goes_on_where_it_was_and_the_same_is_billed_again(self, billing):
        killed = billing()
        first = killed.prepare(UNDO)
        expected = killed.sql(RATED, run_id=first)
        # 1 + 2 + ... + 40 = 820 fees of 10.01 in each of five months: 820 x 10.01 x 5 = 41,041.00
        assert expected[0][:2] == ["200", "41041.00"]
        for number in (4, 16, 28):
            killed.kill_behind(REVERSE, REVERSED, number)
            killed.sql("UPDATE cloud_undo_line SET claim_until = '2020-01-01'")
            check(killed)
        killed.run(REVERSE)
        assert killed.count(REVERSED) == CUSTOMERS
        check(killed)
        killed.run(AGAIN)
        second = killed.count("SELECT MAX(id) FROM cloud_bill_run")
        assert killed.sql(RATED, run_id=second) == expected


class TestTwoAtOnce:
    def test_two_workers_share_it_and_each_invoice_is_reversed_once(self, billing):
        raced = billing()
        raced.prepare(UNDO)
        raced.work_by_two(REVERSE)
        raced.run(REVERSE)
        assert raced.count(REVERSED) == CUSTOMERS
        check(raced)
