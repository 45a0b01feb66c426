"""Prometheus: what /api/v1/query_range answers, a matrix of series with values at moments.

What a value means, the answer does not say, so the source does (option `sample_kind`):
  increase   the use of the step that ends at the moment, as increase(counter[1h]) queried by the hour gives it
  counter    a counter that only grows: the use between two moments is their difference, and after a reset the new value
  gauge      a level that holds until the next moment: the use is the level times the hours of the step
"""

from decimal import Decimal
from itertools import pairwise

from ...numbers import NumberError, divide, parse_decimal, to_text, trim, wide
from ..base import RejectedFile, RowFault
from ..tables.tree_path import BadElement, cell_text
from .tree_reader import Cutter, TreeFile, TreeReader, member

KINDS = ("increase", "counter", "gauge")
# Which label says what, in any case; of several that a series has, the first. A source can name others.
LABELS = {
    "account": ("customer", "tenant", "account", "project", "namespace"),
    "service": ("__name__", "service"),
    "resource": ("instance", "pod", "id"),
    "region": ("region",),
    "unit": ("unit",),
    "sku": ("sku", "type"),
}
_SECONDS_PER_HOUR = Decimal(3600)


class PrometheusCutter(Cutter):
    """A record per step of a series; an answer that is an error or may lack something is refused."""

    ROUTES = {
        "step": "step",
        "status": "status",
        "error": "error",
        "warning": "warnings[*]",
        "type": "data.resultType",
        "series": "data.result[*]",
    }

    def __init__(self, options, limits):
        super().__init__(options, limits)
        self.kind = options.get("sample_kind")
        named = {field: name for field, name in (options.get("columns") or {}).items() if field in LABELS}
        self.labels = {field: (named[field],) if field in named else names for field, names in LABELS.items()}
        self.status = self.error = ""
        self.step = None

    def take(self, found):
        if found.route == "step":
            self.step = _read_step(found.value)
        elif found.route in ("status", "error"):
            setattr(self, found.route, cell_text(found.value)[:500])
        elif found.route == "warning":
            raise RejectedFile("server_warning", detail=cell_text(found.value)[:500])
        elif found.route == "type":
            if found.value != "matrix":
                raise RejectedFile("not_this_format", detail=("data.resultType = matrix",))
        else:
            yield from self._steps(found.value)

    def finish(self):
        if self.status == "error":
            raise RejectedFile("server_error", detail=self.error)
        return ()

    def _steps(self, series):
        metric, samples = member(series, "metric"), member(series, "values")
        if not isinstance(metric, dict) or not isinstance(samples, list):
            raise BadElement("not_expected")
        if self.kind not in KINDS:
            raise RejectedFile("choice_missing", detail="sample_kind")
        common, used = {"labels": metric}, set()
        for field, names in self.labels.items():
            used.add(name := next((name for name in names if name in metric), None))
            common[field] = metric.get(name)
        common["labels"] = {name: text for name, text in metric.items() if name not in used} or None
        moments = [_sample(sample) for sample in samples]
        if len(moments) == 1 and self.step is None:
            yield {**common, **_place(moments[0][0], None), "quantity": moments[0][1]}
        if not moments or (len(moments) == 1 and self.step is None):
            return
        for before, after in pairwise(moments):
            if after[0] <= before[0]:
                raise BadElement("not_expected")
        yield from _CUTS[self.kind](common, moments, self.step)


def _sample(sample):
    """(seconds since 1970 as a Decimal, the value as text)."""
    if not isinstance(sample, list) or len(sample) != 2:
        raise BadElement("not_expected")
    try:
        return parse_decimal(cell_text(sample[0])), cell_text(sample[1])
    except NumberError:
        raise BadElement("not_expected") from None


def _place(start, step):
    return {"start": to_text(start), "step": None if step is None else to_text(step)}


def _read_step(value):
    """The step as its connector says it."""
    try:
        step = parse_decimal(cell_text(value))
    except NumberError:
        raise BadElement("not_expected") from None
    if step <= 0:
        raise BadElement("not_expected")
    return step


def _step(moments):
    """The step of a query that does not say it: between moments lies one, or several where the series was away."""
    with wide():
        return min(after[0] - before[0] for before, after in pairwise(moments))


def _increases(common, moments, step):
    step = step or _step(moments)
    for moment, value in moments:
        with wide():
            start = moment - step
        yield {**common, **_place(start, step), "quantity": value}


def _gauges(common, moments, step):
    # Where the step is not known, the last value is left to the query that begins with it.
    levels = moments if step else moments[:-1]
    step = step or _step(moments)
    for moment, value in levels:
        yield {**common, **_place(moment, step), "quantity": value, "is_level": "true"}


def _differences(common, moments, _step_of_query):
    """Between the moments that have a number; a gap loses nothing, because the counter went on."""
    before = None
    for moment, value in moments:
        number = _number(value)
        if number is None:
            yield {**common, **_place(moment, Decimal(1)), "quantity": value}
            continue
        if before:
            start, former = before
            with wide():
                used = number - former if number >= former else number
                step = moment - start
            is_reset = "true" if number < former else None
            yield {**common, **_place(start, step), "quantity": to_text(trim(used)), "reset": is_reset}
        before = moment, number


def _number(text):
    try:
        return parse_decimal(text)
    except NumberError:
        return None


_CUTS = {"increase": _increases, "counter": _differences, "gauge": _gauges}


class PrometheusFile(TreeFile):
    """One answer of the API."""

    PROVIDER = "Prometheus"
    COLUMNS = {
        name: (name,)
        for name in ("start", "step", "quantity", "is_level", "reset", "account", "service", "resource", "region",
                     "unit", "sku", "labels")
    }  # fmt: skip
    MANDATORY = NOT_NULL = ("start", "quantity")
    NUMBERS = ("start", "step", "quantity")
    TREES = ("labels",)

    def make(self, value, rest):
        if not value["step"]:
            raise RowFault("step", "no_interval", "1")
        start, end = self.seconds_interval(value, "start", "step")
        quantity, unit = value["quantity"], value["unit"]
        if value["is_level"]:
            with wide():
                level_seconds = Decimal(quantity) * Decimal(value["step"])
            quantity = to_text(trim(divide(level_seconds, _SECONDS_PER_HOUR)))
            unit = f"{unit} hours".strip()
        made = {
            "provider_account": self.options.get("provider_account") or "",
            "sub_account": value["account"],
            "service": value["service"] or "Prometheus query",
            "sku": value["sku"],
            "sku_name": value["sku"],
            "region": value["region"],
            "resource": value["resource"],
            "charge_kind": "usage",
            "unit": unit,
            "service_start": start,
            "service_end": end,
            "quantity": quantity,
        }
        return made, self.tags(value, rest) | self.named(value, ("reset",))


class PrometheusReader(TreeReader):
    """Reader of range queries: what one delivery holds of a month is all of it."""

    name = "prometheus"
    label = "Prometheus range query (JSON)"
    asks = ("sample_kind",)
    file_class = PrometheusFile
    cutter_class = PrometheusCutter

    def recognise_tree(self, outline):
        return outline.has("status") and (outline.has("data.resultType") or outline.has("errorType", "error"))
