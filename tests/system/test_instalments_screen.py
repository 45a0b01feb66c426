"""An account manager sells a rack in instalments: the plan, its progress, and an early settlement, on the screen."""

import pages
from odoo_scripts import SOLO, ended
from playwright.sync_api import expect

# Posts what was due up to 15 April.
BILL = (
    SOLO
    + """
run = env["cloud.bill.run"].create(
    {"cutoff_date": "2026-04-15", "invoice_date": "2026-04-15", "accounting_date": "2026-04-15"}
)
run.action_rate()
run.bill_ids.filtered(lambda bill: bill.state == "look").action_release("First bill")
run.action_submit()
run.action_post()
assert run.state == "posted", (run.state, run.bill_ids.mapped("reason_text"))
env.cr.commit()
"""
)


class TestInstalments:
    def test_are_planned_followed_and_settled(self, server, login, browser, script, screenshot):
        running = server()
        self.session = login(running)
        subscription = self.prepare()
        page = browser(running, path=f"/odoo/cloud.subscription/{subscription}")
        page.wait_for_selector(".o_form_view")
        pages.settle(page)
        expect(page.locator(".alert-warning").filter(has_text="instalments are not agreed yet")).to_be_visible()
        self.plan(page, screenshot)
        self.session.call("cloud.subscription", "action_activate", [subscription])
        ended(script(running.database, BILL))
        page.goto(f"/odoo/cloud.subscription/{subscription}")
        page.wait_for_selector(".o_form_view")
        pages.settle(page)
        progress = "Billed 4 of 12, 600.00 of 1,400.00 USD; 800.00 USD still to come"
        expect(page.locator("td[name=instalment_text]")).to_have_text(progress)
        pages.open_tab(page, "Instalments")
        states = pages.field(page, "instalment_ids").locator("td[name=state]").all_inner_texts()
        assert states[:5] == ["Billed"] * 5, states
        expect(pages.field(page, "instalment_progress")).to_have_text(f"Rack: {progress}")
        screenshot(page, "instalments_progress")
        pages.open_tab(page, "Lines")
        self.settle_early(page, screenshot)
        assert page.problems == []

    def prepare(self):
        """A rack at 1,400.00 in a plan, and a draft subscription with it; returns its id."""
        call = self.session.call
        vals = {"name": "Rack", "type": "service", "cloud_billing_model": "instalment", "taxes_id": [[5]]}
        product = call("product.product", "create", vals)
        plan = call("cloud.price.plan", "create", {"name": "Public prices"})
        rule = {"product_id": product, "unit_price": "1400"}
        vals = {"plan_id": plan, "date_start": "2026-01-01", "rule_ids": [[0, 0, rule]]}
        version = call("cloud.price.plan.version", "create", vals)
        call("cloud.price.plan.version", "action_approve_directly", [version])
        partner = call("res.partner", "create", {"name": "Acme"})
        customer = call("cloud.customer", "create", {"partner_id": partner, "tz": "Europe/Amsterdam"})
        line = {"product_id": product, "name": "Rack", "quantity": "1"}
        vals = {"customer_id": customer, "plan_id": plan, "date_start": "2026-01-01", "line_ids": [[0, 0, line]]}
        return call("cloud.subscription", "create", vals)

    def open_line(self, page):
        with pages.another_page(page):
            page.locator("button[name=action_open_instalments]").click()
        pages.settle(page)

    def plan(self, page, screenshot):
        self.open_line(page)
        pages.press_for_dialog(page, "Plan Instalments")
        pages.settle(page)
        # By the price of the first day: 1 x 1,400.00.
        assert pages.read(page, "total") == "1,400.00"
        pages.fill(page, "down_payment", "200")
        pages.fill_date(page, "first_date", "2026-01-15")
        pages.press(page, "Work Out the Parts")
        pages.settle(page)
        expect(pages.rows(page)).to_have_count(13)
        assert pages.read(page, "missing").endswith("0.00")
        screenshot(page, "instalments_plan")
        pages.press_for_dialog(page, "Agree")
        pages.settle(page)
        expect(page.locator("[name=instalment_text]").first).to_contain_text("Billed 0 of 12, 0.00 of 1,400.00 USD")

    def settle_early(self, page, screenshot):
        self.open_line(page)
        pages.press_for_dialog(page, "Stop or Settle")
        pages.settle(page)
        pages.fill(page, "discount", "30")
        # 8 x 100.00 - 30.00.
        expect(pages.front(page)).to_contain_text("Instead of 8 parts, 770.00 USD fall due on")
        screenshot(page, "instalments_settle")
        pages.press_for_dialog(page, "Confirm")
        pages.settle(page)
        expect(page.locator("[name=instalment_text]").first).to_contain_text("770.00 USD still to come")
        screenshot(page, "instalments_line")
