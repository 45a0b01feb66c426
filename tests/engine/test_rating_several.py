"""What goes over several charges: true-ups of minimums, bundles split on their parts, allowances shared."""

import json
from datetime import date
from decimal import Decimal

import pytest
from cloud_billing_engine.rating import (
    Commitment,
    FactsError,
    Grant,
    Proration,
    difference,
    share_out,
    split_bundle,
    true_up,
)
from cloud_billing_engine.rating.wire import answer_text, handle
from rating_samples import RULE

CENT = Decimal("0.01")
MARCH = date(2026, 3, 1)


def agree(minimum, billed, **values):
    values = {"currency": "EUR", "rounding": CENT, "service_start": MARCH, "service_end": date(2026, 4, 1), **values}
    return Commitment(minimum=Decimal(minimum), billed=Decimal(billed), **values)


class TestATrueUp:
    @pytest.mark.parametrize(
        ("billed", "amount"),
        [("30.00", "70.00"), ("0", "100.00"), ("100.00", "0.00"), ("130.00", "0.00"), ("-20.00", "100.00")],
    )
    def test_brings_what_was_billed_to_the_minimum(self, billed, amount):
        assert true_up(agree("100.00", billed)).amount == Decimal(amount)

    def test_of_a_part_of_the_period_is_of_its_share(self):
        # 100.00 x 10 / 31 = 32.258...; less 30.00 = 2.258...
        result = true_up(agree("100.00", "30.00", proration=Proration(10, 31)))
        assert result.amount == Decimal("2.26")
        assert [step["step"] for step in result.workings["steps"]] == ["proration", "true_up", "rounding"]

    def test_tells_the_customer_what_was_agreed_and_what_was_billed(self):
        statement = true_up(agree("100.00", "30.00")).statement
        assert statement["true_up"] == {"minimum": "100.00", "due": "100.00", "billed": "30.00"}
        assert (statement["amount"], statement["quantity"]) == ("70.00", None)

    def test_that_was_billed_is_corrected_when_more_counts_towards_it(self):
        # 70.00 were billed; 50.00 count now, so 50.00 are due: 20.00 back
        correction = difference(true_up(agree("100.00", "50.00")), Decimal("70.00"), None)
        assert (correction.amount, correction.quantity) == (Decimal("-20.00"), None)

    def test_of_no_billing_at_all_in_yen(self):
        assert true_up(agree("1000", "333", rounding=Decimal(1), proration=Proration(1, 2))).amount == Decimal("167")

    def test_is_a_request_that_comes_to_the_same(self):
        result = true_up(agree("100.00", "30.00", proration=Proration(10, 31), rule=RULE))
        stored = json.loads(json.dumps(result.workings))
        again = handle({"rule": stored["rule"], "true_up": stored["true_up"]})
        assert (again["workings"], again["statement"]) == (result.workings, result.statement)
        corrected = handle({"true_up": stored["true_up"], "billed": {"amount": "1.00"}})
        assert corrected["amount"] == "1.26"

    @pytest.mark.parametrize(
        ("minimum", "values", "reason"),
        [
            ("-1", {}, "minimum_negative"),
            ("1", {"rounding": Decimal(0)}, "rounding"),
            ("1", {"service_end": MARCH}, "interval"),
            ("1", {"proration": Proration(1, 0)}, "proration"),
        ],
    )
    def test_of_what_contradicts_itself_is_refused(self, minimum, values, reason):
        with pytest.raises(FactsError) as refusal:
            true_up(agree(minimum, "0", **values))
        assert refusal.value.reason == reason

    def test_beyond_120_digits_is_refused_not_rounded(self):
        tiny, giant = Decimal("1E-100"), Decimal("1E100")
        with pytest.raises(FactsError, match="too_many_digits"):
            true_up(agree(giant, tiny))

    def test_of_a_float_is_refused(self):
        with pytest.raises(TypeError):
            true_up(Commitment(**{**vars(agree("1", "0")), "billed": 0.5}))


class TestABundleOnItsParts:
    @pytest.mark.parametrize(
        ("amount", "prices", "amounts"),
        [
            # 100 / 3 = 33.333...: one cent is left, for the first of equals
            ("100.00", ("1", "1", "1"), ("33.34", "33.33", "33.33")),
            # 80 x 60/100, 80 x 30/100, 80 x 10/100
            ("80.00", ("60", "30", "10"), ("48.00", "24.00", "8.00")),
            # 10 x 2/3 = 6.666..., 10 / 3 = 3.333...: the cent goes where more was lost
            ("10.00", ("1", "2"), ("3.33", "6.67")),
            ("-10.00", ("1", "2"), ("-3.33", "-6.67")),
            ("10.00", ("0", "5"), ("0.00", "10.00")),
            # nothing says what they are worth: alike
            ("0.05", ("0", "0"), ("0.03", "0.02")),
            ("0.00", ("1", "2"), ("0.00", "0.00")),
            ("7.00", ("9",), ("7.00",)),
            ("0.01", ("1", "1", "1"), ("0.01", "0.00", "0.00")),
        ],
    )
    def test_by_their_stand_alone_prices(self, amount, prices, amounts):
        assert split_bundle(Decimal(amount), tuple(map(Decimal, prices)), CENT) == tuple(map(Decimal, amounts))

    @pytest.mark.parametrize(
        ("amount", "prices", "rounding", "reason"),
        [
            ("1", (), CENT, "no_parts"),
            ("1", (Decimal(-1),), CENT, "price_negative"),
            ("0.001", (Decimal(1),), CENT, "amount_not_rounded"),
            ("1", (Decimal(1),), Decimal(0), "rounding"),
        ],
    )
    def test_that_cannot_be_split_is_refused(self, amount, prices, rounding, reason):
        with pytest.raises(FactsError) as refusal:
            split_bundle(Decimal(amount), prices, rounding)
        assert refusal.value.reason == reason

    def test_by_json(self):
        asked = {"split_bundle": {"amount": "100.00", "prices": ["1", "1", "1"], "rounding": "0.01"}}
        assert handle(asked) == {"amounts": ["33.34", "33.33", "33.33"]}
        text, is_fine = answer_text(json.dumps({**asked, "facts": {}}))
        assert (json.loads(text)["error"]["reason"], is_fine) == ("unknown_key", False)


class TestAnAllowanceSharedByCharges:
    GRANTS = (Grant("old", "Last month's rest", Decimal(20), date(2026, 4, 1)), Grant("new", "March", Decimal(100)))

    def test_is_used_one_after_the_other(self):
        # 50 take 20 + 30; 90 take the 70 that are left, and 20 are paid; 10 are paid
        answers = share_out([Decimal(50), Decimal(90), None, Decimal(10)], self.GRANTS, MARCH)
        assert [rest for rest, _drawn in answers] == [0, 20, None, 10]
        used = [[(one.grant.key, one.used) for one in drawn] for _rest, drawn in answers]
        assert used == [[("old", 20), ("new", 30)], [("new", 70)], [], []]

    def test_by_json(self):
        grants = [{"key": "old", "quantity": "20", "expires": "2026-04-01"}, {"key": 7, "quantity": "100"}]
        given = handle({"share_out": {"quantities": ["50", None], "grants": grants, "at": "2026-03-01"}})
        assert given["charges"] == [
            {"charged": "0", "included": [{"key": "old", "used": "20"}, {"key": 7, "used": "30"}]},
            {"charged": None, "included": []},
        ]

    def test_less_than_nothing_is_not_shared(self):
        with pytest.raises(FactsError, match="grant_negative"):
            share_out([Decimal(1)], [Grant(1, "", Decimal(-1))], MARCH)
