"""Items that a thread makes before another one asks for them, a few at a time, so that none of the two waits long."""

import contextlib
import queue
import threading

# Seconds after which who waits for the other one looks whether all is over.
_PATIENCE = 1


class Stopped(Exception):
    """Whoever takes the items has gone; who makes them ends."""


class Ahead(threading.Thread):
    """Makes the items of an iterator, up to `count` of them before they are taken, in order.

    Iterate to take them, in one thread; what the iterator raises is raised behind the items before it. is_stopped: an
    Event, which several may share: once it is set nothing is made and nothing is taken any more.
    """

    def __init__(self, items, count, is_stopped):
        super().__init__(name="cloud_billing.ahead", daemon=True)
        self._items = items
        self._ready = queue.Queue(count)
        self.is_stopped = is_stopped

    def run(self):
        with contextlib.suppress(Stopped):
            try:
                for item in self._items:
                    self.hand_over(item)
                    # Nothing of it stays here while the next one is made.
                    del item
                self.hand_over(None)
            except Stopped:
                raise
            except BaseException as error:
                # The thread that takes raises it.
                self.hand_over(error)
        self._items = None

    def hand_over(self, item):
        """Give an item to whoever takes them, from any thread; waits while enough are ready. Raises Stopped."""
        while not self.is_stopped.is_set():
            with contextlib.suppress(queue.Full):
                return self._ready.put(item, timeout=_PATIENCE)
        raise Stopped

    def __iter__(self):
        while not self.is_stopped.is_set():
            try:
                item = self._ready.get(timeout=_PATIENCE)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
            del item
        raise Stopped
