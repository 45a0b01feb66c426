"""A bill run is stopped while another process works on it: nothing half-done stays, and what was approved can go on."""

import time

from bill_runs import APPROVE, CUSTOMERS, MONTHS, POST, POSTED_BILLS, RATE, RATED_CHARGES, START

# A person needs a while to press Stop: each step of the worker takes longer than it does.
SLOW = """
import time
Model = env.registry[{model!r}]
def slowly(self, *args, step=Model.{method}, **kwargs):
    time.sleep(1.5)
    return step(self, *args, **kwargs)
Model.{method} = slowly
"""
STOP = "env['cloud.bill.run'].browse({run}).action_stop()\nenv.cr.commit()\nprint('STOPPED')\n"


class TestStopped:
    def test_while_it_is_rated_it_goes_back_to_draft_and_is_rated_again(self, billing):
        stopped = billing()
        run = stopped.prepare(START)
        self.stop(stopped, run, SLOW.format(model="cloud.bill.run", method="_rate_chunk") + RATE, RATED_CHARGES)
        assert stopped.sql("SELECT state FROM cloud_bill_run") == [["draft"]]
        assert stopped.count("SELECT COUNT(*) FROM cloud_charge") == 0
        stopped.run(f"env['cloud.bill.run'].browse({run}).action_rate()\nenv.cr.commit()\n")
        # 1 + 2 + ... + 40 = 820 fees of 10.01 in each of five months: 820 x 10.01 x 5 = 41,041.00
        assert stopped.rated()[:2] == [str(CUSTOMERS * MONTHS), "41041.00"]

    def test_while_it_is_posted_it_keeps_what_is_posted_and_goes_on_when_told_to(self, billing):
        stopped = billing()
        run = stopped.prepare(APPROVE)
        self.stop(stopped, run, SLOW.format(model="cloud.bill", method="_post_batch") + POST, POSTED_BILLS)
        posted, parked = (self.count_bills(stopped, state) for state in ("posted", "parked"))
        assert posted + parked == CUSTOMERS and posted and parked, (posted, parked)
        assert stopped.sql("SELECT state FROM cloud_bill_run") == [["posted"]]
        stopped.books()
        stopped.run(f"env['cloud.bill.run'].browse({run}).action_retry_parked()\nenv.cr.commit()\n{POST}")
        assert self.count_bills(stopped, "posted") == CUSTOMERS
        stopped.books()

    def stop(self, billing, run, work, counter):
        """Press Stop once the worker has done a step; both must end well."""
        worker = billing.script(billing.database, work)
        deadline = time.monotonic() + 120
        while not billing.count(counter) and worker.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert "STOPPED" in billing.run(STOP.format(run=run))
        printed = worker.communicate(timeout=300)[0]
        assert "WORKED" in printed and "Traceback" not in printed, printed[-3000:]

    def count_bills(self, billing, state):
        return billing.count(f"SELECT COUNT(*) FROM cloud_bill WHERE state = '{state}'")
