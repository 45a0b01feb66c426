"""Tokens of Microsoft Entra ID: of an application (client credentials) or of a person who once consented to it.

Two plain questions in OAuth2, so no library. What Entra refuses is told by its number (AADSTS...), which says more than
its sentence and holds nothing secret.
"""

import re

from ..base import Setting
from ..errors import ConnectorError, begin
from ..secret import Secret
from .token_auth import TokenAuth

LOGIN = "https://login.microsoftonline.com"
_NUMBER = re.compile(r"AADSTS\d{3,9}")
_ERRORS = {
    "AADSTS7000215": "app_secret_wrong",
    "AADSTS7000222": "app_secret_expired",
    "AADSTS700016": "app_unknown",
    "AADSTS90002": "tenant_unknown",
    "AADSTS900023": "tenant_unknown",
    "AADSTS65001": "consent_missing",
    "AADSTS70008": "consent_expired",
    "AADSTS700082": "consent_expired",
    "AADSTS700084": "consent_expired",
    "AADSTS50173": "consent_expired",
    "AADSTS50076": "consent_expired",
    "AADSTS50079": "consent_expired",
}
SETTINGS = (
    Setting("tenant", "Tenant ID", help="Directory (tenant) ID, as the overview of the app registration shows it."),
    Setting("client_id", "Application ID", help="Application (client) ID of the app registration."),
    Setting("client_secret", "Client secret", kind="secret"),
)
LOGIN_SETTING = Setting(
    "login_endpoint",
    "Other login server",
    kind="url",
    required=False,
    group="more",
    help="For national clouds, such as https://login.partner.microsoftonline.cn. Empty: the public one.",
)


class Bearer(TokenAuth):
    """Tokens of an application, or of the person whose refresh token it was given."""

    def __init__(self, given, web, scope):
        super().__init__(web)
        self.given = given
        self.scope = scope

    def _get_token(self):
        given = self.given
        form = {
            "client_id": given["client_id"],
            "client_secret": given["client_secret"].reveal(),
            "scope": self.scope,
            "grant_type": "client_credentials",
        }
        if given.get("refresh_token"):
            form |= {"grant_type": "refresh_token", "refresh_token": given["refresh_token"].reveal()}
        url = f"{login(given)}/{given['tenant']}/oauth2/v2.0/token"
        with self.web.request("POST", url, data=form, ok=(200, 400, 401), is_repeatable=True) as answer:
            told = answer.json()
            if answer.status != 200:
                raise _read_error(told, answer.status)
        token = self._read_token(told, LOGIN)
        self._keep_renewed(told)
        return token

    def _keep_renewed(self, told):
        """Entra gives a new refresh token with each use; the old one ends 90 days after it was made."""
        if self.given.get("refresh_token") and isinstance(told.get("refresh_token"), str):
            renewed = Secret(told["refresh_token"])
            self.given["refresh_token"] = renewed
            self.web.renew_secret("refresh_token", renewed)


def login(given):
    """The address of the login server."""
    return (given.get("login_endpoint") or LOGIN).rstrip("/")


def ask(bearer, method, url, **asked):
    """`web.request` with a token; once more with another one where it is refused."""
    try:
        return bearer.web.request(method, url, auth=bearer, **asked)
    except ConnectorError as error:
        if error.code != "login_refused" or error.values.get("status") != 401:
            raise
    bearer.renew()
    return bearer.web.request(method, url, auth=bearer, **asked)


def _read_error(told, status):
    told = told if isinstance(told, dict) else {}
    said = str(told.get("error_description") or told.get("error") or "")
    number = _NUMBER.search(said)
    code = _ERRORS.get(number and number[0], "login_refused")
    return ConnectorError(
        code, host="login", status=status, said=number[0] if number else begin(told.get("error"), 100)
    )
