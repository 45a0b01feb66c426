"""Scripts that the fixture `script` starts: what several of them begin with, and how they end."""

# One person may post, with the chart of accounts that Odoo brings. How a company goes live is tested elsewhere.
SOLO = """
from odoo.addons.cloud_billing.models.control.cloud_protected_mixin import TOKEN
company = env.company
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
env.cr.execute("ALTER TABLE res_company DISABLE TRIGGER cloud_billing_guard")
company._write_protected({"cloud_billing_state": "solo"}, TOKEN)
company.flush_recordset()
env.cr.execute("ALTER TABLE res_company ENABLE TRIGGER cloud_billing_guard")
"""


def ended(process, timeout=300):
    """What a script has printed until its end, which must be a good one. timeout: seconds."""
    printed = process.communicate(timeout=timeout)[0]
    assert process.returncode == 0 and "Traceback" not in printed, printed[-4000:]
    return printed
