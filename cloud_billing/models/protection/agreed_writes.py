"""Which protected values are being written because people agreed: asked by the guard on `base`.

Kept per cursor, in a module that no server action, record, environment or context leads to. It holds while `opened`
runs, for just the records and fields that were agreed: what an automation does besides meanwhile is refused as ever.
"""

from contextlib import contextmanager
from weakref import WeakKeyDictionary

from odoo.exceptions import UserError

from ..control.cloud_protected_mixin import TOKEN

CREATE, UNLINK = "+", "-"

_OPEN = WeakKeyDictionary()


@contextmanager
def opened(env, keys, token):
    """Let pass what is in `keys` and nothing else.

    keys: list of (name of the model, id, name of the field), of (model, id, UNLINK), and of (model, 0, CREATE) for each
        record that may be made
    Raises UserError without the token of `cloud_protected_mixin`.
    """
    if token is not TOKEN:
        raise UserError(env._("Only a change request that was agreed writes protected values."))
    before = _OPEN.get(env.cr)
    _OPEN[env.cr] = list(keys)
    try:
        yield
    finally:
        if before is None:
            del _OPEN[env.cr]
        else:
            _OPEN[env.cr] = before


def covers(records, names):
    """Whether the guard lets this pass: writing (or, with UNLINK, deleting) all of it was agreed."""
    return was_agreed(records, names)


def was_agreed(records, names):
    """Whether just now values are being written that people agreed on, and all of this is among them."""
    keys = _OPEN.get(records.env.cr)
    return bool(keys) and all((records._name, res_id, name) in keys for res_id in records.ids for name in names)


def take_creation(model, count):
    """Whether making so many records of the model was agreed; each creation is good once."""
    keys, key = _OPEN.get(model.env.cr, []), (model._name, 0, CREATE)
    if keys.count(key) < count:
        return False
    for _index in range(count):
        keys.remove(key)
    return True
