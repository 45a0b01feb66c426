"""The auditor's screen of the seal: verifies, is told what was altered, compares what was kept outside."""

import pages

SCENE = """
auditor = env["res.users"].create({"name": "Ada Auditor", "login": "ada", "password": "ada", "tz": "UTC",
    "group_ids": [(6, 0, [env.ref("base.group_user").id, env.ref("cloud_billing.group_auditor").id])]})
customers = env["res.partner"].create([{"name": name} for name in ("Acme SA", "Borealis AS", "Cumulus GmbH")])
env["cloud.audit.sealer"]._seal_waiting()
for customer in customers:
    env["cloud.audit.event"]._record("settings", customer, reason="Agreed on the phone")
env.cr.commit()
env["cloud.audit.sealer"]._seal_waiting()
print(env["cloud.audit.anchor"]._get_text(env.company))
"""
ALTER = """
SET session_replication_role = replica;
UPDATE cloud_billing_audit.audit_event SET reason = 'Agreed in writing'
 WHERE res_name = 'Borealis AS' AND action = 'settings'
"""


class TestSealScreen:
    def test_an_auditor_verifies_and_reads_what_was_altered(
        self, odoo_env, database, script, server, browser, screenshot
    ):
        name = database()
        printed = script(name, SCENE).communicate(timeout=300)[0]
        [anchor] = [line for line in printed.splitlines() if line.startswith("cloud_billing anchor")]
        page = browser(server(name), "ada", "ada")
        pages.open_menu(page, "Control", "Seal and Verification")
        page.locator(".o_data_row").first.wait_for()
        page.get_by_role("button", name="Verify Now").click()
        page.locator(".o_notification", has_text="The record is in order").wait_for()
        page.locator(".o_data_row", has_text="In order").first.wait_for()
        page.locator(".o_notification_close").first.click()
        pages.settle(page)
        screenshot(page, "seal_and_verification")
        self.compare(page, anchor, screenshot)
        odoo_env.pg.sql(ALTER, name)
        self.look_at_what_was_altered(page, screenshot)
        assert not page.problems, page.problems

    def compare(self, page, anchor, screenshot):
        page.locator(".o_data_row").first.locator("td").nth(1).click()
        page.get_by_role("button", name="Compare With Anchors").click()
        page.locator(".modal-content textarea").fill(f"Mail of yesterday:\n{anchor}")
        pages.settle(page)
        screenshot(page, "compare_with_anchors")
        page.get_by_role("button", name="Verify", exact=True).click()
        page.locator(".o_data_row", has_text="In order").first.wait_for()

    def look_at_what_was_altered(self, page, screenshot):
        pages.open_menu(page, "Control", "Seal and Verification")
        page.locator(".o_data_row").first.wait_for()
        page.get_by_role("button", name="Verify Now").click()
        row = page.locator(".o_data_row", has_text="Altered")
        row.wait_for()
        assert "was changed after it was sealed" in row.inner_text()
        row.locator("td").nth(1).click()
        page.get_by_role("button", name="First Bad Event").wait_for()
        pages.settle(page)
        screenshot(page, "verification_altered")
        page.get_by_role("button", name="First Bad Event").click()
        page.locator(".o_form_view", has_text="Borealis AS").wait_for()
        pages.settle(page)
        screenshot(page, "audit_event_altered")
        pages.open_menu(page, "Control", "Seal and Verification")
        page.locator(".o_data_row", has_text="Altered").locator("td").nth(1).click()
        page.locator(".o_form_view", has_text="was changed after it was sealed").wait_for()
        pages.settle(page)
        screenshot(page, "seal_altered")
