"""Requests to Amazon, signed (SigV4), under a key of one's own or a role that it takes on.

The signature is that of requests-aws4auth, imported where it is used. What Amazon answers as an error is a code of our
own with what it said, never with what was sent.
"""

import re
from urllib.parse import quote, unquote, urlencode, urlsplit

from ..base import Setting, need_library
from ..errors import ConnectorError, Problem, begin
from ..secret import Secret
from .xml_answer import read_xml

# Statuses whose body says more than they do.
TELLING = (301, 307, 400, 403, 404, 412)
_SESSION_SECONDS = 3600
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,128}", re.ASCII)

_ERRORS = {
    "NoSuchBucket": "bucket_unknown",
    "AccessDenied": "right_missing",
    "AccessDeniedException": "right_missing",
    "AllAccessDisabled": "right_missing",
    "InvalidAccessKeyId": "key_unknown",
    "InvalidClientTokenId": "key_unknown",
    "UnrecognizedClientException": "key_unknown",
    "SignatureDoesNotMatch": "key_wrong",
    "InvalidSignatureException": "key_wrong",
    "ExpiredToken": "session_expired",
    "ExpiredTokenException": "session_expired",
    "TokenRefreshRequired": "session_expired",
    "RequestTimeTooSkewed": "clock_differs",
    "RequestExpired": "clock_differs",
    "PermanentRedirect": "other_region",
    "TemporaryRedirect": "other_region",
    "AuthorizationHeaderMalformed": "other_region",
    "IllegalLocationConstraintException": "other_region",
    "PreconditionFailed": "changed_meanwhile",
    "NoSuchKey": "changed_meanwhile",
    "LimitExceededException": "throttled",
    "ThrottlingException": "throttled",
}
_TRANSIENT = ("session_expired", "changed_meanwhile", "throttled")

SETTINGS = (
    Setting("access_key", "Access key ID", help="Of an IAM user that may do nothing else than this."),
    Setting("secret_key", "Secret access key", kind="secret"),
    Setting(
        "role_arn",
        "Role to take on",
        required=False,
        help="Where the bucket is another account's: arn:aws:iam::123456789012:role/billing-reader",
    ),
    Setting("external_id", "External ID of the role", required=False, help="As that account demands it of the role."),
    Setting("region", "Region", required=False, help="Such as eu-west-1. Empty: Amazon is asked where the bucket is."),
)


def check(given):
    """Problems of the settings above."""
    if given["role_arn"] and not _ROLE.fullmatch(given["role_arn"]):
        yield Problem("role_arn", "not_a_role", {"value": given["role_arn"][:200]})
    if given["external_id"] and not given["role_arn"]:
        yield Problem("external_id", "external_id_without_role")


def sts_url(given):
    """Where roles are taken on."""
    if given.get("sts_endpoint"):
        return given["sts_endpoint"]
    return f"https://sts.{given['region']}.amazonaws.com" if given["region"] else "https://sts.amazonaws.com"


class Account:
    """Who signs: the key of the settings, or the session of a role, which is taken on again once it has expired."""

    def __init__(self, given, web):
        self.given = given
        self.web = web
        self.key, self.secret, self.token = given["access_key"], given["secret_key"], None
        self.is_role = bool(given["role_arn"])

    def ask(self, method, url, *, service, region, headers=None, data=None):
        """The Answer of a signed request, its status 200 or 206. Raises ConnectorError.

        url: with its query, both encoded.   data: bytes.
        """
        if self.is_role and not self.token:
            self._take_on_role()
        try:
            return self._ask(method, url, service, region, headers, data)
        except ConnectorError as error:
            if not (self.is_role and error.code == "session_expired"):
                raise
        self._take_on_role()
        return self._ask(method, url, service, region, headers, data)

    def _ask(self, method, url, service, region, headers, data):
        auth = _sign(self.key, self.secret, self.token, region, service)
        answer = self.web.request(method, url, headers=headers, data=data, auth=auth, ok=(200, 206, *TELLING))
        if answer.status in TELLING:
            raise read_error(answer)
        return answer

    def _take_on_role(self):
        given = self.given
        asked = {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": given["role_arn"],
            "RoleSessionName": "cloud-billing",
            "DurationSeconds": _SESSION_SECONDS,
        }
        if given["external_id"]:
            asked["ExternalId"] = given["external_id"]
        self.key, self.secret, self.token = given["access_key"], given["secret_key"], None
        form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        region = given["region"] or "us-east-1"
        answer = self._ask("POST", sts_url(given), "sts", region, form, urlencode(asked).encode())
        credentials = _child(_child(read_xml(answer.read())[1], "AssumeRoleResult"), "Credentials")
        try:
            self.key = credentials["AccessKeyId"]
            self.secret = Secret(credentials["SecretAccessKey"])
            self.token = Secret(credentials["SessionToken"])
        except KeyError:
            raise ConnectorError("bad_answer", host="sts", detail="no credentials") from None


def _child(value, name):
    child = value.get(name)
    return child if isinstance(child, dict) else {}


def _sign(key, secret, token, region, service):
    library = need_library("requests_aws4auth")

    class Signature(library.AWS4Auth):
        """The library folds // and . in a path, which are part of an object's name."""

        def amz_cano_path(self, path):
            return quote(unquote(path), safe="/~") if service == "s3" else super().amz_cano_path(path)

    return Signature(key, secret.reveal(), region, service, session_token=token and token.reveal())


def read_error(answer):
    """The ConnectorError that an answer of a TELLING status is: in XML (S3, STS) or JSON (Cost Explorer)."""
    content = answer.read()
    region = answer.headers.get("x-amz-bucket-region", "")
    if content.lstrip()[:1] == b"{":
        told = answer.json()
        code, said = str(told.get("__type", "")).rpartition("#")[2], told.get("message") or told.get("Message")
    else:
        told = read_xml(content)[1] if content.strip() else {}
        told = _child(told, "Error") or told
        code, said = told.get("Code", ""), told.get("Message")
        region = region or told.get("Region", "")
    if not code and region and answer.status in (301, 307, 400):
        code = "PermanentRedirect"
    ours = _ERRORS.get(code, {403: "right_missing", 404: "bucket_unknown"}.get(answer.status, "request_refused"))
    return ConnectorError(
        ours,
        is_transient=ours in _TRANSIENT,
        host=urlsplit(answer.url).hostname,
        status=answer.status,
        said=begin(" ".join(filter(None, (str(code), str(said or ""))))),
        region=begin(region, 40),
    )
