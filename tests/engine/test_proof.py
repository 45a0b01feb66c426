"""A proof file: what ties, and what a change of any figure in it does."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import cloud_billing_engine
import pytest
from cloud_billing_engine.proof import check_proof, tell
from cloud_billing_engine.rating import (
    ENGINE_VERSION,
    Adjustment,
    Commitment,
    Exchange,
    Grant,
    RatedResult,
    describe_set,
    difference,
    price_set,
    rate,
    true_up,
)
from hypothesis import given
from hypothesis import strategies as st
from proof_samples import (
    FILE,
    LADDER,
    MARCH,
    change,
    make_line,
    make_proof,
    make_row,
    make_sample_line,
    make_usage,
    seal,
)
from rating_samples import RULE, cost_plus, flat, make_facts, per_unit

ADD_ON = Path(cloud_billing_engine.__file__).parents[1]
PROOF = make_proof()


def check(proof, files=()):
    return check_proof(json.dumps(proof), files)


def codes_of(report):
    return [finding.code for finding in report.wrong]


class TestAFileThatTies:
    def test_every_comparison_is_fine(self):
        report = check(PROOF)
        assert report.is_fine, tell(report)
        assert [finding.code for finding in report.findings] == [
            "file_digest", "original_files_elsewhere", "rows_digest", "row_count", "quantity", "rated_again",
            "line_amount", "statement_amount", "statement_days", "statement_quantity", "invoice_line", "entry_line",
            "entry_balance", "posted", "bill_seal", "sealed_amount", "sealed_quantity", "sealed_statement",
            "run_content", "bill_in_run", "request_hash", "request_state", "approved_by", "four_eyes",
        ]  # fmt: skip

    def test_it_says_so_in_words(self):
        name = "ties   Compute hours (7)"
        lines = tell(check(PROOF))
        assert f"{name}: 3 rows come to 1500 hour (sum of quantity), the quantity that was priced." in lines
        assert f"{name}: worked out again it is 140.00 EUR, and each of its 2 steps is the same." in lines
        assert lines[-1] == "Everything ties: 23 comparisons."

    def test_original_files_are_compared_by_their_checksums(self):
        report = check(PROOF, [("mine.csv", FILE["sha256"])])
        assert report.is_fine
        assert "original_files_elsewhere" not in [finding.code for finding in report.findings]
        assert codes_of(check(PROOF, [("other.csv", "00")])) == ["original_file"]

    def test_a_draft_is_told_apart(self):
        draft = seal({**PROOF, "invoice": None, "approval": None})
        report = check(draft)
        assert report.is_fine
        assert {"not_invoiced", "not_approved"} <= {finding.code for finding in report.findings}


class TestWhatWasChanged:
    """A forger changes one figure and seals the file anew."""

    LINE = ("lines", 0)

    @pytest.mark.parametrize(
        ("path", "to", "codes"),
        [
            (("lines", 0, "usage", "rows", 1, 4), "300.5", {"rows_digest", "quantity"}),
            (("lines", 0, "usage", "rows", 1, 0), 4, {"rows_digest", "rows_of_unknown_file"}),
            (("lines", 0, "usage", "rows", 1, 5), "day", {"rows_digest", "several_units"}),
            (("lines", 0, "usage", "meter", "aggregation"), "max", {"quantity"}),
            (("lines", 0, "usage", "meter", "aggregation"), "magic", {"cannot_count"}),
            (("lines", 0, "usage", "digest"), "00", {"rows_digest"}),
            (("lines", 0, "workings", "terms", "tiers", 0, "unit_price"), "0.11", {"step", "workings", "line_amount"}),
            (("lines", 0, "workings", "facts", "quantity"), "1600", {"quantity", "step", "workings", "line_amount"}),
            (("lines", 0, "workings", "facts", "rows"), 4, {"row_count"}),
            (("lines", 0, "workings", "steps", 0, "after"), "141.00", {"step"}),
            (("lines", 0, "workings", "steps"), [], {"step_count"}),
            (("lines", 0, "workings", "amount"), "141.00", {"workings"}),
            (("lines", 0, "workings", "terms", "charge_model"), "magic", {"cannot_rate"}),
            (("lines", 0, "workings", "terms", "magic"), "1", {"cannot_read"}),
            (("lines", 0, "workings", "facts"), None, {"row_count", "cannot_read"}),
            (("lines", 0, "amount"), "141.00", {"line_amount", "statement_amount", "sealed_amount", "invoice_line"}),
            (("lines", 0, "quantity"), "1600", {"statement_quantity", "sealed_quantity"}),
            (("lines", 0, "statement", "amount"), "141.00", {"statement_amount", "sealed_statement"}),
            (("lines", 0, "statement", "service_end"), "2026-05-01", {"statement_days", "sealed_statement"}),
            (("lines", 0, "id"), 8, {"line_not_sealed"}),
            (("lines", 0, "currency"), "USD", {"currencies"}),
            (("invoice", "untaxed"), "141.00", {"invoice_line", "entry_line"}),
            (("invoice", "entry", 1, "amount_currency"), "-141.00", {"entry_line"}),
            (("invoice", "entry", 0, "debit"), "141.00", {"entry_balance"}),
            (("invoice", "state"), "draft", {"posted"}),
            (("approval", "bill", "content", 0, 1), "141.00", {"bill_seal", "sealed_amount"}),
            (("approval", "bill", "digest"), "00", {"bill_seal", "bill_in_run"}),
            (("approval", "run", "content", 2, 0, 1), "00", {"run_content", "bill_in_run"}),
            (("approval", "request", "content_hash"), "00", {"request_hash", "approved_by"}),
            (("approval", "request", "state"), "pending", {"request_state"}),
            (("approval", "request", "levels"), 2, {"approved_by"}),
            (("approval", "request", "requested_by_id"), 2, {"four_eyes"}),
            (("approval", "votes", 0, "content_hash"), "00", {"approved_by"}),
            (("approval", "votes", 0, "decision"), "reject", {"approved_by"}),
            (("approval", "votes"), [], {"approved_by"}),
        ],
    )
    def test_is_found_and_named(self, path, to, codes):
        report = check(change(PROOF, *path, to=to))
        assert set(codes_of(report)) == codes
        assert all(line for line in tell(report))

    def test_without_sealing_anew_the_file_itself_does_not_tie(self):
        changed = {**PROOF, "company": "Other BV"}
        assert codes_of(check(changed)) == ["file_digest"]

    @pytest.mark.parametrize(
        ("path", "to"),
        [
            (("version",), 2),
            (("format",), "other"),
            (("lines", 0, "usage", "columns"), ["file"]),
            (("lines", 0, "usage", "rows", 0), [1]),
            (("lines", 0, "usage", "rows", 0, 2), "yesterday"),
            (("lines", 0, "usage", "rows", 0, 2), "2026-03-01T00:00:00+01:00"),
            (("lines", 0, "amount"), "1,5"),
            (("lines", 0, "workings"), []),
        ],
    )
    def test_what_is_no_proof_file_is_refused_with_the_place(self, path, to):
        report = check(change(PROOF, *path, to=to))
        assert codes_of(report) == ["unreadable"]
        assert not report.is_fine

    def test_text_that_is_no_json(self):
        assert codes_of(check_proof("{")) == ["unreadable"]
        assert codes_of(check_proof('{"version": 1.0}')) == ["unreadable"]


class TestOtherLines:
    def test_an_agreed_fee_has_no_rows(self):
        line = make_line(rate(flat("31.00"), make_facts("1", unit="")), None)
        assert check(make_proof(line)).is_fine

    def test_several_lines_make_one_invoice_line(self):
        other = make_line(rate(flat("10.00"), make_facts("1", unit="")), None, number=8)
        report = check(make_proof(make_sample_line(), other))
        assert report.is_fine, tell(report)
        assert "ties   INV/2026/00001: 2 rated lines add up to 150.00 EUR, the invoice line (untaxed)." in tell(report)

    def test_everything_around_the_charge_model(self):
        # 1,500 h less 100 included, 600 before: 400 x 0.10 + 1,000 x 0.08 = 120.00; - 10 % = 108.00
        discount = Adjustment(rule=RULE, percent=Decimal(-10), is_discount=True, label="Welcome", limit=Decimal(50))
        facts = make_facts(
            "1500", rows=3, carried=Decimal(600), grants=(Grant(1, "Included", Decimal(100)),), usage_number=88
        )
        result = rate(LADDER, facts, adjustments=[discount])
        rows = [make_row("1000"), make_row("400.5"), make_row("99.5")]
        report = check(make_proof(make_line(result, make_usage(rows))))
        assert report.is_fine, tell(report)
        assert result.amount == Decimal("108.00")
        notes = [finding.code for finding in report.findings if finding.is_fine is None]
        assert notes == ["original_files_elsewhere", "carried", "granted"]

    def test_workings_of_an_older_engine_say_less_and_all_of_it_again(self):
        older = change(PROOF, "lines", 0, "workings", "engine_version", to="1.0")
        step = dict(older["lines"][0]["workings"]["steps"][-1])
        del step["mode"]
        less = change(older, "lines", 0, "workings", "steps", -1, to=step)
        report = check(less)
        assert report.is_fine, tell(report)
        assert "engine_version" in [finding.code for finding in report.findings]
        # What it does say is compared all the same.
        assert codes_of(check(change(less, "lines", 0, "workings", "steps", -1, "to", to="0.02"))) == ["step"]
        assert codes_of(check(change(less, "lines", 0, "workings", "steps", -1, "more", to="x"))) == ["step"]

    @pytest.mark.parametrize("version", [ENGINE_VERSION, "0.9", "1.99", "one", None])
    def test_workings_of_no_older_engine_lack_nothing(self, version):
        step = dict(PROOF["lines"][0]["workings"]["steps"][-1])
        del step["mode"]
        less = change(PROOF, "lines", 0, "workings", "steps", -1, to=step)
        assert codes_of(check(change(less, "lines", 0, "workings", "engine_version", to=version))) == ["step"]

    def test_a_correction_is_now_less_what_was_billed(self):
        now = rate(LADDER, make_facts("1500", rows=3, usage_number=88))
        line = make_line(difference(now, Decimal("116.00"), Decimal("1200")), make_sample_line()["usage"])
        line["engine_version"] = "1.0"
        line["billed_before"] = [
            {"id": 3, "amount": "120.00", "quantity": "1250", "invoice": "INV/2026/00001"},
            {"id": 4, "amount": "-4.00", "quantity": "-50"},
        ]
        proof = make_proof(line)
        report = check(proof)
        assert report.is_fine, tell(report)
        assert {"amount_now", "amount_billed"} <= {finding.code for finding in report.findings}
        wrong = check(change(proof, "lines", 0, "billed_before", 1, "amount", to="-5.00"))
        assert set(codes_of(wrong)) == {"amount_billed", "line_amount"}

    def test_a_credit_note(self):
        now = rate(LADDER, make_facts("1500", rows=3, usage_number=88))
        line = make_line(difference(now, Decimal("200.00"), Decimal("2100")), make_sample_line()["usage"])
        line["billed_before"] = [{"id": 3, "amount": "200.00", "quantity": "2100"}]
        proof = make_proof(line)
        assert proof["invoice"]["sign"] == -1
        assert check(proof).is_fine, tell(check(proof))

    def test_a_price_on_the_provider_s_cost(self):
        dollars = Exchange(Decimal("0.9"), "USD", "EUR", "bank", MARCH)
        rows = [
            make_row("5", currency="USD", cost_billed="80.00", cost_list="100.00"),
            make_row("7", currency="USD", cost_billed="20.00", cost_list="30.00"),
        ]
        result = rate(cost_plus("20"), make_facts("12", cost="100.00", exchange=dollars, rows=2))
        proof = make_proof(make_line(result, make_usage(rows)))
        assert check(proof).is_fine, tell(check(proof))
        lied = change(proof, "lines", 0, "usage", "rows", 1, 8, to="30.00")
        assert set(codes_of(check(lied))) == {"rows_digest", "cost"}

    def test_costs_in_several_currencies_have_a_part_each(self):
        rows = [
            make_row("5", currency="USD", cost_billed="80.00"),
            make_row("7", currency="EUR", cost_billed="20.00"),
        ]
        dollars = Exchange(Decimal("0.9"), "USD", "EUR", "bank", MARCH)
        parts = [
            rate(cost_plus("20"), make_facts(None, cost="20.00", rows=2)),
            rate(cost_plus("20"), make_facts(None, cost="80.00", exchange=dollars, rows=2)),
        ]
        amount = parts[0].amount + parts[1].amount
        workings = {"currency": "EUR", "engine_version": "1.0", "parts": [part.workings for part in parts]}
        statement = {**parts[0].statement, "quantity": None, "amount": str(amount)}
        result = RatedResult(amount, amount, None, None, (), workings, statement)
        report = check(make_proof(make_line(result, make_usage(rows))))
        assert report.is_fine, tell(report)

    def test_a_true_up(self):
        agreed = Commitment(
            minimum=Decimal(100),
            billed=Decimal(30),
            currency="EUR",
            rounding=Decimal("0.01"),
            service_start=MARCH,
            service_end=make_facts().service_end,
        )
        report = check(make_proof(make_line(true_up(agreed), None)))
        assert report.is_fine, tell(report)

    def test_a_part_of_a_bundle(self):
        # 31.00 for the set, split 60 to 40: 18.60 and 12.40
        whole = rate(flat("31.00"), make_facts("1"))
        weights = (Decimal(60), Decimal(40))
        asked = describe_set((whole.amount_exact,), Decimal("0.01"), weights)
        price = price_set((whole.amount_exact,), Decimal("0.01"), weights)
        workings = {
            "engine_version": whole.workings["engine_version"],
            "currency": "EUR",
            "bundle": {"name": "Set", "part": "Backup", "set": asked, "place": 1, "priced": 0},
            "price": whole.workings,
            "steps": list(price.steps),
            "amount_exact": str(price.exact_shares[1]),
        }
        share = price.shares[1]
        statement = {**whole.statement, "amount": str(share)}
        proof = make_proof(make_line(RatedResult(share, share, Decimal(1), None, (), workings, statement), None))
        assert check(proof).is_fine, tell(check(proof))
        lied = change(proof, "lines", 0, "workings", "bundle", "set", "weights", 1, to="50")
        assert {"set_again", "line_amount"} <= set(codes_of(check(lied)))
        lied = change(proof, "lines", 0, "workings", "amount_exact", to="12.41")
        assert "set_again" in codes_of(check(lied))
        broken = change(proof, "lines", 0, "workings", "bundle", "place", to=7)
        assert "cannot_read" in codes_of(check(broken))

    def test_no_usage_needs_no_price(self):
        result = rate(replace(per_unit("1"), charge_model="none"), make_facts(None), pricer=lambda terms, facts: [])
        report = check(make_proof(make_line(result, make_usage([]))))
        assert report.is_fine, tell(report)

    def test_a_price_of_another_module_cannot_be_proved_here(self):
        result = rate(replace(per_unit("1"), charge_model="own"), make_facts("1"), pricer=lambda terms, facts: [])
        assert codes_of(check(make_proof(make_line(result, None)))) == ["cannot_rate"]

    def test_a_gross_price_ties_to_the_total(self):
        proof = change(PROOF, "invoice", "ties_to", to="total")
        proof = change(proof, "invoice", "total", to="140.00")
        assert check(proof).is_fine
        by_tax = change(PROOF, "invoice", "ties_to", to=None)
        assert "invoice_line_by_tax" in [finding.code for finding in check(by_tax).findings]

    def test_who_went_ahead_alone_is_said(self):
        alone = change(PROOF, "approval", "request", "levels", to=0)
        report = check(change(alone, "approval", "votes", to=[]))
        assert report.is_fine
        assert "note   March: nobody else had to agree; Ada went ahead alone." in tell(report)


class TestTheCommand:
    @staticmethod
    def run(*arguments):
        command = [sys.executable, "-m", "engine", *map(str, arguments)]
        return subprocess.run(command, input="", capture_output=True, text=True, cwd=ADD_ON, timeout=60)

    def test_everything_ties_ends_with_0(self, tmp_path):
        usage = tmp_path / "usage.csv"
        usage.write_bytes(b"rows")
        proof = change(PROOF, "files", 0, "sha256", to=hashlib.sha256(b"rows").hexdigest())
        (tmp_path / "line.json").write_text(json.dumps(proof), encoding="utf-8")
        done = self.run("proof", tmp_path / "line.json", usage)
        assert (done.returncode, done.stderr) == (0, "")
        assert "ties   usage.csv is an original file of this proof" in done.stdout
        assert done.stdout.splitlines()[-1] == "Everything ties: 24 comparisons."

    def test_what_does_not_tie_ends_with_1(self, tmp_path):
        (tmp_path / "line.json").write_text(json.dumps(change(PROOF, "lines", 0, "amount", to="141.00")))
        done = self.run("proof", tmp_path / "line.json")
        assert done.returncode == 1
        assert "WRONG  Compute hours (7): the amount is 140.00 EUR, but the rated line has 141.00." in done.stdout

    def test_a_file_that_is_not_there_ends_with_2(self, tmp_path):
        done = self.run("proof", tmp_path / "none.json")
        assert (done.returncode, done.stdout) == (2, "")
        assert self.run("proof").returncode == 2

    def test_nothing_that_a_terminal_obeys_is_printed(self):
        proof = change(PROOF, "lines", 0, "name", to="\x1b[2J{of}")
        assert "\x1b" not in "".join(tell(check(proof)))


# -- whatever a file holds, the check ends with a report -------------------------------------------------------------
def get_paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from get_paths(item, (*path, name))


PATHS = [path for path in get_paths(PROOF) if path]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "0", "-1", "1e60", "x", "2026-03-01"]),
    st.lists(st.none(), max_size=2), st.dictionaries(st.text(max_size=2), st.none(), max_size=2),
)  # fmt: skip


@given(st.sampled_from(PATHS), VALUES)
def test_any_changed_file_gets_a_report(path, value):
    report = check(change(PROOF, *path, to=value))
    assert all(tell(report))
