"""How often something may be recorded: whoever is refused again and again must not fill the disk with it."""

import time

WINDOW = 3600
MAX_KEYS = 5000
# What has no room of its own any more is counted together.
OTHERS = "others"


class Quota:
    """Counts by key and hour, in the memory of one process: a limit, not a guarantee. What is left out is counted."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._windows = {}

    def take(self, limits):
        """How many were left out since the last one that was let through; None where this one is left out.

        :param limits: {key: how many an hour}; all of them must have room
        """
        now = self._clock()
        windows = [(self._get_window(key, now), limit) for key, limit in limits.items()]
        if any(window["count"] >= limit for window, limit in windows):
            for window, _limit in windows:
                window["left_out"] += 1
            return None
        left_out = windows[0][0]["left_out"]
        for window, _limit in windows:
            window["count"] += 1
            window["left_out"] = 0
        return left_out

    def _get_window(self, key, now):
        window = self._windows.get(key)
        if window is None:
            if len(self._windows) >= MAX_KEYS:
                self._windows = {k: w for k, w in self._windows.items() if now - w["start"] < WINDOW}
            if len(self._windows) >= MAX_KEYS:
                key = OTHERS
            window = self._windows.setdefault(key, {"start": now, "count": 0, "left_out": 0})
        if now - window["start"] >= WINDOW:
            window.update(start=now, count=0)
        return window
