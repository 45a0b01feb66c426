"""What a request says: its events, in whichever of the known forms, or why it is refused as a whole."""

from ...engine.readers.own.events import BodyError, read_body

_FLAT, _SINGLE, _BATCH = "application/json", "application/cloudevents+json", "application/cloudevents-batch+json"
_BINARY = "ce-"


class PushProblem(Exception):
    """The whole request is refused: a code of push_messages, values for its sentence, seconds until another try."""

    def __init__(self, code, retry_after=None, **values):
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.values = values


def read_events(content_type, headers, body, is_signed):
    """(list of JSON objects, whether it was a single event) of a request. headers: a mapping. Raises PushProblem."""
    encoding = headers.get("Content-Encoding", "identity")
    if content_type not in (_FLAT, _SINGLE, _BATCH) or encoding != "identity":
        raise PushProblem("bad_content_type", detail=f"{content_type} {encoding}")
    try:
        said = read_body(body)
    except BodyError as error:
        raise PushProblem(error.reason, detail=error.detail) from None
    if content_type == _FLAT and headers.get("ce-specversion"):
        if is_signed:
            raise PushProblem("unsigned_headers")
        return [_join_headers(headers, said)], True
    is_single = isinstance(said, dict)
    if content_type == _FLAT and is_single and said.keys() == {"events"}:
        said, is_single = said["events"], False
    if is_single and content_type != _BATCH:
        return [said], True
    if isinstance(said, list) and said and content_type != _SINGLE:
        return said, False
    raise PushProblem("not_events")


def _join_headers(headers, data):
    """A CloudEvent in binary mode: its attributes are headers, its data is the body."""
    attributes = {name.lower(): value for name, value in headers.items() if name.lower().startswith(_BINARY)}
    return {**{name.removeprefix(_BINARY): value for name, value in attributes.items()}, "data": data}
