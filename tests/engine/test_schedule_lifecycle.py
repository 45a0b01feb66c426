"""What a subscription is on a day."""

from datetime import date, timedelta

import pytest
from cloud_billing_engine.schedule import Life, next_change, state_on
from hypothesis import given
from hypothesis import strategies as st

START = date(2026, 1, 1)
DAYS = st.dates(START, START + timedelta(days=60))


def draw_life(**more):
    return st.builds(
        Life,
        date_start=st.just(START),
        is_signed=st.booleans(),
        date_end=st.none() | DAYS,
        is_cancelled=st.booleans(),
        trial_end=st.none() | DAYS,
        end_known_from=st.none() | DAYS,
        pauses=st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=3).map(tuple),
        **more,
    )


LIFE = Life(
    START,
    is_signed=True,
    date_end=date(2026, 12, 1),
    trial_end=date(2026, 2, 1),
    end_known_from=date(2026, 6, 10),
    pauses=((date(2026, 4, 1), date(2026, 5, 1)), (date(2026, 11, 1), None), (date(2026, 3, 1), date(2026, 3, 1))),
)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2025-12-31", "trial"),
        ("2026-01-31", "trial"),
        ("2026-02-01", "active"),
        ("2026-03-01", "active"),
        ("2026-04-01", "paused"),
        ("2026-04-30", "paused"),
        ("2026-05-01", "active"),
        ("2026-06-09", "active"),
        ("2026-06-10", "ending"),
        ("2026-11-01", "paused"),
        ("2026-11-30", "paused"),
        ("2026-12-01", "ended"),
    ],
)
def test_each_day_of_a_life_has_its_state(day, state):
    assert state_on(LIFE, date.fromisoformat(day)) == state


def test_a_draft_is_a_draft_whatever_its_dates():
    draft = Life(START, date_end=date(2026, 2, 1), trial_end=date(2026, 1, 15))
    assert {state_on(draft, START + timedelta(days=days)) for days in range(-5, 60)} == {"draft"}


def test_a_draft_that_was_withdrawn_and_an_end_outside_the_agreement_are_cancelled():
    assert state_on(Life(START, date_end=START, is_cancelled=True), START) == "cancelled"
    cancelled = Life(START, is_signed=True, date_end=date(2026, 2, 1), is_cancelled=True)
    assert state_on(cancelled, date(2026, 1, 31)) == "ending"
    assert state_on(cancelled, date(2026, 2, 1)) == "cancelled"


@given(draw_life(), DAYS)
def test_the_next_change_is_the_first_day_with_another_state(life, day):
    present = state_on(life, day)
    # Every day is asked: a year after the last fact nothing changes any more.
    later = (day + timedelta(days=days) for days in range(1, 130))
    assert next_change(life, day) == next((one for one in later if state_on(life, one) != present), None)
