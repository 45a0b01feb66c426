"""PostgreSQL's statistics of a table of which a large part has just come."""

from odoo.tools import SQL

# Fewer rows are found one by one as fast as in any other way.
_MANY = 1000


def refresh_statistics(env, model, names, count):
    """Have PostgreSQL look at a table again after `count` of its rows were added or written in these columns.

    It does so by itself, a minute or two later. What reads the rows at once is planned for a table that has none or a
    few of them, and looks at all of them again for each: minutes instead of a second, where there are ten thousand.
    Takes some milliseconds; not where it is a small part of the table, and not where somebody else is at it.
    """
    if count < _MANY:
        return
    table = env[model]._table
    env.cr.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
    # As autovacuum: a tenth of what is known.
    if count > env.cr.fetchone()[0] / 10:
        columns = SQL(", ").join(SQL.identifier(name) for name in names)
        env.cr.execute(SQL("ANALYZE (SKIP_LOCKED) %s (%s)", SQL.identifier(table), columns))
