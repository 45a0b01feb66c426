"""Putting right on the screen: a posted run is taken back, the rest is listed, money is given back."""

import pages
from bill_runs import APPROVE, PREPARE
from playwright.sync_api import expect

# Of five customers one has the invoice, one has paid it.
SCENE = f"""
{APPROVE}
run.bill_ids._post_now()
run._close_when_done()
bills = run.bill_ids.sorted("id")
bills[0].move_id.is_move_sent = True
env["account.payment.register"].with_context(
    active_model="account.move", active_ids=bills[1].move_id.ids).create({{}})._create_payments()
"""


class TestUndo:
    def test_an_accountant_takes_a_run_back_and_gives_money_back_of_the_rest(
        self, database, script, server, browser, screenshot
    ):
        name = database()
        printed = script(name, PREPARE.format(customers=5, then=SCENE)).communicate(timeout=300)[0]
        assert "RUN" in printed and "Traceback" not in printed, printed[-3000:]
        run_id = printed.split("RUN ")[1].split()[0]
        page = browser(server(name), path=f"/odoo/action-cloud_billing.cloud_bill_run_action/{run_id}")
        self.undo(page, screenshot)
        self.give_money_back(page, screenshot)
        assert page.problems == []

    def undo(self, page, screenshot):
        pages.press_for_page(page, "Undo")
        page.locator(".alert-warning", has_text="cannot be taken back").wait_for()
        pages.fill(page, "reason", "The price of the fee was wrong")
        pages.save(page)
        screenshot(page, "undo")
        pages.press(page, "Submit")
        page.locator(".o_arrow_button_current", has_text="Approved").wait_for()
        pages.press(page, "Reverse Now")
        page.locator(".o_field_badge", has_text="Reversed").first.wait_for()
        pages.settle(page)
        expect(page.locator(".o_data_row", has_text="Reversed")).to_have_count(3)
        expect(page.locator(".o_data_row", has_text="To correct")).to_have_count(2)

    def give_money_back(self, page, screenshot):
        page.goto("/odoo/action-cloud_billing.cloud_undo_line_action")
        page.locator(".o_data_row").nth(1).wait_for()
        screenshot(page, "correction_list")
        page.locator(".o_data_row").first.locator("button[name='action_credit']").click()
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.front(page).get_by_text("A percentage").click()
        pages.fill(page, "percent", "10")
        pages.fill(page, "reason", "Agreed with the customer")
        screenshot(page, "price_credit")
        pages.press_for_page(page, "Make the Credit")
        page.locator(".o_arrow_button_current", has_text="Review").wait_for()
        screenshot(page, "price_credit_run")
