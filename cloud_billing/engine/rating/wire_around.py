"""Rating by JSON: what stands around a charge model. Readers by name, for read_object()."""

from ..json_door import (
    listed,
    maybe,
    read_date,
    read_decimal,
    read_flag,
    read_object,
    read_text,
    read_whole,
)
from .around.bundle import split_bundle
from .around.bundle_set import SetDiscount, price_set
from .around.grants import share_out
from .around.true_up import Commitment
from .facts import Grant, Proration
from .terms import Adjustment, Conversion
from .texts import as_text


def read_proration(data, at):
    return Proration(
        **read_object(
            data, at, required={"numerator": read_whole, "denominator": read_whole}, optional={"label": read_text}
        )
    )


def read_key(value, at):
    """An identity: a whole number or a text."""
    return value if isinstance(value, str) else read_whole(value, at)


def _read_conversion(data, at):
    return Conversion(
        **read_object(
            data,
            at,
            optional={
                "numerator": read_decimal,
                "denominator": read_decimal,
                "unit": read_text,
                "rounding": read_text,
                "step": read_decimal,
                "is_cumulative": read_flag,
            },
        )
    )


def read_grant(data, at):
    values = read_object(
        data,
        at,
        required={"key": read_key, "quantity": read_decimal},
        optional={"label": read_text, "expires": maybe(read_date)},
    )
    return Grant(**{"label": "", **values})


def read_adjustment(data, at, rule):
    values = read_object(
        data,
        at,
        optional={
            "percent": maybe(read_decimal),
            "amount": maybe(read_decimal),
            "limit": maybe(read_decimal),
            "label": read_text,
            "is_discount": read_flag,
        },
    )
    return Adjustment(rule=rule, **values)


TERMS_AROUND = {
    "conversion": maybe(_read_conversion),
    "maximum": maybe(read_decimal),
    "minimum": maybe(read_decimal),
    "is_minimum_prorated": read_flag,
}
FACTS_AROUND = {
    "carried": maybe(read_decimal),
    "carried_counted": maybe(read_decimal),
    "grants": listed(read_grant),
    "period_share": maybe(read_proration),
}


def read_commitment(data, at, rule=None):
    values = read_object(
        data,
        at,
        required={
            "minimum": read_decimal,
            "billed": read_decimal,
            "currency": read_text,
            "rounding": read_decimal,
            "service_start": read_date,
            "service_end": read_date,
        },
        optional={"proration": maybe(read_proration)},
    )
    return Commitment(rule=rule, **values)


def answer_split_bundle(data, at="split_bundle"):
    """{"amounts": [...]}, one per part, in the order of the prices."""
    asked = read_object(
        data,
        at,
        required={"amount": read_decimal, "prices": listed(read_decimal), "rounding": read_decimal},
    )
    return {"amounts": [as_text(amount) for amount in split_bundle(**asked)]}


def answer_price_set(data, at="price_set"):
    """{"amount", "amount_exact", "shares" and "exact_shares": one per part, "steps"}."""
    asked = read_object(
        data,
        at,
        required={"amounts": listed(read_decimal), "rounding": read_decimal},
        optional={"weights": maybe(listed(read_decimal)), "discount": maybe(_read_set_discount)},
    )
    price = price_set(**asked)
    return {
        "amount": as_text(price.amount),
        "amount_exact": as_text(price.amount_exact),
        "shares": [as_text(share) for share in price.shares],
        "exact_shares": [as_text(share) for share in price.exact_shares],
        "steps": list(price.steps),
    }


def _read_set_discount(data, at):
    return SetDiscount(
        **read_object(
            data,
            at,
            optional={
                "percent": maybe(read_decimal),
                "amount": maybe(read_decimal),
                "proration": maybe(read_proration),
            },
        )
    )


def answer_share_out(data, at="share_out"):
    """{"charges": [{"charged", "included": [{"key", "used"}]}, ...]}, one per quantity, in their order."""
    asked = read_object(
        data,
        at,
        required={"quantities": listed(maybe(read_decimal)), "grants": listed(read_grant), "at": read_date},
    )
    return {
        "charges": [
            {
                "charged": as_text(rest),
                "included": [{"key": one.grant.key, "used": as_text(one.used)} for one in drawn],
            }
            for rest, drawn in share_out(**asked)
        ]
    }
