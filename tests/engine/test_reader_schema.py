"""XML checked against an uploaded schema: what it refuses, and that a schema opens nothing and runs no pattern."""

import pytest
from cloud_billing_engine.readers import Limits, RejectedFile
from reader_samples import read
from tree_samples import open_bytes, refused, table

HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
SCHEMA = f"""{HEAD}
  <xs:simpleType name="code"><xs:restriction base="xs:string"><xs:pattern value="(a+)+$"/><xs:maxLength value="40"/>
  </xs:restriction></xs:simpleType>
  <xs:element name="bill"><xs:complexType><xs:sequence>
    <xs:element name="line" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="quantity" type="xs:decimal"/><xs:element name="day" type="xs:date"/>
      <xs:element name="code" type="code" minOccurs="0"/>
    </xs:sequence><xs:attribute name="id" type="xs:string" use="required"/></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
LINE = '<line id="1"><quantity>1.50</quantity><day>2026-10-05</day></line>'


def bill(*lines):
    return f"<bill>{''.join(lines)}</bill>".encode()


class TestADocument:
    def test_that_the_schema_allows_is_the_same_table_as_without_it(self):
        data = bill(*[LINE] * 300)
        for size in (100, 65536):
            assert table(data, size=size, row_path="bill/line", schema=SCHEMA) == table(data, row_path="bill/line")

    @pytest.mark.parametrize(
        ("line", "place"),
        [
            (LINE.replace("1.50", "1,50"), "/bill/line[2]/quantity"),
            (LINE.replace("2026-10-05", "05-10-2026"), "/bill/line[2]/day"),
            (LINE.replace("<quantity>1.50</quantity>", ""), "/bill/line[2]/day"),
            (LINE.replace("</line>", "<more/></line>"), "/bill/line[2]"),
            (LINE.replace(' id="1"', ""), "/bill/line[2]"),
        ],
    )
    def test_that_it_does_not_allow_is_refused_with_the_place(self, line, place):
        error = refused(bill(LINE, line, LINE), row_path="bill/line", schema=SCHEMA)
        assert error.reason == "against_schema"
        assert error.detail[0].startswith(place)
        assert error.detail[1]

    def test_of_another_root_is_refused(self):
        assert refused(b"<invoice/>", schema=SCHEMA).reason == "against_schema"

    def test_is_refused_as_without_a_schema_where_it_is_broken_or_hostile(self):
        for data, reason in (
            (bill(LINE)[:-3], "truncated_xml"),
            (b'<!DOCTYPE x [<!ENTITY e "e">]><bill/>', "doctype"),
            (b"<bill>" * 100, "too_deep"),
            (b"<bill>" + b"x" * (2**21), "element_too_long"),
        ):
            assert refused(data, schema=SCHEMA, limits=Limits(max_record=2**20)).reason == reason

    def test_is_not_matched_by_patterns_that_can_run_for_ever(self):
        line = LINE.replace("</line>", f"<code>{'a' * 39}!</code></line>")
        assert table(bill(line), row_path="bill/line", schema=SCHEMA)[1][0][-1] == "a" * 39 + "!"
        line = LINE.replace("</line>", f"<code>{'a' * 41}</code></line>")
        assert refused(bill(line), schema=SCHEMA).detail[0] == "/bill/line/code"

    def test_that_is_larger_than_a_checked_one_may_be_is_refused(self):
        error = refused(bill(*[LINE] * 100), schema=SCHEMA, limits=Limits(max_spool=1000))
        assert error.reason == "too_large"

    def test_is_read_through_a_mapping_that_keeps_the_schema(self):
        mapping = {
            "columns": {"id": ["@id"], "start": ["day"], "quantity": ["quantity"]},
            "constants": {"account": "A", "service": "power", "unit": "kWh"},
            "table": {"row_path": "bill/line", "schema": SCHEMA},
        }
        (row,) = read(bill(LINE), "own_columns", mapping=mapping)
        assert (row.external_id, row.quantity, row.service_end) == ("1", "1.50", "2026-10-06 00:00:00")
        with pytest.raises(RejectedFile) as caught:
            read(bill(LINE.replace("1.50", "much")), "own_columns", mapping=mapping)
        assert (caught.value.reason, caught.value.file) == ("against_schema", "usage.csv")


class TestASchema:
    @pytest.mark.parametrize(
        ("schema", "detail"),
        [
            (f'{HEAD}<xs:import namespace="u" schemaLocation="http://localhost:1/x.xsd"/></xs:schema>', "xs:import"),
            (f'{HEAD}<xs:include schemaLocation="/etc/passwd"/></xs:schema>', "xs:include"),
            (f'{HEAD}<xs:redefine schemaLocation="x.xsd"/></xs:schema>', "xs:redefine"),
            ("<bill/>", "bill"),
            ("nonsense", "broken_xml"),
            ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "doctype"),
            ("<a>" * 200, "too_deep"),
            (f'{HEAD}<xs:element name="a" type="nowhere"/></xs:schema>', "unknown type"),
            (" " * 2**21, ">"),
        ],
    )
    def test_that_is_none_or_needs_others_is_refused(self, schema, detail):
        error = refused(bill(LINE), schema=schema)
        assert error.reason == "bad_schema"
        assert error.detail.startswith(detail)

    def test_is_not_looked_at_for_json(self):
        opened = open_bytes(b'[{"a":1}]', schema="nonsense")
        assert list(opened) == [["1"]]
