"""When each version of a price plan holds for one subscription. Asks the database nothing.

For who subscribes on its first day or later, a version holds from its first day until the next one begins. For who
subscribed before, its policy says from when: at once, from the subscription's next billing period, or, where the
former prices are kept, from the end of that promise. What one version promised later versions keep. Of two versions
from the same day on the later revision takes the place of the other one, with all that one promised.
"""

from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from ...engine.schedule import Cycle, period_containing


@dataclass(frozen=True)
class Subscriber:
    """What of a subscription decides: its first day, and where its billing periods begin. None: nobody has yet."""

    date_start: date | None = None
    cycle: Cycle | None = None

    def get_next_boundary(self, day):
        """The first day of a billing period on or after a day."""
        period = period_containing(self.cycle, self.date_start, day)
        return day if period.start == day else period.end


def get_subscriber(subscription):
    """The Subscriber of a subscription record; of an empty one, or one without a start yet, nobody."""
    if not subscription.date_start:
        return Subscriber()
    return Subscriber(subscription.date_start, subscription._get_cycle())


def get_timeline(versions, subscriber):
    """[(version, from, until or None)] in the order of time.

    versions: approved ones of one plan with date_start, policy and grandfather_until, by date_start and revision.
    """
    entries, promised = [], date.min
    for version in {version.date_start: version for version in versions}.values():
        if subscriber.date_start is None or subscriber.date_start >= version.date_start:
            start, promised = version.date_start, date.min
        else:
            start = max(_get_start_for_existing(version, subscriber), promised)
            if version.policy == "grandfather":
                promised = start
        if start < date.max:
            # A version that begins before a former one was due takes its place.
            entries = [entry for entry in entries if entry[1] < start] + [(version, start)]
    starts = [start for _version, start in entries[1:]]
    return [(version, start, end) for (version, start), end in zip_longest(entries, starts)]


def _get_start_for_existing(version, subscriber):
    """The first day of a version for a subscription that began before it; date.max: never."""
    if version.policy == "next_period":
        return subscriber.get_next_boundary(version.date_start)
    if version.policy == "grandfather":
        return version.grandfather_until or date.max
    return version.date_start
