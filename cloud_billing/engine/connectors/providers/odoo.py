"""Another Odoo (19 and later) by its JSON-2 interface: timesheets, delivered goods and won leads as usage events.

Records are asked for by when they were last written, so that what is entered late comes too; of a record that is
written again the new content waits in quarantine, as with any event. What was deleted there is not seen here.
"""

import csv
import io
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from ..base import Connector, Delivery, Fact, Payload, Seen, Setting, find_missing
from ..places import bad_answer, find_url_problems, get_place, join_url
from ..registry import register

PAGE = 1000
COLUMNS = ("id", "start", "account", "account_name", "service", "quantity", "unit", "resource", "sku_name")


class Kind(NamedTuple):
    """One kind of record: its model, which of them count, and the fields that stand in each column of an event."""

    model: str
    domain: tuple
    start: str
    account: str
    service: str
    quantity: str | None
    unit: str | None
    resource: str
    text: str
    # Of records that are counted, or whose unit is not said.
    fallback_unit: str


KINDS = {
    "timesheets": Kind(
        "account.analytic.line", (("project_id", "!=", False), ("partner_id", "!=", False)), "date", "partner_id",
        "project_id", "unit_amount", "product_uom_id", "employee_id", "name", "Hours",
    ),
    "deliveries": Kind(
        "stock.move", (("state", "=", "done"), ("picking_code", "=", "outgoing"), ("partner_id", "!=", False)), "date",
        "partner_id", "product_id", "quantity", "product_uom", "reference", "reference", "Units",
    ),
    "leads": Kind(
        "crm.lead", (("date_closed", "!=", False), ("probability", "=", 100), ("partner_id", "!=", False)),
        "date_closed", "partner_id", "team_id", None, None, "user_id", "name", "Leads",
    ),
}  # fmt: skip


@register
class OdooConnector(Connector):
    """Events of a window, a file a window; the account is the id of the contact there."""

    name = "odoo"
    title = "Another Odoo: timesheets, deliveries, won leads"
    summary = "Hours, delivered goods or won leads of an Odoo 19 or later, with the rights of one of its users."
    readers = ("csv",)
    has_windows = True
    max_window = timedelta(days=31)
    # A record is written a little before others see it.
    overlap = timedelta(hours=1)
    settings = (
        Setting("url", "Address", "url", help="Such as https://odoo.example.com."),
        Setting("database", "Database", required=False, help="Where the address serves several."),
        Setting("api_key", "API key", "secret", help="Of a user of its own: Preferences, Security, New API Key."),
        Setting(
            "kind",
            "What is fetched",
            "choice",
            choices=(
                ("timesheets", "Timesheets of projects with a customer"),
                ("deliveries", "Goods delivered to customers"),
                ("leads", "Leads that were won"),
            ),
            default="timesheets",
            group="what",
        ),
    )

    def hosts(self, options):
        return {get_place(self.given(options)["url"])} - {""}

    def check(self, options):
        return [*find_missing(self.settings, options), *find_url_problems(self.settings[0], options)]

    def test(self, options, web, now):
        end = now.replace(microsecond=0)
        start = end - timedelta(days=30)
        rows = self._ask(options, web, start, end, 0)
        values = {"count": len(rows), "start": f"{start:%Y-%m-%d}", "end": f"{end:%Y-%m-%d}"}
        fact = Fact("records_seen" if rows else "no_records_seen", values)
        return Seen([fact], Payload("odoo.csv", [write_rows(rows)]) if rows else None)

    def fetch(self, options, web, window, known):
        kind = self.given(options)["kind"]
        name = f"odoo/{kind}/{window.start:%Y-%m-%dT%H:%M}/{window.end:%Y-%m-%dT%H:%M}"
        if name in known:
            return
        first = self._ask(options, web, window.start, window.end, 0)
        if first:
            blocks = self._read(options, web, window, first)
            yield Delivery(name, "1", "", [Payload(f"odoo-{kind}-{window.start:%Y%m%d%H%M}.csv", blocks)])

    def _read(self, options, web, window, rows):
        """Blocks of one table; pages go by id, so that none is missed where others are written meanwhile."""
        is_first = True
        while rows:
            yield write_rows(rows, is_first)
            is_first = False
            rows = self._ask(options, web, window.start, window.end, int(rows[-1][0].rpartition(",")[2]))

    def _ask(self, options, web, start, end, last_id):
        """Rows of one page, each as texts in the order of COLUMNS."""
        given = self.given(options)
        kind = KINDS[given["kind"]]
        fields = {field for field in kind[2:9] if field}
        domain = [*kind.domain, ("write_date", ">=", f"{start:%Y-%m-%d %H:%M:%S}")]
        domain += [("write_date", "<", f"{end:%Y-%m-%d %H:%M:%S}"), ("id", ">", last_id)]
        headers = {"Authorization": f"bearer {given['api_key'].reveal()}"}
        if given["database"]:
            headers["X-Odoo-Database"] = given["database"]
        body = {"domain": domain, "fields": sorted(fields), "order": "id", "limit": PAGE}
        url = join_url(given["url"], "json/2", kind.model, "search_read")
        answer = web.request("POST", url, headers=headers, json=body, is_repeatable=True).json()
        if not isinstance(answer, list) or not all(isinstance(one, dict) and "id" in one for one in answer):
            raise bad_answer(given["url"], "no list of records")
        ids = [last_id, *(one["id"] for one in answer)]
        if not all(type(one) is int for one in ids) or any(one >= following for one, following in pairwise(ids)):
            # The next page begins behind the last id: in another order it would be this one again, without an end.
            raise bad_answer(given["url"], "records out of order")
        return [_as_row(kind, one) for one in answer]


def _as_row(kind, record):
    """One record as an event. Links come as [id, name]: the account is the id, which stays when a name changes."""

    def name_of(field):
        value = record.get(field) if field else None
        return str(value[1] if isinstance(value, list) else value or "")

    account = record.get(kind.account) or ["", ""]
    return (
        f"{kind.model},{record['id']}",
        str(record.get(kind.start) or "").replace(" ", "T") + ("Z" if " " in str(record.get(kind.start)) else ""),
        str(account[0]),
        str(account[1]),
        name_of(kind.service) or kind.model,
        "1" if kind.quantity is None else str(record.get(kind.quantity) or 0),
        name_of(kind.unit) or kind.fallback_unit,
        name_of(kind.resource),
        name_of(kind.text),
    )


def write_rows(rows, has_header=True):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([COLUMNS, *rows] if has_header else rows)
    return out.getvalue().encode()
