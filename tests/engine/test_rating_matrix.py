"""Matrix, by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest
from cloud_billing_engine.rating import (
    PRICERS,
    DimensionQuantity,
    FactsError,
    MatrixCell,
    TermsError,
    check_terms,
    get_matrix_dimensions,
    rate,
)
from rating_samples import make_facts, make_terms


def cell(unit_price, **values):
    return MatrixCell(tuple(values.items()), Decimal(unit_price))


def shares(*pairs):
    """Facts of shares, each as (quantity, dimension values)."""
    quantities = [Decimal(quantity) for quantity, _values in pairs]
    dimensions = tuple(
        DimensionQuantity(tuple(values.items()), quantity)
        for (_text, values), quantity in zip(pairs, quantities, strict=True)
    )
    return make_facts(sum(quantities), dimensions=dimensions)


MATRIX = make_terms(
    "matrix",
    cells=(
        cell("0.10", region="eu", sku="small"),
        cell("0.20", region="eu", sku="large"),
        cell("0.15", region="us"),
        cell("0.30", sku="large"),
    ),
    rest_price="0.50",
)
STRICT = replace(MATRIX, rest_price=None)


class TestWhichCellPrices:
    @pytest.mark.parametrize(
        ("values", "amount"),
        [
            ({"region": "eu", "sku": "small"}, "1.00"),
            ({"sku": "small", "region": "eu"}, "1.00"),
            ({"region": "us", "sku": "small"}, "1.50"),
            # region and SKU are named by one cell each: the first of the two wins
            ({"region": "us", "sku": "large"}, "1.50"),
            ({"region": "asia", "sku": "large"}, "3.00"),
            # the cell that names both wins over the one that names the SKU alone
            ({"region": "eu", "sku": "large"}, "2.00"),
            ({"region": "asia", "sku": "small"}, "5.00"),
            ({"region": "", "sku": ""}, "5.00"),
            ({"region": "eu"}, "5.00"),
            ({}, "5.00"),
        ],
    )
    def test_the_one_that_names_most_of_what_is_so_else_the_rest(self, values, amount):
        assert rate(MATRIX, shares(("10", values))).amount == Decimal(amount)

    def test_of_cells_that_name_as_much_the_first_wins_whatever_they_name(self):
        terms = make_terms("matrix", cells=(cell("1", sku="a"), cell("2", region="eu"), cell("3", sku="b")))
        assert rate(terms, shares(("1", {"region": "eu", "sku": "b"}))).amount == 2

    def test_naming_more_counts_more_than_coming_first_and_than_having_more_cells_alike(self):
        alike = tuple(cell("1", sku=f"s{number}") for number in range(5))
        terms = make_terms("matrix", cells=(*alike, cell("9", region="eu", sku="s0")))
        assert rate(terms, shares(("1", {"region": "eu", "sku": "s0"}))).amount == 9

    def test_a_dimension_that_no_cell_names_changes_nothing(self):
        assert rate(MATRIX, shares(("10", {"region": "us", "colour": "red"}))).amount == Decimal("1.50")

    def test_without_a_rest_price_a_combination_that_no_cell_names_is_refused_by_name(self):
        with pytest.raises(FactsError, match="no_cell") as refusal:
            rate(STRICT, shares(("10", {"region": "eu", "sku": "small"}), ("1", {"region": "asia"})))
        assert refusal.value.facts["values"] == (("region", "asia"),)

    def test_a_cell_may_name_rows_that_lack_a_dimension(self):
        terms = make_terms("matrix", cells=(cell("7", region=""),))
        assert rate(terms, shares(("1", {"region": ""}))).amount == 7


class TestItsParts:
    FACTS = shares(
        ("100", {"region": "asia", "sku": "small"}),
        ("20", {"region": "us", "sku": "small"}),
        ("10", {"region": "eu", "sku": "small"}),
        ("5", {"region": "us", "sku": "tiny"}),
    )

    def test_one_for_each_cell_in_the_order_of_the_rule_and_the_rest_last(self):
        # 10 x 0.10 + 25 x 0.15 + 100 x 0.50
        result = rate(MATRIX, self.FACTS)
        assert result.amount == Decimal("54.75")
        assert [(part.label, part.quantity, part.amount) for part in result.parts] == [
            ("cell", Decimal(10), Decimal("1.00")),
            ("cell", Decimal(25), Decimal("3.75")),
            ("rest", Decimal(100), Decimal("50.00")),
        ]

    def test_the_customer_sees_one_row_for_each(self):
        assert rate(MATRIX, self.FACTS).statement["rows"] == [
            {
                "row": "cell", "values": {"region": "eu", "sku": "small"}, "quantity": "10", "unit_price": "0.10",
                "amount": "1.00",
            },
            {"row": "cell", "values": {"region": "us"}, "quantity": "25", "unit_price": "0.15", "amount": "3.75"},
            {"row": "rest", "quantity": "100", "unit_price": "0.50", "amount": "50.00"},
        ]  # fmt: skip

    def test_no_usage_has_none(self):
        assert rate(MATRIX, make_facts(None)).parts == ()

    def test_usage_of_zero_has_one_of_nothing_and_needs_no_price(self):
        result = rate(STRICT, make_facts("0"))
        assert ([part.amount for part in result.parts], result.statement["usage"]) == ([0], "zero")
        assert rate(STRICT, shares(("0", {"region": "asia"}))).amount == 0

    def test_usage_taken_back_is_a_credit_at_the_price_of_its_cell(self):
        # -10 x 0.10 + 20 x 0.15
        facts = shares(("-10", {"region": "eu", "sku": "small"}), ("20", {"region": "us"}))
        assert rate(MATRIX, facts).amount == Decimal("2.00")

    def test_rows_without_any_quantity_are_refused(self):
        with pytest.raises(FactsError, match="quantity_missing"):
            rate(MATRIX, make_facts(None, rows=3))

    def test_shares_that_are_not_the_whole_are_refused(self):
        facts = replace(shares(("10", {"region": "us"})), quantity=Decimal(11))
        with pytest.raises(FactsError, match="dimensions_do_not_add_up"):
            rate(MATRIX, facts)
        # and by the model itself, should a step before it change the quantity alone
        with pytest.raises(FactsError, match="dimensions_do_not_add_up"):
            PRICERS["matrix"](MATRIX, facts)


class TestCellsThatCannotPrice:
    @pytest.mark.parametrize(
        ("cells", "facts"),
        [
            ((), {"reason": "no_cells", "term": "cells"}),
            ((cell("1"),), {"reason": "cell_without_dimension", "cell": 1}),
            (
                (cell("1", region="eu"), cell("2", region="us"), cell("3", region="eu")),
                {"reason": "cell_double", "cell": 3, "double_of": 1, "values": (("region", "eu"),)},
            ),
            (
                (cell("1", region="eu", sku="a"), cell("1", sku="a", region="eu")),
                {"reason": "cell_double", "cell": 2, "double_of": 1, "values": (("sku", "a"), ("region", "eu"))},
            ),
            (
                (MatrixCell((("region", "eu"), ("region", "us")), Decimal(1)),),
                {"reason": "cell_names_twice", "cell": 1, "values": (("region", "eu"), ("region", "us"))},
            ),
            ((cell("NaN", region="eu"),), {"reason": "not_finite", "term": "unit_price"}),
        ],
    )
    def test_they_are_named(self, cells, facts):
        with pytest.raises(TermsError) as refusal:
            check_terms(make_terms("matrix", cells=cells, rest_price="1"))
        assert {"charge_model": "matrix", "reason": refusal.value.reason, **refusal.value.facts} == {
            "charge_model": "matrix",
            **facts,
        }

    def test_a_rest_price_is_a_number(self):
        with pytest.raises(TermsError, match="not_finite"):
            check_terms(replace(MATRIX, rest_price=Decimal("NaN")))


def test_what_a_matrix_wants_to_be_told():
    assert get_matrix_dimensions(MATRIX) == ("region", "sku")


def test_ten_thousand_cells_are_looked_up_and_not_searched():
    cells = tuple(cell("1", region=f"r{number % 100}", sku=f"s{number}") for number in range(10000))
    terms = make_terms("matrix", cells=cells)
    facts = shares(*(("1", dict(one.values)) for one in cells))
    assert rate(terms, facts).amount == 10000
