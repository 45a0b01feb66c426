"""One row of each model for each of two customers: those of a month, and for the rest rows that only stand there."""

from datetime import date, datetime, timedelta

from odoo.tools import SQL

from ..models.access.sharing_table import PATHS

_TEXTS = ("char", "text", "html")


def get_limited_models(env):
    """Every model that keeps rows which somebody may be kept from, by name: ours, and Odoo's that the table names.

    An add-on beside this one that limits other models has tests of its own for them.
    """
    models = [env[name] for name in sorted(env) if name.startswith("cloud.") or name in PATHS]
    return [
        model
        for model in models
        if not (model._abstract or model._transient) and model._get_sharing_paths() is not None
    ]


class RowMaker:
    """Finds or makes rows for parties: {party: {model: record id}}.

    A row that is made satisfies no rule of its model: checks and triggers of its table are put aside until the test
    rolls back. Its links lead to rows of the same party, which is all that rules on rows ask.
    """

    def __init__(self, env, parties):
        self.env = env(su=True)
        self.parties = parties
        # So that no two rows have the same text, number or day.
        self.count = 0

    def complete(self, models):
        """Give each party a row of each of the models, in whatever order links allow."""
        self.env.flush_all()
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.names = {model._name for model in models if self._is_table(model)}
        waiting = [model for model in models if model._name in self.names]
        for _round in range(4):
            waiting = [model for model in waiting if not self._give(model)]
        for model in waiting:
            self._give(model, needs_all=False)
        self.env.invalidate_all()

    def work(self):
        """Set rows that were made to what the lists over several tables tell: a run at work, and seats that count."""
        for model, column, value in (
            ("cloud.bill.run", "state", "rating"),
            ("cloud.seat.delivery", "state", "applied"),
            ("cloud.seat.row", "as_of", date(2026, 3, 10)),
            ("cloud.seat.row", "is_applied", True),
        ):
            statement = SQL(
                "UPDATE %s SET %s = %s WHERE id = ANY(%s)",
                SQL.identifier(self.env[model]._table),
                SQL.identifier(column),
                value,
                [rows[model] for rows in self.parties.values()],
            )
            self.env.cr.execute(statement)
        self.env.invalidate_all()

    def _is_table(self, model):
        self.env.cr.execute(
            "SELECT 1 FROM pg_class WHERE relname = %s AND relkind IN ('r', 'p') AND pg_table_is_visible(oid)",
            [model._table],
        )
        return bool(self.env.cr.rowcount)

    def _give(self, model, needs_all=True):
        """Whether each party has a row of a model now. needs_all: only where each of its links has where to lead to."""
        links = [field for field in model._fields.values() if field.type == "many2one" and field.store]
        if all(model._name in rows for rows in self.parties.values()):
            return True
        known = set.intersection(*(set(rows) for rows in self.parties.values())) | {model._name}
        if needs_all and any(link.comodel_name in self.names - known for link in links):
            return False
        for rows in self.parties.values():
            if model._name not in rows:
                rows[model._name] = self._insert(model, links, rows)
        return True

    def _insert(self, model, links, rows):
        self._put_rules_aside(model._table)
        values = {link.name: rows.get(link.comodel_name) for link in links}
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND is_nullable = 'NO' AND column_default IS NULL AND column_name <> 'id'",
            [model._table],
        )
        for (name,) in self.env.cr.fetchall():
            if values.get(name) is None:
                values[name] = self._get_any(model._fields.get(name))
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) VALUES %s RETURNING id",
                SQL.identifier(model._table),
                SQL(", ").join(SQL.identifier(name) for name in values),
                tuple(values.values()),
            )
        )
        return self.env.cr.fetchone()[0]

    def _put_rules_aside(self, table):
        self.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'x', 'u')", [table]
        )
        for (name,) in self.env.cr.fetchall():
            self.env.cr.execute(
                SQL("ALTER TABLE %s DROP CONSTRAINT %s CASCADE", SQL.identifier(table), SQL.identifier(name))
            )
        self.env.cr.execute(
            "SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
            [table],
        )
        for (name,) in self.env.cr.fetchall():
            self.env.cr.execute(SQL("DROP INDEX %s CASCADE", SQL.identifier(name)))

    def _get_any(self, field):
        """A value of a column that has to have one."""
        self.count += 1
        if field is None or field.type in _TEXTS:
            return f"{self.count:x}"
        if field.type == "many2one":
            return self._find_any(self.env[field.comodel_name])
        if field.type == "selection":
            return field.get_values(self.env)[0]
        if field.type == "boolean":
            return False
        if field.type in ("date", "datetime"):
            return (date if field.type == "date" else datetime)(2026, 3, 1) + timedelta(days=self.count)
        return "{}" if field.type == "json" else self.count

    def _find_any(self, model):
        """A row of what a company sets up, which is nobody's: one that is there, or made."""
        model = model.with_context(active_test=False)
        found = model.search([], limit=1).id
        return found or self._insert(model, [], {"res.company": self.env.company.id})
