"""Reports that a provider makes while one waits: 202, an address to ask at, and how long to wait before."""

from urllib.parse import urljoin, urlsplit

from ..errors import ConnectorError
from ..web import read_retry_after

# Longer than this nobody holds a worker: the next run asks for the report again.
MAX_SECONDS = 600
USUAL_WAIT = 10
_ACCEPTED = 202


def wait_for(ask, web, answer, is_done=lambda answer: answer.status != _ACCEPTED):
    """The Answer that ends the waiting, asked for by ask("GET", url) at the Location of the first one.

    Raises ConnectorError: report_not_ready after ten minutes, redirect_refused where the address is on another host.
    """
    here = urlsplit(answer.url)
    until = web.clock() + MAX_SECONDS
    url = answer.url
    while not is_done(answer):
        url = urljoin(url, answer.headers.get("Location") or url)
        if urlsplit(url)[:2] != here[:2]:
            # The token would go along.
            raise ConnectorError("redirect_refused", host=here.hostname, to=urlsplit(url).hostname or "")
        wait = read_retry_after(answer.headers.get("Retry-After"), web.now())
        wait = max(1, USUAL_WAIT if wait is None else wait)
        if web.clock() + wait > until:
            raise ConnectorError("report_not_ready", is_transient=True, host=here.hostname, minutes=MAX_SECONDS // 60)
        answer.close()
        web.sleep(wait)
        answer = ask("GET", url)
    return answer
