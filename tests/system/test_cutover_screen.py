"""An accountant moves contracts from the old billing: a file with a mistake, the right one, a month beside the old."""

import base64

import pages
from playwright.sync_api import expect

HEADER = "customer,customer_name,subscription,plan,product,quantity,start,timing,billed_through,deferred\n"
ROWS = (
    "C1,Acme,K-1,Public prices,Seats,10,2026-01-01,advance,{acme},140\n"
    "C2,Globex,K-2,Public prices,Seats,2,2026-01-01,arrears,2026-07-01,\n"
)
TOTALS = "customer,total,invoice\nC2,65.00,F-77\n"


class TestCutover:
    def test_a_file_is_checked_applied_and_a_month_compared(self, server, login, browser, screenshot, tmp_path):
        running = server()
        self.session = login(running)
        self.prepare()
        page = browser(running, path="/odoo/action-cloud_billing.cloud_cutover_action")
        self.move(page, tmp_path, screenshot)
        self.compare(page, tmp_path, screenshot)
        assert page.problems == []

    def prepare(self):
        """Seats at 31.00 a month in an approved plan."""
        call = self.session.call
        vals = {"name": "Seats", "type": "service", "cloud_billing_model": "recurring", "taxes_id": [[5]]}
        product = call("product.product", "create", vals)
        plan = call("cloud.price.plan", "create", {"name": "Public prices"})
        rule = {"product_id": product, "unit_price": "31"}
        vals = {"plan_id": plan, "date_start": "2026-01-01", "rule_ids": [[0, 0, rule]]}
        version = call("cloud.price.plan.version", "create", vals)
        call("cloud.price.plan.version", "action_approve_directly", [version])

    def move(self, page, folder, screenshot):
        wrong, right = folder / "old.csv", folder / "right.csv"
        wrong.write_text(HEADER + ROWS.format(acme="2025-08-15"))
        right.write_text(HEADER + ROWS.format(acme="2026-08-15"))
        pages.press_for_page(page, "New")
        pages.fill(page, "name", "From the old billing, August 2026")
        pages.fill_date(page, "date", "2026-08-01")
        page.set_input_files("div[name=file] input[type=file]", wrong)
        pages.press(page, "Check")
        pages.settle(page)
        text = pages.field(page, "row_ids").locator("td[name=text]").first
        expect(text).to_contain_text("billed_through: it is before the start")
        screenshot(page, "cutover_problems")
        # The file alone is replaced; the screen says that it was not checked.
        [cutover] = self.session.call("cloud.cutover", "search", [])
        content = base64.b64encode(right.read_bytes()).decode()
        self.session.call("cloud.cutover", "write", [cutover], {"file": content})
        page.reload()
        page.wait_for_selector(".o_form_view")
        pages.settle(page)
        expect(page.locator(".alert-warning").filter(has_text="was not checked as it is now")).to_be_visible()
        pages.press(page, "Check")
        pages.settle(page)
        pages.press(page, "Apply")
        pages.settle(page)
        expect(page.locator("[name=deferred_text]").first).to_contain_text("140.00")
        screenshot(page, "cutover_applied")
        pages.open_related(page, "Opening Facts")
        pages.settle(page)
        screenshot(page, "cutover_openings")

    def compare(self, page, folder, screenshot):
        totals = folder / "totals.csv"
        totals.write_text(TOTALS)
        vals = {"cutoff_date": "2026-08-01", "invoice_date": "2026-08-01", "accounting_date": "2026-08-01"}
        run = self.session.call("cloud.bill.run", "create", vals)
        self.session.call("cloud.bill.run", "action_rate", [run])
        page.goto(f"/odoo/cloud.bill.run/{run}")
        page.wait_for_selector(".o_form_view")
        pages.settle(page)
        pages.open_related(page, "Parallel Month")
        pages.settle(page)
        page.set_input_files("div[name=file] input[type=file]", totals)
        pages.press(page, "Compare")
        pages.settle(page)
        # 2 x 31.00 for July, and 65.00 there.
        rows = pages.field(page, "line_ids").locator("td[name=difference]")
        expect(rows).to_have_count(1)
        expect(rows.first).to_contain_text("-3")
        expect(page.locator(".alert-warning")).to_contain_text("are not explained")
        screenshot(page, "parallel_month")
