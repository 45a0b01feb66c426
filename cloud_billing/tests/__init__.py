from . import test_change_protection, test_change_proposals, test_change_rounds
from . import test_change_companies, test_change_connectors, test_change_field_access, test_change_back_doors
from . import test_connector_fetch, test_connector_week, test_connector_times, test_connector_messages
from . import test_delivered_tables, test_delivered_setup
from . import test_connector_cloud_sentences, test_connector_generic_sentences
from . import test_connector_poison, test_connector_this_odoo
from . import test_home, test_home_steps, test_screens, test_settings
from . import test_ledger_truth
from . import test_claims_by_hand
from . import test_interventions, test_late_usage, test_rate_again, test_goodwill, test_write_off
from . import test_exact_number_widget
from . import test_field_access, test_field_names, test_field_ways
from . import test_decimal_field
from . import test_vault, test_vault_access, test_vault_owner
from . import test_reader_messages
from . import test_record_names, test_record_origin
from . import test_record_tracking, test_record_door, test_record_reading
from . import test_record_requests, test_record_schedules, test_record_kinds
from . import test_record_history
from . import test_evidence_review, test_evidence_pack, test_evidence_download
from . import test_chain_tampering, test_chain_sealing, test_chain_anchors, test_chain_uninstall, test_chain_status
from . import test_usage_source
from . import test_usage_import_wizard
from . import test_usage_documents, test_usage_other_formats
from . import test_usage_map_wizard
from . import test_usage_resale
from . import test_match_stretches, test_match_rules, test_match_suggestions
from . import test_sheet_mapping, test_sheet_master_data, test_usage_state_overview
from . import test_usage_resolve_wizard
from . import test_usage_cost_report
from . import test_usage_file_download
from . import test_usage_upload, test_usage_progress, test_usage_file_retention, test_usage_restated
from . import test_usage_import_time, test_usage_read_ahead
from . import test_usage_formats, test_usage_format_proposal
from . import test_usage_import_columns
from . import test_usage_read_again
from . import test_usage_condensed, test_usage_account_tag
from . import test_price_resolution
from . import test_usage_import
from . import test_price_rules
from . import test_price_terms
from . import test_price_tiers
from . import test_price_matrix
from . import test_price_formula
from . import test_price_pricelist
from . import test_price_versions, test_price_revisions
from . import test_price_scope, test_rate_classes, test_version_policies, test_billing_currency
from . import test_contracts, test_contract_quantities
from . import test_contract_lifecycle, test_contract_ends, test_contract_renewal, test_contract_rests
from . import test_contract_screen
from . import test_contract_cycles
from . import test_contract_corrections, test_contract_days, test_contract_refusals
from . import test_cutover_opening, test_cutover_file, test_cutover_parallel
from . import test_catalog_access
from . import test_approval
from . import test_usage_append, test_usage_archive, test_usage_uncounted, test_usage_cost_sentences
from . import test_usage_exceptions, test_usage_waiver, test_usage_checks, test_usage_calendar, test_usage_controls
from . import test_usage_seals, test_usage_seal_bills, test_usage_seal_waiting
from . import test_usage_rejects
from . import test_usage_refusals
from . import test_usage_provider_bills
from . import test_usage_owners
from . import test_usage_totals
from . import test_meter_aggregations, test_meter_filters, test_meter_model, test_meter_billing
from . import test_usage_states
from . import test_usage_tables
from . import test_statement_counts
from . import test_statement_rows
from . import test_sql_rows
from . import test_engine_refusals
from . import test_approval_channels
from . import test_approval_policy
from . import test_approval_delegation
from . import test_approval_inbox
from . import test_approval_matrix
from . import test_approval_guards, test_control_guards, test_login_doubt
from . import test_approval_statements
from . import test_people
from . import test_going_live
from . import test_audit
from . import test_billing_periods, test_billing_rating, test_billing_runs, test_billing_posting, test_billing_taxes
from . import test_billing_memory, test_billing_numbers
from . import test_run_shares, test_bill_log, test_shared_json, test_copied_columns, test_days_billed_once
from . import (
    test_billing_counters,
    test_billing_allowances,
    test_billing_dimensions,
    test_billing_texts,
    test_billing_values,
    test_explanation_csv,
)
from . import test_usage_guards
from . import test_two_companies
from . import (
    test_price_calculator,
    test_price_calculator_bill,
    test_price_portal,
    test_price_samples,
    test_price_linter,
    test_plan_templates,
    test_price_rehearsal,
)
from . import test_minimum_spend, test_bundles, test_coupons
from . import test_contract_rates, test_indexation, test_takeover, test_succession_proposal, test_sealed_owners
from . import test_fees_given_back
from . import test_live_documents, test_live_flows, test_live_ways, test_menus
from . import test_minimum_approval
from . import test_proof, test_proof_around
from . import test_billing_limited_runs
from . import test_next_invoice, test_proposed_prices
from . import test_contract_instalments
from . import test_customer_orders
from . import test_contract_changes
from . import test_contract_stateful, test_contract_year
from . import test_seats, test_seats_report, test_seats_access
from . import test_security_sessions, test_security_status
from . import test_standing_approval
from . import test_large_bills
from . import test_late_sources, test_estimates
from . import test_invoicing_adjustments, test_invoicing_texts
from . import test_invoicing_grouping, test_invoicing_templates, test_invoicing_summary
from . import test_jobs
from . import test_price_credits, test_credit_window, test_odoo_buttons
from . import test_closing_quarter
from . import test_closing_facts
from . import test_closing_currency
from . import test_closing_control, test_run_close
from . import test_month_claims
from . import test_month_guards, test_price_guards, test_contract_guards, test_guard_lists, test_trigger_trials
from . import test_month_reasons
from . import test_month_page
from . import test_undo, test_uninstall
from . import test_quarter
from . import test_push, test_push_corrections, test_push_access
from . import test_access_sharing, test_access_ways
from . import test_access_methods, test_access_forms
from . import test_access_companies
from . import test_access_portal
from . import test_access_segregation, test_access_role_lines
