"""Control: who may change what, who agreed, and the record of it.

Owns people, change requests and votes, the protected-write mixin, the audit trail, the company's state.
Does not own what is protected: each model says which of its fields are.
"""

from . import cloud_person, cloud_audit_event, cloud_protected_mixin, cloud_change_request, cloud_change_vote
from . import cloud_change_request_submit, cloud_change_request_vote, cloud_change_request_apply
from . import cloud_agreed_mixin
from . import ir_http, res_company, res_company_look, res_users, res_groups
from . import cloud_settings_mixin, cloud_settings, res_config_settings
