"""What presets share: a connector with few settings that fills in those of the generic REST connector."""

from datetime import timedelta
from typing import NamedTuple

from ..base import Connector, get_option
from ..generic.rest import RestConnector

_REST = RestConnector()


class Thing(NamedTuple):
    """A kind of record that a system gives. label: as a person chooses it.   where: what the system calls it.

    time: the field by which it is asked.   fields: those that are asked for.   mapping: of an own format.
    table: of what is no usage one of TABLE_KINDS; the mapping is then {column of that table: their column}.
    only: conditions beside the time, as the system takes them.
    """

    label: str
    where: str
    time: str
    mapping: dict
    fields: tuple = ()
    table: str = ""
    only: tuple = ()


class Preset(Connector):
    """Settings of one system. A subclass has `compose`, and `settings` with the choice `thing` among its `things`."""

    readers = ("own_columns",)
    has_windows = True
    overlap = timedelta(days=1)
    things: dict[str, Thing] = {}

    def compose(self, given):
        """The options of the REST connector for these; `given` has a value for every setting, secrets as Secrets."""
        raise NotImplementedError

    def get_mappings(self):
        return {name: (thing.label, thing.mapping) for name, thing in self.things.items() if not thing.table}

    def get_tables(self):
        return {name: (thing.table, thing.mapping) for name, thing in self.things.items() if thing.table}

    def _given(self, options):
        return {setting.name: get_option(options, setting) for setting in self.settings}

    def _compose(self, options):
        return self.compose(self._given(options))

    def hosts(self, options):
        return _REST.hosts(self._compose(options))

    def test(self, options, web, now):
        return _REST.test(self._compose(options), web, now)

    def fetch(self, options, web, window, known):
        yield from _REST.fetch(self._compose(options), web, window, known)


def choose(things):
    """The choices of a setting `thing`."""
    return tuple((name, thing.label) for name, thing in things.items())


def map_columns(columns, *, constants=None, period="auto", **more):
    """The mapping document of an append source whose rows are known by their field `id`."""
    return {
        "shape": "append",
        "key": "id",
        "key_fields": ["id"],
        "columns": {field: [name] for field, name in columns.items()},
        "constants": constants or {},
        "period": period,
        **more,
    }


def base_url(host, path=""):
    """The address of a server that may have been entered as one."""
    host = host.strip().rstrip("/")
    return f"{host if '://' in host else f'https://{host}'}/{path}".rstrip("/")
