"""What a bundle is made of, as values that the rating can carry: read once for all charges."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class BundlePart:
    """One part. quantity: in each bundle. standalone_price: per unit, None where the price plan says it."""

    product_id: int
    name: str
    quantity: Decimal
    unit: str
    billing_model: str
    is_optional: bool = False
    standalone_price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class BundleTerms:
    """One approved version of a bundle, from date_start on. pricing: fixed or sum. currency_id: of discount_amount."""

    id: int
    name: str
    date_start: date
    pricing: str
    parts: tuple[BundlePart, ...]
    discount_percent: Decimal | None = None
    discount_amount: Decimal | None = None
    currency_id: int | None = None

    def get_parts(self, chosen):
        """The parts of one subscription line: all that belong to it, and of the optional ones the chosen products."""
        return tuple(part for part in self.parts if not part.is_optional or part.product_id in chosen)
