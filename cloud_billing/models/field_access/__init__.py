"""Field access: which fields of what a person may open are shown to the roles that he or she holds.

Owns the classes of fields (cost and margin, bank, personal data, one's own), the level of each role, and how the two
are kept on every way to a field. Does not own which models and rows a role may open (security/), nor roles themselves.
"""

from . import cloud_audit_event, cloud_field_setting_mixin, cloud_field_class, cloud_field_item, cloud_field_level
from . import cloud_field_access, base, res_partner, res_partner_bank
