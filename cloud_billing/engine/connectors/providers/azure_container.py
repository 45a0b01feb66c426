"""One container as Blob Storage answers about it: pages of its list, and files by the version that was seen."""

from datetime import timezone
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

from ..errors import ConnectorError, begin
from . import entra
from .azure_sign import VERSION, SharedKey
from .stored_files import Store, StoredFile
from .xml_answer import as_list, read_xml

_SCOPE = "https://storage.azure.com/.default"
_TELLING = (400, 403, 404, 409, 412)
_MAX_PAGES = 10_000
_ERRORS = {
    "ContainerNotFound": "container_unknown",
    "ContainerBeingDeleted": "container_unknown",
    "AuthenticationFailed": "key_wrong",
    "InvalidAuthenticationInfo": "key_wrong",
    "NoAuthenticationInformation": "key_wrong",
    # The service says so of a network that is not let in, some servers of a wrong signature too.
    "AuthorizationFailure": "storage_refused",
    "AuthorizationPermissionMismatch": "right_missing",
    "AuthorizationResourceTypeMismatch": "right_missing",
    "AuthorizationServiceMismatch": "right_missing",
    "AuthorizationProtocolMismatch": "right_missing",
    "AuthorizationSourceIPMismatch": "right_missing",
    "InsufficientAccountPermissions": "right_missing",
    "KeyBasedAuthenticationNotPermitted": "key_not_permitted",
    "AccountIsDisabled": "right_missing",
    "BlobNotFound": "changed_meanwhile",
    "ConditionNotMet": "changed_meanwhile",
}


def container_url(given):
    """The address of a container."""
    server = given["endpoint"].rstrip("/") or f"https://{given['account']}.blob.core.windows.net"
    return f"{server}/{given['container']}"


class Container:
    """given: the settings of the connector `azure_blob` as text."""

    def __init__(self, given, web):
        self.web = web
        self.url = container_url(given)
        self.name = given["container"]
        self.title = f"{given['account']}/{self.name}"
        self.store = Store(self.title, self.list, self.open)
        self.sas = ""
        self.auth = None
        if given["login"] == "entra":
            self.auth = entra.Bearer(given, web, _SCOPE)
        elif given["login"] == "sas":
            self.sas = given["sas"].reveal().lstrip("?")
        else:
            try:
                self.auth = SharedKey(given["account"], given["key"])
            except ValueError:
                raise ConnectorError("key_wrong", host=urlsplit(self.url).netloc, said="base64") from None

    def list(self, prefix):
        """Yield every StoredFile whose name begins with `prefix`, page by page, in the order of the names."""
        marker = ""
        for _page in range(_MAX_PAGES):
            files, marker = self.list_page(prefix, marker)
            yield from files
            if not marker:
                return
        raise ConnectorError("bad_answer", host=urlsplit(self.url).netloc, detail="endless list")

    def list_page(self, prefix, marker=""):
        """(StoredFiles, marker of the next page or ''); at most 5,000 of them."""
        asked = {"restype": "container", "comp": "list", "prefix": prefix, "marker": marker}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items() if value)
        root, told = read_xml(self._ask(f"{self.url}?{query}").read())
        following = told.get("NextMarker") or ""
        if root != "EnumerationResults" or (following and following == marker):
            raise ConnectorError("bad_answer", host=urlsplit(self.url).netloc, detail=begin(root, 100))
        blobs = told.get("Blobs") or {}
        return [_read_file(entry) for entry in as_list(blobs and blobs.get("Blob"))], following

    def open(self, file):
        """Yield the bytes of a StoredFile. Raises ConnectorError changed_meanwhile where it is another one by now."""
        with self._ask(f"{self.url}/{quote(file.name, safe='/~')}", {"If-Match": file.version}) as answer:
            yield from answer.chunks()

    def _ask(self, url, headers=None):
        if self.sas:
            url += f"{'&' if '?' in url else '?'}{self.sas}"
        headers = {"x-ms-version": VERSION, **(headers or {})}
        ok = (200, *_TELLING)
        if isinstance(self.auth, entra.Bearer):
            answer = entra.ask(self.auth, "GET", url, headers=headers, ok=ok)
        else:
            answer = self.web.request("GET", url, headers=headers, auth=self.auth, ok=ok)
        if answer.status != 200:
            raise read_error(answer)
        return answer


def read_error(answer):
    """The ConnectorError that an answer of a _TELLING status is. Of the text only the code: the rest shows the URL."""
    code = answer.headers.get("x-ms-error-code", "")
    if not code:
        content = answer.read()
        code = str(read_xml(content)[1].get("Code", "")) if content.lstrip().startswith(b"<") else ""
    answer.close()
    ours = _ERRORS.get(code, {403: "right_missing", 404: "container_unknown"}.get(answer.status, "request_refused"))
    return ConnectorError(
        ours,
        is_transient=ours == "changed_meanwhile",
        host=urlsplit(answer.url).hostname,
        status=answer.status,
        said=begin(code),
    )


def _read_file(entry):
    about = entry["Properties"]
    modified = parsedate_to_datetime(about["Last-Modified"]).astimezone(timezone.utc)
    etag = about["Etag"]
    return StoredFile(
        entry["Name"],
        etag if etag.startswith('"') else f'"{etag}"',
        int(about["Content-Length"]),
        modified,
    )
