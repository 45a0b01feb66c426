"""What the next invoice of a subscription would be, as values: nothing here belongs to a record that is kept."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ...engine.numbers import exact

_ZERO = Decimal(0)


@dataclass(frozen=True)
class PreviewLine:
    """One line as it would be printed. service_end: first day after the service. amount: as on the invoice."""

    text: str
    service_start: date
    service_end: date
    amount: Decimal
    is_correction: bool = False


@dataclass(frozen=True)
class PreviewBill:
    """One invoice, or a credit note where the total is negative; amounts in its currency, a credit is negative.

    currency: a res.currency. untaxed, tax, total: as Odoo works them out for such an invoice.
    """

    payer: str
    currency: object
    lines: tuple[PreviewLine, ...]
    untaxed: Decimal
    tax: Decimal
    total: Decimal

    @property
    def is_credit(self):
        return self.total < 0


@dataclass(frozen=True)
class NextInvoice:
    """day: local day on which it falls due, None where nothing falls due. problems: sentences, what cannot be rated."""

    day: date | None = None
    bills: tuple[PreviewBill, ...] = ()
    problems: tuple[str, ...] = ()

    def get_totals(self):
        """{currency: total} of the bills."""
        totals = {}
        with exact():
            for bill in self.bills:
                totals[bill.currency] = totals.get(bill.currency, _ZERO) + bill.total
        return totals
