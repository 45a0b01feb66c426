"""Sessions and identity: for how long, with which second factor and which password each role is logged in.

Owns the requirement of a second factor with its days of grace, what a password must not be, notices about them, and
the screen of the timeouts. Does not own how a factor is checked, a session is locked or a key is made: Odoo does that.
"""

from . import cloud_audit_event
from . import res_groups, cloud_session_policy
from . import res_users_second_factor, auth_passkey_key
from . import res_users_password, res_users_new_device
from . import cloud_key_warning, res_users_apikeys
from . import ir_http, res_config_settings
from . import cloud_security_status
