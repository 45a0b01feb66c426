"""Each trigger, and each foreign key written by hand, alone refuses what it is for: without it the same is taken."""

from contextlib import closing

import psycopg2
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .guard_common import GuardCase
from .trigger_trials import FOREIGN_KEYS, LIVE, TRIALS
from .usage_guards import ROWS


@tagged("post_install", "-at_install")
class TestTriggersOneByOne(GuardCase):
    def test_each_refuses_alone_and_is_missed(self):
        triggers = self.find_triggers()
        trials = {**self.make_trials_of_agreed(), **TRIALS}
        self.assertEqual(sorted(triggers), sorted([*trials, *(name for name in ROWS if not name.endswith("_fkey"))]))
        for name, (rows, *refused) in trials.items():
            with self.subTest(trigger=name), closing(self.env.cr.savepoint(flush=False)):
                self.try_trigger(*triggers[name], rows, refused)

    def test_each_foreign_key_by_hand_is_missed(self):
        self.assertEqual(
            sorted(self.find_keys_by_hand()),
            sorted([*FOREIGN_KEYS, *(name.split()[1] for name in ROWS if name.endswith("_fkey"))]),
        )
        for guard, (table, before, refused) in FOREIGN_KEYS.items():
            with self.subTest(foreign_key=guard):
                self.try_statements(table, guard, before, [refused])

    # === WHICH THERE ARE === #

    def find_triggers(self):
        """{"table trigger": (table with its schema, trigger, definition)} of the add-on's, as the database has them."""
        self.env.cr.execute(
            """
            SELECT t.relname || ' ' || g.tgname, n.nspname || '.' || t.relname, g.tgname, pg_get_triggerdef(g.oid)
              FROM pg_trigger g
              JOIN pg_class t ON t.oid = g.tgrelid
              JOIN pg_namespace n ON n.oid = t.relnamespace
             WHERE NOT g.tgisinternal
               AND (n.nspname LIKE %s OR t.relname LIKE %s OR g.tgname LIKE %s)
            """,
            [r"cloud\_billing\_%", r"cloud\_%", r"cloud\_%"],
        )
        return {name: found for name, *found in self.env.cr.fetchall()}

    def find_keys_by_hand(self):
        """The names of foreign keys that no field makes: of tables and of columns that SQL owns."""
        by_fields = {
            (model._table, field.name)
            for model in self.env.registry.values()
            for field in model._fields.values()
            if field.type == "many2one" and field.store and model._auto
        }
        lists = {
            field.relation
            for model in self.env.registry.values()
            for field in model._fields.values()
            if field.type == "many2many" and field.store
        }
        self.env.cr.execute(
            """
            SELECT c.conname,
                   t.relname,
                   (SELECT string_agg(a.attname, ' ')
                      FROM pg_attribute a
                     WHERE a.attrelid = t.oid AND a.attnum = ANY(c.conkey))
              FROM pg_constraint c
              JOIN pg_class t ON t.oid = c.conrelid
              JOIN pg_namespace n ON n.oid = t.relnamespace
             WHERE c.contype = 'f'
               AND (n.nspname LIKE %s OR t.relname LIKE %s)
            """,
            [r"cloud\_billing\_%", r"cloud\_%"],
        )
        return [
            name
            for name, table, columns in self.env.cr.fetchall()
            if table not in lists and (table, columns) not in by_fields
        ]

    # === TRIALS === #

    def make_trials_of_agreed(self):
        """The trials of the guards of records that people approve and of their parts, from what the models say."""
        trials = {}
        for model in self.env.registry.values():
            states = getattr(model, "_approved_states", ())
            parents = self.get_parents(model)
            if not model._auto or not hasattr(model, "_approved_states") or parents is None:
                continue
            table = model._table
            if not parents and states:
                approved = [{"id": number, "company_id": 1, "state": state} for number, state in enumerate(states)]
                rows = {"res_company": LIVE, "cloud_change_request": [], table: approved}
                refused = [f"UPDATE {table} SET company_id = NULL", f"DELETE FROM {table}"]
                refused += [f"INSERT INTO {table} (company_id, state) VALUES (1, '{state}')" for state in states]
            elif parents:
                (_part, link), *above = parents
                root = parents[-1][0]
                rows = {"res_company": LIVE, table: [{"id": 1, link: 1}]}
                for (part, _link), (_whole, its_link) in zip(parents, above, strict=False):
                    rows[part._table] = [{"id": 1, its_link: 1}]
                rows[root._table] = [{"id": 1, "company_id": 1, "state": root._approved_states[0]}]
                refused = [
                    f"INSERT INTO {table} ({link}) VALUES (1)",
                    f"UPDATE {table} SET {link} = 2",
                    f"DELETE FROM {table}",
                ]
            else:
                continue
            trials[f"{table} cloud_billing_guard"] = (rows, *refused)
        return trials

    def get_parents(self, model):
        """[(model above, column that leads there), ...] up to the one whose state decides; None where none does."""
        parents = []
        while getattr(model, "_protected_parent", None):
            link = model._protected_parent
            model = self.env.registry[model._fields[link].comodel_name]
            if not hasattr(model, "_approved_states"):
                return None
            parents.append((model, link))
        return parents if "state" in model._fields and "company_id" in model._fields else None

    def try_trigger(self, table, trigger, definition, rows, refused):
        """Each of the statements is not taken under the trigger, and is without it, on tables of nothing but rows."""
        cr, own = self.env.cr, table.split(".")[1]
        for name in {own, *rows}:
            self.shadow(table if name == own else f"public.{name}")
        for name, values in rows.items():
            for row in values:
                columns = SQL(", ").join(map(SQL.identifier, row))
                cr.execute(
                    SQL("INSERT INTO pg_temp.%s (%s) VALUES %s", SQL.identifier(name), columns, tuple(row.values()))
                )
            # Who groups by the number of a row may ask for the rest of it.
            if name != own and all("id" in row for row in values):
                cr.execute(SQL("ALTER TABLE pg_temp.%s ADD PRIMARY KEY (id)", SQL.identifier(name)))
        # The functions of triggers say names without a schema, and may have looked them up before.
        cr.execute("DISCARD PLANS")
        self.assertIn(f" ON {table} ", definition)
        cr.execute(definition.replace(f" ON {table} ", f" ON pg_temp.{own} "))
        if own == "cloud_change_request":
            # A function of a row: of the row of the table that is laid out, too.
            cr.execute(
                "CREATE FUNCTION public.cloud_billing_guard_agreed_before(request pg_temp.cloud_change_request)"
                " RETURNS boolean LANGUAGE sql AS 'SELECT FALSE'"
            )
        for statement in refused:
            with self.subTest(statement), mute_logger("odoo.sql_db"):
                with self.assertRaises(psycopg2.Error) as caught, closing(cr.savepoint(flush=False)):
                    self.execute_checked(statement)
                # Refused by a function that raises, as what breaks a rule or what nobody has a right to.
                self.assertIn("PL/pgSQL function", caught.exception.diag.context or "")
                self.assertRegex(caught.exception.pgcode, "^(23...|42501)$")
        cr.execute(SQL("DROP TRIGGER %s ON pg_temp.%s", SQL.identifier(trigger), SQL.identifier(own)))
        for statement in refused:
            with self.subTest(statement, without=trigger), closing(cr.savepoint(flush=False)):
                self.assertTrue(self.execute_checked(statement), "What changes nothing proves nothing.")

    def shadow(self, table):
        """A table of the same name that is found before the one of the add-on: its columns, and nothing else."""
        name = SQL.identifier(table.split(".")[1])
        cr = self.env.cr
        cr.execute(SQL("CREATE TEMP TABLE %s (LIKE %s)", name, SQL.identifier(*table.split("."))))
        cr.execute(
            "SELECT attname FROM pg_attribute"
            " WHERE attrelid = to_regclass('pg_temp.' || quote_ident(%s)) AND attnum > 0 AND attnotnull",
            [table.split(".")[1]],
        )
        for (column,) in cr.fetchall():
            cr.execute(SQL("ALTER TABLE pg_temp.%s ALTER %s DROP NOT NULL", name, SQL.identifier(column)))

    def execute_checked(self, statement):
        """How many rows a statement touched, all guards asked."""
        cr = self.env.cr
        cr.execute(statement)
        touched = cr.rowcount
        # What is looked at when the transaction ends is looked at now.
        cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return touched


@tagged("post_install", "-at_install")
class TestWhoseItIs(GuardCase):
    """The guards ask whose company a row is: it is said from the first moment, and not by whoever writes the row."""

    def test_each_guarded_record_says_it_when_it_is_made(self):
        guarded = [
            model
            for model in self.env.registry.values()
            if hasattr(model, "_protected_fields") and model._auto and not model._abstract
        ]
        self.assertGreater(len(guarded), 30)
        for model in guarded:
            if model._name == "res.company":
                continue
            with self.subTest(model=model._name):
                field = model._fields["company_id"]
                self.assertTrue(field.store)
                if field.compute:
                    # What is worked out before the row is made is not taken from whoever makes it.
                    self.assertTrue(field.precompute and field.readonly)
                else:
                    self.assertTrue(field.required)

    def test_nobody_says_another_company_of_a_part(self):
        other = self.env["res.company"].create({"name": "Of someone else"})
        policy = self.env["cloud.approval.policy"].create({"name": "Ours", "company_id": self.company.id})
        scope = self.env["cloud.approval.scope"].create(
            {"policy_id": policy.id, "kind": "bill_run", "company_id": other.id}
        )
        self.env.cr.execute("SELECT company_id FROM cloud_approval_scope WHERE id = %s", [scope.id])
        self.assertEqual(self.env.cr.fetchone()[0], self.company.id)
