"""Cost Details of Azure: a month of one billing scope, made when it is asked for, for those without an export.

At most once a day and scope: Microsoft makes the figures anew every four hours, and limits how often it is asked.
"""

import calendar
from datetime import date, timedelta
from urllib.parse import urlsplit

from ..base import Connector, Delivery, Fact, Payload, Seen, Setting
from ..errors import ConnectorError, Problem, begin
from ..registry import register
from . import entra, stored_files
from .long_report import wait_for

_SERVER = "https://management.azure.com"
_API = "2023-11-01"
_MONTHS_BACK = 13
_DOWNLOADS = "*.blob.core.windows.net"


@register
class AzureCostDetailsConnector(Connector):
    """Deliveries are months of the scope; the digests of the files are the version."""

    name = "azure_cost_details"
    title = "Azure Cost Details"
    summary = "Costs of a billing account or subscription (EA, MCA), month by month, without an export."
    readers = ("azure_cost",)
    has_windows = True
    overlap = timedelta(days=35)
    settings = (
        *entra.SETTINGS,
        Setting(
            "scope",
            "Scope",
            group="what",
            help="providers/Microsoft.Billing/billingAccounts/NUMBER, or subscriptions/ID.",
        ),
        Setting(
            "metric",
            "Costs",
            kind="choice",
            default="ActualCost",
            choices=(
                ("ActualCost", "actual: as they are billed"),
                ("AmortizedCost", "amortised: reservations over their time"),
            ),
            group="what",
        ),
        Setting(
            "endpoint",
            "Other server",
            kind="url",
            required=False,
            group="more",
            help="For national clouds. Empty: management.azure.com.",
        ),
        Setting(
            "downloads",
            "Hosts of the files",
            required=False,
            default=_DOWNLOADS,
            group="more",
            help="The reports lie in storage accounts of Microsoft, whose names nobody knows before.",
        ),
        entra.LOGIN_SETTING,
    )

    def hosts(self, options):
        given = self.given(options)
        return {urlsplit(url).netloc for url in (_server(given), entra.login(given))} | {given["downloads"]}

    def check(self, options):
        problems = list(super().check(options))
        scope = self.given(options)["scope"].strip("/")
        if scope and scope.split("/")[0].lower() not in ("providers", "subscriptions"):
            problems.append(Problem("scope", "not_a_scope", {"value": scope[:200]}))
        return problems

    def test(self, options, web, now):
        given = self.given(options)
        bearer = entra.Bearer(given, web, f"{_server(given)}/.default")
        # A report is a day's ration: that its costs may be read at all is asked instead, by the names of its exports.
        url = f"{_server(given)}/{given['scope'].strip('/')}/providers/Microsoft.CostManagement/exports"
        told = entra.ask(bearer, "GET", f"{url}?api-version={_API}").json()
        exports = told.get("value") if isinstance(told, dict) else None
        count = len(exports) if isinstance(exports, list) else 0
        return Seen([Fact("scope_seen", {"scope": given["scope"], "exports": count})])

    def fetch(self, options, web, window, known):
        given = self.given(options)
        bearer = entra.Bearer(given, web, f"{_server(given)}/.default")
        today = web.now().date()
        oldest = _back(today)
        for month in stored_files.months(window):
            if month < oldest:
                raise ConnectorError("months_too_old", month=month, oldest=oldest)
            blobs = self._make_report(given, bearer, web, month, today)
            if not blobs:
                continue
            name = f"{given['scope'].strip('/')} {given['metric']} {month}"
            version = stored_files.version_of([_seen(web, blob) for blob in blobs])
            if known.get(name) != version:
                yield Delivery(
                    name=name,
                    version=version,
                    partition=f"{given['scope'].strip('/').rpartition('/')[2]}/{month}",
                    payloads=tuple(
                        Payload(f"cost-details-{month}-{number}.csv", _open(web, blob["blobLink"]))
                        for number, blob in enumerate(blobs, 1)
                    ),
                )

    def _make_report(self, given, bearer, web, month, today):
        """The files of a month's report, [] where there are no costs."""
        year, number = int(month[:4]), int(month[5:])
        last = min(date(year, number, calendar.monthrange(year, number)[1]), today)
        asked = {"metric": given["metric"], "timePeriod": {"start": f"{month}-01", "end": last.isoformat()}}
        url = f"{_server(given)}/{given['scope'].strip('/')}/providers/Microsoft.CostManagement"
        url = f"{url}/generateCostDetailsReport?api-version={_API}"

        def ask(method, url, **body):
            return entra.ask(bearer, method, url, ok=(200, 202, 204), is_repeatable=True, **body)

        answer = wait_for(ask, web, ask("POST", url, json=asked))
        if answer.status == 204:
            return []
        told = answer.json()
        try:
            if told.get("status") not in ("Completed", None):
                raise ConnectorError("report_failed", status=begin(told.get("status"), 100), month=month)
            return list((told.get("manifest") or {}).get("blobs") or told["blobs"])
        except (KeyError, TypeError, AttributeError):
            raise ConnectorError("bad_answer", host=urlsplit(url).hostname, detail="manifest") from None


def _server(given):
    return (given["endpoint"] or _SERVER).rstrip("/")


def _back(today):
    """The oldest month that may be asked for, 'YYYY-MM'."""
    count = today.year * 12 + today.month - 1 - _MONTHS_BACK
    return f"{count // 12:04}-{count % 12 + 1:02}"


def _seen(web, blob):
    """A file as it is now: each report is a new blob, so its digest tells, and not its ETag, whether it changed."""
    with web.request("HEAD", blob["blobLink"]) as answer:
        version = answer.headers.get("Content-MD5") or answer.headers.get("ETag", "")
    return stored_files.StoredFile("", version, 0, None)


def _open(web, url):
    """The bytes of a file, asked for when the first is wanted; the link carries its own signature."""
    with web.request("GET", url) as answer:
        yield from answer.chunks()
