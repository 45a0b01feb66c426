"""The amount on its way: what is due as it is, and what is due for a share of a period only."""

from decimal import Decimal
from typing import NamedTuple

from ...numbers import divide, to_text, trim

_ZERO = Decimal(0)


class Running(NamedTuple):
    """An unrounded amount in three heaps, so that shares are taken once, at the end, of sums.

    plain: due as it is. prorated: of a whole period, due for facts.proration. shared: of a whole period, due for
    facts.period_share. `whole` is their sum: what a whole period would cost.
    """

    plain: Decimal = _ZERO
    prorated: Decimal = _ZERO
    shared: Decimal = _ZERO

    @property
    def whole(self):
        return self.plain + self.prorated + self.shared

    def plus(self, amount, facts):
        """With an amount per period added, in the heap of which the facts say the share."""
        if facts.period_share is not None:
            return Running(self.plain, self.prorated, self.shared + amount)
        return Running(self.plain, self.prorated + amount, self.shared)

    def plus_running(self, other):
        return Running(self.plain + other.plain, self.prorated + other.prorated, self.shared + other.shared)

    def times(self, factor):
        return Running(self.plain * factor, self.prorated * factor, self.shared * factor)


def add_up(parts):
    """The Running of a charge model's parts."""
    plain = prorated = _ZERO
    for part in parts:
        if part.is_prorated:
            prorated += part.amount
        else:
            plain += part.amount
    return Running(plain, prorated)


def take_share(running, facts, steps):
    """The amount with the shares of its heaps: divided once. No step where there is no share to take."""
    proration, share = facts.proration, facts.period_share
    is_whole = proration is None and (share is None or not running.shared)
    if is_whole:
        return running.whole
    over, under = (1, 1) if proration is None else (proration.numerator, proration.denominator)
    shared_over, shared_under = (1, 1) if share is None else (share.numerator, share.denominator)
    due = running.prorated * over * shared_under + running.shared * shared_over * under
    after = running.plain + trim(divide(due, Decimal(under * shared_under)))
    steps.append((_tell_proration, running, running.whole, after, proration, share))
    return after


def _tell_proration(running, before, after, proration, share):
    named = proration or share
    return {
        "step": "proration",
        "before": to_text(before),
        "after": to_text(after),
        "prorated": to_text(running.prorated if proration else running.shared),
        "numerator": named.numerator,
        "denominator": named.denominator,
        "label": named.label,
        **_describe_second(running, proration, share),
    }


def _describe_second(running, proration, share):
    """Amounts per period that have another share than the price itself."""
    if proration is None or share is None or not running.shared:
        return {}
    return {
        "period_share": {
            "prorated": to_text(running.shared),
            "numerator": share.numerator,
            "denominator": share.denominator,
            "label": share.label,
        }
    }


def get_share_of(amount, facts):
    """An agreed amount per period for the part of the period that the stretch is."""
    share = facts.period_share or facts.proration
    return amount if share is None else trim(divide(amount * share.numerator, Decimal(share.denominator)))
