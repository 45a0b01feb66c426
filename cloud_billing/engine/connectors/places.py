"""Addresses as a person types them into a form: whom they name, and what stands below them."""

from urllib.parse import urlsplit

from .errors import ConnectorError, Problem
from .guard import PORTS


def get_place(url):
    """ "host" or "host:port" of an address, as `Connector.hosts` gives it; "" of one that is none."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    return host if port is None or port == PORTS.get(parts.scheme) else f"{host}:{port}"


def get_places(urls):
    """What these addresses name, None and "" among them; a set, as `Connector.hosts` gives it."""
    return {get_place(url or "") for url in urls} - {""}


def get_host(url):
    """The host alone, for sentences; an IPv6 address in its brackets."""
    place = get_place(url)
    host, colon, port = place.rpartition(":")
    return host if colon and port.isdecimal() else place


def join_url(url, *parts):
    """An address with a path below it, however many slashes somebody wrote."""
    base, _mark, _query = url.strip().partition("?")
    return "/".join([base.rstrip("/"), *(part.strip("/") for part in parts)])


def find_url_problems(setting, options):
    """The problem of a setting that should be an address and is none."""
    url = str(options.get(setting.name) or "").strip()
    if url and (not url.lower().startswith(("https://", "http://")) or not get_place(url)):
        yield Problem(setting.name, "not_an_address", {"label": setting.label, "value": url[:200]})


def bad_answer(url, detail):
    """The ConnectorError of an answer that is not what the provider's description says."""
    return ConnectorError("bad_answer", host=get_host(url), detail=detail)
