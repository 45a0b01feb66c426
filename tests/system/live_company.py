"""A company of three people that is live: a plan with approved prices, two customers, and last month posted.

LIVE_COMPANY is for an Odoo shell that knows SECRET, the key of the approver's authenticator.
"""

from datetime import date, timedelta

LAST_MONTH = (date.today().replace(day=1) - timedelta(days=1)).replace(day=1)
PLAN, CLASS, MEMBER, OTHER = "Hosting", "Partner", "Brightline GmbH", "Seaview Ltd"
# Last month each of two customers was billed 100.00; from then on the company is live, and votes take a second factor.
LIVE_COMPANY = f"""
from odoo.addons.cloud_billing.models.control.cloud_protected_mixin import TOKEN
company = env.ref("base.main_company")
def login(name, role):
    person = env["cloud.person"].create({{"name": name.title()}})
    groups = [(4, env.ref("base.group_user").id), (4, env.ref(f"cloud_billing.group_{{role}}").id)]
    # On a telephone a greeting of OdooBot covers the page.
    values = {{"name": person.name, "login": name, "password": name, "tz": "UTC", "odoobot_state": "disabled"}}
    values["group_ids"] = groups
    return env["res.users"].create({{**values, "cloud_person_id": person.id}})
mara, chris, ada = login("mara", "price_manager"), login("chris", "approver"), login("ada", "auditor")
chris.totp_secret = SECRET
product = env["product.product"].create({{
    "name": "Server", "type": "service", "taxes_id": [(5,)],
    "cloud_billing_model": "recurring", "cloud_timing": "advance",
}})
# It has a price and no billing model: what the price check finds.
forgotten = env["product.product"].create({{"name": "Setup", "type": "service", "taxes_id": [(5,)]}})
plan = env["cloud.price.plan"].create({{"name": "{PLAN}"}})
env["cloud.price.plan.version"].create({{
    "plan_id": plan.id, "date_start": "{LAST_MONTH}",
    "rule_ids": [(0, 0, {{"product_id": one.id, "unit_price": "100.00"}}) for one in (product, forgotten)],
}}).action_approve_directly()
rate_class = env["cloud.rate.class"].create({{"name": "{CLASS}"}})
for name in ("{MEMBER}", "{OTHER}"):
    partner = env["res.partner"].create({{"name": name, "is_company": True}})
    customer = env["cloud.customer"].create({{"partner_id": partner.id, "tz": "UTC"}})
    if name == "{MEMBER}":
        env["cloud.rate.class.member"].create({{
            "customer_id": customer.id, "class_id": rate_class.id, "date_start": "{LAST_MONTH}",
            "reason": "Partner contract",
        }}).action_submit()
    env["cloud.subscription"].create({{
        "customer_id": customer.id, "plan_id": plan.id, "date_start": "{LAST_MONTH}",
        "line_ids": [(0, 0, {{"product_id": product.id, "name": product.name}})],
    }}).action_activate()
env.flush_all()
company._write_protected({{"cloud_billing_state": "solo"}}, TOKEN)
run = env["cloud.bill.run"].create({{"cutoff_date": "{LAST_MONTH}"}})
run.action_rate()
run.bill_ids.action_release("The first month: looked at.")
run.action_submit()
run.action_post()
assert run.state == "posted", run.state
company._set_cloud_live("live")
env.cr.commit()
print("MADE")
"""
