"""What Microsoft bills a partner (CSP), by the partner billing API of Graph: usage and licences, billed and unbilled.

A month that is not invoiced yet is an estimate and comes as unbilled usage; once its invoice is there, the billed lines
take its place and are final. Licences have billed lines only.
"""

from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from ..base import Connector, Delivery, Fact, Payload, Seen, Setting
from ..errors import ConnectorError, Problem, begin
from ..registry import register
from ..secret import Secret
from . import entra, stored_files
from .long_report import wait_for

_GRAPH = "https://graph.microsoft.com"
_PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
_DOWNLOADS = "*.blob.core.windows.net"
_BILLING = "/v1.0/reports/partners/billing"
_DONE = ("completed", "succeeded")
_RUNNING = ("notstarted", "running")
_PAGE = 200
_MAX_PAGES = 50


@register
class MicrosoftCspConnector(Connector):
    """Deliveries are months of a partner's tenant in one currency; the manifest's eTag is the version."""

    name = "microsoft_csp"
    title = "Microsoft CSP: a partner's usage and licences"
    summary = "Daily rated usage and licence lines of all customers, from Partner Center by Microsoft Graph."
    readers = ("csp",)
    has_windows = True
    overlap = timedelta(days=45)
    # An invoice may have usage of earlier days, which is billed in its month.
    decides_month = True
    settings = (
        *entra.SETTINGS,
        Setting(
            "refresh_token",
            "Refresh token of the consent",
            kind="secret",
            required=False,
            help="Of the Secure Application Model, where the application acts for a person. Each use gives a new one,"
            " which is kept in its place; unused for 90 days it ends. Empty: the application acts for itself.",
        ),
        Setting(
            "data",
            "What is read",
            kind="choice",
            default="usage",
            choices=(("usage", "Azure usage, day by day"), ("licences", "licences and other invoice lines")),
            group="what",
            help="One of them a source: they are different files of the same month.",
        ),
        Setting("currency", "Currency", group="what", help="Three letters; Microsoft makes one file for each."),
        Setting("endpoint", "Other server for Graph", kind="url", required=False, group="more"),
        Setting("partner_endpoint", "Other server for Partner Center", kind="url", required=False, group="more"),
        Setting(
            "downloads",
            "Hosts of the files",
            required=False,
            default=_DOWNLOADS,
            group="more",
            help="The files lie in storage accounts of Microsoft, whose names nobody knows before.",
        ),
        entra.LOGIN_SETTING,
    )

    def hosts(self, options):
        given = self.given(options)
        urls = (_graph(given), _partner_center(given), entra.login(given))
        return {urlsplit(url).netloc for url in urls} | {given["downloads"]}

    def check(self, options):
        problems = list(super().check(options))
        currency = self.given(options)["currency"]
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            problems.append(Problem("currency", "not_a_currency", {"value": currency[:20]}))
        return problems

    def test(self, options, web, now):
        partner = _Partner(self.given(options), web)
        invoices = partner.list_invoices()
        months = sorted({invoice.month for invoice in invoices})
        if not months:
            return Seen([Fact("no_invoices_seen", {"currency": partner.given["currency"].upper()})])
        return Seen([Fact("invoices_seen", {"count": len(invoices), "newest": months[-1]})])

    def fetch(self, options, web, window, known):
        given = self.given(options)
        partner = _Partner(given, web)
        invoices = {}
        for invoice in partner.list_invoices():
            invoices.setdefault(invoice.month, []).append(invoice.id)
        this_month = f"{web.now():%Y-%m}"
        for month in stored_files.months(window):
            billed = sorted(invoices.get(month, ()))
            if billed:
                manifests = [partner.export_billed(invoice) for invoice in billed]
            elif given["data"] == "usage" and this_month in (month, stored_files.next_month(month)):
                manifests = [partner.export_unbilled("current" if month == this_month else "last")]
            else:
                continue
            yield from self._deliver(given, web, month, manifests, bool(billed), known)

    def _deliver(self, given, web, month, manifests, is_final, known):
        name = f"{given['tenant']} {given['data']} {given['currency'].upper()} {month}"
        version = " ".join(["billed" if is_final else "unbilled", *(str(told["eTag"]) for told in manifests)])
        links = [link for told in manifests for link in _links(told, web)]
        if links and known.get(name) != version:
            yield Delivery(
                name=name,
                version=version,
                partition=f"{given['tenant']} / {given['currency'].upper()}/{month}",
                payloads=tuple(
                    Payload(f"{given['data']}-{month}-{number}.jsonl.gz", _open(web, link))
                    for number, link in enumerate(links, 1)
                ),
                is_final=is_final,
            )


class _Invoice(NamedTuple):
    """An invoice of the partner: its number, and the month that it bills, 'YYYY-MM'."""

    id: str
    month: str


class _Partner:
    """The partner's tenant as Graph and Partner Center answer about it."""

    def __init__(self, given, web):
        self.given = given
        self.web = web
        self.graph = entra.Bearer(given, web, f"{_graph(given)}/.default")
        self.center = entra.Bearer(given, web, f"{_partner_center(given)}/.default")

    def list_invoices(self):
        """The _Invoices of new commerce in the currency; their numbers begin with G."""
        found = []
        for page in range(_MAX_PAGES):
            url = f"{_partner_center(self.given)}/v1/invoices?size={_PAGE}&offset={page * _PAGE}"
            told = entra.ask(self.center, "GET", url).json()
            try:
                items = told["items"]
                found += [
                    _Invoice(item["id"], item["billingPeriodStartDate"][:7])
                    for item in items
                    if item["id"].startswith("G") and item["currencyCode"] == self.given["currency"].upper()
                ]
            except (KeyError, TypeError, AttributeError):
                raise ConnectorError("bad_answer", host=urlsplit(url).hostname, detail="invoices") from None
            if len(items) < _PAGE:
                return found
        raise ConnectorError("bad_answer", host=urlsplit(url).hostname, detail="endless list")

    def export_unbilled(self, period):
        """The manifest of the running month ('current') or the one before it ('last')."""
        asked = {"currencyCode": self.given["currency"].upper(), "billingPeriod": period, "attributeSet": "full"}
        return self._export("usage/unbilled", asked)

    def export_billed(self, invoice):
        """The manifest of an invoice's lines."""
        kind = "usage/billed" if self.given["data"] == "usage" else "reconciliation/billed"
        return self._export(kind, {"invoiceId": invoice, "attributeSet": "full"})

    def _export(self, kind, asked):
        def ask(method, url, **body):
            return entra.ask(self.graph, method, url, ok=(200, 202), is_repeatable=True, **body)

        url = f"{_graph(self.given)}{_BILLING}/{kind}/export"
        told = {}

        def is_done(answer):
            nonlocal told
            told = answer.json() if answer.status == 200 else {"status": "running"}
            return str(told.get("status")).lower() not in _RUNNING

        wait_for(ask, self.web, ask("POST", url, json=asked), is_done)
        manifest = told.get("resourceLocation")
        if str(told.get("status")).lower() not in _DONE or not isinstance(manifest, dict):
            error = told.get("error") if isinstance(told.get("error"), dict) else {}
            raise ConnectorError("report_failed", status=begin(error.get("code") or told.get("status"), 100), month="")
        return manifest


def _links(manifest, web):
    """The addresses of a manifest's files, each with its signature."""
    try:
        token = Secret(manifest["sasToken"].lstrip("?"))
        web.keep_quiet_about(token)
        names = [blob["name"] for blob in manifest["blobs"]]
        if len(names) != manifest["blobCount"]:
            raise ConnectorError("files_missing", is_transient=True, months="", files="", count=manifest["blobCount"])
        return [Secret(f"{manifest['rootDirectory'].rstrip('/')}/{name}?{token.reveal()}") for name in names]
    except (KeyError, TypeError, AttributeError):
        raise ConnectorError("bad_answer", host="graph", detail="manifest") from None


def _open(web, link):
    """The bytes of a file, asked for when the first is wanted."""
    with web.request("GET", link.reveal()) as answer:
        yield from answer.chunks()


def _graph(given):
    return (given["endpoint"] or _GRAPH).rstrip("/")


def _partner_center(given):
    return (given["partner_endpoint"] or _PARTNER_CENTER).rstrip("/")
