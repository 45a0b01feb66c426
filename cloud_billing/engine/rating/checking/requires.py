"""The numbers that terms hold, looked at one by one."""

from decimal import Decimal

from ..errors import TermsError


def require_number(value, name):
    """Refuse what is not a finite Decimal. Raises TypeError (a float has lost digits already) or TermsError."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{name} is an exact Decimal, not {type(value).__name__}: {value!r}")
    if not value.is_finite():
        raise TermsError("not_finite", term=name)
