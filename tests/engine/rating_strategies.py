"""Terms and facts as hypothesis draws them: quantities to 10^15, prices to 10^-12, currencies of 0, 2, 3 decimals."""

from dataclasses import replace
from decimal import Decimal

from cloud_billing_engine.rating import DimensionQuantity, MatrixCell, Terms, Tier
from hypothesis import strategies as st
from rating_samples import RULE

ROUNDINGS = [Decimal("1"), Decimal("0.01"), Decimal("0.001"), Decimal("0.05")]
rounding_steps = st.sampled_from(ROUNDINGS)


def decimals(low, high, places):
    return st.decimals(low, high, allow_nan=False, allow_infinity=False, places=places)


quantities = st.one_of(decimals(0, 10**15, 12), decimals(0, 5000, 0), decimals(0, 5000, 2))
any_quantities = st.one_of(quantities, quantities.map(lambda quantity: -quantity))
prices = st.one_of(decimals(0, 1, 12), decimals(0, 10**6, 2))


@st.composite
def ladders(draw, flat_amounts=True):
    """Terms of one to five tiers with whole, fractional and huge bounds, and prices that are not negative."""
    widths = draw(st.lists(st.one_of(decimals(1, 2000, 0), decimals("0.000001", 10**14, 6)), max_size=4))
    bounds, total = [], Decimal(0)
    for width in widths:
        total += width
        bounds.append(total)
    flats = prices if flat_amounts else st.just(Decimal(0))
    tiers = tuple(Tier(bound, draw(prices), draw(flats)) for bound in [*bounds, None])
    return Terms("graduated", tiers=tiers, rule=RULE)


def with_model(charge_model):
    """A function that gives a ladder of prices another charge model; steps keep their flat amounts only."""

    def change(terms):
        tiers = terms.tiers
        if charge_model != "volume":
            tiers = tuple(replace(tier, unit_price=Decimal(0)) for tier in tiers)
        if charge_model == "graduated_percentage":
            tiers = tuple(
                replace(tier, percent=min(source.unit_price, Decimal(100)))
                for tier, source in zip(tiers, terms.tiers, strict=True)
            )
        return replace(terms, charge_model=charge_model, tiers=tiers)

    return change


volumes = ladders().map(with_model("volume"))
stairs = ladders().map(with_model("stairstep"))
value_ladders = ladders().map(with_model("graduated_percentage"))
packages = st.builds(
    Terms,
    st.just("package"),
    unit_price=prices,
    block_size=st.one_of(decimals(1, 5000, 0), decimals("0.000001", 10**9, 6)),
    block_rounding=st.sampled_from(["up", "down"]),
    free_units=st.one_of(st.none(), decimals(0, 2000, 0), decimals(0, 10**9, 6)),
    rule=st.just(RULE),
)
money = st.one_of(decimals(0, 1000, 2), decimals(0, 10**12, 3))
# Events of all sizes; one in four takes money back.
event_values = st.one_of(money, money, money, money.map(lambda value: -value))


@st.composite
def percentages(draw):
    """Percentage terms with any of the terms that look at single events; minimum and maximum in their order."""
    bounds = sorted((draw(decimals(0, 50, 2)), draw(decimals(0, 50, 2))))
    has_minimum, has_maximum = draw(st.booleans()), draw(st.booleans())
    return Terms(
        "percentage",
        percent=draw(st.one_of(decimals(0, 100, 4), st.just(Decimal("0.000001")))),
        fixed_per_event=draw(st.one_of(st.none(), decimals(0, 5, 2))),
        free_events=draw(st.one_of(st.none(), st.integers(0, 4))),
        free_amount=draw(st.one_of(st.none(), decimals(0, 3000, 2))),
        event_minimum=bounds[0] if has_minimum else None,
        event_maximum=bounds[1] if has_maximum else None,
        rule=RULE,
    )


_VALUES = {"region": ["", "eu", "us"], "sku": ["a", "b", "c"], "zone": ["1", "2"]}
_combinations = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in _VALUES.items()})


@st.composite
def matrices(draw):
    """Matrix terms of one to ten cells, none double, with or without a rest price."""
    combinations = draw(
        st.lists(_combinations.filter(bool), min_size=1, max_size=10, unique_by=lambda one: frozenset(one.items()))
    )
    cells = tuple(MatrixCell(tuple(values.items()), draw(prices)) for values in combinations)
    return Terms("matrix", cells=cells, rest_price=draw(st.one_of(st.none(), prices)), rule=RULE)


shares = st.lists(
    st.builds(DimensionQuantity, _combinations.map(lambda values: tuple(values.items())), any_quantities), max_size=6
).map(tuple)
