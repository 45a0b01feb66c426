"""Events that are pushed: what becomes of one JSON object, and what is refused of it."""

import json
import time

import pytest
from cloud_billing_engine.readers import RowFault, get_reader
from cloud_billing_engine.readers.own.events import BodyError, EventRows, Number, get_key, read_body
from hypothesis import given
from hypothesis import strategies as st

FLAT = {"transaction_id": "e1", "customer": "acme", "meter": "Calls", "time": "2026-03-01T10:00:00Z"}
CLOUD = {
    "specversion": "1.0", "source": "/s", "id": "e1", "type": "Calls", "subject": "acme",
    "time": "2026-03-01T10:00:00Z",
}  # fmt: skip


def read(body, **options):
    """The Events of a JSON text, all of which can be read."""
    rows = EventRows(options)
    said = read_body(body if isinstance(body, bytes) else json.dumps(body).encode())
    return [rows.read(index, event) for index, event in enumerate(said)]


def refuse(event):
    """(member, code) of the refusal of an event, given as an object or as JSON."""
    text = event if isinstance(event, str) else json.dumps(event)
    with pytest.raises(RowFault) as refused:
        EventRows({}).read(0, read_body(text.encode()))
    return refused.value.column, refused.value.reason


class TestAnEvent:
    def test_in_the_flat_shape(self):
        [event] = read([{**FLAT, "quantity": 2.50, "unit": "Call", "properties": {"b": True, "a": "x", "n": 1.20}}])
        row = event.row
        assert (event.index, event.action, event.key, row.row_no, row.external_id) == (0, "add", "e1", 1, "e1")
        assert (row.sub_account, row.service, row.unit, row.quantity) == ("acme", "Calls", "Call", "2.5")
        assert (row.service_start, row.service_end) == ("2026-03-01 10:00:00", "2026-03-01 10:00:01")
        assert row.tags == '{"a":"x","b":"true","n":"1.2"}'

    def test_as_a_cloud_event(self):
        data = {"quantity": "2.5", "unit": "Call", "end_time": "2026-03-01T11:00:00Z", "a": "x", "none": None}
        [event] = read([{**CLOUD, "data": data, "traceparent": "00-1"}])
        row = event.row
        assert (event.key, row.sub_account, row.service, row.unit, row.quantity) == (
            "/s|e1", "acme", "Calls", "Call", "2.5",
        )  # fmt: skip
        assert (row.service_end, row.tags) == ("2026-03-01 11:00:00", '{"a":"x"}')

    def test_without_a_quantity_is_one(self):
        assert read([FLAT, CLOUD])[0].row.quantity == "1"

    def test_of_a_subscription(self):
        event = {**FLAT, "subscription": "S7"}
        del event["customer"]
        assert read([event])[0].row.sub_account == "S7"

    def test_that_is_cancelled_needs_its_key_only(self):
        [flat, cloud] = read(
            [
                {"transaction_id": "e1", "action": "cancel"},
                {"specversion": "1.0", "source": "/s", "id": "e1", "action": "cancel"},
            ]
        )
        assert (flat.action, flat.key, flat.row) == ("cancel", "e1", None)
        assert (cloud.key, cloud.row) == ("/s|e1", None)

    def test_keys_of_two_texts_are_two_whatever_is_in_them(self):
        pairs = [("a|b", "c"), ("a", "b|c"), ("a\\", "|c"), ("a\\|", "c")]
        keys = {read([{**CLOUD, "source": source, "id": one}])[0].key for source, one in pairs}
        assert len(keys) == len(pairs)

    def test_says_the_same_as_the_row_of_a_csv_file(self):
        text = b"id,start,account,service,quantity,unit\ne1,2026-03-01T10:00:00Z,acme,Calls,2.50,Call\n"
        [row] = get_reader("csv").read([text], file_name="a.csv")
        [event] = read([{**FLAT, "quantity": "2.50", "unit": "Call"}])
        assert event.row._replace(row_no=row.row_no) == row

    @pytest.mark.parametrize(
        ("time", "start"),
        [
            ('"2026-03-01T10:00:00+02:00"', "2026-03-01 08:00:00"),
            ('"2026-03-01T10:00:00"', "2026-03-01 09:00:00"),
            ('"2026-03-01 10:00Z"', "2026-03-01 10:00:00"),
            ("1772359200", "2026-03-01 10:00:00"),
            ("1772359200.750", "2026-03-01 10:00:00"),
        ],
    )
    def test_has_a_moment(self, time, start):
        text = json.dumps([FLAT]).replace('"2026-03-01T10:00:00Z"', time)
        assert read(text.encode(), time_zone="Europe/Rome")[0].row.service_start == start


class TestNumbers:
    @given(st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**20), max_value=10**20))
    def test_keep_every_digit(self, number):
        text = json.dumps([FLAT])[:-2] + f', "quantity": {number:f}}}]'
        plain = read(text.encode())[0].row.quantity
        assert type(number)(plain) == number

    @pytest.mark.parametrize("member", ["quantity", "properties"])
    def test_that_are_floats_are_refused(self, member):
        event = {**FLAT, member: 0.1 if member == "quantity" else {"x": 0.1}}
        with pytest.raises(RowFault) as refused:
            EventRows({}).read(0, event)
        assert refused.value.reason == "float_number"

    def test_that_are_whole_may_be_of_python(self):
        assert EventRows({}).read(0, {**FLAT, "quantity": 12, "time": 1772359200}).row.quantity == "12"
        with pytest.raises(RowFault) as refused:
            EventRows({}).read(0, {**FLAT, "quantity": 10**100_000})
        assert refused.value.reason == "number_too_large"


class TestRefusals:
    @pytest.mark.parametrize(
        ("event", "refusal"),
        [
            ("7", (None, "not_an_object")),
            ('{"transaction_id": "a", "transaction_id": "b"}', ("transaction_id", "key_twice")),
            ({**FLAT, "quantiy": 7}, ("quantiy", "unknown_member")),
            ({**FLAT, "subscription": "S"}, ("subscription", "two_customers")),
            ({**FLAT, "customer": " "}, ("customer", "missing_value")),
            ({**FLAT, "meter": None}, ("meter", "missing_value")),
            ({**FLAT, "meter": ["a"]}, ("meter", "not_a_text")),
            ({**FLAT, "time": "2026-03-01"}, ("time", "bad_date")),
            ({**FLAT, "time": 99_999_999_999}, ("time", "bad_date")),
            ({**FLAT, "time": -1}, ("time", "bad_date")),
            ('{"transaction_id":"a","customer":"a","meter":"a","time":1e9}', ("time", "bad_date")),
            ({**FLAT, "end_time": FLAT["time"]}, ("end_time", "end_before_start")),
            ({**FLAT, "quantity": "1,5"}, ("quantity", "not_a_number")),
            ({**FLAT, "quantity": True}, ("quantity", "not_a_number")),
            ({**FLAT, "quantity": float("nan")}, ("quantity", "not_a_number")),
            ({**FLAT, "quantity": float("inf")}, ("quantity", "not_a_number")),
            ({**FLAT, "quantity": "1e61"}, ("quantity", "number_too_large")),
            ({**FLAT, "quantity": "9" * 101}, ("quantity", "number_too_long")),
            ({**FLAT, "action": "delete"}, ("action", "unknown_action")),
            ({**FLAT, "properties": []}, ("properties", "not_an_object")),
            ({**FLAT, "properties": {"a": {}}}, ("a", "nested_property")),
            ({**FLAT, "properties": {"a": float("nan")}}, ("a", "not_a_number")),
            ({**FLAT, "properties": {"a": "x" * 1001}}, ("a", "field_too_long")),
            ({**FLAT, "properties": {"a" * 101: "x"}}, ("a" * 100, "field_too_long")),
            ({**FLAT, "properties": dict.fromkeys(map(str, range(51)), "x")}, ("properties", "too_many_properties")),
            ({**FLAT, "transaction_id": "k" * 501}, ("transaction_id", "field_too_long")),
            ({**FLAT, "customer": "k" * 501}, ("account", "field_too_long")),
            ({**FLAT, "customer": "a\0b"}, (None, "nul_character")),
            ({**FLAT, "properties": {"a": "\ud800"}}, (None, "half_character")),
            ({"transaction_id": "\0", "action": "cancel"}, (None, "nul_character")),
            ({**CLOUD, "specversion": "0.3"}, ("specversion", "bad_specversion")),
            ({**CLOUD, "datacontenttype": "text/xml"}, ("datacontenttype", "not_json_data")),
            ({**CLOUD, "data_base64": "e30="}, ("datacontenttype", "not_json_data")),
            ({**CLOUD, "data": "text"}, ("data", "not_an_object")),
            ({**CLOUD, "time": None}, ("time", "missing_value")),
            ({**CLOUD, "subject": None}, ("subject", "missing_value")),
        ],
    )
    def test_say_which_member_and_why(self, event, refusal):
        assert refuse(event) == refusal

    @pytest.mark.parametrize(
        ("body", "reason"),
        [(b"", "bad_json"), (b"[1", "bad_json"), (b"\xff", "not_utf8"), (b"[" * 200_000, "too_deep"),
         ("\ufeff[]".encode(), "bad_json")],
    )  # fmt: skip
    def test_of_what_is_no_json_are_of_all(self, body, reason):
        with pytest.raises(BodyError) as refused:
            read_body(body)
        assert refused.value.reason == reason

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from([*FLAT, *CLOUD, "quantity", "data", "properties"]), inner, max_size=6)
            ),
        )
    )
    def test_whatever_is_sent_is_a_row_or_a_refusal(self, said):
        for event in (said, {**FLAT, **said} if isinstance(said, dict) else {**CLOUD, "data": said}):
            for read_as in (event, read_body(json.dumps(event).encode())):
                try:
                    found = EventRows({}).read(0, read_as)
                except RowFault:
                    get_key(read_as)
                else:
                    assert found.row is None or found.row.external_id == found.key

    def test_of_a_name_that_stands_twice_among_very_many_is_told_at_once(self):
        # 8 MB of names: each compared with each other one would take hours.
        body = "{" + ",".join(f'"{number:x}":1' for number in range(700_000)) + ',"0":1}'
        begun = time.monotonic()
        with pytest.raises(RowFault) as caught:
            EventRows({}).read(0, read_body(body.encode()))
        assert (caught.value.reason, caught.value.column) == ("key_twice", "0")
        assert time.monotonic() - begun < 20

    def test_numbers_are_texts(self):
        assert [type(one) for one in read_body(b"[1, 1.50, NaN]")] == [Number] * 3
        assert read_body(b"[1.50]") == ["1.50"]
