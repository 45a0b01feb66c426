"""The server's log of calls never holds a secret that somebody sets.

At debug level Odoo logs the arguments of every call before the method is called, so before anybody knows that one of
them is a secret. Secrets therefore come in by a few methods only, whose arguments are left out of that log.
"""

import logging

from ...engine.connectors import redaction
from ...engine.connectors.redaction import MASK

METHODS = frozenset({"set_secret"})


_CALLS = "odoo.service.model"


def leave_out_arguments(record):
    """Take the arguments out of a log record of a call that sets a secret."""
    # Those of Odoo's record: the recordset, the name of the method, what it is called with.
    is_call = record.name == _CALLS and isinstance(record.args, tuple) and len(record.args) == 3
    if is_call and record.args[1] in METHODS:
        record.args = (*record.args[:2], MASK)
    return True


def hide_arguments():
    """Watch the log of calls: by itself, and before the search for secrets, which makes one text of a record."""
    logging.getLogger(_CALLS).addFilter(leave_out_arguments)
    redaction.look_first(leave_out_arguments)
