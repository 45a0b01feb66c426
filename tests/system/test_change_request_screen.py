"""Two products of a live company are to be billed in advance: proposed on their own fields, seen by who approves."""

import pages
from people import CHECKER, MAKER, make_logins
from playwright.sync_api import expect

SETUP = """
import json
company = env.ref("base.main_company")
for login in ("maker", "checker"):
    user = env["res.users"].search([("login", "=", login)])
    user.cloud_person_id = env["cloud.person"].create({"name": user.name})
service = {"type": "service", "taxes_id": [(5,)], "cloud_billing_model": "recurring"}
products = env["product.product"].create([{"name": "Support", **service}, {"name": "Hosting", **service}])
plan = env["cloud.price.plan"].create({"name": "Public prices"})
env["cloud.price.plan.version"].create({
    "plan_id": plan.id, "date_start": "2026-01-01",
    "rule_ids": [(0, 0, {"product_id": product.id, "unit_price": "100.00"}) for product in products],
}).action_approve_directly()
acme = env["cloud.customer"].create({"partner_id": env["res.partner"].create({"name": "Acme"}).id, "tz": "UTC"})
env["cloud.subscription"].create({
    "customer_id": acme.id, "plan_id": plan.id, "date_start": "2026-01-01",
    "line_ids": [(0, 0, {"product_id": product.id, "name": product.name}) for product in products],
}).action_activate()
env.flush_all()
company._set_cloud_live("live")
env.cr.commit()
print("TOLD", json.dumps(products.product_tmpl_id.ids))
"""

LIVE = """
for login in ("maker", "checker"):
    user = env["res.users"].search([("login", "=", login)])
    user.cloud_person_id = env["cloud.person"].create({"name": user.name})
env.flush_all()
env.ref("base.main_company")._set_cloud_live("live")
env.cr.commit()
print("LIVE")
"""


class TestAChangeRequest:
    def test_gathers_two_records_and_shows_on_them_and_to_the_checker(self, server, login, browser, tell, screenshot):
        running = server()
        make_logins(login(running))
        support, hosting = tell(running.database, SETUP)
        maker = browser(running, MAKER, MAKER, path=f"/odoo/product.template/{support}")
        self.is_refused_to_edit(maker)
        self.propose(maker, support)
        self.propose(maker, hosting)
        expect(pages.field(maker, "item_ids")).to_contain_text("Hosting")
        pages.fill(maker, "reason", "New terms from next year")
        maker.locator(".oe_title").click()
        expect(maker.locator(".o_datetime_picker")).to_have_count(0)
        screenshot(maker, "change_draft")
        pages.press(maker, "Submit")
        pages.settle(maker)
        pages.expect_state(maker, "Waiting for approval")
        maker.goto(f"/odoo/product.template/{support}")
        banner = maker.locator(".o_cloud_pending_change")
        expect(banner).to_contain_text("from In arrears to In advance by Mara Maker waits for approval")
        screenshot(maker, "change_banner")
        checker = browser(
            running, CHECKER, CHECKER, path="/odoo/action-cloud_billing.cloud_change_request_action_inbox"
        )
        checker.get_by_text("Support: Billing Timing and 1 more").first.click()
        checker.locator(".o_form_view").wait_for()
        effect = pages.field(checker, "effect_html")
        expect(effect).to_contain_text("Hosting: Billing Timing")
        expect(effect).to_contain_text("Customers it touches: 1, subscriptions: 1 (Acme)")
        screenshot(checker, "change_request")
        assert maker.problems == checker.problems == []

    def is_refused_to_edit(self, page):
        pages.open_tab(page, "Cloud Billing")
        pages.select(page, "cloud_timing", "In advance")
        page.locator(".o_form_button_save").click()
        assert "only with the approval of a second person" in pages.read_refusal(page)
        page.locator(".o_form_button_cancel").click()
        pages.settle(page)

    def propose(self, page, product):
        page.goto(f"/odoo/product.template/{product}")
        page.locator(".o_cloud_pending_change").get_by_role("button", name="Propose a Change").click()
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.select(page, "cloud_timing", "In advance")
        pages.press(page, "Add to My Draft")
        pages.settle(page)
        page.locator(".o_field_widget[name=item_ids]").wait_for()


class TestFieldAccess:
    def test_a_level_of_a_live_company_is_proposed_from_its_class(self, server, login, browser, script, screenshot):
        running = server()
        make_logins(login(running))
        assert "LIVE" in script(running.database, LIVE).communicate(timeout=300)[0]
        page = browser(running)
        pages.open_menu(page, "Control", "Field Access")
        page.get_by_text("Cost and Margin").first.click()
        page.locator(".o_form_view").wait_for()
        pages.settle(page)
        screenshot(page, "field_class_live")
        page.locator(".oe_stat_button", has_text="Roles").click()
        # The form before has lists and the same button: it must be gone, and the next one there.
        expect(page.locator(".o_form_view")).to_have_count(0)
        page.locator(".o_data_row", has_text="Viewer").locator("[name=group_id]").click()
        page.locator(".o_form_view").wait_for()
        pages.settle(page)
        page.locator(".o_cloud_pending_change").get_by_role("button", name="Propose a Change").click()
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.select(page, "level", "Hidden")
        screenshot(page, "field_level_proposed")
        pages.press(page, "Add to My Draft")
        items = page.locator(".o_field_widget[name=item_ids]")
        expect(items).to_contain_text("Cost and Margin: ")
        expect(items).to_contain_text("Hidden")
        assert not page.problems, page.problems
