"""The reviewed list of what the database refuses of usage and contracts, on which a month stands, with the rows that
show it.

As in month_guards.py: constraint or unique index -> (rows that are taken, the row that is refused beside them). TABLES
are those a month reads: a guard of one of them that has no trial is noticed.
"""

TABLES = (
    "cloud_billing_usage.usage_row",
    "cloud_billing_usage.row_exception",
    "cloud_billing_usage.assignment",
    "cloud_usage_delivery",
    "cloud_usage_import",
    "cloud_usage_mapping",
    "cloud_usage_stream",
    "cloud_usage_final",
    "cloud_usage_seal",
    "cloud_usage_estimate",
    "cloud_charge_estimate",
    "cloud_customer",
    "cloud_customer_order",
    "cloud_subscription",
    "cloud_subscription_line",
    "cloud_subscription_quantity",
    "cloud_subscription_pause",
    "cloud_subscription_term",
    "cloud_subscription_succession",
    "cloud_subscription_change",
    "cloud_contract_rate",
    "cloud_instalment",
)

# Columns that more than one trial needs.
ROW = {
    "source_id": 1, "scope": 1, "row_key": b"a", "ordinal": 1, "service_start": "2026-03-01",
    "service_end": "2026-03-02",
}  # fmt: skip
OWNED = {"stream_id": 1, "from_number": 1, "to_number": 0, "subscription_line_id": 1, "policy": "bill"}
HELD = {"row_id": 1, "kind": "held", "reason": "Disputed", "from_number": 1, "to_number": 0}
ENDED = {"to_number": 2, "end_reason": "Agreed", "end_user_id": 1, "ended_at": "2026-04-01"}
DELIVERY = {
    "import_id": 1, "source_id": 1, "provider_account": "payer", "billing_month": "2026-03-01", "is_snapshot": True,
    "import_number": 1, "superseded_number": 0,
}  # fmt: skip
IMPORT = {
    "state": "imported", "company_id": 1, "source_id": 1, "import_number": 1, "rows_read": 0, "rows_accepted": 0,
    "rows_known": 0, "rows_quarantined": 0, "rows_rejected": 0,
}  # fmt: skip
MAPPING = {"stream_id": 1, "subscription_line_id": 1}
MARCH = {"utc_start": "2026-03-01", "utc_end": "2026-04-01"}
APRIL = {"utc_start": "2026-04-01", "utc_end": "2026-05-01"}
DAYS = {"date_start": "2026-03-01", "date_end": "2026-04-01"}
LATER = {"date_start": "2026-04-01", "date_end": "2026-05-01"}
TERM = {
    "subscription_id": 1, "length_count": 12, "minimum_count": 0, "notice_count": 1, "renewal_count": 12,
    "renewal_kind": "automatic",
}  # fmt: skip
RATE = {"kind": "price", "unit_price": 1, "line_id": 1, "state": "approved", "scope_hash": 1, "is_final": False}
CYCLE = {"date_start": "2026-03-01", "cycle_kind": "anniversary", "anchor_day": 1, "cycle_count": 1}
SEAL = {
    "source_id": 1, "provider_account": "payer", "month": "2026-03-01", "kind": "automatic", "content_number": 1,
    "broken_number": 0,
}  # fmt: skip
TYPED = {"component_id": 1, "service_start": "2026-03-01", "quantity": 0}
_NUMBERS = ("quantity", "cost_billed", "cost_effective", "cost_list", "cost_contracted")

TRIALS = {
    # Usage: each row once, each month live once, each day of a stream one owner.
    "usage_row_source_id_scope_row_key_ordinal_key": (
        [ROW, {**ROW, "ordinal": 2}, {**ROW, "scope": 2}, {**ROW, "source_id": 2}, {**ROW, "row_key": b"b"}],
        ROW,
    ),
    "usage_row_check": ([{**ROW, "service_end": "2026-03-01"}], {**ROW, "ordinal": 2, "service_end": "2026-02-28"}),
    **{f"usage_row_{name}_check": ([{**ROW, name: 1}], {**ROW, "ordinal": 2, name: "NaN"}) for name in _NUMBERS},
    "cloud_usage_seal_one_live": (
        [SEAL, {**SEAL, "provider_account": "other"}, {**SEAL, "broken_number": 2}, {**SEAL, "month": "2026-04-01"}],
        {**SEAL, "content_number": 3},
    ),
    "cloud_usage_seal_is_first_day": ([SEAL], {**SEAL, "month": "2026-03-02"}),
    "cloud_usage_seal_signed_for_a_reason": (
        [{**SEAL, "kind": "signed", "reason": "Agreed", "user_id": 1}],
        {**SEAL, "kind": "signed", "reason": " ", "user_id": 1, "month": "2026-04-01"},
    ),
    "cloud_usage_seal_broken_later": ([{**SEAL, "broken_number": 2}], {**SEAL, "broken_number": 1}),
    "row_exception_kind_check": ([HELD], {**HELD, "row_id": 2, "kind": "gone"}),
    "row_exception_reason_check": ([HELD], {**HELD, "row_id": 2, "reason": ""}),
    "row_exception_from_number_check": ([HELD], {**HELD, "row_id": 2, "from_number": 0}),
    "row_exception_check": ([{**HELD, **ENDED}], {**HELD, **ENDED, "row_id": 2, "to_number": 1}),
    "row_exception_check1": ([{**HELD, **ENDED}], {**HELD, **ENDED, "row_id": 2, "kind": "superseded"}),
    "row_exception_check2": ([{**HELD, **ENDED}], {**HELD, **ENDED, "row_id": 2, "end_reason": None}),
    "row_exception_once_idx": (
        [HELD, {**HELD, "row_id": 2}, {**HELD, **ENDED, "from_number": 2, "to_number": 3}],
        {**HELD, "from_number": 4},
    ),
    "row_exception_row_id_from_number_key": ([{**HELD, **ENDED}, {**HELD, "row_id": 2}], HELD),
    "assignment_from_number_check": ([OWNED], {**OWNED, "stream_id": 2, "from_number": 0}),
    "assignment_check": (
        [{**OWNED, "to_number": 2}, {**OWNED, "from_number": 2}],
        {**OWNED, "stream_id": 2, "from_number": 2, "to_number": 2},
    ),
    "assignment_check1": ([OWNED], {**OWNED, "stream_id": 2, "analytic_account_id": 1}),
    "assignment_policy_check": ([OWNED], {**OWNED, "stream_id": 2, "policy": "drop"}),
    "assignment_int4range_tsrange_excl": (
        [
            {**OWNED, **MARCH},
            {**OWNED, **APRIL},
            {**OWNED, **MARCH, "to_number": 2},
            {**OWNED, **MARCH, "stream_id": 2},
        ],
        {**OWNED, **MARCH, "utc_start": "2026-03-31"},
    ),
    "cloud_usage_mapping_no_overlap": (
        [{**MAPPING, **MARCH}, {**MAPPING, **APRIL}, {**MAPPING, **MARCH, "stream_id": 2}],
        {**MAPPING, **MARCH, "utc_start": "2026-03-31"},
    ),
    "cloud_usage_mapping_dates_ordered": (
        [{**MAPPING, **DAYS, **MARCH}],
        {**MAPPING, **APRIL, **DAYS, "date_end": "2026-03-01"},
    ),
    "cloud_usage_mapping_one_owner": ([{**MAPPING, **MARCH}], {**MAPPING, **APRIL, "analytic_account_id": 1}),
    "cloud_usage_stream_identity_uniq": (
        [{"source_id": 1, "identity_hash": "a"}, {"source_id": 2, "identity_hash": "a"}],
        {"source_id": 1, "identity_hash": "a"},
    ),
    "cloud_usage_delivery_one_live_per_partition": (
        [
            DELIVERY,
            {**DELIVERY, "import_id": 2, "superseded_number": 2},
            {**DELIVERY, "import_id": 3, "billing_month": "2026-04-01"},
            {**DELIVERY, "import_id": 4, "import_number": 0},
            {**DELIVERY, "import_id": 5, "is_snapshot": False},
        ],
        {**DELIVERY, "import_id": 6, "import_number": 6},
    ),
    "cloud_usage_delivery_one_per_import_and_month": (
        [DELIVERY, {**DELIVERY, "billing_month": None}],
        {**DELIVERY, "billing_month": None},
    ),
    "cloud_usage_delivery_superseded_after": (
        [{**DELIVERY, "superseded_number": 2}],
        {**DELIVERY, "import_id": 2, "superseded_number": 1},
    ),
    "cloud_usage_import_counts_add_up": (
        [{**IMPORT, "rows_read": 4, "rows_accepted": 1, "rows_known": 1, "rows_quarantined": 1, "rows_rejected": 1}],
        {**IMPORT, "import_number": 2, "rows_read": 2, "rows_accepted": 1},
    ),
    "cloud_usage_import_imported_has_number": ([IMPORT], {**IMPORT, "import_number": 0}),
    "cloud_usage_import_number_uniq": (
        [IMPORT, {**IMPORT, "company_id": 2}, {**IMPORT, "import_number": 2}],
        IMPORT,
    ),
    "cloud_usage_import_one_collecting_per_source": (
        [
            {**IMPORT, "state": "collecting", "import_number": 0},
            {**IMPORT, "state": "collecting", "import_number": 0, "source_id": 2},
            {**IMPORT, "state": "staging", "import_number": 0},
        ],
        {**IMPORT, "state": "collecting", "import_number": 0},
    ),
    "cloud_usage_import_one_staging_per_source": (
        [
            {**IMPORT, "state": "staging", "import_number": 0},
            {**IMPORT, "state": "staging", "import_number": 0, "source_id": 2},
        ],
        {**IMPORT, "state": "staging", "import_number": 0},
    ),
    "cloud_usage_final_is_first_day": (
        [{"source_id": 1, "month": "2026-03-01"}],
        {"source_id": 1, "month": "2026-03-02"},
    ),
    "cloud_usage_final_one_per_month": (
        [{"source_id": 1, "month": "2026-03-01"}, {"source_id": 2, "month": "2026-03-01"}],
        {"source_id": 1, "month": "2026-03-01"},
    ),
    "cloud_usage_estimate_one_per_service": (
        [TYPED, {**TYPED, "service_start": "2026-04-01"}, {**TYPED, "component_id": 2}],
        TYPED,
    ),
    "cloud_usage_estimate_quantity_not_negative": ([TYPED], {**TYPED, "component_id": 2, "quantity": -1}),
    "cloud_charge_estimate_one_per_charge": ([{"charge_id": 1}, {"charge_id": 2}], {"charge_id": 1}),
    # Who pays.
    "cloud_customer_code_company_uniq": (
        [{"code": "A", "company_id": 1}, {"code": "A", "company_id": 2}, {"code": None, "company_id": 1}],
        {"code": "A", "company_id": 1},
    ),
    "cloud_customer_partner_company_uniq": (
        [{"partner_id": 1, "company_id": 1}, {"partner_id": 1, "company_id": 2}],
        {"partner_id": 1, "company_id": 1},
    ),
    "cloud_customer_late_tolerance_positive": ([{"late_tolerance": 0}], {"late_tolerance": -1}),
    "cloud_customer_line_budget_is_count": ([{"line_budget": 0}], {"line_budget": -1}),
    "cloud_customer_order_number_uniq": (
        [{"customer_id": 1, "name": "PO 1"}, {"customer_id": 2, "name": "PO 1"}],
        {"customer_id": 1, "name": "PO 1"},
    ),
    "cloud_customer_order_amount_positive": ([{"amount": 1}, {"amount": None}], {"amount": 0}),
    "cloud_customer_order_dates_ordered": ([DAYS], {**DAYS, "date_end": "2026-03-01"}),
    # What was agreed, on which days.
    "cloud_subscription_dates_ordered": ([{**CYCLE, **DAYS}], {**CYCLE, **DAYS, "date_end": "2026-02-28"}),
    "cloud_subscription_cancelled_when_empty": (
        [{**CYCLE, "date_start": "2026-03-01", "date_end": "2026-03-01", "end_kind": "cancelled"}],
        {**CYCLE, "date_start": "2026-03-01", "date_end": "2026-03-01", "end_kind": None},
    ),
    "cloud_subscription_anchor_date_if_aligned": (
        [CYCLE, {**CYCLE, "cycle_kind": "aligned", "anchor_date": "2026-01-01"}],
        {**CYCLE, "cycle_kind": "aligned"},
    ),
    "cloud_subscription_anchor_in_month": ([{**CYCLE, "anchor_day": 31}], {**CYCLE, "anchor_day": 32}),
    "cloud_subscription_cycle_count_positive": ([CYCLE], {**CYCLE, "cycle_count": 0}),
    "cloud_subscription_trial_in_life": (
        [{**CYCLE, "date_start": "2026-03-01", "trial_end": "2026-03-02"}],
        {**CYCLE, "date_start": "2026-03-01", "trial_end": "2026-03-01"},
    ),
    "cloud_subscription_not_its_own": (
        [{**CYCLE, "id": 1, "predecessor_id": 2}],
        {**CYCLE, "id": 3, "predecessor_id": 3},
    ),
    "cloud_subscription_one_successor": (
        [{**CYCLE, "predecessor_id": 1}, {**CYCLE, "predecessor_id": 2}],
        {**CYCLE, "predecessor_id": 1},
    ),
    "cloud_subscription_former_key_uniq": (
        [{**CYCLE, "company_id": 1, "former_key": "A"}, {**CYCLE, "company_id": 2, "former_key": "A"}],
        {**CYCLE, "company_id": 1, "former_key": "A"},
    ),
    "cloud_subscription_line_dates_ordered": ([DAYS], {**DAYS, "date_end": "2026-03-01"}),
    "cloud_subscription_line_cycle_count_positive": ([{"cycle_count": 1}], {"cycle_count": 0}),
    "cloud_subscription_line_seat_key_uniq": (
        [{"seat_source_id": 1, "seat_key": "A"}, {"seat_source_id": 2, "seat_key": "A"}],
        {"seat_source_id": 1, "seat_key": "A"},
    ),
    "cloud_subscription_line_seat_key_with_source": ([{"seat_source_id": 1, "seat_key": "A"}], {"seat_key": "A"}),
    "cloud_subscription_quantity_revision_uniq": (
        [
            {"line_id": 1, "date_start": "2026-03-01", "revision": 1},
            {"line_id": 1, "date_start": "2026-03-01", "revision": 2},
            {"line_id": 2, "date_start": "2026-03-01", "revision": 1},
        ],
        {"line_id": 1, "date_start": "2026-03-01", "revision": 1},
    ),
    "cloud_subscription_quantity_quantity_positive": ([{"quantity": 0}], {"quantity": -1}),
    "cloud_subscription_quantity_delivered_by_source": (
        [{"seat_row_id": 1, "origin": "source"}, {"origin": "person"}],
        {"seat_row_id": 1, "origin": "person"},
    ),
    "cloud_subscription_pause_dates_ordered": (
        [{"subscription_id": 1, **DAYS}],
        {"subscription_id": 2, **DAYS, "date_end": "2026-02-28"},
    ),
    "cloud_subscription_pause_no_overlap": (
        [{"subscription_id": 1, **DAYS}, {"subscription_id": 1, **LATER}, {"subscription_id": 2, **DAYS}],
        {"subscription_id": 1, "date_start": "2026-03-31", "date_end": None},
    ),
    "cloud_subscription_term_no_overlap": (
        [{**TERM, **DAYS}, {**TERM, **LATER}, {**TERM, **DAYS, "subscription_id": 2}],
        {**TERM, "date_start": "2026-03-31", "date_end": "2026-04-01"},
    ),
    "cloud_subscription_term_counts_positive": (
        [{**TERM, **DAYS}],
        {**TERM, **LATER, "notice_count": -1},
    ),
    "cloud_subscription_term_open_is_last": (
        [{**TERM, **DAYS, "length_count": 0}],
        {**TERM, **LATER, "length_count": 0, "renewal_kind": "offer"},
    ),
    "cloud_subscription_term_renewed_once": (
        [{**TERM, **DAYS, "previous_id": 1}, {**TERM, **LATER, "previous_id": 2}],
        {**TERM, "subscription_id": 3, **DAYS, "previous_id": 1},
    ),
    "cloud_subscription_term_uplift_in_bounds": (
        [{**TERM, **DAYS, "uplift_percent": 3}],
        {**TERM, **LATER, "uplift_percent": -100},
    ),
    "cloud_subscription_succession_one_successor": (
        [{"predecessor_id": 1}, {"predecessor_id": 1, "undone_on": "2026-03-01"}, {"predecessor_id": 2}],
        {"predecessor_id": 1},
    ),
    "cloud_subscription_change_dates_ordered": (
        [{"date_from": "2026-03-01", "date_to": "2026-04-01"}, {"date_from": "2026-03-01"}],
        {"date_from": "2026-03-01", "date_to": "2026-03-01"},
    ),
    "cloud_contract_rate_dates_ordered": (
        [{**RATE, **DAYS}],
        {**RATE, "scope_hash": 2, **DAYS, "date_end": "2026-03-01"},
    ),
    "cloud_contract_rate_price_has_one": ([{**RATE, **DAYS}], {**RATE, "scope_hash": 2, **DAYS, "unit_price": None}),
    "cloud_contract_rate_adjustment_changes_something": (
        [{"kind": "adjust", "percent": -5, "is_final": False}],
        {"kind": "adjust", "percent": -5, "amount": 1, "is_final": False},
    ),
    "cloud_contract_rate_one_at_a_time": (
        [{**RATE, **DAYS}, {**RATE, **LATER}, {**RATE, **DAYS, "state": "draft"}, {**RATE, **DAYS, "scope_hash": 2}],
        {**RATE, "date_start": "2026-03-31", "date_end": None},
    ),
    "cloud_instalment_number_uniq": (
        [{"line_id": 1, "number": 1, "amount": 1}, {"line_id": 1, "number": 2, "amount": 1}],
        {"line_id": 1, "number": 1, "amount": 1},
    ),
    "cloud_instalment_amount_positive": ([{"amount": 1}], {"amount": 0}),
    "cloud_instalment_settled_is_cancelled": (
        [{"settled_by_id": 1, "cancelled_date": "2026-03-01"}, {"cancelled_date": "2026-03-01"}],
        {"settled_by_id": 1},
    ),
}

# Without it no range can be made of the days.
DOUBLED = {"cloud_subscription_pause_dates_ordered"}
