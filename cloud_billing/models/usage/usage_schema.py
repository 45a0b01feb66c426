"""The tables of usage rows, owned by SQL in a schema of their own, and the view through which the ORM reads them.

Odoo's ids are int4, its ON CONFLICT burns sequence numbers and its uninstall drops what it owns: rows by the hundred
million belong elsewhere. No foreign keys to ORM tables: a row refers to a delivery, which refuses to be deleted.
"""
from ...hooks import USAGE_SCHEMA

ROW_TABLE = f"{USAGE_SCHEMA}.usage_row"

# `scope` is 0 for an append source, the import for a snapshot: with `row_key` (digest of the id, or of the content) and
# `ordinal` (nth identical row of a snapshot; nth accepted version of an appended row) it makes a row exist once.
_TABLES = f"""
CREATE TABLE IF NOT EXISTS {ROW_TABLE} (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id       integer  NOT NULL,
    scope           integer  NOT NULL,
    row_key         bytea    NOT NULL,
    ordinal         integer  NOT NULL DEFAULT 0,
    payload_hash    bytea    NOT NULL,
    import_id       integer  NOT NULL,
    delivery_id     integer  NOT NULL,
    stream_id       integer  NOT NULL,
    file_sequence   integer  NOT NULL,
    row_no          integer  NOT NULL,
    external_id     text,
    service_start   timestamp NOT NULL,
    service_end     timestamp NOT NULL,
    billing_month   date,
    quantity        numeric,
    cost_billed     numeric,
    cost_effective  numeric,
    cost_list       numeric,
    cost_contracted numeric,
    resource        text,
    tags            jsonb,
    CHECK (service_start <= service_end),
    CHECK (quantity        NOT IN ('NaN', 'Infinity', '-Infinity')),
    CHECK (cost_billed     NOT IN ('NaN', 'Infinity', '-Infinity')),
    CHECK (cost_effective  NOT IN ('NaN', 'Infinity', '-Infinity')),
    CHECK (cost_list       NOT IN ('NaN', 'Infinity', '-Infinity')),
    CHECK (cost_contracted NOT IN ('NaN', 'Infinity', '-Infinity')),
    UNIQUE (source_id, scope, row_key, ordinal)
);
CREATE INDEX IF NOT EXISTS usage_row_delivery_idx ON {ROW_TABLE} (delivery_id, stream_id);
CREATE INDEX IF NOT EXISTS usage_row_stream_idx ON {ROW_TABLE} (stream_id, service_start);

-- A single row taken out of billing from an import number on (undo, accepted quarantine), or held or waived by a person.
CREATE TABLE IF NOT EXISTS {USAGE_SCHEMA}.row_exception (
    row_id            bigint  PRIMARY KEY REFERENCES {ROW_TABLE} (id),
    kind              text    NOT NULL CHECK (kind IN ('superseded', 'held', 'waived')),
    superseded_number integer NOT NULL DEFAULT 0,
    reason            text    NOT NULL,
    user_id           integer NOT NULL,
    created_at        timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);

-- The last import number of a company: the UPDATE of its one row orders imports by commit.
CREATE TABLE IF NOT EXISTS {USAGE_SCHEMA}.import_counter (
    company_id  integer PRIMARY KEY,
    last_number integer NOT NULL DEFAULT 0
);
"""

_VIEW = f"""
CREATE OR REPLACE VIEW cloud_usage_record AS
    SELECT r.id,
           r.source_id,
           d.company_id,
           r.import_id,
           r.delivery_id,
           r.stream_id,
           r.file_sequence,
           r.row_no,
           r.external_id,
           r.service_start,
           r.service_end,
           r.billing_month,
           r.quantity,
           r.cost_billed,
           r.cost_effective,
           r.cost_list,
           r.cost_contracted,
           r.resource,
           r.tags
      FROM {ROW_TABLE} r
      JOIN cloud_usage_delivery d ON d.id = r.delivery_id
     WHERE d.import_number > 0
"""


def create(cr):
    """Make the tables and the view where they are missing; the schema itself is made before the module installs."""
    cr.execute(_TABLES)
    cr.execute(_VIEW)
