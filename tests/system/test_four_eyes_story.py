"""One story of three people: a price for a rate class is proposed and rehearsed, compared on a telephone and agreed to
with a second factor, and found on a record that an auditor verifies."""

import pages
from live_company import CLASS, LIVE_COMPANY, MEMBER, OTHER, PLAN
from people import Authenticator
from playwright.sync_api import expect

INBOX = "/odoo/action-cloud_billing.cloud_change_request_action_inbox"
TELEPHONE = {"width": 390, "height": 844}


class TestFourEyes:
    def test_a_price_is_proposed_rehearsed_compared_approved_found_and_verified(
        self, server, browser, script, odoo_env, screenshot
    ):
        running, authenticator = server(), Authenticator()
        code = f"SECRET = {authenticator.secret!r}\n{LIVE_COMPANY}"
        printed = script(running.database, code).communicate(timeout=300)[0]
        assert "MADE" in printed, printed
        company = "SELECT cloud_billing_state, cloud_second_factor FROM res_company"
        assert odoo_env.pg.sql(company, running.database) == [["live", "t"]]
        maker = browser(running, "mara", "mara")
        self.propose(maker, screenshot)
        self.rehearse(maker, screenshot)
        self.submit(maker)
        checker = browser(running, "chris", "chris", code=authenticator.get_code)
        checker.set_viewport_size(TELEPHONE)
        checker.goto(INBOX)
        self.compare(checker, screenshot)
        self.approve(checker, authenticator, screenshot)
        auditor = browser(running, "ada", "ada")
        self.find(auditor, screenshot)
        self.read_timeline(auditor, screenshot)
        self.verify(auditor, screenshot)
        assert maker.problems == checker.problems == auditor.problems == []

    def propose(self, page, screenshot):
        """10 % less for partners, from next month on."""
        pages.open_menu(page, "Prices", "Price Plans")
        pages.open_row(page, PLAN)
        pages.press_for_page(page, "New Version")
        pages.press_for_dialog(page, "Add a line", pages.field(page, "rule_ids"))
        pages.pick(page, "role", "Adjustment")
        pages.choose(page, "rate_class_id", CLASS)
        pages.fill(page, "adjustment_percent", "-10")
        pages.press_for_dialog(page, "Save & Close")
        pages.settle(page)
        pages.save(page)
        pages.settle(page)
        expect(pages.field(page, "finding_html")).to_contain_text("Setup has no billing model")
        screenshot(page, "four_eyes_proposal")

    def rehearse(self, page, screenshot):
        pages.press_for_page(page, "Rehearse")
        pages.press(page, "Rehearse")
        pages.button(page, "Rehearse Again").wait_for(timeout=pages.LONG)
        pages.settle(page)
        # 100.00 less 10 % for the partner, 100.00 as before for the other one.
        shown = [pages.read(page, name) for name in ("amount_old", "amount_new", "difference")]
        assert [text.split()[-1] for text in shown] == ["200.00", "190.00", "-10.00"]
        pages.open_related(page, "Customers")
        for customer, amounts in ((MEMBER, ["100.00", "90.00", "-10.00"]), (OTHER, ["100.00", "100.00", "0.00"])):
            row = pages.row(page, customer)
            shown = [pages.cell(row, name).inner_text() for name in ("amount_old", "amount_new", "difference")]
            assert [text.split()[-1] for text in shown] == amounts
        pages.settle(page)
        screenshot(page, "four_eyes_rehearsal")

    def submit(self, page):
        pages.open_menu(page, "Prices", "Price Plans")
        pages.open_row(page, PLAN)
        with pages.another_page(page):
            pages.rows(page).first.locator("button[name=action_open]").click()
        pages.press(page, "Submit for Approval")
        pages.expect_state(page, "Waiting for approval")
        pages.open_related(page, "Change Request")
        pages.settle(page)
        # Whoever proposed it may take it back, and not agree to it.
        expect(pages.button(page, "Withdraw")).to_be_visible()
        expect(pages.button(page, "Approve")).to_have_count(0)

    def compare(self, page, screenshot):
        page.locator(".o_kanban_record", has_text=PLAN).click()
        effect = page.locator(".o_form_view .o_cloud_effect")
        effect.wait_for()
        pages.settle(page)
        told = [row.split("\t") for row in effect.locator("tbody tr").all_inner_texts()]
        assert told == [
            [f"any product, rate class {CLASS}", "", "10 % off"],
            [MEMBER, "100.00 USD", "90.00 USD (-10.00 USD)"],
            ["Rehearsed over 3 months: all customers of the plan", "200.00 USD", "190.00 USD"],
        ]
        expect(effect).to_contain_text("Setup has no billing model")
        expect(effect).to_contain_text("Customers who pay more: 0; less: 1; the same: 1; not reached: 0.")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        effect.scroll_into_view_if_needed()
        screenshot(page, "four_eyes_compare")

    def approve(self, page, authenticator, screenshot):
        pages.press_for_dialog(page, "Approve")
        code = page.locator(".o_dialog .o_field_widget[name=cloud_code] input")
        code.wait_for()
        page.locator(".o_dialog .o_field_widget[name=password] input").fill("chris")
        code.fill(authenticator.get_code())
        screenshot(page, "four_eyes_identity")
        pages.press(page, "Confirm Password")
        page.locator(".o_dialog .o_field_widget[name=comment] textarea").fill("As agreed with our partners.")
        pages.press_for_dialog(page, "Approve")
        pages.settle(page)
        page.locator(".o_form_view", has_text="Approved").wait_for()

    def find(self, page, screenshot):
        pages.open_menu(page, "Control", "Audit Trail")
        pages.filter_by(page, "Approvals")
        pages.search(page, "Record", PLAN)
        row = pages.row(page, "Approved and applied")
        assert pages.cell(row, "person_name").inner_text() == "Chris"
        assert pages.cell(pages.row(page, "Submitted for approval"), "person_name").inner_text() == "Mara"
        vote = pages.row(page, "Vote: approved")
        assert pages.cell(vote, "reason").inner_text() == "As agreed with our partners."
        screenshot(page, "four_eyes_record")
        pages.open_row(page, "Vote: approved")

    def read_timeline(self, page, screenshot):
        """From the event to the prices it is about, and to everything that happened to them."""
        pages.open_related(page, "Open")
        pages.open_related(page, "History")
        pages.settle(page)
        assert "Change in Percent: – → -10" in pages.row(page, "Any product").inner_text()
        kinds = [pages.cell(row, "action").inner_text() for row in pages.rows(page).all()]
        steps = [kind for kind in reversed(kinds) if kind not in ("Created", "Changed")]
        assert steps == ["Submitted for approval", "Vote: approved", "Approved and applied"]
        screenshot(page, "four_eyes_timeline")

    def verify(self, page, screenshot):
        pages.open_menu(page, "Control", "Seal and Verification")
        page.locator(".o_data_row").first.wait_for()
        page.get_by_role("button", name="Verify Now").click()
        page.locator(".o_notification", has_text="The record is in order").wait_for()
        pages.settle(page)
        screenshot(page, "four_eyes_verified")
