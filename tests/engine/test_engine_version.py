"""ENGINE_VERSION says how to read stored workings: their keys change with it and never without it.

workings_keys/ holds the keys of each version, a path a line. The rule itself stands in engine/rating/README.md.
"""

import re
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from cloud_billing_engine import rating
from cloud_billing_engine.rating import (
    ENGINE_VERSION,
    PRICERS,
    Adjustment,
    BilledShare,
    Candidate,
    Commitment,
    Conversion,
    DimensionQuantity,
    Exchange,
    Grant,
    MatrixCell,
    Proration,
    RatingFacts,
    SetDiscount,
    Terms,
    bill_in,
    difference,
    difference_of_days,
    price_set,
    rate,
    resolve,
    settle,
    true_up,
)
from rating_samples import RULE, graduated, make_events, make_facts, make_percent_tier, make_terms, per_unit

SOURCES = Path(rating.__file__).parent
LISTS = Path(__file__).parent / "workings_keys"
MARCH = date(2026, 3, 1)
HALF = Proration(1, 2)
_BILLED = BilledShare(key=7, amount=Decimal(5), quantity=Decimal(2), numerator=1, denominator=2)
CENT = Decimal("0.01")
DOLLARS = Exchange(Decimal("0.9"), "USD", "EUR", "ECB", MARCH)
EU = (("region", "eu"),)
GRANTS = (Grant(1, "Included", Decimal(5)),)
LADDER = graduated(("10", "2", "3"), (None, "1", "4"))
ALL_MODELS = [
    (per_unit("0.10"), make_facts("5", rows=1, usage_number=2)),
    (make_terms("flat", unit_price="30"), make_facts("1", proration=HALF)),
    (LADDER, make_facts("15")),
    (replace(LADDER, charge_model="volume"), make_facts("15")),
    (make_terms("stairstep", tiers=[("10", "0", "3"), (None, "0", "4")]), make_facts("15")),
    (make_terms("package", unit_price="5", block_size="10", free_units="2"), make_facts("15")),
    (
        make_terms(
            "percentage",
            percent="1", fixed_per_event="0.3", free_events=1, free_amount="2", event_minimum="1", event_maximum="2",
        ),
        make_events("1", "10", "900"),
    ),
    (
        replace(
            make_terms("graduated_percentage"),
            tiers=(make_percent_tier("10", "2", "3"), make_percent_tier(None, "1", "4")),
        ),
        make_facts(None, value=Decimal(15)),
    ),
    (make_terms("cost_plus", percent="20", fixed="3"), make_facts("5", cost="10", exchange=DOLLARS)),
    (make_terms("dynamic"), make_facts("5", value=Decimal(7))),
    (
        replace(make_terms("matrix", rest_price="2"), cells=(MatrixCell(EU, Decimal(1)),)),
        make_facts("9", dimensions=(DimensionQuantity(EU, Decimal(4)), DimensionQuantity((), Decimal(5)))),
    ),
    (make_terms("formula", formula="gb * 2 + quantity"), make_facts("5", variables=(("gb", Decimal(3)),))),
]  # fmt: skip
AROUND = [
    (replace(LADDER, conversion=Conversion(rounding="up")), make_facts("15", grants=GRANTS), ()),
    (
        replace(LADDER, conversion=Conversion(numerator=Decimal(2))),
        make_facts("15", carried=Decimal(8), carried_counted=Decimal(9)),
        (),
    ),
    (replace(LADDER, maximum=Decimal(5)), make_facts("15"), ()),
    (replace(LADDER, minimum=Decimal(500), is_minimum_prorated=False), make_facts("15", proration=HALF), ()),
    (
        per_unit("10"),
        make_facts("15", proration=HALF, period_share=HALF),
        (
            Adjustment(rule=RULE, percent=Decimal(5), label="Area"),
            Adjustment(rule=RULE, amount=Decimal(5)),
            Adjustment(rule=RULE, amount=Decimal(-9), limit=Decimal(4), label="Coupon", is_discount=True),
        ),
    ),
]


def make_samples():
    """(name, workings, statement) of everything that the engine explains."""
    results = [("rate", rate(*given)) for given in ALL_MODELS]
    results += [("rate", rate(terms, facts, adjustments=changes)) for terms, facts, changes in AROUND]
    other = replace(RULE, rule_id=8, valid_to=MARCH)
    gone = Candidate(rule=other, terms=LADDER, valid_to=MARCH)
    resolution = resolve([Candidate(rule=RULE, terms=LADDER), gone], MARCH)
    price = rate(LADDER, make_facts("15"), resolution=resolution)
    agreed = Commitment(
        minimum=Decimal(100), billed=Decimal(30), currency="EUR", rounding=CENT, service_start=MARCH,
        service_end=date(2026, 4, 1), proration=HALF, rule=RULE,
    )  # fmt: skip
    results += [
        ("rate", price),
        ("bill_in", bill_in(price, replace(DOLLARS, from_currency="EUR", to_currency="USD"), CENT)),
        ("difference", difference(price, Decimal(5), Decimal(2))),
        ("difference_of_days", settle(difference_of_days(price, [_BILLED], CENT), Decimal(1))),
        ("true_up", true_up(agreed)),
    ]
    discount = SetDiscount(amount=Decimal(5), proration=HALF)
    steps = price_set((Decimal(6), Decimal(4)), CENT, discount=discount).steps
    samples = [(name, one.workings, one.statement) for name, one in results]
    # What a correction starts from are the workings of a price: listed there.
    samples = [(name, {**one, **({"now": {}} if "now" in one else {})}, statement) for name, one, statement in samples]
    return [*samples, ("price_set", {"steps": list(steps)}, {})]


def find_keys(value, path):
    """Paths of all keys; items of a list are told apart by what they say they are."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{path}.{name}"
            yield from find_keys(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            kind = ""
            if isinstance(item, dict):
                kind = item.get("step") or item.get("row") or (item["label"] if path.endswith(".parts") else "")
            yield from find_keys(item, f"{path}[{kind}]")


def find_all_keys(samples):
    return {
        key
        for name, workings, statement in samples
        for view, value in (("workings", workings), ("statement", statement))
        for key in find_keys(value, f"{name}.{view}")
    }


def read_list(path):
    return set(path.read_text(encoding="utf-8").split("\n")) - {""}


def get_version(path):
    """(major, minor) of a list, or of a version's name."""
    return tuple(int(part) for part in Path(path).name.removesuffix(".txt").split("."))


class TestTheListOfThisVersion:
    def test_holds_the_keys_that_the_engine_writes(self):
        listed, found = read_list(LISTS / f"{ENGINE_VERSION}.txt"), find_all_keys(make_samples())
        told = "\n".join([*(f"+ {key}" for key in found - listed), *(f"- {key}" for key in listed - found)])
        assert found == listed, f"Raise ENGINE_VERSION as README.md of engine/rating says and list its keys:\n{told}"

    def test_is_the_newest(self):
        assert max(map(get_version, LISTS.glob("*.txt"))) == get_version(ENGINE_VERSION)


def test_a_minor_version_only_adds_keys():
    lists = sorted(LISTS.glob("*.txt"), key=get_version)
    for older, newer in pairwise(lists):
        if get_version(older)[0] == get_version(newer)[0]:
            assert read_list(older) <= read_list(newer), f"{newer.name} lost keys of {older.name}: that is a new major"


class TestTheSamples:
    """A key that no sample has would change unseen."""

    def test_have_every_charge_model(self):
        assert {terms.charge_model for terms, _facts in ALL_MODELS} == set(PRICERS)

    @pytest.mark.parametrize(("kind", "place"), [(Terms, "terms"), (RatingFacts, "facts")])
    def test_have_every_term_and_fact(self, kind, place):
        keys = find_all_keys(make_samples())
        names = {one.name for one in fields(kind)} - {"rule"}
        assert {name for name in names if f"rate.workings.{place}.{name}" not in keys} == set()

    def test_have_every_step_that_the_source_names(self):
        sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))
        named = set(re.findall(r'"step": "(\w+)"', sources)) | {"adjustment", "discount", "maximum", "minimum"}
        keys = "\n".join(find_all_keys(make_samples()))
        assert {name for name in named if f".steps[{name}]." not in keys} == set()

    def test_show_a_key_that_came_or_went(self):
        samples = make_samples()
        name, workings, statement = samples[0]
        listed = find_all_keys(samples)
        more = find_all_keys([(name, {**workings, "margin": "1"}, statement)])
        assert more - listed == {"rate.workings.margin"}
        assert "true_up.workings.true_up.billed" in listed - find_all_keys(samples[:-2])
