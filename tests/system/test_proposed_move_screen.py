"""A contract moves to another plan in a live company, and back: one proposes it, the other one sees what it means."""

from datetime import date

import pages
from people import CHECKER, MAKER, make_logins
from playwright.sync_api import expect

INBOX = "/odoo/action-cloud_billing.cloud_change_request_action_inbox"
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
    def test_is_proposed_by_one_done_by_the_other_and_taken_back_the_same_way(
        self, server, login, browser, tell, screenshot
    ):
        running = server()
        make_logins(login(running))
        start = date(date.today().year - 1, 1, 1)
        self.path = f"/odoo/cloud.subscription/{tell(running.database, SETUP.replace('START', repr(str(start))))}"
        self.maker = login(running, MAKER, MAKER)
        page = browser(running, MAKER, MAKER, path=self.path)
        self.propose(page, screenshot)
        assert self.count_contracts() == 1
        checker = browser(running, CHECKER, CHECKER, path=INBOX)
        self.approve(checker, screenshot)
        assert self.count_contracts() == 2
        assert self.read_states() == ["approved"]
        self.propose_back(page, screenshot)
        # It is one of the two contracts that holds, and until the second person agrees that is the new one.
        assert self.read_contracts() == [["Premium", "active"], ["Public prices", "ended"]]
        checker.goto(INBOX)
        self.approve_back(checker, screenshot)
        assert self.read_states() == ["approved", "approved"]
        assert self.read_contracts() == [["Premium", "cancelled"], ["Public prices", "active"]]
        self.look_at_both(page, screenshot)
        assert page.problems == checker.problems == []

    def count_contracts(self):
        return self.maker.call("cloud.subscription", "search_count", [])

    def read_contracts(self):
        """[[plan, state]] of the contracts that there are."""
        found = self.maker.call("cloud.subscription", "search_read", [], ["plan_id", "state"])
        return sorted([contract["plan_id"][1], contract["state"]] for contract in found)

    def read_states(self):
        """The states of the moves that were proposed."""
        return [move["state"] for move in self.maker.call("cloud.succession.proposal", "search_read", [], ["state"])]

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
        pages.open_first(page)
        page.locator(".o_form_view").wait_for()
        effect = pages.field(page, "effect_html")
        for text in ("Public prices", "Premium", "300.00", "360.00"):
            expect(effect).to_contain_text(text)
        screenshot(page, "contract_move_request")
        pages.vote(page)

    def propose_back(self, page, screenshot):
        """From the contract to its move, and from there to a draft that says why it is taken back."""
        page.reload()
        page.locator(".o_form_view").wait_for()
        pages.press_for_page(page, "Open")
        pages.settle(page)
        pages.open_row(page, "They have grown")
        pages.settle(page)
        screenshot(page, "contract_moved")
        pages.press_for_page(page, "Propose to Take Back")
        pages.settle(page)
        screenshot(page, "contract_back_draft")
        pages.fill(page, "reason", "They stay as they are")
        pages.press(page, "Submit for Approval")
        pages.expect_state(page, "Waiting for approval")
        pages.settle(page)
        # 3 x 120.00 now, and 3 x 100.00 as it was before.
        expect(pages.field(page, "amount_old")).to_contain_text("360")
        expect(pages.field(page, "amount_new")).to_contain_text("300")
        screenshot(page, "contract_back_waits")

    def approve_back(self, page, screenshot):
        pages.open_first(page)
        page.locator(".o_form_view").wait_for()
        effect = pages.field(page, "effect_html")
        for text in ("goes back to", "Premium", "Public prices", "360.00", "300.00"):
            expect(effect).to_contain_text(text)
        screenshot(page, "contract_back_request")
        pages.vote(page)

    def look_at_both(self, page, screenshot):
        """The contract before runs on, as if it had never been moved."""
        page.goto(page.url.split("/odoo")[0] + self.path)
        page.locator(".o_form_view").wait_for()
        pages.settle(page)
        assert pages.read_state(page) == "Active"
        screenshot(page, "contract_back")
