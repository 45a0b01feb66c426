"""JSON documents that are nearly requests, and what must hold for every answer."""

import json

from hypothesis import strategies as st

_WORDS = [
    "per_unit", "graduated", "flat", "cost_plus", "billed", "EUR", "USD", "hour", "days", "0.01", "1", "-1", "0",
    "1e9", "1e-60", "1e60", "999999999999999.123456789012", "NaN", "2026-03-01", "2026-04-01",
    "2026-03-15T12:00:00", "9999-12-31", "line", "everyone", "category", "UTC", "Asia/Beirut", "month", "year",
    "day", "week", "anniversary", "calendar", "advance", "arrears",
]  # fmt: skip
WORDS = st.sampled_from(_WORDS)
_LEAVES = st.one_of(WORDS, st.none(), st.booleans(), st.integers(-2, 40), st.text(max_size=5), st.floats())


def make_documents(keys):
    """Nested lists and objects of known keys and of values that may be right somewhere."""

    def nest(inner):
        return st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(keys), inner, max_size=len(keys)))

    return st.recursive(_LEAVES, nest, max_leaves=40)


def shaped(**values):
    """Objects with any of these keys."""
    return st.fixed_dictionaries({}, optional=values)


def check_answer(text, is_fine):
    """It is JSON, it says nothing empty, and it says whether something was refused."""
    answers = json.loads(text)
    one_by_one = answers if isinstance(answers, list) else [answers]
    assert all(one_by_one)
    assert is_fine == (not any("error" in one for one in one_by_one))
