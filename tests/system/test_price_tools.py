"""A price manager without a manual: a plan from a template, the calculator's answer, a sample that fails."""

import pages
import pytest
from playwright.sync_api import expect

WIZARD = "/odoo/action-cloud_billing.cloud_plan_template_wizard_action"


@pytest.fixture
def person(server, login, browser):
    """(page, session) of an administrator on a server with an empty company."""
    running = server()
    return browser(running, path=WIZARD), login(running)


def open_record(page, model, record_id):
    page.goto(f"/odoo/{model}/{record_id}")
    page.wait_for_selector(".o_form_view")
    pages.settle(page)


def open_calculator(page, product):
    page.locator(".oe_stat_button:visible").filter(has_text="Calculator").first.click()
    page.wait_for_selector(".modal .o_form_view")
    pages.choose(page, "product_id", product)


def test_a_plan_from_a_template_its_calculator_and_its_samples(person, screenshot):
    page, session = person
    page.wait_for_selector(".modal .o_form_view")
    pages.pick(page, "template", "Energy")
    assert "Electricity, Day" in pages.front(page).inner_text()
    pages.pick(page, "template", "Cloud hosting")
    screenshot(page, "plan_template")
    pages.press(page, "Make the Plan")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(".o_form_view")
    pages.settle(page)
    (plan,) = session.call("cloud.price.plan", "search_read", [], ["name", "version_ids", "sample_count"])
    assert plan["name"] == "Cloud hosting"
    assert plan["sample_count"] == 6

    # 1,000 x 0.10 + 1,500 x 0.08 = 100.00 + 120.00.
    open_calculator(page, "Storage")
    pages.fill(page, "quantity", "2500")
    assert "220.00" in pages.read(page, "amount")
    expect(pages.front(page).locator(".o_cloud_amount_chart_marker")).to_have_count(1)
    assert "1,500 × 0.08 = 120" in pages.read(page, "statement_html")
    screenshot(page, "price_calculator")
    pages.fill(page, "quantity", "1000")
    assert "100.00" in pages.read(page, "amount")
    page.locator(".modal .btn-close").click()

    # A price that says otherwise than the sample fails on the form, before anybody is asked.
    (rule,) = session.call("cloud.price.rule", "search", [["product_id.name", "=", "Backup"]])
    session.call("cloud.price.rule", "write", [rule], {"unit_price": "0.05"})
    open_record(page, "cloud.price.plan.version", plan["version_ids"][0])
    text = page.locator(".o_form_view").inner_text()
    # 500 x 0.05 = 25.00 instead of 22.50.
    assert "expected are 22.50" in text
    assert "gives 25.00" in text
    pages.press(page, "Approve")
    page.locator(".o_dialog:not(.o_inactive_modal) footer .btn-primary").click()
    assert "500 GB of backups" in pages.read_refusal(page)
    assert page.problems == []
