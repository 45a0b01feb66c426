"""Nobody accepts his or her own two roles, with whatever login, and what was accepted says the same for ever."""

ACCEPTANCES = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_acceptance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'What was accepted is not deleted.' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.owner, NEW.person_id, NEW.logins, NEW.company_id, NEW.conflict, NEW.reason, NEW.date_end, NEW.user_id,
            NEW.accepted_by)
           IS DISTINCT FROM
           (OLD.owner, OLD.person_id, OLD.logins, OLD.company_id, OLD.conflict, OLD.reason, OLD.date_end, OLD.user_id,
            OLD.accepted_by)
        THEN
            RAISE EXCEPTION 'What was accepted is not changed.' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    -- A company of one person has nobody else.
    IF NOT EXISTS (SELECT 1 FROM res_company WHERE id = NEW.company_id AND cloud_billing_state = 'solo')
       AND EXISTS (
           SELECT 1 FROM res_users u
            WHERE u.id = NEW.user_id
              AND (NEW.owner IN (-u.id, u.cloud_person_id)
                   OR u.cloud_person_id = (SELECT cloud_person_id FROM res_users WHERE id = -NEW.owner)))
    THEN
        RAISE EXCEPTION 'Nobody accepts his or her own two roles.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE INSERT OR UPDATE OR DELETE ON cloud_segregation_acceptance
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_acceptance();
"""
