"""Signing in by a token that a login server gives for what one knows: the half that Entra's and Google's share."""

from ..errors import ConnectorError
from ..secret import Secret


class TokenAuth:
    """An `auth` of requests that asks for a token when the first question is sent, and for another after `renew`.

    A subclass implements `_get_token()`: asks the login server, and gives what it answers to `_read_token`.
    """

    def __init__(self, web):
        self.web = web
        self.token = None

    def __call__(self, request):
        if self.token is None:
            self.token = self._get_token()
        request.headers["Authorization"] = f"Bearer {self.token.reveal()}"
        return request

    def renew(self):
        self.token = None

    def _read_token(self, told, host):
        """The Secret in an answer of the login server, kept out of every log. Raises ConnectorError: bad_answer."""
        if not isinstance(told, dict) or not isinstance(told.get("access_token"), str):
            raise ConnectorError("bad_answer", host=host, detail="no token")
        token = Secret(told["access_token"])
        self.web.keep_quiet_about(token)
        return token
