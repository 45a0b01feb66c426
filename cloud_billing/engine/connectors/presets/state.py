"""What presets share of systems that say how things stand now and keep no record of it.

A state is known only at the moment at which somebody looks. It counts for the whole steps (hours or days, UTC) since
the last look, and never for more than `longest` back: what nobody looked at is not made up. Each step is a delivery of
JSON lines, a line for each measure of each thing:

id, start, end, metric, quantity, unit, and the columns of the thing that are kept
"""

import json
from datetime import timedelta
from typing import NamedTuple

from ...numbers import NumberError, parse_decimal, to_text, trim, wide
from ..base import Delivery, Fact, Payload, Seen, Window, json_lines
from ..generic.collecting import MAX_SAMPLE_ROWS
from .preset import Preset, map_columns

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Bytes to GiB, exactly: 2 to the power of -30.
BYTE_TO_GIB = "0.000000000931322574615478515625"


class Measure(NamedTuple):
    """What is counted of a thing in a step: `factor` times the number in its column `field`, or 1 where field is "".

    factor: a decimal number as text.   states: only of things whose status is one of these; () for all.
    """

    metric: str
    field: str
    factor: str
    unit: str
    states: tuple = ()


class StatePreset(Preset):
    """A system of which a step is counted when it is over. A subclass says the attributes below, and `compose`.

    key: the column that names a thing.   account: that of its customer.   status: that of its status, or "".
    kept: further columns; no other one is, since an answer may hold what is nobody's business, as passwords.
    """

    max_window = DAY
    step = HOUR
    longest = DAY
    key = "id"
    account = ""
    status = ""
    kept: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()

    def test(self, options, web, now):
        rows = self._look(options, web, Window(now - DAY, now))
        columns = ", ".join(sorted(rows[0])) if rows else ""
        facts = [Fact("state_seen", {"count": len(rows), "columns": columns}) if rows else Fact("no_state_seen")]
        step = next(Window(now - DAY - self.step, now).whole(self.step))
        lines = self._count(options, rows, step)
        sample = b"".join(json_lines(lines[:MAX_SAMPLE_ROWS]))
        return Seen(facts, Payload(f"{self.name}.jsonl", (sample,)) if lines else None)

    def fetch(self, options, web, window, known):
        now = web.now()
        steps = [
            step
            for step in Window(window.start, min(window.end, now)).whole(self.step)
            if now - step.end < self.longest and self._get_name(step) not in known
        ]
        rows = self._look(options, web, window) if steps else []
        for step in steps:
            lines = self._count(options, rows, step)
            if lines:
                name = self._get_name(step)
                yield Delivery(name, "1", "", [Payload(f"{name.replace('/', '_')}.jsonl", json_lines(lines))])

    def _get_name(self, step):
        return f"{self.name}/{step.start:%Y-%m-%dT%H}"

    def _look(self, options, web, window):
        """Rows as the system gives them, {column: text}."""
        deliveries = super().fetch(options, web, window, {})
        payloads = (payload for delivery in deliveries for payload in delivery.payloads)
        return [json.loads(line) for payload in payloads for line in b"".join(payload.chunks).splitlines()]

    def _count(self, options, rows, step):
        """The lines of things in a step, one for each measure that a thing has."""
        account = self._given(options).get("account") or self.account
        return [line for row in rows for line in self._count_thing(row, account, step)]

    def _count_thing(self, row, account, step):
        key, status = row.get(self.key) or "", row.get(self.status) or ""
        start, end = f"{step.start:%Y-%m-%dT%H:%M:%SZ}", f"{step.end:%Y-%m-%dT%H:%M:%SZ}"
        for measure in self.measures:
            value = row.get(measure.field) if measure.field else "1"
            if not value or (measure.states and status not in measure.states):
                continue
            yield {
                "id": f"{key}/{measure.metric}/{start}",
                "start": start,
                "end": end,
                # Of nobody it waits for a person who says whose it is.
                "account": row.get(account) or "-",
                "metric": measure.metric,
                "quantity": _multiply(value, measure.factor),
                "unit": measure.unit,
                "thing": key,
                **{name: row[name] for name in (self.status, *self.kept) if name and row.get(name)},
            }


def map_states(provider, **columns):
    """The mapping of the lines of a StatePreset; columns: {field: column} besides."""
    return map_columns(
        {"id": "id", "start": "start", "end": "end", "account": "account", "service": "metric", "quantity": "quantity",
         "unit": "unit", "resource": "thing", **columns},
        constants={"provider": provider},
        period="end",
    )  # fmt: skip


def _multiply(text, factor):
    """The product as text; what is no number stays what it is, so that the reader tells it."""
    try:
        with wide():
            return to_text(trim(parse_decimal(text) * parse_decimal(factor)))
    except NumberError:
        return text
