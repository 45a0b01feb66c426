"""An account manager follows a contract from its signature to its end, on the screen."""

import pages
from playwright.sync_api import expect


class TestTheLifeOfAContract:
    def test_is_paused_resumed_and_ended_with_its_timeline_in_view(self, server, login, browser, screenshot):
        running = server()
        self.call = login(running).call
        self.prepare()
        page = self.page = browser(running, path=f"/odoo/cloud.subscription/{self.subscription}")
        page.click("button[name=action_activate]")
        expect(self.state()).to_have_text("Active")
        page.click("button[name=action_open_pause]")
        dialog = page.locator(".modal")
        expect(dialog).to_contain_text("no fees are charged")
        screenshot(page, "contract_pause")
        dialog.locator("button[name=action_confirm]:visible").click()
        expect(self.state()).to_have_text("Paused")
        page.click("button[name=action_open_resume]")
        page.locator(".modal button[name=action_confirm]:visible").click()
        page.locator(".modal").wait_for(state="detached")
        page.get_by_role("tab", name="Timeline").click()
        screenshot(page, "contract_timeline")
        timeline = pages.field(page, "timeline_html")
        expect(timeline).to_contain_text("Today")
        expect(timeline).to_contain_text("Last day of notice for the end of the term")
        page.click("button[name=action_open_end]")
        # A year, with a month's notice: today is no day on which it may end.
        expect(page.locator(".modal")).to_contain_text("at the earliest: on that day its term is over")
        screenshot(page, "contract_end")
        page.locator(".modal button[name=action_confirm]").click()
        expect(self.state()).to_have_text("Ending")
        assert page.problems == []

    def state(self):
        return self.page.locator(".o_statusbar_status button.o_arrow_button_current")

    def prepare(self):
        call = self.call
        vals = {"name": "Support", "type": "service", "cloud_billing_model": "recurring", "taxes_id": [[5]]}
        call("product.product", "create", vals)
        product = call("product.product", "search", [["name", "=", "Support"]])[0]
        plan = call("cloud.price.plan", "create", {"name": "Public prices"})
        partner = call("res.partner", "create", {"name": "Acme"})
        customer = call("cloud.customer", "create", {"partner_id": partner, "tz": "UTC", "plan_id": plan})
        self.subscription = call(
            "cloud.subscription",
            "create",
            {
                "customer_id": customer,
                "plan_id": plan,
                "line_ids": [[0, 0, {"product_id": product}]],
                "term_ids": [[0, 0, {"length_count": 12, "notice_count": 1}]],
            },
        )
