"""Protection of single values: what a live company changes with two people only, and how such a change is proposed.

Owns the list of protected fields, the guard on every model, proposed changes and their values, emergencies, how a
request is given back or expires, and how a contract goes on by another plan or customer with two people. Does not own
requests and votes (`control`), nor what a record means.
"""

from . import agreed_writes, exact_values, protected_list
from . import cloud_protected_field, cloud_protected_field_written, base, base_propose
from . import cloud_change_item, cloud_change_proposal, cloud_change_proposal_apply, cloud_change_proposal_effect
from . import cloud_change_proposal_emergency, cloud_change_request, cloud_audit_event
from . import product_template, product_category, cloud_meter, cloud_meter_conversion, cloud_meter_filter
from . import cloud_succession_proposal, cloud_succession_proposal_facts, cloud_subscription_propose
from . import cloud_subscription_succession
from . import cloud_price_plan, cloud_subscription, cloud_customer, res_partner, res_partner_bank
from . import account_tax, account_tax_repartition_line, account_fiscal_position_account, uom_uom
from . import account_bank_statement_line, account_move, account_move_posting, account_partial_reconcile
from . import account_payment_term, account_journal, account_payment_method_line, res_country_group
from . import mail_template, ir_actions_report, ir_ui_view, ir_model, ir_model_data, ir_model_fields
from . import cloud_own_rights_mixin, ir_model_access, ir_rule
from . import cloud_connector, cloud_connector_host, cloud_usage_mapping, cloud_usage_matcher
from . import cloud_usage_waiver, cloud_usage_record, cloud_usage_reject
from . import res_company, res_users, res_groups, cloud_person, cloud_settings_mixin, ir_default, partner_merge
