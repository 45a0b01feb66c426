"""The reviewed list of what the database refuses of usage on its way in: sources, connectors, arrivals, owners.

As in month_guards.py: constraint or unique index -> (rows that are taken, the row or rows that are refused beside
them). ROWS: "table guard" of the tables that SQL owns -> statements, of which the last is refused by this trigger or
foreign key and taken without it. What a month stands on is in month_guards_before.py.
"""

MARCH = {"date_start": "2026-03-01", "date_end": "2026-04-01"}
CONNECTOR = {"every_hours": 1, "at_hour": 0, "on_day": 1, "max_megabytes": 1, "max_minutes": 1}
DELIVERED = {"connector_id": 1, "name": "march.csv", "number": 1}
CONTROL = {
    "source_id": 1, "provider_account": "payer", "month": "2026-03-01", "measure": "quantity", "currency": "",
    "unit": "GB", "is_current": True,
}  # fmt: skip
SPIKE = {"kind": "spike", "measure": "quantity", "factor": 1, "minimum": 0, "weeks": 2}
RANGE = {"kind": "range", "measure": "quantity", "lowest": 1, "highest": 1}
VALUE = {"kind": "value", "dimension": "region"}
TIME = {"kind": "time", "past_days": 1, "future_days": 0}
KEY = {"company_id": 1, "key": "A-1", "customer_id": 1}
RULE = {"customer_id": 1, "sku": "disk", "scope_hash": 1, **MARCH}
BATCH = {
    "source_id": 1, "signature": "a", "event_count": 15, "accepted_count": 1, "known_count": 2, "quarantined_count": 3,
    "cancelled_count": 4, "refused_count": 5,
}  # fmt: skip
PLACE = {"company_id": 1, "source_id": 1, "state": "held"}
UPLOAD = {"create_uid": 1, "company_id": 1, "name": "a.csv", "size": 0, "first_sha256": "x", "part_bytes": 1}

TRIALS = {
    # Sources: how they are read, when they are expected and what is kept of them.
    "cloud_usage_source_name_company_uniq": (
        [{"name": "Bills", "company_id": 1}, {"name": "Bills", "company_id": 2}],
        {"name": "Bills", "company_id": 1},
    ),
    "cloud_usage_source_condensed_months_only": (
        [{"keep_rows": "all", "shape": "append"}, {"keep_rows": "daily", "shape": "snapshot"}],
        {"keep_rows": "daily", "shape": "append"},
    ),
    "cloud_usage_source_own_columns_have_format": (
        [{"reader": "own_columns", "format_id": 1}, {"reader": "focus"}],
        {"reader": "own_columns"},
    ),
    "cloud_usage_source_skips_no_fewer_than_no_rows": ([{"skip_rows": 0}], {"skip_rows": -1}),
    "cloud_usage_source_days_not_negative": (
        [{"expected_days": 0, "final_days": 0}],
        {"expected_days": -1, "final_days": 0},
        {"expected_days": 0, "final_days": -1},
    ),
    "cloud_usage_source_expected_hours_not_negative": ([{"expected_hours": 0}], {"expected_hours": -1}),
    "cloud_usage_source_files_are_kept": ([{"keep_files_months": 0}], {"keep_files_months": -1}),
    "cloud_usage_source_seal_not_negative": (
        [{"unchanged_days": 0, "tolerance_amount": 0, "tolerance_percent": 0}],
        {"unchanged_days": -1},
        {"tolerance_amount": -1},
        {"tolerance_percent": -1},
    ),
    "cloud_usage_source_policy_kind_uniq": (
        [{"source_id": 1, "charge_kind": "usage"}, {"source_id": 2, "charge_kind": "usage"}],
        {"source_id": 1, "charge_kind": "usage"},
    ),
    "cloud_usage_format_name_company_uniq": (
        [{"name": "Own", "company_id": 1}, {"name": "Own", "company_id": 2}],
        {"name": "Own", "company_id": 1},
    ),
    "cloud_usage_format_version_number_uniq": (
        [{"format_id": 1, "number": 1}, {"format_id": 1, "number": 2}, {"format_id": 2, "number": 1}],
        {"format_id": 1, "number": 1},
    ),
    # Files and their rows.
    "cloud_usage_file_sequence_uniq": (
        [{"import_id": 1, "sequence": 1}, {"import_id": 1, "sequence": 2}, {"import_id": 2, "sequence": 1}],
        {"import_id": 1, "sequence": 1},
    ),
    "cloud_usage_import_halt_import_uniq": ([{"import_id": 1}, {"import_id": 2}], {"import_id": 1}),
    "cloud_usage_reject_waived_for_a_reason": (
        [{"state": "waived", "resolution": "Of no use"}, {"state": "open", "resolution": ""}],
        {"state": "waived", "resolution": " "},
        {"state": "waived"},
    ),
    "cloud_usage_upload_file_uniq": (
        [UPLOAD, {**UPLOAD, "create_uid": 2}, {**UPLOAD, "first_sha256": "y"}, {**UPLOAD, "size": 1}],
        UPLOAD,
    ),
    "cloud_usage_upload_size_possible": (
        [UPLOAD],
        {**UPLOAD, "name": "b.csv", "size": -1},
        {**UPLOAD, "name": "b.csv", "part_bytes": 0},
    ),
    "cloud_usage_upload_part_sequence_uniq": (
        [{"upload_id": 1, "sequence": 1}, {"upload_id": 1, "sequence": 2}, {"upload_id": 2, "sequence": 1}],
        {"upload_id": 1, "sequence": 1},
    ),
    "known_again_row_count_check": ([{"row_count": 1}], {"row_count": 0}),
    # What arrived is looked at: checks and control totals.
    "cloud_usage_check_range_has_bound": (
        [RANGE, {**RANGE, "lowest": None}, {**RANGE, "highest": None}],
        {**RANGE, "measure": None},
        {**RANGE, "lowest": None, "highest": None},
        {**RANGE, "lowest": 2},
    ),
    "cloud_usage_check_spike_is_measured": (
        [SPIKE, {**SPIKE, "measure": "cost_billed", "weeks": 26}],
        {**SPIKE, "measure": "cost_list"},
        *({**SPIKE, name: None} for name in ("measure", "factor", "minimum", "weeks")),
        {**SPIKE, "factor": 0},
        {**SPIKE, "minimum": -1},
        {**SPIKE, "weeks": 1},
        {**SPIKE, "weeks": 27},
    ),
    "cloud_usage_check_time_has_limit": (
        [TIME, {**TIME, "past_days": 0, "future_days": 1}],
        {**TIME, "past_days": 0},
        {**TIME, "past_days": -1, "future_days": 2},
        {**TIME, "past_days": 2, "future_days": -1},
    ),
    "cloud_usage_check_value_has_dimension": (
        [VALUE, {**VALUE, "dimension": "tag", "tag": "team"}],
        {**VALUE, "dimension": None},
        {**VALUE, "dimension": "tag"},
        {**VALUE, "dimension": "tag", "tag": ""},
    ),
    "cloud_usage_check_value_known_once": (
        [{"check_id": 1, "scope": "", "value": value} for value in ("north", "south")],
        {"check_id": 1, "scope": "", "value": "north"},
    ),
    "cloud_usage_control_cost_has_currency": (
        [CONTROL, {**CONTROL, "measure": "cost_billed", "currency": "USD", "unit": ""}],
        {**CONTROL, "measure": "cost_billed"},
        {**CONTROL, "currency": "USD"},
    ),
    "cloud_usage_control_is_first_day": ([CONTROL], {**CONTROL, "month": "2026-03-02"}),
    "cloud_usage_control_one_current": (
        [CONTROL, {**CONTROL, "is_current": False}, {**CONTROL, "unit": "h"}, {**CONTROL, "month": "2026-04-01"}],
        CONTROL,
    ),
    # Connectors: one at a time, of hosts that somebody allowed.
    "cloud_connector_name_company_uniq": (
        [{**CONNECTOR, "name": "Cloud", "company_id": 1}, {**CONNECTOR, "name": "Cloud", "company_id": 2}],
        {**CONNECTOR, "name": "Cloud", "company_id": 1},
    ),
    "cloud_connector_failures_not_negative": ([{**CONNECTOR, "failures": 0}], {**CONNECTOR, "failures": -1}),
    "cloud_connector_importer_named": (
        [{**CONNECTOR, "imports": "itself", "import_user_id": 1}, {**CONNECTOR, "imports": "person"}],
        {**CONNECTOR, "imports": "itself"},
    ),
    "cloud_connector_limits_possible": (
        [CONNECTOR, {**CONNECTOR, "max_megabytes": 65536, "max_minutes": 1440}],
        {**CONNECTOR, "max_megabytes": 0},
        {**CONNECTOR, "max_megabytes": 65537},
        {**CONNECTOR, "max_minutes": 0},
        {**CONNECTOR, "max_minutes": 1441},
    ),
    "cloud_connector_times_possible": (
        [CONNECTOR, {**CONNECTOR, "every_hours": 720, "at_hour": 23, "on_day": 28}],
        {**CONNECTOR, "every_hours": 0},
        {**CONNECTOR, "every_hours": 721},
        {**CONNECTOR, "at_hour": -1},
        {**CONNECTOR, "at_hour": 24},
        {**CONNECTOR, "on_day": 0},
        {**CONNECTOR, "on_day": 29},
    ),
    "cloud_connector_backfill_one_at_a_time": (
        [
            {"connector_id": 1, "state": "running", **MARCH},
            {"connector_id": 1, "state": "done", **MARCH},
            {"connector_id": 2, "state": "paused", **MARCH},
        ],
        {"connector_id": 1, "state": "paused", **MARCH},
        {"connector_id": 2, "state": "running", **MARCH},
    ),
    "cloud_connector_backfill_range_possible": ([MARCH], {**MARCH, "date_end": "2026-03-01"}),
    "cloud_connector_column_name_uniq": (
        [{"connector_id": 1, "name": "code"}, {"connector_id": 2, "name": "code"}],
        {"connector_id": 1, "name": "code"},
    ),
    "cloud_connector_delivery_number_uniq": (
        [DELIVERED, {**DELIVERED, "number": 2}, {**DELIVERED, "name": "april.csv"}, {**DELIVERED, "connector_id": 2}],
        DELIVERED,
    ),
    "cloud_connector_host_allowed_by_somebody": (
        [{"allowed_at": "2026-03-01", "allowed_by_id": 1}, {"allowed_at": None}],
        {"allowed_at": "2026-03-01"},
        {"allowed_by_id": 1},
    ),
    "cloud_connector_host_name_uniq": (
        [{"connector_id": 1, "name": "example.com"}, {"connector_id": 2, "name": "example.com"}],
        {"connector_id": 1, "name": "example.com"},
    ),
    "cloud_connector_run_ended_with_outcome": (
        [{"outcome": "running"}, {"outcome": "failed", "ended_at": "2026-03-01"}],
        {"outcome": "failed"},
        {"outcome": "running", "ended_at": "2026-03-01"},
    ),
    "cloud_connector_run_one_running": (
        [
            {"connector_id": 1, "outcome": "running"},
            {"connector_id": 2, "outcome": "running"},
            {"connector_id": 1, "outcome": "failed", "ended_at": "2026-03-01"},
        ],
        {"connector_id": 1, "outcome": "running"},
    ),
    "cloud_sheet_delivery_decided": (
        [{"state": "look"}, {"state": "dismissed", "decided_at": "2026-03-01"}],
        {"state": "dismissed"},
        {"state": "same"},
        {"state": "superseded"},
        {"state": "imported", "decided_by_id": 1},
        {"state": "look", "decided_at": "2026-03-01"},
    ),
    "cloud_sheet_delivery_imported_by": (
        [{"state": "imported", "decided_at": "2026-03-01", "decided_by_id": 1}],
        {"state": "imported", "decided_at": "2026-03-01"},
    ),
    # Whose usage it is.
    "cloud_external_key_key_uniq": (
        [
            KEY,
            {**KEY, "company_id": 2},
            {**KEY, "source_id": 1},
            {**KEY, "system": "crm"},
            {"company_id": 1, "key": "A-1", "subscription_id": 1},
        ],
        {**KEY, "key": "a-1", "customer_id": 2},
        {**KEY, "system": "CRM", "customer_id": 2},
    ),
    "cloud_external_key_one_owner": ([KEY], {**KEY, "key": "B", "customer_id": None}, {**KEY, "subscription_id": 1}),
    "cloud_external_key_one_system": ([KEY], {**KEY, "source_id": 1, "system": "crm"}),
    "cloud_usage_match_rule_dates_ordered": ([RULE], {**RULE, "scope_hash": 2, "date_end": "2026-03-01"}),
    "cloud_usage_match_rule_one_at_a_time": (
        [RULE, {**RULE, "scope_hash": 2}, {**RULE, "date_start": "2026-04-01", "date_end": "2026-05-01"}],
        {**RULE, "date_start": "2026-03-31"},
        {**RULE, "date_start": "2026-04-30", "date_end": None},
    ),
    "cloud_usage_match_rule_one_owner": (
        [RULE, {**RULE, "scope_hash": 2, "customer_id": None, "analytic_account_id": 1}],
        {**RULE, "scope_hash": 3, "customer_id": None},
        {**RULE, "scope_hash": 4, "subscription_line_id": 1},
    ),
    "cloud_usage_match_rule_product_of_customer": (
        [{**RULE, "product_id": 1}],
        {**RULE, "scope_hash": 2, "product_id": 1, "customer_id": None, "subscription_line_id": 1},
    ),
    "cloud_usage_match_rule_says_something": ([RULE], {**RULE, "scope_hash": 2, "sku": None}),
    "cloud_usage_proof_company_uniq": ([{"company_id": 1}, {"company_id": 2}], {"company_id": 1}),
    "cloud_usage_state_place_uniq": (
        [PLACE, {**PLACE, "currency": "USD"}, {**PLACE, "state": "keep"}, {**PLACE, "source_id": 2}],
        PLACE,
        {**PLACE, "currency": "USD"},
    ),
    "cloud_usage_map_wizard_dates_ordered": ([MARCH], {**MARCH, "date_end": "2026-03-01"}),
    # What is pushed.
    "cloud_usage_source_push_has_user": (
        [{"takes_push": True, "push_user_id": 1}, {"takes_push": False}],
        {"takes_push": True},
    ),
    "cloud_usage_source_push_minutes_range": (
        [{"push_minutes": 1, "push_rate": 0}, {"push_minutes": 1440, "push_rate": 0}],
        {"push_minutes": 0, "push_rate": 0},
        {"push_minutes": 1441, "push_rate": 0},
        {"push_minutes": 1, "push_rate": -1},
    ),
    # 15 = 1 + 2 + 3 + 4 + 5
    "cloud_push_batch_counts_add_up": ([BATCH], {**BATCH, "signature": "b", "event_count": 14}),
    "cloud_push_batch_taken_once": (
        [BATCH, {**BATCH, "source_id": 2}, {**BATCH, "signature": None}, {**BATCH, "signature": None}],
        BATCH,
    ),
    "cloud_push_key_wizard_days_range": ([{"days": 1}, {"days": 366}], {"days": 0}, {"days": 367}),
    "cloud_push_key_wizard_former_hours_range": (
        [{"former_hours": 0}, {"former_hours": 720}],
        {"former_hours": -1},
        {"former_hours": 721},
    ),
}

SCHEMA = "cloud_billing_usage"
_HELD = "INSERT INTO {0}.row_exception (row_id, kind, from_number, reason, user_id) SELECT {1}, 'held', 1, 'x', 1 {2}"
_CANCELLED = "INSERT INTO {0}.push_cancel (row_id, import_id, batch_id) SELECT {1}, 1, 1 {2}"
_ONE = f"FROM {SCHEMA}.usage_row LIMIT 1"
HELD, CANCELLED = (insert.format(SCHEMA, "id", _ONE) for insert in (_HELD, _CANCELLED))
_WITH_DELIVERY = ("usage_row", "delivery_stream", "delivery_day")
ROWS = {
    **{f"{table} deleted_with_delivery": ((), f"DELETE FROM {SCHEMA}.{table}") for table in _WITH_DELIVERY},
    "usage_row never_changed": ((), f"UPDATE {SCHEMA}.usage_row SET quantity = 5"),
    "delivery_stream never_changed": ((), f"UPDATE {SCHEMA}.delivery_stream SET row_count = 5"),
    "delivery_day never_changed": ((), f"UPDATE {SCHEMA}.delivery_day SET row_count = 5"),
    "assignment never_deleted": ((), f"DELETE FROM {SCHEMA}.assignment"),
    "assignment ends_once": ((), f"UPDATE {SCHEMA}.assignment SET subscription_line_id = subscription_line_id + 1"),
    "row_exception never_deleted": ((HELD,), f"DELETE FROM {SCHEMA}.row_exception"),
    "row_exception ends_once": ((HELD,), f"UPDATE {SCHEMA}.row_exception SET reason = 'y'"),
    "row_exception row_exception_row_id_fkey": ((), _HELD.format(SCHEMA, -1, "")),
    "push_cancel never_changed": (
        (CANCELLED,),
        f"DELETE FROM {SCHEMA}.push_cancel",
        f"UPDATE {SCHEMA}.push_cancel SET batch_id = 2",
    ),
    "push_cancel push_cancel_row_id_fkey": ((), _CANCELLED.format(SCHEMA, -1, "")),
    **{
        f"{table} never_truncated": ((), f"TRUNCATE {SCHEMA}.{table}")
        for table in ("delivery_stream", "delivery_day", "assignment", "row_exception", "push_cancel")
    },
    # What refers to rows goes with them, and is kept by itself.
    "usage_row never_truncated": (
        [f"ALTER TABLE {SCHEMA}.{table} DISABLE TRIGGER never_truncated" for table in ("row_exception", "push_cancel")],
        f"TRUNCATE {SCHEMA}.usage_row CASCADE",
    ),
}

_FORMAT = ("test_usage_formats.py", "test_never_changes_once_something_was_read_by_it")
TRIGGERS = {
    **{
        guard: ("test_usage_guards.py", "test_rows_are_kept_each_by_its_own_guard")
        for guard in ROWS
        if not guard.endswith("_fkey")
    },
    "cloud_usage_delivery cloud_usage_delivery_kept": (
        "test_usage_guards.py",
        "test_numbers_of_a_delivery_are_written_once",
    ),
    "cloud_usage_format_version cloud_usage_format_version_kept": _FORMAT,
    "cloud_usage_import cloud_usage_import_keeps_format": _FORMAT,
    "cloud_usage_seal kept": ("test_usage_seals.py", "test_kept_by_the_database"),
}
