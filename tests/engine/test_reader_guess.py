"""Proposals for unknown tables: what names and first rows say, and where they do not say enough."""

import pytest
from cloud_billing_engine.readers.own.guess import (
    NAMES,
    name_currency,
    name_unit,
    possible_date_formats,
    propose_fields,
    propose_period,
    propose_style,
)
from cloud_billing_engine.readers.own.mapping import FIELDS, fold


def proposed(header, *rows):
    """{column: (field, why)} of what is proposed."""
    found = propose_fields(header, rows)
    return {name: tuple(one) for name, one in zip(header, found, strict=True) if one.field}


class TestColumns:
    def test_are_known_by_their_names_in_several_languages(self):
        assert proposed(
            ["Datum", "Kunden-Nr", "Kundenname", "Artikel", "Menge", "Einheit", "Betrag", "Bemerkung"],
            ["05.10.2026", "K-7", "Bakery", "Speicher", "1,5", "GB", "3,00", "5"],
        ) == {
            "Datum": ("start", "name"),
            "Kunden-Nr": ("account", "name"),
            "Kundenname": ("account_name", "name"),
            "Artikel": ("service", "name"),
            "Menge": ("quantity", "name"),
            "Einheit": ("unit", "name"),
            "Betrag": ("cost", "name"),
        }

    def test_are_known_by_their_cells_where_no_name_says_it(self):
        assert proposed(["A", "B", "C", "D"], ["x", "2026-10-05", "EUR", "1.5"]) == {
            "B": ("start", "dates"),
            "C": ("currency", "currencies"),
            "D": ("quantity", "numbers"),
        }

    def test_that_name_a_currency_are_costs(self):
        found = proposed(["When", "Net EUR", "Hours", "USD"], ["2026-10-05", "3", "2", "4"])
        assert found == {"When": ("start", "dates"), "Net EUR": ("cost", "name"), "Hours": ("quantity", "name")}
        assert proposed(["Rate EUR", "eurostar"], ["x", "y"]) == {}
        assert [name_currency(name) for name in ("Net EUR", "usd", "amount", "EUR USD")] == ["EUR", "USD", None, None]
        assert [name_unit(name) for name in (" Hours", "kWh", "Menge")] == ["Hours", "kWh", None]

    def test_of_an_account_and_its_name_the_one_with_the_number_is_the_account(self):
        rows = (["Harbour Cafe", "C-17"], ["Museum", "C-20"])
        found = proposed(["Client", "Client No"], *rows)
        assert found == {"Client": ("account_name", "name"), "Client No": ("account", "name")}
        assert proposed(["Client", "Amount"], ["x", "1"])["Client"] == ("account", "name")

    def test_are_not_what_their_cells_cannot_be(self):
        assert proposed(["date", "quantity", "id"], ["soon", "many", "1"], ["later", "few", "1"]) == {}

    def test_are_one_thing_each(self):
        found = proposed(["qty", "quantity", "usage"], ["1", "2", "3"])
        assert found == {"qty": ("quantity", "name")}

    def test_may_be_proposed_without_rows(self):
        assert proposed(["date", "amount"]) == {"date": ("start", "name"), "amount": ("cost", "name")}

    def test_names_mean_one_thing_and_are_fields(self):
        names = [fold(name) for words in NAMES.values() for name in words.split()]
        assert len(names) == len(set(names))
        assert set(NAMES) <= set(FIELDS)


class TestDates:
    @pytest.mark.parametrize(
        ("values", "formats"),
        [
            (["03/04/2026", "05/04/2026"], ["dmy", "mdy"]),
            (["03/04/2026", "25/04/2026"], ["dmy"]),
            (["03/04/2026", "04/25/2026"], ["mdy"]),
            (["2026-04-03", ""], ["iso"]),
            (["20260403"], ["compact"]),
            (["1791158400"], ["epoch_s"]),
            (["1791158400000"], ["epoch_ms"]),
            (["3 April"], []),
            ([], []),
        ],
    )
    def test_that_can_be_read_in_two_ways_are_asked(self, values, formats):
        assert possible_date_formats(values) == formats


class TestNumbers:
    @pytest.mark.parametrize(
        ("values", "decimal", "thousands"),
        [
            (["1.5", "2"], ".", ""),
            (["1,5"], ",", ""),
            (["1,234.50"], ".", ","),
            (["1.234,50"], ",", "."),
            (["1.234.567"], ",", "."),
            (["1 234,5"], ",", " "),
            (["1'234.50"], ".", "'"),
            (["12"], ".", ""),
            (["0.125"], ".", ""),
            # 1.234 is one and a bit, or more than a thousand: nobody knows.
            (["1.234", "12"], None, ""),
            (["1,234"], None, ""),
        ],
    )
    def test_that_can_be_read_in_two_ways_are_asked(self, values, decimal, thousands):
        style = propose_style(values)
        assert (style.decimal, style.thousands) == (decimal, thousands)
        assert bool(style.examples) is (decimal is None)


class TestPeriods:
    @pytest.mark.parametrize(
        ("starts", "ends", "has_duration", "period"),
        [
            (["2026-10-05"], [], False, "day"),
            (["2026-10-05 10:00"], [], False, "hour"),
            (["2026-10-05 10:07"], [], False, "instant"),
            (["2026-10-05 10:07"], [], True, "duration"),
            (["2026-10-05"], ["2026-10-07"], False, "end"),
            (["2026-10-05", "2026-10-06"], ["2026-10-05", "2026-10-07"], False, "last_day"),
        ],
    )
    def test_are_proposed_from_the_cells(self, starts, ends, has_duration, period):
        assert propose_period(starts, ends, has_duration, "iso") == period
