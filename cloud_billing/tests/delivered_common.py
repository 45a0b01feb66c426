"""A connector whose provider is a script brings customers; what waits is read at a moment that tests choose."""

import json

from odoo.tests import freeze_time

from .catalog_common import CatalogCase
from .connection_common import ConnectionCase

# Numbers whose check digits are right, as python-stdnum's own documentation gives them.
VAT_NL, VAT_BE = "NL004495445B01", "BE0403019261"


def rows_of(*rows):
    """JSON lines, as the connectors to systems write them."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def company(key, name, **more):
    """A record of the other system as a row."""
    return {"id": key, "properties.name": name, **{f"properties.{field}": value for field, value in more.items()}}


class DeliveredCase(ConnectionCase, CatalogCase):
    """`self.connector` brings customers of the events source, called as in HubSpot."""

    COLUMNS = {"external_key": "id", "name": "properties.name", "vat": "properties.vat", "email": "properties.email",
               "currency": "properties.currency", "order_reference": "properties.order"}  # fmt: skip

    def setUp(self):
        super().setUp()
        self.provider.brings_tables = True
        self.connector.sudo().active = False
        self.connector = self.make_table_connector()
        self.tables = self.env["cloud.sheet.delivery"]
        self.acme = self.make_customer("Acme", code="A-1", currency_id=self.company.currency_id.id)

    def make_table_connector(self, source=None, delivers="cloud.sheet.customer", columns=None, **vals):
        source = source or self.events
        vals = {"name": f"Tables of {source.name}", "delivers": delivers, **vals}
        connector = self.make_connector(source, **vals)
        columns = self.COLUMNS if columns is None else columns
        for column in connector.column_ids:
            column.file_column = columns.get(column.name)
        return connector

    def bring(self, *rows, name="customers", version="1", moment=None):
        """The tables that come when the provider has these rows, or the bytes of a file."""
        before = self.tables.search([])
        self.provider.put(name, rows[0] if isinstance(rows[0], bytes) else rows_of(*rows), version)
        self.connector.sudo().next_at = moment or self.NOW
        self.fetch(moment)
        with freeze_time(moment or self.NOW):
            self.tables._cron_read_tables()
        self.env.invalidate_all()
        return self.tables.search([]) - before

    def by(self, table, user=None):
        return table.with_user(user or self.user_accountant)

    def customer(self, key):
        return (
            self.env["cloud.external.key"].search([("key", "=", key), ("source_id", "=", self.events.id)]).customer_id
        )

    def told(self, table):
        return {row.row_no: (row.outcome, row.text) for row in table.row_ids}
