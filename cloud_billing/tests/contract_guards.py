"""The reviewed list of what the database refuses of seats, price changes, minimums and the cutover.

As in usage_guards.py. What a month stands on, subscriptions and their lines, is in month_guards_before.py; TRIGGERS are
those of all contracts. FROZEN, and PARTS of what is approved as a whole: what is tried with each.
"""

REDEEMED = {"coupon_id": 1, "customer_id": 1, "number": 1, "max_number": 0, "state": "approved"}
MARCH = {"date_start": "2026-03-01", "date_end": "2026-04-01"}
MINIMUM = {
    "scope": "customer", "kind": "period", "amount": 1, "scope_hash": 1, "state": "approved", **MARCH,
}  # fmt: skip
FILE = {
    "source_id": 1, "number": 1, "sha256": "x", "as_of": "2026-03-01", "state": "read", "applied_number": 0,
    "rows_read": 10, "rows_changed": 1, "rows_same": 2, "rows_unmatched": 3, "rows_rejected": 4,
}  # fmt: skip
APPLIED = {**FILE, "number": 2, "as_of": "2026-03-02", "state": "applied", "applied_number": 1}
ROW = {"delivery_id": 1, "row_no": 2, "state": "changed", "line_id": 1, "quantity": 0}
LETTER = {"indexation_id": 1, "customer_id": 1}
INDEXED = {"indexation_id": 1, "subscription_id": 1, "line_id": 1, "is_excluded": False}

TRIALS = {
    "cloud_subscription_tag_name_uniq": (
        [{"name": '{"en_US": "North"}'}, {"name": '{"en_US": "South"}'}],
        {"name": '{"en_US": "North"}'},
        {"name": '{"en_US": "North", "de_DE": "Norden"}'},
    ),
    # Seats that a vendor's file says.
    "cloud_seat_source_name_uniq": (
        [{"name": "Vendor", "company_id": 1}, {"name": "Vendor", "company_id": 2}],
        {"name": "Vendor", "company_id": 1},
    ),
    "cloud_seat_delivery_number_uniq": (
        [FILE, {**FILE, "source_id": 2}, APPLIED],
        {**FILE, "as_of": "2026-03-03"},
    ),
    "cloud_seat_delivery_same_file": (
        [FILE, APPLIED, {**FILE, "number": 3, "state": "undone", "applied_number": 2}],
        {**FILE, "number": 4},
    ),
    "cloud_seat_delivery_applied_is_numbered": (
        [FILE, APPLIED],
        {**FILE, "number": 3, "as_of": "2026-03-03", "applied_number": 2},
        {**APPLIED, "number": 4, "as_of": "2026-03-04", "applied_number": 0},
        {**APPLIED, "number": 5, "as_of": "2026-03-05", "applied_number": None},
    ),
    "cloud_seat_delivery_applied_number_uniq": (
        [FILE, {**FILE, "number": 3, "as_of": "2026-03-03"}, APPLIED, {**APPLIED, "source_id": 2}],
        {**APPLIED, "number": 4, "as_of": "2026-03-04"},
    ),
    # 10 = 1 + 2 + 3 + 4
    "cloud_seat_delivery_counts_add_up": ([FILE], {**FILE, "source_id": 2, "rows_read": 9}),
    "cloud_seat_row_row_uniq": (
        [
            ROW,
            {**ROW, "row_no": 3, "line_id": 2},
            {**ROW, "delivery_id": 2},
            *({**ROW, "row_no": 0, "state": "missing", "line_id": line} for line in (3, 4)),
        ],
        {**ROW, "line_id": 5},
    ),
    "cloud_seat_row_one_line": (
        [
            ROW,
            {**ROW, "delivery_id": 2},
            *({**ROW, "row_no": row, "state": "unmatched", "line_id": None} for row in (3, 4)),
        ],
        {**ROW, "row_no": 5},
    ),
    "cloud_seat_row_line_by_state": (
        [ROW, {**ROW, "row_no": 3, "state": "rejected", "line_id": None}],
        {**ROW, "row_no": 4, "line_id": None},
        {**ROW, "row_no": 5, "state": "rejected", "line_id": 2},
    ),
    "cloud_seat_row_applied_has_quantity": (
        [{**ROW, "is_applied": True}, {**ROW, "row_no": 3, "line_id": 2, "is_applied": False, "quantity": None}],
        {**ROW, "row_no": 4, "line_id": 3, "is_applied": True, "quantity": None},
    ),
    "cloud_seat_row_quantity_positive": ([ROW], {**ROW, "row_no": 3, "line_id": 2, "quantity": -1}),
    # Price changes of many contracts.
    "cloud_indexation_digits_sane": ([{"digits": 0}, {"digits": 10}], {"digits": -1}, {"digits": 11}),
    "cloud_indexation_index_positive": ([{"index_from": 1}, {"index_from": None}], {"index_from": 0}),
    "cloud_indexation_line_excluded_for_a_reason": (
        [INDEXED, {**INDEXED, "line_id": 2, "is_excluded": True, "exclusion_reason": "Promised"}],
        {**INDEXED, "line_id": 3, "is_excluded": True, "exclusion_reason": ""},
        {**INDEXED, "line_id": 4, "is_excluded": True},
    ),
    "cloud_indexation_line_once": (
        [INDEXED, {**INDEXED, "line_id": 2}, {**INDEXED, "indexation_id": 2}],
        INDEXED,
    ),
    "cloud_indexation_notice_one_letter": (
        [LETTER, {**LETTER, "customer_id": 2}, {**LETTER, "indexation_id": 2}],
        LETTER,
    ),
    # Minimums, commitments and coupons.
    "cloud_spend_commitment_amount_positive": ([MINIMUM], {**MINIMUM, "scope_hash": 2, "amount": 0}),
    "cloud_spend_commitment_dates_ordered": ([MINIMUM], {**MINIMUM, "scope_hash": 2, "date_end": "2026-03-01"}),
    "cloud_spend_commitment_no_double": (
        [
            MINIMUM,
            {**MINIMUM, "date_start": "2026-04-01", "date_end": "2026-05-01"},
            {**MINIMUM, "state": "draft"},
            {**MINIMUM, "scope_hash": 2},
        ],
        {**MINIMUM, "date_start": "2026-02-01", "date_end": "2026-03-02"},
        {**MINIMUM, "date_start": "2026-04-30", "date_end": None},
    ),
    "cloud_spend_commitment_owner_fits": (
        [
            MINIMUM,
            {**MINIMUM, "scope_hash": 2, "scope": "subscription", "subscription_id": 1},
            {**MINIMUM, "scope_hash": 3, "scope": "line", "subscription_id": 1, "subscription_line_id": 1},
        ],
        {**MINIMUM, "scope_hash": 4, "subscription_id": 1},
        {**MINIMUM, "scope_hash": 5, "scope": "subscription"},
        {**MINIMUM, "scope_hash": 6, "scope": "line", "subscription_id": 1},
        {**MINIMUM, "scope_hash": 7, "scope": "subscription", "subscription_id": 1, "subscription_line_id": 1},
    ),
    "cloud_spend_commitment_term_ends": (
        [{**MINIMUM, "kind": "term"}, {**MINIMUM, "scope_hash": 2, "date_end": None}],
        {**MINIMUM, "scope_hash": 3, "kind": "term", "date_end": None},
    ),
    "cloud_spend_commitment_item_one_kind": (
        [{"product_id": 1}, {"categ_id": 1}],
        {"product_id": 1, "categ_id": 1},
        {"commitment_id": 1},
    ),
    "cloud_coupon_redemption_number_uniq": (
        [
            REDEEMED,
            {**REDEEMED, "state": "draft"},
            {**REDEEMED, "coupon_id": 2},
            {**REDEEMED, "customer_id": 2, "number": 2},
        ],
        {**REDEEMED, "customer_id": 3},
    ),
    "cloud_coupon_redemption_number_within_limit": (
        [{**REDEEMED, "max_number": 1}, {"state": "draft", "number": 0, "max_number": 0}],
        {**REDEEMED, "customer_id": 2, "number": 0},
        {**REDEEMED, "customer_id": 4, "number": None},
        {**REDEEMED, "customer_id": 3, "number": 2, "max_number": 1},
    ),
    "cloud_coupon_redemption_once_per_customer": (
        [REDEEMED, {**REDEEMED, "state": "draft"}, {**REDEEMED, "coupon_id": 2}],
        {**REDEEMED, "number": 2},
    ),
    # The cutover from another system, and both beside each other.
    "cloud_opening_counter_since": (
        [{"counter_quantity": 1, "counter_start": "2026-01-01"}, {"allowance_used": 1}],
        {"counter_quantity": 1},
        {"counter_start": "2026-01-01"},
    ),
    "cloud_opening_line_uniq": (
        [{"line_id": 1}, {"line_id": 2}, {"line_id": 1, "undone_on": "2026-04-01"}],
        {"line_id": 1},
    ),
    "cloud_opening_not_negative": (
        [{"counter_quantity": 0, "counter_start": "2026-01-01", "allowance_used": 0, "deferred_amount": 0}],
        {"counter_quantity": -1, "counter_start": "2026-01-01"},
        {"allowance_used": -1},
        {"deferred_amount": -1},
    ),
    "cloud_parallel_run_uniq": ([{"run_id": 1}, {"run_id": 2}], {"run_id": 1}),
    "cloud_parallel_tolerance_positive": ([{"tolerance": 0}], {"tolerance": -1}),
    "cloud_parallel_line_explained_has_note": (
        [{"is_explained": True, "note": "Rounded"}, {"is_explained": False}],
        {"is_explained": True, "note": ""},
        {"is_explained": True},
    ),
}

# What is frozen of each record that people approve: a change that is refused.
FROZEN = {
    "cloud_coupon_redemption": "customer_id = 99",
    "cloud_cutover": "name = 'x'",
    "cloud_indexation": "percent = 99",
    "cloud_spend_commitment": "amount = 99",
}
# What belongs to something that is approved as a whole.
PARTS = {
    "cloud_indexation_line": "amount_new = 99",
    "cloud_spend_commitment_item": "product_id = 99",
}

_HERE = "test_contract_guards.py"
_SUM = ("test_contract_instalments.py", "test_the_database_refuses_parts_that_are_not_the_sum")
TRIGGERS = {
    **{f"{table} cloud_billing_guard": (_HERE, "test_approved_states_come_by_votes_and_stay") for table in FROZEN},
    **{f"{table} cloud_billing_guard": (_HERE, "test_parts_of_what_was_approved_stay_as_they_are") for table in PARTS},
    "cloud_contract_rate cloud_billing_guard": (
        "test_contract_rates.py",
        "test_raw_sql_approves_nothing_and_changes_nothing_approved",
    ),
    "cloud_spend_commitment cloud_billing_guard_end": (_HERE, "test_the_end_of_an_approved_minimum_stays"),
    "cloud_instalment cloud_instalment_frozen": (
        "test_contract_instalments.py",
        "test_a_part_that_is_charged_does_not_change",
    ),
    "cloud_instalment cloud_instalment_sum": _SUM,
    "cloud_subscription_line cloud_instalment_sum": _SUM,
    "cloud_opening cloud_opening_frozen": ("test_cutover_opening.py", "test_it_is_frozen_and_never_corrected"),
    "cloud_subscription_change cloud_subscription_change_frozen": (
        "test_contract_corrections.py",
        "test_the_timeline_is_never_edited",
    ),
    "cloud_subscription_quantity cloud_subscription_quantity_frozen": (
        "test_contract_corrections.py",
        "test_what_is_billed_stays",
    ),
}
