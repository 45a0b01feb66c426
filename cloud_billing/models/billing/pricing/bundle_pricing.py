"""The price of a bundle as lines of its parts: added up or taken as one, rounded once, split without losing a cent.

Works on dicts and engine values only, like `charge_pricing`.
"""

from dataclasses import replace
from decimal import Decimal

from ....engine.numbers import exact, to_text
from ....engine.rating import ENGINE_VERSION, RatedResult, SetDiscount, describe_set, price_set
from ..charge.period_share import get_share
from .charge_discounts import NO_DISCOUNTS
from .usage_facts import Refused

_ZERO = Decimal(0)
# What a part's statement keeps of the price that it is a share of.
_KEPT = ("usage", "proration", "service_start", "service_end", "currency", "price_currency", "exchange")


def make_part_items(item, numbers):
    """{part: item} of the parts that the price plan prices for a charge on a bundle.

    Of a sum all but metered ones, which are billed by their usage. Of a price for the set the optional ones, and where
    no stand-alone prices are written down the others too, only to weigh them. numbers: an iterator of ids that no
    charge has.
    """
    bundle, items = item["bundle"], {}
    for part in bundle.get_parts(item["chosen"]):
        is_weight = bundle.pricing == "fixed" and not part.is_optional
        if part.billing_model == "metered" or (is_weight and part.standalone_price is not None):
            continue
        with exact():
            quantity = None if item["agreed_quantity"] is None else item["agreed_quantity"] * part.quantity
        items[part] = {
            **item,
            "id": next(numbers),
            "bundle": None,
            "product_id": part.product_id,
            "line_id": (item["line_id"], part.product_id),
            "line_name": f"{item['line_name']}: {part.name}",
            "agreed_quantity": quantity,
            "agreed_unit": part.unit,
            # What only weighs is not sold: no coupon is used up by it.
            "discounts": NO_DISCOUNTS if is_weight else item.get("discounts", NO_DISCOUNTS),
        }
    return items


def price_bundle(item, whole, priced):
    """The list of Priced of a charge on a bundle, each of one part. Raises Refused.

    whole: list of Priced of the price for the set, empty for a sum. priced: {part: list of Priced}.
    """
    if item["bundle"].pricing == "sum":
        return _price_sum(item, priced)
    return _price_fixed(item, whole, priced)


def _price_fixed(item, whole, priced):
    bundle = item["bundle"]
    split = [part for part in bundle.get_parts(item["chosen"]) if not part.is_optional]
    weights = [_get_weight(part, priced) for part in split]
    lines = []
    for one in whole:
        if one.stretch.is_extra:
            lines.append(one)
            continue
        asked = {
            "amounts": (one.result.amount_exact,),
            "rounding": _get_billed(item)["rounding"],
            "weights": tuple(weights),
        }
        price = price_set(**asked)
        for place, part in enumerate(split):
            line = replace(one, unit=part.unit)
            lines.append(_make_line(item, part, line, price, describe_set(**asked), place, 0, one.result.statement))
    for part, parts in priced.items():
        if part.is_optional:
            lines += [_name_line(item, part, one) for one in parts]
    return lines


def _get_weight(part, priced):
    """What a part is worth beside the others, for the quantity in one bundle."""
    with exact():
        if part.standalone_price is not None:
            return part.standalone_price * part.quantity
        return max(sum((one.result.amount_exact for one in priced.get(part, ())), _ZERO), _ZERO)


def _price_sum(item, priced):
    bundle = item["bundle"]
    pieces = [(part, one) for part, parts in priced.items() for one in parts if not one.stretch.is_extra]
    if not pieces:
        raise Refused("bundle_empty", line=item["line_name"], bundle=bundle.name)
    discount = _get_discount(item)
    asked = {
        "amounts": tuple(one.result.amount_exact for _part, one in pieces),
        "rounding": _get_billed(item)["rounding"],
        "discount": discount,
    }
    price = price_set(**asked)
    figures = {"quantity": to_text(item["agreed_quantity"]), "unit": item["agreed_unit"] or "", "unit_price": None}
    if discount:
        figures["discount"] = {
            "percent": None if discount.percent is None else to_text(discount.percent),
            "amount": None if discount.amount is None else to_text(discount.amount),
        }
    lines = [
        _make_line(item, part, one, price, describe_set(**asked), place, place, figures)
        for place, (part, one) in enumerate(pieces)
    ]
    extras = [_name_line(item, part, one) for part, parts in priced.items() for one in parts if one.stretch.is_extra]
    return [*lines, *extras]


def _get_billed(item):
    """Currency and rounding of what is billed; prices may be in another currency, exchanged before the set is made."""
    return item.get("bill_in") or item


def _get_discount(item):
    bundle = item["bundle"]
    if bundle.discount_percent:
        return SetDiscount(percent=bundle.discount_percent)
    if not bundle.discount_amount:
        return None
    if bundle.currency_id != item["currency_id"]:
        currency = _get_billed(item)["currency"]
        raise Refused("bundle_currency", line=item["line_name"], bundle=bundle.name, currency=currency)
    with exact():
        amount = bundle.discount_amount * item["agreed_quantity"]
    return SetDiscount(amount=amount, proration=get_share(item, item["service_start"], item["service_end"]))


def _make_line(item, part, one, price, asked, place, priced, figures):
    """The Priced of a part: its share of the set. one: the Priced that it comes from, priced: its place in the sum."""
    bundle, share, source = item["bundle"], price.shares[place], one.result
    # What some of its days were billed, should they be corrected, is a share of this.
    exact_share = price.exact_shares[place]
    with exact():
        quantity = None if item["agreed_quantity"] is None else item["agreed_quantity"] * part.quantity
    is_set = bundle.pricing == "fixed"
    is_own = not is_set and share == source.amount
    statement = {
        # What led to another amount than the part's own is told of the set.
        **(
            source.statement if is_own else {name: source.statement[name] for name in _KEPT if name in source.statement}
        ),
        **({} if is_own else {"unit_price": None, "tiers": [], "rows": []}),
        "quantity": None if quantity is None else to_text(quantity),
        "unit": part.unit,
        "amount": to_text(share),
        "bundle": {
            **figures,
            "name": item["line_name"],
            "amount": to_text(price.amount),
            "proration": source.statement["proration"],
            "service_start": (one.stretch.start if is_set else item["service_start"]).isoformat(),
            "service_end": (one.stretch.end if is_set else item["service_end"]).isoformat(),
        },
    }
    workings = {
        "engine_version": ENGINE_VERSION,
        "currency": _get_billed(item)["currency"],
        "usage": source.statement["usage"],
        "bundle": {"name": bundle.name, "part": part.name, "set": asked, "place": place, "priced": priced},
        "price": source.workings,
        "steps": list(price.steps),
        "amount_exact": to_text(exact_share),
        "amount": to_text(share),
    }
    result = RatedResult(
        amount_exact=exact_share,
        amount=share,
        quantity=quantity,
        unit_price=source.unit_price if is_own else None,
        parts=source.parts,
        workings=workings,
        statement=statement,
    )
    return replace(_name_line(item, part, one), result=result, unit=part.unit)


def _name_line(item, part, one):
    key = f"part {part.product_id}" + (f"|{one.key}" if one.key else "")
    return replace(one, key=key, product_id=part.product_id, name=part.name, bundle_id=item["bundle"].id)
