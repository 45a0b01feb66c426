"""What happens at the door of the server and is recorded though its transaction is rolled back, or was never begun.

A denial raises, and with it goes whatever its transaction wrote; so these events have a cursor of their own. They
insert one row into a table that only grows and lock nothing, so they wait for nobody and nobody waits for them.
"""

import logging
import sys
import xmlrpc.client  # nosec B411: Odoo has read the same bytes before
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import psycopg2
from odoo.api import SUPERUSER_ID, Environment
from odoo.exceptions import AccessError, UserError
from odoo.http import request
from odoo.service.server import thread_local

from . import origin
from .quota import Quota

_logger = logging.getLogger(__name__)

PER_LOGIN, PER_ADDRESS, PER_PROCESS = 30, 120, 3000
MAX_IDS = 10
MAX_TEXT = 300

# Said to who may not, or by records and constraints to who deletes; all else is a fault of a program.
REFUSALS = (UserError, psycopg2.IntegrityError)

quota = Quota()


class Call(NamedTuple):
    """What was asked from outside. None and () for what the request does not say."""

    user_id: int | None
    model: str | None
    method: str | None
    ids: tuple = ()
    database: str | None = None


@contextmanager
def deleting(records):
    """What refuses meanwhile says that it refused a deletion: the outermost one, which somebody asked for."""
    try:
        yield
    except REFUSALS as error:
        error.cloud_deletion = (records._name, records._ids)
        raise


def record_apart(registry, user_id, action, who, detail, model=None, record_ids=()):
    """Record one event on a cursor of its own; nothing where its login, address or the process has had its share.

    :param user_id: whose event it is, None where nobody is known
    :param str who: what the share is counted by: a login, also one that does not exist
    """
    caller = origin.find_caller()
    address = caller and caller.address
    left_out = quota.take(
        {
            (registry.db_name, action, who): PER_LOGIN,
            (registry.db_name, action, "address", address): PER_ADDRESS,
            (registry.db_name, action): PER_PROCESS,
        }
    )
    if left_out is None:
        return
    if left_out:
        detail = {**detail, "not_recorded_before": left_out}
    try:
        with registry.cursor() as cr:
            env = Environment(cr, user_id or SUPERUSER_ID, {})
            if not user_id:
                env = env(user=env.ref("base.public_user").id)
            # sudo: whoever is refused is recorded all the same, by the name of what he or she may not read.
            records = env[model].sudo().browse(record_ids[:1]).exists() if model in env and record_ids else None
            env["cloud.audit.event"]._record(action, records or None, detail=detail, model=model)
    except Exception:
        # The refusal itself must reach the person, whatever the matter with the record is.
        _logger.exception("An event of the kind %s could not be recorded.", action)


def record_after_rollback(*args):
    """`record_apart` once the request's own transaction is rolled back, and holds nothing any more.

    Only for what ends in an error: where the transaction commits, nothing is recorded.
    """
    request.env.cr.postrollback.add(partial(record_apart, request.env.registry, *args))


def record_refusal(error):
    """Record that a call from outside was refused: for want of a right, or because something is not deleted."""
    call = _get_call()
    event = _make_event(call, error)
    if not event:
        return
    if not request.env.cr._closed:
        record_after_rollback(*event)
    elif call.database == request.db:
        # XML-RPC and JSON-RPC work on a cursor of their own, which is rolled back by now.
        record_apart(request.env.registry, *event)


def record_hidden_refusal(registry, user_id):
    """The same where nothing is known of the request: called when the transaction of such a call is rolled back."""
    model, _dot, method = thread_local.rpc_model_method.rpartition(".")
    error = sys.exc_info()[1]
    event = isinstance(error, REFUSALS) and _make_event(Call(user_id, model, method), error)
    if event:
        record_apart(registry, *event)


def _make_event(call, error):
    """What `record_apart` takes; None where the error is no refusal."""
    deletion = getattr(error, "cloud_deletion", None) or getattr(error.__cause__, "cloud_deletion", None)
    if call.method == "unlink":
        action = "deletion_refused"
    elif deletion:
        action = "deletion_refused"
        call = call._replace(model=deletion[0], ids=tuple(one for one in deletion[1] if isinstance(one, int)))
    elif isinstance(error, AccessError):
        action = "denied"
    else:
        return None
    detail = {"method": call.method, "ids": list(call.ids[:MAX_IDS]), "count": len(call.ids)}
    if not call.model:
        detail = {"path": request.httprequest.path}
    return call.user_id, action, call.user_id, {**detail, "answer": _get_sentence(error)}, call.model, call.ids


def _get_call():
    """The `Call` that the server is answering."""
    params, user_id, database = request.params or {}, request.env.uid, request.db
    model, method, args = params.get("model"), params.get("method"), params.get("args") or []
    if "__model__" in params:
        model, method, args = params["__model__"], params["__method__"], [params.get("ids")]
    elif params.get("service") == "object" and request.httprequest.path.startswith(("/xmlrpc/", "/jsonrpc")):
        if request.httprequest.path.startswith("/xmlrpc/"):
            args, method = xmlrpc.client.loads(request.httprequest.get_data())
        # The password was right, or this would be another error.
        database, user_id, _password, model, called, *args = args
        user_id, method, args = int(user_id), called, args[0] if method == "execute_kw" else args
    ids = args[0] if args else []
    ids = [ids] if isinstance(ids, int) else ids if isinstance(ids, list) else []
    return Call(user_id, model, method, tuple(one for one in ids if isinstance(one, int)), database)


def _get_sentence(error):
    text = str(error.args[0]) if error.args else type(error).__name__
    return text.split("\n", 1)[0][:MAX_TEXT]
