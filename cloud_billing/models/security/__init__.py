"""Security status: what protects this installation, what is off or due, and where each is mended; one's own sessions.

Owns the list of checks and the facts that it reads of Odoo, of the server and of people. Does not own what is
protected: each room adds checks of its own by `cloud.security.status._get_security_checks`.
"""

from . import cloud_audit_event, res_device
from . import cloud_security_status, cloud_security_check
from . import (
    cloud_security_status_people,
    cloud_security_status_login,
    cloud_security_status_keys,
    cloud_security_status_record,
    cloud_security_status_server,
    cloud_security_status_schedule,
    cloud_security_status_votes,
)
