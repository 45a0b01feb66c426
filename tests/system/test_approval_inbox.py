"""The inbox of an approver on a telephone, with a second factor; policies and a delegation on their screens."""

import pages
from people import Authenticator

TELEPHONE = {"width": 390, "height": 844}
INBOX = "/odoo/action-cloud_billing.cloud_change_request_action_inbox"
SETUP = """
company = env.ref("base.main_company")
def login(name, *roles):
    groups = [(4, env.ref(f"cloud_billing.group_{role}").id) for role in roles]
    person = env["cloud.person"].create({"name": name.title()})
    values = {"name": name.title(), "login": name, "password": name, "group_ids": groups, "cloud_person_id": person.id}
    # On a telephone a greeting of OdooBot covers the page.
    values["odoobot_state"] = "disabled"
    return env["res.users"].with_context(no_reset_password=True).create(values)
maker, chris, dora = login("mara", "administrator"), login("chris", "approver"), login("dora", "approver")
chris.totp_secret = SECRET
small = env["cloud.approval.policy"].search([("company_id", "=", company.id), ("ready", "=", "small")])
small.level_ids.write({"deadline_hours": 48, "reminder_hours": 24})
env.flush_all()
company._set_cloud_live("live")
env = env(user=maker.id)
plan = env["cloud.price.plan"].create({"name": "Hosting 2026"})
for month in (1, 2):
    version = env["cloud.price.plan.version"].create({
        "plan_id": plan.id, "date_start": f"2026-0{month}-01",
        "rule_ids": [(0, 0, {"name": "Price", "unit_price": "0.25"})],
    })
    version.action_submit()
env.cr.commit()
"""


class TestAnApproverOnATelephone:
    def test_approves_with_a_second_factor_and_delegates(self, database, script, server, browser, odoo_env, screenshot):
        name, authenticator = database(), Authenticator()
        printed = script(name, f"SECRET = {authenticator.secret!r}\n{SETUP}").communicate(timeout=200)[0]
        assert "Traceback" not in printed, printed
        running = server(name)
        page = browser(running, "chris", "chris", code=authenticator.get_code)
        page.set_viewport_size(TELEPHONE)
        page.goto(INBOX)
        page.locator(".o_kanban_record:has-text('Hosting 2026')").first.wait_for()
        pages.settle(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        screenshot(page, "approval_inbox_telephone")
        self.approve_one(page, authenticator, screenshot)
        states = "SELECT state FROM cloud_change_request ORDER BY id"
        assert sorted(odoo_env.pg.sql(states, name)) == [["applied"], ["pending"]]
        self.approve_the_next(page)
        assert odoo_env.pg.sql(states, name) == [["applied"], ["applied"]]
        page.set_viewport_size({"width": 1400, "height": 900})
        self.delegate(page, screenshot)
        [[voter]] = odoo_env.pg.sql(
            "SELECT p.name || ' for ' || q.name FROM cloud_approval_delegation d"
            " JOIN cloud_person p ON p.id = d.delegate_id JOIN cloud_person q ON q.id = d.person_id",
            name,
        )
        assert voter == "Dora for Chris"
        self.look_at_policies(page, screenshot)
        assert page.problems == []

    def approve_one(self, page, authenticator, screenshot):
        page.locator(".o_kanban_record button:has-text('Approve')").first.click()
        code = page.locator(".o_dialog .o_field_widget[name=cloud_code] input")
        code.wait_for()
        page.locator(".o_dialog .o_field_widget[name=password] input").fill("chris")
        code.fill("000000")
        pages.press(page, "Confirm Password")
        page.locator(".o_dialog .text-danger:has-text('Verification failed')").wait_for()
        pages.settle(page)
        screenshot(page, "approval_identity")
        page.locator(".o_dialog .o_field_widget[name=password] input").fill("chris")
        page.locator(".o_dialog .o_field_widget[name=cloud_code] input").fill(authenticator.get_code())
        pages.press(page, "Confirm Password")
        comment = page.locator(".o_dialog .o_field_widget[name=comment] textarea")
        comment.wait_for()
        assert "0.25" in page.locator(".o_dialog .o_cloud_effect").inner_text()
        comment.fill("as agreed")
        pages.settle(page)
        screenshot(page, "approval_vote")
        page.locator(".o_dialog button[name=action_confirm]:visible").click()
        page.locator(".o_dialog").wait_for(state="detached")
        pages.settle(page)

    def approve_the_next(self, page):
        """Within ten minutes nobody is asked again."""
        page.goto(INBOX)
        # It first shows what it was when it was last left.
        pages.settle(page)
        page.locator(".o_kanban_record button:has-text('Approve')").first.click()
        page.locator(".o_dialog .o_field_widget[name=comment] textarea").wait_for()
        page.locator(".o_dialog button[name=action_confirm]:visible").click()
        page.locator(".o_dialog").wait_for(state="detached")
        pages.settle(page)

    def delegate(self, page, screenshot):
        page.goto("/odoo/action-cloud_billing.cloud_approval_delegation_action/new")
        page.locator(".o_form_view").wait_for()
        pages.choose(page, "delegate_id", "Dora")
        pages.fill_date(page, "date_end", "2099-12-31")
        pages.field(page, "reason").locator("input").fill("Holidays")
        pages.save(page)
        pages.settle(page)
        screenshot(page, "approval_delegation")

    def look_at_policies(self, page, screenshot):
        page.goto("/odoo/action-cloud_billing.cloud_approval_policy_action")
        page.locator(".o_data_row").first.wait_for()
        pages.settle(page)
        screenshot(page, "approval_policies")
        page.locator(".o_data_row td:has-text('Small')").first.click()
        page.locator(".o_form_view").wait_for()
        pages.settle(page)
        screenshot(page, "approval_policy")
