"""What the database refuses of levels and of votes on them: the second line, as in `control/approval_schema`.

A vote is given on a level, by somebody whom the level names, or by the delegate of such a person; nobody stands for two
people on one request. A request is applied when each of its levels has as many votes as it asks for. Votes without a
level are no votes.
"""

LEVELS = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_level() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'The levels of a change request are never deleted.' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (
            SELECT 1 FROM cloud_change_request
             WHERE id = NEW.request_id AND state = 'pending' AND round = NEW.round
               AND submitted_xid = txid_current()::text
        ) THEN
            RAISE EXCEPTION 'The levels of a request are written when it is submitted.'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.request_id, NEW.round, NEW.company_id, NEW.policy_id, NEW.sequence, NEW.rule, NEW.needed, NEW.is_parallel,
        NEW.group_id, NEW.who::text, NEW.escalation::text, NEW.deadline_hours, NEW.reminder_hours, NEW.escalation_hours)
       IS DISTINCT FROM
       (OLD.request_id, OLD.round, OLD.company_id, OLD.policy_id, OLD.sequence, OLD.rule, OLD.needed, OLD.is_parallel,
        OLD.group_id, OLD.who::text, OLD.escalation::text, OLD.deadline_hours, OLD.reminder_hours, OLD.escalation_hours)
       OR OLD.opened_at IS NOT NULL AND NEW.opened_at IS DISTINCT FROM OLD.opened_at
    THEN
        RAISE EXCEPTION 'The levels of a request stay as they were submitted.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE INSERT OR UPDATE OR DELETE ON cloud_change_level
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_level();

CREATE OR REPLACE FUNCTION cloud_billing_guard_vote_level() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked cloud_change_level;
BEGIN
    NEW.for_person_id := COALESCE(NEW.for_person_id, NEW.person_id);
    IF NEW.for_person_id <> NEW.person_id AND NOT EXISTS (
        SELECT 1 FROM cloud_approval_delegation d
          JOIN cloud_change_request r ON r.id = NEW.request_id
         WHERE d.person_id = NEW.for_person_id AND d.delegate_id = NEW.person_id AND d.company_id = r.company_id
           AND d.revoked_at IS NULL AND d.date_start <= NEW.voted_at::date AND NEW.voted_at::date < d.date_end
           AND (d.kind IS NULL OR d.kind = r.kind)
    ) THEN
        RAISE EXCEPTION 'A vote for somebody else takes a delegation that holds.' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM cloud_change_vote v
         WHERE v.request_id = NEW.request_id AND v.round = NEW.round
           AND (v.person_id = NEW.for_person_id AND v.person_id <> NEW.person_id
                OR v.for_person_id = NEW.person_id AND v.for_person_id <> NEW.for_person_id)
    ) THEN
        RAISE EXCEPTION 'Nobody stands for two people on one request.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.change_level_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO asked FROM cloud_change_level WHERE id = NEW.change_level_id;
    IF (asked.request_id, asked.round) <> (NEW.request_id, NEW.round) THEN
        RAISE EXCEPTION 'A vote is on a level of its own request.' USING ERRCODE = 'check_violation';
    END IF;
    -- Lists without anybody are NULL, and so is the moment of a level that is not asked yet.
    IF (asked.who @> to_jsonb(NEW.for_person_id)
        OR asked.escalation @> to_jsonb(NEW.for_person_id) AND asked.escalation_hours > 0
           AND asked.opened_at + asked.escalation_hours * interval '1 hour' <= NEW.voted_at) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'This level asks other people.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.decision = 'approve' AND EXISTS (
        SELECT 1 FROM cloud_change_level l
         WHERE l.request_id = NEW.request_id AND l.round = NEW.round
           AND (l.id = asked.id OR NOT asked.is_parallel AND l.sequence < asked.sequence)
           AND (l.id = asked.id) = (l.needed <= (
               SELECT count(*) FROM cloud_change_vote v
                WHERE v.change_level_id = l.id AND v.round = NEW.round AND v.decision = 'approve'
                  AND v.content_hash = NEW.content_hash))
    ) THEN
        RAISE EXCEPTION 'Levels are agreed one after the other, each by as many people as it asks for.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard_level BEFORE INSERT ON cloud_change_vote
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_vote_level();

CREATE OR REPLACE FUNCTION cloud_billing_guard_request_levels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.submitted_xid := txid_current()::text;
        RETURN NEW;
    END IF;
    NEW.submitted_xid := CASE WHEN NEW.round <> OLD.round THEN txid_current()::text ELSE OLD.submitted_xid END;
    IF NEW.state <> 'applied' OR OLD.state = 'applied' OR NEW.levels = 0 THEN
        RETURN NEW;
    END IF;
    IF NEW.levels > (SELECT COALESCE(sum(needed), 0) FROM cloud_change_level
                      WHERE request_id = NEW.id AND round = NEW.round)
       OR EXISTS (
        SELECT 1 FROM cloud_change_level l
         WHERE l.request_id = NEW.id AND l.round = NEW.round
           AND l.needed > (
               SELECT count(DISTINCT v.person_id) FROM cloud_change_vote v
                WHERE v.change_level_id = l.id AND v.round = NEW.round AND v.decision = 'approve'
                  AND v.content_hash = NEW.content_hash
                  AND NEW.requester_person_id NOT IN (v.person_id, v.for_person_id))
    ) THEN
        RAISE EXCEPTION 'A level of the request was not agreed by enough people.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard_levels BEFORE INSERT OR UPDATE ON cloud_change_request
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_request_levels();
"""
