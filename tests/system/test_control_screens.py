"""What an auditor and an administrator read, at a desk and on a telephone: reviews, sessions, policies, histories."""

import pages
import pytest
from live_company import LIVE_COMPANY, MEMBER
from people import Authenticator
from playwright.sync_api import expect

TELEPHONE = {"width": 390, "height": 844}
ACTION = "/odoo/action-cloud_billing."
# Who opens which screen, and what stands on it.
ON_A_TELEPHONE = {
    "ada": {
        "cloud_audit_event_action": "Logged in",
        "cloud_audit_review_action": "No review is due",
        "cloud_evidence_pack_action": "Make the Pack",
        "cloud_audit_chain_action": "My Company",
        "cloud_audit_tracker_action": "Price Plan Version",
        "cloud_segregation_line_action": "Bills and audits",
        "res_device_action": "This one",
    },
    "anna": {
        "cloud_approval_policy_action": "1 × Approver",
        "cloud_protected_field_action": "Bank Accounts",
        "cloud_security_status_action": "Sessions that end",
        "cloud_field_class_action": "Cost and Margin",
        "cloud_sharing_group_action": "Who sees only a part of the customers?",
        "cloud_go_live_action": "Approved prices for every active subscription",
        "cloud_change_proposal_action": "Nothing is proposed",
    },
}
MORE_PEOPLE = """
chris.totp_secret = SECRET
anna = login("anna", "administrator")
# Of two roles that two people should hold.
login("bella", "accountant").group_ids = [(4, env.ref("cloud_billing.group_auditor").id)]
tax = env["account.tax"].search([("company_id", "=", company.id)], limit=1)
tax.name = "Sales Tax"
"""


class TestControlScreens:
    @pytest.fixture
    def running(self, server, script):
        one = server()
        code = LIVE_COMPANY.replace("chris.totp_secret = SECRET\n", MORE_PEOPLE)
        printed = script(one.database, f"SECRET = {Authenticator().secret!r}\n{code}").communicate(timeout=300)[0]
        assert "MADE" in printed, printed
        return one

    def test_an_auditor_reviews_the_record_and_reads_histories(self, running, browser, screenshot):
        page = browser(running, "ada", "ada")
        self.review(page, screenshot)
        self.read_history(page, f"{ACTION}cloud_customer_action", MEMBER, "Billing Customer")
        self.read_history(page, "/odoo/action-account.action_tax_form", "Sales Tax", "Name: ")
        assert not page.problems, page.problems

    def review(self, page, screenshot):
        pages.open_menu(page, "Control", "Reviews")
        pages.press_for_page(page, "New")
        expect(page.locator(".o_form_view")).to_contain_text("Say which days you look at, and save")
        for name, day in (("date_start", "2026-01-01"), ("date_end", "2027-01-01"), ("date_due", "2027-01-15")):
            pages.fill_date(page, name, day)
        pages.save(page)
        page.reload()
        expect(pages.row(page, "Roles, rights and people changed")).to_contain_text("Look")
        pages.settle(page)
        screenshot(page, "review_of_the_record")

    def read_history(self, page, path, name, told):
        """From a record to what happened to it."""
        page.goto(path)
        page.locator(".o_list_view").wait_for()
        pages.open_row(page, name)
        pages.open_related(page, "History")
        pages.settle(page)
        expect(page.locator(".o_list_view")).to_contain_text(told)

    @pytest.mark.parametrize("person", ON_A_TELEPHONE)
    def test_each_screen_fits_a_telephone(self, running, browser, screenshot, person):
        page = browser(running, person, person)
        page.set_viewport_size(TELEPHONE)
        for action, text in ON_A_TELEPHONE[person].items():
            page.goto(f"{ACTION}{action}")
            expect(page.locator("body")).to_contain_text(text, timeout=pages.LONG)
            pages.settle(page)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), action
            screenshot(page, f"telephone_{action}")
        assert not page.problems, page.problems

    def test_two_roles_of_one_person_are_accepted_on_a_telephone(self, running, browser, screenshot):
        page = browser(running, "anna", "anna")
        page.set_viewport_size(TELEPHONE)
        page.goto(f"{ACTION}cloud_segregation_line_action")
        card = page.locator(".o_kanban_record:not(.o_kanban_ghost)")
        expect(card).to_have_count(1)
        expect(card).to_contain_text("Bella")
        expect(card).to_contain_text("Never voted")
        button = card.get_by_role("button", name="Accept")
        self.assert_within(button)
        pages.settle(page)
        screenshot(page, "telephone_segregation")
        button.click()
        page.locator(".o_dialog .o_form_view").wait_for()
        screenshot(page, "telephone_segregation_accept")
        pages.fill(page, "reason", "A team of three")
        pages.press(page, "Accept")
        expect(card).to_have_count(0)
        page.locator(".o_control_panel button:has(.fa-search)").click()
        pages.clear_search(page)
        expect(card).to_contain_text("A team of three")
        self.assert_within(card.get_by_role("button", name="Change"))
        screenshot(page, "telephone_segregation_accepted")
        assert not page.problems, page.problems

    def assert_within(self, button):
        """Within the screen, not beside it."""
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= TELEPHONE["width"]

    def test_a_session_is_ended_on_a_telephone(self, running, browser):
        browser(running, "ada", "ada")
        page = browser(running, "ada", "ada")
        page.set_viewport_size(TELEPHONE)
        page.goto(f"{ACTION}res_device_action")
        cards = page.locator(".o_kanban_record:not(.o_kanban_ghost)")
        expect(cards).to_have_count(2)
        ours = cards.filter(has_text="This one")
        other = cards.filter(has_not_text="This one")
        expect(ours).to_have_count(1)
        button = other.get_by_role("button", name="End")
        self.assert_within(button)
        button.click()
        pages.press(page, "Ok")
        # Odoo asks once more who one is before a session is ended.
        password = page.locator(".o_dialog .o_field_widget[name=password] input")
        password.fill("ada")
        pages.press(page, "Confirm Password")
        expect(cards).to_have_count(1)
        assert not page.problems, page.problems
