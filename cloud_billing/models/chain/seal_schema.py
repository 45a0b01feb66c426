"""The seals: one row per sealed event, in a chain per company, beside the events and as little changed as they are."""

from ...hooks import AUDIT_SCHEMA
from ..record.audit_schema import EVENT_TABLE, WRITTEN_COLUMNS, make, refuse_changes

SEAL_TABLE = f"{AUDIT_SCHEMA}.audit_seal"
# The chain of the events without a company.
NO_COMPANY = 0
# What the row of a chain without a company is called in the ORM, where 0 is no id.
NO_COMPANY_ID = 2147483647
# What a chain begins with.
GENESIS = bytes(32)

# No reference to the events: each insert would lock, and so write, a row of theirs. Verification finds what is missing.
_TABLE = f"""
CREATE TABLE IF NOT EXISTS {SEAL_TABLE} (
    company_id integer NOT NULL,
    seq        bigint NOT NULL CHECK (seq > 0),
    event_id   bigint NOT NULL,
    digest     bytea NOT NULL CHECK (length(digest) = 32),
    previous   bytea NOT NULL CHECK (length(previous) = 32),
    mac        bytea NOT NULL CHECK (length(mac) = 32),
    key_print  text NOT NULL,
    sealed_at  timestamp NOT NULL,
    CONSTRAINT audit_seal_pkey PRIMARY KEY (company_id, seq),
    CONSTRAINT audit_seal_event_once UNIQUE (event_id),
    CONSTRAINT audit_seal_one_after_another UNIQUE (company_id, previous)
);
{refuse_changes(SEAL_TABLE)}"""

_VIEW = f"""
CREATE OR REPLACE VIEW cloud_audit_chain AS
    SELECT COALESCE(chain.company_id, {NO_COMPANY_ID}) AS id,
           chain.company_id,
           COALESCE(head.seq, 0) AS sealed_count,
           encode(head.mac, 'hex') AS head,
           head.sealed_at,
           COALESCE(waiting.event_count, 0) AS waiting_count,
           waiting.since AS waiting_since
      FROM (SELECT id AS company_id FROM res_company UNION ALL SELECT NULL) chain
 LEFT JOIN LATERAL (SELECT seq, mac, sealed_at
                      FROM {SEAL_TABLE} s
                     WHERE s.company_id = COALESCE(chain.company_id, {NO_COMPANY})
                  ORDER BY seq DESC
                     LIMIT 1) head ON TRUE
 LEFT JOIN (SELECT COALESCE(e.company_id, {NO_COMPANY}) AS chain_id, count(*) AS event_count, min(occurred_at) AS since
              FROM {EVENT_TABLE} e
             WHERE NOT EXISTS (SELECT FROM {SEAL_TABLE} s WHERE s.event_id = e.id)
          GROUP BY 1) waiting ON waiting.chain_id = COALESCE(chain.company_id, {NO_COMPANY})
     WHERE chain.company_id IS NOT NULL OR head.seq > 0 OR waiting.event_count > 0
"""

# An event as it is told: number, moment, mark and content, the latter in the order of WRITTEN_COLUMNS.
EVENT_TEXTS = ", ".join(
    ("e.id", "to_char(e.occurred_at, 'YYYY-MM-DD HH24:MI:SS.US')", "e.mark", *(f"e.{n}::text" for n in WRITTEN_COLUMNS))
)


def create(env):
    """Make the table, its guards and the view where they are missing."""
    columns = {"company_id", "seq", "event_id", "digest", "previous", "mac", "key_print"}
    make(env, SEAL_TABLE, _TABLE, columns, _VIEW)
