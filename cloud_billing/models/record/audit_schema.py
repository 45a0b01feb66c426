"""The audit events: a table in a schema of its own, triggers that refuse every change, and the ORM's view on it.

The table outlives the module: where an earlier installation left it, it gets what it lacks.
"""

from odoo.exceptions import UserError

from ...hooks import AUDIT_SCHEMA

EVENT_TABLE = f"{AUDIT_SCHEMA}.audit_event"
# What the program says of an event; its number and its moment are the database's.
WRITTEN_COLUMNS = (
    "company_id", "user_id", "user_login", "person_name", "action", "res_model", "res_id", "res_name", "detail",
    "reason", "request_id", "changes", "origin", "address",
)  # fmt: skip
JSON_COLUMNS = ("detail", "changes")


def refuse_changes(table):
    """Statements for a table of this schema: whoever changes or deletes a row of it is refused by the database."""
    return f"""
CREATE OR REPLACE TRIGGER refuse_row_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {AUDIT_SCHEMA}.refuse_change();
CREATE OR REPLACE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {AUDIT_SCHEMA}.refuse_change();
"""


# No foreign keys: merging contacts or deleting a user must neither fail on history nor change it.
_TABLE = f"""
CREATE TABLE IF NOT EXISTS {EVENT_TABLE} (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at timestamp NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC'),
    company_id  integer,
    user_id     integer,
    user_login  text,
    person_name text,
    action      text NOT NULL,
    res_model   text,
    res_id      bigint,
    res_name    text,
    detail      jsonb,
    reason      text,
    request_id  integer
);
ALTER TABLE {EVENT_TABLE}
    ADD COLUMN IF NOT EXISTS changes jsonb,
    ADD COLUMN IF NOT EXISTS origin text,
    ADD COLUMN IF NOT EXISTS address text,
    ADD COLUMN IF NOT EXISTS mark bytea;
CREATE INDEX IF NOT EXISTS audit_event_time_idx ON {EVENT_TABLE} (occurred_at);
CREATE INDEX IF NOT EXISTS audit_event_record_idx ON {EVENT_TABLE} (res_model, res_id);
-- Most events are of no request, and cost nothing here.
CREATE INDEX IF NOT EXISTS audit_event_request_idx ON {EVENT_TABLE} (request_id) WHERE request_id IS NOT NULL;

CREATE OR REPLACE FUNCTION {AUDIT_SCHEMA}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Audit events are never changed or deleted.' USING ERRCODE = 'insufficient_privilege';
END $$;
{refuse_changes(EVENT_TABLE)}"""

_VIEW = f"""
CREATE OR REPLACE VIEW cloud_audit_event AS
    SELECT id, occurred_at, company_id, user_id, user_login, person_name,
           action, res_model, res_id, res_name, detail, reason, request_id,
           changes, origin, address
      FROM {EVENT_TABLE}
"""


def create(env):
    """Make the table, its guards and the view where they are missing."""
    make(env, EVENT_TABLE, _TABLE, {*WRITTEN_COLUMNS, "mark"}, _VIEW)


def make(env, table, statements, columns, view):
    """Make a table of this schema by its statements, unless it has another owner, and the ORM's view on it.

    Raises UserError where a table of another owner lacks one of these columns.
    """
    if is_ours(env.cr):
        env.cr.execute(statements)
    else:
        _check_columns(env, table, columns)
    env.cr.execute(view)


def is_ours(cr):
    """Whether the server may change the tables: not where they were given to another owner (docs/control.md)."""
    cr.execute(
        "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass(%s)", [EVENT_TABLE]
    )
    return (cr.fetchone() or (True,))[0]


def _check_columns(env, table, wanted):
    """What that owner has to do, nobody else can."""
    env.cr.execute("SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0", [table])
    missing = sorted(wanted - {name for (name,) in env.cr.fetchall()})
    if missing:
        raise UserError(
            env._(
                "The table %(table)s belongs to another database role and lacks %(columns)s. Give it to the server's "
                "role, update Cloud Billing, and give it back (docs/control.md, A separate owner of the tables).",
                table=table,
                columns=", ".join(missing),
            )
        )
