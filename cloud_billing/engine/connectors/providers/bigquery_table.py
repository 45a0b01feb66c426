"""One table of Google's billing export, as BigQuery answers about it over REST."""

import re
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from ...numbers import NumberError, parse_decimal
from ..errors import ConnectorError, begin
from .google_token import ServiceAccount

SERVER = "https://bigquery.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/bigquery.readonly"
_TABLE = re.compile(r"[a-z0-9:.-]{4,100}\.[A-Za-z0-9_]{1,200}\.[A-Za-z0-9_-]{1,200}", re.ASCII)
_PAGE = 10_000
_WAIT_MS = 30_000
_MAX_WAITS = 20
_GIBIBYTE = 1024**3
_ERRORS = {
    "bytesBilledLimitExceeded": "question_too_dear",
    "accessDenied": "right_missing",
    "notFound": "table_unknown",
    "quotaExceeded": "throttled",
    "rateLimitExceeded": "throttled",
}

# A cost is a float in the table; its text has the digits that the rows are read with, and adds up exactly.
_TEXT = "PARSE_BIGNUMERIC(CAST({} AS STRING))"
_CREDITS = f"(SELECT SUM({_TEXT.format('credit.amount')}) FROM UNNEST(credits) AS credit)"
_NET = f"SUM({_TEXT.format('cost')}) + IFNULL(SUM({_CREDITS}), 0)"
_CHANGED = """
    SELECT DISTINCT invoice.month
      FROM `{table}`
     WHERE export_time >= @start AND export_time < @end
  ORDER BY 1
"""
_STATE = """
    SELECT billing_account_id,
           currency,
           COUNT(*),
           FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%E6S+00', MAX(export_time)),
           CAST({net} AS STRING)
      FROM `{table}`
     WHERE invoice.month = @month
  GROUP BY 1, 2
  ORDER BY 1, 2
"""
_ROWS = """
    SELECT TO_JSON_STRING(t)
      FROM `{table}` AS t
     WHERE invoice.month = @month AND export_time <= @seen
"""


def is_table(name):
    """Whether a name is project.dataset.table and nothing that would end its quotation in a question."""
    return bool(_TABLE.fullmatch(name))


class MonthState(NamedTuple):
    """What one account has in an invoice month. exported: of the newest row, text that sorts by time.

    net: Decimal, cost and credits together.
    """

    account: str
    currency: str
    rows: int
    exported: str
    net: Decimal


class BigQueryTable:
    """given: the settings of the connector `google_bigquery` as text."""

    def __init__(self, given, web):
        if not is_table(given["table"]):
            raise ConnectorError("table_unknown", place=given["table"][:200], said="")
        self.given = given
        self.web = web
        self.name = given["table"]
        self.account = ServiceAccount(given["key_file"], web, _SCOPE, given["token_endpoint"])
        server = (given["endpoint"] or SERVER).rstrip("/")
        self.url = f"{server}/bigquery/v2/projects/{quote(given['project'] or self.account.project, safe='')}/queries"

    def changed_months(self, start, end):
        """The invoice months ('YYYYMM') of the rows that were exported in this time, oldest first."""
        moments = {"start": ("TIMESTAMP", start.isoformat()), "end": ("TIMESTAMP", end.isoformat())}
        return [row[0] for row in self._ask(_CHANGED, moments) if row[0]]

    def state(self, month):
        """The MonthState of each account and currency of an invoice month."""
        try:
            return [
                MonthState(account or "", currency or "", int(rows), exported, parse_decimal(net or "0"))
                for account, currency, rows, exported, net in self._ask(_STATE, {"month": ("STRING", month)})
            ]
        except (ValueError, TypeError, NumberError):
            raise ConnectorError("bad_answer", host=urlsplit(self.url).hostname, detail="state") from None

    def rows(self, month, seen):
        """Yield the rows of an invoice month that were exported until `seen`: lines of JSON in bytes, a page each."""
        asked = {"month": ("STRING", month), "seen": ("TIMESTAMP", seen)}
        lines = []
        for row in self._ask(_ROWS, asked):
            lines.append(row[0])
            if len(lines) == _PAGE:
                yield "".join(f"{line}\n" for line in lines).encode()
                lines = []
        yield "".join(f"{line}\n" for line in lines).encode()

    def _ask(self, sql, parameters):
        """Yield the rows of an answer, each a list of text or None, page by page."""
        asked = {
            "query": sql.format(table=self.name, net=_NET),
            "useLegacySql": False,
            "parameterMode": "NAMED",
            "queryParameters": [
                {"name": name, "parameterType": {"type": kind}, "parameterValue": {"value": value}}
                for name, (kind, value) in parameters.items()
            ],
            "maxResults": _PAGE,
            "timeoutMs": _WAIT_MS,
            "maximumBytesBilled": str(int(self.given["max_gigabytes"]) * _GIBIBYTE),
            **({"location": self.given["location"]} if self.given["location"] else {}),
        }
        told = self._send("POST", self.url, json=asked)
        place = told.get("jobReference") or {}
        for _wait in range(_MAX_WAITS):
            if told.get("jobComplete"):
                break
            told = self._get_results(place, {"timeoutMs": str(_WAIT_MS)})
        else:
            raise ConnectorError("report_not_ready", is_transient=True, host=urlsplit(self.url).hostname, minutes=10)
        seen = set()
        while True:
            yield from ([cell.get("v") for cell in row["f"]] for row in told.get("rows", ()))
            token = told.get("pageToken")
            if not token:
                return
            if token in seen:
                raise ConnectorError("bad_answer", host=urlsplit(self.url).hostname, detail="endless list")
            seen.add(token)
            told = self._get_results(place, {"pageToken": token})

    def _get_results(self, place, asked):
        if not place.get("jobId"):
            raise ConnectorError("bad_answer", host=urlsplit(self.url).hostname, detail="no job")
        asked = {**asked, "maxResults": str(_PAGE), "location": place.get("location") or ""}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items() if value)
        return self._send("GET", f"{self.url}/{quote(place['jobId'], safe='')}?{query}")

    def _send(self, method, url, **asked):
        for attempt in (1, 2):
            ok = (200, 400, 401, 403, 404)
            with self.web.request(method, url, auth=self.account, ok=ok, is_repeatable=True, **asked) as answer:
                told = answer.json()
                status = answer.status
            if status == 401 and attempt == 1:
                self.account.renew()
                continue
            if status != 200:
                raise _read_error(told, status, urlsplit(url).hostname, self.name)
            if not isinstance(told, dict):
                raise ConnectorError("bad_answer", host=urlsplit(url).hostname, detail="JSON")
            if told.get("errors") and not told.get("jobComplete"):
                raise _read_error({"error": {"errors": told["errors"]}}, status, urlsplit(url).hostname, self.name)
            return told
        raise AssertionError


def _read_error(told, status, host, table):
    error = told.get("error") if isinstance(told, dict) and isinstance(told.get("error"), dict) else {}
    first = next((each for each in error.get("errors") or () if isinstance(each, dict)), {})
    said = str(error.get("message") or first.get("message") or "")
    code = _ERRORS.get(first.get("reason"), "login_refused" if status in (401, 403) else "request_refused")
    return ConnectorError(
        code, is_transient=code == "throttled", host=host, status=status, said=begin(said), place=table
    )
