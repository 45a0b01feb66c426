"""What a price says that it wants to be told."""

from decimal import Decimal

import pytest
from cloud_billing_engine.rating import PRICERS, Terms, get_reads, get_variables
from rating_samples import make_terms

ONE = Decimal(1)


@pytest.mark.parametrize(
    ("terms", "reads"),
    [
        (make_terms("per_unit", unit_price="1"), {"quantity"}),
        # a percentage left over from another charge model is not read
        (make_terms("per_unit", unit_price="1", percent="20"), {"quantity"}),
        (make_terms("flat", unit_price="1"), {"quantity"}),
        (make_terms("graduated", ((None, "1"),)), {"quantity"}),
        (make_terms("volume", ((None, "1"),)), {"quantity"}),
        (make_terms("stairstep", ((None, "0", "1"),), fixed_per_event="1"), {"quantity"}),
        (make_terms("package", unit_price="1", block_size="1"), {"quantity"}),
        (make_terms("percentage", percent="1"), {"value"}),
        (make_terms("percentage", percent="1", free_amount="500"), {"value"}),
        (make_terms("percentage", percent="1", fixed_per_event="0.30"), {"value", "events"}),
        (make_terms("percentage", percent="1", free_events=0), {"value", "events"}),
        (make_terms("percentage", percent="1", event_minimum="0"), {"value", "events"}),
        (make_terms("percentage", percent="1", event_maximum="5"), {"value", "events"}),
        (make_terms("graduated_percentage", ((None, "1"),)), {"value"}),
        (make_terms("cost_plus", percent="1"), {"cost"}),
        (make_terms("dynamic"), {"quantity", "value"}),
        (make_terms("matrix"), {"quantity", "dimensions"}),
        (make_terms("formula", formula="cost * 1.2 + gb"), {"cost", "variables"}),
    ],
)
def test_each_charge_model(terms, reads):
    assert get_reads(terms) == reads


def test_each_charge_model_is_tried_here():
    marks = test_each_charge_model.pytestmark[0]
    assert {terms.charge_model for terms, _reads in marks.args[1]} == set(PRICERS)


def test_a_charge_model_of_another_module_reads_the_cost_where_it_has_a_percentage_or_a_fixed_amount():
    assert get_reads(Terms("lottery")) == {"quantity"}
    assert get_reads(Terms("lottery", percent=ONE)) == {"quantity", "cost"}
    assert get_reads(Terms("lottery", fixed=ONE)) == {"quantity", "cost"}


def test_only_a_formula_has_variables():
    assert get_variables(make_terms("per_unit", unit_price="1")) == ()
