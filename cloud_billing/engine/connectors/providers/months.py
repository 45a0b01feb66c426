"""What sources share that are asked for a month again and again and give all of it each time."""

from datetime import timedelta

from ..base import Delivery
from ..kept import Kept

HOUR = timedelta(hours=1)


def deliver_month(name, account, window, files, known):
    """One Delivery of all files of a window, or none where it is empty or known.

    name: of the connector.   account: of the partition.   files: (name, blocks) each, lazily.
    """
    kept = Kept()
    for file_name, blocks in files:
        kept.add(file_name, blocks)
    month = window.month
    if kept and known.get(f"{name}/{month}") != kept.digest:
        yield Delivery(f"{name}/{month}", kept.digest, f"{account}/{month}", kept.payloads())


def tell_moment(moment):
    """A moment in UTC as a person reads it in what a test saw."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def write_moment(moment):
    """A moment in UTC as servers take it: 2026-10-01T00:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
