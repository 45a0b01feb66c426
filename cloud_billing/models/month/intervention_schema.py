"""The interventions: a table beside the audit events, with the same guards, and what the ORM reads of it."""

from ...hooks import AUDIT_SCHEMA

INTERVENTION_TABLE = f"{AUDIT_SCHEMA}.intervention"
# What is written of one intervention, with the types of the columns.
COLUMNS = {
    "company_id": "integer",
    "user_id": "integer",
    "user_login": "text",
    "person_name": "text",
    "kind": "text",
    "res_model": "text",
    "res_id": "bigint",
    "res_name": "text",
    "customer_id": "integer",
    "run_id": "integer",
    "bill_id": "integer",
    "move_id": "integer",
    "amount": "numeric",
    "currency_id": "integer",
    "reason": "text",
    "request_id": "integer",
}

# No foreign keys, as with audit events: a draft run goes away and contacts are merged, and what was done stays told.
_TABLE = f"""
CREATE TABLE IF NOT EXISTS {INTERVENTION_TABLE} (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at timestamp NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC'),
    company_id  integer NOT NULL,
    user_id     integer NOT NULL,
    user_login  text NOT NULL,
    person_name text,
    kind        text NOT NULL,
    res_model   text NOT NULL,
    res_id      bigint NOT NULL,
    res_name    text,
    customer_id integer,
    run_id      integer,
    bill_id     integer,
    move_id     integer,
    amount      numeric,
    currency_id integer,
    reason      text NOT NULL,
    request_id  integer,
    CONSTRAINT intervention_has_reason CHECK (btrim(reason) <> ''),
    CONSTRAINT intervention_amount_has_currency CHECK (amount IS NULL OR currency_id IS NOT NULL),
    CONSTRAINT intervention_amount_finite CHECK (amount NOT IN ('NaN', 'Infinity', '-Infinity'))
);
CREATE INDEX IF NOT EXISTS intervention_month_idx ON {INTERVENTION_TABLE} (company_id, occurred_at);
CREATE INDEX IF NOT EXISTS intervention_record_idx ON {INTERVENTION_TABLE} (res_model, res_id);

CREATE OR REPLACE FUNCTION {AUDIT_SCHEMA}.refuse_change_of_intervention() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The register of interventions is never changed: what puts one right is another one.'
          USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE OR REPLACE TRIGGER refuse_row_change BEFORE UPDATE OR DELETE ON {INTERVENTION_TABLE}
    FOR EACH ROW EXECUTE FUNCTION {AUDIT_SCHEMA}.refuse_change_of_intervention();
CREATE OR REPLACE TRIGGER refuse_truncate BEFORE TRUNCATE ON {INTERVENTION_TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION {AUDIT_SCHEMA}.refuse_change_of_intervention();
"""

# Who and what of a record that does not exist any more is empty; how it was called stays.
_GOING = {
    "user_id": "res_users",
    "customer_id": "cloud_customer",
    "run_id": "cloud_bill_run",
    "bill_id": "cloud_bill",
    "move_id": "account_move",
    "request_id": "cloud_change_request",
}
_KEPT = [name for name in COLUMNS if name not in _GOING]
QUERY = f"""
    SELECT i.id,
           i.occurred_at,
           {", ".join(f"i.{name}" for name in _KEPT)},
           {", ".join(f"{name}_now.id AS {name}" for name in _GOING)}
      FROM {INTERVENTION_TABLE} i
 {" ".join(f"LEFT JOIN {table} {name}_now ON {name}_now.id = i.{name}" for name, table in _GOING.items())}
"""


def create(cr):
    """Make the table and its guards where they are missing."""
    cr.execute(_TABLE)
