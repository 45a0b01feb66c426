from odoo.tests import tagged

from .test_billing_runs import RunCase
from .usage_common import focus_csv


def day(number, gigabytes="100", account="Acme"):
    """A row of so many GB on a day of March 2026."""
    return {
        "ChargePeriodStart": f"2026-03-{number:02d}T00:00:00Z",
        "ChargePeriodEnd": f"2026-03-{number + 1:02d}T00:00:00Z",
        "BillingCurrency": "EUR",
        "SubAccountId": account,
        "SubAccountName": account,
        "PricingQuantity": gigabytes,
        "PricingUnit": "GB",
    }


MARCH = [day(number) for number in range(1, 11)]


class RestatedCase(RunCase):
    """A provider's bill of March is billed to Acme: 10 days of 100 GB at 0.10 are 100.00. Then the bill comes again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(RestatedCase.begin)

    def begin(self):
        self.deliver_bill(MARCH)
        stream = self.env["cloud.usage.stream"].search(
            [("source_id", "=", self.source.id), ("sub_account", "=", "Acme")]
        )
        self.map_stream(stream, self.acme_line)
        self.first = self.post(self.make_run())
        self.assertEqual(self.first.mapped("amount_untaxed"), [100.0])

    def deliver_bill(self, rows, name="march.csv", **vals):
        usage_import = self.env["cloud.usage.import"]._create_with_files(
            self.source, [(name, focus_csv(*rows))], **vals
        )
        usage_import.action_import()
        self.env.invalidate_all()
        return usage_import

    def restate(self, *rows, **vals):
        """March as the provider says now: MARCH with these days in place of its own."""
        new = {row["ChargePeriodStart"]: row for row in rows}
        kept = [row for row in MARCH if row["ChargePeriodStart"] not in new]
        return self.deliver_bill([*kept, *rows], **vals)


@tagged("post_install", "-at_install")
class TestARestatedMonth(RestatedCase):
    def test_the_difference_is_on_the_import_and_what_was_billed_stays(self):
        usage_import = self.restate(day(3, "300"))
        (difference,) = usage_import.differences
        self.assertEqual((difference["added_rows"], difference["changed_rows"], difference["removed_rows"]), (0, 1, 0))
        self.assertEqual(self.first.amount_untaxed, 100.0)
        self.assertEqual(self.first.state, "posted")

    def test_it_goes_on_the_next_bill(self):
        self.restate(day(3, "300"))
        move = self.post(self.make_run("2026-04-02"))
        # 200 GB more at 0.10
        self.assertEqual(move.amount_untaxed, 20.0)
        self.assertIn("Correction: 1,000 GB were billed, 1,200 GB are right", move.invoice_line_ids.name)

    def test_it_is_corrected_at_once(self):
        self.source.late_usage_policy = "own_invoice"
        self.restate(day(3, "300"))
        run = self.env["cloud.bill.run"].sudo()._make_late_run(self.company, self.day("2026-04-02"))
        self.assertEqual([(b.customer_id, str(b.amount)) for b in run.bill_ids], [(self.acme, "20.00")])
        self.assertEqual(self.post(run).amount_untaxed, 20.0)
        self.assertFalse(self.env["cloud.bill.run"].sudo()._make_late_run(self.company, self.day("2026-04-03")))

    def test_it_is_absorbed_below_the_tolerance_and_billed_above(self):
        self.company.write({"cloud_late_policy": "absorb", "cloud_late_tolerance": "2.00"})
        self.restate(day(3, "115"))
        run = self.make_run("2026-04-02")
        charge = self.env["cloud.charge"].search([("run_id", "=", run.id), ("customer_id", "=", self.acme.id)])
        # 15 GB more: 1.50
        self.assertEqual((str(charge.amount), str(charge.absorbed_amount)), ("0", "1.50"))
        self.assertFalse(self.post(run))
        self.restate(day(3, "115"), day(4, "110"))
        # 25 GB more in all: 2.50
        self.assertEqual(self.post(self.make_run("2026-04-03")).amount_untaxed, 2.5)

    def test_less_is_given_back(self):
        self.deliver_bill(MARCH[:-2], allow_removal=True)
        move = self.post(self.make_run("2026-04-02"))
        # 200 GB fewer at 0.10
        self.assertEqual((move.move_type, move.amount_untaxed), ("out_refund", 20.0))

    def test_a_bill_in_another_order_or_without_a_change_bills_nothing(self):
        self.assertEqual(self.deliver_bill(MARCH[::-1], name="again.csv").state, "known")
        self.assertEqual(self.restate({**day(3), "ChargeDescription": "Renamed"}).state, "imported")
        self.assertFalse(self.make_run("2026-04-02").bill_ids.filtered("amount"))

    def test_each_restatement_bills_what_it_adds_to_the_one_before(self):
        for number, (gigabytes, amount) in enumerate((("300", 20.0), ("350", 5.0)), 2):
            self.restate(day(3, gigabytes))
            self.assertEqual(self.post(self.make_run(f"2026-04-{number:02d}")).amount_untaxed, amount)

    def test_a_large_one_names_who_was_billed_before_anything_changes(self):
        usage_import = self.restate(day(3, "300"), must_confirm=True).sudo()
        self.assertEqual(usage_import.state, "queued")
        token = self.env["cloud.usage.importer"]._claim_now(usage_import)
        importer = self.env["cloud.usage.importer"]
        importer._stage_files(usage_import, token, lambda work: work())
        differences, _compared = importer._prepare(usage_import, token)
        usage_import._settle_known(differences)
        self.assertIn("Customers billed of these months: Acme (1).", usage_import._get_billed_sentence())
        self.assertFalse(self.make_run("2026-04-02").bill_ids)


@tagged("post_install", "-at_install")
class TestANotFinalMonth(RestatedCase):
    def test_what_the_final_bill_says_besides_is_billed_and_the_month_ends_with_it(self):
        self.source.write({"late_usage_policy": "next_bill"})
        final = self.restate(day(3, "300"), day(11, "50"))
        self.assertEqual((final.state, self.counts(final)), ("imported", (11, 11)))
        # 200 GB changed, 50 GB came besides: 25.00
        self.assertEqual(self.post(self.make_run("2026-04-02")).amount_untaxed, 25.0)
        self.assertEqual(self.deliver_bill([*MARCH[:2], day(3, "300"), *MARCH[3:], day(11, "50")]).state, "known")
        self.assertFalse(self.make_run("2026-04-03").bill_ids)

    def counts(self, usage_import):
        return usage_import.rows_read, usage_import.rows_accepted
