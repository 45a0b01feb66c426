"""Killed anywhere, raced by many, overtaken by imports: the books are the same, and no invariant is broken.

`make test` plays a short profile, `make torture` a long one.
"""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from crash_deliveries import CUSTOMERS
from torture_lab import IS_LONG, KINDS, Lab, expected_amounts

SEED = 20260401
KILLS = 60 if IS_LONG else 6
WORKERS, ROUNDS = (8, 20) if IS_LONG else (4, 3)
# One of so many customers is poisoned.
CROWD = 1000 if IS_LONG else 60

CLOSE = "crash_story.race(env, {folder!r}, {worker}, {workers}, {rounds})"
HASHED = "env['account.journal'].search([('type', '=', 'sale')]).restrict_mode_hash_table = True; env.cr.commit()"


@pytest.fixture
def lab(odoo_env, database, script):
    """lab(template=None) -> Lab: a database with the company of the story, or a clone of another lab's."""

    def make(template=None):
        one = Lab(odoo_env, database(template), script)
        if template is None:
            one.run("crash_story.prepare(env)")
        return one

    return make


def choose_places(counts, kills):
    """Lives: lists of places (step, kind, n) at most one to a step, in the order of the story; seeded, all kinds."""
    chance = random.Random(SEED)
    steps = list(counts)
    places = []
    for number in range(kills):
        step = steps[number % len(steps)]
        kind = KINDS[(number // len(steps) + number) % len(KINDS)]
        most = counts[step][kind.split()[1]]
        places.append((step, kind, chance.randint(1, most)))
    return [places[first : first + len(steps)] for first in range(0, kills, len(steps))]


class TestKilledAnywhere:
    def test_the_books_are_those_of_an_undisturbed_run(self, lab):
        prepared = lab()
        undisturbed = lab(prepared.database)
        counts = undisturbed.play()
        expected = undisturbed.books()
        assert undisturbed.amounts() == expected_amounts()
        killed = 0
        for places in choose_places(counts, KILLS):
            one = lab(prepared.database)
            for place in places:
                assert one.play_killed(*place), f"it came to its end before {place}"
                killed += 1
                assert one.broken() == [], place
            one.play()
            assert one.books() == expected, places
        assert killed == KILLS


class TestManyAtOnce:
    @pytest.mark.parametrize("journal", ["plain", "hashed"])
    def test_all_close_the_same_months_and_each_is_closed_once(self, lab, tmp_path, journal):
        raced = lab()
        if journal == "hashed":
            raced.run(HASHED)
        codes = [
            CLOSE.format(folder=str(tmp_path), worker=worker, workers=WORKERS, rounds=ROUNDS)
            for worker in range(WORKERS)
        ]
        processes = [raced.start(code) for code in codes]
        # All are read at once: who may not write on stops, and everybody waits for him.
        with ThreadPoolExecutor(WORKERS) as pool:
            printed = list(pool.map(lambda process: process.communicate(timeout=1800)[0], processes))
        for text in printed:
            assert "END" in text and "Traceback" not in text, text[-4000:]
        for number in range(1, ROUNDS + 1):
            for what in ("create", "approve"):
                winners = sum(f"WON {what} {number}\n" in text for text in printed)
                assert winners == 1, (what, number, winners)
        assert raced.broken() == []
        assert raced.sql("SELECT state, COUNT(*) FROM cloud_bill_run GROUP BY state") == [["posted", str(ROUNDS)]]
        invoices, customers_and_days, amount = raced.sql(
            "SELECT COUNT(*), COUNT(DISTINCT (partner_id, invoice_date)), SUM(amount_untaxed) FROM account_move"
            " WHERE cloud_bill_id IS NOT NULL"
        )[0]
        # A fee of 10.01 for each customer and month; there is no usage.
        assert int(invoices) == int(customers_and_days) == CUSTOMERS * ROUNDS
        assert Fraction(amount) == Fraction("10.01") * CUSTOMERS * ROUNDS


class TestAPoisonedCustomer:
    def test_is_parked_with_its_reason_while_all_others_are_billed(self, odoo_env, database, script):
        lab = Lab(odoo_env, database(), script)
        lab.run(f"crash_story.prepare(env, {CROWD}); crash_story.poison(env)")
        lab.run("crash_story.bill_month(env, 1)")
        states = dict(lab.sql("SELECT state, COUNT(*) FROM cloud_bill GROUP BY state"))
        assert states == {"posted": str(CROWD - 1), "parked": "1"}
        ((error,),) = lab.sql("SELECT error FROM cloud_bill WHERE state = 'parked'")
        assert "archived" in error or "deprecated" in error, error
        assert lab.broken() == []
        lab.run("crash_story.cure(env)")
        assert lab.sql("SELECT state, COUNT(*) FROM cloud_bill GROUP BY state") == [["posted", str(CROWD)]]
        assert lab.sql("SELECT COUNT(*), SUM(amount_untaxed) FROM account_move WHERE cloud_bill_id IS NOT NULL") == [
            [str(CROWD), f"{10.01 * CROWD:.2f}"]
        ]
        assert lab.broken() == []


class TestAroundThePeriodsEnd:
    """April begins in Amsterdam at 22:00 UTC on 31 March."""

    CALLS = "id,start,account,service,quantity,unit\n" + "".join(
        f"{name},2026-03-31T{time}Z,acct 00,Calls,{quantity},Call\n"
        for name, time, quantity in (
            ("before", "21:59:59.999999", 1000),
            ("at", "22:00:00.000000", 200),
            ("after", "22:00:00.000001", 30),
        )
    )

    def test_each_instant_is_billed_in_its_month_and_what_was_overtaken_comes_as_late(self, lab, tmp_path):
        one = lab()
        # Begun before the run takes its number, and committed after the run was posted.
        slow = one.start(
            f"crash_story.import_slowly(env, {str(tmp_path)!r}, 'calls.csv', 'Calls', {self.CALLS.encode()!r})"
        )
        while not (tmp_path / "staged").exists():
            assert slow.poll() is None, slow.communicate()[0][-4000:]
            time.sleep(0.05)
        one.run("crash_story.bill_month(env, 1)")
        assert one.broken() == []
        (tmp_path / "go").touch()
        printed = slow.communicate(timeout=300)[0]
        assert "END" in printed and "Traceback" not in printed, printed[-4000:]
        one.run("crash_story.bill_month(env, 2)")
        assert one.broken() == []
        lines = one.sql(
            "SELECT r.service_start, r.quantity FROM cloud_rated_line r JOIN cloud_bill b ON b.id = r.bill_id"
            " JOIN cloud_bill_run n ON n.id = b.run_id WHERE r.unit = 'Call' AND r.customer_name = 'Customer 00'"
            " AND r.quantity <> 0 ORDER BY n.id, r.service_start"
        )
        # All in the second run: 1,000 as what came late for March, 230 of April.
        assert [(day, Fraction(quantity)) for day, quantity in lines] == [("2026-03-01", 1000), ("2026-04-01", 230)]
        # Once more: nothing is left over.
        one.run("crash_story.bill_month(env, 3)")
        assert one.broken() == []
        assert one.sql("SELECT SUM(quantity) FROM cloud_rated_line WHERE unit = 'Call'") == [["1230"]]
