"""A price manager's hour in a browser: a plan from a template, exceptions, their effect, a second person's approval.

Every amount is worked out by hand beside its assertion. The company is live from the beginning: nothing holds before
Chris Checker has agreed.
"""

from datetime import date, timedelta

import pages
from people import CHECKER, MAKER, make_logins
from playwright.sync_api import expect

THIS_MONTH = date.today().replace(day=1)
NEXT_MONTH = (THIS_MONTH + timedelta(days=31)).replace(day=1)
LAST_MONTH = (THIS_MONTH - timedelta(days=1)).replace(day=1)
PLAN = "Cloud hosting"
CLASS = "Partner"
# A customer with a price of its own, one of the rate class, and somebody else.
OWN, PARTNER, OTHER = "Northwind AG", "Brightline GmbH", "Seaview Ltd"
ADDRESSES = {OWN: "4", PARTNER: "10", OTHER: "2"}
UNPRICED = "Night Shift Support"
NAME_OF_CLAUSE = "Northwind: 2,500 GB for a month"

# Nothing here is about prices: people, customers, the rate class with its member, and that the company is live.
SETUP = """
import json
company = env.ref("base.main_company")
for login in ("maker", "checker"):
    user = env["res.users"].search([("login", "=", login)])
    user.cloud_person_id = env["cloud.person"].create({"name": user.name})
partners = env["res.partner"].create([{"name": name, "is_company": True} for name in NAMES])
customers = env["cloud.customer"].create([{"partner_id": partner.id, "tz": "UTC"} for partner in partners])
rate_class = env["cloud.rate.class"].create({"name": CLASS})
member = env["cloud.rate.class.member"].create({
    "customer_id": customers[NAMES.index(MEMBER)].id, "class_id": rate_class.id, "date_start": SINCE,
    "reason": "Partner contract",
})
member.action_submit()
env["product.product"].create({
    "name": UNPRICED, "type": "service", "cloud_billing_model": "recurring", "taxes_id": [(5,)],
})
company._set_cloud_live("live")
env.cr.commit()
print("TOLD", json.dumps({customer.name: customer.id for customer in customers}))
"""


class TestAPriceManagersHour:
    def test_ends_with_prices_that_a_second_person_understood_and_approved(
        self, server, login, browser, tell, screenshot
    ):
        running = server()
        make_logins(login(running))
        self.customers = self.prepare(tell, running.database)
        self.session = login(running, MAKER, MAKER)
        self.second = login(running, CHECKER, CHECKER)
        self.screenshot = screenshot
        self.page = browser(running, MAKER, MAKER)
        checker = browser(running, CHECKER, CHECKER)

        self.make_plan()
        self.submit()
        self.approve(checker)
        self.bill_last_month()
        self.make_version()
        self.add_discount_of_class()
        self.add_ladder_of_customer()
        self.refuse_equal_prices()
        self.refuse_formula()
        self.calculate()
        self.keep_clause()
        self.look_at_findings()
        self.rehearse()
        self.open_version()
        self.submit()
        self.approve(checker, picture="price_approval")
        self.open_version()
        assert pages.read_state(self.page) == "Approved for later"
        assert self.page.problems == [] == checker.problems

    # ---- what is there already ----

    def prepare(self, tell, database):
        """{name: id} of the customers."""
        names = {"NAMES": list(ADDRESSES), "CLASS": CLASS, "MEMBER": PARTNER, "UNPRICED": UNPRICED}
        head = "".join(f"{name} = {value!r}\n" for name, value in {**names, "SINCE": LAST_MONTH.isoformat()}.items())
        return tell(database, head + SETUP)

    def bill_last_month(self):
        """Public IP addresses of last month are billed to all three at 3.50; from now on one also has night support."""
        call = self.session.call
        [plan_id] = call("cloud.price.plan", "search", [["name", "=", PLAN]])
        [address] = call("product.product", "search", [["name", "=", "Public IP Address"]])
        for name, quantity in ADDRESSES.items():
            line = {"product_id": address, "quantity": quantity}
            self.subscribe(name, plan_id, LAST_MONTH, line)
        run = call("cloud.bill.run", "create", {"cutoff_date": THIS_MONTH.isoformat()})
        call("cloud.bill.run", "action_rate", [run])
        bills = call("cloud.bill", "search", [["run_id", "=", run], ["state", "=", "look"]])
        call("cloud.bill", "action_release", bills, note="The first month: looked at.")
        call("cloud.bill.run", "action_submit", [run])
        [request] = self.second.call("cloud.change.request", "search", [["state", "=", "pending"]])
        self.second.vote([request])
        call("cloud.bill.run", "action_post", [run])
        billed = call("cloud.bill", "search_read", [["run_id", "=", run]], ["customer_id", "amount", "state"])
        # 4, 10 and 2 addresses at 3.50.
        assert {(bill["customer_id"][1], bill["amount"], bill["state"]) for bill in billed} == {
            (OWN, "14.00", "posted"),
            (PARTNER, "35.00", "posted"),
            (OTHER, "7.00", "posted"),
        }
        [support] = call("product.product", "search", [["name", "=", UNPRICED]])
        self.subscribe(OTHER, plan_id, THIS_MONTH, {"product_id": support, "quantity": "1"})

    def subscribe(self, name, plan_id, day, line):
        values = {
            "customer_id": self.customers[name],
            "plan_id": plan_id,
            "date_start": day.isoformat(),
            "line_ids": [[0, 0, line]],
        }
        subscription = self.session.call("cloud.subscription", "create", values)
        self.session.call("cloud.subscription", "action_activate", [subscription])

    # ---- the plan ----

    def make_plan(self):
        page = self.page
        pages.open_dialog(page, "Prices", "New Plan from a Template")
        pages.pick(page, "template", PLAN)
        pages.fill_date(page, "date_start", LAST_MONTH.isoformat())
        compute = pages.rows(page).first
        pages.cell(compute, "unit_price").click()
        pages.fill(page, "unit_price", "0.02", page.locator("tr.o_selected_row"))
        self.screenshot(page, "price_template")
        pages.press_for_page(page, "Make the Plan")
        assert "0.02 USD per Hours" in pages.read(page, "rule_ids")
        expect(pages.rows(page)).to_have_count(5)

    def make_version(self):
        page = self.page
        pages.open_menu(page, "Prices", "Price Plans")
        pages.open_row(page, PLAN)
        pages.press_for_page(page, "New Version")
        # It begins with the prices that hold, on the first of next month.
        page.locator(".o_breadcrumb").filter(has_text=f"From {NEXT_MONTH.isoformat()}").wait_for()
        expect(pages.rows(page)).to_have_count(5)

    def open_version(self):
        """The newest version of the plan."""
        pages.open_menu(self.page, "Prices", "Price Plans")
        pages.open_row(self.page, PLAN)
        with pages.another_page(self.page):
            pages.rows(self.page).first.locator("button[name=action_open]").click()

    # ---- exceptions ----

    def add_price(self):
        pages.press_for_dialog(self.page, "Add a line", pages.field(self.page, "rule_ids"))

    def save_price(self):
        pages.press_for_dialog(self.page, "Save & Close")
        pages.settle(self.page)

    def take_picture(self, name, height):
        """A picture of a dialog that is higher than the window."""
        size = self.page.viewport_size
        self.page.set_viewport_size({**size, "height": height})
        self.page.locator(".o_dialog *").evaluate_all("(all) => all.forEach((one) => (one.scrollTop = 0))")
        self.screenshot(self.page, name)
        self.page.set_viewport_size(size)

    def press_save(self):
        """Save a form that will be refused."""
        self.page.locator(".o_form_button_save").last.click()

    def add_discount_of_class(self):
        page = self.page
        self.add_price()
        pages.pick(page, "role", "Adjustment")
        pages.choose(page, "rate_class_id", CLASS)
        pages.fill(page, "adjustment_percent", "-10")
        pages.fill(page, "adjustment_label", "Partner discount")
        self.save_price()
        pages.save(page)

    def add_ladder_of_customer(self):
        """First with a gap, as it happens: nothing is said of more than 5,000 GB-months."""
        page = self.page
        self.add_price()
        pages.choose(page, "product_id", "Storage")
        pages.choose(page, "customer_id", OWN)
        pages.pick(page, "charge_model", "Graduated (ladder)")
        for bound, price in (("1000", "0.09"), ("5000", "0.07")):
            tier = pages.add_row(page, "tier_ids")
            pages.fill(page, "up_to", bound, tier)
            pages.fill(page, "unit_price", price, tier)
        self.save_price()
        self.press_save()
        assert "quantities above the last tier have no price. Leave Up To empty" in pages.read_refusal(page)
        self.open_price("Storage", OWN)
        last = pages.rows(page, pages.field(page, "tier_ids")).last
        pages.cell(last, "up_to").click()
        pages.fill(page, "up_to", "", pages.field(page, "tier_ids").locator("tr.o_selected_row"))
        # The example and the chart beside the ladder follow what is typed.
        page.locator(".o_dialog .o_cloud_amount_chart svg").wait_for()
        self.take_picture("price_rule", height=1400)
        self.save_price()
        pages.save(page)

    def open_price(self, *texts):
        """Open the price of the version whose row shows these texts."""
        rows = pages.rows(self.page, pages.field(self.page, "rule_ids"))
        for text in texts:
            rows = rows.filter(has_text=text)
        rows.first.locator("td[name=what]").click()
        self.page.locator(".o_dialog .o_form_view").wait_for()
        pages.settle(self.page)

    def refuse_equal_prices(self):
        """A flat price for somebody else, which is then given to the customer with the ladder."""
        page = self.page
        self.add_price()
        pages.choose(page, "product_id", "Storage")
        pages.fill(page, "name", "Storage, flat")
        pages.choose(page, "customer_id", OTHER)
        pages.fill(page, "unit_price", "0.095")
        self.save_price()
        pages.save(page)
        self.open_price("Storage", OTHER)
        pages.choose(page, "customer_id", OWN)
        pages.press_for_dialog(page, "Save")
        self.press_save()
        refusal = page.locator(".o_error_dialog")
        pages.button(page, "Open Storage", refusal).wait_for()
        text = refusal.inner_text()
        assert "Storage, flat (0.095 USD per GB-Months)" in text
        assert f"are both for Storage, customer {OWN}, on the same days" in text
        with pages.another_page(page):
            pages.press(page, "Open Storage, flat", refusal)
        assert pages.read(page, "name") == "Storage, flat"
        # It was tried only: nobody wants the flat price.
        self.open_version()
        pages.rows(page).filter(has_text=OTHER).locator(".o_list_record_remove").click()
        pages.save(page)

    def refuse_formula(self):
        page = self.page
        self.add_price()
        pages.choose(page, "product_id", "Backup")
        pages.choose(page, "customer_id", OTHER)
        pages.press(page, "More ways to charge")
        pages.pick(page, "charge_model", "Formula")
        pages.fill(page, "formula", "max(10, quantity * )")
        problem = 'at character 20 of the formula stands ")" where a number, a name or a bracket is expected.'
        assert problem in pages.read(page, "formula_problem")
        self.save_price()
        self.press_save()
        assert f"Price Backup: {problem}" in pages.read_refusal(page)
        page.locator(".o_form_button_cancel").last.click()
        pages.is_saved(page)

    # ---- what it comes to ----

    def calculate(self):
        page = self.page
        page.locator(".oe_stat_button").filter(has_text="Calculator").click()
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.choose(page, "product_id", "Storage")
        pages.fill(page, "quantity", "2500")
        # 1,000 x 0.10 + 1,500 x 0.08 = 100.00 + 120.00.
        assert self.read_amount() == "220.00"
        pages.choose(page, "customer_id", OTHER)
        assert self.read_amount() == "220.00"
        # 220.00 - 10 %.
        pages.choose(page, "customer_id", PARTNER)
        assert self.read_amount() == "198.00"
        assert "Partner discount" in pages.front(page).inner_text()
        # 1,000 x 0.09 + 1,500 x 0.07 = 90.00 + 105.00.
        pages.choose(page, "customer_id", OWN)
        assert self.read_amount() == "195.00"
        dialog = pages.front(page)
        dialog.locator(".o_cloud_amount_chart svg").wait_for()
        told = [" ".join(row.inner_text().split()) for row in dialog.locator("tr").all()]
        assert {
            "Up to 1,000 1,000 × 0.09 = 90.00 USD",
            "Above 1,000 1,500 × 0.07 = 105.00 USD",
            f"For customer {OWN}; Storage",
            "Storage for more customers than the one that applies",
        } <= set(told)
        self.take_picture("calculator", height=1380)
        pages.press_for_dialog(page, "Close")

    def read_amount(self):
        text = pages.read(self.page, "amount")
        return "".join(sign for sign in text if sign in "0123456789.")

    # ---- the contract's sentence ----

    def keep_clause(self):
        page = self.page
        pages.open_related(page, "Samples")
        pages.press_for_page(page, "New")
        pages.fill(page, "name", NAME_OF_CLAUSE)
        pages.choose(page, "product_id", "Storage")
        pages.choose(page, "customer_id", OWN)
        pages.fill(page, "quantity", "2500")
        pages.fill(page, "expected_amount", "190")
        pages.fill(page, "source", "Annex B, paragraph 4")
        pages.save(page)
        self.open_version()
        pages.press(page, "Submit for Approval")
        refusal = pages.read_refusal(page)
        assert "Annex B, paragraph 4" in refusal and "190.00 USD" in refusal and "195.00 USD" in refusal
        assert pages.read_state(page) == "Draft"
        pages.open_related(page, "Samples")
        pages.open_row(page, "Northwind")
        pages.fill(page, "expected_amount", "195")
        pages.save(page)
        assert pages.read(page, "verdict") == "Passes"

    def look_at_findings(self):
        page = self.page
        self.open_version()
        pages.open_related(page, "Findings")
        assert UNPRICED in pages.rows(page).first.inner_text()
        self.screenshot(page, "price_findings")

    def rehearse(self):
        page = self.page
        self.open_version()
        pages.press_for_page(page, "Rehearse")
        pages.press(page, "Rehearse")
        pages.button(page, "Rehearse Again").wait_for(timeout=pages.LONG)
        pages.settle(page)
        # Addresses of last month: 14.00 + 35.00 + 7.00; of the class 10 % less, 31.50.
        shown = [pages.read(page, name) for name in ("amount_old", "amount_new", "difference")]
        assert [text.split()[-1] for text in shown] == ["56.00", "52.50", "-3.50"]
        assert [pages.read(page, f"{name}_count") for name in ("more", "less", "same")] == ["0", "1", "2"]
        self.screenshot(page, "rehearsal")
        pages.open_related(page, "Customers")
        member = pages.row(page, PARTNER)
        assert pages.cell(member, "difference").inner_text().strip().endswith("-3.50")
        assert "Public IP Address: 3.50 USD per unit, with other adjustments" in member.inner_text()

    # ---- two people ----

    def submit(self):
        pages.press(self.page, "Submit for Approval")
        pages.button(self.page, "Submit for Approval").wait_for(state="detached", timeout=pages.LONG)

    def approve(self, page, picture=None):
        """The second person reads the effect and agrees, in a browser of his own."""
        pages.open_menu(page, "Control", "Waiting for Me")
        pages.open_row(page, PLAN)
        pages.settle(page)
        if picture:
            effect = page.locator(".o_cloud_effect").inner_text()
            assert "any product, rate class Partner" in effect and "10 % off" in effect
            assert f"{NAME_OF_CLAUSE}: 195.00 USD (Annex B, paragraph 4)" in effect
            assert f"has no price for {UNPRICED}" in effect
            assert "billed were 56.00 USD, these prices come to 52.50 USD (-3.50 USD)" in effect
            self.screenshot(page, picture)
        pages.vote(page, "Checked.")
