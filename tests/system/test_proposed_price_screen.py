"""What a price comes to before it counts: one person proposes a phase, the second one sees its first invoice."""

from datetime import date, timedelta

import pages
from people import CHECKER, MAKER, make_logins
from playwright.sync_api import expect

# Three seats at 100.00 a month in advance; Acme has redeemed a coupon of 10 % and agreed on 500.00 a month at least.
SETUP = """
import json
company = env.ref("base.main_company")
for login in ("maker", "checker"):
    user = env["res.users"].search([("login", "=", login)])
    user.cloud_person_id = env["cloud.person"].create({"name": user.name})
service = {"type": "service", "taxes_id": [(5,)]}
seat, minimum = env["product.product"].create([
    {"name": "Seat", "cloud_billing_model": "recurring", "cloud_timing": "advance", **service},
    {"name": "Minimum spend", **service},
])
plan = env["cloud.price.plan"].create({"name": "Public prices"})
env["cloud.price.plan.version"].create({
    "plan_id": plan.id, "date_start": "2026-01-01",
    "rule_ids": [(0, 0, {"product_id": seat.id, "unit_price": "100.00"})],
}).action_approve_directly()
acme = env["cloud.customer"].create({"partner_id": env["res.partner"].create({"name": "Acme"}).id, "tz": "UTC"})
subscription = env["cloud.subscription"].create({
    "customer_id": acme.id, "plan_id": plan.id, "date_start": START,
    "line_ids": [(0, 0, {"product_id": seat.id, "name": "Seat", "quantity": "3"})],
})
subscription.action_activate()
other = env["cloud.customer"].create({
    "partner_id": env["res.partner"].create({"name": "Beta"}).id, "tz": "UTC", "plan_id": plan.id,
})
coupon = env["cloud.coupon"].create({"code": "TEN", "name": "Welcome", "percent": "10"})
coupon.action_approve_directly()
env["cloud.coupon.redemption"].create({
    "coupon_id": coupon.id, "customer_id": other.id, "date_start": START,
}).action_approve_directly()
env["cloud.spend.commitment"].create({
    "name": "At least 500 a month", "customer_id": other.id, "amount": "500", "date_start": START,
    "product_id": minimum.id,
}).action_approve_directly()
env.flush_all()
company._set_cloud_live("live")
env.cr.commit()
print("TOLD", json.dumps(subscription.id))
"""


def after(day, months):
    """The first day of a month, so many months later."""
    for _month in range(months):
        day = (day + timedelta(days=32)).replace(day=1)
    return day


class TestAPriceBeforeItCounts:
    def test_is_seen_by_who_proposes_and_by_who_agrees(self, server, login, browser, tell, screenshot):
        running = server()
        make_logins(login(running))
        self.month = date.today().replace(day=1)
        subscription = tell(running.database, SETUP.replace("START", repr(str(self.month))))
        self.maker = login(running, MAKER, MAKER)
        page = browser(running, MAKER, MAKER, path=f"/odoo/cloud.subscription/{subscription}")
        self.propose_a_phase(page, screenshot)
        assert self.maker.call("cloud.bill.run", "search_count", []) == 0
        assert self.maker.call("cloud.contract.rate", "search_read", [], ["state"])[0]["state"] == "pending"
        checker = browser(
            running, CHECKER, CHECKER, path="/odoo/action-cloud_billing.cloud_change_request_action_inbox"
        )
        self.agree_on_it(checker, screenshot)
        assert self.maker.call("cloud.contract.rate", "search_read", [], ["state"])[0]["state"] == "approved"
        self.calculate(page, screenshot)
        assert page.problems == checker.problems == []

    def propose_a_phase(self, page, screenshot):
        pages.open_tab(page, "Agreed Prices")
        pages.press_for_dialog(page, "Phases and Ramps")
        # From the month after the next one on: the invoice of that day, when all before it is billed.
        pages.fill_date(page, "date_start", str(after(self.month, 2)))
        step = pages.add_row(page, "step_ids")
        pages.fill(page, "count", "3", within=step)
        pages.fill(page, "value", "-50", within=step)
        pages.front(page).locator(".modal-title").click()
        pages.press(page, "Show the Invoice")
        pages.settle(page)
        shown = pages.field(page, "html")
        expect(shown).to_contain_text("The first invoice with this price")
        # 3 x 100.00, and half of it.
        expect(shown).to_contain_text("300.00")
        expect(shown).to_contain_text("-150.00")
        screenshot(page, "contract_proposed_price")
        pages.press_for_dialog(page, "Agree")
        pages.settle(page)

    def agree_on_it(self, page, screenshot):
        pages.open_first(page)
        page.locator(".o_form_view").wait_for()
        expect(pages.field(page, "effect_html")).to_contain_text("Invoice of")
        page.locator(".oe_stat_button:visible").filter(has_text="Show the Invoice").click()
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.settle(page)
        expect(pages.field(page, "html")).to_contain_text("-150.00")
        screenshot(page, "contract_proposed_price_request")
        pages.press_for_dialog(page, "Close")
        pages.vote(page)

    def calculate(self, page, screenshot):
        pages.open_dialog(page, "Prices", "Price Calculator")
        pages.choose(page, "product_id", "Seat")
        pages.fill(page, "quantity", "3")
        pages.choose(page, "customer_id", "Beta")
        pages.settle(page)
        # 3 x 100.00 less 10 % = 270.00; 230.00 are missing of 500.00.
        assert "270.00" in pages.read(page, "amount")
        assert "500.00" in pages.read(page, "total")
        expect(pages.field(page, "statement_html")).to_contain_text("Welcome")
        expect(pages.field(page, "statement_html")).to_contain_text("At least 500 a month")
        expect(pages.field(page, "workings_html")).to_contain_text("230.00")
        screenshot(page, "calculator_of_a_bill")
