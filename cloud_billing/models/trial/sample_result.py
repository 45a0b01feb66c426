"""What a sample calculation came to under one version of its plan."""

from dataclasses import dataclass
from datetime import date

from .price_question import PriceAnswer


@dataclass(frozen=True)
class SampleResult:
    """verdict: passed, failed, or other_version where this version does not hold when the clause does.

    day: whose prices answered. answer: None for other_version.
    """

    verdict: str
    day: date | None = None
    answer: PriceAnswer | None = None
