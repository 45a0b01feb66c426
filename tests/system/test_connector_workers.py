"""Connectors in real processes: two workers at once, killed in the middle, and no transaction open while they wait."""

import time

import pytest
from odoo_scripts import ended

DELIVERIES = 6
# A provider that is a folder: each fetch notes in it who asked, and takes a moment for each file.
FOLDER = """
import os, time
from pathlib import Path
from odoo.addons.cloud_billing.engine.connectors import Connector, Delivery, Payload, Seen, Setting, register

@register
class FolderConnector(Connector):
    name, title, summary, readers = "folder", "Folder", "Files of a folder", ("csv",)
    settings = (Setting("path", "Path"), Setting("pause", "Pause"))

    def hosts(self, options):
        return set()

    def fetch(self, options, web, window, known):
        with open(Path(options["path"], "asked"), "a") as log:
            log.write(f"{os.getpid()}\\n")
        for path in sorted(Path(options["path"]).glob("*.csv")):
            if known.get(path.name) != "1":
                time.sleep(float(options["pause"]))
                yield Delivery(path.name, "1", "", [Payload(path.name, [path.read_bytes()])])
"""
PREPARE = """
for number, path in enumerate({paths!r}):
    source = env["cloud.usage.source"].create({{"name": f"Folder {{number}}", "reader": "csv"}})
    connector = env["cloud.connector"].create(
        {{
            "source_id": source.id,
            "kind": "folder",
            "options": {{"path": path, "pause": "{pause}"}},
            "schedule": "hand",
        }}
    )
    connector.action_turn_on()
    connector.write({{"next_at": "2020-01-01 00:00:00"}})
env.cr.commit()
print("PREPARED")
"""
WORK = """
env["cloud.connector.fetcher"]._cron_fetch_usage()
print("WORKED")
"""
AGAIN = """
env["cloud.connector"].search([]).write({"next_at": "2020-01-01 00:00:00"})
env.cr.commit()
"""
IMPORT = """
env["cloud.usage.importer"]._cron_import_usage()
print("WORKED")
"""


class Folders:
    """Connectors to folders in a database of their own, and workers that fetch them."""

    def __init__(self, odoo, database, script, folder, count, pause):
        self.odoo, self.database, self.script = odoo, database, script
        self.paths = [folder / str(number) for number in range(count)]
        for path in self.paths:
            path.mkdir()
            for number in range(DELIVERIES):
                row = f"{path.name}-{number},2026-03-0{number + 1}T12:00:00Z,a,Calls,1,Call"
                (path / f"day{number}.csv").write_text(f"id,start,account,service,quantity,unit\n{row}\n")
        self.run(PREPARE.format(paths=[str(path) for path in self.paths], pause=pause))

    def begin(self, code):
        return self.script(self.database, FOLDER + code)

    def run(self, code):
        ended(self.begin(code))

    def sql(self, statement):
        return self.odoo.pg.sql(statement, self.database)

    def taken(self):
        """(deliveries, different ones, imports) that are committed."""
        [row] = self.sql(
            "SELECT COUNT(*), COUNT(DISTINCT (connector_id, name)), COUNT(DISTINCT import_id)"
            "  FROM cloud_connector_delivery"
        )
        return tuple(map(int, row))

    def asked(self):
        """How often each folder was asked."""
        return [len((path / "asked").read_text().splitlines()) for path in self.paths]

    def wait_for(self, count):
        deadline = time.monotonic() + 120
        while self.taken()[0] < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self.taken()[0] >= count


@pytest.fixture
def folders(odoo_env, database, script, tmp_path):
    return lambda count, pause: Folders(odoo_env, database(), script, tmp_path, count, pause)


def test_two_workers_share_the_connectors_and_fetch_each_once(folders):
    it = folders(count=4, pause="0.05")
    workers = [it.begin(WORK) for _ in range(2)]
    for worker in workers:
        ended(worker)
    assert it.taken() == (4 * DELIVERIES,) * 3
    assert it.asked() == [1, 1, 1, 1]
    assert it.sql("SELECT DISTINCT outcome FROM cloud_connector_run") == [["green"]]


def test_killed_in_the_middle_it_goes_on_and_every_row_is_there_once(folders):
    it = folders(count=1, pause="0.3")
    for behind in (1, 3):
        worker = it.begin(WORK)
        it.wait_for(behind)
        assert worker.poll() is None, "it was to be killed and had ended"
        # The provider is asked now: nobody is in a transaction that others could wait for.
        open_ones = it.sql(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state LIKE 'idle in transaction%' AND clock_timestamp() - state_change > interval '0.1 s'"
        )
        assert open_ones == [["0"]]
        worker.kill()
        worker.wait()
        assert it.sql("SELECT COUNT(watermark) FROM cloud_connector") == [["0"]]
        # The lease of the dead ends by itself after minutes; a test does not wait for it.
        it.sql("UPDATE cloud_connector SET claim_until = '2020-01-01'")
    it.run(WORK)
    assert it.taken() == (DELIVERIES,) * 3
    assert sorted(it.sql("SELECT outcome, error_code FROM cloud_connector_run ORDER BY id"))[0][0] == "green"
    it.run(IMPORT)
    rows = "SELECT COUNT(*), COUNT(DISTINCT row_key) FROM cloud_billing_usage.usage_row"
    assert it.sql(rows) == [[str(DELIVERIES), str(DELIVERIES)]]

    it.run(AGAIN + WORK)
    it.run(IMPORT)
    assert it.taken() == (DELIVERIES,) * 3
    assert it.sql(rows) == [[str(DELIVERIES), str(DELIVERIES)]]
