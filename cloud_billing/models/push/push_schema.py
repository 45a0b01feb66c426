"""Cancelled events, beside the usage rows in the schema that SQL owns."""

from ...hooks import USAGE_SCHEMA
from ..usage.usage_schema import ROW_TABLE

CANCEL_TABLE = f"{USAGE_SCHEMA}.push_cancel"

# A row that its sender took back, and the import with whose number it goes out. Once, and never changed.
_TABLE = f"""
CREATE TABLE IF NOT EXISTS {CANCEL_TABLE} (
    row_id     bigint  PRIMARY KEY REFERENCES {ROW_TABLE} (id),
    import_id  integer NOT NULL,
    batch_id   integer NOT NULL
);
CREATE INDEX IF NOT EXISTS push_cancel_import_idx ON {CANCEL_TABLE} (import_id);
"""
_GUARDS = (("never_changed", "BEFORE UPDATE OR DELETE", "ROW"), ("never_truncated", "BEFORE TRUNCATE", "STATEMENT"))


def create(cr):
    """Make the table and its guards where they are missing; the usage rows are there."""
    cr.execute(_TABLE)
    for name, when, each in _GUARDS:
        cr.execute(  # pylint: disable=sql-injection
            f"CREATE OR REPLACE TRIGGER {name} {when} ON {CANCEL_TABLE}"
            f" FOR EACH {each} EXECUTE FUNCTION {USAGE_SCHEMA}.refuse_change()"
        )
