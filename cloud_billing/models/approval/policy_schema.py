"""What the database refuses of policies beside the triggers of every agreed record: their end, and lists of people."""

POLICY = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_policy_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ended_at IS DISTINCT FROM OLD.ended_at AND OLD.state = 'approved'
       AND EXISTS (SELECT 1 FROM res_company WHERE id = OLD.company_id AND cloud_billing_state = 'live')
       AND (OLD.ended_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM cloud_change_request q
         WHERE q.res_model = 'cloud.approval.policy' AND q.state = 'applied'
           AND q.applied_xid = txid_current()::text
           AND (q.kind = 'approval_policy_end' AND q.res_id = NEW.id
                OR q.kind = 'approval_policy'
                   AND q.res_id IN (SELECT id FROM cloud_approval_policy WHERE replaces_id = NEW.id))
    )) THEN
        RAISE EXCEPTION 'An approval policy ends by an approved request only.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard_end BEFORE UPDATE OF ended_at ON cloud_approval_policy
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_policy_end();

-- Many2many tables have no state of their own: the policy of the level decides.
CREATE OR REPLACE FUNCTION cloud_billing_guard_level_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM cloud_approval_level l
          JOIN cloud_approval_policy p ON p.id = l.policy_id AND p.state IN ('approved')
          JOIN res_company c ON c.id = p.company_id AND c.cloud_billing_state <> 'setup'
         WHERE l.id IN (
               CASE WHEN TG_OP <> 'INSERT' THEN OLD.level_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.level_id END
         )
    ) THEN
        RAISE EXCEPTION 'It is a part of what was approved, and is not changed.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE INSERT OR UPDATE OR DELETE ON cloud_approval_level_person_rel
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_level_people();
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE INSERT OR UPDATE OR DELETE ON cloud_approval_level_escalation_rel
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_level_people();
"""
