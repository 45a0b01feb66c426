"""The second line behind approvals: constraints and triggers that refuse raw SQL what the ORM refuses everyone else.

A trigger asks the tables, never the session: nothing can be switched off by a setting or a variable. `txid_current()`
ties an approval to the transaction in which the last vote was counted, so that an old request approves nothing new.
"""

REQUESTS = """
-- Whether what a request asks for was agreed beforehand. Nothing is, unless a later room of this add-on replaces the
-- function; it must answer from the tables alone.
DO $$ BEGIN
    IF to_regprocedure('cloud_billing_guard_agreed_before(cloud_change_request)') IS NULL THEN
        CREATE FUNCTION cloud_billing_guard_agreed_before(request cloud_change_request) RETURNS boolean
        LANGUAGE sql STABLE AS 'SELECT FALSE';
    END IF;
END $$;

CREATE UNIQUE INDEX IF NOT EXISTS cloud_change_request_id_requester_idx
    ON cloud_change_request (id, requester_person_id);

-- The requester that a vote names is the request's: the CHECK against one's own vote compares the true person.
-- RESTRICT as on request_id: Odoo drops a foreign key of that column that differs from what the field declares.
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'cloud_change_vote_requester_fk') THEN
        ALTER TABLE cloud_change_vote ADD CONSTRAINT cloud_change_vote_requester_fk
            FOREIGN KEY (request_id, requester_person_id)
            REFERENCES cloud_change_request (id, requester_person_id) ON DELETE RESTRICT;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION cloud_billing_guard_request() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    votes integer;
    is_again boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Change requests are never deleted.' USING ERRCODE = 'check_violation';
    END IF;
    is_again := TG_OP = 'UPDATE' AND OLD.state = 'returned' AND NEW.state = 'pending';
    IF TG_OP = 'INSERT' OR is_again THEN
        IF NEW.state <> 'pending' THEN
            RAISE EXCEPTION 'A change request starts as pending.' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.levels < 1 AND EXISTS (
            SELECT 1 FROM res_company WHERE id = NEW.company_id AND cloud_billing_state = 'live'
        ) AND NOT cloud_billing_guard_agreed_before(NEW) THEN
            RAISE EXCEPTION 'In a live company at least one other person approves.' USING ERRCODE = 'check_violation';
        END IF;
        IF NOT is_again THEN
            RETURN NEW;
        END IF;
    END IF;
    IF OLD.state <> 'pending' AND NEW.state <> OLD.state
       AND NOT is_again AND NOT (OLD.state = 'returned' AND NEW.state = 'withdrawn')
    THEN
        RAISE EXCEPTION 'A decided change request stays decided.' USING ERRCODE = 'check_violation';
    END IF;
    -- After rework it comes again as another round: the votes of the former ones count no more.
    IF is_again AND ((NEW.company_id, NEW.kind, NEW.res_model, NEW.res_id, NEW.requester_person_id, NEW.round)
       IS DISTINCT FROM (OLD.company_id, OLD.kind, OLD.res_model, OLD.res_id, OLD.requester_person_id, OLD.round + 1))
    THEN
        RAISE EXCEPTION 'What comes again after rework is the same request in its next round.'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT is_again AND
       (NEW.company_id, NEW.kind, NEW.res_model, NEW.res_id, NEW.requester_id, NEW.requester_person_id, NEW.levels,
        NEW.content_hash, NEW.round, NEW.effect::text, NEW.effect_amount, NEW.reason)
       IS DISTINCT FROM
       (OLD.company_id, OLD.kind, OLD.res_model, OLD.res_id, OLD.requester_id, OLD.requester_person_id, OLD.levels,
        OLD.content_hash, OLD.round, OLD.effect::text, OLD.effect_amount, OLD.reason)
    THEN
        RAISE EXCEPTION 'What was submitted is not changed.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'applied' AND OLD.state <> 'applied' THEN
        SELECT count(DISTINCT person_id) INTO votes
          FROM cloud_change_vote
         WHERE request_id = NEW.id AND round = NEW.round AND decision = 'approve'
           AND person_id <> NEW.requester_person_id AND content_hash = NEW.content_hash;
        IF votes < NEW.levels THEN
            RAISE EXCEPTION 'Too few people have approved.' USING ERRCODE = 'check_violation';
        END IF;
        NEW.applied_xid := txid_current()::text;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE INSERT OR UPDATE OR DELETE ON cloud_change_request
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_request();

CREATE OR REPLACE FUNCTION cloud_billing_guard_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'Votes are never changed or deleted.' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM cloud_change_request
         WHERE id = NEW.request_id AND state = 'pending' AND round = NEW.round AND content_hash = NEW.content_hash
    ) THEN
        RAISE EXCEPTION 'A vote is on what is pending, as it was submitted.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE INSERT OR UPDATE OR DELETE ON cloud_change_vote
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_vote();
"""

# A company leaves live only by an approved request, and never goes back to setting up once it has posted.
COMPANY = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.cloud_billing_state = OLD.cloud_billing_state THEN
        RETURN NEW;
    END IF;
    IF NEW.cloud_billing_state = 'setup' AND EXISTS (
        SELECT 1 FROM cloud_bill WHERE company_id = OLD.id AND state = 'posted'
    ) THEN
        RAISE EXCEPTION 'A company that has posted bills does not go back to setting up.'
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.cloud_billing_state = 'live' AND NOT EXISTS (
        SELECT 1 FROM cloud_change_request
         WHERE res_model = 'res.company' AND res_id = OLD.id AND state = 'applied'
           AND applied_xid = txid_current()::text
    ) THEN
        RAISE EXCEPTION 'A live company changes its state by an approved change request only.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE UPDATE OF cloud_billing_state ON res_company
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_company();
"""

_STATE_GUARD = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    company_state text;
    frozen text[] := ARRAY[{frozen}]::text[];
    approved text[] := ARRAY[{approved}]::text[];
BEGIN
    -- What goes from one company to another is under the stricter of the two.
    SELECT cloud_billing_state INTO company_state FROM res_company
     WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.company_id END,
                  CASE WHEN TG_OP <> 'DELETE' THEN NEW.company_id END)
  ORDER BY cloud_billing_state = 'live' DESC, cloud_billing_state = 'solo' DESC
     LIMIT 1;
    IF company_state IS NULL OR company_state = 'setup' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.state = ANY (approved) THEN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'What was approved is not deleted.' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM unnest(frozen) AS name
             WHERE to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name
        ) THEN
            RAISE EXCEPTION 'What was approved is not changed.' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' AND company_state = 'live' AND NEW.state = ANY (approved)
       AND (TG_OP = 'INSERT' OR OLD.state <> ALL (approved))
       AND NOT EXISTS (
        SELECT 1 FROM cloud_change_request
         WHERE res_model = '{model}' AND res_id = NEW.id AND state = 'applied'
           AND applied_xid = txid_current()::text
    ) THEN
        RAISE EXCEPTION 'Approved by nobody: only the last vote on a change request approves.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_{table}();
"""

_PART_GUARD = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    frozen text[] := ARRAY[{frozen}]::text[];
BEGIN
    IF TG_OP = 'UPDATE' AND NOT EXISTS (
        SELECT 1 FROM unnest(frozen) AS name
         WHERE to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name
    ) THEN
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT 1 FROM {joins}
          JOIN res_company c ON c.id = root.company_id AND c.cloud_billing_state <> 'setup'
         WHERE root.state IN ({approved})
           AND part.id IN (
               CASE WHEN TG_OP <> 'INSERT' THEN OLD.{parent} END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.{parent} END
           )
    ) THEN
        RAISE EXCEPTION 'It is a part of what was approved, and is not changed.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard BEFORE INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_{table}();
"""

# Functions of triggers on our tables, whatever room they are of, and those that such functions call.
_DROP = """
SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', p.oid::regprocedure)
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'public'
 WHERE p.proname LIKE 'cloud\\_billing\\_guard\\_%'
    OR p.proname LIKE 'cloud\\_%' AND EXISTS (
       SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgfoid = p.oid AND c.relname LIKE 'cloud\\_%')
"""


def guard(cr, model):
    """Make the triggers of a protected model from what its class says; again at every update."""
    root = _root(model)
    if root is None or not root._approved_states:
        return
    values = {
        "table": model._table,
        "model": model._name,
        "parent": model._protected_parent,
        # Whose company it is decides whether it is frozen, also where that is worked out from something else.
        "frozen": _literals(sorted(model._get_protected_names() | {"company_id"}.intersection(model._fields))),
        "approved": _literals(root._approved_states),
        "joins": _joins(model),
    }
    # Names of tables, columns and states come from class attributes, no value from outside.
    statement = (_PART_GUARD if model._protected_parent else _STATE_GUARD).format(**values)
    cr.execute(statement)  # pylint: disable=sql-injection


def drop(cr):
    """Remove all triggers of ours with their functions; before the tables themselves go."""
    cr.execute(_DROP)
    for (statement,) in cr.fetchall():
        cr.execute(statement)


def _root(model):
    """The model whose state decides, up the parents; None where one of them is not protected."""
    while model._protected_parent:
        model = model.env[model._fields[model._protected_parent].comodel_name]
        if not hasattr(model, "_approved_states"):
            return None
    return model if "state" in model._fields and "company_id" in model._fields else None


def _joins(model):
    """`version AS part` for a rule; `rule AS part JOIN version AS root` for a tier. The last one is called root."""
    if not model._protected_parent:
        return ""
    part = model.env[model._fields[model._protected_parent].comodel_name]
    clauses, alias, step = [f"{part._table} part"], "part", 0
    while part._protected_parent:
        above = part.env[part._fields[part._protected_parent].comodel_name]
        step += 1
        clauses.append(f"JOIN {above._table} above{step} ON above{step}.id = {alias}.{part._protected_parent}")
        part, alias = above, f"above{step}"
    clauses.append(f"JOIN {part._table} root ON root.id = {alias}.id")
    return " ".join(clauses)


def _literals(names):
    return ", ".join(f"'{name}'" for name in names)
