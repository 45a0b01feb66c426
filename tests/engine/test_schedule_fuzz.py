"""Whatever a request holds, the answer is an answer: the schedule by JSON never falls over."""

import json
from datetime import date

from cloud_billing_engine.schedule.wire import answer_text
from fuzz_documents import WORDS, check_answer, make_documents, shaped
from hypothesis import given, settings
from hypothesis import strategies as st

KEYS = [
    "cycle",
    "date_start",
    "date_end",
    "until",
    "time_zone",
    "timing",
    "unit",
    "count",
    "kind",
    "anchor_day",
    "origin",
]
KEYS += ["share", "term", "notice", "method", "used_start", "used_end", "full_start", "full_end", "first", "day"]
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31)).map(str)
REQUESTS = st.fixed_dictionaries(
    {"date_start": DAYS, "until": DAYS},
    optional={
        "cycle": shaped(
            unit=st.sampled_from(["day", "week", "month", "quarter", "year", "moon"]),
            count=st.integers(0, 10**6),
            kind=st.sampled_from(["calendar", "anniversary", "lunar"]),
            anchor_day=st.one_of(st.none(), st.integers(0, 32)),
        ),
        "date_end": st.one_of(DAYS, st.none()),
        "time_zone": WORDS,
        "timing": WORDS,
    },
)


WIDE = st.dates().map(str)
LENGTH = {"count": st.integers(-3, 10**6), "unit": st.sampled_from(["day", "week", "month", "quarter", "year", "moon"])}
OTHERS = st.one_of(
    st.fixed_dictionaries(
        {
            "share": st.fixed_dictionaries(
                {
                    "method": st.sampled_from(["day", "second", "thirty", "none", "moon"]),
                    **dict.fromkeys(("used_start", "used_end", "full_start", "full_end"), st.one_of(DAYS, WIDE)),
                },
                optional={"time_zone": WORDS, "first": st.one_of(DAYS, st.none())},
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "term": st.fixed_dictionaries(
                {"date_start": WIDE, **LENGTH},
                optional={"anchor_day": st.integers(-1, 40), "day": WIDE, "notice": st.fixed_dictionaries(LENGTH)},
            )
        }
    ),
    st.fixed_dictionaries(
        {"notice": st.fixed_dictionaries({"day": WIDE, **LENGTH}, optional={"minimum_end": st.one_of(WIDE, st.none())})}
    ),
)


@settings(max_examples=max(300, settings.default.max_examples))
@given(st.one_of(make_documents(KEYS), REQUESTS, OTHERS))
def test_any_document_is_answered(document):
    check_answer(*answer_text(json.dumps(document)))
