"""What an account manager does with a contract that runs: an upgrade that is shown before it counts, and its end."""

import ast
from datetime import date, timedelta

import pages
from odoo_scripts import SOLO, ended
from playwright.sync_api import expect

# Posts what is due; prints the totals of the invoices, those of credit notes below zero.
BILL = (
    SOLO
    + """
from odoo import fields
day = fields.Date.today() if DAY is None else fields.Date.to_date(DAY)
run = env["cloud.bill.run"].create({"cutoff_date": day, "invoice_date": day, "accounting_date": day})
run.action_rate()
run.bill_ids.filtered(lambda bill: bill.state == "look").action_release("As agreed")
run.action_submit()
run.action_post()
assert run.state == "posted", (run.state, run.bill_ids.mapped("reason_text"))
print("TOTALS", [f"{move.move_type} {move.amount_total:.2f}" for move in run.bill_ids.move_id])
env.cr.commit()
"""
)


class TestAContractThatRuns:
    """3 servers at 100.00 and support at 10.00 a month, in advance, since the 1st of last month; both are billed."""

    def test_is_upgraded_as_the_next_invoice_showed(self, server, login, browser, script, screenshot):
        running, page = self.start(server, login, browser, script)
        expect(pages.field(page, "sentence")).to_contain_text("Acme pays 310.00 USD a month for 3 Server and Support")
        screenshot(page, "contract_form")
        pages.press_for_dialog(page, "Change")
        pages.settle(page)
        lines = pages.rows(page)
        pages.fill(page, "quantity", "5", self.open(lines.nth(0), "quantity"))
        pages.choose(page, "product_id", "Premium", self.open(lines.nth(1), "product_id"))
        pages.front(page).locator(".modal-title").click()
        pages.press(page, "Show the Next Invoice")
        pages.settle(page)
        shown = pages.field(page, "html")
        expect(shown).to_contain_text("Premium")
        screenshot(page, "contract_upgrade")
        text = shown.inner_text()
        pages.press_for_dialog(page, "Change the Subscription")
        pages.settle(page)
        # From now on 5 x 100.00 + 25.00.
        expect(pages.field(page, "sentence")).to_contain_text("pays 525.00 USD a month for 5 Server and Premium")
        total = self.bill(script, running, str(self.next_month))
        assert total[0].startswith("out_invoice "), total
        assert f"{float(total[0].split()[1]):,.2f}" in text, (total, text)
        page.reload()
        pages.settle(page)
        pages.open_related(page, "Changes")
        expect(page.locator(".o_list_view")).to_contain_text("Premium: agreed from")
        assert page.problems == []

    def test_is_cancelled_and_credited(self, server, login, browser, script, screenshot):
        running, page = self.start(server, login, browser, script)
        pages.press_for_dialog(page, "End")
        pages.settle(page)
        pages.pick(page, "kind", "Cancelled")
        pages.fill_date(page, "date_wanted", str(self.month))
        pages.fill(page, "reason", "Moved elsewhere")
        expect(pages.front(page)).to_contain_text("come back")
        pages.press(page, "Show the Next Invoice")
        pages.settle(page)
        expect(pages.field(page, "html")).to_contain_text("310.00")
        screenshot(page, "contract_cancel")
        pages.press_for_dialog(page, "End")
        pages.settle(page)
        assert pages.read_state(page) == "Cancelled"
        # This month comes back whole: 3 x 100.00 + 10.00.
        assert self.bill(script, running, None) == ["out_refund 310.00"]
        page.reload()
        pages.settle(page)
        pages.open_related(page, "Invoices")
        pages.settle(page)
        expect(pages.rows(page)).to_have_count(2)
        screenshot(page, "contract_credit")
        assert page.problems == []

    def open(self, row, name):
        """The row, with a cell of it open for typing."""
        row.locator(f"td[name='{name}']").click()
        return row

    def start(self, server, login, browser, script):
        today = date.today()
        self.month = today.replace(day=1)
        self.next_month = (self.month + timedelta(days=32)).replace(day=1)
        running = server()
        scene = Scene(login(running).call)
        subscription = scene.subscribe(
            scene.server,
            scene.support,
            timing="advance",
            date_start=str((self.month - timedelta(days=1)).replace(day=1)),
        )
        # Last month and this one.
        assert self.bill(script, running, None) == ["out_invoice 620.00"]
        page = browser(running, path=f"/odoo/cloud.subscription/{subscription}")
        page.wait_for_selector(".o_form_view")
        pages.settle(page)
        return running, page

    def bill(self, script, running, day):
        output = ended(script(running.database, f"DAY = {day!r}\n{BILL}"))
        return ast.literal_eval(output.split("TOTALS ", 1)[1].splitlines()[0])


class TestTheButtonsAboveTheForm:
    def test_are_those_that_are_possible_in_each_state(self, server, login, browser, screenshot):
        running = server()
        call = login(running).call
        scene, today = Scene(call), date.today()
        soon, past = str(today + timedelta(days=40)), str(today - timedelta(days=60))
        paused = scene.subscribe(scene.support)
        call(
            "cloud.subscription.pausing",
            "action_confirm",
            call("cloud.subscription.pausing", "create", [{"subscription_id": paused}]),
        )
        cancelled = scene.subscribe(scene.support, activate=False)
        call("cloud.subscription", "action_cancel", [cancelled])
        of_state = {
            "Draft": (scene.subscribe(scene.support, activate=False), ["Activate", "Next Invoice", "Put Away"]),
            "Trial": (
                scene.subscribe(scene.support, trial_end=soon),
                ["Change", "Next Invoice", "Bill Now", "Pause", "End"],
            ),
            "Active": (scene.subscribe(scene.support), ["Change", "Next Invoice", "Bill Now", "Pause", "End"]),
            "Paused": (paused, ["Resume", "Change", "Next Invoice", "Bill Now", "End"]),
            "Ending": (
                scene.subscribe(scene.support, date_end=soon),
                ["Change", "Next Invoice", "Bill Now", "Pause", "End", "Reopen"],
            ),
            "Ended": (
                scene.subscribe(scene.support, date_start=past, date_end=str(today)),
                ["Next Invoice", "Bill Now", "Reopen"],
            ),
            "Cancelled": (cancelled, ["Reopen"]),
        }
        page = browser(running)
        for state, (subscription, labels) in of_state.items():
            page.goto(f"/odoo/cloud.subscription/{subscription}")
            page.wait_for_selector(".o_form_view")
            pages.settle(page)
            screenshot(page, f"contract_state_{state.lower()}")
            assert pages.read_state(page) == state
            found = page.locator(".o_statusbar_buttons button:visible").all_inner_texts()
            assert [text.strip() for text in found] == labels, (state, found)
        self.look_at_the_list(page, screenshot)
        assert page.problems == []

    def look_at_the_list(self, page, screenshot):
        pages.open_menu(page, "Contracts", "Subscriptions")
        pages.clear_search(page)
        everybody = pages.rows(page).count()
        expect(pages.rows(page).first).to_contain_text("10.00 USD a month")
        screenshot(page, "contract_list")
        for label in ("Missing Prices", "No Usage Last Month", "Changed Within 7 Days", "Ends Within 30 Days"):
            pages.filter_by(page, label)
            assert pages.rows(page).count() < everybody, label
            pages.clear_search(page)
        # What is over, and the draft, cannot be ended by notice: that is said before anybody confirms.
        pages.mark_all(page)
        page.get_by_role("button", name="Actions").click()
        page.get_by_role("menuitem", name="End or Cancel").click()
        page.locator(".o_dialog .o_form_view").wait_for()
        pages.settle(page)
        expect(pages.front(page)).to_contain_text("3 of them cannot end so")
        screenshot(page, "contract_end_many")
        pages.press_for_dialog(page, "Back")


class Scene:
    """Acme in UTC, and a plan: server at 100.00, support at 10.00, premium support at 25.00."""

    def __init__(self, call):
        self.call = call
        self.server, self.support, self.premium = map(self.make_product, ("Server", "Support", "Premium"))
        self.plan = call("cloud.price.plan", "create", {"name": "Public prices"})
        prices = ((self.server, "100"), (self.support, "10"), (self.premium, "25"))
        rules = [[0, 0, {"product_id": product, "unit_price": price}] for product, price in prices]
        vals = {"plan_id": self.plan, "date_start": "2020-01-01", "rule_ids": rules}
        version = call("cloud.price.plan.version", "create", vals)
        call("cloud.price.plan.version", "action_approve_directly", [version])
        partner = call("res.partner", "create", {"name": "Acme"})
        self.customer = call("cloud.customer", "create", {"partner_id": partner, "tz": "UTC", "plan_id": self.plan})

    def make_product(self, name):
        vals = {"name": name, "type": "service", "cloud_billing_model": "recurring", "taxes_id": [[5]]}
        return self.call("product.product", "create", vals)

    def subscribe(self, *products, timing="arrears", activate=True, **vals):
        """A subscription, 3 of each server; returns its id."""
        lines = [
            [0, 0, {"product_id": product, "timing": timing, "quantity": "3" if product == self.server else "1"}]
            for product in products
        ]
        vals = {"customer_id": self.customer, "plan_id": self.plan, "line_ids": lines, **vals}
        made = self.call("cloud.subscription", "create", vals)
        if activate:
            self.call("cloud.subscription", "action_activate", [made])
        return made
