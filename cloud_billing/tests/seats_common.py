"""What the tests of seats from a source share: a source, lines with licences, snapshots."""

from decimal import Decimal

from .billing_common import BillingCase

D = Decimal


class DeliveredSeatsCase(BillingCase):
    """Seats at 12.00 a month, from 1 March 2026 on, from a vendor who lists licences by id and SKU."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "12"})
        cls.customer = cls.make_customer("Acme")
        cls.vendor = cls.make_seat_source("Vendor")

    @classmethod
    def make_seat_source(cls, name, **vals):
        return cls.env["cloud.seat.source"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "column_licence": "licence",
                "column_sku": "sku",
                "column_quantity": "seats",
                "column_as_of": "day",
                "column_renewal": "renewal",
                "column_status": "status",
                "inactive_statuses": "suspended, cancelled",
                **vals,
            }
        )

    def subscribe(self, key="A-1 / E3", timing="advance", **vals):
        """A line of 10 seats; with a key it takes them from the vendor."""
        line = {"product_id": self.support.id, "name": "Seat", "quantity": "10", "timing": timing, **vals}
        lines = self.make_subscription(self.customer, line, date_start="2026-03-01").line_ids
        if key:
            lines.write({"seat_source_id": self.vendor.id, "seat_key": key})
        return lines

    def snapshot(self, day, *rows, source=None):
        """A delivery that is read. rows: "licence,sku,seats" and whatever follows: renewal, status."""
        lines = ["licence,sku,seats,renewal,status,day"]
        for row in rows:
            cells = row.split(",")
            lines.append(",".join([*cells, *[""] * (5 - len(cells)), day]))
        return (source or self.vendor)._deliver(f"seats-{day}.csv", "\n".join(lines).encode())

    def apply(self, day, *rows, source=None):
        delivery = self.snapshot(day, *rows, source=source)
        delivery.action_apply()
        self.env.flush_all()
        return delivery

    def bill(self, cutoff):
        moves = self.post(self.make_run(cutoff))
        self.env.flush_all()
        return moves

    def dated(self, line):
        """The quantities that hold from their days on, as (day, seats)."""
        held = {
            one.date_start: one.quantity for one in line.quantity_ids.sorted(lambda one: (one.date_start, one.revision))
        }
        return [(str(day), str(quantity)) for day, quantity in sorted(held.items())]

    def tell(self, run, corrections=True):
        domain = [("run_id", "=", run.id), ("corrects_id", "!=" if corrections else "=", False)]
        lines = self.env["cloud.charge"].search(domain).rated_line_ids
        return [
            (str(line.service_start), str(line.service_end), str(line.quantity), str(line.amount))
            for line in lines.sorted(lambda line: (line.service_start, line.id))
        ]

    def counts(self, delivery):
        return {
            name: delivery[f"rows_{name}"]
            for name in ("read", "changed", "same", "unmatched", "rejected", "missing")
            if delivery[f"rows_{name}"]
        }
