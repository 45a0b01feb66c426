"""A seller without a role of billing chooses plan and discount on the screen; above the limit another person agrees."""

import pages
import pytest
from people import CHECKER
from playwright.sync_api import expect

SELLER = "seller"
QUOTATION = "/odoo/action-sale.action_quotations_with_onboarding/new"
INBOX = "/odoo/action-cloud_billing.cloud_change_request_action_inbox"
# Support is sold at 12.00; a seller lets off 10 % alone. A plan in euros and one that was archived are not for sale.
SETUP = """
company = env.ref("base.main_company")
company.write({"cloud_second_factor": False, "cloud_seller_discount": "10"})
env.ref("base.group_user").implied_ids += env.ref("sale.group_discount_per_so_line")
for login, group in (
    ("seller", "sales_team.group_sale_salesman"),
    ("checker", "cloud_billing.group_approver"),
    ("keeper", "cloud_billing.group_price_manager"),
):
    person = env["cloud.person"].create({"name": login.title()})
    env["res.users"].create({
        "name": person.name, "login": login, "password": login, "tz": "UTC", "cloud_person_id": person.id,
        "odoobot_state": "disabled", "group_ids": [(4, env.ref("base.group_user").id), (4, env.ref(group).id)],
    })
support = env["product.product"].create({
    "name": "Support", "type": "service", "cloud_billing_model": "recurring", "list_price": 12, "taxes_id": [(5,)],
})
euro = env.ref("base.EUR")
euro.active = True
for name, values in (
    ("Public prices", {}), ("Premium", {}), ("Prices in euros", {"currency_id": euro.id}), ("Former prices", {}),
):
    plan = env["cloud.price.plan"].create({"name": name, **values})
    env["cloud.price.plan.version"].create({
        "plan_id": plan.id, "date_start": "2020-01-01",
        "rule_ids": [(0, 0, {"product_id": support.id, "unit_price": "10"})],
    }).action_approve_directly()
    plan.active = name != "Former prices"
env["res.partner"].create([{"name": "Acme"}, {"name": "Bolt"}])
env.flush_all()
company._set_cloud_live("live")
env.cr.commit()
print("TOLD", 1)
"""


@pytest.fixture
def sold(odoo_env, database, tell):
    """A database with a live company that sells by quotations."""
    name = database(odoo_env.siblings_template())
    tell(name, SETUP)
    return name


class TestASellerWithoutARoleOfBilling:
    def test_sells_within_the_limit_and_asks_above_it(self, server, login, browser, sold, screenshot):
        running = server(sold)
        self.call = login(running).call
        page = browser(running, SELLER, SELLER, path=QUOTATION)
        self.quote(page, "Acme", "10", screenshot)
        self.confirm(page)
        screenshot(page, "seller_confirmed")
        # 12.00, and 10 % less: agreed by confirming.
        assert self.read_prices("Acme") == [["adjust", "approved"], ["price", "approved"]]
        page.goto(QUOTATION)
        self.quote(page, "Bolt", "20", screenshot)
        self.confirm(page)
        expect(page.locator(".o-mail-Message").filter(has_text="it waits for approval")).to_be_visible()
        screenshot(page, "seller_waits")
        assert self.read_prices("Bolt") == [["adjust", "pending"], ["price", "pending"]]
        checker = browser(running, CHECKER, CHECKER, path=INBOX)
        self.approve(checker, screenshot)
        assert self.read_prices("Bolt") == [["adjust", "approved"], ["price", "approved"]]
        assert page.problems == checker.problems == []

    def read_prices(self, customer):
        """[[kind, state]] of the prices that the contract of a customer has."""
        domain = [["subscription_id.customer_id.name", "=", customer]]
        found = self.call("cloud.contract.rate", "search_read", domain, ["kind", "state"])
        return sorted([rate["kind"], rate["state"]] for rate in found)

    def quote(self, page, customer, discount, screenshot):
        """A quotation over three times Support, by the plan Premium, that lets so many percent off."""
        page.locator(".o_form_view").wait_for(timeout=pages.LONG)
        pages.settle(page)
        pages.choose(page, "partner_id", customer)
        row = pages.add_row(page, "order_line")
        pages.choose(page, "product_template_id", "Support", row)
        pages.fill(page, "product_uom_qty", "3", row)
        pages.fill(page, "discount", discount, row)
        screenshot(page, "seller_lines")
        pages.open_tab(page, "Other Info")
        plans = pages.field(page, "cloud_plan_id")
        plans.locator("input").click()
        options = page.locator(".o-autocomplete--dropdown-item")
        expect(options.filter(has_text="Premium")).to_be_visible()
        screenshot(page, "seller_plans")
        assert [text.strip() for text in options.all_inner_texts()] == ["Premium", "Public prices", "Search more..."]
        options.filter(has_text="Search more...").locator("a").click()
        page.locator(".o_dialog tr.o_data_row").first.wait_for()
        pages.settle(page)
        screenshot(page, "seller_more_plans")
        pages.row(page, "Premium").locator("td[name=name]").click()
        page.locator(".o_dialog").wait_for(state="detached")
        pages.settle(page)
        assert pages.read(page, "cloud_plan_id") == "Premium"
        pages.save(page)

    def confirm(self, page):
        pages.press(page, "Confirm")
        pages.expect_state(page, "Sales Order")
        pages.settle(page)
        # What is agreed stays to be read.
        assert pages.field(page, "cloud_plan_id").inner_text().strip() == "Premium"

    def approve(self, page, screenshot):
        for _request in range(2):
            page.locator(".o_kanban_record, .o_data_row").first.wait_for()
            pages.settle(page)
            screenshot(page, "seller_inbox")
            page.locator(".o_data_row td").nth(1).click()
            page.locator(".o_form_view").wait_for()
            pages.settle(page)
            screenshot(page, "seller_request")
            pages.vote(page)
            page.goto(INBOX)
