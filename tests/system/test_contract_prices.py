"""An account manager agrees on a phase, proposes an indexation with letters, and lets another customer take over."""

import pages
from people import MAKER, make_logins
from playwright.sync_api import expect


class TestPricesOfAContractOnTheScreen:
    def test_a_phase_an_indexation_and_a_takeover(self, server, login, browser, screenshot):
        running = server()
        make_logins(login(running))
        self.maker = login(running, MAKER, MAKER)
        subscription = self.prepare()
        page = browser(running, MAKER, MAKER, path=f"/odoo/cloud.subscription/{subscription}")
        self.agree_on_a_phase(page, screenshot)
        self.maker.call("cloud.subscription", "action_activate", [subscription])
        self.propose_an_indexation(page, screenshot)
        self.take_over(page, subscription, screenshot)
        assert page.problems == []

    def prepare(self):
        """A draft of a fee of 100.00 a month that begins in the future, and a second customer."""
        call = self.maker.call
        vals = {"name": "Support", "type": "service", "cloud_billing_model": "recurring", "taxes_id": [[5]]}
        product = call("product.product", "create", vals)
        plan = call("cloud.price.plan", "create", {"name": "Public prices"})
        version = call(
            "cloud.price.plan.version",
            "create",
            {
                "plan_id": plan,
                "date_start": "2026-01-01",
                "rule_ids": [[0, 0, {"product_id": product, "unit_price": "100.00"}]],
            },
        )
        call("cloud.price.plan.version", "action_approve_directly", [version])
        customers = [
            call(
                "cloud.customer",
                "create",
                {
                    "partner_id": call("res.partner", "create", {"name": name, "email": f"{name.lower()}@example.com"}),
                    "tz": "Europe/Amsterdam",
                },
            )
            for name in ("Acme", "Beta")
        ]
        return call(
            "cloud.subscription",
            "create",
            {
                "customer_id": customers[0],
                "plan_id": plan,
                "date_start": "2026-01-01",
                "line_ids": [[0, 0, {"product_id": product, "name": "Support", "quantity": "3"}]],
            },
        )

    def agree_on_a_phase(self, page, screenshot):
        pages.open_tab(page, "Agreed Prices")
        pages.press_for_dialog(page, "Phases and Ramps")
        step = pages.add_row(page, "step_ids")
        # Without an end: whatever day it is today, it holds.
        pages.fill(page, "count", "0", within=step)
        pages.fill(page, "value", "-50", within=step)
        pages.fill(page, "label", "Half price", within=step)
        expect(pages.field(page, "preview")).to_contain_text("50 % off")
        screenshot(page, "contract_phases")
        pages.press_for_dialog(page, "Agree")
        pages.settle(page)
        expect(pages.field(page, "rate_text")).to_contain_text("Recurring fees, 50 % off (Phase)")
        screenshot(page, "contract_agreed_prices")

    def propose_an_indexation(self, page, screenshot):
        proposal = self.maker.call(
            "cloud.indexation",
            "create",
            {
                "name": "Indexation 2028",
                "method": "index",
                "index_name": "CPI, Statistics Office",
                "index_from": "115.2",
                "index_to": "118.4",
                "date_from": "2028-01-01",
            },
        )
        page.goto(f"/odoo/cloud.indexation/{proposal}")
        page.locator(".o_form_view").wait_for()
        pages.press(page, "Find Contracts")
        # 3 x 100.00 less half are 150.00; 2.78 % more are 154.17.
        expect(pages.field(page, "totals_text")).to_contain_text("154.17")
        expect(pages.field(page, "formula")).to_contain_text("(118.4 / 115.2 - 1) x 100 = 2.78 %")
        screenshot(page, "contract_indexation")
        pages.press(page, "Approve")
        pages.press(page, "Send Letters")
        pages.settle(page)
        pages.open_related(page, "Letters")
        expect(pages.row(page, "Acme")).to_be_visible()
        screenshot(page, "contract_letters")

    def take_over(self, page, subscription, screenshot):
        page.goto(f"/odoo/cloud.subscription/{subscription}")
        page.locator(".o_form_view").wait_for()
        page.locator(".o_cp_action_menus button").first.click()
        page.get_by_role("menuitem", name="Takeover by Another Customer").click()
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.choose(page, "customer_id", "Beta")
        pages.fill_date(page, "date_from", "2027-03-01")
        screenshot(page, "contract_takeover")
        pages.press_for_dialog(page, "Take Over")
        expect(pages.field(page, "succession_text")).to_contain_text("of Acme goes on as")
        screenshot(page, "contract_successor")
