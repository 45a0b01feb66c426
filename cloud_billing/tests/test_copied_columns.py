from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError
from psycopg2.errors import ForeignKeyViolation, RestrictViolation

from .billing_common import BillingCase

# Columns of which PostgreSQL is not asked for a foreign key, and what they repeat.
COPIED = ("company_id", "customer_id", "subscription_line_id", "currency_id")


@tagged("post_install", "-at_install")
class TestCopiedColumns(BillingCase):
    """What a rated line repeats of its charge is what the charge says: as strong as foreign keys."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.disk.id, "unit_price": "0.10"})
        cls.customer, cls.other = cls.make_customer("Acme"), cls.make_customer("Bolt")
        subscription = cls.make_subscription(cls.customer, cls.disk, date_start="2026-03-01")
        stream = cls.make_stream("Acme disk")
        cls.map_stream(stream, subscription.line_ids)
        cls.deliver({"stream": stream, "quantity": "10"})

    def setUp(self):
        super().setUp()
        self.line = self.make_run().bill_ids.rated_line_ids
        self.charge = self.line.charge_id

    def refuse(self, error, statement, *values):
        with mute_logger("odoo.sql_db"), self.assertRaises(error), self.env.cr.savepoint():
            self.env.cr.execute(statement, values)

    def copy_row(self, table, row_id, **changes):
        """An INSERT of a row once more, with other values in some columns."""
        self.env.cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attname <> 'id'",
            [table],
        )
        names = [name for (name,) in self.env.cr.fetchall()]
        values = ", ".join("%s" if name in changes else name for name in names)
        return (
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE id = {row_id}",
            *(changes[name] for name in names if name in changes),
        )

    def test_a_rated_line_of_another_customer_than_its_charge_is_refused(self):
        self.refuse(
            ForeignKeyViolation,
            *self.copy_row("cloud_rated_line", self.line.id, sequence=2, customer_id=self.other.id),
        )

    def test_a_rated_line_of_what_is_not_there_is_refused(self):
        for name in COPIED:
            with self.subTest(name):
                changes = {"sequence": 2, name: 2**31 - 1}
                self.refuse(ForeignKeyViolation, *self.copy_row("cloud_rated_line", self.line.id, **changes))

    def test_none_of_them_ever_changes_not_even_of_a_draft(self):
        self.assertEqual((self.charge.state, self.line.is_frozen), ("draft", False))
        for name in ("charge_id", *COPIED):
            with self.subTest(name):
                self.refuse(RestrictViolation, f"UPDATE cloud_rated_line SET {name} = NULL WHERE id = %s", self.line.id)

    def test_nor_what_its_charge_says(self):
        for name in COPIED:
            with self.subTest(name):
                self.refuse(RestrictViolation, f"UPDATE cloud_charge SET {name} = NULL WHERE id = %s", self.charge.id)

    def test_what_they_refer_to_cannot_go(self):
        """The charge has the foreign keys, and cannot go either."""
        for record in (self.charge.subscription_line_id, self.customer, self.charge.currency_id, self.charge):
            with self.subTest(record._table):
                self.refuse(IntegrityError, f"DELETE FROM {record._table} WHERE id = %s", record.id)

    def test_each_column_without_a_foreign_key_has_one_above(self):
        """The chain by which they are as strong: the link to the charge, then the column of the charge."""
        self.assertTrue(self.has_foreign_key("cloud_rated_line", "charge_id"))
        for name in COPIED:
            with self.subTest(name):
                self.assertFalse(self.has_foreign_key("cloud_rated_line", name))
                self.assertTrue(self.has_foreign_key("cloud_charge", name))

    def has_foreign_key(self, table, column):
        self.env.cr.execute(
            """
            SELECT 1
              FROM pg_constraint c
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
             WHERE c.conrelid = %s::regclass AND c.contype = 'f' AND a.attname = %s
               AND c.confdeltype IN ('r', 'a') AND c.convalidated
            """,
            [table, column],
        )
        return bool(self.env.cr.fetchone())
