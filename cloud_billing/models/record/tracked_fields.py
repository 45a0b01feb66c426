"""What is tracked before anybody asks for it: fields of models, as data. `"*"` is everything that a person writes.

Money and quantities that a run works out are not here: they are frozen by themselves and explained line by line. Nor is
what says of itself what happened to it (people, votes, secrets).
"""

ALL = "*"

# Models of ours of which every value counts.
_WHOLE = (
    # what is sold and for how much
    "cloud.meter", "cloud.meter.conversion", "cloud.meter.filter",
    "cloud.price.plan", "cloud.price.plan.version", "cloud.price.rule", "cloud.price.tier", "cloud.price.cell",
    "cloud.price.condition", "cloud.price.allowance", "cloud.rate.class", "cloud.rate.class.member",
    "cloud.bundle", "cloud.bundle.part", "cloud.coupon", "cloud.coupon.item", "cloud.coupon.redemption",
    # what was agreed
    "cloud.customer", "cloud.customer.order", "cloud.contract.rate", "cloud.spend.commitment",
    "cloud.spend.commitment.item", "cloud.subscription.pause", "cloud.subscription.quantity", "cloud.subscription.term",
    "cloud.subscription.succession", "cloud.succession.proposal", "cloud.instalment",
    # where usage comes from and whose it is
    "cloud.usage.source.policy", "cloud.usage.match.rule", "cloud.external.key", "cloud.connector.host",
    "cloud.usage.check", "cloud.usage.check.value", "cloud.usage.control", "cloud.usage.format",
    "cloud.usage.format.version",
    # how it is billed
    "cloud.brand", "cloud.text.template", "cloud.adjustment", "cloud.goodwill", "cloud.write.off",
    "cloud.standing.approval", "cloud.usage.waiver",
    # taxes and money
    "res.currency.rate", "account.tax.repartition.line", "account.lock_exception",
    # who may do what
    "ir.model.access", "ir.rule",
)  # fmt: skip

_PARTS = {
    "cloud.subscription": (
        "name", "customer_id", "plan_id", "date_start", "date_end", "order_reference", "cycle_unit", "cycle_count",
        "cycle_kind", "anchor_day", "anchor_date", "first_period", "last_period", "user_id", "end_kind", "end_reason",
        "trial_end", "trial_outcome", "trial_usage", "predecessor_id", "billed_from",
    ),
    "cloud.subscription.line": (
        "subscription_id", "product_id", "name", "quantity", "timing", "date_start", "date_end", "cycle_unit",
        "cycle_count", "proration", "instalment_total", "order_id", "replaces_id", "seat_source_id", "seat_key",
        "analytic_distribution", "option_ids",
    ),
    # A mapping that a rule gave changes with each import; the rule is tracked, and what a person gave here.
    "cloud.usage.mapping": (
        "stream_id", "subscription_line_id", "analytic_account_id", "date_start", "date_end",
    ),
    "cloud.usage.stream": ("policy",),
    "cloud.usage.source": (
        "name", "company_id", "active", "reader", "month_basis", "tz", "delimiter", "decimal_sign", "default_currency",
        "resale_product_id", "resale_plan_id", "keep_files_months", "format_id", "cost_basis", "keep_rows", "keep_tags",
        "account_tag", "takes_push", "push_user_id", "late_usage_policy", "is_cost_accrued", "cost_account_id",
        "expected_days", "final_days", "late_policy", "estimate_basis", "responsible_id", "cadence", "needs_seal",
        "final_by", "needs_total", "tolerance_amount", "tolerance_percent",
    ),
    # Secrets are no fields of it; what the fetcher notes for itself is not here.
    "cloud.connector": (
        "name", "active", "source_id", "kind", "schedule", "every_hours", "at_hour", "on_day", "tz", "fetch_from",
        "max_megabytes", "max_minutes", "options",
    ),
    "cloud.seat.source": ("name", "active", "company_id", "missing_policy", "policy", "inactive_statuses"),
    "product.template": (
        "name", "active", "type", "categ_id", "list_price", "uom_id", "company_id", "default_code", "taxes_id",
        "property_account_income_id", "property_account_expense_id", "cloud_billing_model", "cloud_meter_id",
        "cloud_timing", "cloud_end_when", "cloud_unused", "cloud_pause_when", "cloud_pause_unused", "cloud_proration",
    ),
    "product.product": ("active", "default_code", "standard_price", "product_tmpl_id"),
    "product.category": (
        "name", "parent_id", "property_account_income_categ_id", "property_account_expense_categ_id",
        "property_cloud_accrued_income_account_id", "property_cloud_deferred_account_id",
    ),
    "uom.uom": ("name", "active", "relative_factor", "relative_uom_id"),
    "res.partner": (
        "name", "vat", "company_registry", "email", "street", "zip", "city", "country_id", "credit_limit", "trust",
        "property_account_position_id", "property_payment_term_id", "property_account_receivable_id",
        "invoice_sending_method", "invoice_edi_format_store",
    ),
    "res.partner.bank": (
        "active", "acc_number", "acc_holder_name", "partner_id", "allow_out_payment", "bank_id", "currency_id",
    ),
    "account.tax": (
        "name", "active", "type_tax_use", "amount_type", "amount", "company_id", "country_id", "price_include_override",
        "include_base_amount", "is_base_affected", "tax_exigibility", "tax_group_id", "fiscal_position_ids",
        "original_tax_ids", "children_tax_ids",
    ),
    "account.fiscal.position": (
        "name", "active", "company_id", "auto_apply", "vat_required", "country_id", "country_group_id", "zip_from",
        "zip_to", "foreign_vat", "tax_ids", "state_ids",
    ),
    "account.account": ("name", "code_store", "active", "account_type", "reconcile", "currency_id", "tax_ids"),
    "account.journal": (
        "name", "code", "active", "type", "default_account_id", "restrict_mode_hash_table", "refund_sequence",
        "currency_id", "company_id", "profit_account_id", "loss_account_id", "bank_account_id", "suspense_account_id",
    ),
    "account.payment.method.line": ("name", "journal_id", "payment_method_id", "payment_account_id"),
    "account.payment.term": ("name", "active", "company_id", "early_discount", "discount_percentage", "discount_days"),
    "res.currency": ("active", "rounding"),
    "res.company": (
        "name", "parent_id", "currency_id", "fiscalyear_lock_date", "tax_lock_date", "sale_lock_date",
        "purchase_lock_date", "hard_lock_date", "restrictive_audit_trail", "tax_calculation_rounding_method",
        "account_sale_tax_id", "income_currency_exchange_account_id", "expense_currency_exchange_account_id",
        "currency_exchange_journal_id", "transfer_account_id", "account_journal_suspense_account_id",
        "default_cash_difference_income_account_id", "default_cash_difference_expense_account_id",
        "account_journal_early_pay_discount_gain_account_id", "account_journal_early_pay_discount_loss_account_id",
        "account_discount_income_allocation_id", "account_discount_expense_allocation_id", "tax_cash_basis_journal_id",
        "account_cash_basis_base_account_id",
    ),
    "res.users": ("login", "active", "share", "company_id", "company_ids", "group_ids"),
    "res.groups": ("name", "implied_ids", "api_key_duration"),
    # Values that are secrets are told as fingerprints.
    "ir.config_parameter": ("key", "value"),
    # Odoo moves the next run on by SQL; what is seen is who moved it.
    "ir.cron": (
        "active", "user_id", "interval_number", "interval_type", "nextcall", "priority", "ir_actions_server_id",
    ),
    "ir.actions.server": ("name", "state", "model_id", "code", "usage", "group_ids"),
    "ir.module.module": ("state",),
    "mail.template": (
        "name", "active", "subject", "body_html", "email_from", "email_to", "partner_to", "email_cc", "use_default_to",
        "reply_to", "lang", "attachment_ids", "report_template_ids", "mail_server_id", "email_layout_xmlid",
    ),
}  # fmt: skip

READY = {**dict.fromkeys(_WHOLE, ALL), **_PARTS}

# Of which nothing is compared, and which say themselves what happened to them: they have a history all the same.
TELLING = frozenset(
    (
        # who may do what, and who agreed
        "cloud.person", "cloud.sharing.group", "cloud.segregation.acceptance", "cloud.field.class", "cloud.field.item",
        "cloud.field.level", "cloud.approval.delegation", "cloud.change.request", "cloud.secret",
        # what came in
        "cloud.usage.import", "cloud.usage.seal", "cloud.sheet.delivery",
        # what was billed, and put right
        "cloud.bill", "cloud.rated.line", "cloud.undo.line", "account.move", "cloud.closing", "cloud.price.sample",
        # proof
        "cloud.audit.tracker", "cloud.audit.review", "cloud.audit.verification", "cloud.backup.drill",
    )
)  # fmt: skip
