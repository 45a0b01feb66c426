"""JSON, JSON lines and XML as tables: paths, columns, exact numbers, later columns, what cannot be a row."""

import gzip
import json

import pytest
from cloud_billing_engine.readers import (
    MORE,
    BrokenRecord,
    Limits,
    RejectedFile,
    RowError,
    get_reader,
    read_header,
    reread,
    spread,
)
from cloud_billing_engine.readers.tables.tree_path import parse_path, split_json, split_xml
from provider_samples import GCP, read_provider
from reader_samples import FOCUS_1_0, RECORD, read
from tree_samples import open_bytes, refused, table

EVENT = {
    "id": "e-1",
    "start": "2026-10-05T10:00:00Z",
    "account": "A",
    "service": "calls",
    "quantity": 1.50,
    "unit": "h",
}

# As BigQuery writes it: what is null is left out.
BIGQUERY = {
    "billing_account_id": "1",
    "service": {"description": "S"},
    "usage_start_time": "2026-10-05 10:00:00 UTC",
    "usage_end_time": "2026-10-05 11:00:00 UTC",
    "cost": 1.5,
    "currency": "EUR",
    "invoice": {"month": "202610"},
    "cost_type": "regular",
}


class TestJson:
    def test_list_has_a_row_per_element_and_a_column_per_path(self):
        data = b'[{"id":1,"usage":{"amount":2.50,"unit":"h"}},{"id":2,"note":null,"ok":true,"empty":{}}]'
        assert table(data) == (
            ["id", "usage.amount", "usage.unit", "note", "ok"],
            [["1", "2.50", "h", "", ""], ["2", "", "", "", "true"]],
        )

    def test_numbers_stay_as_they_are_written(self):
        numbers = ["0.1", "1e-06", "123456789.123456789123456789", "1e400", "-0", "NaN", "1" + "0" * 5000]
        header, rows = table(f"[{','.join(numbers)}]".encode())
        assert (header, [text for (text,) in rows]) == (["value"], numbers)

    def test_numbers_and_words_are_whole_wherever_they_are_cut(self):
        data = b"[1234567,-0.5e10,true,null,12]"
        for size in range(1, len(data) + 1):
            assert [text for (text,) in table(data, size=size)[1]] == ["1234567", "-0.5e10", "true", "", "12"]

    def test_lists_in_a_row_stay_json_with_numbers_as_texts(self):
        assert table(b'[{"credits":[{"amount":-0.10,"ok":true}],"none":[]}]') == (
            ["credits", "none"],
            [['[{"amount":"-0.10","ok":true}]', "[]"]],
        )

    def test_lines_are_the_elements_of_a_list(self):
        lines = b'{"a":1}\n\n{"a":2,"b":"x"}\r\n{"b":"\\u00e9"}'
        assert table(lines) == (["a", "b"], [["1", ""], ["2", "x"], ["", "é"]])
        assert table(lines, row_path="[*]") == table(lines)

    def test_a_line_that_is_no_json_is_a_bad_row_and_the_others_are_read(self):
        header, rows = table(b'{"a":1}\n{"a":\n{"a":3}{"a":4}\n[5\n{"a":6}\n')
        bad = [BrokenRecord("", text, "not_json") for text in ('{"a":', '{"a":3}{"a":4}', "[5")]
        assert (header, rows) == (["a"], [["1"], *bad, ["6"]])

    def test_one_object_is_one_row(self):
        assert table(b'{\n "a": 1\n}') == (["a"], [["1"]])
        assert table(b'{"a": 1}') == (["a"], [["1"]])

    def test_utf16_byte_order_marks_and_gzip_are_the_same(self):
        text = '[{"name":"Straße"}]'
        for data in (text.encode("utf-16"), text.encode("utf-8-sig"), gzip.compress(text.encode())):
            assert table(data) == (["name"], [["Straße"]])


class TestRowPath:
    FILE = (
        b'{"note":"]","results":[{"customer":"A","items":[{"n":1},{"n":2}],"after":"z"},'
        b'{"customer":"B","items":[]},{"customer":"C"},{"customer":"D","items":[{"n":3}]}],"total":3}'
    )

    def test_names_columns_from_the_first_repeated_element_on(self):
        assert table(self.FILE, row_path="results[*].items[*]") == (
            ["customer", "after", "items.n"],
            [["A", "z", "1"], ["A", "z", "2"], ["D", "", "3"]],
        )
        assert table(self.FILE, row_path="results[*].items") == table(self.FILE, row_path="results[*].items[*]")

    def test_that_ends_at_a_list_means_its_elements(self):
        header, rows = table(self.FILE, row_path="results")
        assert (header, len(rows)) == (["customer", "items", "after"], 4)
        assert table(b'{"a":{"b":{"n":1}}}', row_path="a.b") == (["n"], [["1"]])

    def test_with_a_star_has_the_name_of_each_member_as_a_column(self):
        assert table(b'{"data":{"x":{"n":1},"y":{"n":2}}}', row_path="data.*") == (["*", "n"], [["x", "1"], ["y", "2"]])
        assert table(b'[{"m":{"cpu":[{"q":1},{"q":2}],"ram":[{"q":3}]}}]', row_path="[*].m.*[*]") == (
            ["m.*", "m.*.q"],
            [["cpu", "1"], ["cpu", "2"], ["ram", "3"]],
        )
        assert table(b'{"data":{"x":1}}', row_path="data.*") == (["*", "value"], [["x", "1"]])

    def test_quotes_names_with_points(self):
        assert table(b'{"a.b":[{"n":1}]}', row_path='"a.b"[*]') == (["n"], [["1"]])

    def test_goes_into_each_line(self):
        lines = b'{"c":"A","items":[{"n":1},{"n":2}]}\n{"c":"B","items":[{"n":3}]}'
        assert table(lines, row_path="items[*]") == (["n"], [["1"], ["2"], ["3"]])
        assert table(lines, row_path="[*].items[*]") == (["c", "items.n"], [["A", "1"], ["A", "2"], ["B", "3"]])

    @pytest.mark.parametrize(
        "path", ["a..b", ".a", "a.", "a[0]", "a[*", "[*]a", "a b*", '"a', "a[*]b", "x" * 501, ".".join("a" * 21)]
    )
    def test_of_another_grammar_is_refused(self, path):
        error = refused(b"[1]", row_path=path)
        assert (error.reason, error.detail) == ("bad_row_path", path[:500])

    def test_where_there_is_nothing_is_refused(self):
        for path in ("result[*]", "results[*].item[*]", "total.x", "note[*].a"):
            error = refused(self.FILE, row_path=path)
            assert (error.reason, error.detail) == ("no_elements", path)

    @pytest.mark.parametrize(
        ("path", "kept", "rest"),
        [("a.b", "a.b", ""), ("a[*].b", "a[*]", "b"), ("*.b", "*", "b"), ("a[*][*]", "a[*]", "[*]")],
    )
    def test_is_cut_behind_the_first_repeated_step(self, path, kept, rest):
        route, within = split_json(parse_path(path))
        assert [step for step in route if step.kind != "spread"] == list(parse_path(kept))
        assert [step for step in within if step.kind != "spread"] == list(parse_path(rest))


class TestXml:
    FILE = (
        b'<?xml version="1.0"?><!-- a comment --><b:bill xmlns:b="urn:b" xmlns:c="urn:c"><b:no>7</b:no>'
        b'<c:line n="1"><c:amount cur="EUR">5.10</c:amount><tag>x</tag><tag>y</tag></c:line>'
        b'<c:line n="2"><c:amount cur="EUR">1e-7</c:amount><c:more><deep> z </deep></c:more></c:line></b:bill>'
    )

    def test_has_a_row_per_element_columns_by_path_and_attributes(self):
        assert table(self.FILE, row_path="bill/line") == (
            ["@n", "amount/@cur", "amount", "tag", "more/deep"],
            [["1", "EUR", "5.10", '["x","y"]', ""], ["2", "EUR", "1e-7", "", "z"]],
        )

    def test_rows_are_the_children_of_the_root_where_no_path_says_otherwise(self):
        header, rows = table(self.FILE)
        assert (header[:2], [cells[0] for cells in rows]) == (["*", "value"], ["no", "line", "line"])

    def test_a_mark_says_what_is_around_the_rows(self):
        data = b"<r><c id='9'><name>A</name><i><q>1</q></i><i><q>2</q></i></c><c id='10'><i><q>3</q></i></c></r>"
        assert table(data, row_path="r/c[*]/i") == (["@id", "name", "i/q"], [["9", "A", "1"], ["9", "A", "2"],
                                                                            ["10", "", "3"]])  # fmt: skip
        assert table(data, row_path="/r/c/i") == (["q"], [["1"], ["2"], ["3"]])

    def test_encodings_are_those_that_the_document_declares(self):
        for encoding in ("utf-8", "utf-16", "iso-8859-1", "windows-1252"):
            data = f'<?xml version="1.0" encoding="{encoding}"?><r><i><n>Straße</n></i></r>'.encode(encoding)
            assert table(data, row_path="r/i") == (["n"], [["Straße"]])

    def test_attributes_of_one_local_name_make_a_bad_row(self):
        data = b'<r xmlns:a="urn:a" xmlns:b="urn:b"><i><n>1</n></i><i a:x="1" b:x="2"/></r>'
        assert table(data, row_path="r/i")[1][1].reason == "key_twice"

    def test_routes_are_cut_at_the_mark(self):
        assert split_xml(parse_path("a/b/c", "/")) == (parse_path("a/b/c", "/"), ())
        kept, rest = split_xml(parse_path("a/b[*]/c", "/"))
        assert (kept, rest[0]) == (parse_path("a/b", "/"), parse_path("c", "/")[0])


class TestAnElementThatCannotBeARow:
    @pytest.mark.parametrize(
        ("element", "reason"),
        [
            ('{"a":1,"a":2}', "key_twice"),
            ('{"l":[{"a":1,"a":2}]}', "key_twice"),
            ('{"a":{"b":1},"a.b":2}', "key_twice"),
            ('{"a":"\\u0000"}', "nul_character"),
            ('{"l":["\\u0000"]}', "nul_character"),
            ('{"\\u0000":1}', "nul_character"),
            ('{"a":"\\ud800"}', "half_character"),
            ('{"a":' * 70 + "1" + "}" * 70, "too_deep"),
            ('{"l":' + "[" * 70 + "]" * 70 + "}", "too_deep"),
        ],
    )
    def test_is_a_bad_row_and_the_others_are_read(self, element, reason):
        for data in (f'[{{"a":1}},{element},{{"a":3}}]', f'{{"a":1}}\n{element}\n{{"a":3}}'):
            opened = open_bytes(data.encode())
            rows = [(opened.row_no, cells) for cells in opened]
            assert [number for number, _cells in rows] == [1, 2, 3]
            assert (rows[0][1][0], rows[1][1].reason, rows[2][1][0]) == ("1", reason, "3")

    def test_is_refused_with_the_file_where_there_is_no_other(self):
        error = refused(b'[{"a":"\\u0000"}]')
        assert (error.reason, error.detail) == ("broken_elements", "nul_character")


MANY = 1000
_MAPPING = {"columns": {"id": ["id"], "start": ["start"], "account": ["account"], "service": ["service"],
                        "quantity": ["quantity"], "unit": ["unit"], "resource": ["Machine"]}}  # fmt: skip
# {reader: (a record, what a later one has too, options)}
LATE = {
    "focus": ({name: RECORD[name] for name in FOCUS_1_0 if name in RECORD}, {"ResourceId": "r-1"}, {}),
    "csv": (EVENT, {"resource_id": "r-1"}, {}),
    "own_columns": (EVENT, {"machine": "r-1"}, {"mapping": _MAPPING}),
}


class TestColumnsThatComeLate:
    def rows(self, *late):
        return b"\n".join(json.dumps(row).encode() for row in [*({"id": str(n)} for n in range(MANY)), *late])

    def test_stand_in_one_more_column_as_json(self):
        header, rows = table(self.rows({"id": "x", "b": "2", "a": {"c": 1}}))
        assert header == ["id", MORE]
        assert rows[:MANY] == [[str(n), ""] for n in range(MANY)]
        assert rows[-1] == ["x", '{"a.c":"1","b":"2"}']
        assert spread(rows[-1][1]) == {"a.c": "1", "b": "2"}

    def test_in_a_file_that_ends_before_are_in_the_header(self):
        header, rows = table(self.rows()[:-1] + b',"b":"2"}')
        assert (header, len(rows), rows[-1]) == (["id", "b"], MANY, ["999", "2"])

    def test_spread_of_a_cell_that_is_no_object_of_texts_keeps_it(self):
        assert [spread(text) for text in ("", "x", "[1]")] == [{}, {MORE: "x"}, {MORE: "[1]"}]

    @pytest.mark.parametrize("reader", ["focus", "csv", "own_columns"])
    def test_are_the_same_content_for_readers_of_tables_too(self, reader):
        plain, late, options = LATE[reader]
        whole = {**plain, **late, "Zone": "z", "aisle": "a"}
        alone = read(json.dumps(whole).encode(), reader, **options)[0]
        rows = read(b"\n".join(json.dumps(row).encode() for row in [*[plain] * MANY, whole]), reader, **options)
        assert rows[-1]._replace(row_no=1) == alone
        assert (alone.resource, json.loads(alone.tags)["aisle"], json.loads(alone.tags)["Zone"]) == ("r-1", "a", "z")
        assert not any(MORE in row.tags for row in rows)

    def test_are_the_same_content_for_a_reader_of_bills_as_early_ones(self):
        late = {**BIGQUERY, "cost_at_list": 2.5, "credits": [{"name": "c", "amount": -0.5}], "Zone": "z", "aisle": "a"}
        alone = read(json.dumps(late).encode(), "gcp_billing")[0]
        last = read(b"\n".join(json.dumps(row).encode() for row in [*[BIGQUERY] * MANY, late]), "gcp_billing")[-1]
        assert last._replace(row_no=1) == alone
        assert (alone.cost_billed, alone.cost_list, json.loads(alone.tags)["aisle"]) == ("1.0", "2.5", "a")


class TestReadersOfColumns:
    def test_read_own_events_as_json_lines(self):
        row = read(json.dumps(EVENT).encode(), "csv")[0]
        assert (row.external_id, row.quantity, row.service_start) == ("e-1", "1.5", "2026-10-05 10:00:00")

    def test_read_a_bill_of_google_nested_as_bigquery_exports_it(self):
        nested = {}
        for name, cell in GCP.items():
            inner = nested
            *path, last = name.split(".")
            for step in path:
                inner = inner.setdefault(step, {})
            is_list = name in ("labels", "credits", "tags", "system_labels", "project.labels")
            inner[last] = json.loads(cell or "[]") if is_list else cell
        row, plain = read(json.dumps(nested).encode(), "gcp_billing")[0], read_provider("gcp_billing", {})[0]
        same = ("cost_billed", "quantity", "sub_account", "service", "sku", "service_start", "billing_month", "region")
        assert [getattr(row, name) for name in same] == [getattr(plain, name) for name in same]
        assert json.loads(row.tags)["tags"] == json.loads(plain.tags)["tags"]

    def test_ask_only_for_columns_that_every_row_must_fill(self):
        record = dict(BIGQUERY)
        assert read(json.dumps(record).encode(), "gcp_billing")[0].sub_account == ""
        del record["cost"]
        with pytest.raises(RejectedFile) as caught:
            read(json.dumps(record).encode(), "gcp_billing")
        assert (caught.value.reason, caught.value.detail) == ("column_missing", ("cost",))

    def test_correct_a_row_of_json_as_cells_below_the_header(self):
        data = json.dumps([EVENT, {**EVENT, "id": "e-2", "quantity": "many"}]).encode()
        error = read(data, "csv")[1]
        assert (error.row_no, error.column, error.reason, error.value) == (2, "quantity", "not_a_number", "many")
        header = read_header([data], file_name="usage.json", limits=Limits())
        (row,) = reread(get_reader("csv"), header, error.text.replace("many", "7"), row_no=2, file_name="usage.json",
                        limits=Limits())  # fmt: skip
        assert (row.row_no, row.external_id, row.quantity) == (2, "e-2", "7")

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
    def test_refuse_what_is_no_number_in_its_row(self, number):
        data = json.dumps(EVENT).replace("1.5", number).encode()
        error = read(data, "csv")[0]
        assert isinstance(error, RowError)
        assert (error.column, error.reason) == ("quantity", "number_too_large" if number == "1e400" else "not_a_number")
