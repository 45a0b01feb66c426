"""An administrator shares a part of the customers with a colleague, sets another up, and reads who holds two roles."""

import pages

SETUP = """
people = {"vera": "viewer", "bob": "accountant"}
group = lambda name: env.ref("cloud_billing.group_" + name)
for login, role in people.items():
    env["res.users"].create({"name": login.title(), "login": login, "password": login, "tz": "UTC",
                             "group_ids": [(4, env.ref("base.group_user").id), (4, group(role).id)]})
bob = env["res.users"].search([("login", "=", "bob")])
bob.group_ids |= group("approver")
bob.cloud_person_id = env["cloud.person"].create({"name": "Bob Both"})
for name, country in (("Acme", "base.be"), ("Bolt", "base.nl")):
    partner = env["res.partner"].create({"name": name, "country_id": env.ref(country).id})
    env["cloud.customer"].create({"partner_id": partner.id, "tz": "UTC"})
env.cr.commit()
print("MADE")
"""


class TestAccessScreens:
    def test_a_colleague_sees_a_part_and_another_is_set_up(self, server, browser, script, screenshot):
        running = server()
        assert "MADE" in script(running.database, SETUP).communicate(timeout=300)[0]
        page = browser(running)
        self.share(page, screenshot)
        self.see_a_part(browser(running, "vera", "vera"), screenshot)
        self.set_up(page, screenshot)
        self.accept(page, screenshot)
        assert not page.problems, page.problems

    def share(self, page, screenshot):
        pages.open_menu(page, "Control", "Sharing Groups")
        pages.press(page, "New")
        pages.fill(page, "name", "Account managers Belgium")
        pages.fill(page, "note", "They look after the customers there.")
        pages.choose_several(page, "user_ids", "Vera")
        pages.choose_several(page, "country_ids", "Belgium")
        pages.save(page)
        pages.settle(page)
        screenshot(page, "sharing_group")

    def see_a_part(self, page, screenshot):
        page.goto("/odoo/action-cloud_billing.cloud_home_action")
        page.locator(".o_cloud_home .o_cloud_note").wait_for()
        assert "you are in a sharing group" in page.locator(".o_cloud_home").inner_text()
        pages.settle(page)
        screenshot(page, "home_of_a_member")
        pages.open_menu(page, "Contracts", "Customers")
        pages.settle(page)
        text = page.locator(".o_list_view").inner_text()
        assert "Acme" in text and "Bolt" not in text
        screenshot(page, "customers_of_a_member")
        assert not page.problems, page.problems

    def set_up(self, page, screenshot):
        pages.open_menu(page, "Control", "People")
        pages.press(page, "Set Up a Person")
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.fill(page, "name", "Nina New")
        pages.fill(page, "login", "nina@example.com")
        pages.tick(page, "is_accountant")
        pages.tick(page, "is_approver")
        page.locator(".o_dialog .alert-warning").wait_for()
        pages.settle(page)
        screenshot(page, "person_setup")
        pages.press_for_page(page, "Set Up")
        pages.settle(page)
        assert pages.read(page, "name") == "Nina New"

    def accept(self, page, screenshot):
        pages.open_menu(page, "Control", "Segregation of Roles")
        row = page.locator(".o_data_row", has_text="Bob Both")
        row.wait_for()
        pages.settle(page)
        screenshot(page, "segregation")
        row.get_by_text("Accept", exact=True).click()
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.fill(page, "reason", "A team of two; the owner reads the register each month")
        pages.settle(page)
        screenshot(page, "segregation_accept")
        page.locator(".o_dialog footer").get_by_text("Accept", exact=True).click()
        row.wait_for(state="detached")
