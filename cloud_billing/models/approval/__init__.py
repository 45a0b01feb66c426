"""Approval: who must agree to what, for how long they have, and who stands in for whom.

Owns approval policies and their levels, the levels frozen on a request when it is submitted, delegations, the inbox
with its reminders and escalations.
Does not own the request, its votes and the identity they ask for (`control`), nor what is protected (each model).
"""

from . import cloud_protected_mixin, cloud_person, cloud_audit_event
from . import cloud_approval_policy, cloud_approval_policy_agreement, cloud_approval_scope, cloud_approval_level
from . import cloud_change_level, cloud_change_vote, cloud_change_request_levels
from . import cloud_approval_delegation, cloud_change_request_inbox, cloud_change_request_proof, res_company
