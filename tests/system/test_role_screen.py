"""The screen of a user gives roles of one privilege side by side, and keeps them."""

import ast
import re

import pages

# Who holds which roles, by themselves, as they were chosen.
READ = """
def told(holder):
    groups = holder.group_ids if holder._name == "res.users" else holder.implied_ids
    names = groups.filtered(lambda one: one.privilege_id == env.ref("cloud_billing.privilege_cloud_billing"))
    return sorted(names.mapped("name"))
{body}
"""
HELD = 'print("HELD", told(env["res.users"].search([("login", "=", "nina")])))'
GIVEN = 'print("HELD", told(env.ref("base.default_user_group")))'
SETUP = """
env["res.users"].create({"name": "Nina New", "login": "nina", "password": "nina",
                         "group_ids": [(4, env.ref("base.group_user").id)]})
env.cr.commit()
print("MADE")
"""
LADDER, APPROVER, AUDITOR = "Cloud Billing", "Approver", "Auditor"
PRICES, INTEGRATION = "Price manager", "Integration user"


class Roles:
    """The lines of roles on the form in front."""

    def __init__(self, page):
        self.page = page

    def find(self, label):
        """The selection beside this label."""
        form = pages.front(self.page)
        # Odoo puts a question mark behind, for the help.
        text = re.compile(rf"^\s*{label}\s*\??\s*$")
        of = form.locator("label.o_form_label").filter(has_text=text).first.get_attribute("for")
        return form.locator(f"xpath=//*[@id='{of}']/ancestor-or-self::*[contains(@class, 'o_field_widget')][1]").first

    def choose(self, label, role):
        self.find(label).locator(".o_select_menu_toggler").click()
        items = self.page.locator(".o_select_menu_item")
        if role:
            items.get_by_text(role, exact=True).click()
        else:
            items.first.click()
        pages.settle(self.page)

    def read(self, label):
        """What is chosen; what other roles bring along stands there in grey and is no choice."""
        return self.find(label).locator("input").first.input_value()


class TestRolesOnTheScreen:
    def test_accountant_and_approver_are_given_kept_and_taken_one_by_one(self, server, browser, script, screenshot):
        running = server()
        self.ask(script, running, SETUP, "MADE")
        page = browser(running)
        roles = self.open(page, "base.action_res_users", "Nina New")
        roles.choose(LADDER, "Accountant")
        roles.choose(APPROVER, "Approver")
        screenshot(page, "roles_of_a_person")
        pages.save(page)
        assert self.ask(script, running, READ.format(body=HELD)) == ["Accountant", "Approver"]

        roles = self.reload(page)
        assert [roles.read(one) for one in (LADDER, APPROVER, AUDITOR)] == ["Accountant", "Approver", "No"]
        roles.choose(AUDITOR, "Auditor")
        roles.choose(APPROVER, None)
        pages.save(page)
        assert self.ask(script, running, READ.format(body=HELD)) == ["Accountant", "Auditor"]

        roles = self.reload(page)
        roles.choose(LADDER, "Billing administrator")
        pages.save(page)
        assert self.ask(script, running, READ.format(body=HELD)) == ["Auditor", "Billing administrator"]
        assert not page.problems, page.problems

    def test_what_new_logins_are_given(self, server, browser, script, screenshot):
        """The same lines on the form of the group whose roles every new login gets."""
        running = server()
        page = browser(running)
        roles = self.open_settings(page)
        roles.choose(PRICES, "Price manager")
        roles.choose(APPROVER, "Approver")
        screenshot(page, "roles_of_new_logins")
        page.locator(".o_dialog .o_form_button_save").click()
        page.locator(".o_dialog").wait_for(state="detached")
        pages.settle(page)
        assert self.ask(script, running, READ.format(body=GIVEN)) == ["Approver", "Price manager"]
        roles = self.open_settings(page)
        assert [roles.read(one) for one in (PRICES, APPROVER, INTEGRATION)] == ["Price manager", "Approver", "No"]
        assert not page.problems, page.problems

    def open_settings(self, page):
        page.goto("/odoo/settings")
        page.locator("button[name=open_new_user_default_groups]").click()
        return self.wait(page)

    def wait(self, page):
        page.locator(".o_field_res_user_group_ids").first.wait_for(state="attached")
        pages.settle(page)
        return Roles(page)

    def open(self, page, action, name):
        page.goto(f"/odoo/action-{action}")
        page.locator(".o_data_row").first.wait_for()
        pages.open_row(page, name)
        return self.wait(page)

    def reload(self, page):
        page.reload()
        return self.wait(page)

    def ask(self, script, running, code, mark="HELD"):
        output = script(running.database, code).communicate(timeout=300)[0]
        line = next((line for line in output.splitlines() if mark in line), None)
        assert line, output
        return ast.literal_eval(line.split(mark, 1)[1].strip() or "None")
