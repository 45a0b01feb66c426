"""On the screen: a late month is billed by a typed quantity; the month as eight steps; billing settings."""

import pages
import pytest
from bill_runs import PREPARE
from playwright.sync_api import expect

# March of one customer is posted, 1,000 GB at 0.10 in 31 days and a fee of 11.51 with tax. Of April 800 GB have come,
# and its source is not final.
SCENE = """
import io
from odoo.addons.cloud_billing.models.control.cloud_protected_mixin import TOKEN
company.sudo()._write_protected({{"cloud_billing_state": "setup"}}, TOKEN)
meter = env["cloud.meter"].create({{"name": "Disk", "code": "disk_late", "unit": "GB"}})
disk = env["product.product"].create({{
    "name": "Disk", "type": "service", "cloud_billing_model": "metered", "cloud_meter_id": meter.id,
    "taxes_id": [(5,)]}})
plan = env["cloud.price.plan"].create({{"name": "Disks", "company_id": company.id, "version_ids": [
    (0, 0, {{"name": "1", "date_start": "2026-01-01", "rule_ids": [
        (0, 0, {{"product_id": disk.id, "unit_price": "0.10"}})]}})]}})
plan.version_ids.action_approve_directly()
customer = env["cloud.customer"].search([], limit=1)
subscription = env["cloud.subscription"].create({{
    "customer_id": customer.id, "plan_id": plan.id, "date_start": "2026-03-01",
    "line_ids": [(0, 0, {{"product_id": disk.id, "name": "Disk"}})]}})
subscription.action_activate()
env["cloud.subscription"].search([("id", "!=", subscription.id)]).write({{"date_end": "2026-02-01"}})
source = env["cloud.usage.source"].create({{
    "name": "Meters", "reader": "csv", "company_id": company.id, "final_days": 3000, "late_policy": "estimate",
    "estimate_basis": "typed"}})
rows = (
    b"id,start,account,service,quantity,unit\\n"
    b"1,2026-03-10T10:00:00Z,acme,Disk,1000,GB\\n"
    b"2,2026-04-11T10:00:00Z,acme,Disk,800,GB\\n")
root = env(user=1)
root["cloud.usage.import"]._create_with_files(root[source._name].browse(source.id), [
    ("disks.csv", io.BytesIO(rows))])._enqueue()
env.cr.commit()
root["cloud.usage.importer"]._cron_import_usage()
env["cloud.usage.mapping"].create({{
    "stream_id": env["cloud.usage.stream"].search([]).id, "subscription_line_id": subscription.line_ids.id}})
env["cloud.usage.final"].create({{"source_id": source.id, "month": "2026-03-01", "reason": "Read off"}})
company.sudo()._write_protected({{"cloud_billing_state": "solo"}}, TOKEN)
for month, is_posted in (("04", True), ("05", False)):
    run = env["cloud.bill.run"].create(dict.fromkeys(
        ("cutoff_date", "invoice_date", "accounting_date"), f"2026-{{month}}-01"))
    run.action_rate()
    if is_posted:
        run.bill_ids.action_release("All of them")
        run.action_submit()
        run._set_state("posting")
        run.bill_ids._post_now()
        run._close_when_done()
"""


class TestALateMonth:
    @pytest.fixture
    def running(self, database, script, server):
        name = database()
        printed = script(name, PREPARE.format(customers=1, then=SCENE.format())).communicate(timeout=300)[0]
        assert "RUN" in printed and "Traceback" not in printed, printed[-3000:]
        return server(name)

    def test_is_billed_by_a_typed_quantity_and_the_month_shows_it(self, running, browser, screenshot):
        page = browser(running)
        self.type_an_estimate(page, screenshot)
        self.look_at_the_month(page, screenshot)
        self.take_proposed_accounts(page, screenshot)
        assert page.problems == []

    def type_an_estimate(self, page, screenshot):
        pages.open_menu(page, "Month", "Bills")
        pages.clear_search(page)
        row = pages.row(page, "Blocked")
        with pages.another_page(page):
            pages.cell(row, "customer_id").click()
        pages.settle(page)
        screenshot(page, "estimate_missing")
        pages.press_for_dialog(page, "Resolve")
        pages.settle(page)
        line = pages.rows(page).first
        # What has arrived, and 1,000 x 30 / 31.
        expect(pages.cell(line, "arrived")).to_contain_text("800")
        expect(pages.cell(line, "last")).to_contain_text("967.741935")
        pages.cell(line, "quantity").click()
        pages.fill(page, "quantity", "950.5", within=pages.front(page).locator("tr.o_selected_row"))
        pages.fill(page, "reason", "Read off the meter")
        screenshot(page, "estimate_typed")
        pages.press_for_dialog(page, "Bill These Quantities")
        # 950.5 x 0.10
        expect(pages.field(page, "amount")).to_contain_text("95.05")
        expect(page.locator(".alert", has_text="Estimated: April 2026")).to_be_visible()
        screenshot(page, "estimate_billed")

    def look_at_the_month(self, page, screenshot):
        pages.open_menu(page, "Month", "This Month")
        page.locator("[data-step=tie_out]").wait_for()
        for _month in range(7):
            # From October back to March, whose run is posted.
            if "March" in page.locator(".o_cloud_home h2").inner_text():
                break
            page.get_by_role("button", name="Previous month").click()
            pages.settle(page)
        expect(page.locator("[data-step]")).to_have_count(8)
        expect(page.locator("[data-step=send]")).to_contain_text("111.51")
        expect(page.locator("[data-step=collect]")).to_contain_text("overdue")
        screenshot(page, "home")
        with pages.another_page(page):
            page.locator("[data-step=send] button").click()
        pages.settle(page)
        expect(pages.rows(page)).to_have_count(1)
        screenshot(page, "home_send")

    def take_proposed_accounts(self, page, screenshot):
        pages.open_dialog(page, "Settings", "Settings")
        pages.settle(page)
        expect(pages.field(page, "cloud_closing_proposal")).to_contain_text("Deferred Revenue")
        screenshot(page, "billing_settings")
        pages.press(page, "Use These Accounts")
        expect(pages.field(page, "cloud_closing_proposal")).to_have_count(0, timeout=pages.LONG)
        assert "Deferred" in pages.read(page, "cloud_deferred_account_id")
        screenshot(page, "billing_settings_taken")
        pages.press_for_dialog(page, "Discard")
