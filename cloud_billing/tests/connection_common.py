"""A connector whose provider is a script, and a clock that tests move: no network, no waiting."""

from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from odoo.tests import freeze_time

from ..engine.connectors import (
    CONNECTORS,
    Connector,
    ConnectorError,
    ControlTotal,
    Delivery,
    Fact,
    Payload,
    Seen,
    Setting,
    register,
)
from ..models.connection import connector_messages
from .usage_common import UsageCase
from .vault_common import VaultCase


class ScriptedConnector(Connector):
    """What its provider has stands in `shelf`: {name: (version, content, values of the Delivery)}.

    `error` is raised instead, where one is set. `asked` keeps what it was asked: (start, end) as text.
    """

    name, title, summary = "scripted", "Scripted provider", "Delivers what a test has put on its shelf."
    readers = ("focus", "csv")
    settings = (
        Setting("address", "Address", "url", help="Where the provider answers."),
        Setting("key", "API key", "secret", help="Made at the provider."),
        Setting("folder", "Folder", required=False, group="what"),
    )

    def __init__(self):
        self.shelf, self.error, self.asked, self.seen_known = {}, None, [], {}

    def hosts(self, options):
        return {options["address"].split("/")[2]}

    def test(self, options, web, now):
        self.fail()
        name, (_version, content, _values) = next(iter(self.shelf.items()))
        return Seen([Fact("objects_found", {"count": len(self.shelf)})], Payload(name, [content]))

    def fetch(self, options, web, window, known):
        self.asked.append((f"{window.start:%Y-%m-%d %H:%M}", f"{window.end:%Y-%m-%d %H:%M}"))
        self.seen_known = dict(known)
        self.fail()
        for name, (version, content, values) in list(self.shelf.items()):
            if known.get(name) != version:
                payloads = [] if content is None else [Payload(f"{name}.csv", iter([content[:10], content[10:]]))]
                yield Delivery(name, version, values.get("partition", ""), payloads, values.get("is_final"),
                               values.get("controls", ()))  # fmt: skip
                if after := values.get("then_raise"):
                    raise after

    def fail(self):
        if self.error:
            raise self.error

    def put(self, name, content, version="1", **values):
        self.shelf[name] = (version, content, values)


class ConnectionCase(VaultCase, UsageCase):
    """`self.connector` fetches the bills source from `self.provider`, is in use, and is due."""

    NOW = "2026-03-02 04:00:00"

    def setUp(self):
        super().setUp()
        self.provider = ScriptedConnector()
        self.startPatcher(patch.dict(CONNECTORS))
        register(self.provider)
        self.startPatcher(patch.dict(connector_messages.FACTS, {"objects_found": "It holds %(count)s objects."}))
        self.patch(
            self.registry["ir.cron"], "_commit_progress", lambda cron, *_a, **_k: cron.env.flush_all() or self.seconds
        )
        # What a test does is one transaction: the steps of a worker are only flushed.
        self.patch(self.env.cr, "commit", lambda: None)
        self.patch(self.env.cr, "rollback", lambda: None)
        self.seconds = 1000
        self.fetcher = self.env["cloud.connector.fetcher"]
        # What a database has of its own is not counted here.
        self.env["cloud.connector"].search([("company_id", "!=", False)]).active = False
        (self.bills | self.events).responsible_id = self.user_operator
        self.connector = self.make_connector(self.bills)

    @classmethod
    @contextmanager
    def at(cls, moment):
        """The clock stands at a moment (text, UTC)."""
        with freeze_time(moment):
            yield datetime.fromisoformat(moment)

    def make_connector(self, source, state="active", **vals):
        values = {
            "name": source.name,
            "source_id": source.id,
            "kind": "scripted",
            "options": {"address": "https://usage.example.com/export"},
            "schedule": "daily",
            "at_hour": 4,
            "tz": "UTC",
            "fetch_from": "2026-03-01",
            **vals,
        }
        connector = self.env["cloud.connector"].create(values)
        connector.with_user(self.user_administrator).set_secret("key", "k-123")
        if state != "setup":
            with freeze_time(self.NOW):
                connector.with_user(self.user_administrator).action_allow_hosts()
                connector.with_user(self.user_administrator).action_turn_on()
        return connector

    def fetch(self, moment=None):
        """The scheduled action at a moment; then what waits is imported. Returns the connector's last run."""
        with freeze_time(moment or self.NOW):
            self.fetcher._cron_fetch_usage()
            self.env["cloud.usage.importer"]._cron_import_usage()
        self.env.invalidate_all()
        return self.connector.run_ids[:1]

    def tell(self, moment, connector=None):
        """(colour, sentences) of a connector as somebody sees it at a moment."""
        with freeze_time(moment):
            self.env.invalidate_all()
            connector = connector or self.connector
            return connector.health, connector.message


def total(account, month, amount, rows=None):
    return ControlTotal(account, month, "USD", amount, rows)


def refused():
    """The error of a key that the provider does not take any more."""
    return ConnectorError("login_refused", host="usage.example.com", status=403, said="key expired")


def down():
    return ConnectorError("unreachable", is_transient=True, host="usage.example.com")
