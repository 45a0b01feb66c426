"""One story of three people: a price for a rate class is proposed and rehearsed, compared on a telephone and agreed to
with a second factor, and found on a record that an auditor verifies."""

from datetime import date, timedelta

import pages
from people import Authenticator
from playwright.sync_api import expect

THIS_MONTH = date.today().replace(day=1)
NEXT_MONTH = (THIS_MONTH + timedelta(days=31)).replace(day=1)
LAST_MONTH = (THIS_MONTH - timedelta(days=1)).replace(day=1)
PLAN, CLASS, MEMBER, OTHER = "Hosting", "Partner", "Brightline GmbH", "Seaview Ltd"
INBOX = "/odoo/action-cloud_billing.cloud_change_request_action_inbox"
TELEPHONE = {"width": 390, "height": 844}
# Last month each of two customers was billed 100.00; from then on the company is live, and votes take a second factor.
SETUP = f"""
from odoo.addons.cloud_billing.models.control.cloud_protected_mixin import TOKEN
company = env.ref("base.main_company")
def login(name, role):
    person = env["cloud.person"].create({{"name": name.title()}})
    groups = [(4, env.ref("base.group_user").id), (4, env.ref(f"cloud_billing.group_{{role}}").id)]
    # On a telephone a greeting of OdooBot covers the page.
    values = {{"name": person.name, "login": name, "password": name, "tz": "UTC", "odoobot_state": "disabled"}}
    values["group_ids"] = groups
    return env["res.users"].create({{**values, "cloud_person_id": person.id}})
mara, chris, ada = login("mara", "price_manager"), login("chris", "approver"), login("ada", "auditor")
chris.totp_secret = SECRET
product = env["product.product"].create({{
    "name": "Server", "type": "service", "taxes_id": [(5,)],
    "cloud_billing_model": "recurring", "cloud_timing": "advance",
}})
# It has a price and no billing model: what the price check finds.
forgotten = env["product.product"].create({{"name": "Setup", "type": "service", "taxes_id": [(5,)]}})
plan = env["cloud.price.plan"].create({{"name": "{PLAN}"}})
env["cloud.price.plan.version"].create({{
    "plan_id": plan.id, "date_start": "{LAST_MONTH}",
    "rule_ids": [(0, 0, {{"product_id": one.id, "unit_price": "100.00"}}) for one in (product, forgotten)],
}}).action_approve_directly()
rate_class = env["cloud.rate.class"].create({{"name": "{CLASS}"}})
for name in ("{MEMBER}", "{OTHER}"):
    partner = env["res.partner"].create({{"name": name, "is_company": True}})
    customer = env["cloud.customer"].create({{"partner_id": partner.id, "tz": "UTC"}})
    if name == "{MEMBER}":
        env["cloud.rate.class.member"].create({{
            "customer_id": customer.id, "class_id": rate_class.id, "date_start": "{LAST_MONTH}",
            "reason": "Partner contract",
        }}).action_submit()
    env["cloud.subscription"].create({{
        "customer_id": customer.id, "plan_id": plan.id, "date_start": "{LAST_MONTH}",
        "line_ids": [(0, 0, {{"product_id": product.id, "name": product.name}})],
    }}).action_activate()
env.flush_all()
company._write_protected({{"cloud_billing_state": "solo"}}, TOKEN)
run = env["cloud.bill.run"].create({{"cutoff_date": "{LAST_MONTH}"}})
run.action_rate()
run.bill_ids.action_release("The first month: looked at.")
run.action_submit()
run.action_post()
assert run.state == "posted", run.state
company._set_cloud_live("live")
env.cr.commit()
print("MADE")
"""


class TestFourEyes:
    def test_a_price_is_proposed_rehearsed_compared_approved_found_and_verified(
        self, server, browser, script, odoo_env, screenshot
    ):
        running, authenticator = server(), Authenticator()
        printed = script(running.database, f"SECRET = {authenticator.secret!r}\n{SETUP}").communicate(timeout=300)[0]
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
