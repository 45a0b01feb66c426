"""A price manager enters prices of many kinds on the screen: each shows what it needs and what it comes to."""

import pages
from people import MAKER, make_logins
from playwright.sync_api import expect


class TestThePriceForm:
    def test_shows_what_each_way_of_charging_needs_and_comes_to(self, server, login, browser, screenshot):
        running = server()
        make_logins(login(running))
        self.maker = login(running, MAKER, MAKER)
        self.prepare()
        self.page = browser(running, MAKER, MAKER, path=f"/odoo/cloud.price.plan.version/{self.version}")
        self.screenshot = screenshot
        self.enter_a_ladder_by_sizes()
        self.enter_packages()
        self.enter_a_formula_with_a_mistake()
        self.enter_a_matrix()
        self.enter_a_percentage_of_nothing()
        pages.save(self.page)
        prices = self.maker.call(
            "cloud.price.rule", "search_read", [["version_id", "=", self.version]], ["summary"], order="id"
        )
        assert [price["summary"] for price in prices] == [
            "0-1,000 at 0.10, 1,000-5,000 at 0.08, then 0.05 (USD per GB)",
            "5.00 USD per 100 GB, the first 50 free",
            "formula: max(10, quantity * 0.05)",
            "1 prices by region (USD per GB), the rest at 0.50",
        ]
        assert self.page.problems == []

    def prepare(self):
        """A meter, a metered product for each price, and a draft of a price list."""
        call = self.maker.call
        meter = call("cloud.meter", "create", {"name": "Storage", "code": "storage", "unit": "GB"})
        for name in ("Disk", "Traffic", "Special", "Compute"):
            vals = {"name": name, "type": "service", "cloud_billing_model": "metered", "cloud_meter_id": meter}
            call("product.product", "create", {**vals, "taxes_id": [[5]]})
        plan = call("cloud.price.plan", "create", {"name": "Public prices"})
        self.version = call("cloud.price.plan.version", "create", {"plan_id": plan, "date_start": "2026-01-01"})

    # ---- one price of each kind ----

    def enter_a_ladder_by_sizes(self):
        page = self.page
        self.begin("Disk", "Graduated (ladder)")
        pages.pick(page, "tier_entry", "Sizes of the tiers")
        for size, price in (("1000", "0.10"), ("4000", "0.08"), (None, "0.05")):
            tier = pages.add_row(page, "tier_ids")
            if size:
                pages.fill(page, "capacity", size, tier)
            pages.fill(page, "unit_price", price, tier)
        # 1,000 x 0.10 + 500 x 0.08 = 140.00; 1,000 x 0.10 + 4,000 x 0.08 + 1,000 x 0.05 = 470.00
        self.comes_to("1,000 GB cost 100.00 USD", "1,500 GB cost 140.00 USD", "6,000 GB cost 470.00 USD")
        meanings = pages.field(page, "tier_ids").locator("td[name=meaning]").all_inner_texts()
        assert meanings == ["up to and including 1,000", "above 1,000 up to and including 5,000", "above 5,000"]
        chart = pages.field(page, "price_chart")
        expect(chart.locator("svg polyline")).to_be_visible()
        assert "7,500" in chart.locator("table").inner_text()
        self.screenshot(page, "price_ladder")
        # The same tiers by their bounds.
        pages.pick(page, "tier_entry", "Upper bounds")
        bounds = pages.field(page, "tier_ids").locator("td[name=up_to]").all_inner_texts()
        assert bounds == ["1,000", "5,000", ""]
        self.end()

    def enter_packages(self):
        page = self.page
        self.begin("Traffic", "Package (per block)")
        pages.fill(page, "unit_price", "5")
        pages.fill(page, "block_size", "100")
        pages.fill(page, "free_units", "50")
        # 50 are free; the next 100 are one package, a started one counts in full.
        self.comes_to("50 GB cost 0.00 USD", "150 GB cost 5.00 USD", "200 GB cost 10.00 USD")
        self.end()

    def enter_a_formula_with_a_mistake(self):
        page = self.page
        self.begin("Special", "Formula")
        pages.fill(page, "formula", "max(10, quantity * pric)")
        problem = pages.field(page, "formula_problem")
        expect(problem).to_contain_text('the formula names "pric", at character 20, which nothing is called')
        pages.fill(page, "formula", "max(10, quantity * 0.05)")
        expect(problem).to_be_hidden()
        # max(10, 100 x 0.05)
        self.comes_to("With quantity = 100: 10.00 USD")
        self.end()

    def enter_a_matrix(self):
        page = self.page
        self.begin("Compute", "Matrix (by region, SKU, ...)")
        pages.select(page, "dimension_1", "Region")
        expect(pages.field(page, "cell_ids").locator("th[data-name=value_1]")).to_have_text("Region")
        cell = pages.add_row(page, "cell_ids")
        pages.fill(page, "value_1", "eu-west-1", cell)
        pages.fill(page, "unit_price", "0.10", cell)
        pages.fill(page, "rest_price", "0.50")
        # 100 x 0.10
        self.comes_to("eu-west-1: 100 GB cost 10.00 USD")
        self.end()

    def enter_a_percentage_of_nothing(self):
        """The meter takes no value: saving says so, names the price and what to do, and the price can be taken back."""
        page = self.page
        pages.save(page)
        self.begin("Disk", "Percentage of value")
        pages.fill(page, "percent", "2.5")
        self.end()
        page.locator(".o_form_button_save").last.click()
        refusal = pages.read_refusal(page)
        assert "Price Disk looks at the value of the usage, and the meter Storage of Disk takes none." in refusal
        pages.row(page, "% of the value").locator(".o_list_record_remove button").click()

    # ---- what they share ----

    def begin(self, product, charge_model):
        page = self.page
        pages.press_for_dialog(page, "Add a line", pages.field(page, "rule_ids"))
        pages.choose(page, "product_id", product)
        choice = pages.field(page, "charge_model").get_by_label(charge_model, exact=True)
        if not choice.count():
            pages.press(page, "More ways to charge")
        pages.pick(page, "charge_model", charge_model)

    def comes_to(self, *lines):
        expect(pages.field(self.page, "example")).to_have_text("\n".join(lines))

    def end(self):
        pages.press_for_dialog(self.page, "Save & Close")
