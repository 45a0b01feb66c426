"""What comes out of rating: RatedParts of a charge model, and the RatedResult of a price."""

from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import NamedTuple

from .facts import require_fact


class TierFacts(NamedTuple):
    """Which tier a part belongs to: number from 1, above starts_at, up to and including up_to (None: open)."""

    number: int
    starts_at: Decimal
    up_to: Decimal | None


class RatedPart(NamedTuple):
    """One line of a charge model's arithmetic; `amount` is unrounded and for a whole period.

    label: a code, such as usage, tier, tier_flat, fee, cost, percent, fixed. A part with a unit price or a tier is
    shown to the customer; one without both stays in the workings, unless explain.py knows its label. is_prorated:
    proration takes its share of it. details: what else made the amount, as pairs (name, number, text or pairs of
    texts), for the workings; explain.py says which of them a customer sees.
    """

    label: str
    amount: Decimal
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    tier: TierFacts | None = None
    is_prorated: bool = True
    details: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class RatedResult:
    """The answer of rate(). `amount` is amount_exact rounded once; unit_price is there when there is exactly one.

    quantity: converted and rounded, before included quantities; in `unit`. parts: what the charge model said, before
    the later steps; with a counter over a longer cycle the stretch's own part of it. workings, statement: see
    explain.py. granted: (key of a Grant, quantity used) for each one that was drawn on. discounts: (rule id, amount
    taken off, as a positive number; negative where a credit gives it back) for each discount with a limit: in money
    that the rounded amount really is lower by. counted: what the stretch puts on the counter, in the priced unit,
    included quantities left out. All three are what the caller must remember.

    Writing the workings and the statement takes longer than finding the amount, and many prices are asked for their
    amount alone. So those of rate() are written when they are first read (by ==, replace() and pickle too) and kept:
    made from frozen values alone, they say the same whenever that is.
    """

    amount_exact: Decimal
    amount: Decimal
    quantity: Decimal | None
    unit_price: Decimal | None
    parts: tuple[RatedPart, ...]
    workings: dict = field(repr=False)
    statement: dict = field(repr=False)
    granted: tuple[tuple[int | str, Decimal], ...] = ()
    discounts: tuple[tuple[int | str, Decimal], ...] = ()
    counted: Decimal | None = None
    unit: str = ""

    @classmethod
    def explained_by(cls, explanation, **values):
        """A result with these values whose workings and statement are still to be written.

        explanation: a frozen object with make_workings() and make_statement(), which always return the same.
        """
        result = cls.__new__(cls)
        result.__dict__.update(values, _explanation=explanation)
        return result

    def __getattr__(self, name):
        # Python asks here only for what the result does not have yet.
        if self.__dict__.get("_explanation") is None or name not in ("workings", "statement"):
            raise AttributeError(f"{type(self).__name__} has no {name}")
        told = self.__dict__[name] = self.tell(name)
        return told

    def tell(self, name):
        """The `workings` or the `statement`, written for whoever asks and not kept: thousands of both are megabytes."""
        if name in self.__dict__:
            return self.__dict__[name]
        explanation = self.__dict__["_explanation"]
        return explanation.make_workings() if name == "workings" else explanation.make_statement()

    def __getstate__(self):
        """What pickle and copy keep: the values with both explanations written, and not what they are written from."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def check_parts(parts):
    """Raise TypeError, FactsError when a pricer returned an amount that is not an exact number."""
    for part in parts:
        require_fact(part.amount, f"amount of part {part.label}")
