"""That the person who votes sits at the screen: proven again, within ten minutes, in the session that votes.

By Odoo's own dialog ("Let's first confirm it's you"), with the password or a passkey. Where a company asks for it, a
second factor that the person has enrolled is part of the proof: a code beside the password, or the passkey, which is
both. What was proven and when is kept in the session, which no server action, import or API key reaches.
"""

import time
from functools import wraps

from odoo import http
from odoo.addons.base.models.res_users import check_identity
from odoo.exceptions import UserError

PROOF_SECONDS = 10 * 60
# Odoo's own, and that a second factor was a part of it.
PROVEN_AT = "identity-check-last"
FACTOR_AT = "cloud-second-factor-last"


def confirm_identity(action):
    """Decorate a button of change requests: first comes the dialog, unless the person has proven it recently."""
    asking = check_identity(action)

    @wraps(action)
    def confirmed(self, *args, **kwargs):
        self.check_access("read")
        check_enrolled(self)
        if http.request and not is_proven(self):
            # Of a password alone Odoo thinks that it is enough.
            http.request.session.pop(PROVEN_AT, None)
        return asking(self, *args, **kwargs)

    # Odoo's dialog goes on with nothing else.
    confirmed.__has_check_identity = True
    return confirmed


def check_proven(change_request):
    """Raise UserError unless the session has proven recently who sits at the screen."""
    check_enrolled(change_request)
    doubt = change_request.env.user._get_login_doubt(asks_factor(change_request))
    if doubt:
        raise UserError(doubt)
    if not is_proven(change_request):
        raise UserError(
            change_request.env._(
                "%(request)s: who you are was not confirmed within the last ten minutes. Open the request, press the "
                "button again and confirm it.",
                request=change_request.name,
            )
        )


def is_proven(change_requests):
    """Whether this session has proven it recently, with a second factor where one of their companies asks for it."""
    session = http.request.session
    since = time.time() - PROOF_SECONDS
    return session.get(PROVEN_AT, 0) > since and (not asks_factor(change_requests) or session.get(FACTOR_AT, 0) > since)


def asks_factor(change_requests):
    """Whether a company of these requests asks for a second factor."""
    # sudo: lends the right to read this setting.
    return any(change_requests.sudo().company_id.mapped("cloud_second_factor"))


def check_enrolled(change_request):
    """Raise UserError where the company asks for a second factor and the person has none."""
    if asks_factor(change_request) and not change_request.env.user._filter_second_factor():
        raise UserError(
            change_request.env._(
                "%(company)s asks for a second factor of everyone who votes, and you have none yet. Open My "
                "Preferences, Security, and add a passkey or enable two-factor authentication; then vote.",
                company=", ".join(change_request.company_id.mapped("name")),
            )
        )


def has_code(user):
    """Whether the user has an authenticator that shows codes."""
    return user.sudo().totp_enabled  # sudo: that there is one, not its secret.
