"""Security status, sessions of roles, one's own sessions and what the web client tells of the second factor."""

import pages
import pytest
from playwright.sync_api import expect
from web import WebError


@pytest.fixture
def sessions_database(odoo_env, database):
    """A database with the add-on for sessions and identity."""
    return database(odoo_env.chosen_template("cloud_billing_auth_timeout"))


class TestSecurityScreens:
    def test_an_administrator_sees_what_is_off_and_mends_it(
        self, server, login, browser, sessions_database, screenshot
    ):
        running = server(sessions_database)
        elsewhere = login(running)
        page = browser(running)
        self.read_the_notice(page, screenshot)
        self.look_at_the_status(page, screenshot)
        self.change_a_role(page, elsewhere, screenshot)
        self.end_other_sessions(page, elsewhere, screenshot)
        assert page.problems == []

    def read_the_notice(self, page, screenshot):
        notice = page.locator(".o_notification").filter(has_text="Your role requires a second factor")
        notice.wait_for()
        pages.settle(page)
        screenshot(page, "security_notice")
        with pages.another_page(page):
            notice.get_by_role("button", name="Set It Up").click()
        expect(page.locator(".o_form_view")).to_contain_text("Enable 2FA")
        expect(notice).to_have_count(0)

    def look_at_the_status(self, page, screenshot):
        pages.open_menu(page, "Control", "Security Status")
        pages.settle(page)
        states = pages.rows(page).locator("td[name=state]").all_inner_texts()
        assert states == sorted(states, key=["Off", "Look", "On"].index)
        screenshot(page, "security_status")
        page.locator(".o_switch_view.o_kanban").click()
        page.locator(".o_kanban_record").first.wait_for()
        pages.settle(page)
        screenshot(page, "security_status_cards")
        page.locator(".o_switch_view.o_list").click()
        pages.settle(page)
        pages.filter_by(page, "On")
        row = pages.row(page, "Timeouts of roles")
        with pages.another_page(page):
            row.get_by_role("button").last.click()

    def change_a_role(self, page, session, screenshot):
        row = pages.row(page, "Viewer")
        row.wait_for()
        pages.cell(row, "inactivity_minutes").click()
        pages.fill(page, "inactivity_minutes", "20", page.locator("tr.o_selected_row"))
        pages.fill(page, "absolute_hours", "8:30", page.locator("tr.o_selected_row"))
        page.locator(".o_list_button_save:visible").click()
        pages.settle(page)
        screenshot(page, "security_sessions")
        domain = [["group_id.name", "=", "Viewer"]]
        names = ["inactivity_minutes", "absolute_hours"]
        [read] = session.call("cloud.session.policy", "search_read", domain, names)
        assert (read["inactivity_minutes"], read["absolute_hours"]) == (20, 8.5)

    def end_other_sessions(self, page, elsewhere, screenshot):
        pages.open_menu(page, "Control", "My Sessions")
        # This browser and the call from elsewhere; the database brings what warmed it up.
        expect(pages.rows(page).nth(1)).to_be_visible()
        pages.settle(page)
        screenshot(page, "security_my_sessions")
        pages.press_for_dialog(page, "End All Others")
        page.locator(".o_dialog input[type=password]").fill("admin")
        screenshot(page, "security_identity")
        page.locator(".o_dialog footer .btn-primary").click()
        expect(page.locator(".o_action_manager tr.o_data_row")).to_have_count(1, timeout=pages.LONG)
        expect(page.locator(".o_dialog")).to_have_count(0)
        with pytest.raises(WebError, match="Session"):
            elsewhere.call("res.users", "search_count", [])
