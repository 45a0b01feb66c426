"""A LocalServer for tests of APIs: an answer is what its body is, and a question has one value per name."""

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from local_server import LocalServer
from local_server import Reply as RawReply


@dataclass(frozen=True)
class Question:
    """A request as it came: query is {name: value}, headers {name: value}, body bytes."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self):
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Api(LocalServer):
    """`with Api(answer) as api`: answer(Question) gives a Reply, or what its JSON says. `api.asked`: Questions."""

    def __init__(self, answer, **others):
        super().__init__(self._answer, **others)
        self._make = answer
        self.questions = []

    def _answer(self, asked):
        query = {name: values[0] for name, values in asked.query.items()}
        question = Question(asked.method, asked.path, query, asked.headers, asked.body)
        self.questions.append(question)
        found = self._make(question)
        return found if isinstance(found, RawReply) else RawReply(200, found)


def Reply(body=b"", status=200, headers=None, **others):
    """A reply: a body, and how it comes."""
    return RawReply(status, body, headers or {}, **others)
