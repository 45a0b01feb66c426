"""Triggers that keep what was written once as it was written: rows, numbers of deliveries, exceptions, assignments.

They stop mistakes and whoever reaches the tables through Odoo. Whoever owns the database can drop a trigger; that is
found afterwards, not prevented.
"""

from ...hooks import USAGE_SCHEMA
from .usage_schema import ASSIGNMENT_TABLE, DAY_TABLE, EXCEPTION_TABLE, ROW_TABLE, SUMMARY_TABLE

# Named one by one: a later version of the module fills a column of its own in all rows.
_FIXED = (
    "import_id", "source_id", "company_id", "is_snapshot", "provider_account", "billing_month", "content_hash",
    "import_number", "row_count", "cost_billed", "cost_effective", "cost_list", "cost_contracted",
)  # fmt: skip


def _fixed(row):
    return ", ".join(f"{row}.{name}" for name in _FIXED)


_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION {USAGE_SCHEMA}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed: a correction is a new row.', TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation';
END $$;

-- Rows and summaries go away only with a delivery that never got a number.
CREATE OR REPLACE FUNCTION {USAGE_SCHEMA}.refuse_delete_of_delivered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM cloud_usage_delivery WHERE id = OLD.delivery_id AND import_number > 0) THEN
        RAISE EXCEPTION 'Usage of delivery % is imported: undo it instead.', OLD.delivery_id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE OR REPLACE FUNCTION {USAGE_SCHEMA}.keep_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.import_number = 0 THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Delivery % is imported: undo it instead.', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF ({_fixed("NEW")}) IS DISTINCT FROM ({_fixed("OLD")})
       OR OLD.superseded_number NOT IN (0, NEW.superseded_number)
    THEN
        RAISE EXCEPTION 'Delivery % is imported: it never changes, except that it is superseded once.', OLD.id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION {USAGE_SCHEMA}.keep_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.to_number > 0 OR to_jsonb(NEW) - 'to_number' IS DISTINCT FROM to_jsonb(OLD) - 'to_number' THEN
        RAISE EXCEPTION 'Assignment % never changes, except that it ends once.', OLD.id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION {USAGE_SCHEMA}.keep_exception() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ending CONSTANT text[] := ARRAY['to_number', 'end_reason', 'end_user_id', 'ended_at'];
BEGIN
    IF OLD.to_number > 0 OR to_jsonb(NEW) - ending IS DISTINCT FROM to_jsonb(OLD) - ending THEN
        RAISE EXCEPTION 'Exception % of a row never changes, except that it ends once.', OLD.id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# Each: table, name of the trigger, when it fires, name of the function.
_TRIGGERS = [
    (ROW_TABLE, "never_changed", "BEFORE UPDATE", "refuse_change"),
    (ROW_TABLE, "deleted_with_delivery", "BEFORE DELETE", "refuse_delete_of_delivered"),
    (SUMMARY_TABLE, "never_changed", "BEFORE UPDATE", "refuse_change"),
    (SUMMARY_TABLE, "deleted_with_delivery", "BEFORE DELETE", "refuse_delete_of_delivered"),
    (DAY_TABLE, "never_changed", "BEFORE UPDATE", "refuse_change"),
    (DAY_TABLE, "deleted_with_delivery", "BEFORE DELETE", "refuse_delete_of_delivered"),
    (EXCEPTION_TABLE, "ends_once", "BEFORE UPDATE", "keep_exception"),
    (EXCEPTION_TABLE, "never_deleted", "BEFORE DELETE", "refuse_change"),
    (ASSIGNMENT_TABLE, "ends_once", "BEFORE UPDATE", "keep_assignment"),
    (ASSIGNMENT_TABLE, "never_deleted", "BEFORE DELETE", "refuse_change"),
    ("cloud_usage_delivery", "cloud_usage_delivery_kept", "BEFORE UPDATE OR DELETE", "keep_delivery"),
]
_TRUNCATED = (ROW_TABLE, SUMMARY_TABLE, DAY_TABLE, EXCEPTION_TABLE, ASSIGNMENT_TABLE)


def create(cr):
    """Make the guards where they are missing; the tables are there."""
    cr.execute(_FUNCTIONS)
    # Identifiers cannot be parameters; these are constants of this file.
    for table, name, when, function in _TRIGGERS:
        cr.execute(  # pylint: disable=sql-injection
            f"CREATE OR REPLACE TRIGGER {name} {when} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {USAGE_SCHEMA}.{function}()"
        )
    for table in _TRUNCATED:
        cr.execute(  # pylint: disable=sql-injection
            f"CREATE OR REPLACE TRIGGER never_truncated BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {USAGE_SCHEMA}.refuse_change()"
        )
