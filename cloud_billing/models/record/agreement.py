"""By which request something changes just now, and why: everything recorded meanwhile names it.

Kept per cursor. No security decision reads it: it is a fact beside who and when.
"""

from contextlib import contextmanager
from typing import NamedTuple
from weakref import WeakKeyDictionary

_BEHIND = WeakKeyDictionary()


class Agreement(NamedTuple):
    """The id of a change request, and the reason that was given for it; None for what there is not."""

    request_id: int | None = None
    reason: str | None = None


@contextmanager
def applying(request):
    """What is written meanwhile is what people agreed on by this request. What waited before is not: it goes first."""
    # sudo: whoever votes, or the schedule, may not read the request; the record names it all the same.
    request = request.sudo()
    # Within its own application all that is written is by it already.
    if not request or find(request.env).request_id == request.id:
        yield
        return
    request.env.flush_all()
    before = _BEHIND.get(request.env.cr)
    _BEHIND[request.env.cr] = Agreement(request.id, request.reason or None)
    try:
        yield
        request.env.flush_all()
    finally:
        if before is None:
            del _BEHIND[request.env.cr]
        else:
            _BEHIND[request.env.cr] = before


def find(env):
    """The `Agreement` behind what happens now."""
    return _BEHIND.get(env.cr, Agreement())
