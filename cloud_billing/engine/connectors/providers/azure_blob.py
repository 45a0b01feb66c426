"""Azure Blob Storage: exports of Cost Management by their manifests, and files that other systems put there.

Each run of an export writes a manifest beside its files, last of all. The newest run of an export and month counts.
"""

import json
import posixpath
import re
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from ...readers.values import parse_moment
from ..base import Connector, Delivery, Fact, Seen, Setting
from ..errors import ConnectorError, Problem
from ..registry import register
from . import entra, stored_files
from .azure_container import Container, container_url
from .stored_files import version_of

_MANIFEST = "manifest.json"
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}", re.ASCII)
_CONTAINER = re.compile(r"\$?[a-z0-9](?:-?[a-z0-9]){2,62}", re.ASCII)
_DAYS = re.compile(r"/(\d{4})(\d{2})\d{2}-(\d{4})(\d{2})\d{2}/", re.ASCII)
_BY_ENTRA = ("tenant", "client_id", "client_secret")


@register
class AzureBlobConnector(Connector):
    """Deliveries are months of an export (the run and the ETags are the version), or files."""

    name = "azure_blob"
    title = "Azure Blob Storage: cost exports, files"
    summary = "Cost Management exports (actual, amortised, FOCUS) and files in any container."
    has_windows = True
    brings_tables = True
    # Microsoft restates a month for some days after its end.
    overlap = timedelta(days=35)
    settings = (
        Setting("account", "Storage account", help="Its name, as in NAME.blob.core.windows.net."),
        Setting(
            "login",
            "Sign in by",
            kind="choice",
            default="entra",
            choices=(
                ("entra", "an application of Entra ID (best: it can have one right only)"),
                ("sas", "a shared access signature"),
                ("key", "the account's key (it may do everything)"),
            ),
        ),
        *(setting._replace(required=False) for setting in entra.SETTINGS),
        Setting("sas", "Shared access signature", kind="secret", required=False, help="With the rights read and list."),
        Setting("key", "Account key", kind="secret", required=False),
        Setting("container", "Container", group="what"),
        Setting(
            "prefix",
            "Folder",
            required=False,
            group="what",
            help="What the names begin with: the directory of the export and its name. Empty: the whole container.",
        ),
        Setting(
            "layout",
            "What is there",
            kind="choice",
            default="export",
            choices=(
                ("export", "an export of Cost Management"),
                ("files", "files that another system puts there"),
            ),
            group="what",
        ),
        *stored_files.SETTINGS,
        Setting(
            "endpoint",
            "Other server",
            kind="url",
            required=False,
            group="more",
            help="For national clouds: the address before the container's name. Empty: the public one.",
        ),
        entra.LOGIN_SETTING,
    )

    def hosts(self, options):
        given = self.given(options)
        urls = [container_url(given), *([entra.login(given)] if given["login"] == "entra" else [])]
        return {urlsplit(url).netloc for url in urls}

    def check(self, options):
        given = self.given(options)
        problems = list(super().check(options))
        needed = {"entra": _BY_ENTRA, "sas": ("sas",), "key": ("key",)}.get(given["login"], ())
        labels = {setting.name: setting.label for setting in self.settings}
        problems += [Problem(name, "setting_missing", {"label": labels[name]}) for name in needed if not given[name]]
        if given["account"] and not _ACCOUNT.fullmatch(given["account"]):
            problems.append(Problem("account", "not_an_account", {"value": given["account"][:100]}))
        if given["container"] and not _CONTAINER.fullmatch(given["container"]):
            problems.append(Problem("container", "not_a_container", {"value": given["container"][:100]}))
        return problems

    def test(self, options, web, now):
        given = self.given(options)
        container = Container(given, web)
        files = container.list_page(given["prefix"])[0]
        facts, sample = stored_files.look(container.title, given["prefix"], files)
        if sample is None:
            return Seen(facts)
        if given["layout"] == "export":
            manifests = [file for file in files if posixpath.basename(file.name) == _MANIFEST]
            if not manifests:
                return Seen([*facts, Fact("no_manifest", {"place": container.title, "folder": given["prefix"]})])
            export = read_export(container, max(manifests, key=lambda file: file.modified))
            parts, missing = _find(files, export)
            sample = parts[0] if parts else None
            values = {"month": export.first, "files": len(export.files), "missing": len(missing)}
            facts.append(Fact("export_seen", values))
        return Seen(facts, sample and next(stored_files.payloads(container.store, [sample])))

    def fetch(self, options, web, window, known):
        given = self.given(options)
        container = Container(given, web)
        if given["layout"] == "files":
            yield from stored_files.deliver(container.store, given, window, known)
            return
        files = list(container.list(given["prefix"]))
        late = {}
        for export in self._newest_exports(container, files, window):
            parts, missing = _find(files, export)
            name = f"{container.title}/{given['prefix']} {export.title}"
            version = version_of(parts, export.reference)
            if missing:
                late[export.first] = missing
            elif parts and known.get(name) != version:
                yield Delivery(
                    name=name,
                    version=version,
                    partition=f"{export.scope}/{export.first}" if export.first == export.last else "",
                    payloads=tuple(stored_files.payloads(container.store, parts)),
                )
        if late:
            names = [posixpath.basename(name) for missing in late.values() for name in missing]
            raise ConnectorError(
                "files_missing", is_transient=True, months=", ".join(late), files=", ".join(names[:3]), count=len(names)
            )

    def _newest_exports(self, container, files, window):
        """Of each export and month that the window touches the run that was submitted last, oldest month first."""
        wanted = set(stored_files.months(window))
        newest = {}
        for file in files:
            if posixpath.basename(file.name) != _MANIFEST or not _may_touch(file.name, wanted):
                continue
            export = read_export(container, file)
            if any(export.first <= month <= export.last for month in wanted):
                best = newest.get(export.title)
                if best is None or export.submitted > best.submitted:
                    newest[export.title] = export
        return sorted(newest.values(), key=lambda export: (export.first, export.title))


class Export(NamedTuple):
    """One run of an export. first, last: the months it is of, 'YYYY-MM'.   files: names within the container.

    submitted: text in UTC that sorts by time.   reference: the run's id.   title: names export and months.
    """

    title: str
    scope: str
    first: str
    last: str
    submitted: str
    files: tuple
    reference: str


def read_export(container, manifest):
    """The Export that a manifest (a StoredFile) describes. Raises ConnectorError bad_manifest."""
    try:
        told = json.loads(b"".join(container.open(manifest)).decode("utf-8-sig"))
        run, config = told["runInfo"], told["exportConfig"]
        first, last = (parse_moment(run[name])[0] for name in ("startDate", "endDate"))
        # The last day, or the midnight behind it.
        last = first if last <= first else (datetime.fromisoformat(last) - timedelta(seconds=1)).isoformat()
        first, last = first[:7], last[:7]
        files = tuple(_within(container, blob["blobName"]) for blob in told["blobs"])
        submitted = parse_moment(run["submittedTime"])[1]
        name = str(config["exportName"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConnectorError("bad_manifest", file=manifest.name) from None
    title = f"{name} {first}" if first == last else f"{name} {first}..{last}"
    scope = str(config.get("resourceId") or "").strip("/").rpartition("/providers/Microsoft.CostManagement")[0]
    return Export(title, scope.rpartition("/")[2], first, last, submitted, files, str(run.get("runId") or ""))


def _within(container, name):
    """The name within the container; some manifests write it with the container before it."""
    return name.removeprefix(f"{container.name}/").lstrip("/")


def _may_touch(name, months):
    """Whether the folder of days in a name, where it has one, touches one of the months."""
    days = _DAYS.search(f"/{name}")
    return not days or any(f"{days[1]}-{days[2]}" <= month <= f"{days[3]}-{days[4]}" for month in months)


def _find(files, export):
    """(StoredFiles of an export, names that are not there)."""
    there = {file.name: file for file in files}
    return [there[name] for name in export.files if name in there], [name for name in export.files if name not in there]
