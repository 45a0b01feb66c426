"""What the installation sets. Where somebody has chosen something already, that stays."""

from odoo import fields
from odoo.addons.cloud_billing.models.security.cloud_security_status_login import PASSWORD_LENGTH

# Minutes. Who is away for a quarter of an hour has left the desk; a day's work is one login.
INACTIVITY = 15
ABSOLUTE = 12 * 60
FACTOR_ROLES = ("approver", "auditor", "administrator")
KEY_DAYS = 90


def post_init_hook(env):
    """Timeouts and second factor of our roles, the length of passwords, how long keys of integrations may last."""
    for group, role in env["res.groups"]._get_cloud_roles().items():
        group.write(_prepare_role_vals(group, role))
    parameters = env["ir.config_parameter"]
    if int(parameters.get_param("auth_password_policy.minlength", 0)) < PASSWORD_LENGTH:
        parameters.set_param("auth_password_policy.minlength", PASSWORD_LENGTH)
    env["res.users"]._ask_second_factor(fields.Date.today())


def _prepare_role_vals(group, role):
    with_factor = role in FACTOR_ROLES
    vals = {"cloud_mfa_required": with_factor}
    if not group.lock_timeout:
        vals.update(lock_timeout=ABSOLUTE, lock_timeout_mfa=with_factor)
    if not group.lock_timeout_inactivity:
        vals.update(lock_timeout_inactivity=INACTIVITY, lock_timeout_inactivity_mfa=with_factor)
    if role == "integration" and not group.api_key_duration:
        vals["api_key_duration"] = KEY_DAYS
    return vals
