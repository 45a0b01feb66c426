"""Questions over HTTP that end: bounded in hosts, time, bytes and attempts, and silent about secrets."""

import random
import socket
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urljoin

import requests

from . import guard
from .answer import Answer, read_beginning, read_blocks
from .errors import ConnectorError
from .faults import FAULTS, get_fault
from .pinned import Deadline, Door, PinnedAdapter
from .quiet import hide, quiet

MAX_REDIRECTS = 3
FIRST_WAIT = 1
MOST_SAID = 4096
# May be asked again without harm: HTTP says so of the method, or the caller of the question.
REPEATABLE = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
# Asked again even where a second time does harm: nobody heard the first.
_NOT_HEARD = frozenset(("unreachable", "name_unknown", "throttled"))
_TRY_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_SEE_OTHER = 303
_KEEP_METHOD = frozenset((307, 308))


class _Question(NamedTuple):
    """What is asked, to be asked again; deadline: of all attempts together."""

    method: str
    url: str
    headers: dict
    params: Any
    json: Any
    data: Any
    auth: Any
    ok: frozenset
    max_bytes: int | None
    is_repeatable: bool
    deadline: Deadline


class Web:
    """Speaks to the hosts of one policy. Not shared between threads.

    secrets: Secrets that must not come back in what a server says.   on_renewed: called with (name, Secret) when a
    provider puts a new credential in the place of the old one.
    resolver, clock, sleep, now, draw: in place of the name server, the seconds, the waiting, the time, the dice.
    """

    def __init__(
        self,
        policy,
        *,
        secrets=(),
        on_renewed=None,
        resolver=socket.getaddrinfo,
        clock=time.monotonic,
        sleep=time.sleep,
        now=lambda: datetime.now(timezone.utc),
        draw=random.random,
    ):
        self.policy = policy
        self.clock = clock
        self.sleep = sleep
        self.now = now
        self.draw = draw
        self.door = Door(policy, clock, resolver)
        self.session = _Session(self)
        self._secrets = list(secrets)
        self._on_renewed = on_renewed

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self):
        self.session.close()

    def hide(self, text):
        """What a server said, as one short line without the secrets of this Web."""
        return hide(text, self._secrets)

    def keep_quiet_about(self, secret):
        """Show a Secret that came up on the way, such as a token, in no error either."""
        self._secrets.append(secret)

    def renew_secret(self, name, secret):
        """Keep the credential that the provider put in the place of the setting `name`."""
        self.keep_quiet_about(secret)
        if self._on_renewed:
            self._on_renewed(name, secret)

    def open_socket(self, host, port=22):
        """A connected socket to an allowed host, for a protocol that is not HTTP. Its caller sets its times."""
        self.door.begin()
        return self.door.connect(host, port, guard.PORTS["sftp"])

    def request(
        self,
        method,
        url,
        *,
        headers=None,
        params=None,
        json=None,
        data=None,
        auth=None,
        ok=(200,),
        max_bytes=None,
        is_repeatable=None,
    ):
        """An Answer whose status is one of `ok`; ConnectorError otherwise, after as many attempts as make sense.

        auth: an auth object of `requests`.   max_bytes: less than the policy's.   is_repeatable: True for a POST that
        only asks. What is not repeatable is asked again only where nobody heard it.
        """
        method = method.upper()
        if is_repeatable is None:
            is_repeatable = method in REPEATABLE
        deadline = Deadline(self.clock, self.policy.max_seconds)
        question = _Question(
            method, url, headers or {}, params, json, data, auth, frozenset(ok), max_bytes, is_repeatable, deadline
        )
        return self._attempt(question, lambda: self._ask(question))

    def _attempt(self, question, ask):
        """What `ask` returns, tried again after transient errors until attempts or time are used up."""
        for attempt in range(1, self.policy.attempts + 1):
            try:
                return ask()
            except ConnectorError as error:
                can_repeat = question.is_repeatable or error.code in _NOT_HEARD
                if not error.is_transient or not can_repeat or attempt == self.policy.attempts:
                    raise
                wait = self._get_wait(attempt, error.retry_after)
                if wait > self.policy.max_wait or wait >= question.deadline.end - self.clock():
                    raise
            self.sleep(wait)
        raise AssertionError("a policy allows one attempt at least")

    def _get_wait(self, attempt, retry_after):
        """Seconds before the next attempt: 1, 2, 4..., of each a random half to a whole, or longer where asked to.

        By chance, so that sources which failed together do not all return together.
        """
        wait = min(FIRST_WAIT * 2 ** (attempt - 1), self.policy.max_wait) * (0.5 + self.draw() / 2)
        return max(wait, retry_after or 0)

    def _ask(self, question):
        """One attempt: the Answer, followed to where it moved on the same host."""
        method, url, params, place = question.method, question.url, question.params, None
        for _step in range(MAX_REDIRECTS + 1):
            target = self._get_target(url, place)
            place = target.place
            response = self._send(question, method, target, params)
            status, location = response.status_code, response.headers.get("Location")
            if status in question.ok:
                return self._make_answer(question, response, target)
            if status not in _REDIRECTS or not location:
                raise self._get_refusal(response, target.host)
            response.close()
            if status == _SEE_OTHER and method != "HEAD":
                method = "GET"
            elif status not in _KEEP_METHOD and method not in ("GET", "HEAD"):
                # What was to be written would silently become a question.
                break
            url, params = urljoin(target.url, location), None
        raise ConnectorError("redirect_refused", host=place[1], to=place[1])

    def _get_target(self, url, place):
        """The checked Target of a URL; one that an answer named has to stay at the place where it was."""
        if place is None:
            return guard.check_url(url, self.policy)
        try:
            target = guard.check_url(url, self.policy)
        except ConnectorError as error:
            raise ConnectorError("redirect_refused", host=place[1], to=error.values.get("host", "")) from None
        if target.place != place:
            raise ConnectorError("redirect_refused", host=place[1], to=target.host)
        return target

    def _send(self, question, method, target, params):
        """The response of `requests`, its body still to come."""
        keeps_body = method == question.method
        request = requests.Request(
            method,
            target.url,
            headers={"Accept-Encoding": "gzip", **question.headers},
            params=params,
            json=question.json if keeps_body else None,
            data=question.data if keeps_body else None,
            auth=question.auth,
        )
        try:
            prepared = self.session.prepare_request(request)
        except FAULTS:
            raise ConnectorError("host_refused", host=target.host, reason="not_a_url") from None
        self.door.begin(question.deadline)
        try:
            with quiet():
                return self.session.send(prepared, stream=True, allow_redirects=False)
        except FAULTS as error:
            raise get_fault(error, target.host) from None

    def _make_answer(self, question, response, target):
        waiting = [response]

        def read_whole(read):
            """`read` of the response, or of the next one where the first was cut on its way."""

            def once():
                return read(waiting.pop() if waiting else self._ask(question).response)

            return self._attempt(question, once)

        return Answer(response, target.url, target.host, self.policy, question.max_bytes, read_whole)

    def _get_refusal(self, response, host):
        """The ConnectorError of an answer that is none of those asked for."""
        status = response.status_code
        said = hide(read_beginning(response, MOST_SAID).decode("utf-8", "replace"), self._secrets, response.request)
        values = {"host": host, "status": status, "said": said}
        if status in (401, 403):
            return ConnectorError("login_refused", **values)
        if status in (404, 410):
            return ConnectorError("not_found", **values)
        if status < 400:
            return ConnectorError("bad_answer", host=host, detail=f"status {status}")
        is_transient = status in _TRY_AGAIN
        retry_after = read_retry_after(response.headers.get("Retry-After"), self.now()) if is_transient else None
        code = "throttled" if status == 429 else "server_error" if status >= 500 else "request_refused"
        return ConnectorError(code, is_transient=is_transient, retry_after=retry_after, **values)


class _Session(requests.Session):
    """A session of `requests` that knows one way out: no proxy, no .netrc, no redirect, bounded contents.

    A library that wants a session (zeep) is given this one.
    """

    def __init__(self, web):
        super().__init__()
        self.web = web
        self.trust_env = False
        self.headers["User-Agent"] = "cloud_billing"
        adapter = PinnedAdapter(web.door)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, response):
        return None

    def send(self, request, stream=False, **keywords):
        if stream:
            return super().send(request, stream=True, **keywords)
        # Who asks so reads the whole content at once, without a limit: it is read here, with one.
        self.web.door.begin()
        host = guard.check_url(request.url, self.web.policy).host
        try:
            with quiet():
                response = super().send(request, stream=True, **keywords)
        except FAULTS as error:
            raise get_fault(error, host) from None
        response._content = b"".join(read_blocks(response, self.web.policy.max_text_bytes, host))
        response._content_consumed = True
        return response


def read_retry_after(text, now):
    """Seconds that a Retry-After header asks to wait, in seconds or until a date; None where it says nothing."""
    text = (text or "").strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0, (moment - now).total_seconds())
