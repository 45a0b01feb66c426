"""One cell, one exact value: moments, numbers, tags."""

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from cloud_billing_engine.numbers import NumberError, parse_decimal, to_text
from cloud_billing_engine.readers.base import RowFault
from cloud_billing_engine.readers.providers.focus import _PLAIN_NUMBERS
from cloud_billing_engine.readers.values import Cache, add_seconds, parse_moment, plain_number, tags_json
from hypothesis import given
from hypothesis import strategies as st

years = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1))


class TestMoments:
    @given(years.map(lambda moment: moment.replace(microsecond=0)), st.integers(-14 * 60, 14 * 60))
    def test_come_back_from_every_offset_and_style(self, moment, offset):
        local = moment.replace(tzinfo=timezone.utc).astimezone(timezone(timedelta(minutes=offset)))
        utc = str(moment)
        assert parse_moment(utc)[0] == utc
        assert parse_moment(local.isoformat())[0] == utc
        assert parse_moment(local.strftime("%Y-%m-%d %H:%M:%S%z"))[0] == utc
        assert parse_moment(moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")) == (utc, utc)

    @pytest.mark.parametrize(
        ("text", "seconds", "exact"),
        [
            ("2026-10-05", "2026-10-05 00:00:00", "2026-10-05 00:00:00"),
            ("2026-10-05T10:00Z", "2026-10-05 10:00:00", "2026-10-05 10:00:00"),
            ("2026-10-05T10:00:00+02", "2026-10-05 08:00:00", "2026-10-05 08:00:00"),
            ("2026-10-05T10:00:00.999999999Z", "2026-10-05 10:00:00", "2026-10-05 10:00:00.999999999"),
            ("2026-10-05 10:00:00,50", "2026-10-05 10:00:00", "2026-10-05 10:00:00.5"),
            ("20261005", "2026-10-05 00:00:00", "2026-10-05 00:00:00"),
            ("20261005T100000Z", "2026-10-05 10:00:00", "2026-10-05 10:00:00"),
            ("20261005 10:00:00.5+02:00", "2026-10-05 08:00:00", "2026-10-05 08:00:00.5"),
        ],
    )
    def test_are_whole_seconds_and_an_exact_text(self, text, seconds, exact):
        assert parse_moment(text) == (seconds, exact)

    @pytest.mark.parametrize(
        "text",
        ["", "NULL", "2026", "2026-13-01", "2026-02-29", "2026-10-05 24:00:00", "2026-10-05 10:60:00", "2026-10-05Z",
         "2026-10-05 10:00:60", "2026-10-05 10:00:00 CET", "20261305", "202610051", "2026-1005",
         "05/10/2026", "2026-10-05 10", "1969-12-31",
         "0001-01-01T00:00:00Z", "2200-01-01", "2026-10-05 10:00:00+25:00", "２０２６-10-05", "2026-10-05\n",
         "1970-01-01T00:00:00+01:00"],
    )  # fmt: skip
    def test_that_are_none_are_refused(self, text):
        with pytest.raises(ValueError):
            parse_moment(text)

    def test_of_the_year_9999_in_the_far_west_are_refused_not_a_crash(self):
        with pytest.raises((ValueError, OverflowError)):
            parse_moment("9999-12-31T23:59:59-14:00")

    def test_can_be_moved(self):
        assert add_seconds("2026-12-31 23:59:59", 1) == "2027-01-01 00:00:00"


literals = st.one_of(
    st.from_regex(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.text("0123456789.-+eE, ", max_size=12),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
)


class TestNumbers:
    @given(literals)
    def test_are_those_that_the_engine_s_own_door_lets_in(self, text):
        try:
            number = parse_decimal(text)
        except NumberError:
            with pytest.raises(RowFault):
                plain_number(text, "Cost")
        else:
            plain = plain_number(text, "Cost")
            assert Decimal(plain) == number
            assert "e" not in plain.lower()
            assert len(plain.partition(".")[2]) == max(-number.as_tuple().exponent, 0)

    @given(literals)
    def test_the_fast_way_lets_in_only_what_the_slow_way_would_give_back_unchanged(self, text):
        if _PLAIN_NUMBERS(f"{text}\0\0\0\0\0"):
            assert plain_number(text, "Cost") == text == to_text(parse_decimal(text))

    @given(st.decimals(-(10**29), 10**29, places=20).map(lambda number: format(number, "f")))
    def test_the_fast_way_takes_the_common_ones(self, text):
        assert _PLAIN_NUMBERS(f"{text}\0{text}\0{text}\0{text}\0{text}\0") or Decimal(text) == 0


class TestTags:
    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ('{"b": 1, "a": {"d": true, "c": null}}', '{"a":{"c":null,"d":true},"b":"1"}'),
            # A binary fraction would turn 0.1 into 0.1000000000000000055; digits stay text.
            (
                '{"price": 0.10, "size": 12345678901234567890.12345}',
                '{"price":"0.10","size":"12345678901234567890.12345"}',
            ),
            ('[{"key": "a"}]', '[{"key":"a"}]'),
            ('{"é": "\\u00e9"}', '{"é":"é"}'),
            ("{}", "{}"),
            ("team=web", '"team=web"'),
            ('"text"', '"\\"text\\""'),
            ("{'a': 1}", "\"{'a': 1}\""),
            # PostgreSQL's jsonb takes neither of these two; as letters they are harmless.
            ('{"a": "\\u0000"}', '"{\\"a\\": \\"\\\\u0000\\"}"'),
            ('{"a": "\\ud800"}', '"{\\"a\\": \\"\\\\ud800\\"}"'),
            ('{"a": NaN}', '{"a":"NaN"}'),
        ],
    )
    def test_become_compact_json(self, text, kept):
        assert tags_json(text) == kept
        json.loads(kept)

    @pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"a":' + "9" * 10_000 + "}", "{" * 50])
    def test_that_would_break_a_parser_stay_text(self, text):
        assert json.loads(tags_json(text)) in (text, {"a": "9" * 10_000})

    def test_nested_deeper_than_a_database_may_follow_stay_text(self):
        deep = '{"a":' * 101 + "{}" + "}" * 101
        assert tags_json(deep) == json.dumps(deep)
        assert tags_json(deep[5:-1][5:-1]) == deep[10:-2]

    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
    def test_of_any_text_are_json_without_what_a_database_refuses(self, text):
        compact = tags_json(text)
        json.loads(compact)
        compact.encode()
        assert "\0" not in compact


class TestCache:
    def test_forgets_when_it_has_too_much(self, monkeypatch):
        monkeypatch.setattr(Cache, "MAX_ENTRIES", 3)
        monkeypatch.setattr(Cache, "MAX_CHARACTERS", 100)
        cache = Cache()
        for n in range(10):
            assert cache.keep(n, str(n), 1) == str(n)
            assert len(cache) <= 3
        cache.keep("large", "x", 100)
        assert list(cache) == ["large"]
        assert cache.keep("too large", "y", 101) == "y"
        assert "too large" not in cache
