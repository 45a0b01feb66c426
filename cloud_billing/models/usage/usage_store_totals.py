from datetime import timedelta
from decimal import Decimal

from odoo import fields, models

from ...engine.numbers import divide, trim
from ...engine.schedule import utc_bounds
from ...sql_rows import as_array
from .usage_aggregates import PLAIN, ROWS, STATES
from .usage_counting import CHARGE_END, CHARGE_START
from .usage_dimensions import get_combination_parameters, is_dimension
from .usage_reads import METER_READS, NO_METER, get_reads, is_plain
from .usage_requests import BASES, MAX_EVENTS, BadRow, Events, Totals, TotalsRequest
from .usage_sums_sql import get_split_sql, get_summed_sql, is_summable
from .usage_totals_sql import get_events_sql, get_plain_sql, get_rows_sql, get_states_sql

# Between the names of dimensions on their way into the database; no name holds it.
_SEPARATOR = "\x1f"
_ONE = Decimal(1)


class CloudUsageStore(models.AbstractModel):
    """What was used: totals for charges as of a number."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: TOTALS === #

    def _totals(self, company, number, requests):
        """A Totals per request, unit, currency and combination of dimensions that has rows, as of a number.

        A request without rows is absent. One statement for what the meters are, one for whose rows need not be read,
        and one for each of four kinds of requests (usage_totals_sql.py), however many requests, meters or rows there
        are. Only rows whose policy is to be billed count.
        """
        requests = list(requests)
        self._check_requests(requests)
        meters = self._fetch_meters(requests)
        kinds = {"summed": [], "plain": [], "rows": [], "states": []}
        for place, request in enumerate(requests):
            kinds[self._get_kind(request, meters)].append(place)
        self._take_out_split(company, number, requests, meters, kinds)
        found = []
        for kind, places in kinds.items():
            if places:
                chosen = [requests[place] for place in places]
                reads = get_reads(chosen, meters)
                parameters = self._get_parameters(company, number, chosen, places, reads)
                if kind == "states":
                    parameters.update(get_frame_parameters(chosen))
                self.env.cr.execute(self._get_totals_sql(kind, reads), parameters)
                found += [(row, reads) for row in self.env.cr.fetchall()]
        # By place, unit, currency and dimensions, whichever statement gave them.
        found.sort(key=lambda pair: pair[0][:4])
        return [self._read_totals(requests[row[0]], reads, row) for row, reads in found]

    def _events(self, company, number, requests, limit=MAX_EVENTS):
        """{key of a request: Events} of those that have rows: the value of each row, in the order of service.

        For prices that look at single events. More than `limit` are counted and not listed.
        """
        requests = list(requests)
        self._check_requests(requests)
        if not requests:
            return {}
        reads = get_reads(requests, self._fetch_meters(requests))
        parameters = self._get_parameters(company, number, requests, range(len(requests)), reads)
        self.env.cr.execute(get_events_sql(reads), {**parameters, "limit": limit})
        return {
            requests[place].key: Events(
                count, None if count > limit else tuple(_quotient(value, denominator) for value in values or ())
            )
            for place, count, values, denominator in self.env.cr.fetchall()
        }

    def _get_requests(self, charges):
        """The TotalsRequest, with the charge's id as key, of each metered charge.

        A charge over a whole month of the provider takes all rows of that month; over a part of it, it is cut at its
        own bounds by the rows' service start.
        """
        self.env["cloud.charge"].flush_model()
        self.env.cr.execute(
            f"""
            SELECT c.id, c.subscription_line_id, m.aggregation, m.basis, c.billing_month,
                   {CHARGE_START}, {CHARGE_END}, m.id, c.full_start, c.full_end, u.tz
              FROM cloud_charge c
              JOIN cloud_meter m ON m.id = c.meter_id
              JOIN cloud_customer u ON u.id = c.customer_id
             WHERE c.id = ANY(%s)
          ORDER BY c.id
            """,
            [charges.ids],
        )
        return [
            TotalsRequest(*values, full_start=full_start, full_end=full_end, tz=tz)
            for *values, full_start, full_end, tz in self.env.cr.fetchall()
        ]

    # === BUSINESS: STATEMENTS === #

    def _flush_meters(self):
        for model in ("cloud.meter", "cloud.meter.filter", "cloud.meter.conversion"):
            self.env[model].flush_model()

    def _fetch_meters(self, requests):
        """{meter id: what decides which statement counts it}; no statement where no request names a meter."""
        meter_ids = sorted({request.meter_id for request in requests if request.meter_id})
        if not meter_ids:
            return {}
        self._flush_meters()
        self.env.cr.execute(
            f"""
            SELECT m.id,
                   {METER_READS}
              FROM cloud_meter m
             WHERE m.id = ANY(%s)
            """,
            [meter_ids],
        )
        return {row["id"]: row for row in self.env.cr.dictfetchall()}

    def _take_out_split(self, company, number, requests, meters, kinds):
        """Have those requests read rows that count only a part of what a delivery brought for a stream.

        kinds: {"summed", "plain": places of requests}, changed here.
        """
        places = kinds["summed"]
        if not places:
            return
        chosen = [requests[place] for place in places]
        parameters = self._get_parameters(company, number, chosen, places, get_reads(chosen, meters))
        self.env.cr.execute(get_split_sql(), parameters)
        split = {place for (place,) in self.env.cr.fetchall()}
        kinds["summed"] = [place for place in places if place not in split]
        kinds["plain"] = sorted([*kinds["plain"], *split])

    def _get_kind(self, request, meters):
        """summed, plain, rows or states: which statement counts a request, as far as its meter says."""
        meter = meters.get(request.meter_id, NO_METER)
        if request.aggregation == "unique_count":
            return "states" if meter["has_operations"] else "rows"
        if request.aggregation in self._get_state_aggregates():
            return "states"
        if not is_plain(request, meter):
            return "rows"
        return "summed" if is_summable(request, meter) else "plain"

    def _get_totals_sql(self, kind, reads):
        if kind == "rows":
            return get_rows_sql([self._get_row_aggregates()[name] for name in sorted(reads.aggregations)], reads)
        if kind == "states":
            return get_states_sql([self._get_state_aggregates()[name] for name in sorted(reads.aggregations)], reads)
        return get_summed_sql(reads) if kind == "summed" else get_plain_sql(reads)

    def _get_parameters(self, company, number, requests, positions, reads):
        columns = {
            "positions": positions,
            "line_ids": [request.subscription_line_id for request in requests],
            "aggregations": [request.aggregation for request in requests],
            "bases": [request.basis for request in requests],
            "months": [request.billing_month for request in requests],
            "starts": [request.utc_start for request in requests],
            "ends": [request.utc_end for request in requests],
            "meter_ids": [request.meter_id for request in requests],
            "names": [_SEPARATOR.join(request.dimensions) for request in requests],
        }
        return {
            **{name: as_array(values) for name, values in columns.items()},
            "separator": _SEPARATOR,
            "company_id": company.id,
            "number": number,
            **get_combination_parameters(reads.dimensions),
        }

    def _read_totals(self, request, reads, row):
        _place, unit, currency, values, numerator, denominator, *costs, row_count, value, event_count, bad_row = row
        quantity = _quotient(numerator, denominator)
        combination = dict(zip(reads.dimensions, values, strict=True))
        return Totals(
            request.key,
            unit,
            currency,
            quantity,
            *map(_decimal, costs),
            row_count,
            value=quantity if request.aggregation == "value" else _decimal(value),
            event_count=event_count,
            dimensions=tuple((name, combination[name]) for name in request.dimensions),
            bad_row=bad_row
            and BadRow(bad_row["tag"], bad_row["text"] or "", bad_row["row"], bad_row["file"], bad_row["import"]),
        )

    def _check_requests(self, requests):
        known = {*PLAIN, *self._get_row_aggregates(), *self._get_state_aggregates()}
        for request in requests:
            _check_request(request, known)

    # === HOOKS === #

    def _get_row_aggregates(self):
        """Return {aggregation: SQL text} of those that look at single rows; see usage_aggregates.py for their shape.

        To add an aggregation: extend the selection on `cloud.meter`, and the dict that super() returns with a SELECT
        FROM counted WHERE aggregation = yours.
        """
        return dict(ROWS)

    def _get_state_aggregates(self):
        """Return {aggregation: SQL text} of those that look at how long a level holds, a SELECT FROM level."""
        return dict(STATES)


def _check_request(request, aggregations):
    if request.aggregation not in aggregations or request.basis not in BASES:
        raise ValueError(f"not an aggregation and a basis of usage: {request!r}")
    if request.billing_month is None and (request.utc_start is None or request.utc_end is None):
        raise ValueError(f"without a billing month both bounds are needed: {request!r}")
    if not all(map(is_dimension, request.dimensions)):
        raise ValueError(f"not dimensions of usage: {request!r}")
    if request.meter_id is None and (
        request.basis == "tag" or request.aggregation in ("unique_count", "time_weighted")
    ):
        raise ValueError(f"what to count of a row stands on a meter: {request!r}")


def get_frame_parameters(requests):
    frames = [_get_frame(request) for request in requests]
    names = ("level_starts", "level_ends", "full_seconds", "full_days")
    columns = dict(zip(names, map(list, zip(*frames, strict=True)), strict=True))
    return {**columns, "zones": [request.tz for request in requests]}


def _get_frame(request):
    """(start and end of the stretch, seconds and days of the whole period), for what is weighted by time.

    A provider's whole month has no bounds of its own: levels hold within the local days that it covers.
    """
    if request.full_start and request.full_end:
        first, last = utc_bounds(request.full_start, request.full_end, request.tz)
        days = (request.full_end - request.full_start).days
    elif request.billing_month:
        month = fields.Date.to_date(request.billing_month)
        next_month = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
        first, last = utc_bounds(month, next_month, request.tz)
        days = (next_month - month).days
    else:
        first, last, days = request.utc_start, request.utc_end, None
    return request.utc_start or first, request.utc_end or last, Decimal(int((last - first).total_seconds())), days


def _quotient(numerator, denominator):
    """The exact quotient where there is one of 30 decimals, else the nearest; None of nothing."""
    if numerator is None:
        return None
    number, divisor = Decimal(numerator), Decimal(denominator)
    return number if divisor == _ONE else trim(divide(number, divisor))


def _decimal(text):
    """A number as PostgreSQL writes it: all digits, never an exponent, and no NaN, which the rows may not have."""
    return None if text is None else Decimal(text)
