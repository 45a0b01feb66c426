"""How soon Python lets another thread run while one of them feeds the database and another one makes what it feeds."""

import contextlib
import sys
import threading

# Python's own are 5 ms. Who talks to the database needs some microseconds between two answers, twenty times a chunk,
# and waited for its turns nearly as long as the database worked.
_SECONDS = 0.0005
_lock = threading.Lock()
_former = []


@contextlib.contextmanager
def quick_turns():
    """Let threads of this process take turns sooner, for as long as somebody is in here."""
    with _lock:
        _former.append(sys.getswitchinterval())
        sys.setswitchinterval(min(_SECONDS, _former[-1]))
    try:
        yield
    finally:
        with _lock:
            # The last one to leave puts back what the first one found.
            found = _former.pop()
            if not _former:
                sys.setswitchinterval(found)
