"""Two raters in real processes draw on one included quantity at once: together never more than was granted."""

import pytest
from odoo_scripts import ended

# Two contracts of one customer share 100 GB a month; each used 80 in March. What is beyond costs 1.00 per GB.
PREPARE = """
company = env.ref("base.main_company")
admin = env.ref("base.user_admin")
for role in ("accountant", "price_manager", "administrator"):
    admin.group_ids += env.ref(f"cloud_billing.group_{role}")
env = env(user=admin.id, context={"allowed_company_ids": company.ids, "lang": "en_US"})
meter = env["cloud.meter"].create({"name": "Traffic", "code": "traffic", "unit": "GB"})
product = env["product.product"].create({
    "name": "Traffic", "type": "service", "cloud_billing_model": "metered", "cloud_meter_id": meter.id})
plan = env["cloud.price.plan"].create({"name": "Traffic", "company_id": company.id})
version = env["cloud.price.plan.version"].create({
    "plan_id": plan.id, "name": "1", "date_start": "2026-01-01",
    "rule_ids": [(0, 0, {"product_id": product.id, "unit_price": "1.00"})],
    "allowance_ids": [(0, 0, {"product_id": product.id, "name": "Together", "quantity": "100", "shared": "customer"})],
})
version.action_approve_directly()
partner = env["res.partner"].create({"name": "Acme"})
customer = env["cloud.customer"].create(
    {"partner_id": partner.id, "company_id": company.id, "currency_id": company.currency_id.id, "tz": "UTC"})
lines = env["cloud.subscription.line"]
for place in ("north", "south"):
    subscription = env["cloud.subscription"].create({
        "customer_id": customer.id, "plan_id": plan.id, "date_start": "2026-03-01",
        "line_ids": [(0, 0, {"product_id": product.id, "name": place})],
    })
    subscription.action_activate()
    lines += subscription.line_ids
source = env["cloud.usage.source"].create({
    "name": "Routers", "company_id": company.id, "reader": "csv", "shape": "append", "month_basis": "customer",
    "tz": "UTC"})
content = "id,start,account,service,quantity,unit,region\\n" + "".join(
    f"{line.name},2026-03-10T10:00:00Z,payer,Traffic,80,GB,{line.name}\\n" for line in lines)
usage_import = env["cloud.usage.import"]._create_with_files(source, [("march.csv", content.encode())])
usage_import.action_import()
for line in lines:
    stream = env["cloud.usage.stream"].search([("source_id", "=", source.id), ("region", "=", line.name)])
    stream.sudo().policy = "bill"
    env["cloud.usage.mapping"].sudo().create({"stream_id": stream.id, "subscription_line_id": line.id})
run = env["cloud.bill.run"].create(
    {"cutoff_date": "2026-04-01", "invoice_date": "2026-04-01", "accounting_date": "2026-04-01"})
run._start_rating()
second = run.copy()
second._set_state("rating", usage_number=run.usage_number)
env.cr.execute("UPDATE cloud_charge SET run_id = %s WHERE subscription_line_id = %s", [second.id, lines[1].id])
env.cr.commit()
print("RUNS", run.id, second.id)
"""
# Both have looked at what is left before either writes down what it uses: each waits for the other at that point.
RATE_TOGETHER = """
import time
from pathlib import Path
from odoo.addons.cloud_billing.models.billing.rated.cloud_rated_grant import CloudRatedGrant
from odoo.service.model import retrying
env = env(user=env.ref("base.user_admin").id, context={{"allowed_company_ids": [1], "lang": "en_US"}})
run = env["cloud.bill.run"].browse({run_id})
insert, attempts = CloudRatedGrant._insert, []

def wait_and_insert(grants, rows):
    attempts.append(len(rows))
    Path({folder!r}, str({run_id})).touch()
    deadline = time.monotonic() + 100
    while not Path({folder!r}, str({other_id})).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return insert(grants, rows)

CloudRatedGrant._insert = wait_and_insert
retrying(run._rate_all, env)
env.cr.commit()
print("ATTEMPTS", len(attempts), "STATE", run.state)
"""
DRAWS = """
    SELECT g.quantity_used, g.quantity_granted, r.amount
      FROM cloud_rated_grant g
      JOIN cloud_rated_line r ON r.id = g.rated_line_id
  ORDER BY g.draw_number
"""


@pytest.fixture
def raced(odoo_env, database, script, tmp_path):
    """raced(before=None) -> (attempts of both, rows of DRAWS) of two that rated at once; before: SQL to run first."""

    def race(before=None):
        name = database()
        runs = ended(script(name, PREPARE)).split("RUNS ")[1].split()[:2]
        if before:
            odoo_env.pg.sql(before, name)
        codes = [
            RATE_TOGETHER.format(run_id=run_id, other_id=other_id, folder=str(tmp_path))
            for run_id, other_id in (runs, reversed(runs))
        ]
        printed = [ended(process) for process in [script(name, code) for code in codes]]
        assert all("STATE review" in text for text in printed), printed
        attempts = sorted(int(text.split("ATTEMPTS ")[1].split()[0]) for text in printed)
        return attempts, odoo_env.pg.sql(DRAWS, name)

    return race


class TestTwoDrawAtOnce:
    def test_one_wins_and_the_other_is_tried_again_with_what_is_left(self, raced):
        attempts, draws = raced()
        assert attempts == [1, 2]
        # 80 of 100 for the one; 20 for the other, who pays 60 x 1.00.
        assert draws == [["80", "100", "0.00"], ["20", "100", "60.00"]]

    def test_without_the_constraint_they_would_use_up_more_than_was_granted(self, raced):
        """That the two really meet, and that nothing but the constraint stands between them."""
        attempts, draws = raced(before="DROP INDEX cloud_rated_grant_draw_uniq")
        assert attempts == [1, 1]
        assert [used for used, _granted, _amount in draws] == ["80", "80"]
