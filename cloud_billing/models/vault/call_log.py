"""The server's log of calls never holds a secret that somebody sets.

At debug level Odoo logs the arguments of every call before the method is called, so before anybody knows that one of
them is a secret. Secrets therefore come in by a few methods only, whose arguments are left out of that log.
"""

import logging

METHODS = frozenset({"set_secret"})


class _HideArguments(logging.Filter):
    def filter(self, record):
        # The arguments of Odoo's record: the recordset, the name of the method, what it is called with.
        if isinstance(record.args, tuple) and len(record.args) == 3 and record.args[1] in METHODS:
            record.args = (*record.args[:2], "***")
        return True


def hide_arguments():
    """Watch the logger of calls, once."""
    logger = logging.getLogger("odoo.service.model")
    if not any(isinstance(known, _HideArguments) for known in logger.filters):
        logger.addFilter(_HideArguments())
