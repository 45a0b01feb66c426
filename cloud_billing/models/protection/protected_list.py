"""What is protected before anybody has chosen: (model, sensitivity, names of fields).

`EXISTENCE` stands for making and deleting records, `ALL` for whatever people write on them. What is written as
a draft and approved as a whole (price versions, bundles, contract prices, ...) protects itself and is not here.
"""

from ..control.cloud_protected_mixin import is_own_column

EXISTENCE = "+-"
ALL = "*"

_PRODUCT = (
    "cloud_billing_model", "cloud_meter_id", "cloud_timing", "cloud_end_when", "cloud_unused", "cloud_pause_when",
    "cloud_pause_unused", "cloud_proration", "taxes_id", "property_account_income_id", "uom_id", "categ_id",
)  # fmt: skip
_TAX = (
    "amount", "amount_type", "type_tax_use", "sequence", "tax_exigibility", "price_include_override",
    "include_base_amount", "is_base_affected", "active", "fiscal_position_ids", "original_tax_ids", "children_tax_ids",
)  # fmt: skip
_TAX_PART = (EXISTENCE, "tax_id", "document_type", "factor_percent", "repartition_type", "account_id")
_FISCAL_POSITION = (
    EXISTENCE, "active", "auto_apply", "sequence", "country_id", "country_group_id", "state_ids", "vat_required",
    "zip_from", "zip_to", "foreign_vat",
)  # fmt: skip
_MAIL = (
    "model_id", "subject", "body_html", "email_from", "email_to", "email_cc", "partner_to", "use_default_to",
    "reply_to", "lang", "attachment_ids", "report_template_ids", "mail_server_id", "email_layout_xmlid",
)  # fmt: skip
_TEMPLATE = (EXISTENCE, "arch_db", "arch_fs", "key", "inherit_id", "mode", "priority", "type", "active")
_COMPANY_TAXES = (
    "income_account_id", "account_price_include", "tax_calculation_rounding_method", "account_fiscal_country_id",
)  # fmt: skip
_COMPANY_ACCOUNTS = (
    "account_journal_suspense_account_id", "transfer_account_id", "currency_exchange_journal_id",
    "income_currency_exchange_account_id", "expense_currency_exchange_account_id",
    "default_cash_difference_income_account_id", "default_cash_difference_expense_account_id",
    "account_journal_early_pay_discount_gain_account_id", "account_journal_early_pay_discount_loss_account_id",
    "account_discount_income_allocation_id", "account_discount_expense_allocation_id",
    "tax_cash_basis_journal_id", "account_cash_basis_base_account_id",
)  # fmt: skip
_JOURNAL = (EXISTENCE, "type", "default_account_id", "suspense_account_id", "profit_account_id", "loss_account_id")
_RIGHTS = (EXISTENCE, "model_id", "active", "perm_read", "perm_write", "perm_create", "perm_unlink")
_DISCOUNT = ("early_discount", "discount_percentage", "discount_days", "early_pay_discount_computation")
_LIMITS = (
    "cloud_credit_limit", "cloud_goodwill_limit", "cloud_large_amount", "cloud_large_other", "cloud_second_factor",
    "cloud_hand_limit",
)  # fmt: skip
_OWNER = (EXISTENCE, "subscription_line_id", "analytic_account_id", "date_start", "date_end")

READY = [
    # Prices and what is counted
    ("product.template", "normal", _PRODUCT),
    ("product.category", "normal", ("parent_id", "property_account_income_categ_id")),
    ("cloud.meter", "normal", (ALL,)),
    ("cloud.meter.conversion", "normal", (EXISTENCE, ALL)),
    ("cloud.meter.filter", "normal", (EXISTENCE, ALL)),
    ("cloud.price.plan", "normal", ("currency_id", "tax_basis", "active")),
    ("cloud.rate.class", "normal", ("parent_id",)),
    ("cloud.subscription", "normal", ("plan_id",)),
    ("cloud.customer", "normal", ("partner_id", "parent_id")),
    # Customers' bank and tax data, and by which accounts a company is paid
    ("res.company", "high", ("partner_id",)),
    ("res.partner", "high", ("vat", "property_account_position_id", "property_account_receivable_id")),
    ("res.partner.bank", "high", (EXISTENCE, "acc_number", "partner_id", "bank_id", "active")),
    # Accounting that invoices rest on
    ("account.tax", "high", _TAX),
    ("account.tax.repartition.line", "high", _TAX_PART),
    ("account.fiscal.position", "high", _FISCAL_POSITION),
    ("account.fiscal.position.account", "high", (EXISTENCE, "position_id", "account_src_id", "account_dest_id")),
    ("res.country.group", "high", (EXISTENCE, "country_ids", "exclude_state_ids")),
    ("res.company", "high", _COMPANY_TAXES),
    ("res.company", "high", _COMPANY_ACCOUNTS),
    ("account.journal", "high", _JOURNAL),
    ("account.payment.method.line", "high", (EXISTENCE, "journal_id", "payment_account_id")),
    ("res.currency.rate", "normal", (EXISTENCE, "rate", "name", "currency_id", "company_id")),
    ("uom.uom", "normal", ("relative_factor", "relative_uom_id")),
    # What lets a customer owe less: credit notes, entries and payments, by whatever way they are posted
    ("account.move", "normal", ("state",)),
    ("account.payment.term", "normal", (EXISTENCE, *_DISCOUNT)),
    # Where usage comes from and whose it is
    ("cloud.connector", "normal", ("source_id", "kind", "options", "delivers", "imports", "import_user_id")),
    ("cloud.connector.host", "high", (EXISTENCE, "name", "is_inner")),
    ("cloud.usage.mapping", "normal", _OWNER),
    # What invoices say
    ("mail.template", "normal", _MAIL),
    ("ir.actions.report", "normal", (EXISTENCE, "model", "report_name", "report_type")),
    ("ir.ui.view", "normal", _TEMPLATE),
    ("res.company", "normal", ("external_report_layout_id", "report_footer", "company_details")),
    ("cloud.text.template", "normal", ("text", "active")),
    ("cloud.brand", "normal", ("journal_id", "email_from")),
    # What protected fields say of records that say nothing themselves
    ("ir.default", "high", (EXISTENCE, "json_value", "field_id", "company_id", "user_id", "condition")),
    # What an administrator makes
    ("ir.model", "normal", (EXISTENCE,)),
    ("ir.model.fields", "normal", (EXISTENCE, "state", "compute", "depends", "related", "required")),
    # Who may do what, and who must agree
    ("res.company", "high", _LIMITS),
    ("ir.model.access", "high", (*_RIGHTS, "group_id")),
    ("ir.rule", "high", (*_RIGHTS, "groups", "domain_force")),
    ("cloud.sharing.group", "high", (EXISTENCE, ALL)),
    ("cloud.field.class", "high", (EXISTENCE, "name", "note", "active", "others_level")),
    ("cloud.field.item", "high", (EXISTENCE, ALL)),
    ("cloud.field.level", "high", (EXISTENCE, ALL)),
    ("cloud.person", "high", ("manager_person_id", "active")),
    ("res.users", "high", ("cloud_person_id",)),
]


def expand(model, names):
    """The names of fields that these stand for; False is the making and deleting of records."""
    expanded = []
    for name in names:
        if name == ALL:
            expanded += sorted(field.name for field in model._fields.values() if _is_written(field))
        elif name == EXISTENCE:
            expanded.append(False)
        elif name in model._fields:
            expanded.append(name)
    return list(dict.fromkeys(expanded))


def _is_written(field):
    return is_own_column(field) or (field.type == "many2many" and field.store and not field.compute)
