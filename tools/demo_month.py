"""The business of `make demo`: what is done in the fresh database over HTTP, as people would, and where to look.

demo: has `usage` (the file to bill), `session(login, password)` with `.call(model, method, *args, **kwargs)`, `url`,
`database` and `odoo` (for an Odoo shell where HTTP will not do).
"""

from common import ROOT

# The usage file of the demo when the person names none.
USAGE = ROOT / "cloud_billing" / "demo" / "focus_demo.csv"


def run_month(demo):
    """Bring the month to posted invoices. Runs once, in a database that was just made."""


def what_to_look_at(demo):
    """The lines printed at the end: logins, and which menus show what."""
    return ["Log in as admin, password admin, and open Cloud Billing."]
