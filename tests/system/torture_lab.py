"""A database in which the story of crash_story.py is played, killed and raced, and what is asked of it afterwards."""

import json
import os
import time
from fractions import Fraction
from pathlib import Path

from crash_deliveries import CUSTOMERS
from independent_month import ladder, round_half_up
from odoo_scripts import ended

FOLDER = Path(__file__).parent
INVARIANTS = (FOLDER / "invariants.sql").read_text(encoding="utf-8")
BOOKS = (FOLDER / "books_digest.sql").read_text(encoding="utf-8")
# Where a process is killed: see crash_story.counting.
KINDS = ("before statement", "after statement", "before commit", "after commit")
# `make torture` asks for many, `make test` is content with few.
IS_LONG = os.environ.get("CLOUD_BILLING_TORTURE") == "long"

_CODE = """
import sys
sys.path.insert(0, {folder!r})
import crash_story
{call}
"""


class Lab:
    """One database, and the processes that work in it. script: the fixture of conftest.py."""

    def __init__(self, odoo, database, script):
        self.odoo = odoo
        self.database = database
        self.script = script

    def sql(self, statement, **values):
        return self.odoo.pg.sql(statement, self.database, **values)

    def start(self, call):
        """A process that calls something of crash_story, `env` at hand."""
        return self.script(self.database, _CODE.format(folder=str(FOLDER), call=call))

    def run(self, call):
        """What the process prints; it must end well."""
        return ended(self.start(call), timeout=600)

    def play(self):
        """Play the story to its end; {step: {"statement": n, "commit": n}} of what each step took."""
        printed = self.run("crash_story.play(env)")
        assert "END" in printed, printed[-4000:]
        steps = [json.loads(line.removeprefix("STEP ")) for line in printed.splitlines() if line.startswith("STEP ")]
        return {step: {"statement": statements, "commit": commits} for step, statements, commits in steps}

    def play_killed(self, step, kind, number):
        """Play on and be killed at a place; whether it was, for after a former kill there may be less to do."""
        process = self.start(f"crash_story.play(env, {step!r}, {kind!r}, {number})")
        printed = process.communicate(timeout=600)[0]
        if process.returncode == 0:
            assert "END" in printed and "Traceback" not in printed, printed[-4000:]
            return False
        assert process.returncode == -9, printed[-4000:]
        self.forget_dead()
        return True

    def forget_dead(self):
        """Wait until the database let go of a dead process, and end its lease, which ends by itself after minutes."""
        others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = :'name' AND pid <> pg_backend_pid()"
        while int(self.sql(others, name=self.database)[0][0]):
            time.sleep(0.05)
        for (table,) in self.sql(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'claim_until' AND table_name LIKE"
            " 'cloud_%' AND is_updatable = 'YES'"
        ):
            self.sql(f"UPDATE {table} SET claim_until = '2020-01-01' WHERE claim_until IS NOT NULL")

    def broken(self):
        """Every row that an invariant returns: none, if all is well."""
        return list_broken(self.odoo.pg, self.database)

    def books(self):
        """The books as sorted lines of text; every invariant must hold."""
        assert self.broken() == []
        return [line for (line,) in self.sql(BOOKS)]

    def amounts(self):
        """{customer: [untaxed total of each invoice, in order]}; credit notes below zero."""
        found = {}
        for name, amount in self.sql(
            "SELECT p.name, m.amount_untaxed_signed::text FROM account_move m JOIN res_partner p ON p.id = m.partner_id"
            " WHERE m.cloud_bill_id IS NOT NULL ORDER BY m.invoice_date, p.name"
        ):
            found.setdefault(name, []).append(Fraction(amount))
        return found


def list_broken(pg, database):
    """What the invariants return in a database: rows of invariant, record, detail."""
    assert INVARIANTS.count("AS invariant") > 30, "the invariants were not read"
    return pg.sql(INVARIANTS, database)


def expected_amounts():
    """What the story's two invoices of each customer come to, in Fractions, from the files alone.

    First March: a fee of 10.01, calls at 0.031 up to 500 and 0.017 above, costs plus 12.5 percent. Then the fee of
    April and what restated costs and late calls make of March: each line as it is now less as it was billed.
    """
    expected = {}
    for number in range(CUSTOMERS):
        calls = sum(Fraction(number + day) + Fraction("0.25") for day in range(1, 32))
        was, now = (march(calls + late, cents + number) for late, cents in ((0, 100), (100 * (number < 4), 90)))
        fee = Fraction("10.01")
        expected[f"Customer {number:02}"] = [fee + sum(was), fee + sum(now) - sum(was)]
    return expected


def march(calls, cents):
    """The two lines of a month: calls on the ladder, ten resources at so many cents resold; rounded each."""
    return (
        round_half_up(ladder(calls, (("500", "0.031"), (None, "0.017"))), 2),
        round_half_up(Fraction(10 * cents, 100) * Fraction("1.125"), 2),
    )
