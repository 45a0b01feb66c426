"""This database as a source: records of its own models become usage events, with the rights of a user who is named.

A connector like any other to those who fetch, but it speaks to nobody: it reads in short transactions of its own.
"""

from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError
from odoo.modules.registry import Registry

from ...engine.connectors import Connector, ConnectorError, Delivery, Fact, Payload, Seen, Setting, register
from ...engine.connectors.base import find_missing, get_option, is_on
from ...engine.connectors.providers.odoo import write_rows
from ...engine.numbers import exact, to_text, trim
from . import record_filters

PAGE = 1000
_MODEL = Setting(
    "model", "Records", "choice", group="what", help="Those with a date and a customer, which you may see."
)
_FIELDS = (
    Setting("date", "Day or time", "choice", group="what", help="When it was used."),
    Setting(
        "customer", "Whose it is", "choice", group="what",
        help="Records without it are left out. The account is the id of this contact or customer.",
    ),
    Setting("quantity", "How much", "choice", required=False, group="what", help="Empty: each record counts as 1."),
    Setting("is_total", "How much is a total that grows", "flag", required=False, group="what",
            help="As the delivered quantity of an order: what it grew since it was last fetched is counted."),
    Setting("service", "What it is", "choice", required=False, group="what"),
    Setting("service_text", "What it is, where that is empty", required=False, group="what"),
    Setting("unit", "Unit", "choice", required=False, group="more"),
    Setting("unit_text", "Unit, where that is empty", required=False, group="more"),
    Setting("text", "Description", "choice", required=False, group="more"),
)  # fmt: skip
_USER = Setting(
    "user",
    "Reads with the rights of",
    "choice",
    help="It sees what this person sees. Whoever sets it up names himself; who may change the settings of Odoo,"
    " anybody.",
)


class Place(NamedTuple):
    """Where a connector reads: the database, its company and the source that its events are for."""

    database: str
    company_id: int
    source_id: int


@register
class ThisOdooConnector(Connector):
    """Events of the records that were written in a window. Unbound, without a Place, it only says its settings."""

    name = "this_odoo"
    title = "This Odoo: timesheets, delivered quantities, leads, other records"
    summary = (
        "Records of this database as usage: hours, delivered quantities of orders, won leads, or any with a date and"
    )
    summary += " a customer."
    readers = ("csv",)
    has_windows = True
    max_window = timedelta(days=31)
    # A record is written a little before others see it.
    overlap = timedelta(hours=1)
    settings = (_USER, _MODEL, *_FIELDS, *record_filters.SETTINGS)

    def __init__(self, place=None, settings=None):
        self.place = place
        self.settings = settings or type(self).settings
        # Of totals: what this run has handed on, which is not in yet.
        self._handed_on = {}

    def hosts(self, options):
        return set()

    def check(self, options):
        return [*find_missing(self.settings, options), *record_filters.find_problems(options)]

    def test(self, options, web, now):
        start = now - timedelta(days=30)
        with self._reading(options) as records:
            rows = self._make_rows(options, records, start, now, 0)[0]
        values = {"count": len(rows), "start": f"{start:%Y-%m-%d}", "end": f"{now:%Y-%m-%d}"}
        fact = Fact("records_seen" if rows else "no_records_seen", values)
        return Seen([fact], Payload("records.csv", [write_rows(rows)]) if rows else None)

    def fetch(self, options, web, window, known):
        name = f"{self.name}/{options['model']}/{window.start:%Y-%m-%dT%H:%M}/{window.end:%Y-%m-%dT%H:%M}"
        if name in known:
            return
        if is_on(options.get("is_total")) and not self._handed_on:
            self._check_nothing_waits()
        blocks = self._read(options, window)
        if first := next(blocks, None):
            payload = Payload(f"records-{window.start:%Y%m%d%H%M}.csv", chain([first], blocks))
            yield Delivery(name, "1", "", [payload])

    def _check_nothing_waits(self):
        """Raise where an import of the source is on its way: what it brings is not known to have been counted."""
        with Registry(self.place.database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            domain = [("source_id", "=", self.place.source_id), ("state", "in", ("draft", "queued", "staging"))]
            if env["cloud.usage.import"].search_count(domain, limit=1):
                raise ConnectorError("import_waits", is_transient=True)

    # --- reading

    @contextmanager
    def _reading(self, options):
        """The model, empty, as the named user sees it, in a transaction that ends with the block."""
        user_id = int(options["user"])
        if user_id == SUPERUSER_ID:
            raise ConnectorError("reader_refused", user=options["user"])
        with Registry(self.place.database).cursor() as cr:
            env = api.Environment(cr, user_id, {"allowed_company_ids": [self.place.company_id]})
            # sudo: lends the right to know whether the login is there and in use, and what it is called.
            user = env.user.sudo()
            if not user.exists() or not user.active:
                raise ConnectorError("reader_refused", user=user.exists().name or options["user"])
            if options["model"] not in env:
                raise ConnectorError("model_gone", model=options["model"])
            try:
                yield env[options["model"]]
            except AccessError:
                raise ConnectorError("records_denied", user=user.name, model=options["model"]) from None
            except (UserError, ValueError, KeyError) as error:
                raise ConnectorError(
                    "records_unreadable", model=options["model"], detail=type(error).__name__
                ) from None

    def _read(self, options, window):
        """Blocks of one table. Pages go by id, each in a transaction of its own."""
        last_id, is_first = 0, True
        while last_id is not None:
            with self._reading(options) as records:
                rows, last_id = self._make_rows(options, records, window.start, window.end, last_id)
            if rows:
                yield write_rows(rows, is_first)
                is_first = False

    def _make_rows(self, options, model, start, end, last_id):
        """(events of one page, the last id or None where there is nothing more)."""
        given = {setting.name: get_option(options, setting) for setting in self.settings}
        domain = record_filters.make_domain(model, options) & record_filters.make_window(start, end, last_id)
        records = model.search(domain & record_filters.is_filled(given["customer"]), order="id", limit=PAGE)
        rows = [_Row(given, record).tell() for record in records]
        if is_on(given["is_total"]):
            rows = self._take_growth(model.env, records, rows)
        return rows, records[-1].id if len(records) == PAGE else None

    def _take_growth(self, env, records, rows):
        """Events of what totals grew since they were last fetched; none of those that did not change."""
        keys = [row[0] for row in rows]
        # Superuser: what was counted is our own book, which the person whose rights are used need not see.
        fetched = env(user=SUPERUSER_ID)["cloud.usage.store"]._get_fetched_totals(self.place.source_id, keys)
        grown = []
        for record, row in zip(records, rows, strict=True):
            key, total = row[0], Decimal(row[5])
            with exact():
                growth = total - self._handed_on.get(key, fetched.get(key, Decimal(0)))
            if growth:
                self._handed_on[key] = total
                grown.append((f"{key}:{record.write_date:%Y%m%dT%H%M%S}", *row[1:5], to_text(growth), *row[6:]))
        return grown


class _Row:
    """One record as an event."""

    def __init__(self, given, record):
        self.given = given
        self.record = record

    def tell(self):
        """Texts in the order of the connector to another Odoo, by whose reader they are read."""
        customer = self.record[self.given["customer"]]
        return (
            f"{self.record._name},{self.record.id}",
            self._tell("date"),
            str(customer.id),
            # sudo: the name of who is named on a record that the reader sees.
            customer.sudo().display_name,
            self._tell("service") or self.given["service_text"] or self.record._description,
            self._tell("quantity") if self.given["quantity"] else "1",
            self._tell("unit") or self.given["unit_text"],
            "",
            self._tell("text"),
        )

    def _tell(self, name):
        field_name = self.given[name]
        if not field_name:
            return ""
        field, value = self.record._fields[field_name], self.record[field_name]
        if field.type in ("float", "monetary", "integer"):
            return _tell_number(self.record, field, value)
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%dT%H:%M:%SZ}"
        if field.type == "many2one":
            return value.display_name or ""
        if field.type == "selection":
            return str(dict(field._description_selection(self.record.env)).get(value, value or ""))
        return str(value or "")


def _tell_number(record, field, value):
    """The number as text, with the digits that the field has: a float has noise behind them."""
    digits = field.get_digits(record.env) if field.type == "float" else None
    return to_text(trim(Decimal(f"{value:.{digits[1]}f}" if digits else repr(value or 0))))
