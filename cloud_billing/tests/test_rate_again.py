from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_billing_runs import RunCase


class AgainCase(RunCase):
    """March is billed at 0.10: Acme 1,000 GB = 100.00, Bolt 50 GB = 5.00. From March on 0.08 was meant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(AgainCase.begin)

    def begin(self):
        self.deliver_march()
        self.move = self.post(self.make_run())

    def correct_price(self, price="0.08", day="2026-03-01"):
        """Another version, approved after posting; it holds for existing subscriptions at once."""
        return self.make_version({"unit_price": price}, date_start=day)

    def window(self, user=None, **vals):
        """The window over March, compared; as the accountant."""
        wizard = (
            self.env["cloud.rate.again"]
            .with_user(user or self.user_accountant)
            .create(
                {
                    "company_id": self.company.id,
                    "date_from": "2026-03-01",
                    "date_last": "2026-03-31",
                    "invoice_date": "2026-04-15",
                    "reason": "0.10 in place of 0.08",
                    **vals,
                }
            )
        )
        wizard.action_compare()
        return wizard

    def rows(self, wizard):
        return [
            (line.customer_name, str(line.amount_billed), str(line.amount_now), str(line.difference))
            for line in wizard.line_ids
        ]

    def make(self, wizard):
        return self.env["cloud.bill.run"].browse(wizard.action_make()["res_id"])

    def count(self):
        """Runs, charges, lines and bills of the company: what a look must leave as it was."""
        mine = [("company_id", "=", self.company.id)]
        return [
            self.env[model].search_count(mine)
            for model in ("cloud.bill.run", "cloud.charge", "cloud.rated.line", "cloud.bill")
        ]


@tagged("post_install", "-at_install")
class TestComparing(AgainCase):
    def test_a_price_that_changes_after_posting_reaches_nothing_by_itself(self):
        self.correct_price()
        self.assertFalse(self.make_run("2026-04-02").bill_ids)

    def test_it_shows_billed_and_right_amounts_and_leaves_nothing_behind(self):
        self.correct_price()
        before = self.count()
        wizard = self.window()
        # 1,000 x 0.08 = 80.00; 50 x 0.08 = 4.00
        self.assertEqual(self.rows(wizard), [("Acme", "100.00", "80.00", "-20.00"), ("Bolt", "5.00", "4.00", "-1.00")])
        self.assertEqual(wizard.totals, "-21.00 USD")
        acme = self.move.filtered(lambda move: move.cloud_bill_id.customer_id == self.acme)
        self.assertEqual(wizard.line_ids[0].invoice, acme.name)
        self.assertEqual(self.count(), before)

    def test_the_same_usage_and_prices_have_the_same_digest_and_others_another(self):
        self.correct_price()
        first = self.window().digest
        self.assertEqual(self.window().digest, first)
        self.assertNotEqual(self.window(customer_ids=[(6, 0, self.acme.ids)]).digest, first)
        self.deliver_march(acme="1001")
        self.assertNotEqual(self.window().digest, first)

    def test_where_nothing_differs_nothing_is_made(self):
        wizard = self.window()
        self.assertEqual((self.rows(wizard), wizard.totals), ([], "Nothing differs"))
        before = self.count()
        with self.assertRaisesRegex(UserError, "Nothing differs"):
            wizard.action_make()
        self.assertEqual(self.count(), before)

    def test_customers_plans_products_and_days_can_be_chosen(self):
        self.correct_price()
        other_plan = self.make_plan("Other")
        self.assertEqual(len(self.window(customer_ids=[(6, 0, self.bolt.ids)]).line_ids), 1)
        self.assertEqual(len(self.window(product_ids=[(6, 0, self.disk.ids)]).line_ids), 2)
        self.assertFalse(self.window(product_ids=[(6, 0, self.resale.ids)]).line_ids)
        self.assertFalse(self.window(plan_ids=[(6, 0, other_plan.ids)]).line_ids)
        self.assertEqual(len(self.window(plan_ids=[(6, 0, self.plan.ids)]).line_ids), 2)
        self.assertFalse(self.window(date_from="2026-02-01", date_last="2026-02-28").line_ids)

    def test_prices_that_hold_for_a_part_of_the_days_change_that_part(self):
        # From 17 March on: usage of the 10th stays at 0.10, and there is none in the second stretch.
        self.correct_price(day="2026-03-17")
        self.assertEqual(self.window().line_ids.mapped("difference"), [])

    def test_a_fee_is_rated_again_too(self):
        self.make_version({"unit_price": "30", "product_id": self.support.id}, date_start="2026-01-02")
        subscription = self.make_subscription(
            self.acme, {"product_id": self.support.id, "name": "Support", "quantity": "2"}, date_start="2026-03-01"
        )
        self.post(self.make_run("2026-04-01", subscription_ids=[(6, 0, subscription.ids)]))
        self.make_version(
            {"unit_price": "25", "product_id": self.support.id}, {"unit_price": "0.10"}, date_start="2026-03-01"
        )
        wizard = self.window(product_ids=[(6, 0, self.support.ids)])
        # 2 x 30 = 60.00 were billed, 2 x 25 = 50.00 are right.
        self.assertEqual(set(self.rows(wizard)), {("Acme", "60.00", "50.00", "-10.00")})

    def test_what_has_no_price_any_more_says_so_and_stands_in_the_way(self):
        self.make_version({"unit_price": "0.08", "product_id": self.resale.id}, date_start="2026-03-01")
        wizard = self.window()
        self.assertEqual(len(wizard.line_ids.filtered("problem")), 2)
        self.assertIn("has no price", wizard.line_ids[0].problem)
        self.assertEqual(set(self.make(wizard).bill_ids.mapped("state")), {"blocked"})

    def test_a_company_that_does_not_choose_days_is_told(self):
        with self.assertRaisesRegex(UserError, "at least one day"):
            self.window(date_last="2026-02-01")

    def test_others_may_not(self):
        for user in (self.user_viewer, self.user_operator, self.user_auditor, self.user_approver):
            with self.assertRaises(AccessError):
                self.window(user=user)

    def test_an_accountant_fills_in_the_form(self):
        form = Form(self.env["cloud.rate.again"].with_user(self.user_accountant))
        form.date_from, form.date_last, form.reason = "2026-03-01", "2026-03-31", "Why"
        wizard = form.save()
        wizard.action_compare()
        with Form(wizard) as form:
            form.date_last = "2026-03-30"
        self.assertFalse(wizard.is_compared)

    def test_many_charges_take_as_many_statements_as_few(self):
        self.correct_price()
        lines = []
        for number in range(20):
            lines.append(
                self.make_subscription(self.make_customer(f"C{number}"), self.disk, date_start="2026-04-01").line_ids
            )
        streams = [self.make_stream(f"c{number}") for number in range(20)]
        for stream, line in zip(streams, lines, strict=True):
            self.map_stream(stream, line)
        self.deliver(*({"stream": stream, "quantity": "100"} for stream in streams), month="2026-04-01")
        self.post(self.make_run("2026-05-01"))
        self.correct_price("0.05", day="2026-04-01")
        counts = []
        for some in (lines[:2], lines[:2], lines):
            wizard = self.window(
                date_from="2026-04-01",
                date_last="2026-04-30",
                customer_ids=[(6, 0, [line.customer_id.id for line in some])],
            )
            self.env.flush_all()
            self.env.invalidate_all()
            run = wizard._make_run(name="/preview")
            run.action_cancel()
            self.env.flush_all()
            self.env.invalidate_all()
            run = self.env["cloud.bill.run"].create(
                {"company_id": self.company.id, "customer_ids": [(6, 0, wizard.customer_ids.ids)]}
            )
            run.sudo().write({"correction_scope": "again", "again_start": "2026-04-01", "again_end": "2026-05-01"})
            run._start_rating()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(self.env["cloud.charge.correction"]._make(run), len(some))
            counts.append(self.cr.sql_log_count - before)
            run.action_cancel()
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestCorrecting(AgainCase):
    def test_credit_notes_cite_the_line_and_the_invoice_and_are_dated_in_the_open_period(self):
        self.correct_price()
        run = self.make(self.window())
        self.assertEqual((run.state, run.correction_scope, run.note), ("review", "again", "0.10 in place of 0.08"))
        self.assertEqual(set(run.bill_ids.mapped("state")), {"ready"})
        notes = self.post(run)
        self.assertEqual(set(notes.mapped("move_type")), {"out_refund"})
        self.assertEqual(sorted(notes.mapped("amount_untaxed")), [1.0, 20.0])
        self.assertEqual({str(note.date) for note in notes}, {"2026-04-15"})
        line = notes.invoice_line_ids.cloud_rated_line_ids.filtered(lambda line: line.customer_id == self.acme)
        acme = self.move.filtered(lambda move: move.cloud_bill_id.customer_id == self.acme)
        self.assertEqual(line.corrects_id.move_id, acme)
        text = line.move_line_id.name
        self.assertIn(f"Of invoice {acme.name}", text)
        # The quantity is what it was, so the amounts tell.
        self.assertIn("Correction: 100.00 USD were billed, 80.00 USD are right", text)
        self.assertIn("03/01/2026 to 03/31/2026", text)

    def test_a_higher_price_is_a_supplementary_invoice(self):
        self.correct_price("0.12")
        moves = self.post(self.make(self.window()))
        # 1,000 x 0.02 = 20.00; 50 x 0.02 = 1.00
        self.assertEqual(set(moves.mapped("move_type")), {"out_invoice"})
        self.assertEqual(sorted(moves.mapped("amount_untaxed")), [1.0, 20.0])

    def test_the_second_time_makes_nothing(self):
        self.correct_price()
        run = self.make(self.window())
        # What an open run corrects waits for it.
        self.assertFalse(self.window().line_ids)
        self.post(run)
        self.assertFalse(self.window().line_ids)

    def test_late_usage_afterwards_is_priced_by_the_right_price(self):
        self.correct_price()
        self.post(self.make(self.window()))
        self.deliver_march(acme="1100")
        # 100 GB x 0.08 = 8.00
        self.assertEqual(self.amounts(self.make_run("2026-04-20").bill_ids), ["8.00"])

    def test_what_was_absorbed_is_billed_when_it_is_rated_again(self):
        self.company.write({"cloud_late_policy": "absorb", "cloud_late_tolerance": "2.00"})
        self.deliver_march(acme="1015")
        self.post(self.make_run("2026-04-02"))
        wizard = self.window()
        self.assertEqual(self.rows(wizard), [("Acme", "100.00", "101.50", "1.50")])
        self.post(self.make(wizard))
        noted = self.env["cloud.intervention"].search([("kind", "=", "absorbed"), ("customer_id", "=", self.acme.id)])
        self.assertEqual(sum(noted.mapped("amount")), 0)

    def test_nothing_is_made_that_nobody_has_seen(self):
        self.correct_price()
        wizard = self.window()
        self.deliver_march(acme="1001")
        with self.assertRaisesRegex(UserError, "have changed"), self.cr.savepoint():
            wizard.action_make()
        wizard.is_compared = False
        with self.assertRaisesRegex(UserError, "Compare first"):
            wizard.action_make()

    def test_it_needs_a_second_person_and_stands_in_the_register_once_it_is_posted(self):
        self.correct_price()
        run = self.make(self.window())
        with self.assertRaisesRegex(UserError, "not approved"):
            run.with_user(self.user_accountant).action_post()
        self.assertIn("100.00 were billed, 80.00 USD are right", " ".join(run._get_effect()["notes"]))
        domain = [("kind", "=", "rated_again"), ("company_id", "=", self.company.id)]
        self.assertFalse(self.env["cloud.intervention"].search(domain))
        self.post(run)
        noted = self.env["cloud.intervention"].search(domain, order="amount")
        self.assertEqual([str(one.amount) for one in noted], ["-20.00", "-1.00"])
        self.assertEqual(noted.mapped("approver_names"), ["Chris Checker"] * 2)
        self.assertEqual(set(noted.mapped("reason")), {"0.10 in place of 0.08"})

    def test_a_closed_day_is_refused_before_approval(self):
        self.correct_price()
        run = self.make(self.window())
        self.set_company_state("live")
        self.company.fiscalyear_lock_date = "2026-04-30"
        with self.assertRaisesRegex(UserError, "books are closed"):
            run.action_submit()

    def test_a_recalculated_bill_comes_to_the_same(self):
        self.correct_price()
        run = self.make(self.window())
        bill = self.by_customer(run)["Acme"]
        bill.action_recalculate()
        self.assertEqual(sorted(self.amounts(run.bill_ids)), ["-1.00", "-20.00"])

    def test_nothing_else_is_on_the_run(self):
        self.correct_price()
        self.env["cloud.adjustment"].create(
            {
                "name": "Extra work",
                "customer_id": self.acme.id,
                "product_id": self.support.id,
                "amount": "7.00",
                "service_start": "2026-03-10",
                "service_end": "2026-03-11",
                "reason": "By phone",
            }
        )
        run = self.make(self.window())
        self.assertEqual(set(run.bill_ids.charge_ids.mapped("kind")), {"metered"})
        self.assertTrue(all(run.bill_ids.charge_ids.mapped("corrects_id")))
