"""Access: which rows a person sees of what a role may read.

Owns sharing groups, how they are compiled to domains, the table that says where each model keeps its customer, what the
portal reaches, what a search tells of records that are hidden, the report on roles that one person should not hold
together, the lines of roles on Odoo's screen of a user, and the set-up of a person.
Does not own roles' rights on models (security/), what is protected and who agrees (control).
"""

from . import cloud_audit_event, cloud_sharing_group, ir_rule, base, base_onchange, base_search
from . import res_users, res_groups, res_partner
from . import cloud_segregation_line, cloud_segregation_acceptance
