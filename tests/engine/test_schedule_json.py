"""The schedule by JSON."""

import json
import subprocess
import sys
from pathlib import Path

import cloud_billing_engine
import pytest
from cloud_billing_engine.schedule.wire import answer_text

ADD_ON = Path(cloud_billing_engine.__file__).parents[1]
REQUEST = {"date_start": "2026-03-16", "until": "2026-05-01", "date_end": "2026-04-11"}


def answer_to(**request):
    return json.loads(answer_text(json.dumps(request))[0])


class TestAnswers:
    def test_periods_with_their_shares_bounds_and_due_days(self):
        given = answer_to(**REQUEST, time_zone="Europe/Amsterdam", timing="arrears")
        assert given["periods"] == [
            {
                "start": "2026-03-16",
                "end": "2026-04-01",
                "index": 0,
                "full_start": "2026-03-01",
                "full_end": "2026-04-01",
                "proration": {"numerator": 16, "denominator": 31, "label": "days"},
                "utc_start": "2026-03-15T23:00:00",
                "utc_end": "2026-03-31T22:00:00",
                "due_date": "2026-04-01",
            },
            {
                "start": "2026-04-01",
                "end": "2026-04-11",
                "index": 1,
                "full_start": "2026-04-01",
                "full_end": "2026-05-01",
                "proration": {"numerator": 10, "denominator": 30, "label": "days"},
                "utc_start": "2026-03-31T22:00:00",
                "utc_end": "2026-04-10T22:00:00",
                "due_date": "2026-04-11",
            },
        ]

    def test_a_cycle_of_ones_own(self):
        cycle = {"unit": "quarter", "count": 1, "kind": "anniversary", "anchor_day": None}
        given = answer_to(date_start="2026-01-31", until="2026-05-01", cycle=cycle)
        assert [period["start"] for period in given["periods"]] == ["2026-01-31", "2026-04-30"]

    def test_the_command_needs_nothing_but_python(self):
        command = [sys.executable, "-m", "engine", "schedule"]
        done = subprocess.run(
            command, input=json.dumps(REQUEST), capture_output=True, text=True, cwd=ADD_ON, timeout=60
        )
        assert (done.returncode, len(json.loads(done.stdout)["periods"])) == (0, 2)


class TestOtherQuestions:
    def test_a_share_a_term_and_a_notice(self):
        february = {"full_start": "2026-02-01", "full_end": "2026-03-01"}
        half = {"method": "thirty", "used_start": "2026-02-16", "used_end": "2026-03-01", **february}
        # 30 + 1 - 16 = 15 days of 30
        assert answer_to(share=half) == {"share": {"numerator": 15, "denominator": 30}}
        term = {"date_start": "2026-03-01", "count": 12, "unit": "month", "day": "2027-06-01"}
        assert answer_to(term={**term, "notice": {"count": 3, "unit": "month"}}) == {
            "term": {"date_end": "2027-03-01", "next_renewal": "2028-03-01", "notice_date": "2026-11-30"}
        }
        notice = {"day": "2026-06-30", "count": 3, "unit": "month"}
        assert answer_to(notice=notice) == {"notice": {"date_end": "2026-10-01"}}
        assert answer_to(notice={**notice, "minimum_end": "2027-03-01"}) == {"notice": {"date_end": "2027-03-01"}}

    def test_a_cycle_with_a_common_date(self):
        cycle = {"kind": "aligned", "origin": "2026-01-15"}
        given = answer_to(date_start="2026-03-20", until="2026-05-01", cycle=cycle)
        assert [period["start"] for period in given["periods"]] == ["2026-03-20", "2026-04-15"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "kind", "reason"),
        [
            ({"date_end": "2026-03-16"}, "PeriodError", "end_not_after_start"),
            ({"cycle": {"unit": "moon"}}, "CycleError", "unknown_unit"),
            ({"time_zone": "Mars/Olympus"}, "ZoneError", "unknown_zone"),
            ({"timing": "whenever"}, "PeriodError", "unknown_timing"),
            ({"until": "tomorrow"}, "RequestError", "not_a_date"),
            ({"cycle": {"length": 1}}, "RequestError", "unknown_key"),
            ({"cycle": {"kind": "aligned"}}, "CycleError", "origin"),
            ({"share": {}}, "RequestError", "unknown_key"),
        ],
    )
    def test_they_are_answers(self, changes, kind, reason):
        error = answer_to(**{**REQUEST, **changes})["error"]
        assert (error["kind"], error["reason"]) == (kind, reason)
