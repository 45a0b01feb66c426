"""What came back: a body that ends, in bytes and in time, unpacked within bounds."""

import json
import zlib
from decimal import Decimal

from .errors import ConnectorError
from .faults import FAULTS, get_fault

BLOCK = 64 * 1024


class Answer:
    """An answer of one of the statuses asked for: `read` whole, also as `text` or `json`, or once in `chunks`.

    status; headers (names in any case); url, as it was asked in the end.   ask_again: gives the same answer anew, or
    None where the question cannot be repeated.
    """

    def __init__(self, response, url, host, policy, max_bytes, ask_again):
        self.status = response.status_code
        self.headers = response.headers
        self.url = url
        self.response = response
        self._host = host
        self._policy = policy
        self._max_bytes = max_bytes or policy.max_bytes
        self._ask_again = ask_again
        self._body = None

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self):
        self.response.close()

    def chunks(self):
        """Blocks of the unpacked body. One that is cut, too slow or too large ends in a ConnectorError."""
        try:
            yield from read_blocks(self.response, min(self._policy.max_bytes, self._max_bytes), self._host)
        finally:
            self.close()

    def read(self):
        """The whole body, asked for again where it was cut on the way; status and headers are then of the last one."""
        if self._body is None:
            self._body = self._ask_again(self._read_once)
        return self._body

    def _read_once(self, response):
        self.response, self.status, self.headers = response, response.status_code, response.headers
        most = min(self._policy.max_text_bytes, self._max_bytes)
        try:
            return b"".join(read_blocks(response, most, self._host))
        finally:
            response.close()

    def text(self):
        """The body as text: UTF-8, or what the answer says it is in."""
        said = "charset" in self.headers.get("Content-Type", "").lower()
        body = self.read()
        try:
            return body.decode((self.response.encoding if said else None) or "utf-8").removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            raise ConnectorError("bad_answer", host=self._host, detail="text") from None

    def json(self):
        """The body as JSON; numbers that are no integers are Decimals with every digit, never floats."""
        try:
            return json.loads(self.text(), parse_float=Decimal, parse_constant=_refuse_constant)
        except (ValueError, RecursionError, ArithmeticError):
            raise ConnectorError("bad_answer", host=self._host, detail="JSON") from None


def _refuse_constant(name):
    raise ValueError(name)


def read_blocks(response, most, host):
    """Unpacked blocks of a response of `requests`; too_large where it sends, or unpacks to, more than `most` bytes."""
    unpack = _get_unpacker(response, host)
    said = response.headers.get("Content-Length", "")
    came = given = 0
    while True:
        try:
            block = response.raw.read(BLOCK, decode_content=False)
        except FAULTS as error:
            raise get_fault(error, host) from None
        came += len(block)
        for piece in unpack(block):
            given += len(piece)
            if given > most:
                break
            yield piece
        if max(came, given) > most:
            response.close()
            raise ConnectorError("too_large", host=host, limit=most)
        if not block:
            break
    # Older versions of urllib3 take a body that is cut for a short one.
    if said.isdecimal() and came < int(said) and response.request.method != "HEAD":
        raise ConnectorError("cut_off", is_transient=True, host=host)


def read_beginning(response, most):
    """The first bytes of a response, whatever happens on the way; the response is closed."""
    found = b""
    try:
        for piece in read_blocks(response, most + 2 * BLOCK, ""):
            found += piece
    except ConnectorError:
        # What came is enough to say why something was refused.
        pass
    finally:
        response.close()
    return found[:most]


def _get_unpacker(response, host):
    """A function of a block that yields unpacked ones; an empty block is the end."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return lambda block: [block] if block else []
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Unpacker(host).unpack
    raise ConnectorError("bad_answer", host=host, detail=f"Content-Encoding {encoding[:40]}")


class _Unpacker:
    """Unpacks gzip and zlib a block at a time: 64 KB may hold 64 MB, which nobody may have to keep."""

    def __init__(self, host):
        self.host = host
        self.stream = None

    def unpack(self, block):
        if not block and self.stream is not None and not self.stream.eof:
            raise ConnectorError("cut_off", is_transient=True, host=self.host)
        while block:
            if self.stream is None or self.stream.eof:
                self.stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
            try:
                piece = self.stream.decompress(block, BLOCK)
            except zlib.error:
                raise ConnectorError("bad_answer", host=self.host, detail="gzip") from None
            if piece:
                yield piece
            block = self.stream.unused_data if self.stream.eof else self.stream.unconsumed_tail
