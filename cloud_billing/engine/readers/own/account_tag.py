"""Accounts that are made of a tag: where the provider's account does not tell whose usage a row is, and a tag does.

A row is never split between owners and belongs to one stream, which has no tags. So what is to tell owners apart must
be a part of the stream: the value of one tag, in front of the row's own account.
"""

import json

from ..base import Limits
from ..values import Cache, digest

_KEPT = 100


class AccountTag:
    """Puts the value of a tag in front of the sub-account of rows that have it: 'team=web/123456'.

    name: of the tag, among a row's own columns or within `tags`. A row without it, and one whose tag is empty or no
    single value, keeps its account.
    """

    def __init__(self, name):
        self.name = name
        self._limit = Limits().max_identity
        self._prefixes = Cache()

    def apply(self, row):
        """The UsageRow with its account; its content, by which it is known again, stays what the file says."""
        prefix = self._prefixes.get(row.tags)
        if prefix is None:
            prefix = self._prefixes.keep(row.tags, self._read_prefix(row.tags), 2 * len(row.tags))
        return row._replace(sub_account=self._bound(f"{prefix}{row.sub_account}")) if prefix else row

    def _read_prefix(self, text):
        if f'"{self.name}"' not in text and "\\" not in text:
            return ""
        tags = json.loads(text)
        value = tags.get(self.name)
        if value is None and isinstance(tags.get("tags"), dict):
            value = tags["tags"].get(self.name)
        if value is None or value == "" or isinstance(value, (dict, list)):
            return ""
        return f"{self.name}={value if isinstance(value, str) else json.dumps(value)}/"

    def _bound(self, account):
        """An account that is too long to be one is cut and told apart by a digest of all of it."""
        if len(account) <= self._limit:
            return account
        return f"{account[:_KEPT]}~{digest(account.encode()).hex()}"
