"""OpenStack CloudKitty v2: what /v2/dataframes and /v2/summary answer.

A data frame is a period with data points by metric; a summary is a table of sums, as lists below their column names or
as objects. Prices have no currency of their own.
"""

from ..base import RejectedFile
from ..tables.tree_path import BadElement
from ..values import parse_moment
from .tree_reader import Cutter, TreeFile, TreeReader, member, without

_PROJECT = ("project_id", "tenant_id")
_COMPACT = "{}{}{}{}-{}{}-{}{}T{}{}:{}{}:{}{}"


class CloudKittyCutter(Cutter):
    """A record per data point, or per row of a summary that is not empty."""

    ROUTES = {"frame": "dataframes[*]", "columns": "columns", "row": "results[*]"}

    def __init__(self, options, limits):
        super().__init__(options, limits)
        self.columns = None

    def take(self, found):
        if found.route == "columns":
            self.columns = found.value
        elif found.route == "frame":
            yield from self._points(found.value)
        else:
            yield from self._sums(found.value)

    def _points(self, frame):
        period, usage = member(frame, "period"), member(frame, "usage")
        if not isinstance(usage, dict):
            raise BadElement("not_expected")
        for metric, points in usage.items():
            for point in points if isinstance(points, list) else [points]:
                if not isinstance(point, dict):
                    raise BadElement("not_expected")
                groupby = member(point, "groupby")
                yield {
                    "begin": member(period, "begin"),
                    "end": member(period, "end"),
                    "metric": metric,
                    "unit": member(point, "vol", "unit"),
                    "qty": member(point, "vol", "qty"),
                    "price": member(point, "rating", "price"),
                    **_group(groupby),
                    "metadata": member(point, "metadata"),
                    "more": without(point, "vol", "rating", "groupby", "metadata") or None,
                }

    def _sums(self, row):
        if isinstance(row, list):
            if self.columns is None:
                raise RejectedFile("column_missing", detail=("columns",))
            if not isinstance(self.columns, list) or len(row) != len(self.columns):
                raise BadElement("not_expected")
            row = dict(zip(map(str, self.columns), row, strict=True))
        if not isinstance(row, dict):
            raise BadElement("not_expected")
        if row.get("qty") is None and row.get("rate") is None:
            # CloudKitty fills up times without usage with rows that say nothing.
            return
        yield {
            "begin": row.get("begin"),
            "end": row.get("end"),
            "metric": row.get("type"),
            "qty": row.get("qty"),
            "price": row.get("rate"),
            **_group(without(row, "begin", "end", "qty", "rate", "type")),
        }


def _group(groupby):
    project = next((groupby[name] for name in _PROJECT if member(groupby, name)), None)
    return {"project": project, "resource": member(groupby, "id"), "groupby": without(groupby, *_PROJECT, "id") or None}


class CloudKittyFile(TreeFile):
    """One answer of the API."""

    PROVIDER = "OpenStack"
    COLUMNS = {
        "start": ("begin",),
        "end": ("end",),
        "metric": ("metric",),
        "unit": ("unit",),
        "quantity": ("qty",),
        "price": ("price",),
        "project": ("project",),
        "resource": ("resource",),
        "groupby": ("groupby",),
        "metadata": ("metadata",),
        "more": ("more",),
    }
    MANDATORY = NOT_NULL = ("start", "end", "quantity")
    NUMBERS = ("quantity", "price")
    TREES = ("groupby", "metadata", "more")

    def make(self, value, rest):
        start, end = self.interval(value)
        # A summary that is not grouped by type is of everything.
        metric = value["metric"] or "rating"
        made = {
            "provider_account": self.options.get("provider_account") or "",
            "sub_account": value["project"],
            "service": metric,
            "sku": metric,
            "sku_name": metric,
            "resource": value["resource"],
            "charge_kind": "usage",
            "unit": value["unit"],
            "service_start": start,
            "service_end": end,
            "quantity": value["quantity"],
            **self.costs(value, cost_billed="price"),
        }
        return made, self.tags(value, rest)

    def parse(self, text):
        # What is posted to CloudKitty has the basic form of ISO 8601: 20190723T122810Z.
        if len(text) >= 15 and text[:8].isdigit() and text[8] == "T":
            text = _COMPACT.format(*text[:8], *text[9:15]) + text[15:]
        return parse_moment(text)


class CloudKittyReader(TreeReader):
    """Reader of CloudKitty's data frames and summaries: what one delivery holds of a month is all of it."""

    name = "cloudkitty"
    label = "OpenStack CloudKitty (JSON)"
    asks = ("currency",)
    file_class = CloudKittyFile
    cutter_class = CloudKittyCutter

    def recognise_tree(self, outline):
        return outline.has("dataframes[*].usage") or (
            outline.has("results") and (outline.has("columns") or outline.has("results[*].rate"))
        )
