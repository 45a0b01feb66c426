"""A real provider's bill becomes posted invoices, by two people in a browser; every cent is worked out again beside it.

The file is the FOCUS 1.0 sample: 1,000 rows of three providers and two billing months. The other calculation is
`independent_month`: the same file, fractions, no line of the add-on.
"""

from collections import defaultdict
from fractions import Fraction

import pages
from independent_month import is_billed, ladder, number, read_rows, round_half_up, sum_cost, sum_quantity
from people import CHECKER, MAKER, NAMES, make_logins

FILE = "focus/focus_1.0_sample_1000.csv"
SOURCE = "Sample provider"
PRODUCT = f"{SOURCE} usage"
PLAN = f"{SOURCE}, cost plus"
MONTH = "2024-09"
CUTOFF = "2024-10-01"
# Sum of the column BilledCost, also printed on the file's own page of the FOCUS project.
BILLED_COST = "20.52022672899"

# One customer has three sub-accounts, of three providers, all called Atlas Orion: assigned by hand.
GROUP = "Atlas Orion"
GROUP_ACCOUNT = "11353890204"
# What that customer's machines sent goes by a ladder instead: the first 10 GB at 0.05, up to 50 at 0.03, then 0.0125.
TRAFFIC = "Data transfer"
TRAFFIC_SERVICE, TRAFFIC_UNIT = "Amazon Elastic Compute Cloud", "GB"
LADDER = (("10", "0.05"), ("50", "0.03"), (None, "0.0125"))
# Two streams of another sub-account are ours: they go to a cost centre and nobody is billed for them.
OURS_ACCOUNT = "18938484842"
COST_CENTRE = "Platform team"


def is_traffic(row):
    """Whether a row of the file goes by the ladder."""
    return (row["SubAccountId"], row["ServiceName"], row["PricingUnit"]) == (
        GROUP_ACCOUNT,
        TRAFFIC_SERVICE,
        TRAFFIC_UNIT,
    )


def find_our_skus(rows):
    """The two most expensive SKUs of the sub-account that is partly ours."""
    cost = defaultdict(Fraction)
    for row in rows:
        if row["SubAccountId"] == OURS_ACCOUNT and is_billed(row):
            cost[row["SkuId"]] += number(row["BilledCost"])
    return sorted(cost, key=cost.get, reverse=True)[:2]


class Expected:
    """What the month comes to, from the file alone."""

    def __init__(self, path):
        self.rows = list(read_rows(path))
        self.skus = find_our_skus(self.rows)
        resold = [{**row, "SubAccountId": self.name(row)} for row in self.rows if self.is_resold(row)]
        cost_plus = sum_cost(resold, 20)
        self.traffic = sum_quantity(self.rows, is_traffic)
        self.traffic_amount = round_half_up(ladder(self.traffic, LADDER), 2)
        self.bills = {account: amount for (account, month), amount in cost_plus.items() if month == MONTH}
        self.group_lines = sorted([self.bills[GROUP], self.traffic_amount])
        self.bills[GROUP] += self.traffic_amount
        self.invoices = {account: amount for account, amount in self.bills.items() if amount}
        self.cost_centre = sum(number(row["BilledCost"]) for row in self.rows if self.is_ours(row))

    def is_ours(self, row):
        return row["SubAccountId"] == OURS_ACCOUNT and row["SkuId"] in self.skus

    def is_resold(self, row):
        return not (is_traffic(row) or self.is_ours(row))

    @staticmethod
    def name(row):
        """Who pays for a row: the customer made by hand, else one called as the sub-account's id."""
        return GROUP if row["SubAccountName"] == GROUP else row["SubAccountId"]


class TestASampleMonth:
    def test_becomes_invoices_that_agree_with_another_calculation(
        self, server, login, browser, screenshot, odoo_env, database, samples
    ):
        self.path = samples / FILE
        self.expected = Expected(self.path)
        self.screenshot = screenshot
        running = server(self.make_database(database, odoo_env), "--max-cron-threads=1")
        make_logins(login(running))
        self.session = login(running, MAKER, MAKER)
        self.page = browser(running, MAKER, MAKER)
        self.sql = lambda query: odoo_env.pg.sql(query, database=running.database)

        self.enrol_people()
        self.go_live()
        self.import_file()
        self.import_file_again()
        self.resell()
        self.make_ladder()
        checker = browser(running, CHECKER, CHECKER)
        self.approve(checker, PLAN)
        self.approve(checker, TRAFFIC)
        self.make_customer_by_hand()
        self.assign_streams()
        self.rate_and_review()
        self.submit()
        self.approve(checker, "RUN", picture="approval")
        self.post()
        self.compare_invoices()
        self.compare_cost_centre()
        self.explain()
        assert self.page.problems == [] == checker.problems

    @staticmethod
    def make_database(database, odoo_env):
        """The scheduled action that bills what is due by itself would take some of the month before the people do.

        It is switched off before a server runs it: Odoo lets nobody change a scheduled action that runs.
        """
        name = database()
        odoo_env.pg.sql(
            "UPDATE ir_cron SET active = id IN"
            " (SELECT res_id FROM ir_model_data WHERE module = 'cloud_billing' AND name = 'cron_post_runs')",
            database=name,
        )
        return name

    # ---- the company ----

    def enrol_people(self):
        page = self.page
        for name in NAMES.values():
            pages.open_menu(page, "Control", "People")
            pages.press_for_page(page, "New")
            pages.fill(page, "name", name)
            pages.save(page)
            pages.press_for_dialog(page, "Logins of This Person")
            pages.choose_several(page, "user_ids", name)
            pages.press_for_dialog(page, "Enrol")
            pages.settle(page)

    def go_live(self):
        page = self.page
        pages.open_dialog(page, "Settings", "Go Live")
        with page.expect_navigation():
            pages.press(page, "Go Live")
        page.locator(".o_main_navbar").wait_for()
        pages.open_menu(page, "Month", "This Month")
        page.locator(".badge").get_by_text("Live").wait_for()

    # ---- usage ----

    def look_at_file(self):
        page = self.page
        pages.open_dialog(page, "Usage", "Import Usage")
        pages.upload(page, "file_ids", self.path)
        pages.field(page, "file_ids").locator(".o_attachment").wait_for()
        pages.settle(page)

    def press_look(self):
        pages.press(self.page, "Look at It")
        dialog = pages.front(self.page)
        dialog.get_by_text("Control totals").wait_for(timeout=pages.LONG)
        assert BILLED_COST in dialog.inner_text()

    def import_file(self):
        page = self.page
        self.look_at_file()
        pages.fill(page, "source_name", SOURCE)
        self.press_look()
        self.screenshot(page, "import_wizard")
        pages.press_for_page(page, "Import")
        pages.field(page, "rows_read").wait_for()
        counts = {
            name: pages.read(page, f"rows_{name}") for name in ("read", "accepted", "known", "quarantined", "rejected")
        }
        assert counts == {"read": "1,000", "accepted": "1,000", "known": "0", "quarantined": "0", "rejected": "0"}
        # As its currency is written, with every digit where it is pointed at.
        assert pages.read(page, "cost_billed") == "20.52"
        assert pages.field(page, "cost_billed").locator(".o_exact_number").get_attribute("title") == BILLED_COST
        assert self.count_usage() == ("1000", BILLED_COST)

    def import_file_again(self):
        page = self.page
        self.look_at_file()
        assert pages.read(page, "source_id") == SOURCE
        self.press_look()
        assert "All 1,000 rows were delivered before" in pages.front(page).inner_text()
        pages.press_for_page(page, "Import")
        page.get_by_text("All of it was delivered before: nothing was changed.").wait_for()
        assert (pages.read(page, "rows_accepted"), pages.read(page, "rows_known")) == ("0", "1,000")
        assert self.count_usage() == ("1000", BILLED_COST)

    def count_usage(self):
        """(rows, billed cost) that the database holds, as text."""
        rows = self.sql("SELECT COUNT(*)::text, trim_scale(SUM(cost_billed))::text FROM cloud_billing_usage.usage_row")
        return tuple(rows[0])

    # ---- prices ----

    def resell(self):
        page = self.page
        pages.open_menu(page, "Usage", "Sources")
        pages.open_row(page, SOURCE)
        pages.press_for_dialog(page, "Resell This")
        pages.fill(page, "percent", "20")
        pages.press_for_page(page, "Make Product and Prices")
        assert "billed cost + 20 %" in pages.read(page, "rule_ids")
        pages.close_notes(page)

    def make_ladder(self):
        page = self.page
        pages.open_menu(page, "Prices", "Meters")
        pages.press_for_page(page, "New")
        pages.fill(page, "name", TRAFFIC)
        pages.fill(page, "code", "traffic")
        pages.fill(page, "unit", TRAFFIC_UNIT)
        pages.save(page)
        self.make_traffic_product()
        pages.open_menu(page, "Prices", "Price Plans")
        pages.press_for_page(page, "New")
        pages.fill(page, "name", TRAFFIC)
        pages.save(page)
        pages.press_for_page(page, "New Version")
        pages.fill_date(page, "date_start", "2024-09-01")
        pages.fill(page, "name", "From September 2024")
        pages.press_for_dialog(page, "Add a line", pages.field(page, "rule_ids"))
        pages.choose(page, "product_id", TRAFFIC)
        pages.pick(page, "charge_model", "Graduated (ladder)")
        for bound, price in LADDER:
            tier = pages.add_row(page, "tier_ids")
            if bound:
                pages.fill(page, "up_to", bound, tier)
            pages.fill(page, "unit_price", price, tier)
        self.screenshot(page, "prices")
        pages.press_for_dialog(page, "Save & Close")
        pages.save(page)
        pages.press(page, "Submit for Approval")
        pages.button(page, "Submit for Approval").wait_for(state="detached", timeout=pages.LONG)

    def make_traffic_product(self):
        page = self.page
        pages.open_menu(page, "Prices", "Products")
        pages.press_for_page(page, "New")
        pages.fill(page, "name", TRAFFIC)
        pages.open_tab(page, "Cloud Billing")
        pages.select(page, "cloud_billing_model", "Metered (usage)")
        pages.choose(page, "cloud_meter_id", TRAFFIC)
        pages.save(page)

    def approve(self, page, text, picture=None):
        """The second person reads the effect and agrees, in a browser of his own."""
        pages.open_menu(page, "Control", "Waiting for Me")
        pages.open_row(page, text)
        if picture:
            self.screenshot(page, picture)
        pages.vote(page, "Checked.")

    # ---- contracts ----

    def make_customer_by_hand(self):
        page = self.page
        self.session.call("res.partner", "create", {"name": GROUP, "is_company": True})
        pages.open_menu(page, "Contracts", "Customers")
        pages.press_for_page(page, "New")
        pages.choose(page, "partner_id", GROUP)
        pages.save(page)
        for plan, product in ((PLAN, PRODUCT), (TRAFFIC, TRAFFIC)):
            pages.open_menu(page, "Contracts", "Subscriptions")
            pages.press_for_page(page, "New")
            pages.choose(page, "customer_id", GROUP)
            pages.choose(page, "plan_id", plan)
            pages.fill_date(page, "date_start", "2024-09-01")
            line = pages.add_row(page, "line_ids")
            pages.choose(page, "product_id", product, line)
            pages.save(page)
            pages.press(page, "Activate")
            pages.button(page, "Activate").wait_for(state="detached")

    def open_unmatched(self):
        pages.open_menu(self.page, "Usage", "Unmatched")
        pages.settle(self.page)

    def assign_streams(self):
        page = self.page
        self.open_unmatched()
        self.screenshot(page, "unmatched")
        self.assign_traffic()
        self.assign_to_cost_centre()
        self.open_unmatched()
        pages.clear_search(page)
        pages.filter_by(page, "Unmatched")
        pages.search(page, "Sub-account", GROUP)
        pages.mark_all(page)
        self.assign_to_line(PRODUCT)
        self.open_unmatched()
        pages.clear_search(page)
        pages.filter_by(page, "Unmatched")
        pages.mark_all(page)
        pages.press_for_dialog(page, "Assign…")
        pages.pick(page, "target", "One customer per sub-account")
        pages.press_for_dialog(page, "Assign")
        page.get_by_text("Everything has an owner").wait_for(timeout=pages.LONG)

    def assign_traffic(self):
        """The streams of the ladder, marked one by one where the unit is the ladder's."""
        page = self.page
        self.open_unmatched()
        pages.clear_search(page)
        pages.search(page, "Sub-account", GROUP_ACCOUNT)
        pages.search(page, "Service", TRAFFIC_SERVICE)
        pages.show_column(page, "Unit")
        for row in pages.rows(page).all():
            if pages.cell(row, "unit").inner_text().strip() == TRAFFIC_UNIT:
                pages.mark(row)
        self.assign_to_line(TRAFFIC)

    def assign_to_line(self, product):
        page = self.page
        pages.press_for_dialog(page, "Assign…")
        pages.pick(page, "target", "A subscription line that is there")
        pages.choose(page, "subscription_line_id", product)
        pages.press_for_dialog(page, "Assign")
        pages.settle(page)

    def assign_to_cost_centre(self):
        page = self.page
        for sku in self.expected.skus:
            self.open_unmatched()
            pages.clear_search(page)
            pages.search(page, "Sub-account", OURS_ACCOUNT)
            pages.search(page, "SKU", sku)
            assert pages.mark_all(page) == 1
            pages.press_for_dialog(page, "Assign…")
            pages.pick(page, "target", "A cost centre of our own")
            pages.fill(page, "cost_centre_name", COST_CENTRE)
            pages.press_for_dialog(page, "Assign")
            pages.settle(page)

    # ---- the run ----

    def rate_and_review(self):
        page = self.page
        pages.open_menu(page, "Month", "Bill Runs")
        pages.press_for_page(page, "New")
        for name in ("cutoff_date", "invoice_date", "accounting_date"):
            pages.fill_date(page, name, CUTOFF)
        pages.save(page)
        pages.press(page, "Rate")
        pages.button(page, "Submit").wait_for(timeout=pages.LONG)
        pages.open_related(page, "Bills")
        pages.settle(page)
        # That rating is done is told by a note, which would lie over the list.
        pages.close_notes(page)
        self.screenshot(page, "bill_run")
        pages.mark_all(page)
        pages.press_for_dialog(page, "Release")
        pages.fill(page, "note", "First month: looked at.")
        pages.press_for_dialog(page, "Release")
        pages.settle(page)
        pages.open_menu(page, "Month", "This Month")
        # The file's newest month is October, of which it holds one row.
        page.get_by_title("Previous month").click()
        page.get_by_text("September 2024").wait_for()
        self.screenshot(page, "home")

    def open_run(self):
        pages.open_menu(self.page, "Month", "Bill Runs")
        pages.open_row(self.page, "Oct 1, 2024")

    def submit(self):
        self.open_run()
        pages.press(self.page, "Submit")
        pages.button(self.page, "Submit").wait_for(state="detached", timeout=pages.LONG)

    def post(self):
        self.open_run()
        pages.press(self.page, "Post")
        pages.button(self.page, "Post").wait_for(state="detached", timeout=pages.LONG)
        # Many invoices are posted by a scheduled action, batch by batch; who waits looks again.
        for _look in range(60):
            self.open_run()
            pages.settle(self.page)
            if pages.read_state(self.page) == "Posted":
                return
            self.page.wait_for_timeout(2 * pages.SECONDS)
        raise AssertionError("The run was not posted within two minutes.")

    # ---- the proof ----

    def compare_invoices(self):
        self.run_id = self.session.call("cloud.bill.run", "search", [["cutoff_date", "=", CUTOFF]])[0]
        bills = self.session.call(
            "cloud.bill",
            "search_read",
            [["run_id", "=", self.run_id]],
            ["customer_id", "state", "amount", "move_id", "rated_line_ids"],
        )
        customers = self.session.call("cloud.customer", "search_read", [], ["code", "name"])
        payers = {customer["id"]: customer["code"] or customer["name"] for customer in customers}
        amounts = {payers[bill["customer_id"][0]]: Fraction(bill["amount"]) for bill in bills}
        assert {payer: amount for payer, amount in amounts.items() if amount} == self.expected.invoices
        assert {bill["state"] for bill in bills} == {"posted", "zero"}
        invoices = {payers[bill["customer_id"][0]]: self.read_invoice(bill) for bill in bills if bill["move_id"]}
        assert invoices == self.expected.invoices
        assert sum(invoices.values()) == sum(self.expected.invoices.values())

    def read_invoice(self, bill):
        """The posted untaxed amount of a bill's invoice, after it was found equal to its lines and rated lines."""
        move = self.session.call(
            "account.move", "read", [bill["move_id"][0]], ["state", "move_type", "amount_untaxed", "invoice_date"]
        )[0]
        assert (move["state"], move["move_type"], move["invoice_date"]) == ("posted", "out_invoice", CUTOFF)
        rated = self.session.call("cloud.rated.line", "read", bill["rated_line_ids"], ["amount", "move_line_id"])
        lines = self.session.call(
            "account.move.line",
            "search_read",
            [["move_id", "=", move["id"]], ["display_type", "=", "product"]],
            ["price_subtotal"],
        )
        by_line = defaultdict(Fraction)
        for line in rated:
            if line["move_line_id"]:
                by_line[line["move_line_id"][0]] += Fraction(line["amount"])
        # Odoo's own amounts are floats of two decimals: their shortest text is the amount.
        assert by_line == {line["id"]: Fraction(str(line["price_subtotal"])) for line in lines}
        untaxed = Fraction(str(move["amount_untaxed"]))
        assert untaxed == sum(by_line.values()) == Fraction(bill["amount"])
        return untaxed

    def compare_cost_centre(self):
        groups = self.session.call(
            "cloud.usage.cost.report",
            "formatted_read_group",
            [["analytic_account_id", "!=", False]],
            ["analytic_account_id"],
            ["cost_billed:sum"],
        )
        assert [(group["analytic_account_id"][1], Fraction(group["cost_billed:sum"])) for group in groups] == [
            (COST_CENTRE, self.expected.cost_centre)
        ]

    def explain(self):
        """The invoice of the customer with two kinds of prices, and how the ladder's amount came about."""
        page = self.page
        pages.open_menu(page, "Month", "Bills")
        pages.open_row(page, GROUP)
        pages.open_related(page, "Invoice")
        line = pages.row(page, TRAFFIC)
        line.locator("button[name=action_cloud_explain]").click()
        dialog = page.locator(".o_dialog")
        dialog.get_by_text("Usage rows behind it").wait_for()
        # 71.2259284028 GB: 10 x 0.05 + 40 x 0.03 + 21.2259284028 x 0.0125 = 1.965324105035
        assert self.expected.traffic_amount == Fraction("1.97")
        assert "21.2259284028 × 0.0125 = 0.265324105035 USD" in dialog.inner_text()
        self.screenshot(page, "invoice_explained")
