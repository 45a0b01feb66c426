"""An accountant uploads a vendor's licences, looks at what changes, gives a licence its line, and applies them."""

import pages
from playwright.sync_api import expect

SNAPSHOT = (
    b"licence,sku,seats,renewal,day\nA-1,E3,14,2027-03-01,2026-03-11\nB-7,E5,3,,2026-03-11\nC-9,E3,many,,2026-03-11\n"
)


class TestSeatsFromASource:
    def test_are_uploaded_looked_at_matched_and_applied(self, server, login, browser, screenshot):
        running = server()
        self.call = login(running).call
        self.prepare()
        page = browser(running)
        pages.open_dialog(page, "Contracts", "Upload a Snapshot")
        dialog = page.locator(".modal")
        dialog.locator("input[type=file]").set_input_files(
            {"name": "seats-2026-03-11.csv", "mimeType": "text/csv", "buffer": SNAPSHOT}
        )
        with pages.another_page(page):
            dialog.locator("button[name=action_read]").click()
        pages.settle(page)
        expect(page.locator("td[name=change_text]")).to_have_text("10 → 14")
        expect(page.locator(".alert-warning").filter(has_text="without a subscription line")).to_be_visible()
        expect(page.locator(".alert-danger")).to_contain_text("could not be read")
        screenshot(page, "seats_preview")
        pages.open_tab(page, "To Look At")
        problems = pages.field(page, "problem_row_ids")
        expect(problems).to_contain_text('"many" is not a number')
        problems.locator("button[name=action_choose_line]:visible").click()
        dialog = page.locator(".modal")
        expect(dialog).to_contain_text("B-7 / E5")
        pages.choose(page, "line_id", "Second")
        dialog.locator("button[name=action_match]").click()
        dialog.wait_for(state="detached")
        pages.settle(page)
        page.locator("button[name=action_apply]").click()
        pages.settle(page)
        expect(page.locator(".o_statusbar_status button.o_arrow_button_current")).to_have_text("Applied")
        assert self.call("cloud.subscription.quantity", "search_count", [["origin", "=", "source"]]) == 2
        page.goto(f"/odoo/cloud.subscription.line/{self.line}")
        page.wait_for_selector(".o_form_view")
        pages.settle(page)
        expect(pages.field(page, "seat_source_id")).to_contain_text("Vendor")
        screenshot(page, "seats_line")
        pages.open_menu(page, "Contracts", "Bought Against Billed")
        pages.settle(page)
        expect(page.locator(".o_list_view")).to_contain_text("Not billed yet")
        screenshot(page, "seats_report")
        assert page.problems == []

    def prepare(self):
        """A source with a day in its file, a line with a licence, and one that waits for its own."""
        call = self.call
        vals = {"name": "Seat", "type": "service", "cloud_billing_model": "recurring", "taxes_id": [[5]]}
        product = call("product.product", "create", vals)
        plan = call("cloud.price.plan", "create", {"name": "Public prices"})
        partner = call("res.partner", "create", {"name": "Acme"})
        customer = call("cloud.customer", "create", {"partner_id": partner, "tz": "Europe/Amsterdam"})
        vals = {
            "name": "Vendor",
            "column_licence": "licence",
            "column_quantity": "seats",
            "column_as_of": "day",
            "column_renewal": "renewal",
        }
        source = call("cloud.seat.source", "create", vals)
        lines = [
            {
                "product_id": product,
                "name": "First",
                "quantity": "10",
                "seat_source_id": source,
                "seat_key": "A-1 / E3",
            },
            {"product_id": product, "name": "Second", "quantity": "1"},
        ]
        vals = {
            "customer_id": customer,
            "plan_id": plan,
            "date_start": "2026-03-01",
            "line_ids": [[0, 0, line] for line in lines],
        }
        call("cloud.subscription", "create", vals)
        self.line = call("cloud.subscription.line", "search", [["seat_key", "=", "A-1 / E3"]])[0]
