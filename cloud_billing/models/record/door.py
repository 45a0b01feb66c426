"""What happens at the door of the server and is recorded though its transaction is rolled back, or was never begun.

A denial raises, and with it goes whatever its transaction wrote; so these events have a cursor of their own. They
insert one row into a table that only grows and lock nothing, so they wait for nobody and nobody waits for them.
"""

import logging
from functools import partial

from odoo.api import SUPERUSER_ID, Environment
from odoo.exceptions import AccessError
from odoo.http import request

from .quota import Quota

_logger = logging.getLogger(__name__)

PER_LOGIN, PER_ADDRESS, PER_PROCESS = 30, 120, 3000
MAX_IDS = 10
MAX_TEXT = 300

quota = Quota()


def record_apart(registry, user_id, action, who, detail, model=None, record_ids=()):
    """Record one event on a cursor of its own; nothing where its login, address or the process has had its share.

    :param user_id: whose event it is, None where nobody is known
    :param str who: what the share is counted by: a login, also one that does not exist
    """
    address = request.httprequest.remote_addr if request else None
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
    user_id, model, method, ids = _get_call()
    if method == "unlink":
        action = "deletion_refused"
    elif isinstance(error, AccessError):
        action = "denied"
    else:
        return
    detail = {"method": method, "ids": list(ids[:MAX_IDS]), "count": len(ids), "answer": _get_sentence(error)}
    if not model:
        detail = {"path": request.httprequest.path, "answer": _get_sentence(error)}
    record_after_rollback(user_id, action, user_id, detail, model, ids)


def _get_call():
    """(user id, model, method, ids) of the call that the server is answering; None and [] for what it does not say."""
    params, user_id = request.params or {}, request.env.uid
    model, method, args = params.get("model"), params.get("method"), params.get("args") or []
    if "__model__" in params:
        model, method, args = params["__model__"], params["__method__"], [params.get("ids")]
    elif params.get("service") == "object" and len(args) > 4:
        # The database, the login and its password come first; the password was right, or this would be another error.
        user_id, model, method, args = int(args[1]), args[3], args[4], (args[5] if len(args) > 5 else [])
    ids = args[0] if args else []
    ids = [ids] if isinstance(ids, int) else ids if isinstance(ids, list) else []
    return user_id, model, method, [one for one in ids if isinstance(one, int)]


def _get_sentence(error):
    text = str(error.args[0]) if error.args else type(error).__name__
    return text.split("\n", 1)[0][:MAX_TEXT]
