"""Which share of a minimum a short first or last period owes."""

from ....engine.rating import Proration


def get_share(interval, is_prorated):
    """The share of a short first or last period that is due, as a Proration; None where all of the minimum is.

    interval: dict with service_start, service_end, full_start, full_end.
    """
    used = (interval["service_end"] - interval["service_start"]).days
    whole = (interval["full_end"] - interval["full_start"]).days
    return Proration(used, whole) if is_prorated and used < whole else None
