"""Prometheus, and what answers like it (Thanos, Mimir, VictoriaMetrics), as a meter: one query over a month.

A server gives 11,000 points of a series at most, so a month is asked for in pieces. What the moments of a piece are
depends on what a value means, as the reader has it (readers/providers/prometheus.py):

increase  the use of the step that ends at the moment: the piece's start is left out, its end is in
counter   a counter: both, because the use is a difference; the next piece begins where this one ends
gauge     a level until the next moment: the start is in, the end is left out
"""

from datetime import timedelta

from ..base import Connector, Fact, Payload, Seen, Setting, Window, find_missing, get_option
from ..errors import ConnectorError, Problem
from ..places import bad_answer, find_url_problems, get_host, get_place, join_url
from ..registry import register
from .login import LOGIN, find_login_problems, get_login_headers
from .months import deliver_month, tell_moment

MAX_POINTS = 11_000
_DAY = timedelta(days=1)
# A piece is read whole, to see whether it holds anything.
_MAX_BYTES = 64 * 1024**2

URL = Setting("url", "Address", "url", help="Of the server, with what stands before /api/v1, if anything does.")
QUERY = Setting(
    "query",
    "Query",
    group="what",
    help="In PromQL, with the labels that say who used it: sum by (customer) (increase(requests_total[1h])).",
)
KIND = Setting(
    "sample_kind",
    "A value is",
    "choice",
    default="increase",
    choices=(
        ("increase", "The use of the step before it"),
        ("counter", "A counter that only grows"),
        ("gauge", "A level until the next value"),
    ),
    group="what",
    help="The same as the source's own choice.",
)
STEP = Setting(
    "step",
    "Step in seconds",
    "number",
    default="3600",
    group="what",
    help="One row per series and step. increase(x[1h]) goes with 3600.",
)
LAG = Setting(
    "lag",
    "Wait in seconds",
    "number",
    default="600",
    group="more",
    help="How old a value has to be before it is read: twice the scrape interval at least, longer behind remote write.",
)


@register
class PrometheusConnector(Connector):
    """Answers to range queries, each with the step it was asked with."""

    name = "prometheus"
    title = "Prometheus"
    summary = "A query over time: what a counter or a level says that a customer used."
    settings = (URL, *LOGIN, QUERY, KIND, STEP, LAG)
    readers = ("prometheus",)
    has_windows = True
    overlap = _DAY

    def hosts(self, options):
        return {get_place(get_option(options, URL))}

    def check(self, options):
        problems = [
            *find_missing(self.settings, options),
            *find_url_problems(URL, options),
            *find_login_problems(options),
        ]
        step = get_option(options, STEP)
        if step.isdecimal() and not 1 <= int(step) <= _DAY.total_seconds():
            problems.append(Problem(STEP.name, "not_in_range", {"label": STEP.label, "least": 1, "most": 86400}))
        return problems

    def test(self, options, web, now):
        step = self._get_step(options)
        end = self._settle(options, Window(now.replace(hour=0, minute=0, second=0, microsecond=0) - _DAY, now), now)
        piece = Window(max(end - 10 * step, end - max(_DAY, step)), end)
        body, series, samples = self._ask(options, web, piece)
        values = {"count": series, "samples": samples, "start": tell_moment(piece.start), "end": tell_moment(end)}
        fact = Fact("series_seen" if samples else "no_series_seen", values)
        return Seen([fact], Payload("prometheus.json", [body]) if samples else None)

    def fetch(self, options, web, window, known):
        account = get_host(get_option(options, URL))
        settled = Window(window.start, self._settle(options, window, web.now()))
        yield from deliver_month(self.name, account, window, self._get_files(options, web, settled), known)

    def _get_files(self, options, web, window):
        step = self._get_step(options)
        points = MAX_POINTS - 1
        if get_option(options, KIND) != "counter":
            # A day's at most: an answer stays small, whatever the number of series. Not of a counter: what it grew
            # while its series was away is known only where both sides of the gap are in one answer.
            points = min(points, max(1, _DAY // step))
        for piece in window.cut(points * step):
            body, _series, samples = self._ask(options, web, piece)
            if samples:
                yield f"prometheus-{piece.start:%Y-%m-%dT%H%M%S}.json", [body]

    def _get_step(self, options):
        return timedelta(seconds=int(get_option(options, STEP)))

    def _settle(self, options, window, now):
        """The end of the last whole step of a window that is old enough to be complete."""
        latest = min(window.end, now - timedelta(seconds=int(get_option(options, LAG))))
        step = self._get_step(options)
        return window.start + max(0, (latest - window.start) // step) * step

    def _ask(self, options, web, piece):
        """(the answer with its step, series, samples that can become rows) of a piece of whole steps."""
        url, step, kind = get_option(options, URL), self._get_step(options), get_option(options, KIND)
        start = piece.start + step if kind == "increase" else piece.start
        end = piece.end - step if kind == "gauge" else piece.end
        seconds = int(step.total_seconds())
        answer = web.request(
            "POST",
            join_url(url, "api/v1/query_range"),
            # In the body: a query may be longer than an address.
            data={
                "query": get_option(options, QUERY),
                "start": int(start.timestamp()),
                "end": int(end.timestamp()),
                "step": seconds,
            },
            headers=get_login_headers(options),
            max_bytes=_MAX_BYTES,
            is_repeatable=True,
        )
        found = answer.json()
        series = _get_series(found)
        if series is None:
            raise bad_answer(url, "query_range")
        if found.get("warnings"):
            # A part of the servers behind it did not answer: what came is not all.
            said = web.hide(str(found["warnings"][0]))
            raise ConnectorError("server_said", is_transient=True, host=get_host(url), said=said)
        least = 1 if kind == "counter" else 0
        samples = sum(max(0, len(each["values"]) - least) for each in series)
        # One value alone does not show how far apart values are; the reader takes the step from here.
        return b'{"step":%d,%s' % (seconds, answer.read().strip()[1:]), len(series), samples


def _get_series(found):
    """The series of an answer, or None where it is none."""
    data = found.get("data") if isinstance(found, dict) and found.get("status") == "success" else None
    series = data.get("result") if isinstance(data, dict) and data.get("resultType") == "matrix" else None
    if not isinstance(series, list) or not all(isinstance(each, dict) for each in series):
        return None
    return series if all(isinstance(each.get("values"), list) for each in series) else None
