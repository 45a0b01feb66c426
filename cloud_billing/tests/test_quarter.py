"""A quarter of one reseller of cloud services, January to March 2026, as its accountant lives it.

Read it day by day: each step says what happened and works out by hand what it comes to. Before each month's trial
balance stands a table of it; the ledger and what each customer owes are compared with it to the cent. Who the customers
are and what they pay is told in quarter_common.py.
"""

from unittest import skipUnless

from odoo.tests import tagged

from .billing_common import D
from .invariants_common import INVARIANTS
from .quarter_common import QuarterCase


@tagged("post_install", "-at_install")
@skipUnless(INVARIANTS.is_file(), "the invariants are a part of the project's checkout")
class TestAQuarterOfAReseller(QuarterCase):
    def test_day_by_day(self):
        for chapter in (
            self.january,
            self.january_is_closed,
            self.february,
            self.february_is_closed,
            self.march,
            self.march_is_put_right,
            self.march_is_closed,
            self.april,
            self.what_people_did,
        ):
            chapter()

    # ---- January ----

    def january(self):
        """What is paid before it is used. The run of the 15th is taken back on the 16th and billed again."""
        run = self.bill("2026-01-15", cutoff="2026-01-15")
        # Acme and Echo: Support of January. Bolt: the year.
        self.assert_invoices(run, Acme=("50.00", "60.50"), Bolt=("730.00", "883.30"), Echo=("50.00", "60.50"))
        with self.on("2026-01-16"):
            before = self.books(run)
            undo = self.take_back(run, date="2026-01-16")
            self.assertEqual((undo.open_count, len(undo.line_ids)), (0, 3))
        self.assert_owed(Acme="0.00", Bolt="0.00", Cato="0.00", Dune="0.00", Echo="0.00")
        again = self.bill("2026-01-16", cutoff="2026-01-15")
        self.assertEqual(self.books(again), before, "billed again, with the same amounts")

    def january_is_closed(self):
        """On 3 February the books of January are closed; the provider's bill is there and not final yet.

        | 31 January         |     debit |    credit | how                                                         |
        |--------------------|-----------|-----------|-------------------------------------------------------------|
        | receivable         |  1,004.30 |           | 60.50 + 883.30 + 60.50                                      |
        | tax                |           |    174.30 | 21 % of 830.00                                              |
        | income             |           |  1,514.00 | Support 100.00; 17 days of the year 34.00; used 1,380.00    |
        | income of archives |           |     40.00 |                                                             |
        | accrued income     |  1,420.00 |           | 1,380.00 + 40.00                                            |
        | deferred revenue   |           |    696.00 | 730.00 - 34.00                                              |
        | provider's cost    |  1,000.00 |           | 500.00 + 300.00 + 200.00, no bill of the provider           |
        | accrued cost       |           |  1,000.00 |                                                             |
        """
        self.deliver_provider("2026-02-02", "2026-01-01", acme="500.00", bolt="300.00")
        self.deliver_provider("2026-02-02", "2026-01-01", account="dune", dune="200.00")
        self.deliver_own("2026-02-01", "2026-01-10", cato="1000", echo="400")
        closing = self.close("2026-02-03", "2026-01-31")
        # Resale: 500.00 x 1.20 = 600.00, 300.00 x 1.20 = 360.00, 200.00 x 1.20 = 240.00
        # Cato: 1,000 GB x 0.10 = 100.00 and Operations 80.00. Echo: 400 GB x 0.10 = 40.00
        self.assert_closing(
            closing,
            accrued_income={"Acme": "600.00", "Bolt": "360.00", "Cato": "180.00", "Dune": "240.00", "Echo": "40.00"},
            deferral={"Bolt": "696.00"},
            accrued_cost={"Acme": "500.00", "Bolt": "300.00", "Dune": "200.00"},
        )
        self.assert_trial_balance(
            "2026-01-31",
            {
                "receivable": "1004.30",
                "tax": "-174.30",
                "income": "-1514.00",
                "income of archives": "-40.00",
                "accrued income": "1420.00",
                "deferred revenue": "-696.00",
                "provider's cost": "1000.00",
                "accrued cost": "-1000.00",
            },
        )
        self.assert_owed("2026-01-31", Acme="60.50", Bolt="883.30", Cato="0.00", Dune="0.00", Echo="60.50")

    # ---- February ----

    def february(self):
        """January is billed; Echo's invoice is parked and posted a fortnight later. Cato used more than it seemed."""
        # The provider's final bill has the same rows, and the provider wants 1,000.00.
        self.deliver_provider("2026-02-06", "2026-01-01", acme="500.00", bolt="300.00")
        self.deliver_provider("2026-02-06", "2026-01-01", account="dune", dune="200.00")
        self.receive_vendor_bill("2026-02-06", "2026-01-31", 1000.0)
        run = self.make_run_on("2026-02-06", cutoff="2026-02-01")
        with self.on("2026-02-06"):
            self.approve(run)
            # Between approval and posting somebody archives the account that Echo's invoice needs.
            self.archive_income.active = False
            with self.assertLogs("odoo.addons.cloud_billing", "WARNING"):
                run.with_user(self.user_accountant).action_post()
        # Acme: 600.00 + Support of February 50.00. Bolt 360.00. Cato: 100.00 + 80.00. Dune 240.00.
        january = {
            "Acme": ("650.00", "786.50"),
            "Bolt": ("360.00", "435.60"),
            "Cato": ("180.00", "217.80"),
            "Dune": ("240.00", "290.40"),
        }
        self.assert_invoices(run, **january)
        parked = self.bill_of(run, self.echo)
        self.assertEqual((parked.state, run.state), ("parked", "posted"))
        self.late_row_of_cato()
        self.settle_cato(self.bill_of(run, self.cato).move_id)
        # The account is back: what was approved is posted, once. Echo: 40.00 + Support of February 50.00.
        with self.on("2026-02-20"):
            self.archive_income.active = True
            run.with_user(self.user_accountant).action_retry_parked()
        self.assert_invoices(run, **january, Echo=("90.00", "108.90"))

    def late_row_of_cato(self):
        """On 10 February the own meter hands in 150 GB of 28 January: it is too late for the bill of January."""
        self.deliver_own("2026-02-10", "2026-01-28", cato="150")

    def settle_cato(self, invoice):
        """Cato pays 217.00 of 217.80; the rest is written off, and its tax stays as it was declared."""
        self.pay("2026-02-18", invoice, 217.0)
        with self.on("2026-02-19"):
            write_off = self.env["cloud.write.off"].with_user(self.user_accountant)
            write_off = write_off.create({"move_id": invoice.id, "date": "2026-02-19", "reason": "Kept by the bank"})
            self.assertEqual(str(write_off.amount), "0.80")
            write_off.action_submit()
            self.vote(write_off.request_id)
        self.assertEqual(invoice.payment_state, "paid")

    def february_is_closed(self):
        """On 3 March the books of February are closed. Of Dune's account only a part has come.

        | 28 February        |     debit |    credit | how                                                         |
        |--------------------|-----------|-----------|-------------------------------------------------------------|
        | receivable         |  2,625.70 |           | 1,004.30 + invoiced 1,839.20 - 217.00 - 0.80                |
        | bank               |    217.00 |           |                                                             |
        | small differences  |      0.80 |           |                                                             |
        | tax                |           |    493.50 | 174.30 + 21 % of 1,520.00                                   |
        | income             |           |  3,051.00 | 1,514.00 + Support 100.00 + 28 days 56.00 + used 1,381.00   |
        | income of archives |           |     82.00 | 40.00 + 42.00                                               |
        | accrued income     |  1,423.00 |           | 1,381.00 + 42.00                                            |
        | deferred revenue   |           |    640.00 | 730.00 - 45 days x 2.00                                     |
        | provider's cost    |  1,980.00 |           | 1,000.00 + 520.00 + 310.00 + 150.00                         |
        | payable            |           |  1,000.00 | the provider's bill of January                              |
        | accrued cost       |           |    980.00 | February                                                    |
        """
        self.deliver_provider("2026-03-02", "2026-02-01", acme="520.00", bolt="310.00")
        self.deliver_provider("2026-03-02", "2026-02-01", account="dune", dune="150.00")
        self.deliver_own("2026-03-01", "2026-02-10", cato="1100", echo="420")
        closing = self.close("2026-03-03", "2026-02-28")
        # Resale: 520.00 x 1.20 = 624.00, 310.00 x 1.20 = 372.00, 150.00 x 1.20 = 180.00
        # Cato: 1,100 GB x 0.10 = 110.00; 150 GB of January 15.00; Operations 80.00. Echo: 420 GB x 0.10 = 42.00
        self.assert_closing(
            closing,
            accrued_income={"Acme": "624.00", "Bolt": "372.00", "Cato": "205.00", "Dune": "180.00", "Echo": "42.00"},
            deferral={"Bolt": "640.00"},
            accrued_cost={"Acme": "520.00", "Bolt": "310.00", "Dune": "150.00"},
        )
        self.assert_trial_balance(
            "2026-02-28",
            {
                "receivable": "2625.70",
                "bank": "217.00",
                "small differences": "0.80",
                "tax": "-493.50",
                "income": "-3051.00",
                "income of archives": "-82.00",
                "accrued income": "1423.00",
                "deferred revenue": "-640.00",
                "provider's cost": "1980.00",
                "payable": "-1000.00",
                "accrued cost": "-980.00",
            },
        )
        # Acme: 60.50 + 786.50. Bolt: 883.30 + 435.60. Echo: 60.50 + 108.90
        self.assert_owed("2026-02-28", Acme="847.00", Bolt="1318.90", Cato="0.00", Dune="290.40", Echo="169.40")

    # ---- March ----

    def march(self):
        """January comes again from the provider, with less for Acme; February is billed, Dune's on estimate."""
        self.deliver_provider("2026-03-04", "2026-01-01", acme="480.00", bolt="300.00")
        self.deliver_provider("2026-03-06", "2026-02-01", acme="520.00", bolt="310.00")
        self.run_of_february = run = self.bill("2026-03-06", cutoff="2026-03-01")
        # Acme: 624.00; January (480.00 - 500.00) x 1.20 = -24.00; Support of March 50.00
        # Bolt: 372.00. Cato: 110.00 + 80.00 + late 15.00. Dune: 180.00, so far. Echo: 42.00 + 50.00
        self.assert_invoices(
            run,
            Acme=("650.00", "786.50"),
            Bolt=("372.00", "450.12"),
            Cato=("205.00", "248.05"),
            Dune=("180.00", "217.80"),
            Echo=("92.00", "111.32"),
        )
        # What is late or restated says which days it is for.
        self.assert_corrections(run, Acme=("01-01", "01-31", "-24.00"), Cato=("01-01", "01-31", "15.00"))
        self.assertEqual([bill.customer_id for bill in run.bill_ids if bill.is_estimated], [self.dune])
        self.assertIn("Estimated", self.bill_of(run, self.dune).move_id.invoice_line_ids.name)
        # Dune's account is final on the 9th; the provider's bill is 520.00 + 310.00 + 190.00 less 20.00 of January.
        self.deliver_provider("2026-03-09", "2026-02-01", account="dune", dune="190.00")
        self.receive_vendor_bill("2026-03-10", "2026-02-28", 1000.0)
        # Acme pays January's and February's invoices: 60.50 + 786.50 = 847.00
        for invoice in self.find_open_invoices(self.acme, before="2026-03-01"):
            self.pay("2026-03-10", invoice, invoice.amount_residual)

    def march_is_put_right(self):
        """The four ways back: rated again, money back, billable again, goodwill."""
        self.rate_february_again()
        self.give_back_for_the_outage()
        self.make_billable_again()
        self.give_goodwill()

    def rate_february_again(self):
        """On 12 March a price of 0.08 from 1 February on is approved, and is meant for what is billed too."""
        with self.on("2026-03-12"):
            self.set_prices("2026-02-01", per_gb="0.08")
            wizard = self.compare_february()
            # Cato: 1,100 GB x 0.08 = 88.00. Echo: 420 GB x 0.08 = 33.60
            rows = [(row.customer_name, *map(str, (row.amount_billed, row.amount_now))) for row in wizard.line_ids]
            self.assertEqual(rows, [("Cato", "110.00", "88.00"), ("Echo", "42.00", "33.60")])
            run = self.env["cloud.bill.run"].browse(wizard.action_make()["res_id"])
            notes = self.post(run)
            self.assertEqual(set(notes.mapped("move_type")), {"out_refund"})
            # 22.00 and 4.62 of tax; 8.40 and 1.764 of tax, rounded
            self.assert_invoices(run, Cato=("-22.00", "-26.62"), Echo=("-8.40", "-10.16"))
            self.assertFalse(self.compare_february().line_ids, "a second time nothing differs")

    def compare_february(self):
        wizard = (
            self.env["cloud.rate.again"]
            .with_user(self.user_accountant)
            .create(
                {
                    "company_id": self.company.id,
                    "date_from": "2026-02-01",
                    "date_last": "2026-02-28",
                    "product_ids": [(6, 0, (self.backup | self.archive).ids)],
                    "invoice_date": "2026-03-12",
                    "reason": "0.08 was agreed",
                }
            )
        )
        wizard.action_compare()
        return wizard

    def give_back_for_the_outage(self):
        """On 16 March Acme gets 30.00 of February's resale back; its usage stays billed."""
        with self.on("2026-03-16"):
            line = self.bill_of(self.run_of_february, self.acme).rated_line_ids.filtered(
                lambda line: line.product_id == self.resale and not line.corrects_id
            )
            credit = self.env["cloud.price.credit"].with_user(self.user_accountant)
            run = credit._make({line: D("30.00")}, self.day("2026-03-16"), "Outage of 4 hours")
            self.post(run)
        self.assert_invoices(run, Acme=("-30.00", "-36.30"))

    def make_billable_again(self):
        """On 20 March Bolt's invoice goes back because of a wrong order number; the next run bills February again."""
        with self.on("2026-03-20"):
            invoice = self.bill_of(self.run_of_february, self.bolt).move_id
            self.free(invoice, date="2026-03-20")
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("reversed", 0.0))

    def give_goodwill(self):
        """On 25 March Echo is promised 10.00 with its next bill."""
        with self.on("2026-03-25"):
            goodwill = self.env["cloud.goodwill"].with_user(self.user_accountant)
            goodwill = goodwill.create(
                {
                    "name": "Goodwill",
                    "customer_id": self.echo.id,
                    "amount": "10.00",
                    "product_id": self.goodwill.id,
                    "service_start": "2026-03-10",
                    "service_end": "2026-03-11",
                    "reason": "Long waits on the telephone",
                }
            )
            goodwill.action_submit()
            self.vote(goodwill.request_id)

    def march_is_closed(self):
        """On 3 April the books of March are closed.

        | 31 March           |     debit |    credit | how                                                         |
        |--------------------|-----------|-----------|-------------------------------------------------------------|
        | receivable         |  3,069.29 |           | 2,625.70 + invoiced 1,813.79 - credited 523.20 - 847.00     |
        | bank               |  1,064.00 |           | 217.00 + 847.00                                             |
        | small differences  |      0.80 |           |                                                             |
        | tax                |           |    717.49 | 493.50 + invoiced 314.79 - credited 90.80                   |
        | income             |           |  4,635.00 | 3,051.00 + Support 100.00 + 31 days 62.00 + used 1,460.00   |
        |                    |           |           | - 24.00 restated + 48.00 trued up - 22.00 - 30.00 - 10.00   |
        | income of archives |           |    113.60 | 82.00 + 40.00 - 8.40                                        |
        | accrued income     |  1,910.00 |           | below                                                       |
        | deferred revenue   |           |    578.00 | 730.00 - 76 days x 2.00                                     |
        | provider's cost    |  3,070.00 |           | 1,000.00 + 1,000.00 + 540.00 + 320.00 + 210.00              |
        | payable            |           |  2,000.00 | the provider's bills of January and February                |
        | accrued cost       |           |  1,070.00 | March                                                       |

        Invoiced: 650.00 + 372.00 + 205.00 + 180.00 + 92.00 = 1,499.00, tax 136.50 + 78.12 + 43.05 + 37.80 + 19.32.
        Credited: 22.00 + 8.40 + 30.00 + 372.00 = 432.40, tax 4.62 + 1.76 + 6.30 + 78.12.
        """
        self.deliver_provider("2026-04-02", "2026-03-01", acme="540.00", bolt="320.00")
        self.deliver_provider("2026-04-02", "2026-03-01", account="dune", dune="210.00")
        self.deliver_own("2026-04-01", "2026-03-10", cato="1200", echo="500")
        closing = self.close("2026-04-03", "2026-03-31")
        # Acme: 540.00 x 1.20 = 648.00
        # Bolt: 320.00 x 1.20 = 384.00, and 372.00 of February, which is on no invoice any more
        # Cato: 1,200 GB x 0.08 = 96.00 and 80.00
        # Dune: 210.00 x 1.20 = 252.00, and February (190.00 - 150.00) x 1.20 = 48.00
        # Echo: 500 GB x 0.08 = 40.00, less 10.00
        self.assert_closing(
            closing,
            accrued_income={"Acme": "648.00", "Bolt": "756.00", "Cato": "176.00", "Dune": "300.00", "Echo": "30.00"},
            deferral={"Bolt": "578.00"},
            accrued_cost={"Acme": "540.00", "Bolt": "320.00", "Dune": "210.00"},
        )
        self.assert_trial_balance(
            "2026-03-31",
            {
                "receivable": "3069.29",
                "bank": "1064.00",
                "small differences": "0.80",
                "tax": "-717.49",
                "income": "-4635.00",
                "income of archives": "-113.60",
                "accrued income": "1910.00",
                "deferred revenue": "-578.00",
                "provider's cost": "3070.00",
                "payable": "-2000.00",
                "accrued cost": "-1070.00",
            },
        )
        # Acme: 847.00 - 847.00 + 786.50 - 36.30. Bolt: 1,318.90 + 450.12 - 450.12. Cato: 248.05 - 26.62
        # Dune: 290.40 + 217.80. Echo: 169.40 + 111.32 - 10.16
        self.assert_owed("2026-03-31", Acme="750.20", Bolt="1318.90", Cato="221.43", Dune="508.20", Echo="270.56")

    # ---- April ----

    def april(self):
        """What the quarter left is billed on 6 April; then nothing of it is left. Without a month's end of April:

        | 6 April            |     debit |    credit | how                                                         |
        |--------------------|-----------|-----------|-------------------------------------------------------------|
        | receivable         |  5,501.39 |           | 3,069.29 + 2,432.10                                         |
        | bank               |  1,064.00 |           |                                                             |
        | small differences  |      0.80 |           |                                                             |
        | tax                |           |  1,139.59 | 717.49 + 422.10                                             |
        | income             |           |  5,313.00 | 4,635.00 + Support of April 100.00 + the year's rest 578.00 |
        | income of archives |           |    113.60 |                                                             |
        | provider's cost    |  2,000.00 |           | March is not accrued any more, its bill has not come        |
        | payable            |           |  2,000.00 |                                                             |
        """
        self.deliver_provider("2026-04-06", "2026-03-01", acme="540.00", bolt="320.00")
        self.deliver_provider("2026-04-06", "2026-03-01", account="dune", dune="210.00")
        run = self.bill("2026-04-06", cutoff="2026-04-01")
        # As accrued, and Support of April for Acme and Echo
        self.assert_invoices(
            run,
            Acme=("698.00", "844.58"),
            Bolt=("756.00", "914.76"),
            Cato=("176.00", "212.96"),
            Dune=("300.00", "363.00"),
            Echo=("80.00", "96.80"),
        )
        self.assert_corrections(run, Dune=("02-01", "02-28", "48.00"))
        self.assert_trial_balance(
            "2026-04-06",
            {
                "receivable": "5501.39",
                "bank": "1064.00",
                "small differences": "0.80",
                "tax": "-1139.59",
                "income": "-5313.00",
                "income of archives": "-113.60",
                "provider's cost": "2000.00",
                "payable": "-2000.00",
            },
        )
        self.assert_owed("2026-04-06", Acme="1594.78", Bolt="2233.66", Cato="434.39", Dune="871.20", Echo="367.36")
        self.assertFalse(self.make_run_on("2026-04-07", cutoff="2026-04-01").bill_ids, "nothing is left to bill")

    def what_people_did(self):
        """The register of interventions has what was done beside the rules; bills that were looked at stand there too.

        Every entry was agreed by another person: by an approval of its own, or with the run.
        """
        domain = [("company_id", "=", self.company.id), ("kind", "!=", "released")]
        found = self.env["cloud.intervention"].search(domain, order="id")
        self.assertEqual(
            [(one.kind, one.customer_id.name, str(one.amount)) for one in found],
            [
                ("reversed", "Acme", "-50.00"),
                ("reversed", "Bolt", "-730.00"),
                ("reversed", "Echo", "-50.00"),
                ("written_off", "Cato", "0.80"),
                ("forced", "Echo", "90.00"),
                ("estimated", "Dune", "180.00"),
                ("rated_again", "Cato", "-22.00"),
                ("rated_again", "Echo", "-8.40"),
                ("goodwill", "Echo", "-10.00"),
            ],
        )
        self.assertEqual(set(found.mapped("approver_names")), {"Chris Checker"})
