"""What tests of guards in the database have in common: which there are, and whether each refuses what it is for."""

from contextlib import closing
from pathlib import Path

import psycopg2
from odoo.tools import SQL, mute_logger

from .common import CloudBillingCase


class GuardCase(CloudBillingCase):
    """Tries guards on a table laid out like theirs, with nothing but its checks and unique indexes."""

    @classmethod
    def find_tables(cls, rooms):
        """The tables of the models that began in these rooms; dialogs have none that lasts."""
        return [
            model._table
            for model in cls.env.registry.values()
            if model._auto and not model._abstract and not model._transient and cls.is_defined_in(model, rooms)
        ]

    @classmethod
    def find_guards(cls, tables, besides=None):
        """{name: table} of the checks, exclusions and unique indexes of these tables, and of those of `besides`.

        besides: a condition over a `guard` (its name) and `t`, its row of pg_class.
        """
        # Of every DecimalField is asked that it is finite: that is tested once, with the field.
        cls.env.cr.execute(
            SQL(
                """
                SELECT guard.name, guard.relation::regclass::text
                  FROM (SELECT conname AS name, conrelid AS relation FROM pg_constraint WHERE contype IN ('c', 'u', 'x')
                         UNION
                        SELECT c.relname, i.indrelid
                          FROM pg_index i
                          JOIN pg_class c ON c.oid = i.indexrelid
                         WHERE i.indisunique AND NOT i.indisprimary) guard
                  JOIN pg_class t ON t.oid = guard.relation
                 WHERE guard.name NOT LIKE %s
                   AND (guard.relation::regclass::text = ANY(%s) OR %s)
                """,
                r"%\_finite",
                list(tables),
                besides or SQL("FALSE"),
            )
        )
        return dict(cls.env.cr.fetchall())

    def lay_out(self, table):
        """A table `trial` with the checks and unique indexes of another one, by their names, and nothing else of it.

        No triggers, no keys and no column that must be filled in: a row says only what its guard looks at.
        """
        cr = self.env.cr
        cr.execute(f"CREATE TEMP TABLE trial (LIKE {table} INCLUDING ALL)")  # pylint: disable=sql-injection
        # A unique index may begin with the number of the row.
        cr.execute("ALTER TABLE trial DROP CONSTRAINT IF EXISTS trial_pkey")
        cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'trial'::regclass AND attnum > 0 AND attnotnull"
            " AND attname <> 'id'"
        )
        for (column,) in cr.fetchall():
            cr.execute(SQL("ALTER TABLE trial ALTER %s DROP NOT NULL", SQL.identifier(column)))
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
            cr.execute(f'ALTER INDEX {copied} RENAME TO "{original}"')  # pylint: disable=sql-injection

    def insert(self, row):
        columns = SQL(", ").join(map(SQL.identifier, row))
        self.env.cr.execute(SQL("INSERT INTO trial (%s) VALUES %s", columns, tuple(row.values())))

    def try_guard(self, guard, table, kept, refused, is_doubled):
        """The rows `kept` are taken together; each of `refused` beside them is not, by this guard and no other.

        is_doubled: what it refuses, another one refuses too.
        """
        with self.subTest(guard=guard), mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
            self.lay_out(table)
            for row in kept:
                self.insert(row)
            for row in refused:
                with self.assertRaises(psycopg2.IntegrityError) as caught, self.env.cr.savepoint(flush=False):
                    self.insert(row)
                self.assertEqual(caught.exception.diag.constraint_name, guard)
            self.take_away(guard)
            for row in refused if not is_doubled else ():
                self.insert(row)
            self.env.cr.execute("DROP TABLE trial")

    def take_away(self, guard):
        """Drop a check or a unique index of the table that is laid out."""
        name = SQL.identifier(guard)
        self.env.cr.execute("SELECT FROM pg_constraint WHERE conrelid = 'trial'::regclass AND conname = %s", [guard])
        if self.env.cr.rowcount:
            self.env.cr.execute(SQL("ALTER TABLE trial DROP CONSTRAINT %s", name))
        else:
            self.env.cr.execute(SQL("DROP INDEX pg_temp.%s", name))

    def try_guards(self, guards, trials, doubled=()):
        """Each guard by its trial; guards: as of `find_guards`, trials: {guard: (rows kept, row refused, ...)}."""
        for guard, (kept, *refused) in trials.items():
            self.try_guard(guard, guards[guard], kept, refused, guard in doubled)

    def try_statements(self, table, guard, before, refused):
        """Each statement of `refused` is not taken by this trigger or foreign key of a table, and is without it.

        before: statements that are taken first.
        """
        cr, name = self.env.cr, SQL.identifier(guard)
        cr.execute("SELECT FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s", [table, guard])
        away = SQL("DROP CONSTRAINT %s", name) if cr.rowcount else SQL("DISABLE TRIGGER %s", name)
        for statement in refused:
            with self.subTest(statement), mute_logger("odoo.sql_db"), closing(cr.savepoint(flush=False)):
                for one in before:
                    cr.execute(one)
                with self.assertRaises(psycopg2.IntegrityError), cr.savepoint(flush=False):
                    cr.execute(statement)
                cr.execute(SQL("ALTER TABLE %s %s", SQL.identifier(*table.split(".")), away))
                cr.execute(statement)
                self.assertTrue(cr.rowcount, "What changes nothing proves nothing.")

    def try_to_approve(self, table, state, change):
        """Under the trigger of a table: what was approved neither changes nor goes, and no other row becomes so."""
        company, cr = self.company.id, self.env.cr
        other = self.env["res.company"].create({"name": f"Set up beside {table} {state}"}).id
        self.lay_out(table)
        self.drop_checks()
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

    def assert_parts_stay(self, tables, wholes, changes):
        """For raw SQL too, parts of what was approved are as they are, each by the trigger that asks for the whole.

        wholes: {model name: an approved record}; changes: {table: a change}.
        """
        parts = [model for model in self.env.registry.values() if getattr(model, "_protected_parent", None)]
        parts = {model._table: model for model in parts if model._table in tables}
        self.assertEqual(sorted(parts), sorted(changes))
        for table, model in parts.items():
            whole = wholes[model._fields[model._protected_parent].comodel_name].id
            with self.subTest(table=table), self.env.cr.savepoint(flush=False):
                self.lay_out(table)
                self.drop_checks()
                self.insert({"id": 1, model._protected_parent: whole})
                self.copy_trigger(table)
                self.assert_all_refused(
                    f"UPDATE trial SET {changes[table]} WHERE id = 1",
                    f"UPDATE trial SET {model._protected_parent} = NULL WHERE id = 1",
                    "DELETE FROM trial WHERE id = 1",
                    f"INSERT INTO trial (id, {model._protected_parent}) VALUES (2, {whole})",
                )
                self.env.cr.execute("DROP TABLE trial")

    def drop_checks(self):
        """Of the table that is laid out: what else an approved row must have is tried by itself."""
        cr = self.env.cr
        cr.execute("SELECT conname FROM pg_constraint WHERE conrelid = 'trial'::regclass AND contype = 'c'")
        for (check,) in cr.fetchall():
            cr.execute(f'ALTER TABLE trial DROP CONSTRAINT "{check}"')  # pylint: disable=sql-injection

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

    def assert_tested(self, triggers, which):
        """The triggers are those of `which`, and each has a test: {"table trigger": (file, test)}.

        which: a condition over the trigger `g` and its table `t`, rows of pg_trigger and pg_class.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT t.relname || ' ' || g.tgname
                  FROM pg_trigger g
                  JOIN pg_class t ON t.oid = g.tgrelid
                 WHERE NOT g.tgisinternal AND (%s)
                """,
                which,
            )
        )
        self.assertEqual(sorted(name for (name,) in self.env.cr.fetchall()), sorted(triggers))
        for trigger, (file, test) in triggers.items():
            with self.subTest(trigger=trigger):
                self.assertIn(f"def {test}(", (Path(__file__).parent / file).read_text(encoding="utf-8"))
