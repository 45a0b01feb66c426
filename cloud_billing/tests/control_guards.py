"""The reviewed list of what the database refuses of requests, votes and the record, as in month_guards_prices.py."""

VOTE = {"request_id": 1, "round": 1, "level": 1, "person_id": 1, "for_person_id": 1, "requester_person_id": 9}
REQUEST = {"res_model": "cloud.bill.run", "res_id": 1, "state": "pending"}
ITEM = {"proposal_id": 1, "res_model": "res.partner", "target_id": 1, "field_name": "vat", "is_waiting": True}
REVIEW = {"company_id": 1, "date_start": "2026-01-01", "date_end": "2026-04-01", "state": "open"}
SEAL = {"company_id": 1, "seq": 1, "event_id": 1, "previous": b"p" * 32}
SHORT = b"x" * 31

TRIALS = {
    # Requests and votes
    "cloud_change_request_id_requester_idx": (
        [{"id": 1, "requester_person_id": 1}, {"id": 2, "requester_person_id": 1}],
        {"id": 1, "requester_person_id": 1},
    ),
    "cloud_change_request_levels_positive": ([{"levels": 0}], {"levels": -1}),
    "cloud_change_request_one_pending_per_record": (
        [REQUEST, {**REQUEST, "res_id": 2}, {**REQUEST, "state": "applied"}, {**REQUEST, "state": "rejected"}],
        REQUEST,
    ),
    "cloud_change_vote_not_for_requester": ([VOTE], {**VOTE, "level": 2, "person_id": 2, "for_person_id": 9}),
    "cloud_change_vote_not_own_request": ([VOTE], {**VOTE, "level": 2, "person_id": 9, "for_person_id": 2}),
    "cloud_change_vote_one_vote_per_level": (
        [VOTE, {**VOTE, "level": 2, "person_id": 2, "for_person_id": 2}, {**VOTE, "round": 2}],
        {**VOTE, "person_id": 3, "for_person_id": 3},
    ),
    "cloud_change_vote_one_vote_per_person": (
        [VOTE, {**VOTE, "request_id": 2}, {**VOTE, "round": 2}],
        {**VOTE, "level": 2, "for_person_id": 2},
    ),
    "cloud_change_vote_one_vote_per_principal": (
        [VOTE, {**VOTE, "request_id": 2}],
        {**VOTE, "level": 2, "person_id": 2},
    ),
    "cloud_person_not_own_manager": ([{"id": 1, "manager_person_id": 2}], {"id": 3, "manager_person_id": 3}),
    "cloud_person_one_system": ([{"is_system": True}, {"is_system": False}, {"is_system": False}], {"is_system": True}),
    # Proposed values
    "cloud_change_item_one_per_value": (
        [ITEM, {**ITEM, "target_id": 0}, {**ITEM, "target_id": 0}, {**ITEM, "field_name": None}],
        {**ITEM, "is_waiting": False},
    ),
    "cloud_change_item_one_waiting_per_value": (
        [ITEM, {**ITEM, "proposal_id": 2, "is_waiting": False}, {**ITEM, "target_id": 2}],
        {**ITEM, "proposal_id": 3},
    ),
    "cloud_change_proposal_emergency_hours_in_range": (
        [{"is_emergency": True, "emergency_hours": 168}, {"is_emergency": False, "emergency_hours": 0}],
        {"is_emergency": True, "emergency_hours": 169},
    ),
    "cloud_change_proposal_emergency_says_why": (
        [{"is_emergency": True, "state": "draft", "reason": ""}],
        {"is_emergency": True, "state": "pending", "reason": " "},
    ),
    "cloud_change_proposal_outcome_of_approved": (
        [{"outcome": "applied", "state": "approved"}, {"state": "draft"}],
        {"outcome": "applied", "state": "pending"},
    ),
    "cloud_protected_field_one_per_field": (
        [{"model_id": 1, "field_id": 1}, {"model_id": 1}, {"model_id": 2}],
        {"model_id": 1},
    ),
    "cloud_succession_proposal_one_waits": (
        [{"subscription_id": 1, "state": "pending"}, {"subscription_id": 1, "state": "approved"}],
        {"subscription_id": 1, "state": "pending"},
    ),
    "cloud_succession_proposal_takes_something_back": (
        [{"kind": "back", "undone_id": 1}, {"kind": "move"}],
        {"kind": "move", "undone_id": 1},
    ),
    # Who sees what
    "cloud_field_item_once_per_class": (
        [{"class_id": 1, "field_id": 1}, {"class_id": 2, "field_id": 1}],
        {"class_id": 1, "field_id": 1},
    ),
    "cloud_field_level_once_per_class": (
        [{"class_id": 1, "group_id": 1}, {"class_id": 2, "group_id": 1}],
        {"class_id": 1, "group_id": 1},
    ),
    "cloud_sharing_group_name_uniq": ([{"name": "North"}], {"name": "North"}),
    # The record
    "cloud_audit_review_line_once": (
        [{"review_id": 1, "kind": "roles"}, {"review_id": 2, "kind": "roles"}],
        {"review_id": 1, "kind": "roles"},
    ),
    "cloud_audit_review_once": ([REVIEW, {**REVIEW, "company_id": 2}], REVIEW),
    "cloud_audit_review_range": ([REVIEW], {**REVIEW, "date_end": "2026-01-01"}),
    "cloud_audit_review_signed": (
        [{"state": "signed", "signed_by_id": 1, "signed_at": "2026-04-02", "findings": "none"}],
        {"state": "signed", "signed_by_id": 1, "signed_at": "2026-04-02"},
    ),
    "cloud_audit_tracker_once": ([{"model_id": 1}, {"model_id": 1, "field_id": 1}], {"model_id": 1}),
    "cloud_evidence_pack_range": (
        [{"date_start": "2026-03-01", "date_end": "2026-03-02"}],
        {"date_start": "2026-03-01", "date_end": "2026-03-01"},
    ),
    "cloud_backup_drill_minutes_positive": ([{"minutes": 0}], {"minutes": -1}),
    "cloud_backup_drill_problems_told": (
        [{"result": "passed"}, {"result": "failed", "problems": "No key"}],
        {"result": "failed", "problems": ""},
    ),
    # Its seal and the vault
    "audit_seal_digest_check": ([{"digest": SHORT + b"x"}], {"digest": SHORT}),
    "audit_seal_event_once": ([SEAL], {**SEAL, "seq": 2, "previous": b"q" * 32}),
    "audit_seal_mac_check": ([{"mac": SHORT + b"x"}], {"mac": SHORT}),
    "audit_seal_one_after_another": (
        [SEAL, {**SEAL, "company_id": 2, "event_id": 2}],
        {**SEAL, "seq": 2, "event_id": 3},
    ),
    "audit_seal_previous_check": ([SEAL], {**SEAL, "seq": 2, "event_id": 2, "previous": SHORT}),
    "audit_seal_seq_check": ([SEAL], {**SEAL, "seq": 0, "event_id": 2, "previous": b"q" * 32}),
    "key_version_check": ([{"version": 1}], {"version": 0}),
    "secret_res_model_res_id_name_key": (
        [{"res_model": "x", "res_id": 1, "name": "key"}, {"res_model": "x", "res_id": 2, "name": "key"}],
        {"res_model": "x", "res_id": 1, "name": "key"},
    ),
}

_SQL_VOTES = ("test_approval.py", "test_votes_are_counted_by_the_database")
_EVENTS = ("test_audit.py", "test_sql_is_refused_on_the_table_and_through_the_view")
_ACCEPTED = ("test_access_segregation.py", "test_the_database_keeps_what_was_accepted")
_HERE = ("test_control_guards.py", "test_approved_states_come_by_votes_and_stay")
_REVIEW = ("test_evidence_review.py", "test_a_signed_review_stays")
_SEALS = ("test_control_guards.py", "test_seals_are_only_added")
TRIGGERS = {
    "audit_event refuse_row_change": _EVENTS,
    "audit_event refuse_truncate": _EVENTS,
    "audit_seal refuse_row_change": _SEALS,
    "audit_seal refuse_truncate": _SEALS,
    "cloud_audit_review cloud_billing_guard": _REVIEW,
    "cloud_audit_review_line cloud_billing_guard": _REVIEW,
    "cloud_change_item cloud_billing_guard": ("test_control_guards.py", "test_parts_of_what_was_approved_stay"),
    "cloud_change_proposal cloud_billing_guard": _HERE,
    "cloud_change_request cloud_billing_guard": _SQL_VOTES,
    "cloud_change_request cloud_billing_guard_levels": (
        "test_approval_policy.py",
        "test_votes_without_a_level_apply_nothing",
    ),
    "cloud_change_vote cloud_billing_guard": _SQL_VOTES,
    "cloud_change_vote cloud_billing_guard_level": (
        "test_approval_policy.py",
        "test_a_vote_on_a_level_whose_turn_has_not_come",
    ),
    "cloud_segregation_acceptance cloud_billing_guard": _ACCEPTED,
    "cloud_succession_proposal cloud_billing_guard": _HERE,
    "cloud_usage_waiver cloud_billing_guard": _HERE,
    "res_company cloud_billing_guard": ("test_going_live.py", "test_is_not_found_by_sql_while_live"),
}
# A change of each record that people approve as a whole.
FROZEN = {
    "cloud_change_proposal": "reason = 'x'",
    "cloud_succession_proposal": "reason = 'x'",
    "cloud_usage_waiver": "reason = 'x'",
}
