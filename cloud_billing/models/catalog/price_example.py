"""What an example of a price is about."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Measured:
    """So much of what a price looks at. kind: quantity, value or cost.

    events: the value is that of so many events of a hundred each, None where single ones do not matter.
    values: pairs (dimension, value) of usage that is priced by its dimensions.
    """

    kind: str
    amount: Decimal
    events: int | None = None
    values: tuple[tuple[str, str], ...] = ()
