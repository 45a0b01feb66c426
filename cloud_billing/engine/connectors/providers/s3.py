"""Amazon S3 and what speaks like it: exports of bills by their manifests, and files that other systems put there.

An export is a month as its manifest lists it, and only when all of its files are there: a manifest is written last, but
a bucket may be copied or emptied meanwhile. Files are asked for by the ETag that was seen, so that one that is written
anew under way is noticed and not mixed with the others.
"""

import posixpath
import re
from datetime import timedelta
from urllib.parse import urlsplit

from ..base import Connector, Delivery, Fact, Seen, Setting, Window, is_on
from ..errors import ConnectorError, Problem
from ..registry import register
from . import aws, cost_explorer, stored_files
from .s3_bucket import Bucket, bucket_url
from .stored_files import next_month, version_of

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_MANIFEST = "-Manifest.json"
_MONTH_FOLDER = re.compile(r"/BILLING_PERIOD=(\d{4}-\d{2})/", re.ASCII | re.IGNORECASE)


@register
class S3Connector(Connector):
    """Deliveries are months of an export (its manifest's execution and the ETags are the version), or files."""

    name = "s3"
    title = "Amazon S3: data exports, cost and usage reports, files"
    summary = "Bills that AWS exports to a bucket, and files in any bucket that speaks S3."
    has_windows = True
    brings_tables = True
    # Amazon writes a month anew for about two weeks after its end.
    overlap = timedelta(days=35)
    settings = (
        *aws.SETTINGS,
        Setting("bucket", "Bucket", group="what"),
        Setting(
            "prefix",
            "Folder",
            required=False,
            group="what",
            help="Of an export its prefix and name, as in billing/my-export. Of files what their names begin with.",
        ),
        Setting(
            "layout",
            "What is there",
            kind="choice",
            default="export",
            choices=(
                ("export", "an export of AWS: data export (CUR 2.0, FOCUS) or legacy report"),
                ("files", "files that another system puts there"),
            ),
            group="what",
        ),
        *stored_files.SETTINGS,
        Setting(
            "check_totals",
            "Ask Cost Explorer for the month's total",
            kind="flag",
            required=False,
            group="more",
            help="A control total from another side. Amazon charges USD 0.01 for each question: one for each month that"
            " is read anew. The key needs the right ce:GetCostAndUsage in the account that pays.",
        ),
        Setting(
            "endpoint",
            "Other server",
            kind="url",
            required=False,
            group="more",
            help="Address of a store that speaks S3, such as https://minio.example.com. Empty: Amazon.",
        ),
        Setting("sts_endpoint", "Other server for roles", kind="url", required=False, group="more"),
        Setting("explorer_endpoint", "Other server for Cost Explorer", kind="url", required=False, group="more"),
    )

    def hosts(self, options):
        given = self.given(options)
        urls = [bucket_url(given)]
        if given["role_arn"]:
            urls.append(aws.sts_url(given))
        if is_on(given["check_totals"]):
            urls.append(cost_explorer.url(given))
        return {urlsplit(url).netloc for url in urls}

    def check(self, options):
        given = self.given(options)
        problems = [*super().check(options), *aws.check(given)]
        if given["bucket"] and not _BUCKET.fullmatch(given["bucket"]):
            problems.append(Problem("bucket", "not_a_bucket", {"value": given["bucket"][:100]}))
        return problems

    def test(self, options, web, now):
        given = self.given(options)
        bucket = Bucket(given, web)
        files = bucket.list_page(_prefix(given))[0]
        facts, sample = stored_files.look(bucket.title, given["prefix"], files)
        if sample is None:
            return Seen(facts)
        if given["layout"] == "export":
            fact, sample = self._see_export(bucket, given, now)
            facts.append(fact)
        if is_on(given["check_totals"]):
            total = cost_explorer.month_total(bucket.account, given, f"{now - timedelta(days=now.day):%Y-%m}")
            facts += [
                Fact("explorer_seen", {"month": each.month[:7], "amount": each.amount, "currency": each.currency})
                for each in total.totals
            ]
        return Seen(facts, sample and next(stored_files.payloads(bucket.store, [sample])))

    def _see_export(self, bucket, given, now):
        """(Fact, first StoredFile or None) of the newest export of this month and the one before it."""
        # A week of it: a few hours of a month are taken for another time zone's.
        recent = Window(now - timedelta(days=now.day + 7), now)
        manifests = [file for month in stored_files.months(recent) for file in _manifests(bucket, given, month)]
        if not manifests:
            return Fact("no_manifest", {"place": bucket.title, "folder": given["prefix"]}), None
        export = bucket.read_export(max(manifests, key=_newest))
        parts, missing = bucket.find(export.files)
        values = {"month": export.month, "files": len(export.files), "missing": len(missing)}
        return Fact("export_seen", values), parts[0] if parts else None

    def fetch(self, options, web, window, known):
        given = self.given(options)
        bucket = Bucket(given, web)
        if given["layout"] == "files":
            yield from stored_files.deliver(bucket.store, {**given, "prefix": _prefix(given)}, window, known)
            return
        late = {}
        for month in stored_files.months(window):
            manifests = _manifests(bucket, given, month)
            if not manifests:
                continue
            export = bucket.read_export(max(manifests, key=_newest))
            files, missing = bucket.find(export.files)
            if missing:
                late[month] = missing
            elif files:
                yield from self._deliver(bucket, given, export, files, known)
        if late:
            names = [posixpath.basename(name) for missing in late.values() for name in missing]
            raise ConnectorError(
                "files_missing", is_transient=True, months=", ".join(late), files=", ".join(names[:3]), count=len(names)
            )

    def _deliver(self, bucket, given, export, files, known):
        name = f"{bucket.title}/{_prefix(given)}{export.month}"
        version = version_of(files, export.reference)
        if known.get(name) == version:
            return
        controls, is_final = (), None
        if is_on(given["check_totals"]):
            total = cost_explorer.month_total(bucket.account, given, export.month)
            # Of a month that is still estimated the two sides need not agree.
            controls, is_final = ((), False) if total.is_estimated else (total.totals, None)
        yield Delivery(
            name=name,
            version=version,
            partition=f"{export.account}/{export.month}" if export.account else export.month,
            payloads=tuple(stored_files.payloads(bucket.store, files)),
            is_final=is_final,
            controls=controls,
        )


def _prefix(given):
    """What the names begin with; that of an export is a folder."""
    prefix = given["prefix"].lstrip("/")
    return f"{prefix.rstrip('/')}/" if prefix and given["layout"] == "export" else prefix


def _manifests(bucket, given, month):
    """The manifests of a month: of data exports in metadata/, of the legacy report in the folder of its days."""
    prefix = _prefix(given)
    days = f"{month}-01-{next_month(month)}-01".replace("-", "")
    found = [
        file
        for file in bucket.list(f"{prefix}metadata/")
        if (match := _MONTH_FOLDER.search(file.name)) and match[1] == month
    ]
    found += bucket.list(f"{prefix}{days[:8]}-{days[8:]}/")
    return [file for file in found if file.name.endswith(_MANIFEST)]


def _newest(file):
    # Where every delivery is kept, each has a manifest, and that of the month is a copy of the last one.
    return file.modified, -len(file.name)
