"""Chain: the seal on the record, and the proof that nobody altered it.

Owns the marks and seals of audit events, their keys (derived from the vault's), the one sealer, verification and what
is kept of a chain outside. Does not own the events (`models/record`).
"""

from . import cloud_audit_event, cloud_audit_sealer, cloud_audit_verification, cloud_audit_chain, cloud_audit_anchor
from . import res_company, cloud_bill_run, cloud_closing_csv
from . import cloud_audit_export, base_module_uninstall, cloud_security_status
