"""The screens of what runs without anybody, as a person sees them: standing approval, run, jobs, calendar, home."""

import pages
from bill_runs import PREPARE

# Of five customers one bill is above the limit, one could not be posted, and a scheduled action is off.
SCENE = """
company.sudo().cloud_look_amount = "1000"
company.sudo().cloud_large_amount = "5000"
run.action_rate()
run.bill_ids.action_release("The first")
run.action_submit()
run.action_post()
made = run.create({"cutoff_date": "2026-07-01", "invoice_date": "2026-07-01", "accounting_date": "2026-07-01"})
made.action_rate()
made.sudo().is_automatic = True
source = env["cloud.usage.source"].create({
    "name": "Nimbus bills", "company_id": company.id, "reader": "focus", "expected_days": 3, "final_days": 5})
waiting = env["cloud.usage.import"]._create_with_files(source, [("june.csv", b"a")])
waiting.sudo()._enqueue()
env.ref("cloud_billing.cron_rate_runs").sudo().active = False
run = made
"""
NIGHT = """
from unittest.mock import patch
Run = env(user=1)["cloud.bill.run"]
Run._cron_approve_standing()
standing_run = Run.search([("standing_id", "!=", False)])
bill = standing_run.bill_ids[0]
bill._park("The tax of the product was archived.")
env.cr.commit()
"""


class TestUnattended:
    def test_a_person_agrees_on_a_standing_approval_and_sees_what_it_did(
        self, database, script, server, browser, screenshot
    ):
        name = database()
        printed = script(name, PREPARE.format(customers=5, then=SCENE)).communicate(timeout=300)[0]
        assert "RUN" in printed and "Traceback" not in printed, printed[-3000:]
        running = server(name)
        page = browser(running, path="/odoo/action-cloud_billing.cloud_standing_approval_action")
        self.write_standing_approval(page)
        screenshot(page, "standing_approval")
        printed = script(name, NIGHT).communicate(timeout=300)[0]
        assert "Traceback" not in printed, printed[-3000:]
        self.look_at_the_run(page, screenshot)
        self.look_at_jobs(page, screenshot)
        page.goto("/odoo/action-cloud_billing.cloud_usage_source_action")
        page.locator(".o_data_row", has_text="Nimbus bills").click()
        page.get_by_role("tab", name="Calendar").click()
        assert "Wait: bills with this usage are blocked" in page.locator(".tab-pane.active").inner_text()
        screenshot(page, "source_calendar")
        page.goto("/odoo/action-cloud_billing.cloud_home_action")
        # A database that was made long ago says of others that they are late.
        page.locator(".alert-danger", has_text="rate bill runs” is switched off").wait_for()
        screenshot(page, "home_warning")
        page.goto("/odoo/action-cloud_billing.cloud_billing_settings_action")
        page.locator("#cloud_large").wait_for()
        screenshot(page, "settings_large")
        assert page.problems == []

    def write_standing_approval(self, page):
        page.locator(".o_list_button_add").click()
        pages.fill(page, "name", "Fees up to 45")
        for field, value in (("amount_bill", "45"), ("amount_run", "200"), ("amount_month", "200")):
            pages.fill(page, field, value)
        pages.fill_date(page, "date_start", "2020-01-01")
        pages.fill_date(page, "date_end", "2100-01-01")
        pages.save(page)
        pages.press(page, "Submit for Approval")
        page.locator(".alert-warning", has_text="In force today").wait_for()

    def look_at_the_run(self, page, screenshot):
        page.goto("/odoo/action-cloud_billing.cloud_bill_run_action")
        page.locator(".o_data_row", has_text="Posting").click()
        page.locator(".alert-info", has_text="Approved under the standing approval").wait_for()
        screenshot(page, "run_under_standing_approval")

    def look_at_jobs(self, page, screenshot):
        pages.open_menu(page, "Month", "Jobs")
        row = page.locator(".o_data_row", has_text="The tax of the product was archived")
        row.wait_for()
        screenshot(page, "jobs")
        row.locator("button[name=action_retry]").click()
        row.wait_for(state="detached")
