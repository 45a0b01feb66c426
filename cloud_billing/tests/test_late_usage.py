import psycopg2
from odoo.tests import tagged
from odoo.tools import mute_logger

from .billing_common import D
from .test_billing_runs import RunCase


class LateCase(RunCase):
    """March is billed: Acme 1,000 GB x 0.10 = 100.00, Bolt 50 GB x 0.10 = 5.00. What comes after it is late."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(LateCase.begin)

    def begin(self):
        self.deliver_march()
        self.post(self.make_run())
        self.day_of_run = 1

    def late(self, **quantities):
        """March as it is known now, and the run that finds it, on the next day."""
        self.deliver_march(**quantities)
        self.day_of_run += 1
        return self.make_run(f"2026-04-{self.day_of_run:02d}")

    def absorb(self, tolerance="2.00", **vals):
        self.company.write({"cloud_late_policy": "absorb", "cloud_late_tolerance": tolerance, **vals})

    def registered(self, customer=None):
        """Amounts of the register, in the order in which they were noted."""
        domain = [("company_id", "=", self.company.id), ("kind", "=", "absorbed")]
        found = self.env["cloud.intervention"].search(
            [*domain, ("customer_id", "=", customer.id)] if customer else domain, order="id"
        )
        return [str(one.amount) for one in found]

    def done(self, run):
        """Approve and post a run; its invoices."""
        return self.post(run)


@tagged("post_install", "-at_install")
class TestOnTheNextBill(LateCase):
    def test_it_says_the_service_days_and_the_invoice_it_corrects(self):
        move = self.done(self.late(acme="1200"))
        # 200 GB x 0.10 = 20.00
        self.assertEqual(move.amount_untaxed, 20.0)
        text = move.invoice_line_ids.name
        self.assertIn("Correction: 1,000 GB were billed, 1,200 GB are right", text)
        self.assertIn("03/01/2026 to 03/31/2026", text)
        self.assertEqual(str(move.invoice_line_ids.cloud_service_start), "2026-03-01")
        self.assertEqual(self.registered(), [])


@tagged("post_install", "-at_install")
class TestOnAnInvoiceOfItsOwn(LateCase):
    def test_april_and_what_was_late_of_march_are_two_invoices(self):
        self.acme.late_usage_policy = "own_invoice"
        self.deliver_march(acme="1200", bolt="60")
        self.deliver_april(acme="10", bolt="10")
        bills = self.make_run("2026-05-01").bill_ids
        found = sorted((bill.customer_id.name, bill.grouping_key, str(bill.amount)) for bill in bills)
        # Acme: 200 GB x 0.10 = 20.00 late, 10 x 0.10 = 1.00; Bolt: 10 x 0.10 late with 10 x 0.10 of April = 2.00.
        self.assertEqual(found, [("Acme", "", "1.00"), ("Acme", "late", "20.00"), ("Bolt", "", "2.00")])

    def test_the_schedule_bills_it_at_once_and_nothing_else(self):
        self.acme.late_usage_policy = "own_invoice"
        self.deliver_march(acme="1200", bolt="60")
        self.deliver_april()
        run = self.env["cloud.bill.run"].sudo()._make_late_run(self.company, self.day("2026-05-02"))
        self.assertEqual((run.state, run.correction_scope, run.customer_ids), ("review", "late", self.acme))
        self.assertEqual([(b.customer_id, str(b.amount)) for b in run.bill_ids], [(self.acme, "20.00")])
        # What the run holds is not found again; Bolt's and April's go on a run of what is due.
        self.assertFalse(self.env["cloud.bill.run"].sudo()._make_late_run(self.company, self.day("2026-05-02")))
        move = self.post(run)
        self.assertEqual(move.amount_untaxed, 20.0)
        self.assertFalse(self.env["cloud.bill.run"].sudo()._make_late_run(self.company, self.day("2026-05-03")))
        # 1,000 x 0.10 and, with Bolt's 10 GB of March, 50 x 0.10 + 1.00
        bills = self.by_customer(self.make_run("2026-05-03"))
        self.assertEqual({name: str(bill.amount) for name, bill in bills.items()}, {"Acme": "100.00", "Bolt": "6.00"})

    def test_without_such_a_policy_the_schedule_makes_no_run(self):
        self.deliver_march(acme="1200")
        self.assertFalse(self.env["cloud.bill.run"].sudo()._make_late_run(self.company, self.day("2026-04-02")))

    def test_the_customers_policy_comes_before_the_sources_and_that_before_the_companys(self):
        original = self.env["cloud.charge"].search([("customer_id", "=", self.acme.id), ("state", "=", "billed")])
        correction = self.env["cloud.charge.correction"]
        self.assertEqual(correction._get_late_policies(original), {original.id: "next_bill"})
        self.company.cloud_late_policy = "own_invoice"
        self.assertEqual(correction._get_late_policies(original), {original.id: "own_invoice"})
        self.source.late_usage_policy = "absorb"
        self.assertEqual(correction._get_late_policies(original), {original.id: "absorb"})
        self.acme.late_usage_policy = "next_bill"
        self.assertEqual(correction._get_late_policies(original), {original.id: "next_bill"})


@tagged("post_install", "-at_install")
class TestAbsorbed(LateCase):
    def test_a_small_difference_is_not_billed_and_is_remembered(self):
        self.absorb("2.00")
        run = self.late(acme="1015")
        # 15 GB x 0.10 = 1.50, below 2.00
        charge = self.env["cloud.charge"].search([("run_id", "=", run.id)])
        self.assertEqual((str(charge.amount), str(charge.absorbed_amount)), ("0", "1.50"))
        self.assertFalse(charge.rated_line_ids)
        # Nothing to look at, and nothing in the register before it is posted.
        self.assertEqual((run.bill_ids.state, self.registered()), ("ready", []))
        self.assertIn("1.50 USD", " ".join(run._get_effect()["notes"]))
        self.assertFalse(self.done(run))
        self.assertEqual((charge.state, run.bill_ids.state, run.state), ("billed", "zero", "posted"))
        self.assertEqual(self.registered(), ["1.50"])
        # The same usage again is known: no run finds anything.
        self.assertFalse(self.make_run("2026-04-10").bill_ids)

    def test_three_small_ones_that_are_more_together_are_billed(self):
        self.absorb("2.00")
        # 0.80, then 0.80 + 0.90 = 1.70: absorbed. Then + 0.70 = 2.40 of 24 GB: billed, all of it.
        self.done(self.late(acme="1008"))
        self.done(self.late(acme="1017"))
        self.assertEqual(self.registered(), ["0.80", "0.90"])
        run = self.late(acme="1024")
        self.assertEqual(self.amounts(run.bill_ids), ["2.40"])
        move = self.done(run)
        self.assertIn("1,000 GB were billed, 1,024 GB are right", move.invoice_line_ids.name)
        # The register comes to what is absorbed by then: nothing.
        self.assertEqual(self.registered(), ["0.80", "0.90", "-1.70"])
        # From here on the next small one is small again.
        run = self.late(acme="1025")
        self.done(run)
        self.assertEqual(self.registered()[-1], "0.10")

    def test_exactly_the_tolerance_is_absorbed_and_a_cent_more_is_billed(self):
        self.absorb("2.00")
        run = self.late(acme="1020", bolt="70.1")
        # Acme 20 GB x 0.10 = 2.00; Bolt 20.1 GB x 0.10 = 2.01
        bills = self.by_customer(run)
        self.assertEqual([str(bills[name].amount) for name in ("Acme", "Bolt")], ["0", "2.01"])

    def test_several_lines_of_a_customer_share_the_tolerance_of_the_month(self):
        line = self.make_subscription(self.acme, self.disk, date_start="2026-03-01").line_ids
        stream = self.make_stream("acme-2")
        self.map_stream(stream, line)
        self.absorb("2.00")

        def march(acme, second):
            return self.deliver(
                {"stream": self.acme_stream, "quantity": acme},
                {"stream": self.bolt_stream, "quantity": "50"},
                {"stream": stream, "quantity": second},
            )

        march("1000", "100")
        self.done(self.make_run("2026-04-02"))
        march("1015", "100")
        self.done(self.make_run("2026-04-03"))
        self.assertEqual(self.registered(), ["1.50"])
        # The second line alone is 0.60 more; with the 1.50 that was absorbed of the first one it is 2.10: both.
        march("1015", "106")
        run = self.make_run("2026-04-04")
        self.assertEqual(self.amounts(run.bill_ids), ["2.10"])
        self.assertEqual(sorted(self.amounts(run.bill_ids.rated_line_ids)), ["0.60", "1.50"])
        self.done(run)
        self.assertEqual(self.registered(), ["1.50", "-1.50"])

    def test_what_was_absorbed_of_a_line_without_new_rows_counts_too(self):
        dora = self.make_customer("Dora")
        streams = []
        for name in ("dora-1", "dora-2"):
            line = self.make_subscription(dora, self.disk, date_start="2026-03-01").line_ids
            streams.append(self.make_stream(name, self.own_source))
            self.map_stream(streams[-1], line)
        first, second = streams

        def add(*rows):
            return self.deliver(*({"stream": s, "quantity": q} for s, q in rows), source=self.own_source)

        add((first, "1000"), (second, "100"))
        self.done(self.make_run("2026-04-02"))
        self.absorb("2.00")
        add((first, "15"))
        self.done(self.make_run("2026-04-03"))
        self.assertEqual(self.registered(dora), ["1.50"])
        # 6 GB x 0.10 = 0.60 of the second line alone; with the 1.50 of the first one it is 2.10.
        add((second, "6"))
        self.assertEqual(self.amounts(self.make_run("2026-04-04").bill_ids), ["2.10"])

    def test_what_the_customer_gets_back_is_credited_unless_that_is_absorbed_too(self):
        self.absorb("2.00")
        run = self.late(acme="990")
        self.assertEqual(self.amounts(run.bill_ids), ["-1.00"])
        run.action_cancel()
        self.absorb("2.00", cloud_late_credits=True)
        run = self.late(acme="990")
        self.assertEqual(self.amounts(run.bill_ids), ["0"])
        self.done(run)
        self.assertEqual(self.registered(), ["-1.00"])

    def test_usage_that_goes_back_to_what_was_billed_settles_what_was_absorbed(self):
        self.absorb("2.00")
        self.done(self.late(acme="1015"))
        self.done(self.late(acme="1000"))
        self.assertEqual(self.registered(), ["1.50", "-1.50"])
        self.assertFalse(self.make_run("2026-04-10").bill_ids)

    def test_a_run_that_goes_back_has_absorbed_nothing(self):
        self.absorb("2.00")
        run = self.late(acme="1015")
        self.approve(run)
        run.action_back_to_draft()
        self.assertEqual(self.registered(), [])
        run = self.make_run("2026-04-10")
        self.assertEqual(str(run.bill_ids.charge_ids.absorbed_amount), "1.50")

    def test_a_credit_note_that_makes_usage_billable_again_takes_back_what_was_absorbed_with_it(self):
        self.absorb("2.00")
        self.deliver_march(bolt="60")
        self.deliver_april(acme="0", bolt="100")
        moves = self.post(self.make_run("2026-05-01"))
        # 10 GB of March x 0.10 = 1.00 is absorbed; 100 GB of April x 0.10 = 10.00 are billed.
        invoice = moves.filtered(lambda move: move.cloud_bill_id.customer_id == self.bolt)
        self.assertEqual((invoice.amount_untaxed, self.registered(self.bolt)), (10.0, ["1.00"]))
        self.free(invoice, date="2026-05-02")
        self.assertEqual(self.registered(self.bolt), ["1.00", "-1.00"])
        bill = self.by_customer(self.make_run("2026-05-03"))["Bolt"]
        self.assertEqual(str(bill.amount), "10.00")
        self.assertIn("1.00", [str(one) for one in bill.charge_ids.mapped("absorbed_amount")])

    def test_another_policy_bills_what_was_absorbed_with_the_next_difference(self):
        self.absorb("2.00")
        self.done(self.late(acme="1015"))
        self.company.cloud_late_policy = "next_bill"
        self.done(self.late(acme="1016"))
        # 16 GB x 0.10 = 1.60
        self.assertEqual(self.registered(), ["1.50", "-1.50"])

    def test_a_customers_own_tolerance_comes_first(self):
        self.absorb("2.00")
        self.acme.late_tolerance = "1.00"
        self.assertEqual(self.amounts(self.late(acme="1015").bill_ids), ["1.50"])

    def test_a_customer_who_wants_invoices_of_zero_gets_none_without_a_line(self):
        self.absorb("2.00")
        self.acme.is_zero_invoiced = True
        self.assertFalse(self.done(self.late(acme="1015")))

    def test_rows_that_were_absorbed_are_billed_rows_and_every_row_has_one_state(self):
        self.absorb("2.00")
        store = self.env["cloud.usage.store"]
        run = self.late(acme="1015")
        self.done(run)
        self.assertEqual(store._prove_states(self.company), {})
        # Bolt's row came again as it was, so no charge has looked at it since: it is the one that is left.
        self.assertEqual(store._get_states(self.company)["bill"][0], 1)

    def test_a_foreign_currency_is_compared_in_the_companys(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        plan = self.make_plan("Euro prices", currency=euro)
        self.make_version({"unit_price": "0.10"}, plan=plan)
        cato = self.make_customer("Cato", currency_id=euro.id)
        line = self.make_subscription(cato, self.disk, plan=plan, date_start="2026-03-01").line_ids
        stream = self.make_stream("cato")
        self.map_stream(stream, line)

        def march(quantity):
            return self.deliver(
                {"stream": self.acme_stream, "quantity": "1000"},
                {"stream": self.bolt_stream, "quantity": "50"},
                {"stream": stream, "quantity": quantity},
            )

        march("100")
        self.done(self.make_run("2026-04-02"))
        # 1 USD = 0.5 EUR: 1.10 EUR are 2.20 USD, above 2.00; 1.00 EUR are 2.00 USD.
        self.absorb("2.00")
        march("111")
        run = self.make_run("2026-04-03")
        self.assertEqual(self.amounts(run.bill_ids), ["1.10"])
        run.action_cancel()
        march("110")
        run = self.make_run("2026-04-04")
        self.assertEqual((self.amounts(run.bill_ids), str(run.bill_ids.charge_ids.absorbed_amount)), (["0"], "1.00"))

    def test_a_tolerance_is_not_below_zero_and_changing_it_is_an_event(self):
        with (
            self.assertRaisesRegex(psycopg2.errors.CheckViolation, "tolerance"),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.company.cloud_late_tolerance = D("-1")
            self.company.flush_recordset()
        self.company.cloud_late_tolerance = "3"
        event = self.env["cloud.audit.event"].sudo().search([("res_id", "=", self.company.id)], limit=1)
        self.assertEqual(event.detail["new"], {"cloud_late_tolerance": "3"})

    def test_many_take_as_many_statements_as_few(self):
        self.absorb("2.00")
        streams = []
        for number in range(22):
            line = self.make_subscription(self.make_customer(f"C{number}"), self.disk, date_start="2026-03-01").line_ids
            streams.append(self.make_stream(f"c{number}"))
            self.map_stream(streams[-1], line)
        self.deliver(*({"stream": stream, "quantity": "100"} for stream in streams))
        self.done(self.make_run("2026-04-02"))
        counts = []
        for number, (few, more) in enumerate(((1, 1), (2, 2), (20, 3))):
            changed = streams[:few]
            self.deliver(*({"stream": s, "quantity": str(100 + (more if s in changed else 0))} for s in streams))
            run = self.start_run(f"2026-04-{10 + number}")
            before = self.cr.sql_log_count
            self.assertGreater(self.env["cloud.charge.correction"]._make(run), 0)
            counts.append(self.cr.sql_log_count - before)
            run._finish_rating()
            run.action_cancel()
        self.assertEqual(counts[1], counts[2])
