"""Files that cannot be taken, sent over HTTP as a browser or a script would: each is answered, nothing of it stays."""

import base64
import csv
import gzip
import io
import runpy
from pathlib import Path

import pytest
from people import MAKER, make_logins
from web import WebError

ENGINE_TESTS = str(Path(__file__).resolve().parents[1] / "engine")
FILE = "focus/focus_1.0_sample_1000.csv"
WIZARD = "cloud.usage.import.wizard"
LEFT_BEHIND = (
    "cloud_billing_usage.usage_row",
    "cloud_usage_stream",
    "cloud_usage_import",
    "cloud_usage_file",
    "cloud_usage_delivery",
    "cloud_usage_reject",
    "cloud_usage_source",
)


def write(rows):
    """Rows of cells as a CSV file's bytes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


class TestHostileFiles:
    def test_each_gets_a_sentence_and_leaves_nothing(self, server, login, odoo_env, samples):
        running = server()
        make_logins(login(running))
        self.session = login(running, MAKER, MAKER)
        self.count = lambda: [
            odoo_env.pg.sql(f"SELECT COUNT(*) FROM {table}", database=running.database)[0][0] for table in LEFT_BEHIND
        ]
        with open(samples / FILE, encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.reader(handle))[:4]
        header = rows[0]
        cost, start = header.index("BilledCost"), header.index("ChargePeriodStart")
        without_cost = [row[:cost] + row[cost + 1 :] for row in rows]
        cost_twice = [[*header, "billedcost"], *([*row, "1"] for row in rows[1:])]
        self.refuse("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "picture.csv")
        self.refuse("list.csv", b"name,amount\na,1\n", "list.csv, row 1", "another kind of file")
        self.refuse("missing.csv", write(without_cost), "missing.csv, row 1", "BilledCost")
        self.refuse("twice.csv", write(cost_twice), "twice.csv, row 1", "billedcost")
        self.refuse("empty.csv", b"", "empty.csv", "empty")
        self.refuse("header.csv", write(rows[:1]), "header.csv", "no rows")
        self.refuse("cut.csv.gz", gzip.compress(write(rows))[:-9], "cut.csv.gz", "stops before its end")
        self.refuse("month.csv", write(rows), "month.csv, row 2", "2024-09", "2024-08", expected_month="2024-08-01")
        self.reject(write([header, self.change(rows[1], cost, "1,5"), rows[2]]), "BilledCost", "1,5")
        self.reject(
            write([header, rows[1], self.change(rows[2], start, "yesterday")]), "ChargePeriodStart", "yesterday"
        )

    def test_whatever_it_is_packed_in_and_written_as(self, server, login, odoo_env, monkeypatch):
        monkeypatch.syspath_prepend(ENGINE_TESTS)
        runpy.run_path(f"{ENGINE_TESTS}/conftest.py")
        import hostile_files

        running = server()
        make_logins(login(running))
        self.session = login(running, MAKER, MAKER)
        self.count = lambda: [
            odoo_env.pg.sql(f"SELECT COUNT(*) FROM {table}", database=running.database)[0][0] for table in LEFT_BEHIND
        ]
        tried = []
        for number in range(0, 3 * 3 * len(hostile_files.ATTACKS), 3):
            file = hostile_files.make_hostile(number)
            # Lines of a gigabyte are not for HTTP; what may hold good rows is no refusal.
            if file.kind in ("a line of a gigabyte", "a gzip that grows", "numbers that are none", "formulas"):
                continue
            if file.is_refused:
                self.refuse(file.name, b"".join(file.chunks()), file.name, reader=file.reader)
                tried.append(file.name.rpartition(".")[2])
        assert {"csv", "zip", "xlsx", "parquet", "json", "xml"} <= set(tried)

    @staticmethod
    def change(row, place, value):
        return [*row[:place], value, *row[place + 1 :]]

    def upload(self, name, content, **vals):
        """A wizard with the file, for a new source."""
        attachment = self.session.call(
            "ir.attachment",
            "create",
            {"name": name, "datas": base64.b64encode(content).decode(), "res_model": WIZARD, "res_id": 0},
        )
        return self.session.call(
            WIZARD,
            "create",
            {
                "file_ids": [[6, 0, [attachment]]],
                "source_choice": "new",
                "source_name": f"Source of {name}",
                "reader": "focus",
                **vals,
            },
        )

    def refuse(self, name, content, *words, **vals):
        """Looking at the file is refused in words that name it and say what is wrong, and nothing stays."""
        before = self.count()
        wizard = self.upload(name, content, **vals)
        with pytest.raises(WebError) as refusal:
            self.session.call(WIZARD, "action_look", [wizard])
        assert refusal.value.name == "odoo.exceptions.UserError"
        for word in words:
            assert word in refusal.value.message
        assert self.count() == before

    def reject(self, content, column, value):
        """One broken cell: its row waits with file, row, column and value, the other row comes in."""
        wizard = self.upload("broken.csv", content, source_name=f"Source of a broken {column}")
        self.session.call(WIZARD, "action_look", [wizard])
        import_id = self.session.call(WIZARD, "action_import", [wizard])["res_id"]
        usage_import = self.session.call(
            "cloud.usage.import", "read", [import_id], ["state", "rows_read", "rows_accepted", "rows_rejected"]
        )[0]
        assert {**usage_import, "id": 0} == {
            "id": 0, "state": "imported", "rows_read": 2, "rows_accepted": 1, "rows_rejected": 1,
        }  # fmt: skip
        reject = self.session.call(
            "cloud.usage.reject",
            "search_read",
            [["import_id", "=", import_id]],
            ["file_name", "row_no", "column", "value", "reason", "original_text"],
        )[0]
        assert (reject["file_name"], reject["column"], reject["value"]) == ("broken.csv", column, value)
        assert reject["row_no"] in (2, 3)
        assert value in reject["original_text"] and reject["reason"]
