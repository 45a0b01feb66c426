"""An accountant's month in a browser: the cockpit of a run, exceptions released, the approver's page, posting.

Every amount is worked out by hand beside its assertion. March is billed before; April is what is looked at.
"""

import pages
from odoo_scripts import ended
from people import CHECKER, MAKER, make_logins
from playwright.sync_api import expect

# 24 customers pay 10.00 a month from March on. In April three buy something for 100.00 besides, two leave on the 15th,
# one gets a line without a price, and six are new.
SETUP = """
company = env.ref("base.main_company")
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
for login in ("maker", "checker"):
    user = env["res.users"].search([("login", "=", login)])
    user.cloud_person_id = env["cloud.person"].create({"name": user.name})
fee, extra, unpriced = env["product.product"].create([
    {"name": name, "type": "service", "cloud_billing_model": "recurring", "taxes_id": [(5,)]}
    for name in ("Platform", "Support", "Night Shift")
])
plan = env["cloud.price.plan"].create({"name": "Fees", "company_id": company.id})
env["cloud.price.plan.version"].create({"plan_id": plan.id, "name": "1", "date_start": "2026-01-01", "rule_ids": [
    (0, 0, {"product_id": fee.id, "unit_price": "10"}), (0, 0, {"product_id": extra.id, "unit_price": "100"}),
]}).action_approve_directly()

def subscribe(name, product, **dates):
    customer = env["cloud.customer"].search([("name", "=", name)]) or env["cloud.customer"].create({
        "partner_id": env["res.partner"].create({"name": name}).id, "company_id": company.id, "tz": "UTC"})
    env["cloud.subscription"].create({
        "customer_id": customer.id, "plan_id": plan.id, **dates,
        "line_ids": [(0, 0, {"product_id": product.id, "name": product.name})]}).action_activate()

for number in range(24):
    leaves = {"date_end": "2026-04-15"} if number in (3, 4) else {}
    subscribe(f"Customer {number:02}", fee, date_start="2026-03-01", **leaves)
for number in range(3):
    subscribe(f"Customer {number:02}", extra, date_start="2026-04-01")
subscribe("Customer 05", unpriced, date_start="2026-04-01")
for number in range(6):
    subscribe(f"Newcomer {number}", fee, date_start="2026-04-01")
company._set_cloud_live("live")
env.cr.commit()
"""
POST = "env['cloud.bill.run']._cron_post_runs()\nprint('WORKED')\n"


class TestAnAccountantsMonth:
    def test_is_looked_at_released_approved_and_posted(self, server, login, browser, script, screenshot):
        running = server()
        make_logins(login(running))
        self.work(script, running.database, SETUP)
        self.maker, self.checker = login(running, MAKER, MAKER), login(running, CHECKER, CHECKER)
        self.screenshot = screenshot
        self.bill_march()
        run = self.maker.call("cloud.bill.run", "create", self.dates("2026-05-01"))
        page = browser(running, MAKER, MAKER, path=f"/odoo/cloud.bill.run/{run}")
        self.rate(page)
        self.look(page)
        self.release(page)
        self.exclude_what_is_blocked(page)
        self.submit(page, run)
        other = browser(running, CHECKER, CHECKER)
        self.approve(other)
        self.post(page, script, running.database, run)
        assert page.problems == [] and other.problems == []

    def work(self, script, database, code):
        ended(script(database, code))

    def dates(self, day):
        return {"cutoff_date": day, "invoice_date": day, "accounting_date": day}

    def bill_march(self):
        run = self.maker.call("cloud.bill.run", "create", self.dates("2026-04-01"))
        self.maker.call("cloud.bill.run", "action_rate", [run])
        bills = self.maker.call("cloud.bill", "search", [["run_id", "=", run]])
        self.maker.call("cloud.bill", "action_release", bills, "The first month")
        self.maker.call("cloud.bill.run", "action_submit", [run])
        [request] = self.checker.call("cloud.change.request", "search", [["state", "=", "pending"]])
        self.checker.vote([request])
        self.maker.call("cloud.bill.run", "action_post", [run])
        assert self.maker.call("cloud.bill.run", "read", [run], ["state", "move_count"])[0]["move_count"] == 24

    def rate(self, page):
        page.wait_for_selector(".o_form_view")
        pages.settle(page)
        pages.press(page, "Rate")
        page.locator("[data-bucket=look]").wait_for()
        pages.settle(page)

    def look(self, page):
        # Three pay 110.00 in place of 10.00, two 14/30 of 10.00 = 4.67, six pay 10.00 for the first time.
        look = page.locator("[data-bucket=look]")
        expect(look).to_contain_text("11")
        expect(look).to_contain_text("399.34 USD")
        for code, count, amount in (
            ("first_bill", "6", "60.00"), ("difference", "3", "330.00"), ("ended_contract", "2", "9.34"),
        ):  # fmt: skip
            row = look.locator(f"[data-reason={code}]")
            expect(row.locator("td").nth(1)).to_have_text(count)
            expect(row).to_contain_text(f"{amount} USD")
        expect(page.locator("[data-bucket=blocked] [data-reason=price_missing]")).to_contain_text("1")
        # 24 less three, two and one.
        expect(page.locator("[data-bucket=ready]")).to_contain_text("180.00 USD")
        expect(page.locator("[data-part=periods]")).to_contain_text("wait for somebody to look at their bill")
        self.picture(page, "cockpit")
        with pages.another_page(page):
            look.locator("[data-reason=difference] a").click()
        pages.settle(page)
        expect(pages.rows(page)).to_have_count(3)
        self.screenshot(page, "cockpit_bills")
        page.go_back()
        look.wait_for()
        pages.settle(page)

    def release(self, page):
        for code, note in (
            ("first_bill", "Signed at the fair"),
            ("difference", "Support since April"),
            ("ended_contract", "Notice in file"),
        ):
            page.locator(f"[data-bucket=look] [data-reason={code}] button").click()
            page.locator(".o_dialog .o_form_view").wait_for()
            pages.settle(page)
            pages.fill(page, "note", note)
            if code == "first_bill":
                assert pages.read(page, "bill_count") == "6"
                self.screenshot(page, "cockpit_release")
            pages.press_for_dialog(page, "Release")
            page.locator(f"[data-bucket=look] [data-reason={code}]").wait_for(state="detached")
        expect(page.locator("[data-bucket=look]")).to_contain_text("0")

    def picture(self, page, name):
        """A picture in which no button says what it does."""
        page.mouse.move(700, 700)
        page.locator(".o-tooltip").wait_for(state="detached")
        self.screenshot(page, name)

    def exclude_what_is_blocked(self, page):
        with pages.another_page(page):
            page.locator("[data-bucket=blocked] > div > a").click()
        pages.settle(page)
        expect(pages.rows(page)).to_have_count(1)
        pages.mark(pages.rows(page).first)
        pages.press_for_dialog(page, "Exclude")
        pages.settle(page)
        pages.fill(page, "note", "The price of the night shift is being agreed")
        pages.press_for_dialog(page, "Exclude")
        pages.settle(page)
        page.go_back()
        page.locator("[data-bucket=excluded]").wait_for()
        pages.settle(page)

    def submit(self, page, run):
        pages.press(page, "Submit")
        pages.settle(page)
        assert pages.read_state(page) == "To approve"

    def approve(self, page):
        pages.open_menu(page, "Control", "Waiting for Me")
        pages.open_row(page, "Bill run")
        pages.settle(page)
        bridge = page.locator("[data-part=bridge]")
        # 24 x 10.00; six newcomers at 10.00, three times 100.00; the excluded one; twice 10.00 x (14/30 - 1) = -5.33.
        for label, amount in (
            ("Last bills", "240.00"),
            ("New", "360.00"),
            ("Lost", "-10.00"),
            ("Volume", "-10.66"),
            ("This run", "579.34"),
        ):
            row = bridge.locator("tr").filter(has_text=label).first
            expect(row).to_contain_text(f"{amount} USD")
        expect(page.locator("[data-part=decisions]")).to_contain_text("Signed at the fair")
        expect(page.locator("[data-part=decisions]")).to_contain_text("The price of the night shift is being agreed")
        self.screenshot(page, "approver_page")
        pages.vote(page)
        assert pages.read_state(page) == "Approved"

    def post(self, page, script, database, run):
        page.reload()
        page.wait_for_selector(".o_form_view")
        pages.settle(page)
        pages.press(page, "Post")
        # 29 bills are more than a batch: the schedule posts them.
        progress = page.locator("[data-part=progress]")
        expect(progress).to_contain_text("0 of 29 bills posted")
        self.screenshot(page, "cockpit_posting")
        self.work(script, database, POST)
        progress.wait_for(state="detached", timeout=pages.LONG)
        expect(page.locator("[data-bucket=posted]")).to_contain_text("579.34 USD")
        pages.expect_state(page, "Posted")
        pages.settle(page)
        # Eleven bills released and one excluded: 12 for 29 invoices.
        expect(page.locator("[data-part=touches]")).to_contain_text("12 interventions")
        expect(page.locator("[data-part=touches]")).to_contain_text("41.4 per 100 invoices")
        self.picture(page, "cockpit_posted")
