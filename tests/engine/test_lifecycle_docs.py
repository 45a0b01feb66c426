"""docs/contracts.md, sections Lifecycle and Ending, row by row."""

from datetime import date

import pytest
from cloud_billing_engine.schedule import Life, Span, TermFacts, first_legal_end, next_change, state_on
from doc_tables import read_examples

EXAMPLES = [example for example in read_examples("contracts.md") if {"life", "legal_end"} & set(example[1])]


def read_day(text):
    return date.fromisoformat(text) if text else None


def check_life(block, row):
    facts = dict(block["life"])
    pauses = tuple((read_day(start), read_day(end)) for start, end in facts.pop("pauses", ()))
    life = Life(is_signed=True, pauses=pauses, **{name: read_day(day) for name, day in facts.items()})
    day = read_day(row["day"])
    assert (state_on(life, day), next_change(life, day)) == (row["state"], read_day(row["until"]))


def check_legal_end(block, row):
    facts = block["legal_end"]
    term = TermFacts(
        start=read_day(facts["start"]),
        end=read_day(facts.get("end")),
        notice=Span(*facts["notice"]),
        minimum_end=read_day(facts.get("minimum_end")),
        is_renewed="following" in facts,
        following=Span(*facts.get("following", (0, "month"))),
    )
    found = first_legal_end(term, read_day(row["notice given on"]), read_day(row["wanted from"]))
    assert (found.day.isoformat(), found.reason) == (row["ends on"], row["because of"])


CHECKS = {
    ("day", "state", "until"): check_life,
    ("notice given on", "wanted from", "ends on", "because of"): check_legal_end,
}


@pytest.mark.parametrize(
    ("block", "row"), [pytest.param(block, row, id=f"line_{number}") for number, block, row in EXAMPLES]
)
def test_a_row_of_the_page(block, row):
    CHECKS[tuple(row)](block, row)


def test_every_kind_of_table_is_there():
    assert {tuple(row) for _number, _block, row in EXAMPLES} == set(CHECKS)
    assert len(EXAMPLES) >= 16
