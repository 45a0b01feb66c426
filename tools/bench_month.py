"""Measured in an Odoo process, see tools/bench.py: usage rows to posted invoices, and plain Odoo's same ones."""

import threading
import time

import bench_data
import bench_import
import bench_posting
import bench_rating

LINES = 5
ROWS_PER_LINE = 20
# Plain Odoo makes so many invoices in batches, and so many one by one, for its milliseconds.
PLAIN, PLAIN_SINGLE = 250, 50


def prepare(env, subscriptions):
    """So many subscriptions of five metered lines with twenty usage rows each, of a company that works alone."""
    env = bench_data.start_as_person(env)
    lines = subscriptions * LINES
    months = [bench_data.MONTH]
    bench_rating.make_agreements_and_usage(env, lines * ROWS_PER_LINE, lines, months, per_customer=LINES)
    env.company._set_cloud_live("solo", "Measured")
    env.cr.commit()
    return {}


def approve(env):
    """Seconds and statements from a draft run to one that is told to post."""
    env = bench_data.start_as_person(env)
    run = bench_data.make_run(env)
    env.cr.commit()
    counter = _Counter()
    times = bench_rating.time_rating(env, run)
    start = time.perf_counter()
    run.bill_ids.filtered(lambda bill: bill.state == "look").action_release("Measured")
    run.action_submit()
    run._check_postable()
    run._set_state("posting")
    env.cr.commit()
    approval = time.perf_counter() - start
    rated = {"rating": times["rating"], "bills": times["bills"], "approval": approval}
    spent = {"rating_processor": counter.read_processor(), "rating_statements": counter.read()}
    return {**rated, **spent, "rating_memory": bench_import.get_peak()}


def measure_plain(env):
    """Milliseconds per invoice of plain Odoo: equal invoices, created and posted 25 at once and one at a time.

    plain: with the values that a person or an importing program gives. plain_told: with balances told beforehand, as
    ours are, so that Odoo does not work them out.
    """
    env = bench_data.start_as_person(env)
    run = env["cloud.bill.run"].search([], limit=1)
    bills = run.bill_ids.sorted("id")[:PLAIN]
    told = [bench_posting._get_plain_values(bill) for bill in bills]
    untold = [_without_balances(values) for values in told]
    bench_posting._post_plain(bench_posting.BATCH, env, untold[: bench_posting.BATCH])
    ways = {
        "plain": (bench_posting.BATCH, untold),
        "plain_told": (bench_posting.BATCH, told),
        "plain_single": (1, untold[:PLAIN_SINGLE]),
    }
    times = {}
    for name, (batch, values) in ways.items():
        counter, start = _Counter(), time.perf_counter()
        bench_posting._post_plain(batch, env, values)
        times[name] = 1000 * (time.perf_counter() - start) / len(values)
        times[f"{name}_statements"] = counter.read() / len(values)
        times[f"{name}_processor"] = 1000 * counter.read_processor() / len(values)
    return times


def post(env):
    """Seconds, statements and memory until nothing of the run waits; several processes may share it."""
    env = bench_data.as_person(env)
    run = env["cloud.bill.run"].search([], limit=1)
    counter, start = _Counter(), time.perf_counter()
    while run.state == "posting":
        # Not by way of the scheduled action's record: one record works for one worker at a time.
        env["cloud.bill.run"].sudo()._cron_post_runs()
        env.cr.commit()
        env.invalidate_all()
    spent = {"posting_processor": counter.read_processor(), "posting_statements": counter.read()}
    return {"posting": time.perf_counter() - start, **spent, "memory": bench_import.get_peak()}


def count_posted(env):
    """How many invoices there are, and how many bills are not invoices."""
    Bill = env["cloud.bill"]
    posted = Bill.search_count([("state", "=", "posted")])
    return {"posted": posted, "others": Bill.search_count([]) - posted}


class _Counter:
    """Statements that this thread has sent since it was made, as Odoo counts them, and Python's processor time."""

    def __init__(self):
        self._thread = threading.current_thread()
        self._thread.query_count = getattr(self._thread, "query_count", 0)
        self._thread.query_time = getattr(self._thread, "query_time", 0)
        self._start = self._thread.query_count
        self._started = time.process_time()

    def read(self):
        return self._thread.query_count - self._start

    def read_processor(self):
        """Seconds, of all threads of the process; they depend less on what else the machine does than time does."""
        return time.process_time() - self._started


def _without_balances(values):
    lines = [
        (command, key, {name: value for name, value in line.items() if name not in ("balance", "amount_currency")})
        for command, key, line in values["invoice_line_ids"]
    ]
    return {**values, "invoice_line_ids": lines}
