"""The reviewed list of what the database refuses of a month, and the rows that show it.

TRIALS: constraint or unique index -> (rows that are taken, the row that is refused beside them). Where a guard is taken
away its row is taken too, and test_month_guards.py turns red; but of those in DOUBLED another one refuses it as well.
TRIGGERS: "table trigger" -> the test that turns red without it; FROZEN: what the guard of approved records is tried
with. A guard that is not here is noticed by the same tests: write its trial, or its test, with it.
"""

# Columns of a charge that more than one trial needs.
MARCH = {"service_start": "2026-03-01", "service_end": "2026-04-01"}
APRIL = {"service_start": "2026-04-01", "service_end": "2026-05-01"}
OWNED = {"subscription_id": 1, "subscription_line_id": 1}
CHARGE = {"kind": "recurring", "state": "billed", "is_live": True, "correction_number": 0, **OWNED, **MARCH}
CORRECTION = {**CHARGE, "component_id": 1, "corrects_id": 1, "correction_number": 1}
ONE_TIME = {**CHARGE, "kind": "one_time", "component_id": 1}
ONE_OFF = {"kind": "adjustment", "state": "billed", "is_live": True, "correction_number": 0, "component_id": 1, **MARCH}
VOIDED = {"state": "voided", "is_live": False}
LONE = {**CHARGE, "component_id": 1}
OPENING = {**LONE, "is_opening": True, "amount": 0}
COMPONENT = {"subscription_line_id": 1, "kind": "metered", "meter_id": 1}
BILL = {"state": "ready", "run_id": 1, "customer_id": 1, "currency_id": 1, "tax_basis": "excluded", "grouping_key": ""}
TEXT = {"run_id": 1, "customer_id": 1, "currency_id": 1, "tax_basis": "excluded", "place": "header"}
ADDED = {"kind": "added", "amount": 1, **MARCH}
STANDING = {"date_start": "2026-01-01", "amount_bill": 10, "amount_run": 20, "amount_month": 30}
APPROVED = {"request_id": 1}
NOTE = {"kind": "held", "reason": "Disputed"}

TRIALS = {
    # Periods and what is charged in them, exactly once.
    "cloud_billing_period_dates_ordered": (
        [{"date_start": "2026-03-01", "date_end": "2026-04-01"}],
        {"date_start": "2026-03-01", "date_end": "2026-03-01"},
    ),
    "cloud_billing_period_no_overlap": (
        [
            {"subscription_id": 1, "date_start": "2026-03-01", "date_end": "2026-04-01"},
            {"subscription_id": 1, "date_start": "2026-04-01", "date_end": "2026-05-01"},
            {"subscription_id": 2, "date_start": "2026-03-01", "date_end": "2026-04-01"},
        ],
        {"subscription_id": 1, "date_start": "2026-03-31", "date_end": "2026-04-01"},
    ),
    "cloud_billing_period_start_uniq": (
        [{"subscription_id": 1, "date_start": "2026-03-01"}, {"subscription_id": 2, "date_start": "2026-03-01"}],
        {"subscription_id": 1, "date_start": "2026-03-01"},
    ),
    "cloud_charge_component_adjustment_has_amount": (
        [{"kind": "adjustment", "adjustment_id": 1}],
        {"kind": "adjustment"},
    ),
    "cloud_charge_component_instalment_has_part": (
        [{"kind": "instalment", "instalment_id": 1, "subscription_line_id": 1}],
        {"kind": "instalment", "subscription_line_id": 1},
    ),
    "cloud_charge_component_one_owner": (
        [COMPONENT, {"kind": "minimum", "commitment_id": 1}],
        {"kind": "minimum", "commitment_id": 2, "subscription_line_id": 1},
    ),
    "cloud_charge_component_identity_uniq": (
        [COMPONENT, {**COMPONENT, "meter_id": 2}, {**COMPONENT, "kind": "recurring", "meter_id": None}],
        {**COMPONENT, "kind": "recurring", "meter_id": None},
    ),
    "cloud_charge_component_commitment_uniq": (
        [{"kind": "minimum", "commitment_id": 1}, {"kind": "minimum", "commitment_id": 2}],
        {"kind": "minimum", "commitment_id": 1},
    ),
    "cloud_charge_component_adjustment_uniq": (
        [{"kind": "adjustment", "adjustment_id": 1}, {"kind": "adjustment", "adjustment_id": 2}],
        {"kind": "adjustment", "adjustment_id": 1},
    ),
    "cloud_charge_billed_once": (
        [
            {**CHARGE, "component_id": 1},
            {**CHARGE, "component_id": 1, **APRIL},
            {**CHARGE, "component_id": 2},
            {**CHARGE, "component_id": 1, **VOIDED},
            CORRECTION,
        ],
        {**CHARGE, "component_id": 1, "service_start": "2026-03-31", "service_end": "2026-04-01"},
    ),
    "cloud_charge_one_time_once": (
        [ONE_TIME, {**ONE_TIME, **VOIDED}, {**ONE_TIME, "corrects_id": 1, "correction_number": 1}],
        {**ONE_TIME, **APRIL},
    ),
    "cloud_charge_adjustment_once": (
        [
            ONE_OFF,
            {**ONE_OFF, **VOIDED},
            {**ONE_OFF, "corrects_id": 1, "correction_number": 1, "is_price_credit": True},
        ],
        {**ONE_OFF, **APRIL},
    ),
    "cloud_charge_correction_uniq": (
        [CORRECTION, {**CORRECTION, "correction_number": 2}, {**CORRECTION, "corrects_id": 2}],
        CORRECTION,
    ),
    "cloud_charge_correction_numbered": ([CORRECTION], {**CORRECTION, "corrects_id": None}),
    "cloud_charge_absorbed_by_correction": ([{**CORRECTION, "absorbed_amount": 1}], {**CHARGE, "absorbed_amount": 1}),
    "cloud_charge_adjustment_uncorrected": (
        [{**ONE_OFF, "corrects_id": 1, "correction_number": 1, "is_price_credit": True}],
        {**ONE_OFF, "corrects_id": 1, "correction_number": 2, "is_price_credit": False},
    ),
    "cloud_charge_days_counted": ([LONE], {**LONE, "component_id": 2, "service_end": "10000-01-01"}),
    "cloud_charge_dates_ordered": ([LONE], {**LONE, "component_id": 2, "service_end": "2026-03-01"}),
    "cloud_charge_has_owner": ([LONE], {**LONE, "component_id": 2, "subscription_line_id": None}),
    "cloud_charge_opening_is_not_ours": ([OPENING], {**OPENING, "component_id": 2, "amount": 1}),
    "cloud_charge_price_credit_cites": (
        [{**CORRECTION, "is_price_credit": True}],
        {**CHARGE, "is_price_credit": True},
    ),
    "cloud_charge_voided_is_not_live": ([{**CHARGE, **VOIDED}], {**CHARGE, "state": "voided"}),
    "cloud_rated_line_sequence_uniq": (
        [{"charge_id": 1, "sequence": 1}, {"charge_id": 1, "sequence": 2}, {"charge_id": 2, "sequence": 1}],
        {"charge_id": 1, "sequence": 1},
    ),
    "cloud_rated_grant_granted_not_negative": ([{"quantity_granted": 0}], {"quantity_granted": -1}),
    "cloud_rated_grant_draw_uniq": (
        [{"pool_key": "a", "period_start": "2026-03-01", "draw_number": number} for number in (1, 2)],
        {"pool_key": "a", "period_start": "2026-03-01", "draw_number": 1},
    ),
    "cloud_coupon_use_once_per_line": (
        [{"rated_line_id": 1, "redemption_id": 1}, {"rated_line_id": 1, "redemption_id": 2}],
        {"rated_line_id": 1, "redemption_id": 1},
    ),
    # Bills, their runs and their invoices.
    "cloud_bill_one_per_group": (
        [BILL, {**BILL, "grouping_key": "PO 1"}, {**BILL, "state": "cancelled"}, {**BILL, "run_id": 2}],
        BILL,
    ),
    "cloud_bill_move_uniq": (
        [{"state": "posted", "move_id": 1}, {"state": "posted", "move_id": 2}],
        {"state": "posted", "move_id": 1},
    ),
    "cloud_bill_posted_has_invoice": ([{"state": "posted", "move_id": 1}], {"state": "posted"}),
    "cloud_bill_run_share_payers_once": (
        [
            {"run_id": 1, "payer_from": 1, "payer_end": 9},
            {"run_id": 1, "payer_from": 9, "payer_end": 20},
            {"run_id": 2, "payer_from": 1, "payer_end": 9},
        ],
        {"run_id": 1, "payer_from": 8, "payer_end": 9},
    ),
    "cloud_bill_run_closed_is_signed": (
        [
            {**APPROVED, "state": "closed", "closed_by_id": 1, "closed_at": "2026-05-01"},
            {**APPROVED, "state": "posted"},
        ],
        {**APPROVED, "state": "closed", "closed_at": "2026-05-01"},
    ),
    "cloud_bill_run_approved_has_request": ([{"state": "approved", "request_id": 1}], {"state": "approved"}),
    "cloud_bill_run_again_has_days": (
        [{"correction_scope": "again", "again_start": "2026-03-01", "again_end": "2026-04-01"}],
        {"correction_scope": "again", "again_start": "2026-03-01"},
    ),
    "cloud_bill_run_stop_run_uniq": ([{"run_id": 1}, {"run_id": 2}], {"run_id": 1}),
    "cloud_bill_approval_one_per_content": (
        [{"bill_id": 1, "state": "pending"}, {"bill_id": 1, "state": "rejected"}],
        {"bill_id": 1, "state": "approved"},
    ),
    "account_move_cloud_bill_uniq": ([{"cloud_bill_id": 1}, {"cloud_bill_id": 2}], {"cloud_bill_id": 1}),
    "account_move_cloud_frees_uniq": (
        [{"cloud_frees_bill_id": 1, "state": "cancel"}, {"cloud_frees_bill_id": 1, "state": "posted"}],
        {"cloud_frees_bill_id": 1, "state": "draft"},
    ),
    "account_move_cloud_closing_uniq": (
        [{"cloud_closing_id": 1, "cloud_closing_part": part} for part in ("accrued", "deferred")],
        {"cloud_closing_id": 1, "cloud_closing_part": "accrued"},
    ),
    # The shape of a bill.
    "cloud_adjustment_amount_is_not_zero": ([ADDED], {**ADDED, "amount": 0}),
    "cloud_adjustment_dates_ordered": ([ADDED], {**ADDED, "service_end": "2026-03-01"}),
    "cloud_adjustment_discount_takes_off": (
        [{"kind": "discount", "amount": -1}, {"kind": "discount", "percent": 100}],
        {"kind": "discount", "percent": 101},
    ),
    "cloud_adjustment_goodwill_is_agreed": (
        [{"kind": "goodwill", "goodwill_id": 1, "amount": -1}],
        {"kind": "goodwill", "amount": -1},
    ),
    "cloud_adjustment_goodwill_once": (
        [{"kind": "goodwill", "goodwill_id": number, "amount": -1} for number in (1, 2)],
        {"kind": "goodwill", "goodwill_id": 1, "amount": -1},
    ),
    "cloud_adjustment_one_measure": ([ADDED], {"kind": "discount", "amount": -1, "percent": 1}),
    "cloud_bill_text_one_per_place": ([TEXT, {**TEXT, "run_id": 2}, {**TEXT, "grouping_key": "PO 1"}], TEXT),
    "cloud_brand_name_uniq": (
        [{"name": "A", "company_id": 1}, {"name": "A", "company_id": 2}],
        {"name": "A", "company_id": 1},
    ),
    "cloud_text_template_one_per_place": (
        [{"company_id": 1, "place": "line", "active": is_active} for is_active in (True, False)],
        {"company_id": 1, "place": "line", "active": True},
    ),
    # Putting right.
    "cloud_undo_line_bill_uniq": (
        [{"undo_id": 1, "bill_id": 1}, {"undo_id": 2, "bill_id": 1}],
        {"undo_id": 1, "bill_id": 1},
    ),
    "cloud_undo_line_reversed_uniq": (
        [{"undo_id": 1, "bill_id": 1, "state": "reversed"}, {"undo_id": 2, "bill_id": 1, "state": "open"}],
        {"undo_id": 3, "bill_id": 1, "state": "reversed"},
    ),
    "cloud_undo_line_done_has_note": (
        [{"state": "done", "note": "By hand", "done_by_id": 1}],
        {"state": "done", "done_by_id": 1},
    ),
    "cloud_goodwill_amount_positive": ([{"amount": 1}], {"amount": 0}),
    "cloud_goodwill_dates_ordered": ([MARCH], {**MARCH, "service_end": "2026-03-01"}),
    "cloud_write_off_amount_positive": ([{"amount": 1, "state": "draft"}], {"amount": 0, "state": "draft"}),
    "cloud_write_off_approved_has_entry": ([{"state": "approved", "entry_id": 1}], {"state": "approved"}),
    "cloud_write_off_undone_once": (
        [{"state": "approved", "entry_id": 1, "reversal_id": 1}],
        {"state": "draft", "reversal_id": 1},
    ),
    "cloud_write_off_one_open_per_invoice": (
        [{"move_id": 1, "state": "draft"}, {"move_id": 1, "state": "approved", "entry_id": 1}],
        {"move_id": 1, "state": "pending"},
    ),
    "res_company_cloud_goodwill_limit_positive": ([{"cloud_goodwill_limit": 0}], {"cloud_goodwill_limit": -1}),
    "res_company_cloud_hand_limit_positive": ([{"cloud_hand_limit": 0}], {"cloud_hand_limit": -1}),
    "res_company_cloud_change_days_positive": ([{"cloud_change_days": 0}], {"cloud_change_days": -1}),
    "res_company_cloud_review_days_positive": ([{"cloud_review_days": 0}], {"cloud_review_days": -1}),
    "res_company_cloud_credit_limit_positive": ([{"cloud_credit_limit": 0}], {"cloud_credit_limit": -1}),
    "res_company_cloud_late_tolerance_positive": ([{"cloud_late_tolerance": 0}], {"cloud_late_tolerance": -1}),
    "res_company_cloud_large_positive": ([{"cloud_large_amount": 1}], {"cloud_large_amount": 0}),
    "res_company_cloud_line_budget_is_count": ([{"cloud_line_budget": 0}], {"cloud_line_budget": -1}),
    # Month end.
    "cloud_closing_is_month_end": ([{"date_end": "2026-02-28"}], {"date_end": "2026-03-30"}),
    "cloud_closing_month_uniq": (
        [{"company_id": 1, "date_end": "2026-03-31"}, {"company_id": 2, "date_end": "2026-03-31"}],
        {"company_id": 1, "date_end": "2026-03-31"},
    ),
    "cloud_closing_line_days_ordered": ([MARCH], {**MARCH, "service_end": "2026-03-01"}),
    "cloud_closing_line_source_uniq": (
        [{"closing_id": number, "kind": "accrued", "source_key": "a"} for number in (1, 2)],
        {"closing_id": 1, "kind": "accrued", "source_key": "a"},
    ),
    # What people do and what a schedule may.
    "intervention_amount_has_currency": ([NOTE, {**NOTE, "amount": 1, "currency_id": 1}], {**NOTE, "amount": 1}),
    "intervention_has_reason": ([NOTE], {**NOTE, "reason": " "}),
    "cloud_standing_approval_dates_ordered": (
        [{**STANDING, "date_end": "2026-01-02"}],
        {**STANDING, "date_end": "2026-01-01"},
    ),
    "cloud_standing_approval_difference_not_negative": (
        [{**STANDING, "max_difference_percent": 0}],
        {**STANDING, "max_difference_percent": -1},
    ),
    "cloud_standing_approval_limits_ordered": ([STANDING], {**STANDING, "amount_run": 9}),
    "cloud_usage_final_is_first_day": ([{"month": "2026-03-01"}], {"month": "2026-03-02"}),
    "cloud_usage_final_one_per_month": (
        [{"source_id": 1, "month": "2026-03-01"}, {"source_id": 2, "month": "2026-03-01"}],
        {"source_id": 1, "month": "2026-03-01"},
    ),
}

# The days of two periods that begin on one day overlap.
DOUBLED = {"cloud_billing_period_start_uniq"}

# What is frozen of each record that people approve: a change that is refused.
FROZEN = {
    "cloud_bill_approval": "bill_id = 5",
    "cloud_bill_run": "usage_number = 5",
    "cloud_closing": "digest = 'x'",
    "cloud_goodwill": "reason = 'x'",
    "cloud_standing_approval": "amount_bill = 5",
    "cloud_undo": "reason = 'x'",
    "cloud_write_off": "reason = 'x'",
}

# Of records that people approve, each by the trigger of its own table.
_BY_VOTES = ("test_month_guards.py", "test_approved_states_come_by_votes_and_stay")

TRIGGERS = {
    "cloud_adjustment cloud_adjustment_frozen": (
        "test_invoicing_adjustments.py",
        "test_what_is_submitted_does_not_change",
    ),
    "cloud_bill cloud_billing_guard_large": ("test_large_bills.py", "test_the_tables_refuse_it_too"),
    "cloud_bill cloud_billing_guard_standing": (
        "test_standing_approval.py",
        "test_a_bill_is_not_posted_under_one_that_was_revoked_in_the_tables",
    ),
    "cloud_bill_approval cloud_billing_guard": _BY_VOTES,
    "cloud_bill_run cloud_billing_guard": _BY_VOTES,
    "cloud_bill_text cloud_bill_text_frozen": ("test_invoicing_texts.py", "test_what_was_approved_is_what_is_posted"),
    "cloud_change_request cloud_billing_guard_standing_insert": (
        "test_standing_approval.py",
        "test_what_does_not_hold_is_refused",
    ),
    "cloud_change_request cloud_billing_guard_standing_update": (
        "test_standing_approval.py",
        "test_limits_and_cover_are_asked_once_more_when_it_is_applied",
    ),
    "cloud_charge cloud_charge_frozen": ("test_billing_runs.py", "test_a_billed_charge_only_becomes_free"),
    "cloud_charge cloud_charge_opening_uncorrected": (
        "test_cutover_opening.py",
        "test_it_is_frozen_and_never_corrected",
    ),
    "cloud_charge cloud_rated_line_source_fixed": ("test_copied_columns.py", "test_nor_what_its_charge_says"),
    "cloud_closing cloud_billing_guard": _BY_VOTES,
    "cloud_closing_line cloud_closing_line_frozen": (
        "test_closing_control.py",
        "test_what_was_submitted_does_not_change_for_raw_sql_either",
    ),
    "cloud_coupon_use cloud_coupon_use_frozen": ("test_coupons.py", "test_what_an_approved_line_used_is_frozen"),
    "cloud_coupon_use cloud_coupon_use_limit": ("test_coupons.py", "test_raw_sql_cannot_use_more_than_the_limit"),
    "cloud_goodwill cloud_billing_guard": _BY_VOTES,
    "cloud_rated_grant cloud_rated_grant_frozen": (
        "test_billing_allowances.py",
        "test_what_an_approved_line_used_is_frozen",
    ),
    "cloud_rated_line cloud_price_credit_limited": (
        "test_price_credits.py",
        "test_the_database_refuses_an_excess_that_nobody_looked_for",
    ),
    "cloud_rated_line cloud_rated_line_copied_equal": (
        "test_copied_columns.py",
        "test_a_rated_line_of_another_customer_than_its_charge_is_refused",
    ),
    "cloud_rated_line cloud_rated_line_copied_fixed": (
        "test_copied_columns.py",
        "test_none_of_them_ever_changes_not_even_of_a_draft",
    ),
    "cloud_rated_line cloud_rated_line_frozen": (
        "test_billing_runs.py",
        "test_an_approved_line_never_changes_and_is_never_deleted",
    ),
    "cloud_standing_approval cloud_billing_guard": _BY_VOTES,
    "cloud_standing_approval cloud_billing_guard_revoked": (
        "test_standing_approval.py",
        "test_what_was_revoked_stays_revoked",
    ),
    "cloud_undo cloud_billing_guard": _BY_VOTES,
    "cloud_write_off cloud_billing_guard": _BY_VOTES,
    "intervention refuse_row_change": (
        "test_interventions.py",
        "test_the_database_refuses_to_change_delete_and_empty_it",
    ),
    "intervention refuse_truncate": (
        "test_interventions.py",
        "test_the_database_refuses_to_change_delete_and_empty_it",
    ),
}
