"""An approver enrols a passkey in a real browser and votes with it; the password alone is not enough beside it."""

from types import SimpleNamespace

import pages

TELEPHONE, DESK = {"width": 390, "height": 844}, {"width": 1400, "height": 900}
INBOX = "/odoo/action-cloud_billing.cloud_change_request_action_inbox"
SETUP = """
def login(name, role):
    person = env["cloud.person"].create({"name": name.title()})
    return env["res.users"].with_context(no_reset_password=True).create({
        "name": name.title(), "login": name, "password": name, "cloud_person_id": person.id,
        "group_ids": [(4, env.ref(f"cloud_billing.group_{role}").id)],
    })
maker, checker = login("mara", "administrator"), login("chris", "approver")
env.flush_all()
env.ref("base.main_company")._set_cloud_live("live")
env = env(user=maker.id)
plan = env["cloud.price.plan"].create({"name": "Hosting 2026"})
version = env["cloud.price.plan.version"].create({
    "plan_id": plan.id, "date_start": "2026-01-01", "rule_ids": [(0, 0, {"name": "Price", "unit_price": "0.25"})],
})
version.action_submit()
env.cr.commit()
print("MADE")
"""
STATE = "SELECT state, (SELECT count(*) FROM cloud_change_vote) FROM cloud_change_request"
# In the device itself, unlocked by a finger: what Chromium plays is always there and always the right one.
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def by_name(running, login):
    """The server by a name, as browsers want it for passkeys: Odoo has to know itself by the same one."""
    url = running.url.replace("127.0.0.1", "localhost")
    admin = login(running)
    admin.call("ir.config_parameter", "set_param", "web.base.url", url)
    admin.call("ir.config_parameter", "set_param", "web.base.url.freeze", "True")
    return SimpleNamespace(url=url, database=running.database)


class TestAPasskey:
    def test_is_both_factors_of_a_vote(self, database, script, server, login, browser, odoo_env, screenshot):
        name = database()
        assert "MADE" in script(name, SETUP).communicate(timeout=200)[0]
        page = browser(by_name(server(name), login), "chris", "chris")
        self.is_told_to_enrol(page)
        self.enrol(page, screenshot)
        assert odoo_env.pg.sql("SELECT count(*) FROM auth_passkey_key", name) == [["1"]]
        self.confirm_by_password(page)
        assert odoo_env.pg.sql(STATE, name) == [["pending", "0"]]
        self.confirm_by_passkey(page, screenshot)
        assert odoo_env.pg.sql(STATE, name) == [["applied", "1"]]
        assert page.problems == []

    def press_approve(self, page):
        # On a telephone the inbox shows cards, each with its button.
        page.set_viewport_size(TELEPHONE)
        page.goto(INBOX)
        page.locator(".o_kanban_record:has-text('Hosting 2026')").first.wait_for()
        pages.settle(page)
        page.locator(".o_kanban_record button:has-text('Approve')").first.click()

    def is_told_to_enrol(self, page):
        self.press_approve(page)
        assert "add a passkey or enable two-factor authentication" in pages.read_refusal(page)

    def enrol(self, page, screenshot):
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        page.set_viewport_size(DESK)
        page.locator(".o_user_menu button").click()
        page.locator(".o-dropdown--menu").get_by_text("My Preferences", exact=True).click()
        page.locator(".o_form_view").wait_for()
        page.locator(".o_notebook .nav-link").filter(has_text="Security").click()
        page.locator("button[name=action_create_passkey]").click()
        # The preferences are a dialog too, with a name of their own.
        name = page.locator(".o_dialog:has(button[name=make_key]) .o_field_widget[name=name] input")
        password = page.locator(".o_dialog .o_field_widget[name=password] input")
        name.or_(password).last.wait_for()
        if password.count():
            password.fill("chris")
            pages.press(page, "Confirm Password")
        name.fill("Telephone of Chris")
        pages.settle(page)
        screenshot(page, "passkey_made")
        pages.press_for_dialog(page, "Create")
        pages.settle(page)

    def confirm_by_password(self, page):
        self.press_approve(page)
        use_password = page.locator(".o_dialog button[name=action_use_password]")
        use_password.click()
        page.locator(".o_dialog .o_field_widget[name=password] input").fill("chris")
        pages.press(page, "Confirm Password")
        # The same question again, and no vote.
        page.locator(".o_dialog").get_by_text("A password alone does not vote here").wait_for()
        use_password.wait_for()
        pages.settle(page)
        assert page.locator(".o_dialog .o_field_widget[name=comment]").count() == 0

    def confirm_by_passkey(self, page, screenshot):
        self.press_approve(page)
        page.locator(".o_dialog button[name=action_use_password]").wait_for()
        pages.settle(page)
        screenshot(page, "passkey_asked")
        pages.press(page, "Use Passkey")
        page.locator(".o_dialog .o_field_widget[name=comment] textarea").fill("as agreed")
        pages.settle(page)
        page.locator(".o_dialog button[name=action_confirm]:visible").click()
        page.locator(".o_dialog").wait_for(state="detached")
        pages.settle(page)
