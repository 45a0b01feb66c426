"""Formula: the grammar, its bounds, and the price it gives, by hand and against an oracle that shares no code."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from cloud_billing_engine.rating import (
    FactsError,
    Proration,
    TermsError,
    check_terms,
    get_reads,
    get_variables,
    rate,
)
from hypothesis import given
from hypothesis import strategies as st
from rating_samples import make_events, make_facts, make_terms


def formula(text):
    return make_terms("formula", formula=text)


def amount_of(text, quantity="0", **facts):
    return rate(formula(text), make_facts(quantity, **facts)).amount_exact


class TestTheGrammar:
    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("1 + 2 * 3", "7"),
            ("(1 + 2) * 3", "9"),
            ("10 - 3 - 2", "5"),
            ("8 / 4 / 2", "1"),
            ("2 * 6 / 4 * 3", "9"),
            ("-2 + 5", "3"),
            ("-(2 + 5)", "-7"),
            ("3 - -2", "5"),
            ("2 * -3", "-6"),
            ("--2", "2"),
            (".5 + 1. + 0.25", "1.75"),
            ("1/3", "0.333333333333333333333333333333"),
            ("2/3", "0.666666666666666666666666666667"),
            ("min(3, 1, 2) + max(1, 2)", "3"),
            ("round(7, 5) + round(7.5, 5)", "15"),
            ("round(-7.5, 5)", "-10"),
            ("round(2.345, 0.01)", "2.35"),
            ("min(1,max(2,3))*\n\t2", "2"),
        ],
    )
    def test_gives(self, text, amount):
        assert amount_of(text) == Decimal(amount)

    @pytest.mark.parametrize(
        ("text", "reason", "facts"),
        [
            ("1 +", "unexpected", {"position": 4, "found": "", "expected": "operand"}),
            ("1 + * 2", "unexpected", {"position": 5, "found": "*", "expected": "operand"}),
            ("+1", "unexpected", {"position": 1, "found": "+", "expected": "operand"}),
            ("1 2", "unexpected", {"position": 3, "found": "2", "expected": "operator"}),
            ("2 quantity", "unexpected", {"position": 3, "found": "quantity", "expected": "operator"}),
            ("1e5", "unexpected", {"position": 2, "found": "e5", "expected": "operator"}),
            ("1,5", "unexpected", {"position": 2, "found": ",", "expected": "operator"}),
            ("(1 + 2", "unexpected", {"position": 7, "found": "", "expected": ")"}),
            ("1)", "unexpected", {"position": 2, "found": ")", "expected": "operator"}),
            ("()", "unexpected", {"position": 2, "found": ")", "expected": "operand"}),
            ("min + 1", "unexpected", {"position": 5, "found": "+", "expected": "("}),
            ("min(1; 2)", "character", {"position": 6, "found": ";"}),
            ("2 ** 3", "unexpected", {"position": 4, "found": "*", "expected": "operand"}),
            ("quantity % 2", "character", {"position": 10, "found": "%"}),
            ("a.b", "character", {"position": 2, "found": "."}),
            ("'x'", "character", {"position": 1, "found": "'"}),
            ("größe", "character", {"position": 3, "found": "ö"}),
            ("٣", "character", {"position": 1, "found": "٣"}),
            ("1 + abs(2)", "unknown_function", {"position": 5, "name": "abs", "known": ("min", "max", "round")}),
            ("__x(1)", "unknown_function", {"position": 1, "name": "__x", "known": ("min", "max", "round")}),
            ("max(1)", "arguments", {"position": 1, "name": "max", "given": 1, "expected": 2}),
            ("round(1)", "arguments", {"position": 1, "name": "round", "given": 1, "expected": 2}),
            ("round(1, 2, 3)", "arguments", {"position": 1, "name": "round", "given": 3, "expected": 2}),
            ("quantity / 0", "division_by_zero", {"position": 10}),
            ("quantity / (2 - 2.0)", "division_by_zero", {"position": 10}),
            ("round(quantity, 1 - 1)", "step_not_positive", {"position": 1, "step": Decimal(0)}),
        ],
    )  # fmt: skip
    def test_refuses_with_the_place_and_what_stands_there(self, text, reason, facts):
        with pytest.raises(TermsError) as refusal:
            check_terms(formula(text))
        told = dict(refusal.value.facts)
        assert (told.pop("charge_model"), told.pop("term")) == ("formula", "formula")
        assert (refusal.value.reason, told) == (f"formula_{reason}", facts)

    @pytest.mark.parametrize("text", ["", "  \n"])
    def test_nothing_is_a_formula_that_is_missing(self, text):
        with pytest.raises(TermsError, match="term_missing"):
            check_terms(formula(text))


class TestItsBounds:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("1" + "+1" * 249, None),
            ("1" + "+1" * 250, "formula_too_long"),
            ("1" + "+1" * 249 + " ", None),
            ("1" + "+1" * 249 + "  ", "formula_too_long"),
            ("(" * 20 + "1" + ")" * 20, None),
            # what is beside each other is not within each other
            ("+".join(["(1)"] * 30), None),
            ("+".join(["min(1,2)"] * 30), None),
            ("+".join(["-1"] * 30), None),
            ("(" * 21 + "1" + ")" * 21, "formula_too_deep"),
            ("-" * 21 + "1", "formula_too_deep"),
            ("min(1," * 21 + "1" + ")" * 21, "formula_too_deep"),
            ("9" * 40, None),
            ("9" * 41, "formula_number"),
            ("0." + "9" * 40, "formula_number"),
            ("*".join(["9" * 40] * 3), None),
            ("*".join(["9" * 40] * 4), "formula_too_many_digits"),
        ],
    )
    def test_length_depth_and_digits(self, text, reason):
        if reason is None:
            assert check_terms(formula(text)) is None
            return
        with pytest.raises(TermsError) as refusal:
            check_terms(formula(text))
        assert refusal.value.reason == reason

    def test_a_text_that_is_too_long_says_by_how_much_and_where_it_is_full(self):
        with pytest.raises(TermsError) as refusal:
            check_terms(formula("1" + "+1" * 300))
        assert [refusal.value.facts[name] for name in ("length", "limit", "position")] == [601, 500, 501]

    def test_a_product_of_giants_is_refused_and_never_rounded(self):
        with pytest.raises(FactsError, match="too_many_digits"):
            amount_of("*".join(["quantity"] * 5), "999999999999999.123456789012")


class TestThePrice:
    def test_of_a_quantity(self):
        # 1,500 x 0.05 + 2, at least 10
        assert amount_of("max(10, quantity * 0.05 + 2)", "1500") == Decimal("77.00")
        assert amount_of("max(10, quantity * 0.05 + 2)", "100") == Decimal(10)

    def test_of_everything_that_is_measured(self):
        # 2 x 3 + 100 x 0.1 + 30
        result = rate(
            formula("events * 3 + cost * 0.1 + value"), make_events("10", "20", cost="100", value=Decimal(30))
        )
        assert result.amount == Decimal("46.00")

    def test_of_numbers_with_names(self):
        variables = (("cpu_hours", Decimal(10)), ("gb", Decimal("2.5")))
        assert amount_of("cpu_hours * 0.02 + gb * 0.004", None, variables=variables) == Decimal("0.2100")

    def test_no_usage_has_no_parts_even_where_a_constant_would_be_due(self):
        for text in ("quantity + 5", "5", "cpu * 2 + 5", "cost + 5"):
            assert rate(formula(text), make_facts(None)).parts == ()

    def test_usage_of_zero_owes_the_constant(self):
        assert amount_of("quantity + 5", "0") == 5
        assert amount_of("5", "0") == 5

    def test_usage_taken_back_is_a_number_like_others(self):
        assert amount_of("quantity * 2 + 5", "-10") == -15

    @pytest.mark.parametrize(
        ("text", "facts", "reason", "told"),
        [
            ("quantity * 2", {"rows": 3}, "quantity_missing", {"name": "quantity", "position": 1, "rows": 3}),
            ("2 * value", {"rows": 3}, "value_missing", {"name": "value", "position": 5, "rows": 3}),
            ("cost + value", {"cost": "3"}, "value_missing", {"name": "value", "position": 8, "rows": None}),
            (
                "cpu + gb",
                {"variables": (("gb", Decimal(1)),)},
                "variable_missing",
                {"name": "cpu", "position": 1, "rows": None},
            ),
            ("1 / quantity", {"quantity": "0"}, "division_by_zero", {"position": 3, "formula": "1 / quantity"}),
            (
                "round(1, quantity)",
                {"quantity": "-1"},
                "step_not_positive",
                {"position": 1, "formula": "round(1, quantity)", "step": Decimal(-1)},
            ),
        ],
    )  # fmt: skip
    def test_what_cannot_be_worked_out_is_named_with_its_place(self, text, facts, reason, told):
        with pytest.raises(FactsError) as refusal:
            rate(formula(text), make_facts(**{"quantity": None, **facts}))
        assert (refusal.value.reason, refusal.value.facts) == (reason, told)

    @pytest.mark.parametrize(
        ("variables", "reason"),
        [
            ((("quantity", Decimal(1)),), "variable_name_taken"),
            ((("gb", Decimal(1)), ("gb", Decimal(2))), "variable_twice"),
            ((("gb", Decimal("NaN")),), "not_finite"),
        ],
    )
    def test_names_are_given_once_and_not_taken(self, variables, reason):
        with pytest.raises(FactsError, match=reason):
            rate(formula("quantity"), make_facts("1", variables=variables))

    def test_an_agreed_quantity_pays_its_share_of_the_period(self):
        # (3 x 10 + 1) x 16 / 31
        assert amount_of("quantity * 10 + 1", "3", proration=Proration(16, 31)) == 16

    def test_the_workings_show_the_formula_with_its_numbers_and_the_customer_sees_neither(self):
        result = rate(formula("quantity * 0.05 + min(cost, 7)"), make_facts("1500", cost="13.13"))
        part = result.workings["steps"][0]["parts"][0]
        assert (part["formula"], part["filled"]) == ("quantity * 0.05 + min(cost, 7)", "1500 * 0.05 + min(13.13, 7)")
        assert (result.statement["quantity"], result.statement["rows"]) == ("1500", [])
        assert "13.13" not in str(result.statement)

    def test_each_name_gives_way_to_its_own_number_and_blanks_stay(self):
        numbers = (("gb", Decimal(4)), ("gb2", Decimal(5)), ("mingb", Decimal(6)))
        result = rate(formula(" gb*gb2+ min(mingb ,gb)  -1 "), make_facts(None, rows=1, variables=numbers))
        assert dict(result.parts[0].details)["filled"] == " 4*5+ min(6 ,4)  -1 "

    def test_it_says_what_it_wants_to_be_told(self):
        assert get_reads(formula("quantity * cost")) == {"quantity", "cost"}
        assert get_reads(formula("gb * 2 + events + cpu + gb")) == {"events", "variables"}
        assert get_reads(formula("7")) == {"quantity"}
        assert get_variables(formula("gb * 2 + events + cpu + gb")) == ("gb", "cpu")


# -- the oracle: a tree is made as text and worked out as Fractions beside it ------------------------------------------
def divide_to_30_decimals(left, right):
    quotient = left / right * 10**30
    rounded = floor(abs(quotient) + Fraction(1, 2))
    return Fraction(rounded if quotient >= 0 else -rounded, 10**30)


def round_to_step(value, step):
    if step <= 0:
        raise ZeroDivisionError
    steps = floor(abs(value) / step + Fraction(1, 2))
    return steps * step if value >= 0 else -steps * step


NUMBERS = st.decimals(0, 10**6, allow_nan=False, allow_infinity=False, places=4).map(
    lambda number: (format(number, "f"), lambda _values: Fraction(number))
)
NAMES = st.sampled_from(["quantity", "cost", "value", "gb"]).map(lambda name: (name, lambda values: values[name]))
OPERATIONS = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": divide_to_30_decimals,
}


def combine(nodes):
    """Bigger trees of smaller ones, each as (text, function of the values)."""

    def operate(sign, left, right):
        work_out = OPERATIONS[sign]
        return f"({left[0]} {sign} {right[0]})", lambda values: work_out(left[1](values), right[1](values))

    def call(name, arguments):
        choose = {"min": min, "max": max, "round": round_to_step}[name]
        text = f"{name}({', '.join(argument[0] for argument in arguments)})"
        return text, lambda values: choose(*[argument[1](values) for argument in arguments])

    return st.one_of(
        st.builds(operate, st.sampled_from("+-*/"), nodes, nodes),
        nodes.map(lambda node: (f"-{node[0]}", lambda values: -node[1](values))),
        st.builds(call, st.sampled_from(["min", "max"]), st.lists(nodes, min_size=2, max_size=3)),
        st.builds(call, st.just("round"), st.tuples(nodes, nodes)),
    )


TREES = st.recursive(st.one_of(NUMBERS, NAMES), combine, max_leaves=8)
MEASUREMENTS = st.one_of(
    st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=12),
    st.decimals(-10, 10, allow_nan=False, allow_infinity=False, places=1),
)


@given(TREES, st.tuples(*[MEASUREMENTS] * 4))
def test_a_formula_is_worked_out_as_the_oracle_does(tree, numbers):
    text, work_out = tree
    quantity, cost, value, gb = numbers
    facts = make_facts(quantity, cost=cost, value=value, variables=(("gb", gb),))
    values = dict(zip(("quantity", "cost", "value", "gb"), map(Fraction, numbers), strict=True))
    try:
        amount = rate(formula(text), facts).amount_exact
    except (TermsError, FactsError) as refusal:
        if refusal.reason in ("formula_too_long", "formula_too_deep", "too_many_digits", "formula_too_many_digits"):
            return
        assert refusal.reason.removeprefix("formula_") in ("division_by_zero", "step_not_positive")
        with pytest.raises(ZeroDivisionError):
            work_out(values)
        return
    assert Fraction(amount) == work_out(values)


PIECES = st.sampled_from([
    *"0123456789.+-*/(), $%_x=[]{}\"'\\\n", "quantity", "cost", "min(", "max(", "round(", "gb", "1/0", "0.01", "²", "é",
])  # fmt: skip


@given(st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=40)))
def test_any_text_is_a_formula_or_refused_with_a_place_in_it(text):
    try:
        amount = rate(formula(text), make_facts("3", cost="0", variables=(("gb", Decimal("0.5")), ("x", Decimal(2)))))
    except TermsError as refusal:
        if refusal.reason != "term_missing":
            assert 1 <= refusal.facts["position"] <= len(text) + 1
    except FactsError as refusal:
        assert refusal.reason in (
            "variable_missing", "value_missing", "events_missing", "division_by_zero", "step_not_positive",
            "too_many_digits",
        )  # fmt: skip
    else:
        assert isinstance(amount.amount, Decimal)
