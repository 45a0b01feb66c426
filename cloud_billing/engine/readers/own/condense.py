"""Rows condensed to one per day, stream and chosen tags, for sources of which nobody needs every row.

What prices and meters tell apart stays: provider and its account, sub-account, service, SKU, region, charge kind, unit,
currency and billing month. What is given up is the time of day, the resource and the tags that are not chosen.
"""

import json
from datetime import datetime, timedelta, timezone

from ...numbers import exact, parse_decimal, to_text
from ..base import RowError
from ..moments import to_utc
from ..values import Cache, digest

# So many rows of a file are condensed together. Bounds the memory, and how long a reader is silent.
ROWS_TOGETHER = 200_000
RESOURCE = "resource"
# How many rows of the file a condensed one stands for, as a tag of it.
COUNT_TAG = "original_rows"
_NUMBERS = ("quantity", "cost_billed", "cost_effective", "cost_list", "cost_contracted")
_IDENTITY = (
    "provider", "provider_account", "sub_account", "service", "sku", "region", "charge_kind", "unit", "currency",
    "billing_month",
)  # fmt: skip


class CondensingReader:
    """A snapshot reader whose rows are those of another one, condensed.

    tags: names that are kept, as columns or within `tags`; RESOURCE keeps the resource too.   zone: tzinfo of the days.
    """

    shape = "snapshot"

    def __init__(self, reader, tags=(), zone=timezone.utc):
        self.name, self.label, self.recognise = reader.name, reader.label, reader.recognise
        self._reader = reader
        self._tags = frozenset(tags) - {RESOURCE}
        self._has_resource = RESOURCE in tags
        self._zone = zone
        self._days = Cache()

    def read(self, chunks, **how):
        """Yield condensed UsageRows, and RowErrors as they are, in the order of the file. Raises RejectedFile."""
        groups, errors, count = {}, [], 0
        for item in self._reader.read(chunks, **how):
            if isinstance(item, RowError):
                errors.append(item)
            else:
                self._add(groups, item)
            count += 1
            if count == ROWS_TOGETHER:
                yield from self._emit(groups, errors)
                groups, errors, count = {}, [], 0
        yield from self._emit(groups, errors)

    def _add(self, groups, row):
        interval = self._get_interval(row)
        resource = row.resource if self._has_resource else ""
        tags = self._choose_tags(row.tags)
        key = (*(getattr(row, name) for name in _IDENTITY), *interval, resource, tags)
        group = groups.get(key)
        if group is None:
            group = groups[key] = [row, 0, *([None] * len(_NUMBERS))]
        group[1] += 1
        with exact():
            for at, name in enumerate(_NUMBERS, 2):
                text = getattr(row, name)
                if text is not None:
                    number = parse_decimal(text)
                    group[at] = number if group[at] is None else group[at] + number

    def _get_interval(self, row):
        """(start, end) of the local day in which the row lies; of one that lasts beyond it its own."""
        day = self._days.get(row.service_start)
        if day is None:
            local = datetime.fromisoformat(row.service_start).replace(tzinfo=timezone.utc).astimezone(self._zone)
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            day = (to_utc(midnight, self._zone), to_utc(midnight + timedelta(days=1), self._zone))
            self._days.keep(row.service_start, day, 60)
        return day if row.service_end <= day[1] else (row.service_start, row.service_end)

    def _choose_tags(self, text):
        """The chosen ones of a row's tags as compact JSON, '{}' without any."""
        if not self._tags or text == "{}":
            return "{}"
        tags = json.loads(text)
        chosen = {name: value for name, value in tags.items() if name in self._tags}
        inner = tags.get("tags")
        if isinstance(inner, dict) and (kept := {name: inner[name] for name in inner if name in self._tags}):
            chosen["tags"] = kept
        return json.dumps(chosen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def _emit(self, groups, errors):
        rows = [self._make_row(key, group) for key, group in groups.items()]
        return sorted([*rows, *errors], key=lambda item: item.row_no)

    def _make_row(self, key, group):
        row, count, *sums = group
        *identity, start, end, resource, tags = key
        texts = [None if number is None else to_text(number) for number in sums]
        parts = [*identity, start, end, resource, tags, str(count), *texts]
        counted = f'{{"{COUNT_TAG}":"{count}"' + ("}" if tags == "{}" else f",{tags[1:]}")
        return row._replace(
            external_id=None,
            service_start=start,
            service_end=end,
            resource=resource,
            tags=counted,
            content_hash=digest("\0".join(part or "" for part in parts).encode()),
            **dict(zip(_NUMBERS, texts, strict=True)),
        )
