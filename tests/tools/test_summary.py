"""The summary of `make test` counts truly, and nothing that did not run passes for run."""

import pytest
import run_tests
from run_tests import Result

REPORT = """<testsuites><testsuite>
<testcase file="tests/engine/test_a.py" classname="a" name="test_one" />
<testcase file="tests/engine/test_a.py" classname="a" name="test_two"><failure message="no" /></testcase>
<testcase file="tests/engine/test_a.py" classname="a" name="test_three"><error message="in setup" /></testcase>
<testcase file="tests/engine/test_b.py" classname="b" name="test_four"><skipped message="no samples" /></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "engine.xml"
    path.write_text(REPORT)
    return path


@pytest.fixture
def printed(monkeypatch):
    lines = []
    monkeypatch.setattr(run_tests, "say", lambda text: lines.extend(text.splitlines()))
    return lines


def test_a_report_is_counted(report):
    result = Result("engine")
    run_tests.read_report(result, report)
    assert (result.passed, len(result.failures), len(result.skipped)) == (1, 2, 1)
    assert result.skipped == ["tests/engine/test_b.py::test_four: no samples"]


def test_a_file_without_a_case_in_the_report_is_named(report, tmp_path, monkeypatch):
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    (tmp_path / "tests" / "engine").mkdir(parents=True)
    for name in ("test_a.py", "test_b.py", "test_c.py"):
        (tmp_path / "tests" / "engine" / name).touch()
    assert run_tests.silent_files(["tests/engine"], [report]) == ["tests/engine/test_c.py"]


def test_a_suite_that_ran_nothing_fails(printed, monkeypatch, tmp_path):
    monkeypatch.setattr(run_tests, "REPORTS", tmp_path)
    monkeypatch.setattr(run_tests, "_run_part", lambda *_arguments: 0)
    result = Result("engine")
    run_tests._run([run_tests.Part([], [], {})], result, None)
    assert run_tests._summary([result], require_all=False) == 1
    assert "failed   engine: it ran nothing" in printed
    assert printed[-1] == "0 passed, 1 failed, 0 skipped"


def test_pytest_that_fell_over_fails():
    assert "exit code 2" in run_tests._get_problem(2, None)


def test_skipped_tests_pass_and_are_named(printed):
    assert run_tests._summary([Result("engine", passed=2, skipped=["a::b: no samples"])], require_all=False) == 0
    assert "skipped  a::b: no samples" in printed
    assert printed[-1] == "2 passed, 0 failed, 1 skipped"


def test_a_suite_that_could_not_run_is_told_with_the_reason(printed):
    results = [Result("engine", passed=2), Result("odoo", not_run="There is no apt-get here.")]
    assert run_tests._summary(results, require_all=False) == 0
    assert "not run  odoo: There is no apt-get here." in printed


@pytest.mark.parametrize("result", [Result("odoo", skipped=["a: why"], passed=1), Result("odoo", not_run="why")])
def test_require_all_makes_what_did_not_run_a_failure(result, printed):
    assert run_tests._summary([result], require_all=True) == 1
    assert "failed   REQUIRE_ALL is set, and not everything ran" in printed
    assert printed[-1].endswith("skipped")


def test_a_failed_test_fails_with_and_without_require_all(printed):
    for require_all in (False, True):
        assert run_tests._summary([Result("engine", passed=1, failures=["a::b"])], require_all) == 1
    assert printed[-1] == "1 passed, 1 failed, 0 skipped"


def test_a_process_may_have_nothing_that_was_selected():
    assert not run_tests._get_problem(5, "meters", is_share=True)
    assert "exit code 5" in run_tests._get_problem(5, None, is_share=True)
