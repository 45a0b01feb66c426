"""The reviewed list of what the database refuses of policies, levels and delegations, as in month_guards_prices.py."""

DATED = {"date_start": "2026-03-01", "date_end": "2026-03-02", "person_id": 1, "delegate_id": 2}
LEVEL = {"approver": "manager", "needed": 1}
READY = {"company_id": 1, "ready": "small"}

TRIALS = {
    "cloud_approval_delegation_dates_ordered": ([DATED], {**DATED, "date_end": "2026-03-01"}),
    "cloud_approval_delegation_not_to_oneself": ([DATED], {**DATED, "delegate_id": 1}),
    "cloud_approval_level_amount_not_negative": ([{**LEVEL, "amount_above": 0}], {**LEVEL, "amount_above": -1}),
    "cloud_approval_level_group_named": (
        [LEVEL, {**LEVEL, "approver": "group", "group_id": 1}],
        {**LEVEL, "approver": "group"},
    ),
    "cloud_approval_level_hours_not_negative": ([{**LEVEL, "deadline_hours": 0}], {**LEVEL, "reminder_hours": -1}),
    "cloud_approval_level_needed_positive": ([LEVEL], {**LEVEL, "needed": 0}),
    "cloud_approval_policy_amount_not_negative": ([{"amount_above": 0}], {"amount_above": -1}),
    "cloud_approval_policy_one_ready": (
        [READY, {**READY, "ready": "large"}, {**READY, "company_id": 2}, {"company_id": 1}, {"company_id": 1}],
        READY,
    ),
    "cloud_approval_scope_field_of_model": ([{"model_id": 1, "field_id": 1}], {"kind": "bill_run", "field_id": 1}),
    "cloud_approval_scope_says_something": ([{"kind": "bill_run"}, {"model_id": 1}], {"policy_id": 1}),
    "cloud_change_level_needed_positive": ([{"needed": 1}], {"needed": 0}),
}

_POLICY = ("test_approval_policy.py", "test_one_in_force_is_not_edited_by_raw_sql")
TRIGGERS = {
    "cloud_approval_delegation cloud_billing_guard": ("test_approval_delegation.py", "test_nor_by_raw_sql"),
    "cloud_approval_level cloud_billing_guard": _POLICY,
    "cloud_approval_level_escalation_rel cloud_billing_guard": _POLICY,
    "cloud_approval_level_person_rel cloud_billing_guard": _POLICY,
    "cloud_approval_policy cloud_billing_guard": _POLICY,
    "cloud_approval_policy cloud_billing_guard_end": _POLICY,
    "cloud_approval_scope cloud_billing_guard": _POLICY,
    "cloud_change_level cloud_billing_guard": ("test_approval_policy.py", "test_levels_are_changed_by_no_raw_sql"),
}
