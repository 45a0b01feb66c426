"""One bucket as S3 answers about it: pages of its list, files by the version that was seen, manifests of exports."""

import json
import re
from datetime import datetime, timezone
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from ...readers.values import parse_moment
from ..errors import ConnectorError, begin
from .aws import Account
from .stored_files import Store, StoredFile
from .xml_answer import as_list, read_xml

_NO_REGION = "us-east-1"
_MAX_PAGES = 10_000
_MONTH = re.compile(r"/BILLING_PERIOD=(\d{4}-\d{2})/|/(\d{4})(\d{2})01-\d{8}/", re.ASCII | re.IGNORECASE)
_ACCOUNT = re.compile(r"arn:aws[a-z-]*:[a-z-]+:[a-z0-9-]*:(\d{12}):", re.ASCII)


class Export(NamedTuple):
    """What a manifest says. month: 'YYYY-MM'.   account: the paying one, '' where it is not said.

    files: names within the bucket.   reference: what names this run of the export.
    """

    month: str
    account: str
    files: tuple
    reference: str


def bucket_url(given):
    """The address of a bucket: its own host at Amazon, a folder of another server."""
    bucket, region = given["bucket"], given["region"]
    if given["endpoint"]:
        return f"{given['endpoint'].rstrip('/')}/{bucket}"
    server = f"s3.{region}.amazonaws.com" if region else "s3.amazonaws.com"
    # A name with dots has no certificate of its own.
    return f"https://{server}/{bucket}" if "." in bucket else f"https://{bucket}.{server}"


class Bucket:
    """given: the settings of the connector `s3` as text."""

    def __init__(self, given, web):
        self.account = Account(given, web)
        self.url = bucket_url(given)
        self.name = given["bucket"]
        self.title = f"s3://{self.name}"
        self.region = given["region"]
        self.store = Store(self.title, self.list, self.open)

    def list(self, prefix):
        """Yield every StoredFile whose name begins with `prefix`, page by page, in the order of the names."""
        token = ""
        for _page in range(_MAX_PAGES):
            files, token = self.list_page(prefix, token)
            yield from files
            if not token:
                return
        raise ConnectorError("bad_answer", host=urlsplit(self.url).netloc, detail="endless list")

    def list_page(self, prefix, token=""):
        """(StoredFiles, token of the next page or ''); at most 1,000 of them."""
        asked = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(asked.items()))
        root, told = read_xml(self._ask(f"{self.url}/?{query}").read())
        following = told.get("NextContinuationToken", "") if told.get("IsTruncated") == "true" else ""
        if root != "ListBucketResult" or (following and following == token):
            raise ConnectorError("bad_answer", host=urlsplit(self.url).netloc, detail=begin(root, 100))
        return [_read_file(entry) for entry in as_list(told.get("Contents"))], following

    def open(self, file):
        """Yield the bytes of a StoredFile. Raises ConnectorError changed_meanwhile where it is another one by now."""
        url = f"{self.url}/{quote(file.name, safe='/~')}"
        with self._ask(url, {"If-Match": file.version}) as answer:
            yield from answer.chunks()

    def read_export(self, manifest):
        """The Export that a manifest (a StoredFile) describes. Raises ConnectorError bad_manifest."""
        try:
            told = json.loads(b"".join(self.open(manifest)))
            names = told.get("reportKeys") or told.get("dataFiles") or []
            files = tuple(self._key(name.get("filePath") if isinstance(name, dict) else name) for name in names)
            month = next(filter(None, map(_MONTH.search, (manifest.name, *files))))
        except (ValueError, AttributeError, TypeError, StopIteration, RecursionError):
            raise ConnectorError("bad_manifest", file=manifest.name) from None
        account = _ACCOUNT.search(str(told.get("exportArn", "")))
        return Export(
            month=month[1] or f"{month[2]}-{month[3]}",
            account=str(told.get("account") or (account[1] if account else "")),
            files=files,
            reference=str(told.get("assemblyId") or told.get("executionId") or ""),
        )

    def _key(self, name):
        """The name within this bucket of a file that a manifest lists. Raises ValueError for one elsewhere."""
        start = f"s3://{self.name}/"
        if name.startswith("s3://") and not name.startswith(start):
            raise ValueError(name)
        return name.removeprefix(start)

    def find(self, names):
        """(StoredFiles of these names, the names that are not there)."""
        there = {}
        for folder in sorted({name.rpartition("/")[0] for name in names}):
            there.update((file.name, file) for file in self.list(f"{folder}/" if folder else ""))
        return [there[name] for name in names if name in there], [name for name in names if name not in there]

    def _ask(self, url, headers=None):
        region = self.region or _NO_REGION
        try:
            return self.account.ask("GET", url, service="s3", region=region, headers=headers)
        except ConnectorError as error:
            found = error.values.get("region")
            if error.code != "other_region" or self.region or not found:
                raise
        self.region = found
        return self.account.ask("GET", url, service="s3", region=found, headers=headers)


def _read_file(entry):
    modified = datetime.fromisoformat(parse_moment(entry["LastModified"])[0]).replace(tzinfo=timezone.utc)
    return StoredFile(entry["Key"], entry["ETag"], int(entry["Size"]), modified)
