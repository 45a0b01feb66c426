"""Two human beings with a login each: Mara Maker proposes, Chris Checker approves."""

import base64
import hmac
import os
import struct
import time

MAKER, CHECKER = "maker", "checker"
NAMES = {MAKER: "Mara Maker", CHECKER: "Chris Checker"}
GROUPS = {
    MAKER: (
        "cloud_billing.group_operator",
        "cloud_billing.group_accountant",
        "cloud_billing.group_price_manager",
        "cloud_billing.group_administrator",
        # Odoo's own "Access to export feature", which no role of ours gives.
        "base.group_allow_export",
    ),
    CHECKER: ("cloud_billing.group_approver",),
}


def make_logins(admin):
    """Make the two logins, as the administrator of Odoo does; the password is the login. Returns {login: user id}.

    Votes take the password alone: what a second factor changes is tested in test_approval_inbox.py.
    """
    admin.call("res.company", "write", [1], {"cloud_second_factor": False})
    return {login: admin.call("res.users", "create", _prepare_vals(admin, login)) for login in NAMES}


def _prepare_vals(admin, login):
    return {
        "name": NAMES[login],
        "login": login,
        "password": login,
        "tz": "UTC",
        "group_ids": [[4, find(admin, group)] for group in GROUPS[login]],
    }


def find(session, xml_id):
    """The id of a record by its XML id."""
    module, name = xml_id.split(".")
    domain = [["module", "=", module], ["name", "=", name]]
    return session.call("ir.model.data", "search_read", domain, ["res_id"])[0]["res_id"]


class Authenticator:
    """What a person has on the telephone: codes of six digits, each for half a minute, each used once."""

    STEP = 30

    def __init__(self):
        self.secret = base64.b32encode(os.urandom(20)).decode()
        self._used = 0

    def get_code(self):
        """A code that was not used yet: the present one or the next one, which Odoo takes half a minute early."""
        now = int(time.time() / self.STEP)
        counter = max(self._used + 1, now)
        if counter > now + 1:
            time.sleep(self.STEP * (counter - 1) - time.time())
        self._used = counter
        digest = hmac.new(base64.b32decode(self.secret), struct.pack(">Q", counter), "sha1").digest()
        start = digest[-1] & 0xF
        number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
        return f"{number % 10**6:06}"
