"""The tables of usage rows, owned by SQL in a schema of their own, and the views through which the ORM reads them.

Odoo's ids are int4, its ON CONFLICT burns sequence numbers and its uninstall drops what it owns: rows by the hundred
million belong elsewhere. No foreign keys to ORM tables: a row refers to a delivery, which refuses to be deleted.
"""

from ...hooks import USAGE_SCHEMA
from .usage_counting import EXCEPTION_TABLE, passes_filters, was_out

ROW_TABLE = f"{USAGE_SCHEMA}.usage_row"
COUNTER_TABLE = f"{USAGE_SCHEMA}.import_counter"
SUMMARY_TABLE = f"{USAGE_SCHEMA}.delivery_stream"
DAY_TABLE = f"{USAGE_SCHEMA}.delivery_day"
KNOWN_TABLE = f"{USAGE_SCHEMA}.known_again"
ASSIGNMENT_TABLE = f"{USAGE_SCHEMA}.assignment"
STATE_VIEW = f"{USAGE_SCHEMA}.row_state"

# `scope` is 0 for an append source, the import for a snapshot: with `row_key` (digest of the id, or of the content) and
# `ordinal` (nth identical row of a snapshot, or of appended rows without an id; nth accepted version of one with an id)
# it makes a row exist once.
# The unique index begins with (source_id, scope), so it also finds the rows of one snapshot import; only appended rows
# need an index by delivery.
_TABLES = f"""
CREATE TABLE IF NOT EXISTS {ROW_TABLE} (
    id              bigint GENERATED ALWAYS AS IDENTITY (CACHE 100) PRIMARY KEY,
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
CREATE INDEX IF NOT EXISTS usage_row_appended_idx ON {ROW_TABLE} (delivery_id) WHERE scope = 0;
CREATE INDEX IF NOT EXISTS usage_row_stream_idx ON {ROW_TABLE} (stream_id, service_start);

-- A single row that is out of billing from one number until another (0: until now): replaced by an accepted version,
-- held for review, or waived. Appended to, and ended once by a release or by the next decision; one at a time.
-- `broken`: of a row that was held by checks, which of them it broke and by which figures; `check_id` the first.
CREATE TABLE IF NOT EXISTS {EXCEPTION_TABLE} (
    id           bigint    GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    row_id       bigint    NOT NULL REFERENCES {ROW_TABLE} (id),
    kind         text      NOT NULL CHECK (kind IN ('superseded', 'held', 'waived')),
    from_number  integer   NOT NULL CHECK (from_number > 0),
    to_number    integer   NOT NULL DEFAULT 0,
    reason       text      NOT NULL CHECK (reason <> ''),
    user_id      integer   NOT NULL,
    created_at   timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
    check_id     integer,
    broken       jsonb,
    end_reason   text,
    end_user_id  integer,
    ended_at     timestamp,
    CHECK (to_number = 0 OR to_number > from_number),
    CHECK (to_number = 0 OR kind <> 'superseded'),
    CHECK ((to_number > 0) = (end_reason IS NOT NULL AND end_user_id IS NOT NULL AND ended_at IS NOT NULL)),
    UNIQUE (row_id, from_number)
);
CREATE UNIQUE INDEX IF NOT EXISTS row_exception_once_idx ON {EXCEPTION_TABLE} (row_id) WHERE to_number = 0;
CREATE INDEX IF NOT EXISTS row_exception_open_idx ON {EXCEPTION_TABLE} (kind, id) WHERE to_number = 0;

-- The last import number of a company: the UPDATE of its one row orders imports and mappings by commit.
CREATE TABLE IF NOT EXISTS {COUNTER_TABLE} (
    company_id  integer PRIMARY KEY,
    last_number integer NOT NULL DEFAULT 0
);

-- What a delivery brought for a stream: written once when it has been read, so that totals of many months need no rows.
-- The two content sums add up the halves of the rows' digests: equal sums and counts are equal rows in any order.
CREATE TABLE IF NOT EXISTS {SUMMARY_TABLE} (
    delivery_id         integer   NOT NULL,
    stream_id           integer   NOT NULL,
    row_count           bigint    NOT NULL,
    quantity            numeric,
    cost_billed         numeric,
    cost_effective      numeric,
    cost_list           numeric,
    cost_contracted     numeric,
    first_service_start timestamp NOT NULL,
    last_service_start  timestamp NOT NULL,
    content_high        numeric   NOT NULL,
    content_low         numeric   NOT NULL,
    PRIMARY KEY (delivery_id, stream_id)
);
CREATE INDEX IF NOT EXISTS delivery_stream_stream_idx ON {SUMMARY_TABLE} (stream_id);

-- The same by day of service, in the time zone that its source had then: what says whether a day is complete, without
-- any row. `repeats` are rows that equal another one of their snapshot; bit n of `hours`: usage begins in hour n.
CREATE TABLE IF NOT EXISTS {DAY_TABLE} (
    delivery_id integer NOT NULL,
    stream_id   integer NOT NULL,
    day         date    NOT NULL,
    source_id   integer NOT NULL,
    row_count   bigint  NOT NULL,
    repeats     bigint  NOT NULL,
    quantity    numeric,
    cost_billed numeric,
    hours       integer NOT NULL,
    PRIMARY KEY (delivery_id, stream_id, day)
);
CREATE INDEX IF NOT EXISTS delivery_day_source_idx ON {DAY_TABLE} (source_id, day);

-- How often a running import said again what was there already, of rows that are known by their content alone.
CREATE TABLE IF NOT EXISTS {KNOWN_TABLE} (
    import_id integer NOT NULL,
    row_key   bytea   NOT NULL,
    row_count integer NOT NULL CHECK (row_count > 0),
    PRIMARY KEY (import_id, row_key)
);

-- Who owns which stretch of a stream and what its rows are for, as of every number: mappings and policies are edited,
-- this is appended to and ended once, so that what a bill counted can be told after any remapping.
CREATE TABLE IF NOT EXISTS {ASSIGNMENT_TABLE} (
    id                   bigint    GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id           integer   NOT NULL,
    stream_id            integer   NOT NULL,
    subscription_line_id integer,
    analytic_account_id  integer,
    policy               text      NOT NULL CHECK (policy IN ('bill', 'keep', 'hold')),
    utc_start            timestamp,
    utc_end              timestamp,
    from_number          integer   NOT NULL CHECK (from_number > 0),
    to_number            integer   NOT NULL DEFAULT 0,
    CHECK (to_number = 0 OR to_number > from_number),
    CHECK (num_nonnulls(subscription_line_id, analytic_account_id) = 1),
    EXCLUDE USING gist (int4range(stream_id, stream_id, '[]') WITH &&, tsrange(utc_start, utc_end) WITH &&)
        WHERE (to_number = 0)
);
CREATE INDEX IF NOT EXISTS assignment_stream_idx ON {ASSIGNMENT_TABLE} (stream_id);
CREATE INDEX IF NOT EXISTS assignment_line_idx ON {ASSIGNMENT_TABLE} (subscription_line_id);
"""

_RECORD_VIEW = f"""
DROP VIEW IF EXISTS cloud_usage_record;
CREATE VIEW cloud_usage_record AS
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
           r.tags,
           d.superseded_number = 0 AND e.kind IS DISTINCT FROM 'superseded' AS is_live
      FROM {ROW_TABLE} r
      JOIN cloud_usage_delivery d ON d.id = r.delivery_id
 LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id AND e.to_number = 0
     WHERE d.import_number > 0
"""

# Exactly one state for every live row, derived on reading: nothing is written on rows. Held and waived: the row itself;
# hold and keep: what its stream or its source says. Uncounted: its owner is a line
# whose meter leaves it out, so that it is billed by nobody until a line with another meter gets the stream. Billed: a
# live charge counted it as of its own number, by the owner and policy of that time; or it counted the same content in
# the delivery that this one replaced, which is why no correction will ever come. cloud.usage.store._prove_states checks
# the sums.
_STATE_VIEW = f"""
DROP VIEW IF EXISTS {STATE_VIEW};
CREATE VIEW {STATE_VIEW} AS
    SELECT r.id,
           d.company_id,
           r.source_id,
           r.stream_id,
           r.delivery_id,
           r.billing_month,
           r.service_start,
           r.quantity,
           r.cost_billed,
           r.cost_effective,
           r.cost_list,
           r.cost_contracted,
           a.subscription_line_id,
           a.analytic_account_id,
           CASE WHEN e.kind IN ('held', 'waived') THEN e.kind
                WHEN a.analytic_account_id IS NOT NULL THEN 'internal'
                WHEN COALESCE(s.policy, p.policy, 'hold') <> 'bill' THEN COALESCE(s.policy, p.policy, 'hold')
                WHEN a.id IS NULL THEN 'unmatched'
                WHEN NOT {passes_filters("t.cloud_meter_id")} THEN 'uncounted'
                WHEN EXISTS (SELECT FROM cloud_charge c
                               JOIN {ASSIGNMENT_TABLE} b ON b.subscription_line_id = c.subscription_line_id
                              WHERE c.subscription_line_id = a.subscription_line_id
                                AND c.meter_id IS NOT NULL
                                AND c.state = 'billed'
                                AND c.is_live
                                AND (c.usage_number >= d.import_number AND NOT {was_out("r.id", "c.usage_number")}
                                     OR EXISTS (SELECT FROM cloud_usage_delivery f
                                                  JOIN {ROW_TABLE} o
                                                    ON o.source_id = r.source_id
                                                   AND o.scope = CASE WHEN r.scope = 0 THEN 0 ELSE f.import_id END
                                                   AND o.row_key = r.row_key
                                                   AND o.payload_hash = r.payload_hash
                                                   AND (o.ordinal = r.ordinal OR r.scope = 0)
                                                   AND o.delivery_id = f.id
                                                 WHERE f.source_id = d.source_id
                                                   AND f.provider_account = d.provider_account
                                                   AND f.billing_month IS NOT DISTINCT FROM d.billing_month
                                                   AND f.import_number BETWEEN 1 AND c.usage_number
                                                   AND f.superseded_number > c.usage_number
                                                   AND NOT {was_out("o.id", "c.usage_number")}))
                                AND (c.billing_month IS NULL OR c.billing_month = r.billing_month)
                                AND (r.service_start >= c.utc_start OR c.service_start <= c.billing_month)
                                AND (r.service_start < c.utc_end
                                     OR c.service_end >= (c.billing_month + interval '1 month')::date)
                                AND b.stream_id = r.stream_id
                                AND b.policy = 'bill'
                                AND b.from_number <= c.usage_number
                                AND (b.to_number = 0 OR b.to_number > c.usage_number)
                                AND (b.utc_start IS NULL OR r.service_start >= b.utc_start)
                                AND (b.utc_end IS NULL OR r.service_start < b.utc_end))
                THEN 'billed'
                ELSE 'bill'
            END AS state
      FROM {ROW_TABLE} r
      JOIN cloud_usage_delivery d ON d.id = r.delivery_id
      JOIN cloud_usage_stream s ON s.id = r.stream_id
 LEFT JOIN cloud_usage_source_policy p ON p.source_id = s.source_id AND p.charge_kind = s.charge_kind
 LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id AND e.to_number = 0
 LEFT JOIN {ASSIGNMENT_TABLE} a ON a.stream_id = r.stream_id
                               AND a.to_number = 0
                               AND (a.utc_start IS NULL OR r.service_start >= a.utc_start)
                               AND (a.utc_end IS NULL OR r.service_start < a.utc_end)
 LEFT JOIN cloud_subscription_line l ON l.id = a.subscription_line_id
 LEFT JOIN product_product g ON g.id = l.product_id
 LEFT JOIN product_template t ON t.id = g.product_tmpl_id
     WHERE d.import_number > 0
       AND d.superseded_number = 0
       AND e.kind IS DISTINCT FROM 'superseded'
"""


def create(cr):
    """Make the tables and the view of rows where they are missing; their schema is made before the module installs."""
    cr.execute(_TABLES)
    cr.execute(_RECORD_VIEW)


def create_state_view(cr):
    """Make the view of row states; it reads charges, so it comes after all tables of the module."""
    cr.execute(_STATE_VIEW)
