"""Every example in docs/meters.md names the test that works it out, and that test is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NAMED = re.compile(r"`(Test\w+)\.(test_\w+)`")


def _get_tests():
    """{(class, method)} of all Odoo tests, by their text."""
    found = set()
    for path in (ROOT / "cloud_billing" / "tests").glob("test_*.py"):
        name = None
        for line in path.read_text().splitlines():
            if match := re.match(r"class (\w+)", line):
                name = match[1]
            elif match := re.match(r"    def (test_\w+)", line):
                found.add((name, match[1]))
    return found


def test_every_test_that_the_page_names_is_there():
    named = _NAMED.findall((ROOT / "docs" / "meters.md").read_text())
    assert len(named) > 40
    assert set(named) - _get_tests() == set()


def test_every_row_of_an_example_names_its_test():
    for line in (ROOT / "docs" / "meters.md").read_text().splitlines():
        is_row = line.startswith("|") and not set(line) <= set("|- ")
        if is_row and line.count("|") > 4 and not line.rstrip("| ").endswith("test"):
            assert _NAMED.search(line), line
