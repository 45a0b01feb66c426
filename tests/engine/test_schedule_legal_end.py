"""On which days a contract may end."""

from datetime import date

import pytest
from cloud_billing_engine.schedule import CycleError, Span, TermFacts, add_units, first_legal_end, notice_date
from hypothesis import given
from hypothesis import strategies as st

MONTHS_3 = Span(3, "month")
YEAR = Span(1, "year")
SPANS = st.builds(Span, st.integers(0, 30), st.sampled_from(("day", "week", "month", "quarter", "year")))
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def day(text):
    return date.fromisoformat(text)


RENEWED = TermFacts(day("2026-01-01"), day("2027-01-01"), MONTHS_3, day("2027-01-01"), is_renewed=True, following=YEAR)


@pytest.mark.parametrize(
    ("noticed", "wanted", "end", "reason", "missed"),
    [
        ("2026-09-30", "2027-01-01", "2027-01-01", "asked", None),
        ("2026-09-30", "2026-11-01", "2027-01-01", "minimum", None),
        # One day late: the contract went on for a year.
        ("2026-10-01", "2026-11-01", "2028-01-01", "notice", "2026-09-30"),
        ("2026-10-01", "2027-06-01", "2028-01-01", "term", None),
        ("2026-03-01", "2028-01-01", "2028-01-01", "asked", None),
    ],
)
def test_a_renewed_term_ends_at_its_end_or_at_the_next(noticed, wanted, end, reason, missed):
    found = first_legal_end(RENEWED, day(noticed), day(wanted))
    assert (found.day, found.reason, found.notice) == (day(end), reason, missed and day(missed))


@pytest.mark.parametrize(
    ("noticed", "wanted", "end", "reason"),
    [
        ("2026-03-10", "2026-03-15", "2027-01-01", "minimum"),
        ("2027-03-10", "2027-03-15", "2027-04-11", "notice"),
        ("2027-03-10", "2027-06-15", "2027-06-15", "asked"),
    ],
)
def test_an_open_term_ends_after_its_minimum_and_its_notice(noticed, wanted, end, reason):
    term = TermFacts(day("2026-01-01"), None, Span(1, "month"), day("2027-01-01"))
    found = first_legal_end(term, day(noticed), day(wanted))
    assert (found.day, found.reason) == (day(end), reason)


def test_a_term_that_goes_on_openly_ends_after_notice_once_it_is_over():
    term = TermFacts(day("2026-01-01"), day("2028-01-01"), Span(1, "month"), None, True, Span(0))
    # 15 December is late for 1 January; the open term that follows ends a month after the day of the notice.
    found = first_legal_end(term, day("2027-12-15"), day("2027-12-20"))
    assert (found.day, found.reason) == (day("2028-01-16"), "notice")


def test_a_term_that_is_not_renewed_ends_by_itself():
    term = TermFacts(day("2026-01-01"), day("2027-01-01"), MONTHS_3)
    assert first_legal_end(term, day("2026-12-30"), day("2026-12-31")).day == day("2027-01-01")
    assert first_legal_end(term, day("2026-12-30"), day("2030-01-01")).day == day("2027-01-01")


@given(st.integers(0, 60), SPANS, st.integers(1, 36), DAYS, DAYS)
def test_a_legal_end_is_never_before_what_was_wanted_nor_without_its_notice(months, notice, following, noticed, wanted):
    start = date(2000, 1, 1)
    end = add_units(start, months, "month") if months else None
    found = first_legal_end(TermFacts(start, end, notice, None, True, Span(following, "month")), noticed, wanted)
    assert found.day >= wanted
    assert noticed <= notice_date(found.day, notice.count, notice.unit) or end is None


def test_nonsense_is_refused():
    for make in (lambda: Span(-1, "month"), lambda: Span(True, "month"), lambda: Span(1, "moon")):
        with pytest.raises(CycleError):
            make()
