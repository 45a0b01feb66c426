"""A price that was wrong from its first day: a version replaced from the same day on, on the screen."""

import pages


def test_a_version_is_replaced_from_the_same_day(server, login, browser, screenshot):
    running = server()
    session = login(running)
    company = session.call("res.company", "search", [])[0]
    plan = session.call("cloud.price.plan", "create", {"name": "Public prices", "company_id": company})
    version = session.call(
        "cloud.price.plan.version",
        "create",
        {"plan_id": plan, "date_start": "2026-01-01", "rule_ids": [[0, 0, {"name": "Any", "unit_price": "0.10"}]]},
    )
    session.call("cloud.price.plan.version", "action_approve_directly", [version])
    page = browser(running, path=f"/odoo/cloud.price.plan.version/{version}")
    page.wait_for_selector(".o_form_view")
    pages.settle(page)
    pages.press(page, "Replace from the Same Day")
    page.wait_for_selector("text=From the same day on it replaces")
    pages.settle(page)
    screenshot(page, "version_replaces")
    (draft,) = session.call("cloud.price.plan.version", "search", [["state", "=", "draft"]])
    session.call("cloud.price.plan.version", "action_approve_directly", [draft])
    page.goto(f"/odoo/cloud.price.plan.version/{version}")
    page.wait_for_selector("text=From the same day on it is replaced by")
    pages.settle(page)
    assert not page.locator("button:visible", has_text="Replace from the Same Day").count()
    screenshot(page, "version_replaced")
    page.goto(f"/odoo/cloud.price.plan/{plan}")
    page.wait_for_selector(".o_form_view")
    pages.settle(page)
    assert "Replaced" in page.locator(".o_form_view").inner_text()
    screenshot(page, "plan_versions")
