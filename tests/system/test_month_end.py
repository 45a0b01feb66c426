"""The end of a month in real processes: on the screen from compute to post, and two people who post it at once."""

import pages
import pytest
from odoo_scripts import ended
from playwright.sync_api import expect

# A company with accounts for its month ends; a year's fee invoiced in advance on 15 January, and usage of January.
PREPARE = """
company = env.ref("base.main_company")
admin = env.ref("base.user_admin")
for role in ("accountant", "price_manager", "administrator"):
    admin.group_ids += env.ref(f"cloud_billing.group_{role}")
env = env(user=admin.id, context={"allowed_company_ids": company.ids, "lang": "en_US"})
accounts = {}
for name, code, kind in (
    ("cloud_accrued_income_account_id", "180100", "asset_current"),
    ("cloud_deferred_account_id", "280100", "liability_current"),
    ("cloud_accrued_cost_account_id", "280200", "liability_current"),
):
    title = company._fields[name].string
    accounts[name] = env["account.account"].create({"code": code, "name": title, "account_type": kind}).id
journal = env["account.journal"].create({"name": "Month ends", "code": "MEND", "type": "general"})
company.write({**accounts, "cloud_closing_journal_id": journal.id})
meter = env["cloud.meter"].create({"name": "Traffic", "code": "traffic", "unit": "GB"})
service = {"type": "service", "taxes_id": [(5,)]}
fee = env["product.product"].create({"name": "Support", "cloud_billing_model": "recurring", **service})
traffic = env["product.product"].create(
    {"name": "Traffic", "cloud_billing_model": "metered", "cloud_meter_id": meter.id, **service})
plan = env["cloud.price.plan"].create({"name": "Public prices", "company_id": company.id})
version = env["cloud.price.plan.version"].create({
    "plan_id": plan.id, "name": "1", "date_start": "2026-01-01",
    "rule_ids": [(0, 0, {"product_id": fee.id, "unit_price": "1200"}),
                 (0, 0, {"product_id": traffic.id, "unit_price": "0.10"})]})
version.action_approve_directly()
customer = env["cloud.customer"].create({
    "partner_id": env["res.partner"].create({"name": "Acme"}).id, "company_id": company.id,
    "currency_id": company.currency_id.id, "tz": "UTC"})
year, usage = env["cloud.subscription"].create([
    {"customer_id": customer.id, "plan_id": plan.id, "date_start": "2026-01-15", "cycle_unit": "year",
     "cycle_kind": "anniversary",
     "line_ids": [(0, 0, {"product_id": fee.id, "name": "Support", "timing": "advance"})]},
    {"customer_id": customer.id, "plan_id": plan.id, "date_start": "2026-01-01",
     "line_ids": [(0, 0, {"product_id": traffic.id, "name": "Traffic"})]}])
(year | usage).action_activate()
source = env["cloud.usage.source"].create({
    "name": "Routers", "company_id": company.id, "reader": "csv", "shape": "append", "month_basis": "customer",
    "tz": "UTC"})
content = "id,start,account,service,quantity,unit\\nr1,2026-01-10T10:00:00Z,payer,Traffic,100,GB\\n"
env["cloud.usage.import"]._create_with_files(source, [("january.csv", content.encode())]).action_import()
stream = env["cloud.usage.stream"].search([("source_id", "=", source.id)])
stream.sudo().policy = "bill"
env["cloud.usage.mapping"].sudo().create({"stream_id": stream.id, "subscription_line_id": usage.line_ids.id})
admin.cloud_person_id = env["cloud.person"].create({"name": "Mara Maker"})
from odoo.addons.cloud_billing.models.control.cloud_protected_mixin import TOKEN
company._write_protected({"cloud_billing_state": "solo"}, TOKEN)
day = "2026-01-15"
run = env["cloud.bill.run"].create({"cutoff_date": day, "invoice_date": day, "accounting_date": day})
run.action_rate()
run.bill_ids.filtered(lambda bill: bill.state == "look").action_release("First bill")
run.action_submit()
run.action_post()
env.cr.commit()
print("INVOICED", run.bill_ids.move_id.amount_untaxed)
"""
CLOSE = """
closing = env["cloud.closing"].create({"date_end": "2026-01-31"})
closing.action_compute()
closing.action_submit()
env.cr.commit()
print("CLOSING", closing.id, closing.state)
"""
# Both have seen that it is approved before either posts: each waits for the other at that point.
POST_TOGETHER = """
import time
from pathlib import Path
from odoo.addons.cloud_billing.models.closing.cloud_closing_approval import CloudClosing
from odoo.exceptions import UserError
from odoo.service.model import retrying
env = env(user=env.ref("base.user_admin").id, context={{"allowed_company_ids": [1], "lang": "en_US"}})
closing = env["cloud.closing"].browse({closing_id})
check, attempts = CloudClosing._check_approved, []

def check_and_wait(closing):
    check(closing)
    attempts.append(1)
    Path({folder!r}, {name!r}).touch()
    deadline = time.monotonic() + 100
    while not Path({folder!r}, {other!r}).exists() and time.monotonic() < deadline:
        time.sleep(0.01)

CloudClosing._check_approved = check_and_wait
try:
    retrying(closing.action_post, env)
    env.cr.commit()
    print("OUTCOME posted")
except UserError as error:
    print("OUTCOME refused", error)
"""
BOOKS = """
    SELECT m.cloud_closing_part, m.date, m.state, a.code_store->>'1', l.balance
      FROM account_move m
      JOIN account_move_line l ON l.move_id = m.id
      JOIN account_account a ON a.id = l.account_id
     WHERE m.cloud_closing_id IS NOT NULL
       AND a.code_store->>'1' IN ('180100', '280100')
  ORDER BY 1, 4
"""


@pytest.fixture
def prepared(database, script):
    """prepared(more="") -> (name of a database as of PREPARE in which more code has run, what was printed)."""

    def make(more=""):
        name = database()
        return name, run_script(script, name, PREPARE + more)

    return make


def run_script(script, name, code):
    return ended(script(name, code))


class TestTwoPostAMonthEndAtOnce:
    def test_one_posts_and_the_other_is_told(self, prepared, script, odoo_env, tmp_path):
        name, printed = prepared(CLOSE)
        closing_id, state = printed.split("CLOSING ")[1].split()[:2]
        assert state == "approved"
        codes = [
            POST_TOGETHER.format(closing_id=closing_id, folder=str(tmp_path), name=one, other=other)
            for one, other in (("first", "second"), ("second", "first"))
        ]
        outcomes = sorted(ended(process).split("OUTCOME ")[1] for process in [script(name, code) for code in codes])
        assert outcomes[0].startswith("posted")
        assert outcomes[1].startswith("refused") and "not approved as it is" in outcomes[1]
        # 100 GB x 0.10 are accrued; of the fee 1,200 - 1,200 x 17/365 = 1,144.11 are deferred.
        assert odoo_env.pg.sql(BOOKS, name) == [
            ["entry", "2026-01-31", "posted", "180100", "10.00"],
            ["entry", "2026-01-31", "posted", "280100", "-1144.11"],
            ["reversal", "2026-02-01", "posted", "180100", "-10.00"],
            ["reversal", "2026-02-01", "posted", "280100", "1144.11"],
        ]


class TestMonthEndOnTheScreen:
    def test_it_is_computed_looked_at_and_posted(self, prepared, server, browser, screenshot):
        name, printed = prepared()
        assert "INVOICED 1200.0" in printed
        running = server(name)
        page = browser(running, path="/odoo/action-cloud_billing.cloud_closing_action")
        expect(page.locator(".o_view_nocontent")).to_contain_text("Close the month in the books")
        screenshot(page, "month_end_empty")
        pages.press_for_page(page, "New")
        pages.fill_date(page, "date_end", "2026-01-31")
        pages.save(page)
        pages.press(page, "Compute")
        pages.settle(page)
        expect(pages.field(page, "deferred_amount")).to_contain_text("1,144.11")
        screenshot(page, "month_end")
        pages.open_related(page, "Lines")
        pages.settle(page)
        screenshot(page, "month_end_lines")
        page.go_back()
        pages.settle(page)
        pages.press(page, "Submit for Approval")
        pages.settle(page)
        pages.press(page, "Post")
        pages.agree(page)
        pages.settle(page)
        expect(page.locator(".alert-success")).to_contain_text("a part of the next month's end")
        screenshot(page, "month_end_posted")
        pages.open_related(page, "Against the Ledger")
        pages.settle(page)
        screenshot(page, "month_end_ledger")
        page.goto(f"{running.url}/odoo/action-cloud_billing.cloud_closing_waterfall_action")
        page.locator("div.o_pivot").wait_for()
        pages.settle(page)
        screenshot(page, "month_end_waterfall")
        page.goto(f"{running.url}/odoo/action-cloud_billing.cloud_billing_settings_action")
        page.locator("#cloud_closing").scroll_into_view_if_needed()
        pages.settle(page)
        screenshot(page, "month_end_settings")
        assert page.problems == []
