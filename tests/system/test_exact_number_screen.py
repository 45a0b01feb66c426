"""999,999,999,999,999.123456789012 units at 0.000000123456, typed on the screen: every digit is there to the end."""

import csv
import io
from fractions import Fraction

import pages
from independent_month import round_half_up
from people import MAKER, make_logins

QUANTITY = "999999999999999.123456789012"
PRICE = "0.000000123456"
SHOWN = "999,999,999,999,999.123456789012"
EXACT = "123455999.999999891785481344265472"


def export_as_csv(page, *added):
    """Mark every row and export the columns of the list, and these fields, by Odoo's export dialog; lines as dicts."""
    pages.mark_all(page)
    page.get_by_role("button", name="Actions").click()
    page.locator(".o-dropdown--menu").get_by_text("Export", exact=True).click()
    dialog = page.locator(".o_export_data_dialog")
    dialog.locator(".o_fields_list .o_export_field").first.wait_for()
    for name in added:
        dialog.locator(f"[data-field_id='{name}'] .o_add_field").click()
    dialog.get_by_label("CSV").check()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Export", exact=True).click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    dialog.locator("header .btn-close").click()
    return list(csv.DictReader(io.StringIO(text)))


class TestANumberWithEveryDigit:
    def test_is_typed_saved_shown_exported_and_rated_unchanged(self, server, login, browser, odoo_env):
        running = server()
        make_logins(login(running))
        maker = login(running, MAKER, MAKER)
        self.prepare(maker)
        page = browser(running, MAKER, MAKER)
        self.type_price(page)
        self.type_quantity(page)
        self.export(page)
        self.rate(page)
        rows = odoo_env.pg.sql(
            "SELECT quantity::text, unit_price::text, amount_exact::text, amount::text FROM cloud_rated_line",
            database=running.database,
        )
        # 999999999999999.123456789012 x 0.000000123456 = 123455999.999999891785481344265472, so 123456000.00
        assert rows == [[QUANTITY, PRICE, EXACT, "123456000.00"]]
        assert Fraction(QUANTITY) * Fraction(PRICE) == Fraction(EXACT)
        assert round_half_up(Fraction(EXACT), 2) == Fraction("123456000.00")
        assert page.problems == []

    def prepare(self, maker):
        """What is not about numbers: a product and a customer."""
        maker.call(
            "product.product",
            "create",
            {"name": "Readings", "type": "service", "cloud_billing_model": "one_time", "taxes_id": [[5]]},
        )
        partner = maker.call("res.partner", "create", {"name": "Fine Grain Ltd"})
        maker.call("cloud.customer", "create", {"partner_id": partner, "tz": "UTC"})

    def type_price(self, page):
        """A price list with the price, approved while the company is set up."""
        pages.open_menu(page, "Prices", "Price Plans")
        pages.press_for_page(page, "New")
        pages.fill(page, "name", "Fine prices")
        pages.save(page)
        pages.press_for_page(page, "New Version")
        pages.fill_date(page, "date_start", "2026-01-01")
        pages.press_for_dialog(page, "Add a line", pages.field(page, "rule_ids"))
        pages.choose(page, "product_id", "Readings")
        pages.fill(page, "unit_price", PRICE)
        assert pages.read(page, "unit_price") == PRICE
        pages.press_for_dialog(page, "Save & Close")
        pages.save(page)
        assert f"{PRICE} USD" in pages.read(page, "rule_ids")
        pages.press(page, "Approve")
        pages.agree(page)

    def type_quantity(self, page):
        """An active subscription on the price list with the quantity on its line."""
        pages.open_menu(page, "Contracts", "Subscriptions")
        pages.press_for_page(page, "New")
        pages.choose(page, "customer_id", "Fine Grain Ltd")
        pages.choose(page, "plan_id", "Fine prices")
        pages.fill_date(page, "date_start", "2026-02-01")
        line = pages.add_row(page, "line_ids")
        pages.choose(page, "product_id", "Readings", line)
        pages.fill(page, "quantity", QUANTITY, line)
        pages.save(page)
        pages.press(page, "Activate")
        pages.button(page, "Activate").wait_for(state="detached")
        assert SHOWN in pages.read(page, "line_ids")

    def export(self, page):
        """The list shows the number, and the file of its export has every digit."""
        pages.open_menu(page, "Contracts", "Subscription Lines")
        assert pages.cell(pages.row(page, "Readings"), "quantity").inner_text().strip() == SHOWN
        assert [line["Quantity"] for line in export_as_csv(page)] == [QUANTITY]
        pages.open_menu(page, "Prices", "Prices")
        pages.clear_search(page)
        assert [line["Unit Price"] for line in export_as_csv(page, "unit_price")] == [PRICE]

    def rate(self, page):
        pages.open_menu(page, "Month", "Bill Runs")
        pages.press_for_page(page, "New")
        pages.fill_date(page, "cutoff_date", "2026-03-01")
        pages.save(page)
        pages.press(page, "Rate")
        pages.button(page, "Back to Draft").wait_for(timeout=pages.LONG)
        pages.open_menu(page, "Reporting", "Rated Lines")
        shown = pages.row(page, "Fine Grain Ltd")
        assert pages.cell(shown, "quantity").inner_text().strip() == SHOWN
        assert pages.cell(shown, "amount").inner_text().strip().endswith("123,456,000.00")
