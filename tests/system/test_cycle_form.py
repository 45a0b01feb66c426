"""An account manager agrees on a billing cycle: the form says it in words, and customers share a common date."""

import re

import pages
from people import MAKER, make_logins
from playwright.sync_api import expect


class TestTheBillingCycleOnTheForm:
    def test_is_said_in_words_and_follows_the_customers_common_date(self, server, login, browser, screenshot):
        running = server()
        make_logins(login(running))
        self.maker = login(running, MAKER, MAKER)
        subscription = self.prepare()
        page = browser(running, MAKER, MAKER, path=f"/odoo/cloud.subscription/{subscription}")
        pages.fill(page, "cycle_count", "3")
        pages.select(page, "cycle_kind", "From the day of the start")
        pages.settle(page)
        text = pages.field(page, "cycle_text")
        expect(text).to_have_text(re.compile(r"^Every 3 months from day 15 of the month, in advance; first period "))
        # Neither a common date nor a day of the month is asked for where the start says it.
        expect(pages.field(page, "anchor_date")).to_have_count(0)
        screenshot(page, "subscription_cycle")
        pages.open_tab(page, "More")
        pages.select(page, "first_period", "In full")
        screenshot(page, "subscription_cycle_more")
        pages.save(page)
        [saved] = self.maker.call("cloud.subscription", "read", [subscription], ["cycle_count", "first_period"])
        assert (saved["cycle_count"], saved["first_period"]) == (3, "full")
        self.check_common_date()
        assert page.problems == []

    def prepare(self):
        """A draft of a fee in advance, of a customer who has no common date yet."""
        call = self.maker.call
        vals = {"name": "Support", "type": "service", "cloud_billing_model": "recurring", "taxes_id": [[5]]}
        self.product = call("product.product", "create", {**vals, "cloud_timing": "advance"})
        self.plan = call("cloud.price.plan", "create", {"name": "Public prices"})
        partner = call("res.partner", "create", {"name": "Acme"})
        self.customer = call("cloud.customer", "create", {"partner_id": partner, "tz": "Europe/Amsterdam"})
        return self.subscribe(date_start="2099-03-15")

    def subscribe(self, **vals):
        line = {"product_id": self.product, "name": "Support"}
        return self.maker.call(
            "cloud.subscription",
            "create",
            {"customer_id": self.customer, "plan_id": self.plan, "line_ids": [[0, 0, line]], **vals},
        )

    def check_common_date(self):
        """What begins later proposes the date that was entered meanwhile."""
        call = self.maker.call
        call("cloud.customer", "write", [self.customer], {"billing_date": "2026-01-15"})
        [later] = call("cloud.subscription", "read", [self.subscribe()], ["cycle_kind", "anchor_date"])
        assert (later["cycle_kind"], later["anchor_date"]) == ("aligned", "2026-01-15")
