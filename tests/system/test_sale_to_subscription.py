"""From an opportunity to a subscription, on the screen: what was sold is what is billed."""

import pages
import pytest
from playwright.sync_api import expect


@pytest.fixture
def crm_database(odoo_env, database):
    """A database with the add-on for sales, and Odoo's CRM, which brings the button for a quotation."""
    name = database(odoo_env.siblings_template())
    odoo_env.run("Installing CRM", "--init", "crm", "--stop-after-init", "--no-http", database=name)
    return name


class TestAnOpportunity:
    def test_becomes_a_quotation_an_order_and_a_subscription(self, server, login, browser, crm_database, screenshot):
        running = server(crm_database)
        lead = self.prepare(login(running).call)
        page = browser(running, path=f"/odoo/crm.lead/{lead}")
        page.locator(".o_form_view").wait_for(timeout=pages.LONG)
        pages.settle(page)
        pages.press_for_page(page, "New Quotation")
        pages.settle(page)
        row = pages.add_row(page, "order_line")
        pages.choose(page, "product_template_id", "Support", row)
        pages.fill(page, "product_uom_qty", "3", row)
        screenshot(page, "sale_quotation")
        pages.press(page, "Confirm")
        pages.settle(page)
        screenshot(page, "sale_order")
        pages.open_related(page, "Subscription")
        pages.settle(page)
        assert pages.read_state(page) == "Active"
        # The order's price, 3 x 12.00; the plan's own is 10.00.
        expect(pages.field(page, "sentence")).to_contain_text("pays 36.00 USD a month for 3 Support")
        screenshot(page, "sale_subscription")
        pages.open_related(page, "Quotation")
        pages.settle(page)
        expect(page.locator(".oe_stat_button").filter(has_text="Subscription")).to_be_visible()
        assert page.problems == []

    def prepare(self, call):
        """Support, sold at 12.00 and at 10.00 in the plan, and an opportunity of Acme; returns its id."""
        vals = {
            "name": "Support",
            "type": "service",
            "cloud_billing_model": "recurring",
            "list_price": 12,
            "taxes_id": [[5]],
        }
        product = call("product.product", "create", vals)
        plan = call("cloud.price.plan", "create", {"name": "Public prices"})
        rule = {"product_id": product, "unit_price": "10"}
        vals = {"plan_id": plan, "date_start": "2020-01-01", "rule_ids": [[0, 0, rule]]}
        version = call("cloud.price.plan.version", "create", vals)
        call("cloud.price.plan.version", "action_approve_directly", [version])
        partner = call("res.partner", "create", {"name": "Acme"})
        vals = {"name": "Support for Acme", "type": "opportunity", "partner_id": partner}
        return call("crm.lead", "create", vals)
