import json
import random
import re
import time

from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.http import request
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..models.push import push_messages, push_request, push_signature
from ..models.push.cloud_usage_source_key import SCOPES
from ..models.push.push_request import PushProblem

MAX_BYTES = 8 * 1024 * 1024
_TRIES = 8
_LONGEST_WAIT = 0.5
_BEARER = re.compile(r"bearer\s+(\S+)", re.IGNORECASE)
_STATUS = {
    "not_proved": 401, "signature_old": 401, "unsigned_headers": 401, "not_allowed": 403, "replayed": 409,
    "too_large": 413, "too_many_events": 413, "bad_content_type": 415, "too_fast": 429, "busy": 503,
    "key_missing": 503,
}  # fmt: skip
_TITLES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 409: "Conflict", 413: "Content Too Large",
    415: "Unsupported Media Type", 422: "Unprocessable Content", 429: "Too Many Requests", 503: "Service Unavailable",
}  # fmt: skip


class PushController(http.Controller):
    """Takes in events that another system sends: who it is, what it sent, and an answer for each event."""

    @http.route(
        "/cloud_billing/push/<int:source_id>",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def push(self, source_id):
        """Events as JSON; see docs/push.md and /cloud_billing/static/openapi/push.json.

        Answers 200 with what became of each event once all that was accepted is committed, or application/problem+json
        where nothing was taken.
        """
        try:
            body = _read_bytes()
            source, signature = _find_source(source_id, body)
            events, is_single = push_request.read_events(
                request.httprequest.mimetype, request.httprequest.headers, body, is_signed=bool(signature)
            )
            answer = _take(source, events, len(body), signature)
        except PushProblem as problem:
            return _refuse(problem)
        if is_single and answer["refused"]:
            return _refuse_single(answer["items"][0])
        return _answer(answer, 200, "application/json")


# ---- what was sent ----


def _read_bytes():
    """The body. Raises PushProblem."""
    # Odoo's own limit is larger, and would be told as a page of HTML.
    if (request.httprequest.content_length or 0) > MAX_BYTES:
        raise PushProblem("too_large", most=MAX_BYTES)
    body = request.httprequest.get_data()
    if len(body) > MAX_BYTES:
        raise PushProblem("too_large", most=MAX_BYTES)
    return body


# ---- who sent it ----


def _find_source(source_id, body):
    """(the source as superuser with the user who pushes, the signature or None). Raises PushProblem."""
    authorization = _BEARER.fullmatch(request.httprequest.headers.get("Authorization", ""))
    header = request.httprequest.headers.get("Cloud-Billing-Signature")
    signature = None
    if authorization:
        user_id = request.env["res.users.apikeys"]._check_credentials(scope=SCOPES["address"], key=authorization[1])
    elif header:
        user_id, signature = _check_signature(source_id, header, body)
    else:
        user_id = None
    if not user_id:
        raise PushProblem("not_proved")
    request.update_env(user=user_id)
    try:
        return request.env["cloud.usage.source"].browse(source_id)._get_pushable(), signature
    except AccessError:
        raise PushProblem("not_allowed") from None


def _check_signature(source_id, header, body):
    """(id of the source's integration user, the signature). Raises PushProblem, the same whatever is wrong but time."""
    # sudo: nobody is known yet; of the source only its user and its signing key are looked at.
    source = request.env["cloud.usage.source"].sudo().search([("id", "=", source_id), ("takes_push", "=", True)])
    user = source.push_user_id
    keys = _reveal_keys(source, user) if user.active else []
    try:
        # Without a key as much is worked out, so that time does not tell which sources there are.
        found = push_signature.check(
            keys or ["none"], header, f"/cloud_billing/push/{source_id}", body, time.time() if keys else 0
        )
    except push_signature.BadSignature as error:
        code = "signature_old" if error.is_old and keys else "not_proved"
        raise PushProblem(code, minutes=push_signature.WINDOW_SECONDS // 60) from None
    return (user.id, found) if keys else (None, None)


def _reveal_keys(source, user):
    """The signing keys of a source that are good now, [] where it has none. Raises PushProblem."""
    try:
        # sudo: lends the right to take the key out of the vault and check one signature by it. Nobody is logged in yet;
        # with_user, because the vault notes for whose requests it was used.
        return source.with_user(user).sudo()._reveal_signing_keys(fields.Datetime.now())
    except UserError:
        raise PushProblem("key_missing", retry_after=60) from None


# ---- taking it in ----


def _take(source, events, byte_count, signature):
    """The answer, once all of it is in the transaction that ends with this request. Raises PushProblem.

    Two who need the same row do not wait as long as Odoo's own repetition would let them.
    """
    tries = 0
    while True:
        tries += 1
        try:
            answer = source.env["cloud.push"]._take(source, events, fields.Datetime.now(), byte_count, signature)
            source.env.flush_all()
            return answer
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            _roll_back(source)
            if tries == _TRIES:
                raise PushProblem("busy", retry_after=1) from None
            time.sleep(random.uniform(0, _LONGEST_WAIT * tries / _TRIES))  # nosec B311: no secret is made of it
        except PushProblem:
            _roll_back(source)
            raise


def _roll_back(source):
    source.env.cr.rollback()
    source.env.transaction.reset()


# ---- answers ----


def _refuse(problem):
    """application/problem+json (RFC 9457) about a request of which nothing was taken."""
    status = _STATUS.get(problem.code, 400)
    detail = push_messages.explain_problem(request.env, problem.code, problem.values)
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _problem(status, problem.code, detail, headers)


def _refuse_single(item):
    """The same about a single event that was refused: many senders of CloudEvents look at the status only."""
    return _problem(422, item["code"], item["detail"], {}, items=[item])


def _problem(status, code, detail, headers, **more):
    body = {"type": "about:blank", "title": _TITLES[status], "status": status, "detail": detail, "code": code, **more}
    return _answer(body, status, "application/problem+json", headers)


def _answer(body, status, content_type, headers=None):
    return request.make_response(
        json.dumps(body), headers=[("Content-Type", content_type), *(headers or {}).items()], status=status
    )
