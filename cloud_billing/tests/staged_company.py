"""The company that tests with accounting work in: its chart of accounts takes longer than most tests.

The tools make it once in the database that such tests are cloned from. In any other database each class makes its own.
"""

from odoo import Command
from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT

# As Odoo's own fixtures name it.
NAME = "company_1_data"


def make(env):
    """Make the company as `AccountTestInvoicingCommon` does; nobody is a member of it yet."""
    env = env(context={**env.context, **DISABLED_MAIL_CONTEXT})
    company = env["res.company"].create({"name": NAME})
    charts = env["account.chart.template"]
    charts.try_loading(charts._guess_chart_template(company.country_id), company=company, install_demo=False)
    if not company.account_fiscal_country_id:
        company.account_fiscal_country_id = env.ref("base.us")
    env.user.company_ids = [Command.unlink(company.id)]
    return company


def find(env):
    """The company made beforehand, or none."""
    return env["res.company"].sudo().search([("name", "=", NAME)], limit=1).with_env(env)
