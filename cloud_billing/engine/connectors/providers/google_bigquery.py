"""Google Cloud's billing export in BigQuery, asked for over REST.

The table only grows: rows that came late have a newer export_time, and the invoice month they are billed in. So the
months with rows exported in the window are looked for, and each is read as a whole, up to the newest row that was seen.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from ..base import Connector, ControlTotal, Delivery, Fact, Payload, Seen, Setting
from ..errors import ConnectorError, Problem
from ..registry import register
from .bigquery_table import SERVER, BigQueryTable, is_table
from .google_token import TOKEN_URL, read_key

_SERVERS = {"endpoint": SERVER, "token_endpoint": TOKEN_URL}


@register
class GoogleBigQueryConnector(Connector):
    """Deliveries are invoice months; the number of rows and the newest export_time are the version."""

    name = "google_bigquery"
    title = "Google Cloud billing export in BigQuery"
    summary = "Standard and detailed usage cost of a billing account, by invoice month."
    readers = ("gcp_billing",)
    has_windows = True
    # Google exports several times a day, and late rows for some days: the overlap is of export times.
    overlap = timedelta(days=3)
    settings = (
        Setting(
            "key_file",
            "Key of the service account",
            kind="long_secret",
            help="The JSON file as Google Cloud gives it, whole.",
        ),
        Setting(
            "table",
            "Table",
            group="what",
            help="project.dataset.gcp_billing_export_v1_XXXXXX_XXXXXX_XXXXXX, or gcp_billing_export_resource_v1_...",
        ),
        Setting(
            "project",
            "Project that pays for the questions",
            required=False,
            group="what",
            help="Empty: that of the service account.",
        ),
        Setting("location", "Location of the dataset", required=False, group="what", help="Such as EU."),
        Setting(
            "max_gigabytes",
            "At most so many GiB read by one question",
            kind="number",
            default="100",
            group="more",
            help="BigQuery charges for what a question reads; one that would read more is refused.",
        ),
        Setting("endpoint", "Other server", kind="url", required=False, group="more"),
        Setting("token_endpoint", "Other server for tokens", kind="url", required=False, group="more"),
    )

    def hosts(self, options):
        given = self.given(options)
        return {urlsplit(given[name] or usual).netloc for name, usual in _SERVERS.items()}

    def check(self, options):
        given = self.given(options)
        problems = list(super().check(options))
        if given["table"] and not is_table(given["table"]):
            problems.append(Problem("table", "not_a_table", {"value": given["table"][:200]}))
        if given["key_file"]:
            try:
                read_key(given["key_file"])
            except ConnectorError:
                problems.append(Problem("key_file", "not_a_key_file"))
        return problems

    def test(self, options, web, now):
        table = BigQueryTable(self.given(options), web)
        months = table.changed_months(now - timedelta(days=30), now)
        if not months:
            return Seen([Fact("table_empty", {"table": table.name, "days": 30})])
        states = table.state(months[-1])
        month = f"{months[-1][:4]}-{months[-1][4:]}"
        values = {"table": table.name, "month": month, "rows": sum(state.rows for state in states)}
        return Seen([Fact("table_seen", values)])

    def fetch(self, options, web, window, known):
        table = BigQueryTable(self.given(options), web)
        for month in table.changed_months(window.start, window.end):
            states = table.state(month)
            seen = max(state.exported for state in states)
            name = f"{table.name} {month[:4]}-{month[4:]}"
            version = f"{sum(state.rows for state in states)} {seen}"
            if known.get(name) == version:
                continue
            accounts = {state.account for state in states}
            yield Delivery(
                name=name,
                version=version,
                partition=f"{accounts.pop()}/{month[:4]}-{month[4:]}" if len(accounts) == 1 else "",
                payloads=(Payload(f"{month}.jsonl", table.rows(month, seen)),),
                controls=tuple(
                    ControlTotal(state.account, f"{month[:4]}-{month[4:]}-01", state.currency, state.net, state.rows)
                    for state in states
                ),
            )
