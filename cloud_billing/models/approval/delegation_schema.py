"""A delegation says the same for ever: only that it was revoked is added, once."""

DELEGATIONS = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'A delegation is revoked, not deleted.' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at
       OR (NEW.person_id, NEW.delegate_id, NEW.company_id, NEW.kind, NEW.date_start, NEW.date_end)
          IS DISTINCT FROM (OLD.person_id, OLD.delegate_id, OLD.company_id, OLD.kind, OLD.date_start, OLD.date_end)
    THEN
        RAISE EXCEPTION 'A delegation is not changed.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE UPDATE OR DELETE ON cloud_approval_delegation
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_delegation();
"""
