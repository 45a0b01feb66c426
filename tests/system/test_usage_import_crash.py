"""Imports in real processes: killed in the middle, two at once, the same over and over. Every row is there once."""

import random
import time

import make_focus
import pytest
from odoo_scripts import ended

ROWS = 45_000
# Chunks of the import are of 10,000 rows: it is killed in its second, third and last chunk.
KILL_BEHIND = (1, 15_000, 35_000)

PREPARE = """
for path, name in {files!r}:
    source = env["cloud.usage.source"].search([("name", "=", name)])
    source = source or env["cloud.usage.source"].create({{"name": name, "reader": {reader!r}}})
    with open(path, "rb") as file:
        usage_import = env["cloud.usage.import"]._create_with_files(source, [("usage.csv", file)])
    {then}
    print("IMPORT", usage_import.id)
env.cr.commit()
"""
WORK = """
env["cloud.usage.importer"]._cron_import_usage()
print("WORKED")
"""
WITHOUT_ID = """
made = env["cloud.usage.format"]._make("Calls", env.company, {
    "columns": {"start": ["start"], "account": ["account"], "service": ["service"], "quantity": ["quantity"]},
    "period": "instant", "key": "content", "key_fields": ["start", "account", "service", "quantity"],
})
env["cloud.usage.source"].create({"name": "calls", "reader": "own_columns", "format_id": made.id})
env.cr.commit()
"""
AT_ONCE = """
import time
from odoo.service.model import retrying
usage_import = env["cloud.usage.import"].browse({import_id})
while time.time() < {at}:
    time.sleep(0.01)
retrying(usage_import.action_import, env)
print("STATE", usage_import.state)
"""
ROWS_OF = """
    SELECT COUNT(*), COUNT(DISTINCT (file_sequence, row_no)), SUM(r.cost_billed), md5(string_agg(
           row_no || ' ' || ordinal || ' ' || encode(row_key, 'hex') || ' ' || r.cost_billed, ',' ORDER BY row_no))
      FROM cloud_billing_usage.usage_row r
      JOIN cloud_usage_delivery d ON d.id = r.delivery_id
     WHERE d.superseded_number = 0
       AND d.import_number > 0
       AND r.source_id = (SELECT id FROM cloud_usage_source WHERE name = :'source')
"""


@pytest.fixture
def usage(odoo_env, database, script, tmp_path):
    """A database and what these tests do with it."""
    return _Usage(odoo_env, database(), script, tmp_path)


class _Usage:
    def __init__(self, odoo, database, script, folder):
        self.odoo = odoo
        self.database = database
        self.script = script
        self.folder = folder

    def run(self, code):
        """What a script of its own prints; it must end well."""
        return ended(self.script(self.database, code))

    def prepare(self, *files, reader="focus", then="usage_import._enqueue()"):
        """Waiting imports of files, pairs (path, name of the source); their ids."""
        files = [(str(path), source) for path, source in files]
        printed = self.run(PREPARE.format(files=files, reader=reader, then=then))
        return [int(text.split()[0]) for text in printed.split("IMPORT ")[1:]]

    def work_by_two(self):
        """Let two workers run at once; both must end well."""
        workers = [self.script(self.database, WORK) for _ in range(2)]
        for worker in workers:
            printed = worker.communicate(timeout=300)[0]
            assert "WORKED" in printed and "Traceback" not in printed, printed[-3000:]

    def focus_file(self, rows=ROWS, seed=1):
        path = self.folder / f"focus_{seed}.csv"
        make_focus.main(["--rows", str(rows), "--seed", str(seed), "--out", str(path)])
        return path

    def sql(self, statement, **values):
        return self.odoo.pg.sql(statement, self.database, **values)

    def rows_read(self, import_id):
        return int(self.sql(f"SELECT COALESCE(rows_read, 0) FROM cloud_usage_import WHERE id = {import_id}")[0][0])

    def state(self, import_id):
        return self.sql(
            "SELECT state, rows_read, rows_accepted, rows_known, rows_quarantined, rows_rejected"
            f" FROM cloud_usage_import WHERE id = {import_id}"
        )[0]

    def rows_of(self, source):
        return self.sql(ROWS_OF, source=source)[0]

    def kill_behind(self, import_id, rows):
        """Start the work, kill -9 it once so many rows are committed, and wait until the database let go of it."""
        process = self.script(self.database, WORK)
        deadline = time.monotonic() + 120
        while self.rows_read(import_id) < rows and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert process.poll() is None, f"it was to be killed behind {rows} rows and had ended"
        process.kill()
        process.wait()
        others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = :'name' AND pid <> pg_backend_pid()"
        while int(self.sql(others, name=self.database)[0][0]):
            time.sleep(0.05)
        # The lease of the dead ends by itself after minutes; a test does not wait for it.
        self.sql(f"UPDATE cloud_usage_import SET claim_until = '2020-01-01' WHERE id = {import_id}")


class TestAnImportThatIsKilled:
    def test_goes_on_where_it_was_and_ends_like_one_that_was_not(self, usage):
        path = usage.focus_file()
        usage.prepare((path, "undisturbed"), then='env["cloud.usage.importer"]._import_now(usage_import)')
        expected = usage.rows_of("undisturbed")
        assert expected[:2] == [str(ROWS), str(ROWS)]

        (import_id,) = usage.prepare((path, "killed"))
        seen = []
        for rows in KILL_BEHIND:
            usage.kill_behind(import_id, rows)
            seen.append(usage.rows_read(import_id))
            # What is there belongs to no number yet, so it exists for nobody.
            assert usage.rows_of("killed")[0] == "0"
            assert usage.state(import_id)[0] == "staging"
        assert seen == sorted(seen) and 0 < seen[0] < seen[-1] < ROWS, seen
        usage.run(WORK)
        assert usage.state(import_id) == ["imported", str(ROWS), str(ROWS), "0", "0", "0"]
        assert usage.rows_of("killed") == expected


class TestTwoAtOnce:
    def test_the_same_bill_by_two_workers_is_imported_once(self, usage):
        path = usage.focus_file(rows=12_000)
        imports = usage.prepare((path, "both"), (path, "both"))
        usage.work_by_two()
        # Whoever lost may have looked when nothing was free; the scheduled action comes again.
        usage.run(WORK)
        assert sorted(usage.state(one)[0] for one in imports) == ["imported", "known"]
        assert usage.rows_of("both")[:2] == ["12000", "12000"]

    def test_the_same_bill_by_two_people_in_one_instant_is_imported_once(self, usage):
        path = usage.focus_file(rows=2_000)
        imports = usage.prepare((path, "people"), (path, "people"), then="pass")
        at = time.time() + 12
        people = [usage.script(usage.database, AT_ONCE.format(import_id=one, at=at)) for one in imports]
        printed = [one.communicate(timeout=120)[0] for one in people]
        # One waits for the other's commit, is run again on what is there then, and learns that it is known.
        usage.run(WORK)
        assert sorted(usage.state(one)[0] for one in imports) == ["imported", "known"], printed
        assert usage.rows_of("people")[:2] == ["2000", "2000"]

    def test_two_sources_are_read_beside_each_other(self, usage):
        files = [(usage.focus_file(rows=12_000, seed=seed), f"source {seed}") for seed in (1, 2)]
        imports = usage.prepare(*files)
        usage.work_by_two()
        assert [usage.state(one)[0] for one in imports] == ["imported", "imported"]
        numbers = usage.sql("SELECT import_number FROM cloud_usage_import WHERE import_number > 0")
        assert len({number for (number,) in numbers}) == 2


class TestTheSameEventsOverAndOver:
    def test_three_passes_shuffled_by_two_workers_count_once(self, usage):
        events = [f"e{number},2026-03-{number % 28 + 1:02d},acme,Calls,{number % 7},Call" for number in range(12_000)]
        shuffle = random.Random(7)
        files = []
        for number in range(3):
            shuffle.shuffle(events)
            path = usage.folder / f"events_{number}.csv"
            path.write_text("\n".join(["id,start,account,service,quantity,unit", *events]) + "\n")
            files.append((path, "events"))
        imports = usage.prepare(*files, reader="csv")
        usage.work_by_two()
        usage.run(WORK)
        states = [usage.state(one) for one in imports]
        assert sorted(state[0] for state in states) == ["imported", "known", "known"]
        assert sum(int(state[2]) for state in states) == 12_000
        assert usage.sql("SELECT COUNT(*), SUM(quantity) FROM cloud_usage_record") == [
            ["12000", str(sum(number % 7 for number in range(12_000)))]
        ]


class TestEventsWithoutAnId:
    def test_that_overlap_and_are_killed_in_between_count_once(self, usage):
        """Three equal events in each minute: what two deliveries share is known, what one of them repeats is not."""
        events = [
            f"2026-03-{1 + number // 3 // 1440:02d} {number // 3 // 60 % 24:02d}:{number // 3 % 60:02d},acme,Calls,2"
            for number in range(33_000)
        ]
        usage.run(WITHOUT_ID)
        shuffle, files = random.Random(11), []
        for number, part in enumerate((events[:21_000], events[12_000:])):
            shuffle.shuffle(part)
            path = usage.folder / f"calls_{number}.csv"
            path.write_text("\n".join(["start,account,service,quantity", *part]) + "\n")
            files.append((path, "calls"))
        (first,) = usage.prepare(files[0], then='env["cloud.usage.importer"]._import_now(usage_import)')
        assert usage.state(first) == ["imported", "21000", "21000", "0", "0", "0"]
        (second,) = usage.prepare(files[1])
        usage.kill_behind(second, 10_000)
        usage.run(WORK)
        # 21,000 rows, of which 9,000 were delivered before.
        assert usage.state(second) == ["imported", "21000", "12000", "9000", "0", "0"]
        assert usage.sql("SELECT COUNT(*), SUM(quantity) FROM cloud_usage_record") == [["33000", "66000"]]
        assert usage.sql("SELECT COUNT(*) FROM cloud_billing_usage.known_again") == [["0"]]
