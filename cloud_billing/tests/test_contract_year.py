"""The year of one hosting company's customer, from the signature to the credit of the last days.

Read it month by month: each says what happened, works out by hand what is billed on the first of the next month, and
compares the lines of the invoice that was rated, approved by a second person and posted.
"""

from datetime import timedelta

from odoo import SUPERUSER_ID, Command
from odoo.tests import freeze_time, tagged

from ..models.contract.change.line_change import LineChange
from .billing_common import BillingCase, D


@tagged("post_install", "-at_install")
class TestTheYearOfAHostingCompany(BillingCase):
    """What a month costs.

    A small server 62.00 and a large one 124.00, billed after the month; a seat 12.00 and the starter set (compute,
    storage, backup) 100.00, billed before it. A migration is 1,000.00 in instalments.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.small = cls.make_product("Small server", "recurring")
        cls.large = cls.make_product("Large server", "recurring")
        cls.seat = cls.make_product("Seat", "recurring", cloud_timing="advance")
        cls.starter = cls.make_product("Starter set", "recurring", cloud_timing="advance")
        cls.migration = cls.make_product("Migration", "instalment")
        cls.compute, cls.storage, cls.backup = (
            cls.make_product(name, "recurring") for name in ("Compute", "Storage", "Backup")
        )
        cls.set_prices("2026-01-01", large="124")
        cls.make_starter_set()
        cls.acme = cls.make_customer("Acme")
        cls.holding = cls.make_customer("Acme Holding")

    @classmethod
    def set_prices(cls, day, large):
        prices = {cls.small: "62", cls.large: large, cls.seat: "12", cls.starter: "100", cls.migration: "1000"}
        cls.make_version(
            *({"product_id": product.id, "unit_price": price} for product, price in prices.items()), date_start=day
        )

    @classmethod
    def make_starter_set(cls):
        """Alone its parts would cost 60.00, 30.00 and 20.00: the price of the set is split by these, in 110 parts."""
        parts = {cls.compute: "60", cls.storage: "30", cls.backup: "20"}
        bundle = cls.env["cloud.bundle"].create(
            {
                "company_id": cls.company.id,
                "product_id": cls.starter.id,
                "date_start": "2026-01-01",
                "currency_id": cls.currency.id,
                "part_ids": [
                    Command.create({"product_id": product.id, "standalone_price": price})
                    for product, price in parts.items()
                ],
            }
        )
        bundle.action_approve_directly()

    def test_month_by_month(self):
        for month in (
            self.january_trial,
            self.february_upgrade_and_seats,
            self.march_pause,
            self.april_another_price,
            self.may_instalments,
            self.june_bundle,
            self.july,
            self.august_takeover,
            self.september_indexation,
            self.october_seats,
            self.november,
            self.december_renewal,
            self.january_cancellation,
        ):
            month()
        self.whole_year()

    # ---- the story ----

    def january_trial(self):
        """January: signed for a year. Two small servers, ten seats; a trial of 15 days; three months at half price."""
        self.contract = self.make_subscription(
            self.acme,
            {"product_id": self.small.id, "name": "Small server", "quantity": "2"},
            {"product_id": self.seat.id, "name": "Seat", "quantity": "10"},
            activate=False,
            date_start="2026-01-01",
            trial_end="2026-01-16",
        )
        self.servers, self.seats = self.contract.line_ids.sorted("id")
        self.contract._apply_phases([{"count": 3, "percent": "-50"}])
        # A year, a month's notice, renewed by itself for another year with two percent more.
        self.env["cloud.subscription.term"].create(
            {"subscription_id": self.contract.id, "length_count": 12, "notice_count": 1, "uplift_percent": "2"}
        )
        with self.at("2026-01-01"):
            self.contract.action_activate()
            self.assertEqual(self.contract.state, "trial")
        # How many seats there are the vendor of the licences says.
        vendor = {"column_licence": "licence", "column_sku": "sku", "column_quantity": "seats", "column_as_of": "day"}
        self.vendor = self.env["cloud.seat.source"].create({"name": "Vendor", "company_id": self.company.id, **vendor})
        self.seats.write({"seat_source_id": self.vendor.id, "seat_key": "A-1 / E3"})
        # The trial is over on the 16th, and seats are billed in advance: 10 x 12.00 x 50 % x 16/31 = 30.967
        self.assert_billed("2026-01-16", self.acme, [("Seat", "01-16", "01-31", "30.97")], total="30.97")

        # Servers of January: 2 x 62.00 x 50 % x 16/31 = 32.00
        # Seats of February: 10 x 12.00 x 50 % = 60.00
        self.assert_billed(
            "2026-02-01",
            self.acme,
            [("Small server", "01-16", "01-31", "32.00"), ("Seat", "02-01", "02-28", "60.00")],
            total="92.00",
        )

    def february_upgrade_and_seats(self):
        """February: the vendor lists four seats more from the 11th; from the 15th on both servers are large ones."""
        with self.at("2026-02-12"):
            delivery = self.vendor._deliver("seats.csv", b"licence,sku,seats,day\nA-1,E3,14,2026-02-11\n")
            delivery.action_apply()
        self.assertEqual(self.seats._get_held(self.day("2026-02-11")), 14)
        with self.at("2026-02-14"):
            upgrade = [LineChange(self.servers, product=self.large)]
            self.contract._apply_changes(self.day("2026-02-15"), upgrade, reason="Upgrade")
        self.servers = self.contract.line_ids.filtered(lambda line: line.product_id == self.large)
        # Small servers: 2 x 62.00 x 50 % x 14/28 = 31.00
        # Large servers: 2 x 124.00 x 50 % x 14/28 = 62.00
        # Seats of February, ten are billed: 4 x 12.00 x 50 % x 18/28 = 15.428
        # Seats of March: 14 x 12.00 x 50 % = 84.00
        self.assert_billed(
            "2026-03-01",
            self.acme,
            [
                ("Small server", "02-01", "02-14", "31.00"),
                ("Large server", "02-15", "02-28", "62.00"),
                ("Seat", "02-11", "02-28", "15.43"),
                ("Seat", "03-01", "03-31", "84.00"),
            ],
            total="192.43",
        )

    def march_pause(self):
        """March: the office moves, nothing is charged from the 11th to the 20th."""
        with self.at("2026-03-10"):
            self.contract._apply_pause(self.day("2026-03-11"), self.day("2026-03-21"), "credit", "Office moves")
        with self.at("2026-03-15"):
            self.assertEqual(self.contract.state, "paused")
        # Large servers, 2 x 124.00 x 50 % = 124.00: x 10/31 = 40.00 before, x 11/31 = 44.00 after
        # Seats of March were billed: 84.00 x 10/31 = 27.096 come back
        # Seats of April, the three months are over: 14 x 12.00 = 168.00
        self.assert_billed(
            "2026-04-01",
            self.acme,
            [
                ("Large server", "03-01", "03-10", "40.00"),
                ("Large server", "03-21", "03-31", "44.00"),
                ("Seat", "03-11", "03-20", "-27.10"),
                ("Seat", "04-01", "04-30", "168.00"),
            ],
            total="224.90",
        )

    def april_another_price(self):
        """April: seats are agreed at 11.00 from the 16th on; the list says 130.00 for large servers from May on."""
        self.agree_price(self.seats, "11", "2026-04-16")
        self.set_prices("2026-05-01", large="130")
        # Large servers: 2 x 124.00 = 248.00
        # Seats of April were billed at 12.00: 14 x 1.00 x 15/30 = 7.00 come back
        # Seats of May: 14 x 11.00 = 154.00
        self.assert_billed(
            "2026-05-01",
            self.acme,
            [
                ("Large server", "04-01", "04-30", "248.00"),
                ("Seat", "04-16", "04-30", "-7.00"),
                ("Seat", "05-01", "05-31", "154.00"),
            ],
            total="395.00",
        )

    def may_instalments(self):
        """May: a migration for 1,000.00, paid in three parts on the 15th of May, June and July."""
        with self.at("2026-05-04"):
            added = [LineChange(product=self.migration, quantity=D(1))]
            self.contract._apply_changes(self.day("2026-05-04"), added)
            line = self.contract.line_ids.filtered(lambda line: line.product_id == self.migration)
            wizard = self.env["cloud.instalment.plan"].with_context(default_line_id=line.id)
            wizard = wizard.create({"count": 3, "first_date": "2026-05-15"})
            wizard.action_work_out()
            wizard.action_apply()
        # 1,000.00 in three, to the cent: 333.33, 333.33, 333.34
        # Large servers: 2 x 130.00 = 260.00
        self.assert_billed(
            "2026-06-01",
            self.acme,
            [
                ("Large server", "05-01", "05-31", "260.00"),
                ("Migration", "05-15", "05-15", "333.33"),
                ("Seat", "06-01", "06-30", "154.00"),
            ],
            total="747.33",
        )

    def june_bundle(self):
        """June: the starter set from the 16th on."""
        with self.at("2026-06-15"):
            self.contract._apply_changes(self.day("2026-06-16"), [LineChange(product=self.starter, quantity=D(1))])
        # The set in June: 100.00 x 15/30 = 50.00; compute 50.00 x 60/110 = 27.272, storage 13.636, backup 9.090
        # The set in July: 54.545, 27.272 and 18.181
        self.assert_billed(
            "2026-07-01",
            self.acme,
            [
                ("Large server", "06-01", "06-30", "260.00"),
                ("Migration", "06-15", "06-15", "333.33"),
                ("Compute", "06-16", "06-30", "27.27"),
                ("Storage", "06-16", "06-30", "13.64"),
                ("Backup", "06-16", "06-30", "9.09"),
                ("Seat", "07-01", "07-31", "154.00"),
                ("Compute", "07-01", "07-31", "54.55"),
                ("Storage", "07-01", "07-31", "27.27"),
                ("Backup", "07-01", "07-31", "18.18"),
            ],
            total="897.33",
        )

    def july(self):
        """July: nothing happens; the last instalment has the cent that was left."""
        self.assert_billed(
            "2026-08-01",
            self.acme,
            [
                ("Large server", "07-01", "07-31", "260.00"),
                ("Migration", "07-15", "07-15", "333.34"),
                ("Seat", "08-01", "08-31", "154.00"),
                *self.starter_lines("08-01", "08-31", "54.55", "27.27", "18.18"),
            ],
            total="847.34",
        )

    def august_takeover(self):
        """August: from the 16th on Acme Holding goes on with the contract, its price for seats and its term."""
        with self.at("2026-08-10"):
            succession = self.contract._apply_takeover(
                self.holding, self.day("2026-08-16"), self.instant("2026-08-10 12:00:00"), reason="Merger"
            )
        former, self.contract = self.contract, succession.successor_id
        self.servers, self.seats = (self.find_line(product) for product in (self.large, self.seat))
        self.assertEqual(str(self.contract.term_ids.date_end), "2027-01-01")
        run = self.bill("2026-09-01")
        # Acme: large servers 260.00 x 15/31 = 125.806. August was billed in advance, and 16 of 31 days come back:
        # seats 154.00 x 16/31 = 79.483; compute 54.545 x 16/31 = 28.152, storage 14.076, backup 9.384
        # That is less than nothing: a credit note.
        self.compare(
            run,
            self.acme,
            [
                ("Large server", "08-01", "08-15", "125.81"),
                ("Seat", "08-16", "08-31", "-79.48"),
                *self.starter_lines("08-16", "08-31", "-28.15", "-14.08", "-9.38"),
            ],
            total="-5.28",
        )
        # Acme Holding: large servers 260.00 x 16/31 = 134.193, and what came back to Acme; then September
        self.compare(
            run,
            self.holding,
            [
                ("Large server", "08-16", "08-31", "134.19"),
                ("Seat", "08-16", "08-31", "79.48"),
                *self.starter_lines("08-16", "08-31", "28.15", "14.08", "9.38"),
                ("Seat", "09-01", "09-30", "154.00"),
                *self.starter_lines("09-01", "09-30", "54.55", "27.27", "18.18"),
            ],
            total="519.28",
        )
        self.assertEqual(former.state, "ended")

    def september_indexation(self):
        """September: all fees rise by three percent on 1 October."""
        with self.at("2026-09-01"):
            proposal = self.env["cloud.indexation"].create(
                {
                    "name": "Indexation 2026",
                    "company_id": self.company.id,
                    "percent": "3",
                    "date_from": "2026-10-01",
                    "notice_days": 0,
                    "subscription_ids": [Command.set(self.contract.ids)],
                }
            )
            proposal.action_find()
            # A month: 260.00 + 154.00 + 100.00 = 514.00 become 267.80 + 158.62 + 103.00 = 529.42
            self.assertEqual(sum(proposal.line_ids.mapped("amount_new")), D("529.42"))
            proposal.with_user(self.user_price_manager).action_submit()
            self.vote(proposal.request_id)
        # Large servers of September: 260.00. Seats of October: 14 x 11.00 x 1.03 = 158.62
        # The set: 103.00; compute 56.181, storage 28.090, backup 18.727
        self.assert_billed(
            "2026-10-01",
            self.holding,
            [
                ("Large server", "09-01", "09-30", "260.00"),
                ("Seat", "10-01", "10-31", "158.62"),
                *self.starter_lines("10-01", "10-31", "56.18", "28.09", "18.73"),
            ],
            total="521.62",
        )

    def october_seats(self):
        """October: two people leave with the end of the month; the licence went to the new contract with its line."""
        with self.at("2026-10-20"):
            self.vendor._deliver("seats.csv", b"licence,sku,seats,day\nA-1,E3,12,2026-11-01\n").action_apply()
        # Large servers: 2 x 130.00 x 1.03 = 267.80. Seats of November: 12 x 11.00 x 1.03 = 135.96
        self.assert_billed(
            "2026-11-01",
            self.holding,
            [
                ("Large server", "10-01", "10-31", "267.80"),
                ("Seat", "11-01", "11-30", "135.96"),
                *self.starter_lines("11-01", "11-30", "56.18", "28.09", "18.73"),
            ],
            total="506.76",
        )

    def november(self):
        """November: nobody gives notice by the 30th."""
        self.assert_billed(
            "2026-12-01",
            self.holding,
            [
                ("Large server", "11-01", "11-30", "267.80"),
                ("Seat", "12-01", "12-31", "135.96"),
                *self.starter_lines("12-01", "12-31", "56.18", "28.09", "18.73"),
            ],
            total="506.76",
        )

    def december_renewal(self):
        """December: the contract is renewed for 2027 by itself, with the two percent that were agreed."""
        with self.at("2026-12-03"):
            self.env(user=SUPERUSER_ID)["cloud.subscription"]._cron_renew_terms()
            uplift = self.env["cloud.indexation"].search(
                [("kind", "=", "uplift"), ("company_id", "=", self.company.id)]
            )
            self.vote(uplift.request_id)
        self.assertEqual(str(max(self.contract.term_ids.mapped("date_end"))), "2028-01-01")
        # Large servers of December: 267.80. Seats of January: 12 x 11.00 x 1.03 x 1.02 = 138.679
        # The set: 100.00 x 1.03 x 1.02 = 105.06; compute 57.305, storage 28.652, backup 19.101
        self.assert_billed(
            "2027-01-01",
            self.holding,
            [
                ("Large server", "12-01", "12-31", "267.80"),
                ("Seat", "01-01", "01-31", "138.68"),
                *self.starter_lines("01-01", "01-31", "57.31", "28.65", "19.10"),
            ],
            total="511.54",
        )

    def january_cancellation(self):
        """January 2027: cancelled from the 6th on; what was paid for the rest of the month comes back."""
        with self.at("2027-01-05"):
            self.contract._apply_cancel(
                self.day("2027-01-06"), self.instant("2027-01-05 12:00:00"), "credit", "Closes its business"
            )
        # Large servers: 2 x 130.00 x 1.03 x 1.02 x 5/31 = 44.057
        # Back for 26 of 31 days: seats 138.679 x 26/31 = 116.311; compute 48.062, storage 24.031, backup 16.020
        self.assert_billed(
            "2027-02-01",
            self.holding,
            [
                ("Large server", "01-01", "01-05", "44.06"),
                ("Seat", "01-06", "01-31", "-116.31"),
                *self.starter_lines("01-06", "01-31", "-48.06", "-24.03", "-16.02"),
            ],
            total="-160.36",
        )
        with self.at("2027-03-01"):
            self.assertEqual(self.contract.state, "cancelled")
            self.assertFalse(self.make_run("2027-03-01").bill_ids, "nothing is left to bill")

    def whole_year(self):
        """Acme: 30.97 + 92.00 + 192.43 + 224.90 + 395.00 + 747.33 + 897.33 + 847.34 - 5.28 = 3,422.02
        Acme Holding: 519.28 + 521.62 + 506.76 + 506.76 + 511.54 - 160.36 = 2,405.60"""
        self.assertEqual(self.booked(self.acme), "3422.02")
        self.assertEqual(self.booked(self.holding), "2405.60")

    # ---- how it is told ----

    def at(self, day):
        """Noon of a day; what the nightly action does has been done."""
        frozen = freeze_time(f"{day} 12:00:00")
        with frozen:
            self.env["cloud.subscription"]._cron_end_subscriptions()
        return frozen

    def find_line(self, product):
        return self.contract.line_ids.filtered(lambda line: line.product_id == product)

    def agree_price(self, line, price, day):
        """Another price of a line from a day on; billed days are corrected. A second person approves it."""
        rate = self.env["cloud.contract.rate"].create(
            {
                "subscription_id": line.subscription_id.id,
                "line_id": line.id,
                "unit_price": price,
                "date_start": day,
                "policy": "credit",
            }
        )
        rate.with_user(self.user_price_manager).action_submit()
        self.vote(rate.request_id)

    def starter_lines(self, start, end, compute, storage, backup):
        return [
            (name, start, end, amount)
            for name, amount in (("Compute", compute), ("Storage", storage), ("Backup", backup))
        ]

    def bill(self, cutoff):
        """Rate what is due on a day, approve and post it; returns the run."""
        with self.at(cutoff):
            run = self.make_run(cutoff)
            self.post(run)
        return run

    def assert_billed(self, cutoff, customer, lines, total):
        """Bill, and compare. lines: (product, first day, last day, amount); nobody else has a bill."""
        run = self.bill(cutoff)
        self.assertEqual(run.bill_ids.customer_id, customer)
        self.compare(run, customer, lines, total)

    def compare(self, run, customer, lines, total):
        move = run.bill_ids.filtered(lambda bill: bill.customer_id == customer).move_id
        self.assertEqual(move.state, "posted")
        sign = -1 if move.move_type == "out_refund" else 1
        billed = []
        for line in move.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
            rated = line.cloud_rated_line_ids
            start, end = min(rated.mapped("service_start")), max(rated.mapped("service_end")) - timedelta(days=1)
            amount = f"{sign * line.price_subtotal:.2f}"
            billed.append((line.product_id.name, f"{start:%m-%d}", f"{end:%m-%d}", amount))
        self.assertCountEqual(billed, lines)
        self.assertEqual(f"{sign * move.amount_untaxed:.2f}", total)

    def booked(self, customer):
        """What stands on the accounts of revenue."""
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "=", customer.partner_id.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "income"),
            ]
        )
        return f"{-sum(lines.mapped('balance')):.2f}"
