"""The reviewed list of triggers and of foreign keys written by hand, each with what it alone refuses.

TRIALS: "table trigger" -> ({table: rows}, statement refused, ...). The trigger is tried on tables laid out like these,
with these rows and no other guard; its own table is laid out even where it has no row. The triggers of records that
people approve are not here: their trials are made from what each model says of itself. Those of the schema of usage
are in usage_guards.py.

FOREIGN_KEYS: name -> (table, statements taken first, statement refused), on the tables themselves.
"""

LIVE = [{"id": 1, "cloud_billing_state": "live"}]
FROZEN_LINE = [{"id": 1, "is_frozen": True, "charge_id": 1, "amount": 1, "company_id": 1, "customer_id": 1}]
BILLED = {"id": 1, "state": "billed", "is_live": True, "is_price_credit": False, "is_opening": False, "amount": 5}
APPROVED_POLICY = {
    "res_company": LIVE,
    "cloud_approval_policy": [{"id": 1, "company_id": 1, "state": "approved"}],
    "cloud_approval_level": [{"id": 1, "policy_id": 1}],
}
SIGNED = [{"id": 1, "state": "signed"}]
REQUEST = {
    "id": 1, "company_id": 1, "kind": "bill_run", "res_model": "cloud.bill.run", "res_id": 1, "state": "pending",
    "round": 1, "levels": 1, "requester_person_id": 9, "content_hash": "a",
}  # fmt: skip
VOTE = "request_id, round, level, decision, content_hash, voted_at, person_id, for_person_id, change_level_id"
VOTED = "1, 1, 1, 'approve', 'a', '2026-03-01'"
LEVEL = {"request_id": 1, "round": 1, "needed": 1, "is_parallel": False}
SUM = {
    "cloud_subscription_line": [{"id": 1, "instalment_total": 10}],
    "cloud_instalment": [{"id": 1, "line_id": 1, "amount": 10, "kind": "plan"}],
}
STANDING = {
    "res_company": LIVE,
    "cloud_standing_approval": [{"id": 1, "company_id": 1, "state": "approved", "revoked_at": "2026-03-01"}],
}


def _only_added(table):
    """The trials of a table of which rows are only added; both triggers refuse, each what it is asked of."""
    row = {table: [{"company_id": 1}]}
    return {
        f"{table} refuse_row_change": (row, f"UPDATE {table} SET company_id = 2", f"DELETE FROM {table}"),
        f"{table} refuse_truncate": (row, f"TRUNCATE {table}"),
    }


def _people_of_level(table):
    rows = {**APPROVED_POLICY, table: [{"level_id": 1}]}
    return {
        f"{table} cloud_billing_guard": (
            rows,
            f"INSERT INTO {table} (level_id) VALUES (1)",
            f"UPDATE {table} SET level_id = 2",
            f"DELETE FROM {table}",
        )
    }


TRIALS = {
    # The record.
    **_only_added("audit_event"),
    **_only_added("audit_seal"),
    **_only_added("intervention"),
    "cloud_audit_review cloud_billing_guard": (
        {"cloud_audit_review": SIGNED},
        "UPDATE cloud_audit_review SET state = 'open'",
        "DELETE FROM cloud_audit_review",
    ),
    "cloud_audit_review_line cloud_billing_guard": (
        {"cloud_audit_review": SIGNED, "cloud_audit_review_line": [{"review_id": 1}]},
        "UPDATE cloud_audit_review_line SET review_id = 2",
        "DELETE FROM cloud_audit_review_line",
    ),
    # Requests, votes, levels and those who agree.
    "cloud_change_request cloud_billing_guard": (
        {"cloud_change_request": [REQUEST, {**REQUEST, "id": 2, "state": "rejected"}], "cloud_change_vote": []},
        "INSERT INTO cloud_change_request (id, state) VALUES (3, 'applied')",
        "UPDATE cloud_change_request SET state = 'applied' WHERE id = 1",
        "UPDATE cloud_change_request SET levels = 0 WHERE id = 1",
        "UPDATE cloud_change_request SET state = 'pending' WHERE id = 2",
        "DELETE FROM cloud_change_request",
    ),
    "cloud_change_request cloud_billing_guard_levels": (
        {
            "cloud_change_request": [REQUEST],
            "cloud_change_level": [{**LEVEL, "id": 1}],
            # Two people are no better where one of them is the one who asks.
            "cloud_change_vote": [
                {"change_level_id": 1, "round": 1, "decision": "approve", "content_hash": "a", **people}
                for people in ({"person_id": 9, "for_person_id": 9}, {"person_id": 2, "for_person_id": 9})
            ],
        },
        "UPDATE cloud_change_request SET state = 'applied'",
    ),
    "cloud_change_request cloud_billing_guard_standing_insert": (
        STANDING,
        # What a standing approval says is asked by row of the table itself: here, of one that does not hold.
        "INSERT INTO cloud_change_request (id, standing_id) VALUES (1, 1)",
    ),
    "cloud_change_request cloud_billing_guard_standing_update": (
        {**STANDING, "cloud_change_request": [{**REQUEST, "standing_id": 1}]},
        "UPDATE cloud_change_request SET standing_id = 2",
        "UPDATE cloud_change_request SET standing_id = NULL",
    ),
    "cloud_change_level cloud_billing_guard": (
        {"cloud_change_request": [REQUEST], "cloud_change_level": [{**LEVEL, "id": 1, "opened_at": "2026-03-01"}]},
        # Of a request that was submitted in another transaction.
        "INSERT INTO cloud_change_level (request_id, round) VALUES (1, 1)",
        "UPDATE cloud_change_level SET needed = 0",
        "UPDATE cloud_change_level SET opened_at = NULL",
        "DELETE FROM cloud_change_level",
    ),
    "cloud_change_vote cloud_billing_guard": (
        {"cloud_change_request": [REQUEST], "cloud_change_vote": [{"request_id": 1, "decision": "reject"}]},
        "INSERT INTO cloud_change_vote (request_id, round, content_hash) VALUES (1, 2, 'a')",
        "INSERT INTO cloud_change_vote (request_id, round, content_hash) VALUES (1, 1, 'b')",
        "UPDATE cloud_change_vote SET decision = 'approve'",
        "DELETE FROM cloud_change_vote",
    ),
    "cloud_change_vote cloud_billing_guard_level": (
        {
            "cloud_change_request": [REQUEST],
            "cloud_approval_delegation": [],
            "cloud_change_level": [
                {**LEVEL, "id": 1, "sequence": 1, "who": "[5, 6]"},
                {**LEVEL, "id": 2, "sequence": 2, "who": "[5, 6]"},
                {**LEVEL, "id": 3, "sequence": 1, "who": "[5, 6]", "request_id": 2},
            ],
            "cloud_change_vote": [],
        },
        # For somebody who did not ask for it; by somebody who is not asked; on the level of another request; before
        # its turn.
        f"INSERT INTO cloud_change_vote ({VOTE}) VALUES ({VOTED}, 5, 6, 1)",
        f"INSERT INTO cloud_change_vote ({VOTE}) VALUES ({VOTED}, 7, 7, 1)",
        f"INSERT INTO cloud_change_vote ({VOTE}) VALUES ({VOTED}, 5, 5, 3)",
        f"INSERT INTO cloud_change_vote ({VOTE}) VALUES ({VOTED}, 5, 5, 2)",
    ),
    "cloud_approval_delegation cloud_billing_guard": (
        {"cloud_approval_delegation": [{"delegate_id": 1, "revoked_at": "2026-03-01"}]},
        "UPDATE cloud_approval_delegation SET delegate_id = 2",
        "UPDATE cloud_approval_delegation SET revoked_at = NULL",
        "DELETE FROM cloud_approval_delegation",
    ),
    **_people_of_level("cloud_approval_level_escalation_rel"),
    **_people_of_level("cloud_approval_level_person_rel"),
    "cloud_approval_policy cloud_billing_guard_end": (
        {**APPROVED_POLICY, "cloud_change_request": []},
        "UPDATE cloud_approval_policy SET ended_at = '2026-03-01'",
    ),
    "cloud_segregation_acceptance cloud_billing_guard": (
        {
            "res_company": LIVE,
            "res_users": [{"id": 1, "cloud_person_id": 1}, {"id": 2, "cloud_person_id": 1}],
            "cloud_segregation_acceptance": [{"id": 1, "owner": 3, "user_id": 1, "company_id": 1, "reason": "x"}],
        },
        # His own: of the person, of this login, and of another one of his.
        "INSERT INTO cloud_segregation_acceptance (owner, user_id, company_id) VALUES (1, 1, 1)",
        "INSERT INTO cloud_segregation_acceptance (owner, user_id, company_id) VALUES (-1, 1, 1)",
        "INSERT INTO cloud_segregation_acceptance (owner, user_id, company_id) VALUES (-2, 1, 1)",
        "UPDATE cloud_segregation_acceptance SET reason = 'y'",
        "DELETE FROM cloud_segregation_acceptance",
    ),
    "res_company cloud_billing_guard": (
        {
            "res_company": [*LIVE, {"id": 2, "cloud_billing_state": "solo"}],
            "cloud_change_request": [],
            "cloud_bill": [{"company_id": 2, "state": "posted"}],
        },
        "UPDATE res_company SET cloud_billing_state = 'solo' WHERE id = 1",
        "UPDATE res_company SET cloud_billing_state = 'setup' WHERE id = 2",
    ),
    # Contracts. A price of one is agreed for its company, by what is asked of the contract.
    "cloud_contract_rate cloud_billing_guard": (
        {
            "res_company": LIVE,
            "cloud_subscription": [{"id": 1, "company_id": 1, "state": "active"}],
            "cloud_change_request": [],
            "cloud_contract_rate": [{"id": 1, "subscription_id": 1, "state": "approved"}],
        },
        "INSERT INTO cloud_contract_rate (id, subscription_id, state) VALUES (2, 1, 'approved')",
        "UPDATE cloud_contract_rate SET date_end = '2026-03-01'",
        "DELETE FROM cloud_contract_rate",
    ),
    "cloud_spend_commitment cloud_billing_guard_end": (
        {
            "res_company": LIVE,
            "cloud_spend_commitment": [{"id": 1, "company_id": 1, "state": "approved"}],
            "cloud_change_request": [],
        },
        "UPDATE cloud_spend_commitment SET date_end = '2026-03-01'",
    ),
    "cloud_instalment cloud_instalment_sum": (
        SUM,
        "UPDATE cloud_instalment SET amount = 9",
        "INSERT INTO cloud_instalment (line_id, amount, kind) VALUES (1, 1, 'plan')",
        "DELETE FROM cloud_instalment",
    ),
    "cloud_subscription_line cloud_instalment_sum": (SUM, "UPDATE cloud_subscription_line SET instalment_total = 9"),
    "cloud_instalment cloud_instalment_frozen": (
        {
            "cloud_instalment": [{"id": 1, "amount": 10}],
            "cloud_charge_component": [{"id": 1, "instalment_id": 1}],
            "cloud_charge": [{"component_id": 1, "is_live": True}],
        },
        "UPDATE cloud_instalment SET amount = 9",
        "DELETE FROM cloud_instalment",
    ),
    "cloud_subscription_change cloud_subscription_change_frozen": (
        {"cloud_subscription_change": [{"number": 1}]},
        "UPDATE cloud_subscription_change SET number = 2",
        "DELETE FROM cloud_subscription_change",
    ),
    "cloud_subscription_quantity cloud_subscription_quantity_frozen": (
        {
            "cloud_subscription_quantity": [{"line_id": 1, "date_start": "2026-03-01", "quantity": 1}],
            "cloud_charge": [{"subscription_line_id": 1, "state": "billed", "service_end": "2026-03-02"}],
        },
        "UPDATE cloud_subscription_quantity SET quantity = 2",
        "DELETE FROM cloud_subscription_quantity",
    ),
    "cloud_opening cloud_opening_frozen": (
        {"cloud_opening": [{"id": 1, "undone_on": None}, {"id": 2, "undone_on": "2026-03-01"}]},
        "UPDATE cloud_opening SET company_id = 5 WHERE id = 1",
        "UPDATE cloud_opening SET undone_on = NULL WHERE id = 2",
        "DELETE FROM cloud_opening",
    ),
    # Charges and what was rated.
    "cloud_charge cloud_charge_frozen": (
        {"cloud_charge": [BILLED]},
        "UPDATE cloud_charge SET amount = 6",
        "UPDATE cloud_charge SET state = 'draft'",
        "DELETE FROM cloud_charge",
    ),
    "cloud_charge cloud_charge_opening_uncorrected": (
        {"cloud_charge": [{**BILLED, "is_opening": True}]},
        "INSERT INTO cloud_charge (id, corrects_id) VALUES (2, 1)",
    ),
    "cloud_charge cloud_rated_line_source_fixed": (
        {"cloud_charge": [{"id": 1, "customer_id": 1}]},
        "UPDATE cloud_charge SET customer_id = 2",
    ),
    "cloud_rated_line cloud_rated_line_frozen": (
        {"cloud_rated_line": [{**FROZEN_LINE[0], "move_line_id": 1}]},
        "UPDATE cloud_rated_line SET amount = 2",
        "UPDATE cloud_rated_line SET is_frozen = FALSE",
        "UPDATE cloud_rated_line SET move_line_id = 2",
        "DELETE FROM cloud_rated_line",
    ),
    "cloud_rated_line cloud_rated_line_copied_fixed": (
        {"cloud_rated_line": [{**FROZEN_LINE[0], "is_frozen": False}]},
        "UPDATE cloud_rated_line SET customer_id = 2",
        "UPDATE cloud_rated_line SET charge_id = 2",
    ),
    "cloud_rated_line cloud_rated_line_copied_equal": (
        {"cloud_rated_line": [], "cloud_charge": [{"id": 1, "company_id": 1, "customer_id": 1}]},
        "INSERT INTO cloud_rated_line (charge_id, company_id, customer_id) VALUES (1, 1, 2)",
        "INSERT INTO cloud_rated_line (charge_id, company_id, customer_id) VALUES (2, 1, 1)",
    ),
    "cloud_rated_line cloud_price_credit_limited": (
        {
            "cloud_charge": [
                BILLED,
                {**BILLED, "id": 2, "state": "draft", "corrects_id": 1, "is_price_credit": True},
            ],
            # 10 were billed: 11 are more than there is to give back.
            "cloud_rated_line": [{"id": 1, "charge_id": 1, "amount": 10}],
        },
        "INSERT INTO cloud_rated_line (id, charge_id, corrects_id, amount) VALUES (2, 2, 1, -11)",
        "INSERT INTO cloud_rated_line (id, charge_id, corrects_id, amount) VALUES (2, 2, NULL, -1)",
    ),
    "cloud_rated_grant cloud_rated_grant_frozen": (
        {"cloud_rated_line": FROZEN_LINE, "cloud_rated_grant": [{"rated_line_id": 1}]},
        "INSERT INTO cloud_rated_grant (rated_line_id) VALUES (1)",
        "UPDATE cloud_rated_grant SET rated_line_id = 2",
        "DELETE FROM cloud_rated_grant",
    ),
    "cloud_coupon_use cloud_coupon_use_frozen": (
        {"cloud_rated_line": FROZEN_LINE, "cloud_coupon_use": [{"rated_line_id": 1}]},
        "INSERT INTO cloud_coupon_use (rated_line_id) VALUES (1)",
        "UPDATE cloud_coupon_use SET rated_line_id = 2",
        "DELETE FROM cloud_coupon_use",
    ),
    "cloud_coupon_use cloud_coupon_use_limit": (
        {
            "cloud_coupon": [
                {"id": 1, "code": "ALL", "amount_limit": 10, "use_version": 0},
                {"id": 2, "code": "EACH", "customer_limit": 10, "use_version": 0},
            ],
            "cloud_charge": [BILLED],
            "cloud_rated_line": FROZEN_LINE,
            "cloud_coupon_use": [
                {"coupon_id": number, "redemption_id": number, "rated_line_id": 1, "amount": 4} for number in (1, 2)
            ],
        },
        # 4 and 7 are 11.
        "INSERT INTO cloud_coupon_use (coupon_id, redemption_id, rated_line_id, amount) VALUES (1, 3, 1, 7)",
        "INSERT INTO cloud_coupon_use (coupon_id, redemption_id, rated_line_id, amount) VALUES (2, 2, 1, 7)",
    ),
    # Bills and the month.
    "cloud_adjustment cloud_adjustment_frozen": (
        {
            "cloud_adjustment": [{"id": 1, "amount": 5}],
            "cloud_charge_component": [{"id": 1, "adjustment_id": 1}],
            "cloud_charge": [{"component_id": 1, "is_live": True, "run_id": 1}],
            "cloud_bill_run": [{"id": 1, "state": "pending"}],
        },
        "UPDATE cloud_adjustment SET amount = 6",
        "DELETE FROM cloud_adjustment",
    ),
    "cloud_bill_text cloud_bill_text_frozen": (
        {"cloud_bill_run": [{"id": 1, "state": "pending"}], "cloud_bill_text": [{"run_id": 1, "text": "x"}]},
        "INSERT INTO cloud_bill_text (run_id) VALUES (1)",
        "UPDATE cloud_bill_text SET text = 'y'",
        "DELETE FROM cloud_bill_text",
    ),
    "cloud_bill cloud_billing_guard_large": (
        {
            "cloud_bill": [{"id": 1, "is_large": True, "state": "ready", "content_hash": "a"}],
            "cloud_bill_approval": [
                {"bill_id": 1, "state": "approved", "content_hash": "b"},
                {"bill_id": 1, "state": "pending", "content_hash": "a"},
            ],
        },
        "UPDATE cloud_bill SET state = 'posted'",
    ),
    "cloud_bill cloud_billing_guard_standing": (
        {
            **STANDING,
            "cloud_change_request": [{**REQUEST, "standing_id": 1}],
            "cloud_bill_run": [{"id": 1, "request_id": 1}],
            "cloud_bill": [{"run_id": 1, "state": "ready"}],
        },
        "UPDATE cloud_bill SET state = 'posted'",
        "UPDATE cloud_bill SET state = 'zero'",
    ),
    "cloud_standing_approval cloud_billing_guard_revoked": (
        STANDING,
        "UPDATE cloud_standing_approval SET revoked_at = NULL",
    ),
    "cloud_closing_line cloud_closing_line_frozen": (
        {
            "cloud_closing": [{"id": 1, "state": "pending"}, {"id": 2, "state": "draft"}],
            "cloud_closing_line": [{"id": 1, "closing_id": 1}, {"id": 2, "closing_id": 2}],
        },
        "INSERT INTO cloud_closing_line (closing_id) VALUES (1)",
        "UPDATE cloud_closing_line SET kind = 'deferred' WHERE id = 1",
        "UPDATE cloud_closing_line SET closing_id = 1 WHERE id = 2",
        "DELETE FROM cloud_closing_line WHERE id = 1",
    ),
    # Usage.
    "cloud_usage_delivery cloud_usage_delivery_kept": (
        {"cloud_usage_delivery": [{"id": 1, "import_number": 1, "superseded_number": 2}]},
        "UPDATE cloud_usage_delivery SET import_number = 0",
        "UPDATE cloud_usage_delivery SET superseded_number = 0",
        "DELETE FROM cloud_usage_delivery",
    ),
    "cloud_usage_format_version cloud_usage_format_version_kept": (
        {
            "cloud_usage_format_version": [{"id": 1, "number": 1}],
            "cloud_usage_import": [{"format_version_id": 1}],
        },
        "UPDATE cloud_usage_format_version SET number = 2",
        "DELETE FROM cloud_usage_format_version",
    ),
    "cloud_usage_import cloud_usage_import_keeps_format": (
        {"cloud_usage_import": [{"import_number": 1, "format_version_id": 1}]},
        "UPDATE cloud_usage_import SET format_version_id = 2",
    ),
    "cloud_usage_seal kept": (
        {"cloud_usage_seal": [{"id": 1, "broken_number": 5}]},
        "UPDATE cloud_usage_seal SET broken_number = 0",
        "UPDATE cloud_usage_seal SET source_id = 2",
        "DELETE FROM cloud_usage_seal",
    ),
}

_VAULT = "cloud_billing_vault"
_KEY = "version, fingerprint, place, made_at, saved_by"
_SECRET = (
    "company_id, res_model, res_id, name, label, fingerprint, set_at, set_by, key_version, wrapped_key, ciphertext"
)
_MADE = f"INSERT INTO {_VAULT}.key ({_KEY}) VALUES (1000, 'x', 'x', '2026-03-01', NULL)"
_KEPT = "'x', -1, 'x', 'x', 'x', '2026-03-01'"
_SECRETS = f"INSERT INTO {_VAULT}.secret ({_SECRET}) SELECT"

# Three people: who asked, who the vote says has asked, and who votes; and a company.
_PEOPLE = """
    (SELECT array_agg(id ORDER BY id) AS ids, 'x' AS text, timestamp '2026-03-01' AS at FROM cloud_person) people,
    (SELECT MIN(id) AS id FROM res_company) company
"""
_ASKED = f"""
    INSERT INTO cloud_change_request (id, company_id, res_id, requester_id, requester_person_id, round, levels, version,
                                      name, kind, res_model, state, content_hash, submitted_at)
         SELECT -1, company.id, 1, 1, ids[1], 1, 1, 1, text, text, text, 'pending', text, at FROM {_PEOPLE}
"""
_OTHER_ASKED = f"""
    INSERT INTO cloud_change_vote (request_id, company_id, round, level, user_id, person_id, for_person_id,
                                   requester_person_id, decision, content_hash, voted_at)
         SELECT -1, company.id, 1, 1, 1, ids[3], ids[3], ids[2], 'approve', text, at FROM {_PEOPLE}
"""

FOREIGN_KEYS = {
    "cloud_change_vote_requester_fk": (
        "cloud_change_vote",
        ("ALTER TABLE cloud_change_vote DISABLE TRIGGER USER", _ASKED),
        _OTHER_ASKED,
    ),
    "key_saved_by_fkey": (
        f"{_VAULT}.key",
        (),
        f"INSERT INTO {_VAULT}.key ({_KEY}) VALUES (1000, 'x', 'x', '2026-03-01', -1)",
    ),
    "secret_company_id_fkey": (f"{_VAULT}.secret", (_MADE,), f"{_SECRETS} -1, {_KEPT}, NULL, 1000, 'x', 'x'"),
    "secret_set_by_fkey": (
        f"{_VAULT}.secret",
        (_MADE,),
        f"{_SECRETS} MIN(id), {_KEPT}, -1, 1000, 'x', 'x' FROM res_company",
    ),
    "secret_key_version_fkey": (
        f"{_VAULT}.secret",
        (),
        f"{_SECRETS} MIN(id), {_KEPT}, NULL, 1000, 'x', 'x' FROM res_company",
    ),
    "cloud_charge_found_equal_charge_id_fkey": (
        "cloud_charge_found_equal",
        (),
        "INSERT INTO cloud_charge_found_equal (charge_id, change_number, chain) VALUES (-1, 1, '{}')",
    ),
    "cloud_subscription_change_counter_company_id_fkey": (
        "cloud_subscription_change_counter",
        (),
        "INSERT INTO cloud_subscription_change_counter (company_id, last_number) VALUES (-1, 1)",
    ),
}
