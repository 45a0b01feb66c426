"""Control: who may change what, and who agreed.

Owns people, change requests and votes, the protected-write mixin, the company's state.
Does not own what is protected: each model says which of its fields are; nor the record of it (`models/record`).
"""

from . import cloud_model_facts, cloud_read_only_mixin
from . import cloud_person, cloud_protected_mixin, cloud_change_request, cloud_change_vote
from . import cloud_change_request_submit, cloud_change_request_vote, cloud_change_request_apply
from . import cloud_proposed_mixin, cloud_agreed_mixin, cloud_taken_back_mixin
from . import ir_http, res_company, res_company_look, res_users, res_groups
from . import res_company_identity, res_users_identity, res_users_identitycheck
from . import cloud_settings_mixin, cloud_settings, cloud_settings_identity, res_config_settings
