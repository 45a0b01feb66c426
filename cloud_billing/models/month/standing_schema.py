"""What a standing approval allows, as the database sees it: one function that says which bills it covers, for those who
choose bills and for the triggers that refuse what is not covered.

Nothing here asks the session: what was voted on stands in the tables, and the day is the server's own.
"""

# Why a bill of a run is not covered, as a code; NULL where it is. What was voted on lies in `scope`, which is frozen.
_COVERED = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_standing_bills(of_standing integer, of_run integer)
RETURNS TABLE (bill_id integer, customer_id integer, amount numeric, problem text) LANGUAGE sql STABLE AS $$
    SELECT b.id,
           b.customer_id,
           b.amount,
           CASE
               WHEN b.company_id <> s.company_id THEN 'company'
               WHEN b.state <> 'ready' OR b.is_held OR b.is_released
                    OR jsonb_array_length(COALESCE(NULLIF(b.reasons, 'null'::jsonb), '[]')) > 0 THEN 'not_ready'
               WHEN b.currency_id <> s.currency_id THEN 'currency'
               WHEN ABS(b.amount) > s.amount_bill THEN 'amount_bill'
               WHEN s.max_difference_percent IS NOT NULL
                    AND (b.previous_amount IS NULL
                         OR ABS(b.amount - b.previous_amount) * 100
                            > s.max_difference_percent * ABS(b.previous_amount)) THEN 'difference'
               WHEN jsonb_array_length(s.scope -> 'customers') > 0
                    AND NOT s.scope -> 'customers' @> to_jsonb(b.customer_id) THEN 'customer'
               WHEN jsonb_array_length(s.scope -> 'classes') > 0
                    AND NOT EXISTS (
                        SELECT 1
                          FROM (SELECT m.class_id
                                  FROM cloud_rate_class_member m
                                 WHERE m.customer_id = b.customer_id
                                   AND m.state = 'approved'
                                   AND m.date_start <= r.invoice_date
                              ORDER BY m.date_start DESC, m.revision DESC
                                 LIMIT 1) held
                          JOIN cloud_rate_class c ON c.id = held.class_id
                         WHERE EXISTS (SELECT 1
                                         FROM jsonb_array_elements_text(s.scope -> 'classes') one
                                        WHERE one = ANY (string_to_array(c.parent_path, '/')))) THEN 'class'
               -- What one person wrote by hand is for another one to see.
               WHEN EXISTS (SELECT 1 FROM cloud_charge h WHERE h.bill_id = b.id AND h.kind = 'adjustment')
                    OR EXISTS (SELECT 1
                                 FROM cloud_bill_text t
                                WHERE t.run_id = b.run_id AND t.customer_id = b.customer_id) THEN 'hand'
               WHEN s.is_recurring_only
                    AND EXISTS (SELECT 1
                                  FROM cloud_charge h
                                 WHERE h.bill_id = b.id
                                   AND (h.kind <> 'recurring' OR h.corrects_id IS NOT NULL)) THEN 'kind'
           END
      FROM cloud_bill b
      JOIN cloud_bill_run r ON r.id = b.run_id
      JOIN cloud_standing_approval s ON s.id = of_standing
     WHERE b.run_id = of_run
       AND b.state NOT IN ('excluded', 'cancelled')
$$;

-- Approved by people, not revoked, and valid on a day. What was approved alone while a company was set up does not
-- stand in for a second person once it is live.
CREATE OR REPLACE FUNCTION cloud_billing_guard_standing_holds(of_standing integer, on_day date)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1
          FROM cloud_standing_approval s
          JOIN res_company c ON c.id = s.company_id
         WHERE s.id = of_standing
           AND s.state = 'approved'
           AND s.revoked_at IS NULL
           AND s.date_start <= on_day
           AND s.date_end > on_day
           AND (c.cloud_billing_state <> 'live'
                OR EXISTS (SELECT 1
                             FROM cloud_change_request q
                            WHERE q.id = s.request_id
                              AND q.kind = 'standing_approval'
                              AND q.res_model = 'cloud.standing.approval'
                              AND q.res_id = s.id
                              AND q.state = 'applied'
                              AND q.levels > 0)))
$$;

-- What it was used for in the month of a day: what was approved under it and not taken back, posted or about to be.
CREATE OR REPLACE FUNCTION cloud_billing_guard_standing_used(of_standing integer, in_month date)
RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT COALESCE(SUM(ABS(b.amount)), 0)
      FROM cloud_change_request q
      JOIN cloud_bill_run r ON r.request_id = q.id
      JOIN cloud_bill b ON b.run_id = r.id
     WHERE q.standing_id = of_standing
       AND b.state NOT IN ('excluded', 'cancelled')
       AND date_trunc('month', r.invoice_date) = date_trunc('month', in_month)
$$;
"""

_REQUEST = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_agreed_before(request cloud_change_request)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT request.standing_id IS NOT NULL
       AND request.kind = 'bill_run'
       AND request.res_model = 'cloud.bill.run'
       AND cloud_billing_guard_standing_holds(request.standing_id, (now() AT TIME ZONE 'UTC')::date)
$$;

CREATE OR REPLACE FUNCTION cloud_billing_guard_standing_request() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    standing cloud_standing_approval;
    total numeric;
    run cloud_bill_run;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT cloud_billing_guard_agreed_before(NEW) THEN
            RAISE EXCEPTION 'The standing approval does not hold today, or is not for this.'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.standing_id IS DISTINCT FROM OLD.standing_id THEN
        RAISE EXCEPTION 'What was submitted is not changed.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> 'applied' OR OLD.state = 'applied' THEN
        RETURN NEW;
    END IF;
    -- Written, not only read: of two that use it at once the second one waits, fails or sees the first one's bills.
    UPDATE cloud_standing_approval SET use_version = use_version + 1 WHERE id = NEW.standing_id
        RETURNING * INTO standing;
    SELECT * INTO run FROM cloud_bill_run WHERE id = NEW.res_id;
    IF NOT cloud_billing_guard_agreed_before(NEW)
       OR NOT cloud_billing_guard_standing_holds(NEW.standing_id, NEW.submitted_at::date) THEN
        RAISE EXCEPTION 'The standing approval does not hold today, or is not for this.'
            USING ERRCODE = 'check_violation';
    END IF;
    IF run.company_id <> standing.company_id OR NEW.company_id <> standing.company_id THEN
        RAISE EXCEPTION 'The standing approval is of another company.' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM cloud_billing_guard_standing_bills(NEW.standing_id, NEW.res_id)
                WHERE problem IS NOT NULL) THEN
        RAISE EXCEPTION 'The run has bills that the standing approval does not cover.'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT SUM(ABS(amount)) INTO total FROM cloud_billing_guard_standing_bills(NEW.standing_id, NEW.res_id);
    IF total > standing.amount_run THEN
        RAISE EXCEPTION 'The run is above what the standing approval allows for one.'
            USING ERRCODE = 'check_violation';
    END IF;
    IF cloud_billing_guard_standing_used(NEW.standing_id, run.invoice_date) > standing.amount_month THEN
        RAISE EXCEPTION 'The month is above what the standing approval allows.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard_standing_insert BEFORE INSERT ON cloud_change_request
    FOR EACH ROW WHEN (NEW.standing_id IS NOT NULL) EXECUTE FUNCTION cloud_billing_guard_standing_request();
CREATE OR REPLACE TRIGGER cloud_billing_guard_standing_update BEFORE UPDATE ON cloud_change_request
    FOR EACH ROW WHEN (NEW.standing_id IS NOT NULL OR OLD.standing_id IS NOT NULL)
    EXECUTE FUNCTION cloud_billing_guard_standing_request();
"""

# Revoking ends it at once: whoever posts at that moment has read the row for a share lock, so one of the two waits.
_POSTING = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_standing_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    standing integer;
BEGIN
    SELECT q.standing_id INTO standing
      FROM cloud_bill_run r
      JOIN cloud_change_request q ON q.id = r.request_id
     WHERE r.id = NEW.run_id;
    IF standing IS NOT NULL THEN
        PERFORM 1 FROM cloud_standing_approval WHERE id = standing FOR SHARE;
        IF NOT cloud_billing_guard_standing_holds(standing, (now() AT TIME ZONE 'UTC')::date) THEN
            RAISE EXCEPTION 'The standing approval under which it was to be posted does not hold any more.'
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard_standing BEFORE UPDATE OF state ON cloud_bill
    FOR EACH ROW WHEN (NEW.state IN ('posted', 'zero') AND OLD.state NOT IN ('posted', 'zero'))
    EXECUTE FUNCTION cloud_billing_guard_standing_posting();

CREATE OR REPLACE FUNCTION cloud_billing_guard_standing_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A standing approval that was revoked stays revoked.' USING ERRCODE = 'check_violation';
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard_revoked BEFORE UPDATE OF revoked_at ON cloud_standing_approval
    FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
    EXECUTE FUNCTION cloud_billing_guard_standing_revoked();
"""

STANDING = _COVERED + _REQUEST + _POSTING
