"""A contract moves to another plan in a live company: one person proposes it, the second one sees what it means."""

from datetime import date

import pages
from people import CHECKER, MAKER, make_logins
from playwright.sync_api import expect

# Three seats at 100.00 a month, since the first of January; by Premium they are 120.00 each.
SETUP = """
import json
company = env.ref("base.main_company")
for login in ("maker", "checker"):
    user = env["res.users"].search([("login", "=", login)])
    user.cloud_person_id = env["cloud.person"].create({"name": user.name})
seat = env["product.product"].create(
    {"name": "Seat", "cloud_billing_model": "recurring", "type": "service", "taxes_id": [(5,)]}
)
plans = env["cloud.price.plan"].create([{"name": "Public prices"}, {"name": "Premium"}])
for plan, price in zip(plans, ("100.00", "120.00")):
    env["cloud.price.plan.version"].create({
        "plan_id": plan.id, "date_start": START, "rule_ids": [(0, 0, {"product_id": seat.id, "unit_price": price})],
    }).action_approve_directly()
acme = env["cloud.customer"].create({"partner_id": env["res.partner"].create({"name": "Acme"}).id, "tz": "UTC"})
subscription = env["cloud.subscription"].create({
    "customer_id": acme.id, "plan_id": plans[0].id, "date_start": START,
    "line_ids": [(0, 0, {"product_id": seat.id, "name": "Seat", "quantity": "3"})],
})
subscription.action_activate()
env.flush_all()
company._set_cloud_live("live")
env.cr.commit()
print("TOLD", json.dumps(subscription.id))
"""


class TestAMoveOfTwoPeople:
    def test_is_proposed_by_one_and_done_by_the_other(self, server, login, browser, tell, screenshot):
        running = server()
        make_logins(login(running))
        start = date(date.today().year - 1, 1, 1)
        self.path = f"/odoo/cloud.subscription/{tell(running.database, SETUP.replace('START', repr(str(start))))}"
        self.maker = login(running, MAKER, MAKER)
        page = browser(running, MAKER, MAKER, path=self.path)
        self.propose(page, screenshot)
        assert self.count_contracts() == 1
        checker = browser(
            running, CHECKER, CHECKER, path="/odoo/action-cloud_billing.cloud_change_request_action_inbox"
        )
        self.approve(checker, screenshot)
        assert self.count_contracts() == 2
        assert self.maker.call("cloud.succession.proposal", "search_read", [], ["state"])[0]["state"] == "approved"
        assert page.problems == checker.problems == []

    def count_contracts(self):
        return self.maker.call("cloud.subscription", "search_count", [])

    def propose(self, page, screenshot):
        page.locator(".o_form_view").wait_for()
        page.locator(".o_cp_action_menus button").first.click()
        page.locator(".o-dropdown--menu").get_by_text("Move to Another Plan", exact=True).click()
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.choose(page, "plan_id", "Premium")
        pages.fill(page, "reason", "They have grown")
        pages.settle(page)
        # 3 x 100.00 and 3 x 120.00 a month.
        expect(pages.field(page, "line_ids")).to_contain_text("360.00")
        screenshot(page, "contract_move")
        pages.press_for_dialog(page, "Propose the Move")
        pages.settle(page)
        expect(pages.field(page, "amount_new")).to_contain_text("360")
        screenshot(page, "contract_move_proposed")
        page.goto(page.url.split("/odoo")[0] + self.path)
        page.locator(".o_form_view").wait_for()
        expect(page.locator(".alert-warning:visible").filter(has_text="Waits for approval")).to_contain_text("Premium")
        screenshot(page, "contract_move_waits")

    def approve(self, page, screenshot):
        page.locator(".o_list_view").wait_for()
        page.locator(".o_data_row td").nth(1).click()
        page.locator(".o_form_view").wait_for()
        effect = pages.field(page, "effect_html")
        for text in ("Public prices", "Premium", "300.00", "360.00"):
            expect(effect).to_contain_text(text)
        screenshot(page, "contract_move_request")
        pages.vote(page)
