"""What every connector takes and gives. A connector asks a provider and hands on the bytes of its answers, no more:
readers make rows of them, and the caller keeps files, watermarks and sentences.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple

from .errors import ConnectorError, Problem
from .secret import Secret

KINDS = ("text", "long_text", "secret", "long_secret", "url", "host", "choice", "number", "flag", "mapping")
GROUPS = ("access", "what", "more")
TABLE_KINDS = ("customers", "subscriptions")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Setting(NamedTuple):
    """One field of a connector's form.

    kind: one of KINDS; long_text has several lines, as has long_secret (PEM, a JSON key); mapping is a JSON object.
    choices: pairs (value, label) of a choice.   group: one of GROUPS, the part of the form.
    when: (name of another setting, values): shown only while that has one of these; () for always.
    label and help are English; the caller translates them.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    default: str = ""
    choices: tuple = ()
    help: str = ""
    group: str = "access"
    when: tuple = ()

    @property
    def is_secret(self):
        return self.kind in ("secret", "long_secret")


class Window(NamedTuple):
    """A stretch of time, half-open; both ends are aware datetimes in UTC."""

    start: datetime
    end: datetime

    def cut(self, length):
        """Windows of at most `length` that tile this one, oldest first."""
        start = self.start
        while start < self.end:
            end = min(start + length, self.end)
            yield Window(start, end)
            start = end

    def whole(self, step):
        """Windows of the length `step` that lie in this one whole and begin at its multiples in UTC, oldest first."""
        over = (self.start - _EPOCH) % step
        start = self.start - over + step if over else self.start
        while start + step <= self.end:
            yield Window(start, start + step)
            start += step

    @property
    def month(self):
        """'2026-10' of a window that is a month or the beginning of one, in whatever time zone it is one."""
        # Midnight of the first there is the 31st or the 1st in UTC: half a day later it is the 1st in both.
        return (self.start + timedelta(hours=14)).strftime("%Y-%m")


class Payload(NamedTuple):
    """The bytes of one file: the name that the reader shall see, and the blocks, read once and lazily."""

    name: str
    chunks: Iterable[bytes]


class ControlTotal(NamedTuple):
    """What the provider says a month comes to: month as 'YYYY-MM-01', rows None where it does not count them."""

    account: str
    month: str
    currency: str
    amount: Decimal
    rows: int | None = None


class Delivery(NamedTuple):
    """One thing that becomes one import.

    name: the same thing comes by the same name again.   version: differs where its content does.
    partition: "account/2026-10", or "" where the rows themselves say it.   is_final: None is not known.
    """

    name: str
    version: str
    partition: str
    payloads: Iterable[Payload]
    is_final: bool | None = None
    controls: tuple[ControlTotal, ...] = ()


class Fact(NamedTuple):
    """One thing that a test of the connection saw; the caller makes the sentence."""

    code: str
    values: dict[str, Any] = {}


class Seen(NamedTuple):
    """What a test of the connection saw: facts, and a piece of what a fetch would bring, where there is one."""

    facts: list[Fact]
    sample: Payload | None = None


class Connector:
    """A kind of source. Objects hold nothing: all that differs comes in as `options`, a dict of text by setting name.

    Secrets among the options are `Secret`s. `web` is a `web.Web`: nothing else may open a connection.
    """

    name = ""
    title = ""
    summary = ""
    settings: tuple[Setting, ...] = ()
    # Names of the readers that read the payloads; () where any may, ("own_columns",) for the source's own format.
    readers: tuple[str, ...] = ()
    # True: asked for stretches of time, at most max_window long; said things may still change for `overlap`.
    has_windows = False
    max_window: timedelta | None = None
    overlap = timedelta(0)
    # True: every row belongs to the month of its delivery's partition, whatever the days of the row say.
    decides_month = False
    # True: it brings whatever a person asks for, so that may be tables of customers or subscriptions too.
    brings_tables = False

    def given(self, options) -> dict[str, Any]:
        """Every setting by its name, as `get_option` reads it."""
        return {setting.name: get_option(options, setting) for setting in self.settings}

    def hosts(self, options) -> set[str]:
        """Whom it will speak to, as "host", "host:port" or "*.host": shown to an administrator, who allows them."""
        raise NotImplementedError

    def get_mappings(self):
        """{name: (label, mapping)} of own formats that fit what it brings; a mapping is what `read_mapping` takes.

        Proposals, for connectors of one system that are read by the source's own format.
        """
        return {}

    def get_tables(self):
        """{value of the setting `thing`: (kind, columns)} of what it brings that is no usage.

        kind: one of TABLE_KINDS.   columns: {column of such a table: name of the column that is brought}, proposals.
        """
        return {}

    def check(self, options) -> list[Problem]:
        """What is wrong with the settings, without asking anybody."""
        return list(find_missing(self.settings, options))

    def test(self, options, web, now) -> Seen:
        """Ask for as little as shows that a fetch would work; ConnectorError where it would not."""
        raise NotImplementedError

    def fetch(self, options, web, window, known: Mapping[str, str]) -> Iterator[Delivery]:
        """Deliveries of the window, lazily, oldest first; those of which `known` has the version are left out.

        The payloads of one are read before the next is asked for.
        """
        raise NotImplementedError


def find_missing(settings, options):
    """Problems of settings that are required and empty, not one of the choices, not a number, no JSON object."""
    for setting in settings:
        value = options.get(setting.name)
        if not value:
            if setting.required and not setting.default and setting.kind != "flag":
                yield Problem(setting.name, "setting_missing", {"label": setting.label})
        elif setting.kind == "choice" and value not in {choice for choice, _label in setting.choices}:
            yield Problem(setting.name, "not_a_choice", {"label": setting.label, "value": value})
        elif setting.kind == "number" and not str(value).strip().isdecimal():
            yield Problem(setting.name, "not_a_number", {"label": setting.label, "value": value})
        elif setting.kind == "mapping" and not _is_object(value):
            yield Problem(setting.name, "not_an_object", {"label": setting.label})


def _is_object(value):
    if isinstance(value, Mapping):
        return True
    try:
        return isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        return False


def get_option(options, setting):
    """The value of a setting or its default, spaces around it gone; a Secret stays one."""
    value = options.get(setting.name)
    if isinstance(value, Secret):
        return value
    return (str(value).strip() if value is not None else "") or setting.default


def get_object(options, setting):
    """The object of a mapping setting as a dict, whether it came as one or as JSON; {} where it is empty."""
    value = options.get(setting.name) or "{}"
    return dict(value) if isinstance(value, Mapping) else json.loads(value)


def is_on(value):
    """Whether a flag is set, however the form writes it."""
    return str(value).strip().lower() in ("1", "true", "yes", "on")


def json_lines(records):
    """Blocks of bytes with one record a line; Decimals are written digit by digit, as `Answer.json` reads them."""
    for record in records:
        yield write_json(record).encode() + b"\n"


def write_json(value):
    """Compact JSON of dicts, lists, text, int, Decimal, bool and None; a float or a Secret is refused (TypeError)."""
    if value is None or isinstance(value, (bool, str, int)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError("not a number")
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(key))}:{write_json(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(write_json(each) for each in value) + "]"
    raise TypeError(f"{type(value).__name__} is not written as JSON")


def need_library(name):
    """Import an optional library by name, "package.module"; ConnectorError library_missing where it is not there."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise ConnectorError("library_missing", library=name.partition(".")[0]) from None
