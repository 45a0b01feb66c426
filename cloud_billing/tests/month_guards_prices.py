"""The reviewed list of what the database refuses of prices, with the rows that show it.

As in month_guards.py: constraint or unique index -> (rows that are taken, the row that is refused beside them);
"table trigger" -> the test that turns red without it; FROZEN, and PARTS of what is approved as a whole: what is tried
with each. The tables are those of the rooms catalog and trial.
"""

METER = {"aggregation": "sum", "weighting": None}
TIMED = {"aggregation": "time_weighted", "weighting": "days"}
COUNTED = {"aggregation": "unique_count", "counted_dimension": "resource"}
VALUED = {"aggregation": "value", "value_basis": None}
BUNDLE = {"state": "approved", "company_id": 1, "product_id": 1, "date_start": "2026-03-01", "pricing": "sum"}
COUPON = {"company_id": 1, "code": "Spring", "percent": 10}
ALLOWANCE = {"version_id": 1, "product_id": 1, "scope_hash": 1, "cycle": "month", "rollover_periods": 0}
VERSION = {"plan_id": 1, "date_start": "2026-03-01", "revision": 1, "state": "approved"}
RULE = {"role": "price", "is_final": False, "version_id": 1, "scope_hash": 1}
CONDITION = {"rule_id": 1, "dimension": "region"}
MEMBER = {"customer_id": 1, "date_start": "2026-03-01", "revision": 1, "state": "approved"}

TRIALS = {
    # Bundles and coupons.
    "cloud_bundle_discount_in_range": (
        [{**BUNDLE, "discount_percent": 100}, {**BUNDLE, "product_id": 2, "discount_amount": 0}],
        {**BUNDLE, "product_id": 3, "discount_percent": 101},
    ),
    "cloud_bundle_discount_of_a_sum": (
        [{**BUNDLE, "discount_amount": 5}, {**BUNDLE, "product_id": 2, "pricing": "own"}],
        {**BUNDLE, "product_id": 3, "pricing": "own", "discount_amount": 5},
    ),
    "cloud_bundle_one_approved_per_date": (
        [BUNDLE, {**BUNDLE, "date_start": "2026-04-01"}, {**BUNDLE, "state": "draft"}],
        BUNDLE,
    ),
    "cloud_bundle_one_discount": (
        [{**BUNDLE, "discount_percent": 5}],
        {**BUNDLE, "product_id": 2, "discount_percent": 5, "discount_amount": 5},
    ),
    "cloud_bundle_part_price_not_negative": ([{"standalone_price": 0}], {"standalone_price": -1}),
    "cloud_bundle_part_product_once": (
        [{"bundle_id": 1, "product_id": 1}, {"bundle_id": 2, "product_id": 1}],
        {"bundle_id": 1, "product_id": 1},
    ),
    "cloud_bundle_part_quantity_positive": ([{"quantity": 1}], {"quantity": 0}),
    "cloud_coupon_code_uniq": ([COUPON, {**COUPON, "company_id": 2}], {**COUPON, "code": "SPRING"}),
    "cloud_coupon_dates_ordered": (
        [{**COUPON, "date_start": "2026-03-01", "date_end": "2026-03-02"}],
        {**COUPON, "code": "Late", "date_start": "2026-03-01", "date_end": "2026-03-01"},
    ),
    "cloud_coupon_discount_in_range": ([{**COUPON, "percent": 100}], {**COUPON, "code": "All", "percent": 101}),
    "cloud_coupon_limits_positive": ([{**COUPON, "amount_limit": 1}], {**COUPON, "code": "None", "amount_limit": 0}),
    "cloud_coupon_one_discount": ([COUPON], {**COUPON, "code": "Both", "amount": 5}),
    "cloud_coupon_item_one_kind": ([{"product_id": 1}, {"categ_id": 1}], {"product_id": 1, "categ_id": 1}),
    # Meters.
    "cloud_meter_apart_tag_named": (
        [{**TIMED, "apart_dimension": "tag", "apart_tag": "team"}, {**TIMED, "apart_dimension": "region"}],
        {**TIMED, "apart_dimension": "tag", "apart_tag": ""},
    ),
    "cloud_meter_apart_where_it_differs": (
        [{**TIMED, "apart_dimension": "region"}, METER],
        {**METER, "apart_dimension": "region"},
    ),
    "cloud_meter_basis_tag_named": (
        [{**METER, "basis": "tag", "basis_tag": "seats"}, {**METER, "basis": "quantity"}],
        {**METER, "basis": "quantity", "basis_tag": "seats"},
    ),
    "cloud_meter_code_company_uniq": (
        [{**METER, "code": "disk"}, {**METER, "code": "disk", "company_id": 1}],
        {**METER, "code": "disk"},
    ),
    "cloud_meter_counted_named": ([COUNTED, METER], {"aggregation": "unique_count"}),
    "cloud_meter_counted_tag_named": (
        [{**COUNTED, "counted_dimension": "tag", "counted_tag": "user"}],
        {**COUNTED, "counted_dimension": "tag"},
    ),
    "cloud_meter_operation_of_unique_count": ([{**COUNTED, "operation_tag": "op"}], {**METER, "operation_tag": "op"}),
    "cloud_meter_rounding_step_positive": ([{**METER, "rounding_step": 1}], {**METER, "rounding_step": 0}),
    "cloud_meter_value_once": (
        [VALUED, {**METER, "value_basis": "cost_billed"}],
        {**VALUED, "value_basis": "cost_billed"},
    ),
    "cloud_meter_value_tag_named": (
        [{**METER, "value_basis": "tag", "value_tag": "turnover"}],
        {**METER, "value_basis": "tag"},
    ),
    "cloud_meter_weighting_where_levels_hold": ([TIMED, METER], {**METER, "weighting": "days"}),
    "cloud_meter_conversion_factor_positive": (
        [{"numerator": 1, "denominator": 3}],
        {"numerator": 1, "denominator": 0},
    ),
    "cloud_meter_conversion_unit_uniq": (
        [{"meter_id": 1, "unit": "GB"}, {"meter_id": 1, "unit": "TB"}, {"meter_id": 2, "unit": "GB"}],
        {"meter_id": 1, "unit": "GB"},
    ),
    "cloud_meter_filter_tag_named": (
        [{"dimension": "tag", "tag": "team"}, {"dimension": "region"}],
        {"dimension": "region", "tag": "team"},
    ),
    # Prices: versions, rules and what they hold.
    "cloud_price_allowance_contract_has_one_period": (
        [{**ALLOWANCE, "cycle": "contract", "shared": "line"}],
        {**ALLOWANCE, "scope_hash": 2, "cycle": "contract", "shared": "line", "rollover_periods": 1},
    ),
    "cloud_price_allowance_one_customer_scope": (
        [{**ALLOWANCE, "customer_id": 1}],
        {**ALLOWANCE, "scope_hash": 2, "customer_id": 1, "rate_class_id": 1},
    ),
    "cloud_price_allowance_one_per_scope": ([ALLOWANCE, {**ALLOWANCE, "version_id": 2}], ALLOWANCE),
    "cloud_price_allowance_one_product_scope": (
        [ALLOWANCE],
        {**ALLOWANCE, "scope_hash": 2, "categ_id": 1},
    ),
    "cloud_price_allowance_quantity_positive": (
        [{**ALLOWANCE, "quantity": 1}],
        {**ALLOWANCE, "scope_hash": 2, "quantity": 0},
    ),
    "cloud_price_allowance_rollover_not_negative": (
        [ALLOWANCE],
        {**ALLOWANCE, "scope_hash": 2, "rollover_periods": -1},
    ),
    "cloud_price_condition_one_per_dimension": (
        [CONDITION, {**CONDITION, "dimension": "sku"}, {**CONDITION, "dimension": "tag", "tag": "team"}],
        CONDITION,
    ),
    "cloud_price_condition_tag_named": (
        [{**CONDITION, "dimension": "tag", "tag": "team"}],
        {**CONDITION, "tag": "team"},
    ),
    "cloud_price_plan_version_one_approved_revision": (
        [VERSION, {**VERSION, "revision": 2}, {**VERSION, "state": "draft"}, {**VERSION, "date_start": "2026-04-01"}],
        VERSION,
    ),
    "cloud_price_plan_version_revision_positive": ([VERSION], {**VERSION, "revision": 0}),
    "cloud_price_plan_version_until_of_a_promise": (
        [{**VERSION, "policy": "grandfather", "grandfather_until": "2026-04-01"}],
        {**VERSION, "revision": 2, "policy": "grandfather", "grandfather_until": "2026-03-01"},
    ),
    "cloud_price_rule_adjustment_changes_something": (
        [{**RULE, "role": "adjust", "adjustment_percent": 5}],
        {**RULE, "scope_hash": 2, "role": "adjust"},
    ),
    "cloud_price_rule_dates_ordered": (
        [{**RULE, "date_start": "2026-03-01", "date_end": "2026-03-02"}],
        {**RULE, "scope_hash": 2, "date_start": "2026-03-01", "date_end": "2026-03-01"},
    ),
    "cloud_price_rule_final_is_a_price": (
        [{**RULE, "is_final": True}],
        {**RULE, "scope_hash": 2, "role": "extra", "is_final": True},
    ),
    "cloud_price_rule_no_equal_specificity": (
        [
            {**RULE, "date_end": "2026-04-01"},
            {**RULE, "date_start": "2026-04-01"},
            {**RULE, "scope_hash": 2},
            {**RULE, "version_id": 2},
        ],
        {**RULE, "date_start": "2026-03-31", "date_end": "2026-04-01"},
    ),
    "cloud_price_rule_one_customer_scope": (
        [{**RULE, "customer_id": 1}],
        {**RULE, "scope_hash": 2, "customer_id": 1, "rate_class_id": 1},
    ),
    "cloud_price_rule_one_product_scope": (
        [{**RULE, "product_id": 1}],
        {**RULE, "scope_hash": 2, "product_id": 1, "categ_id": 1},
    ),
    "cloud_price_tier_bound_positive": ([{"up_to": 1}, {"up_to": None}], {"up_to": 0}),
    "cloud_rate_class_name_company_uniq": (
        [{"name": "Gold", "company_id": 1}, {"name": "Gold", "company_id": 2}],
        {"name": "Gold", "company_id": 1},
    ),
    "cloud_rate_class_member_one_per_day": (
        [MEMBER, {**MEMBER, "revision": 2}, {**MEMBER, "state": "draft"}],
        MEMBER,
    ),
    "cloud_rate_class_member_revision_positive": ([MEMBER], {**MEMBER, "revision": 0}),
    # Prices tried before they hold, and the product that is metered.
    "cloud_price_rehearsal_months": (
        [{"period_count": 1}, {"period_count": 36}],
        {"period_count": 0},
        {"period_count": 37},
    ),
    "cloud_price_rehearsal_line_customer_uniq": (
        [{"rehearsal_id": 1, "customer_id": 1}, {"rehearsal_id": 2, "customer_id": 1}],
        {"rehearsal_id": 1, "customer_id": 1},
    ),
    "cloud_price_sample_dates_ordered": (
        [{"date_start": "2026-03-01", "date_end": "2026-03-02"}],
        {"date_start": "2026-03-01", "date_end": "2026-03-01"},
    ),
    "product_template_cloud_meter_if_metered": (
        [{"cloud_billing_model": "metered", "cloud_meter_id": 1}, {"cloud_billing_model": "recurring"}, {"type": "x"}],
        {"cloud_billing_model": "metered"},
        {"cloud_billing_model": "recurring", "cloud_meter_id": 1},
        {"cloud_meter_id": 1},
    ),
}

# What is approved, by the trigger of its own table.
FROZEN = {
    "cloud_bundle": "date_start = '2027-01-01'",
    "cloud_coupon": "percent = 99",
    "cloud_price_plan_version": "date_start = '2027-01-01'",
    "cloud_rate_class_member": "date_start = '2027-01-01'",
}
# What belongs to something that is approved as a whole, by the trigger that asks for the whole.
PARTS = {
    "cloud_bundle_part": "quantity = 99",
    "cloud_coupon_item": "product_id = 99",
    "cloud_price_allowance": "quantity = 99",
    "cloud_price_cell": "unit_price = 99",
    "cloud_price_condition": "tag = 'other'",
    "cloud_price_rule": "unit_price = 99",
    "cloud_price_tier": "unit_price = 99",
}

_FILE = "test_price_guards.py"
_BY_VOTES = (_FILE, "test_approved_states_come_by_votes_and_stay")
_WITH_THE_WHOLE = (_FILE, "test_parts_of_what_was_approved_stay_as_they_are")
TRIGGERS = {
    **{f"{table} cloud_billing_guard": _BY_VOTES for table in FROZEN},
    **{f"{table} cloud_billing_guard": _WITH_THE_WHOLE for table in PARTS},
}
