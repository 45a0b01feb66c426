"""A credential on its way to the wire: shown by nothing but `reveal`."""

import hmac
import sys

from .redaction import MASK, is_module_code, remember


class Secret:
    """A text that print, repr, format, logging, pickle and JSON do not show; equal to another one of the same text.

    Call `reveal` at the last moment, in the expression that gives the value to the library that sends it. What a login
    gives back, such as a token, is a Secret too: making one hides its text in the logs of this process (`redaction`).
    """

    __slots__ = ("__text",)

    def __init__(self, text):
        if isinstance(text, Secret):
            text = text.reveal()
        if not isinstance(text, str):
            # Of the value not even its repr: this message may be logged.
            raise TypeError(f"a secret is made of text, not of {type(text).__name__}")
        remember(text)
        self.__text = text

    def __getattribute__(self, name):
        # Python that an administrator types into a server action reaches objects, and str.format() their attributes.
        if not is_module_code(sys._getframe(1)):
            raise PermissionError("a secret is revealed to code of the server only")
        return super().__getattribute__(name)

    def reveal(self):
        """The text itself. Never into an exception, a log line or a URL that is logged."""
        return self.__text

    def __repr__(self):
        return MASK

    __str__ = __repr__

    def __format__(self, spec):
        return format(MASK, spec)

    def __bool__(self):
        return bool(self.__text)

    def __eq__(self, other):
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__text.encode(), other.reveal().encode())

    # No hash: a set or a dict of secrets is a list of them waiting to be printed.
    __hash__ = None

    def __reduce_ex__(self, protocol):
        raise TypeError("a secret is not written down")
