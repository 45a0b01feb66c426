"""`make torture` counts what hypothesis really tried, and too few examples do not pass for enough."""

import pytest
import torture
from torture import Property

STATISTICS = """
============================ Hypothesis Statistics =============================
tests/engine/test_a.py::TestA::test_one:

  - during reuse phase (0.01 seconds):
    - Typical runtimes: < 1ms, of which < 1ms in data generation
    - 3 passing, 0 failing, and 0 invalid test cases

  - during generate phase (0.34 seconds):
    - 1997 passing, 0 failing, and 6 invalid test cases
    - Events:
      * 5.66%, Retried draw

  - Stopped because settings.max_examples=2000


tests/engine/test_a.py::test_two[a: b]:

  - during generate phase (0.13 seconds):
    - 12 passing, 0 failing, and 0 invalid test cases

  - Stopped because nothing left to do


tests/engine/test_a.py::test_three:

  - during generate phase (0.13 seconds):
    - 150 passing, 0 failing, and 9000 invalid test cases

  - Stopped because settings.max_examples=2000, but < 10% of examples satisfied assumptions


tests/engine/test_a.py::test_four:

  - during generate phase (0.13 seconds):
    - 5 passing, 1 failing, and 0 invalid test cases

  - during shrink phase (0.13 seconds):
    - 7 passing, 4 failing, and 0 invalid test cases

  - Stopped because nothing left to do
"""


def test_each_property_is_counted_over_its_phases():
    assert torture.read_statistics(STATISTICS) == [
        Property("TestA::test_one", 2000, 0, True),
        Property("test_two[a: b]", 12, 0, True),
        Property("test_three", 150, 0, False),
        Property("test_four", 12, 5, False),
    ]


@pytest.mark.parametrize(
    ("tried", "is_fine", "code", "last"),
    [
        ([Property("a", 2000, 0, True)], True, 0, "1 properties, 2000 examples, 0 failed"),
        ([Property("a", 2000, 0, True)], False, 1, "1 properties, 2000 examples, 0 failed"),
        ([Property("a", 150, 0, False)], True, 1, "1 properties, 150 examples, 1 failed"),
        ([], True, 1, "0 properties, 0 examples, 0 failed"),
    ],
)
def test_the_last_line_and_the_exit_code(monkeypatch, tried, is_fine, code, last):
    lines = []
    monkeypatch.setattr(torture, "say", lines.append)
    assert torture.summarise(tried, is_fine) == code
    assert lines[-1] == last
