"""What was signed stays as it was signed: for raw SQL too, while the triggers stand."""

_FUNCTION = """
CREATE OR REPLACE FUNCTION cloud_audit_review_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'cloud_audit_review' THEN
        IF OLD.state = 'signed' THEN
            RAISE EXCEPTION 'A signed review is never changed or deleted.' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSIF EXISTS (SELECT FROM cloud_audit_review WHERE id = OLD.review_id AND state = 'signed') THEN
        RAISE EXCEPTION 'A signed review is never changed or deleted.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
_TRIGGER = """
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION cloud_audit_review_refuse_change();
"""


def guard(cr, table):
    """Set the guard on the table of reviews or of their lines."""
    cr.execute(_FUNCTION)
    # The name is that of a model of this room; an identifier cannot be a parameter.
    cr.execute(_TRIGGER.format(table=table))  # pylint: disable=sql-injection
