"""Each guard of the month in the database refuses what it is for; a new one without a trial or a test is noticed."""

from pathlib import Path

import psycopg2
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from . import month_guards_before as before
from .common import CloudBillingCase
from .month_guards import FROZEN, TRIALS, TRIGGERS

# The rooms whose tables these are; what Odoo's own tables have of ours bears our name.
ROOMS = ("billing", "invoicing", "correction", "closing", "month")


class GuardCase(CloudBillingCase):
    """Tries guards on a table laid out like theirs, with nothing but its checks and unique indexes."""

    def lay_out(self, table):
        """A table `trial` with the checks and unique indexes of another one, by their names, and nothing else of it.

        No triggers, no keys and no column that must be filled in: a row says only what its guard looks at.
        """
        cr = self.env.cr
        cr.execute(f"CREATE TEMP TABLE trial (LIKE {table} INCLUDING ALL)")
        cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'trial'::regclass AND attnum > 0 AND attnotnull"
            " AND attname <> 'id'"
        )
        for (column,) in cr.fetchall():
            cr.execute(SQL("ALTER TABLE trial ALTER %s DROP NOT NULL", SQL.identifier(column)))
        # A unique index may begin with the number of the row.
        cr.execute("ALTER TABLE trial DROP CONSTRAINT IF EXISTS trial_pkey")
        cr.execute(
            """
            WITH guard AS (
                SELECT i.indrelid, c.relname AS name, split_part(pg_get_indexdef(c.oid), ' USING ', 2) AS told
                  FROM pg_index i
                  JOIN pg_class c ON c.oid = i.indexrelid
                 WHERE (i.indisunique OR i.indisexclusion) AND NOT i.indisprimary
            )
            SELECT copied.name, original.name
              FROM guard copied
              JOIN guard original USING (told)
             WHERE copied.indrelid = 'trial'::regclass AND original.indrelid = %s::regclass
            """,
            [table],
        )
        for copied, original in cr.fetchall():
            cr.execute(f'ALTER INDEX {copied} RENAME TO "{original}"')

    def insert(self, row):
        columns = SQL(", ").join(map(SQL.identifier, row))
        self.env.cr.execute(SQL("INSERT INTO trial (%s) VALUES %s", columns, tuple(row.values())))

    def try_guard(self, guard, table, kept, refused):
        """The rows `kept` are taken together, and `refused` beside them is not, by this guard."""
        with self.subTest(guard=guard), mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
            self.lay_out(table)
            for row in kept:
                self.insert(row)
            with self.assertRaises(psycopg2.IntegrityError) as caught, self.env.cr.savepoint(flush=False):
                self.insert(refused)
            self.assertEqual(caught.exception.diag.constraint_name, guard)
            self.env.cr.execute("DROP TABLE trial")

    def try_to_approve(self, table, state, change):
        """Under the trigger of a table: what was approved neither changes nor goes, and no other row becomes so."""
        company, cr = self.company.id, self.env.cr
        other = self.env["res.company"].create({"name": f"Set up beside {table} {state}"}).id
        self.lay_out(table)
        # What else an approved row must have is tried by itself.
        cr.execute("SELECT conname FROM pg_constraint WHERE conrelid = 'trial'::regclass AND contype = 'c'")
        for (check,) in cr.fetchall():
            cr.execute(f'ALTER TABLE trial DROP CONSTRAINT "{check}"')
        self.insert({"id": 1, "company_id": company, "state": state})
        self.insert({"id": 2, "company_id": company, "state": "draft"})
        self.copy_trigger(table)
        self.assert_all_refused(
            f"UPDATE trial SET {change} WHERE id = 1",
            # A company that is being set up is no way out.
            f"UPDATE trial SET {change}, company_id = {other} WHERE id = 1",
            "DELETE FROM trial WHERE id = 1",
            f"UPDATE trial SET state = '{state}' WHERE id = 2",
            f"INSERT INTO trial (id, company_id, state) VALUES (3, {company}, '{state}')",
        )
        cr.execute("DROP TABLE trial")

    def copy_trigger(self, table):
        """Put the guard of approved records of a table on the one that is laid out."""
        self.env.cr.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
            " WHERE tgrelid = %s::regclass AND tgname = 'cloud_billing_guard'",
            [table],
        )
        for (definition,) in self.env.cr.fetchall():
            self.env.cr.execute(definition.replace(f" ON public.{table} ", " ON trial "))

    def assert_all_refused(self, *statements):
        for statement in statements:
            with (
                self.subTest(statement),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(flush=False),
            ):
                self.env.cr.execute(statement)

    @staticmethod
    def is_defined_in(model, rooms):
        """Whether the class that began a model, which others extend, is in one of these rooms."""
        began = [cls for cls in model._model_classes__ if getattr(cls, "_name", None) == model._name]
        began = [cls for cls in began if model._name not in (cls.__dict__.get("_inherit") or ())]
        return any(f".models.{room}." in cls.__module__ for cls in began for room in rooms)

    def assert_frozen(self, tables, changes):
        """Each record of these tables that people approve is frozen for raw SQL too; changes: {table: a change}."""
        self.set_company_state("live")
        protected = [model for model in self.env.registry.values() if getattr(model, "_approved_states", ())]
        protected = {model._table: model._approved_states for model in protected if model._table in tables}
        self.assertEqual(sorted(protected), sorted(changes))
        for table, states in protected.items():
            for state in states:
                with self.subTest(table=table, state=state), self.env.cr.savepoint(flush=False):
                    self.try_to_approve(table, state, changes[table])

    def assert_tested(self, triggers):
        """Each of these triggers has a test: {"table trigger": (file, test)}."""
        for trigger, (file, test) in triggers.items():
            with self.subTest(trigger=trigger):
                self.assertIn(f"def {test}(", (Path(__file__).parent / file).read_text(encoding="utf-8"))


@tagged("post_install", "-at_install")
class TestGuardsBeforeTheMonth(GuardCase):
    """Usage and contracts, of which a month is made: what their tables refuse."""

    def setUp(self):
        super().setUp()
        self.env.cr.execute(
            """
            SELECT guard.name, guard.relation::regclass::text
              FROM (SELECT conname AS name, conrelid AS relation FROM pg_constraint WHERE contype IN ('c', 'u', 'x')
                     UNION
                    SELECT c.relname, i.indrelid
                      FROM pg_index i
                      JOIN pg_class c ON c.oid = i.indexrelid
                     WHERE i.indisunique AND NOT i.indisprimary) guard
             WHERE guard.name NOT LIKE '%%\\_finite'
               AND guard.relation::regclass::text = ANY(%s)
            """,
            [list(before.TABLES)],
        )
        self.guards = dict(self.env.cr.fetchall())

    def test_each_has_a_trial(self):
        self.assertEqual(sorted(self.guards), sorted(before.TRIALS))

    def test_each_refuses_what_it_is_for_and_nothing_else(self):
        for guard, (kept, refused) in before.TRIALS.items():
            self.try_guard(guard, self.guards[guard], kept, refused)


@tagged("post_install", "-at_install")
class TestMonthGuards(GuardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = [
            model._table
            for model in cls.env.registry.values()
            if model._name.startswith("cloud.") and cls.is_defined_in(model, ROOMS)
        ]
        # Of every DecimalField is asked that it is finite: that is tested once, with the field.
        cls.env.cr.execute(
            """
            SELECT guard.name, guard.relation::regclass::text
              FROM (SELECT conname AS name, conrelid AS relation FROM pg_constraint WHERE contype IN ('c', 'u', 'x')
                     UNION
                    SELECT c.relname, i.indrelid
                      FROM pg_index i
                      JOIN pg_class c ON c.oid = i.indexrelid
                     WHERE i.indisunique AND NOT i.indisprimary) guard
              JOIN pg_class t ON t.oid = guard.relation
             WHERE guard.name NOT LIKE '%%\\_finite'
               AND (t.relname = ANY(%(tables)s)
                    OR t.relname = 'intervention'
                    OR t.relname IN ('account_move', 'account_move_line', 'res_company')
                       AND guard.name LIKE '%%cloud%%')
            """,
            {"tables": cls.tables},
        )
        cls.guards = dict(cls.env.cr.fetchall())

    def test_each_has_a_trial(self):
        self.assertEqual(sorted(self.guards), sorted(TRIALS))

    def test_each_refuses_what_it_is_for_and_nothing_else(self):
        for guard, (kept, refused) in TRIALS.items():
            self.try_guard(guard, self.guards[guard], kept, refused)

    def test_approved_states_come_by_votes_and_stay(self):
        """For raw SQL too, of each record of a month that people approve, by its own trigger."""
        self.assert_frozen(self.tables, FROZEN)

    def test_each_trigger_has_a_test(self):
        self.env.cr.execute(
            r"""
            SELECT t.relname || ' ' || g.tgname
              FROM pg_trigger g
              JOIN pg_class t ON t.oid = g.tgrelid
             WHERE NOT g.tgisinternal
               AND (t.relname = ANY(%s) OR t.relname = 'intervention' OR g.tgname LIKE '%%\_standing\_%%')
            """,
            [self.tables],
        )
        self.assertEqual(sorted(name for (name,) in self.env.cr.fetchall()), sorted(TRIGGERS))
        self.assert_tested(TRIGGERS)
