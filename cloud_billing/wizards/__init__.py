"""Wizards: questions that a button asks before it acts. They call models and hold no rules of their own."""

from . import cloud_change_decide, cloud_change_creation, cloud_go_live
from . import cloud_person_enrol, cloud_person_setup, cloud_subscription_end
from . import cloud_subscription_pausing
from . import cloud_usage_import_wizard, cloud_usage_import_look, cloud_usage_import_column
from . import cloud_usage_import_columns, cloud_usage_import_proposals, cloud_usage_import_mapping
from . import cloud_usage_import_documents
from . import cloud_usage_map_wizard, cloud_usage_map_owners
from . import cloud_usage_resale_wizard, cloud_usage_resolve_wizard, cloud_usage_end_wizard
from . import cloud_usage_format_upload, cloud_usage_format_proposal, cloud_usage_read_again
from . import cloud_usage_match_wizard, cloud_usage_waive_wizard, cloud_usage_map_remember, cloud_usage_map_products
from . import cloud_sheet_wizard
from . import cloud_rate_class_move
from . import cloud_instalment_plan, cloud_instalment_plan_row, cloud_instalment_end
from . import account_move_reversal, account_resequence_wizard, account_payment_register
from . import cloud_list_file_mixin, cloud_intervention_export, cloud_rate_again, cloud_rate_again_line
from . import cloud_bill_release
from . import cloud_bill_note, cloud_bill_preview, cloud_explanation, cloud_explanation_row
from . import cloud_price_calculation, cloud_plan_template_wizard, cloud_plan_template_wizard_line
from . import cloud_invoice_preview_wizard
from . import cloud_subscription_phases, cloud_subscription_phases_step
from . import cloud_subscription_takeover, cloud_subscription_move, cloud_subscription_move_line
from . import cloud_subscription_change_wizard, cloud_subscription_change_wizard_line
from . import cloud_seat_upload, cloud_seat_match
from . import cloud_subscription_end_many, cloud_subscription_end_many_line
from . import cloud_estimate_entry, cloud_estimate_entry_line
from . import cloud_bill_edit, cloud_bill_edit_line, cloud_bill_adjust
from . import cloud_usage_decision
from . import cloud_correct, cloud_undo_note, cloud_credit, cloud_credit_line
from . import cloud_usage_sign, cloud_usage_control_add
from . import cloud_push_key_wizard
from . import cloud_anchor_address, cloud_anchor_compare
from . import cloud_audit_file
from . import cloud_evidence_pack
