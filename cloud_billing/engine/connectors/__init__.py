"""Connectors: what a provider answers, as the bytes of files. See README.md for what is owned here."""

from .base import (
    GROUPS,
    KINDS,
    Connector,
    ControlTotal,
    Delivery,
    Fact,
    Payload,
    Seen,
    Setting,
    Window,
    find_missing,
    get_object,
    get_option,
    is_on,
    json_lines,
    need_library,
    write_json,
)
from .errors import ConnectorError, Problem
from .guard import Policy
from .registry import CONNECTORS, get_connector, register
from .secret import Secret

__all__ = [
    "CONNECTORS",
    "GROUPS",
    "KINDS",
    "Connector",
    "ConnectorError",
    "ControlTotal",
    "Delivery",
    "Fact",
    "Payload",
    "Policy",
    "Problem",
    "Secret",
    "Seen",
    "Setting",
    "Window",
    "find_missing",
    "get_connector",
    "get_object",
    "get_option",
    "is_on",
    "json_lines",
    "need_library",
    "register",
    "write_json",
]

# Connectors register themselves when they are imported, and need what stands above.
from . import generic
from . import presets
from . import providers
