from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_late_sources import LateCase


class EstimateCase(LateCase):
    """Acme's March is final and billed: 1,000 GB at 0.10 in 31 days. Of April 800 GB are there when it is billed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source.write({"late_policy": "estimate", "estimate_basis": "last"})
        cls.begin_once(EstimateCase.begin)

    def begin(self):
        self.deliver_at("2026-04-06 08:00:00")
        self.deliver_bolt()
        self.march = self.make_run()
        self.post(self.march)

    def bill_april(self, quantity="800"):
        if quantity:
            self.deliver_at("2026-05-02 08:00:00", quantity=quantity, month="2026-04-01")
        self.deliver_bolt(month="2026-04-01")
        self.april = self.make_run("2026-05-01")
        return self.by_customer(self.april)["Acme"]

    def finish_april(self, quantity):
        self.deliver_at("2026-05-06 08:00:00", quantity=quantity, month="2026-04-01")

    def bill_may(self, quantity="500", final=True):
        """Acme's bill of May with 500 GB of May, which are 50.00 beside what comes of April."""
        if quantity:
            day = "2026-06-06 08:00:00" if final else "2026-06-02 08:00:00"
            self.deliver_at(day, quantity=quantity, month="2026-05-01")
        self.deliver_bolt(month="2026-05-01")
        return self.by_customer(self.make_run("2026-06-01"))["Acme"]

    def corrections(self, bill):
        return [
            (str(line.quantity), str(line.amount)) for line in bill.charge_ids.filtered("corrects_id").rated_line_ids
        ]

    def type_quantity(self, bill, quantity, reason="Read off the meter"):
        action = bill.with_user(self.user_accountant).action_estimate()
        entry = self.env["cloud.estimate.entry"].with_user(self.user_accountant).browse(action["res_id"])
        with Form(entry) as form:
            form.reason = reason
            with form.line_ids.edit(0) as line:
                line.quantity = quantity
        entry.action_confirm()
        return entry


@tagged("post_install", "-at_install")
class TestLastMonth(EstimateCase):
    def test_a_late_month_is_billed_by_the_days_of_the_month_before_and_trued_up(self):
        # 1,000 / 31 x 30 = 967.7419354..., times 0.10 = 96.7741935: 96.77. Not the 80.00 of what has arrived.
        bill = self.bill_april()
        line = bill.rated_line_ids
        self.assertEqual((str(line.quantity), str(line.amount), bill.state), ("967.741935", "96.77", "ready"))
        self.post(self.april)
        name = bill.move_id.invoice_line_ids.name
        self.assertIn("Estimated: the usage is not final yet", name)
        self.assertIn("The quantity is that of the month before, by days.", name)
        noted = self.env["cloud.intervention"].search([("kind", "=", "estimated")])
        self.assertEqual((noted.bill_id, str(noted.amount)), (bill, "96.77"))
        # 1,100 GB in the end: 110.00 - 96.77 = 13.23 for 1,100 - 967.741935 = 132.258065 GB more.
        self.finish_april("1100")
        may = self.bill_may()
        self.assertEqual(self.corrections(may), [("132.258065", "13.23")])
        self.assertEqual(str(may.amount), "63.23")

    def test_where_nothing_came_at_all_the_month_before_is_billed(self):
        bill = self.bill_april(quantity=None)
        self.assertEqual((str(bill.amount), bill.is_estimated), ("96.77", True))
        self.assertNotIn("usage_missing", self.codes(bill))

    def test_an_estimate_stands_until_its_usage_is_final(self):
        self.bill_april()
        self.post(self.april)
        # 900 GB arrive, and are not final on 5 May: nothing is corrected.
        self.deliver_at("2026-05-05 08:00:00", quantity="900", month="2026-04-01")
        may = self.bill_may()
        self.assertEqual((self.corrections(may), str(may.amount)), ([], "50.00"))
        self.post(may.run_id)
        self.finish_april("900")
        june = self.by_customer(self.make_run("2026-07-01"))["Acme"]
        # 90.00 - 96.77 = -6.77; 900 - 967.741935 = -67.741935.
        self.assertEqual(self.corrections(june), [("-67.741935", "-6.77")])

    def test_a_final_month_without_new_rows_is_trued_up_too(self):
        # The rows of 2 May are those that were there; a person calls them final. 80.00 - 96.77 = -16.77.
        self.bill_april()
        self.post(self.april)
        self.env["cloud.usage.final"].create(
            {"source_id": self.source.id, "month": "2026-04-01", "reason": "They say so"}
        )
        self.assertEqual(self.corrections(self.bill_may()), [("-167.741935", "-16.77")])

    def test_the_first_month_of_a_line_is_what_has_arrived(self):
        self.take_march_back()
        bill = self.bill_april()
        # Nothing was billed before: 800 GB of April, and March anew: 80.00 + 100.00.
        self.assertEqual(sorted(self.amounts(bill.rated_line_ids)), ["100.00", "80.00"])

    def take_march_back(self):
        for bill in self.march.bill_ids:
            self.free(bill.move_id)

    def test_an_estimate_that_was_trued_up_is_a_base_again(self):
        self.bill_april()
        self.post(self.april)
        self.finish_april("1100")
        may = self.bill_may(quantity="100", final=False)
        # 1,100 / 30 x 31 = 1,136.666667 GB; April's own true-up is in the same run, so March is the base still:
        # 1,000 GB of 31 days in 31 days. 100.00, and 13.23 of April.
        self.assertEqual(str(may.amount), "113.23")
        self.post(may.run_id)
        self.deliver_at("2026-07-02 08:00:00", quantity="1", month="2026-06-01")
        june = self.by_customer(self.make_run("2026-07-01"))["Acme"]
        # May is an estimate still; April, trued up, is the base: 1,100 of 30 days in 30 days.
        self.assertEqual(str(june.amount), "110.00")

    def test_an_estimate_is_trued_up_once(self):
        self.bill_april()
        self.post(self.april)
        self.finish_april("1100")
        self.post(self.bill_may().run_id)
        self.deliver_at("2026-07-06 08:00:00", quantity="0", month="2026-06-01")
        self.assertEqual(self.corrections(self.by_customer(self.make_run("2026-07-01"))["Acme"]), [])

    def test_a_true_up_that_is_taken_back_is_due_again(self):
        self.bill_april()
        self.post(self.april)
        self.finish_april("1100")
        may = self.bill_may()
        self.post(may.run_id)
        self.free(may.move_id, date="2026-06-07")
        self.assertEqual(
            self.corrections(self.by_customer(self.make_run("2026-06-08"))["Acme"]), [("132.258065", "13.23")]
        )

    def test_tiers_are_those_of_the_estimated_quantity(self):
        version = self.make_version(
            {
                "product_id": self.disk.id,
                "charge_model": "graduated",
                "tier_ids": [(0, 0, {"up_to": "900", "unit_price": "0.10"}), (0, 0, {"unit_price": "0.20"})],
            },
            date_start="2026-04-01",
        )
        self.assertTrue(version)
        # 900 x 0.10 + 67.741935 x 0.20 = 90.00 + 13.548387 = 103.55
        self.assertEqual(str(self.bill_april().amount), "103.55")

    def test_a_price_from_the_16th_shares_the_estimate_by_time(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.20"}, date_start="2026-04-16")
        # The provider's April has 720 hours, of which 358 are before the 16th of the customer in Amsterdam:
        # 967.741935... x 358 / 720 = 481.182796, x 0.10 = 48.12; the rest of 967.741935, 486.559139, x 0.20 = 97.31.
        lines = self.bill_april().rated_line_ids.sorted("service_start")
        self.assertEqual(
            [(str(line.quantity), str(line.amount)) for line in lines],
            [("481.182796", "48.12"), ("486.559139", "97.31")],
        )

    def test_what_has_arrived_is_billed_where_the_source_says_so(self):
        self.source.estimate_basis = "arrived"
        self.assertEqual(str(self.bill_april().amount), "80.00")

    def test_an_estimate_has_no_proof_and_its_true_up_has(self):
        bill = self.bill_april()
        self.post(self.april)
        with self.assertRaisesRegex(UserError, "is an estimate: no usage rows add up to it"):
            self.env["cloud.proof"]._make(bill.rated_line_ids)
        self.finish_april("1100")
        may = self.bill_may()
        self.post(may.run_id)
        correction = may.charge_ids.filtered("corrects_id").rated_line_ids
        self.assertTrue(self.env["cloud.proof"]._make(correction)["digest"])

    def test_the_explanation_says_what_the_quantity_was_made_of(self):
        line = self.bill_april().rated_line_ids
        self.assertEqual(
            line._get_explained_facts(), [("Estimate", "967.741935 GB, the usage from 03/01/2026 on by days")]
        )
        self.assertEqual(self.by_customer(self.march)["Acme"].rated_line_ids._get_explained_facts(), [])

    def test_other_customers_and_sources_are_not_estimated(self):
        bill = self.bill_april()
        self.post(self.april)
        self.assertEqual(str(self.by_customer(self.april)["Bolt"].amount), "5.00")
        made = self.env["cloud.charge.estimate"].search([])
        self.assertEqual((made.charge_id.bill_id, made.basis, str(made.quantity)), (bill, "last", "967.741935"))

    def test_more_charges_take_no_more_statements(self):
        charges = self.bill_april().charge_ids | self.by_customer(self.april)["Bolt"].charge_ids
        Estimate = self.env["cloud.charge.estimate"]
        for some in (charges[:1], charges):
            self.env.flush_all()
            with self.assertQueryCount(2):
                Estimate._get_estimates(some.ids, self.april.usage_number)


@tagged("post_install", "-at_install")
class TestTyped(EstimateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source.estimate_basis = "typed"

    def test_the_bill_waits_for_a_quantity_and_the_difference_is_exact(self):
        bill = self.bill_april()
        self.assertEqual(bill.state, "blocked")
        self.assertIn("Type the quantity of Disk with Estimate.", bill.reason_text)
        entry = self.env["cloud.estimate.entry"].browse(bill.action_resolve()["res_id"])
        line = entry.line_ids
        # What the person sees: 800 have arrived, March by days is 967.741935.
        self.assertEqual((str(line.arrived), str(line.last), line.quantity), ("800", "967.741935", None))
        self.type_quantity(bill, "950.5")
        # 950.5 x 0.10 = 95.05
        self.assertEqual((bill.state, str(bill.amount), str(bill.rated_line_ids.quantity)), ("ready", "95.05", "950.5"))
        noted = self.env["cloud.intervention"].search([("kind", "=", "estimated"), ("bill_id", "=", bill.id)])
        self.assertEqual(noted.reason, "Read off the meter (Disk 950.5 GB)")
        self.post(self.april)
        self.assertIn("The quantity is an estimate of ours.", bill.move_id.invoice_line_ids.name)
        # 1,000 GB in the end: 100.00 - 95.05 = 4.95 for 49.5 GB.
        self.finish_april("1000")
        self.assertEqual(self.corrections(self.bill_may()), [("49.5", "4.95")])

    def test_a_typed_quantity_can_be_typed_again_until_the_bill_is_approved(self):
        bill = self.bill_april()
        self.type_quantity(bill, "900")
        self.type_quantity(bill, "910")
        self.assertEqual(str(bill.amount), "91.00")
        self.assertEqual(self.env["cloud.usage.estimate"].search_count([]), 1)
        self.approve(self.april)
        with self.assertRaisesRegex(UserError, "not in review any more"):
            self.type_quantity(bill, "920")

    def test_a_typed_quantity_wins_whatever_the_source_says(self):
        for basis, proposed in (("arrived", "80.00"), ("last", "96.77")):
            with self.subTest(basis), self.env.cr.savepoint() as savepoint:
                self.source.estimate_basis = basis
                bill = self.bill_april()
                self.assertEqual(str(bill.amount), proposed)
                self.type_quantity(bill, "900")
                self.assertEqual(str(bill.amount), "90.00")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_it_holds_when_the_run_is_rated_again(self):
        bill = self.bill_april()
        self.type_quantity(bill, "900")
        self.april.action_back_to_draft()
        self.april.action_rate()
        self.assertEqual(str(self.by_customer(self.april)["Acme"].amount), "90.00")

    def test_an_estimate_that_was_right_is_not_asked_again(self):
        bill = self.bill_april()
        self.type_quantity(bill, "1000")
        self.post(self.april)
        self.finish_april("1000")
        may = self.bill_may()
        self.assertEqual(self.corrections(may), [])
        self.assertFalse(self.env["cloud.charge.estimate"]._get_open(may.run_id))

    def test_a_line_without_any_row_is_billed_by_what_was_typed(self):
        self.take_back_march()
        bill = self.bill_april(quantity=None)
        # March is due again, with its 1,000 rows: 100.00; of April a person says 300 GB: 30.00.
        self.type_quantity(bill, "300")
        self.assertEqual(sorted(self.amounts(bill.rated_line_ids)), ["100.00", "30.00"])

    def take_back_march(self):
        for bill in self.march.bill_ids:
            self.free(bill.move_id)

    def test_only_who_reviews_bills_types(self):
        bill = self.bill_april()
        with self.assertRaises(AccessError):
            bill.with_user(self.user_viewer).action_estimate()
        estimates = self.env["cloud.usage.estimate"].with_user(self.user_accountant)
        with self.assertRaises(AccessError):
            estimates.create({})
        with self.assertRaisesRegex(UserError, "nothing to type"):
            self.by_customer(self.april)["Bolt"].with_user(self.user_accountant).action_estimate()
