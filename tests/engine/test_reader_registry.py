"""Readers by name: ours, those that other modules add, and that no fault is without a sentence."""

import ast
import re

import pytest
from cloud_billing_engine.readers import (
    FILE_REASONS,
    READERS,
    ROW_REASONS,
    Limits,
    RejectedFile,
    RowError,
    UsageRow,
    base,
    describe,
    get_reader,
    register,
    values,
)
from cloud_billing_engine.readers.tables.tree_path import ELEMENT_FAULTS
from reader_samples import ROOT, read


class TicketReader:
    """A reader as another module would write it: one line, one hour."""

    name = "tickets"
    label = "Tickets"
    shape = "append"

    def recognise(self, header):
        return header == ["ticket"]

    def read(self, chunks, *, file_name, limits, options):
        for number, line in enumerate(b"".join(chunks).decode().split(), 1):
            yield UsageRow(
                number, line, "", "", "S-1", "", "Support", "", "", "", "usage", "Hours", "", "2026-10-01 00:00:00",
                "2026-10-01 01:00:00", None, "1", None, None, None, None, "", "{}", b"0" * 16,
            )  # fmt: skip


@pytest.fixture
def tickets():
    register("tickets", TicketReader())
    yield
    del READERS["tickets"]


class TestRegistry:
    def test_ours_are_there_with_name_label_and_shape(self):
        assert {name: reader.shape for name, reader in READERS.items()} == {
            "focus": "snapshot",
            "csv": "append",
            "own_columns": "append",
            "aws_cur": "snapshot",
            "azure_cost": "snapshot",
            "gcp_billing": "snapshot",
            "oci_cost": "append",
            "cloudkitty": "snapshot",
            "opencost": "snapshot",
            "prometheus": "snapshot",
            "green_button": "append",
            "ubl_utility": "append",
            "ipdr": "append",
            "csp": "snapshot",
        }
        assert all(reader.name == name and reader.label for name, reader in READERS.items())

    def test_another_module_can_add_one(self, tickets):
        assert [row.external_id for row in read(b"T1 T2", reader="tickets")] == ["T1", "T2"]

    def test_a_name_is_taken_once(self, tickets):
        with pytest.raises(ValueError, match="already"):
            register("tickets", TicketReader())
        register("tickets", get_reader("tickets"))

    @pytest.mark.parametrize("fault", [{"name": "other"}, {"shape": "pile"}, {"read": None}])
    def test_what_is_no_reader_is_refused(self, fault):
        with pytest.raises(ValueError, match="not a reader"):
            register("broken", type("Broken", (TicketReader,), {"name": "broken", **fault})())

    def test_an_unknown_name_is_refused(self):
        with pytest.raises(RejectedFile) as caught:
            get_reader("telepathy")
        assert (caught.value.reason, caught.value.detail) == ("unknown_reader", "telepathy")


class TestSentences:
    def test_name_file_row_and_fault(self):
        error = RejectedFile("column_missing", file="a.csv", row=1, detail=("BilledCost", "ServiceName"))
        assert describe(error) == str(error) == "a.csv: row 1: missing columns: BilledCost, ServiceName"
        assert (
            describe(RowError(7, "BilledCost", "not_a_number", "x", "x,y"))
            == "row 7, column BilledCost: not_a_number 'x'"
        )

    def test_every_reason_that_is_raised_is_listed_and_described(self):
        rows, files = base.__doc__.split("RejectedFile.reason")
        assert tuple(re.findall(r"^([a-z_]+)\s{2,}", rows, re.MULTILINE)) == ROW_REASONS
        assert tuple(re.findall(r"^([a-z_]+)\s{2,}", files, re.MULTILINE)) == FILE_REASONS
        assert set(raised("RejectedFile", 0)) == set(FILE_REASONS)
        # The texts of numbers.NumberError become reasons through a table.
        of_records = {"broken_record", "formula_cell", *ELEMENT_FAULTS}
        assert set(raised("RowFault", 1)) | set(values._NUMBER_REASONS.values()) | of_records == set(ROW_REASONS)
        assert set(raised("BadElement", 0)) | set(raised("BrokenElement", 0)) == set(ELEMENT_FAULTS)

    def test_limits_can_be_changed_one_by_one(self):
        assert Limits(max_columns=3)._replace(max_bytes=1) == Limits(max_bytes=1, max_columns=3)


def raised(exception, position):
    """Every text that code of the readers of files gives an exception as its reason."""
    folder = ROOT / "cloud_billing" / "engine" / "readers"
    # Events are answered one by one, in sentences of their own: test_push_openapi.
    for path in sorted(set(folder.rglob("*.py")) - {folder / "own" / "events.py"}):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == exception:
                for part in ast.walk(node.args[position]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value
