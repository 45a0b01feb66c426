"""A vote confirmed by a passkey: enrolled on Odoo's own screen, with the authenticator that Chromium plays."""

from types import SimpleNamespace

import pages

INBOX = "/odoo/action-cloud_billing.cloud_change_request_action_inbox"
SETUP = """
company = env.ref("base.main_company")
def login(name, role):
    person = env["cloud.person"].create({"name": name.title()})
    groups = [(4, env.ref("base.group_user").id), (4, env.ref(f"cloud_billing.group_{role}").id)]
    values = {"name": person.name, "login": name, "password": name, "tz": "UTC", "group_ids": groups}
    return env["res.users"].create({**values, "cloud_person_id": person.id})
maker, checker = login("mara", "administrator"), login("chris", "approver")
# A passkey belongs to a host, and an address of numbers is none.
env["ir.config_parameter"].set_param("web.base.url", URL)
env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
env.flush_all()
company._set_cloud_live("live")
env = env(user=maker.id)
plan = env["cloud.price.plan"].create({"name": "Hosting 2026"})
env["cloud.price.plan.version"].create({
    "plan_id": plan.id, "date_start": "2026-01-01", "rule_ids": [(0, 0, {"name": "Price", "unit_price": "0.25"})],
}).action_submit()
env.cr.commit()
print("MADE")
"""
# Built into the device and unlocked by a finger, as of a telephone or a laptop.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class TestAVoteByPasskey:
    def test_is_refused_without_one_and_counts_with_one(self, server, browser, script, odoo_env, screenshot):
        running = server()
        url = f"http://localhost:{running.port}"
        printed = script(running.database, f"URL = {url!r}\n{SETUP}").communicate(timeout=300)[0]
        assert "MADE" in printed, printed
        page = browser(SimpleNamespace(url=url, database=running.database), "chris", "chris", path=INBOX)
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        added = device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self.is_refused_without_a_factor(page)
        self.enrol(page)
        self.is_not_believed_by_password(page, screenshot)
        self.vote(page, device, added["authenticatorId"])
        votes = "SELECT decision, comment FROM cloud_change_vote"
        assert odoo_env.pg.sql(votes, running.database) == [["approve", "By my finger"]]
        assert page.problems == []

    def is_refused_without_a_factor(self, page):
        self.open_request(page)
        pages.press(page, "Approve")
        assert "add a passkey or enable two-factor authentication" in pages.read_refusal(page)

    def enrol(self, page):
        page.locator(".o_user_menu button").click()
        page.locator(".o-dropdown--menu").get_by_text("My Preferences", exact=True).click()
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.open_tab(page, "Security")
        pages.button(page, "Add Passkey").wait_for()
        pages.settle(page)
        # One dialog takes the place of the other.
        pages.press(page, "Add Passkey")
        page.locator(".o_dialog input[type=password]").fill("chris")
        pages.press(page, "Confirm Password")
        page.locator(".o_dialog .modal-title", has_text="Create Passkey").wait_for()
        page.locator(".o_dialog .o_field_widget[name=name] input").fill("My telephone")
        pages.press_for_dialog(page, "Create")
        pages.settle(page)

    def is_not_believed_by_password(self, page, screenshot):
        """The password is one factor, and the company asks for two."""
        self.open_request(page)
        pages.press_for_dialog(page, "Approve")
        pages.button(page, "Use Passkey").wait_for()
        pages.settle(page)
        screenshot(page, "passkey_identity")
        pages.press(page, "Use password")
        page.locator(".o_dialog input[type=password]").fill("chris")
        pages.press(page, "Confirm Password")
        page.locator(".o_dialog .text-danger", has_text="A password alone does not vote here").wait_for()
        pages.settle(page)
        screenshot(page, "passkey_password_alone")

    def vote(self, page, device, authenticator):
        self.open_request(page)
        pages.press_for_dialog(page, "Approve")
        pages.press(page, "Use Passkey")
        comment = page.locator(".o_dialog .o_field_widget[name=comment] textarea")
        comment.wait_for()
        comment.fill("By my finger")
        pages.press_for_dialog(page, "Approve")
        pages.settle(page)
        pages.expect_state(page, "Approved")
        [key] = device.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
        # Made once, and asked once.
        assert key["signCount"] == 2

    def open_request(self, page):
        page.goto(INBOX)
        row = page.locator(".o_data_row", has_text="Hosting 2026")
        row.locator("td").nth(2).click()
        page.locator(".o_form_view").wait_for()
        pages.settle(page)
