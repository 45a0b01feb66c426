"""What went wrong below, as a ConnectorError. Of the error itself nothing is kept: its text may show the URL."""

import ssl

from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError, SSLError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from .errors import ConnectorError

# What requests, urllib3 and sockets raise; ValueError is a header or a length that is none.
FAULTS = (RequestException, HTTPError, OSError, ValueError)


def get_fault(error, host):
    """The ConnectorError that stands for an error of the libraries."""
    causes = list(_causes(error))
    ours = next((each for each in causes if isinstance(each, ConnectorError)), None)
    if ours is not None:
        return ours
    if any(isinstance(each, (TimeoutError, Urllib3TimeoutError)) for each in causes):
        return ConnectorError("timed_out", is_transient=True, host=host)
    broken = [each for each in causes if isinstance(each, (ssl.SSLError, SSLError))]
    if broken and not any(isinstance(each, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) for each in broken):
        detail = next((each.reason for each in broken if isinstance(each, ssl.SSLError) and each.reason), "TLS")
        return ConnectorError("tls_failed", host=host, detail=str(detail)[:100])
    return ConnectorError("cut_off", is_transient=True, host=host)


def _causes(error):
    """An error and everything that it was made of, once each."""
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
