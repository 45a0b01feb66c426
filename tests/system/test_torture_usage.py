"""Usage delivered three times, shuffled and split otherwise, read by four processes that are killed: each row once.

`make test` plays 20,000 rows, `make torture` 1,000,000 of events and 1,000,000 of bills. What is there afterwards is
asked by SQL and by sums over the files themselves, which share nothing with the add-on.
"""

import csv
import io
import random
import time
from decimal import Decimal
from typing import NamedTuple

import make_focus
import pytest
from torture_lab import IS_LONG, list_broken

SEED = 20260301
# Of each of two sources of events and two of bills.
ROWS = 500_000 if IS_LONG else 5_000
CHUNK = 10_000 if IS_LONG else 500
KILLS = 12 if IS_LONG else 2
WORKERS = 4
# Seconds after which what a killed process held is free; the end of a large import takes longer than its chunks.
LEASE = 60 if IS_LONG else 5
# In how many files each of the three deliveries comes.
SPLITS = (3, 5, 2)
HOUR = 3600

PREPARE = """
from contextlib import ExitStack
for name, reader, deliveries in {plan!r}:
    source = env["cloud.usage.source"].create({{"name": name, "reader": reader}})
    for paths in deliveries:
        with ExitStack() as stack:
            files = [(path.rsplit("/", 1)[1], stack.enter_context(open(path, "rb"))) for path in paths]
            env["cloud.usage.import"]._create_with_files(source, files)._enqueue()
        env.cr.commit()
"""
# Leases are short, so that what a killed process held is free soon; who is too slow is overtaken, and must stop.
WORK = """
import functools, time
from datetime import timedelta
from odoo.addons.cloud_billing.models.usage import usage_chunks, usage_importer
usage_importer.read_chunks = functools.partial(usage_chunks.read_chunks, size={chunk})
usage_importer._LEASE = timedelta(seconds={lease})
print("BEGUN", flush=True)
while env["cloud.usage.import"].search_count([("state", "in", ("queued", "staging"))]):
    env["cloud.usage.importer"]._cron_import_usage()
    env.cr.rollback()
    time.sleep(0.1)
print("WORKED")
"""
OUTCOMES = """
    SELECT i.state, COUNT(*), SUM(i.rows_read), SUM(i.rows_accepted), SUM(i.rows_known),
           SUM(i.rows_quarantined + i.rows_rejected)
      FROM cloud_usage_import i
      JOIN cloud_usage_source s ON s.id = i.source_id
     WHERE s.name = :'source'
  GROUP BY i.state
  ORDER BY i.state
"""
# What counts: rows of deliveries that have a number and are not replaced; rows of no such delivery must be gone.
LIVE = """
    SELECT COUNT(*) FILTER (WHERE d.import_number > 0 AND d.superseded_number = 0),
           COUNT(*),
           COUNT(DISTINCT (r.external_id, r.row_key, r.ordinal)),
           SUM(r.quantity) FILTER (WHERE d.superseded_number = 0),
           SUM(r.cost_billed) FILTER (WHERE d.superseded_number = 0)
      FROM cloud_billing_usage.usage_row r
      JOIN cloud_usage_source s ON s.id = r.source_id
 LEFT JOIN cloud_usage_delivery d ON d.id = r.delivery_id
     WHERE s.name = :'source'
"""


class Stock(NamedTuple):
    """What one source delivers: a header, its lines, and what they add up to (quantity, billed cost)."""

    source: str
    reader: str
    header: str
    lines: list
    quantity: Decimal
    cost: Decimal


def events(source, first):
    """Calls with ids; the quantity of a line is its number modulo 7, and a quarter."""
    numbers = range(first, first + ROWS)
    lines = [f"e{n},2026-03-{n % 28 + 1:02d}T10:00:00Z,acct-{n % 50},Calls,{n % 7}.25,Call" for n in numbers]
    quantity = sum(n % 7 for n in numbers) + ROWS * Decimal("0.25")
    return Stock(source, "csv", "id,start,account,service,quantity,unit", lines, quantity, Decimal(0))


def bill(source, seed):
    """A provider's month; a hundredth of its lines come twice or three times, and all of them count."""
    text = b"".join(make_focus.focus_blocks(ROWS - ROWS // 50, seed=seed)).decode()
    header, *lines = text.rstrip("\n").split("\n")
    chance = random.Random(seed)
    lines += [chance.choice(lines[:: max(len(lines) // (ROWS // 100), 1)]) for _again in range(ROWS // 50)]
    rows = csv.DictReader(io.StringIO("\n".join([header, *lines])))
    quantity, cost = Decimal(0), Decimal(0)
    for row in rows:
        quantity += Decimal(row["PricingQuantity"].replace("NULL", "0"))
        cost += Decimal(row["BilledCost"])
    return Stock(source, "focus", header, lines, quantity, cost)


def write_deliveries(stock, folder):
    """Three deliveries of the same lines, each in an order and in files of its own: lists of paths."""
    chance, deliveries = random.Random(f"{SEED}{stock.source}"), []
    for number, split in enumerate(SPLITS):
        chance.shuffle(stock.lines)
        cuts = sorted(chance.sample(range(1, len(stock.lines)), split - 1))
        paths = []
        for part, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(stock.lines)], strict=True)):
            path = folder / f"{stock.source}-{number}-{part}.csv"
            path.write_text("\n".join([stock.header, *stock.lines[start:end], ""]))
            paths.append(str(path))
        deliveries.append(paths)
    return deliveries


class Works:
    """A database with deliveries that wait, and the processes that read them."""

    def __init__(self, odoo, database, script):
        self.odoo, self.database, self.script = odoo, database, script
        self.workers = []
        self.killed = 0

    def sql(self, statement, **values):
        return self.odoo.pg.sql(statement, self.database, **values)

    def prepare(self, plan):
        printed = self.script(self.database, PREPARE.format(plan=plan)).communicate(timeout=HOUR)[0]
        assert "Traceback" not in printed, printed[-3000:]

    def start(self):
        self.workers.append(self.script(self.database, WORK.format(chunk=CHUNK, lease=LEASE)))

    def rows_read(self):
        return int(self.sql("SELECT COALESCE(SUM(rows_read), 0) FROM cloud_usage_import")[0][0])

    def is_done(self):
        return self.sql("SELECT COUNT(*) FROM cloud_usage_import WHERE state IN ('queued', 'staging')") == [["0"]]

    def kill_one(self, chance):
        """Kill -9 one of those who are at it, and let another one take its place."""
        at_it = [worker for worker in self.workers if worker.poll() is None]
        if at_it:
            victim = chance.choice(at_it)
            victim.kill()
            victim.communicate(timeout=HOUR)
            self.workers.remove(victim)
            self.killed += 1
            self.start()

    def run(self, places):
        """Start all; kill one of them each time so many rows are read; wait until everything is imported."""
        chance = random.Random(SEED)
        for _worker in range(WORKERS):
            self.start()
        deadline = time.monotonic() + HOUR
        while not self.is_done() and time.monotonic() < deadline:
            if places and self.rows_read() >= places[0]:
                places.pop(0)
                self.kill_one(chance)
            time.sleep(0.05)
        self.run_to_the_end()

    def run_to_the_end(self):
        """Wait for all that work; each must end well."""
        for worker in self.workers:
            printed = worker.communicate(timeout=HOUR)[0]
            assert worker.returncode == 0 and "WORKED" in printed and "Traceback" not in printed, printed[-3000:]


@pytest.fixture
def works(odoo_env, database, script):
    return Works(odoo_env, database(), script)


def test_each_row_counts_once(works, tmp_path):
    stocks = [events("meters", 0), events("more meters", 10 * ROWS), bill("nimbus", 1), bill("cirrus", 2)]
    plan = [(stock.source, stock.reader, write_deliveries(stock, tmp_path)) for stock in stocks]
    works.prepare(plan)
    chance = random.Random(SEED)
    whole = len(stocks) * len(SPLITS) * ROWS
    works.run(sorted(chance.randrange(1, whole * 9 // 10) for _kill in range(KILLS)))
    assert works.killed == KILLS

    for stock in stocks:
        name = stock.source
        assert works.sql(OUTCOMES, source=name) == [
            ["imported", "1", str(ROWS), str(ROWS), "0", "0"],
            ["known", "2", str(2 * ROWS), "0", str(2 * ROWS), "0"],
        ], name
        counting, stored, different, quantity, cost = works.sql(LIVE, source=name)[0]
        assert (int(counting), int(stored), int(different)) == (ROWS, ROWS, ROWS), name
        assert Decimal(quantity) == stock.quantity, name
        assert Decimal(cost or 0) == stock.cost, name
    assert list_broken(works.odoo.pg, works.database) == []


def test_a_final_month_replaces_the_one_that_was_not_final(works, samples, tmp_path):
    # Three hours at 10 NOK in both; the second file names the invoice. The pair writes its payer in two ways, which are
    # two accounts, as far as anybody can tell: told apart, both months count.
    early, late = ((samples / f"aws/koku_2023-06-01_{name}.csv").read_bytes() for name in ("not_final", "final"))
    same_payer = early.replace(b",9999999999999,", b",0099999999999,")
    assert same_payer != early
    for name, first in (("two payers", early), ("one payer", same_payer)):
        (tmp_path / f"{name}.csv").write_bytes(first)
        (tmp_path / "final.csv").write_bytes(late)
        works.prepare([(name, "aws_cur", [[str(tmp_path / f"{name}.csv")], [str(tmp_path / "final.csv")]])])
    works.start()
    works.run_to_the_end()
    live = """
        SELECT d.provider_account, COUNT(*), SUM(r.cost_billed)
          FROM cloud_billing_usage.usage_row r
          JOIN cloud_usage_delivery d ON d.id = r.delivery_id AND d.import_number > 0 AND d.superseded_number = 0
          JOIN cloud_usage_source s ON s.id = r.source_id
         WHERE s.name = :'source'
      GROUP BY d.provider_account
      ORDER BY d.provider_account
    """
    assert works.sql(live, source="one payer") == [["0099999999999", "3", "30"]]
    assert works.sql(live, source="two payers") == [["0099999999999", "3", "30"], ["9999999999999", "3", "30"]]
    assert list_broken(works.odoo.pg, works.database) == []
