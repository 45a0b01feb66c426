"""What the tests of meters share: a customer in Amsterdam, a meter to be set up, and events written as short tuples."""

import csv
import io
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import psycopg2
from odoo.tools import mute_logger

from ..engine.schedule import utc_bounds
from ..models.usage.usage_requests import TotalsRequest
from .usage_common import UsageOwnerCase

AMSTERDAM = "Europe/Amsterdam"
D = Decimal


class MeterCase(UsageOwnerCase):
    """A line whose product has `self.counter`, a meter that each test sets up, and a stream of events mapped to it.

    Events are of the account "acme" unless they say otherwise; columns that the reader does not know become tags.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events.tz = AMSTERDAM
        cls.counter = cls.env["cloud.meter"].create({"name": "Counter", "code": "counter", "unit": "GB"})
        product = cls.make_product("Counted", "metered", cloud_meter_id=cls.counter.id)
        cls.line = cls.make_subscription(cls.acme, product).line_ids
        cls.delivered = 0

    @classmethod
    def send(cls, *rows, owner=None, **common):
        """Import events in one delivery and map new streams to the line; returns the import number.

        rows: dicts of at (UTC text), and of quantity, unit, account, and any tag.
        """
        columns = ["id", "start", "account", "service", "quantity", "unit"]
        rows = [
            {"account": "acme", "service": "Things", "quantity": "1", "unit": "GB", **common, **row} for row in rows
        ]
        for row in rows:
            cls.delivered += 1
            row["id"] = row.get("id", f"e{cls.delivered}")
            row["start"] = f"{row.pop('at').replace(' ', 'T')}Z"
            columns += [name for name in row if name not in columns]
        out = io.StringIO()
        writer = csv.DictWriter(out, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
        cls.deliver(cls.events, out.getvalue().encode(), name=f"events-{cls.delivered}.csv")
        for stream in cls.env["cloud.usage.stream"].search([("source_id", "=", cls.events.id)]):
            if not stream.mapping_ids:
                cls.assign(stream, owner or cls.line)
        return cls.store._last_number(cls.company)

    def set_up(self, aggregation, **vals):
        """Let the meter count so; it is made anew, as a charged one would stay what it is."""
        self.counter.write({"aggregation": aggregation, **vals})

    def ask(self, start="2026-03-01", end="2026-04-01", number=None, line=None, meter=None, **request):
        """The Totals of local days of Amsterdam, a list. full: the whole period's days, where they are only a part."""
        meter = meter or self.counter
        full_start, full_end = request.pop("full", (start, end))
        utc_start, utc_end = utc_bounds(date.fromisoformat(start), date.fromisoformat(end), AMSTERDAM)
        values = {
            "key": "it",
            "subscription_line_id": (line or self.line).id,
            "aggregation": meter.aggregation,
            "basis": meter.basis,
            "billing_month": None,
            "utc_start": utc_start,
            "utc_end": utc_end,
            "meter_id": meter.id,
            "full_start": date.fromisoformat(full_start),
            "full_end": date.fromisoformat(full_end),
            "tz": AMSTERDAM,
            **request,
        }
        number = self.store._last_number(self.company) if number is None else number
        return self.store._totals(self.company, number, [TotalsRequest(**values)])

    def count(self, *days, **request):
        """The one quantity of some days, None where there are no rows."""
        found = self.ask(*days, **request)
        self.assertLessEqual(len({one.unit for one in found}), 1)
        quantities = [one.quantity for one in found if one.quantity is not None]
        self.assertLessEqual(len(quantities), 1)
        return quantities[0] if quantities else None

    @contextmanager
    def refused_by_database(self):
        """A constraint of the database refuses it; Odoo tells a person the constraint's own sentence."""
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.cr.savepoint(),
        ):
            yield
            self.env.flush_all()
        self.env.invalidate_all()
