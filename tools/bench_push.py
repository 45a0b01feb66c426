"""The part `push` of `make bench`: events over HTTP in batches of 1,000, beside the same rows through COPY."""

import http.client
import json
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from common import DEV, step
from server import HOST, Server

BATCH = 1000
CUSTOMERS = 200
WORKERS = 2
# So many senders wait for their answers at a time.
SENDERS = (1, 4)


def bench_push(measured, rows, repeat):
    """Events per second that real Odoo workers acknowledge, by the number of senders; and again, as known."""
    events = max(rows // 10, BATCH) // BATCH * BATCH
    bodies = [_make_body(number) for number in range(events // BATCH)]
    found = {senders: [] for senders in SENDERS}
    for nth in range(repeat):
        for senders in SENDERS:
            with step(f"Push {events:,} events by {senders} senders, {nth + 1} of {repeat}") as result:
                one = _measure(measured, bodies, senders)
                found[senders].append(one)
                result.append(f"{one['push']:.1f} s")
    size = f"{len(bodies[0]) / BATCH:.0f} bytes each"
    lines = [f"PUSH of {events:,} events, {size}, in batches of {BATCH:,} over HTTP to {WORKERS} Odoo workers"]
    for senders, ones in found.items():
        lines += [
            f"  {senders} senders at a time" if senders > 1 else "  one sender",
            _line("acknowledged, committed", ones, "push", events),
            _line("the same batches again: all are known", ones, "again", events),
            _tell_processor(ones, events),
            f"    {'a batch, middle and slowest':42}{middle_of(ones, 'middle'):8.0f} ms, {_slowest(ones):.0f} ms",
            _line("their number, once for all of them", ones, "publish", events),
            _line("floor: COPY, INSERT .. ON CONFLICT", ones, "floor_indexed", events),
            f"    {'ratio to the floor':42}{_ratio(ones)}",
        ]
    return lines


def _measure(measured, bodies, senders):
    """One repetition in a fresh database."""
    database = measured.database()
    prepared = measured.call(database, "bench_pushed", "prepare")
    options = (f"--workers={WORKERS}", "--max-cron-threads=0", "--limit-memory-soft=0", "--limit-memory-hard=0")
    running = Server(measured.odoo, database).start(*options, "--limit-time-cpu=3600", "--limit-time-real=3600")
    try:
        sender = Sender(running.port, prepared["source_id"], prepared["key"])
        # Each worker loads the add-on with its first request, which is not what is measured.
        with ThreadPoolExecutor(2 * WORKERS) as pool:
            list(pool.map(sender.send, [b'[{"transaction_id":"warm"}]'] * 4 * WORKERS))
        one = {}
        for name in ("push", "again"):
            processor, start = _processor(measured, running), time.perf_counter()
            with ThreadPoolExecutor(senders) as pool:
                answers = list(pool.map(sender.send, bodies))
            one[name] = time.perf_counter() - start
            for who, seconds in _processor(measured, running).items():
                one[f"{name}_{who}"] = seconds - processor[who]
            status = "accepted" if name == "push" else "duplicate"
            if any(answer[status] != BATCH for answer, _seconds in answers):
                raise RuntimeError(f"not every event was {status}: {[answer[status] for answer, _s in answers][:10]}")
            one.setdefault("middle", 1000 * statistics.median(seconds for _answer, seconds in answers))
            one.setdefault("slowest", 1000 * max(seconds for _answer, seconds in answers))
    finally:
        running.stop()
    events = len(bodies) * BATCH
    one.update(measured.call(database, "bench_pushed", "publish", events=events))
    one.update(measured.call(database, "bench_import", "measure_floor", folder=str(DEV / "bench")))
    measured.drop(database)
    return one


def _processor(measured, running):
    """Seconds of processor time so far: of the Odoo workers, and of their connections in the database."""
    server = running.process.pid
    with open(f"/proc/{server}/task/{server}/children") as children:
        workers = [int(pid) for pid in children.read().split()]
    found = measured.odoo.pg.sql("SELECT pid FROM pg_stat_activity WHERE datname = :'name'", name=running.database)
    return {"workers": sum(map(_seconds_of, workers)), "database": sum(_seconds_of(int(pid)) for (pid,) in found)}


def _seconds_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0
    # User and system time, in the kernel's ticks.
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Sender:
    """Posts batches as a sender does that waits for each answer."""

    def __init__(self, port, source_id, key):
        self.port = port
        self.path = f"/cloud_billing/push/{source_id}"
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def send(self, body):
        """(answer, seconds) of one batch."""
        start = time.perf_counter()
        connection = http.client.HTTPConnection(HOST, self.port, timeout=120)
        connection.request("POST", self.path, body, self.headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {answer}")
        return answer, time.perf_counter() - start


def _make_body(number):
    """A batch of calls of March 2026, of many customers."""
    return json.dumps(
        [
            {
                "transaction_id": f"switch-1/{number}/{index}",
                "customer": f"customer-{(number + index) % CUSTOMERS}",
                "meter": "calls",
                "time": f"2026-03-{index % 28 + 1:02d}T{index % 24:02d}:{number % 60:02d}:{index % 60:02d}Z",
                "quantity": f"{index % 900}.{number % 1000:03d}",
                "unit": "second",
                "properties": {"direction": "out" if index % 3 else "in", "zone": f"zone {index % 5}"},
            }
            for index in range(BATCH)
        ]
    ).encode()


def middle_of(ones, name):
    return statistics.median(one[name] for one in ones)


def _tell_processor(ones, events):
    """What the machine worked for it, whoever else it worked for at that time."""
    workers, database = middle_of(ones, "push_workers"), middle_of(ones, "push_database")
    a_core = f"{events / (workers + database):,.0f} events/s a core"
    return f"    {'processor time of workers, of the database':42}{workers:8.2f} s, {database:.2f} s: {a_core}"


def _slowest(ones):
    return max(one["slowest"] for one in ones)


def _line(label, ones, name, count):
    middle = middle_of(ones, name)
    return (
        f"    {label:42}{middle:8.2f} s (least {min(one[name] for one in ones):.2f})  {count / middle:12,.0f} events/s"
    )


def _ratio(ones):
    """How much of the floor's speed is reached: taken pair by pair, the machine's speed drifts."""
    ratios = [one["floor_indexed"] / one["push"] for one in ones]
    return f"{statistics.median(ratios):8.0%} (best {max(ratios):.0%})"
