from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class LineChange:
    """What somebody wants to be otherwise with one line of a subscription, from a day on.

    line: the cloud.subscription.line, None for a line that is added. product: what takes its place (an upgrade, a
    downgrade, a swap), or what is added; None leaves it. quantity: from the day on; None leaves it as it is. is_ended:
    the line ends on the day.
    """

    line: object = None
    product: object = None
    quantity: Decimal | None = None
    is_ended: bool = False

    @property
    def is_swap(self):
        return bool(self.line and self.product and self.product != self.line.product_id)
