from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .catalog_common import CatalogCase


class SampleCase(CatalogCase):
    """API calls at 0.0065 each, in a contract that says: 15,000 calls cost 97.50 (15,000 x 0.0065)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = {"product_id": cls.metered.id, "unit_price": "0.0065"}
        cls.version = cls.make_version([cls.rule])
        cls.draft = cls.make_version([cls.rule], date_start="2026-07-01", approve=False)
        cls.sample = cls.make_sample("15,000 calls", "15000", "97.50", source="Annex B, paragraph 4")

    @classmethod
    def make_sample(cls, name, quantity, amount, **vals):
        return cls.env["cloud.price.sample"].create(
            {
                "name": name,
                "plan_id": cls.plan.id,
                "product_id": cls.metered.id,
                "quantity": quantity,
                "expected_amount": amount,
                **vals,
            }
        )

    def verdict(self, sample=None, version=None):
        results = (sample or self.sample)._run(version or self.draft)
        return results[sample or self.sample].verdict


@tagged("post_install", "-at_install")
class TestWhatIsChecked(SampleCase):
    def test_a_draft_is_checked_and_the_sample_shows_amount_and_arithmetic(self):
        self.assertEqual((self.sample.version_id, self.sample.verdict), (self.draft, "passed"))
        self.assertEqual(self.sample.actual_amount, Decimal("97.50"))
        self.assertIn("15,000 × 0.0065 = 97.5", self.sample.workings_html)

    def test_a_changed_price_fails_at_once_with_sample_expected_and_actual_amount(self):
        self.draft.rule_ids.unit_price = "0.0070"
        self.assertEqual(self.draft.failed_sample_count, 1)
        # 15,000 x 0.0070
        for part in ("15,000 calls", "Annex B, paragraph 4", "expected are 97.50", "gives 105.00", "2026-07-01"):
            self.assertIn(part, self.draft.sample_problem)

    def test_a_version_is_asked_for_the_days_on_which_the_clause_holds(self):
        self.draft.rule_ids.unit_price = "0.0070"
        self.sample.date_end = "2026-07-01"
        self.assertEqual(self.verdict(), "other_version")
        self.assertEqual(self.verdict(version=self.version), "passed")
        self.sample.write({"date_end": False, "date_start": "2026-07-01"})
        self.assertEqual((self.verdict(), self.verdict(version=self.version)), ("failed", "passed"))
        # Once a version of July is approved, the one of January is over by then.
        self.sample.active = False
        self.draft.action_approve_directly()
        self.assertEqual(self.verdict(version=self.version), "other_version")

    def test_a_price_within_the_version_is_asked_on_the_day_of_the_clause(self):
        self.draft.rule_ids.date_end = "2026-10-01"
        self.env["cloud.price.rule"].create(
            {"version_id": self.draft.id, **self.rule, "unit_price": "0.01", "date_start": "2026-10-01"}
        )
        autumn = self.make_sample("autumn", "15000", "150.00", date_start="2026-10-01")
        self.assertEqual((self.verdict(autumn), self.verdict()), ("passed", "passed"))

    def test_a_customers_clause_is_asked_of_his_price(self):
        acme = self.make_customer("Acme")
        self.env["cloud.price.rule"].create(
            {"version_id": self.draft.id, **self.rule, "unit_price": "0.005", "customer_id": acme.id}
        )
        self.assertEqual(self.verdict(self.make_sample("Acme", "15000", "75.00", customer_id=acme.id)), "passed")
        self.assertEqual(self.verdict(), "passed")

    def test_what_has_no_price_fails_with_the_reason(self):
        sample = self.make_sample("set-up", "1", "10", product_id=self.one_time.id)
        self.assertEqual(self.verdict(sample), "failed")
        self.assertIn("has no price on 2026-07-01 in Public prices", self.draft.sample_problem)

    def test_many_samples_take_as_many_statements_as_few(self):
        def count(samples):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            results = samples._run(self.draft)
            self.assertEqual({result.verdict for result in results.values()}, {"passed"})
            return self.cr.sql_log_count - before

        # 1,000 x 0.0065 = 6.50
        many = self.env["cloud.price.sample"].union(*(self.make_sample(str(n), "1000", "6.50") for n in range(40)))
        count(many[:4])
        self.assertEqual(count(many), count(many[:4]))


@tagged("post_install", "-at_install")
class TestWhatItBlocks(SampleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maker = cls.user_price_manager

    def submit(self, version=None):
        (version or self.draft).with_user(self.maker).action_submit()
        return self.draft.request_id

    def test_a_failing_sample_blocks_the_submission_and_the_approval_without_a_second_person(self):
        self.draft.rule_ids.unit_price = "0.0070"
        with self.refused("Sample calculation 15,000 calls .* expected are 97.50 .* gives 105.00"):
            self.draft.action_approve_directly()
        self.set_company_state("live")
        with self.refused("Sample calculation 15,000 calls .* expected are 97.50 .* gives 105.00"):
            self.submit()

    def test_a_passing_one_is_a_part_of_what_the_checker_sees(self):
        self.set_company_state("live")
        request = self.submit()
        self.assertIn(
            "15,000 calls: 97.50 EUR (Annex B, paragraph 4)", str(request.effect["notes"]).replace("USD", "EUR")
        )
        self.vote(request)
        self.assertEqual(self.draft.state, "approved")

    def test_a_sample_that_changes_while_it_waits_is_not_what_was_submitted(self):
        self.set_company_state("live")
        request = self.submit()
        self.sample.expected_amount = "97.51"
        with self.refused("changed after it was submitted"):
            self.vote(request)
        self.assertEqual(self.draft.state, "pending")

    def test_one_that_fails_by_then_blocks_inside_the_application(self):
        # The clause is of the customer Acme, whose payer gets a price of his own while the version waits.
        holding = self.make_customer("Holding")
        acme = self.make_customer("Acme")
        self.make_sample("Acme", "15000", "97.50", customer_id=acme.id)
        self.env["cloud.price.rule"].create(
            {"version_id": self.draft.id, **self.rule, "unit_price": "1", "customer_id": holding.id}
        )
        self.set_company_state("live")
        request = self.submit()
        acme.parent_id = holding
        with self.refused("Sample calculation Acme: expected are 97.50 .* gives 15,000.00"):
            self.vote(request)
        self.assertEqual(self.draft.state, "pending")


@tagged("post_install", "-at_install")
class TestWhoChangesThem(SampleCase):
    def events(self, action):
        return self.env["cloud.audit.event"].sudo().search([("action", "=", action), ("res_id", "=", self.sample.id)])

    def test_a_price_manager_changes_one_and_it_is_recorded(self):
        self.sample.with_user(self.user_price_manager).expected_amount = "98"
        event = self.events("sample_changed")
        self.assertEqual(event.detail, {"expected_amount": ["97.50", "98"]})
        self.assertEqual(event.user_login, "cloud_price_manager")

    def test_nobody_else_changes_one(self):
        for user in (self.user_accountant, self.user_approver, self.user_auditor):
            with self.assertRaises(AccessError):
                self.sample.with_user(user).expected_amount = "98"
            self.assertEqual(self.sample.with_user(user).verdict, "passed")

    def test_one_that_was_checked_by_an_approval_is_archived_not_deleted(self):
        self.set_company_state("live")
        with self.refused("Archive it instead"):
            self.sample.with_user(self.user_price_manager).unlink()
        self.sample.with_user(self.user_price_manager).active = False
        self.assertEqual(self.events("sample_changed").detail, {"active": ["True", "False"]})

    def test_one_of_a_plan_that_is_not_in_use_is_deleted(self):
        sample = self.make_sample("other", "1", "1", plan_id=self.make_plan("New").id)
        self.set_company_state("live")
        sample.unlink()
        self.assertFalse(sample.exists())

    def test_a_list_of_clauses_is_imported_with_every_digit(self):
        result = self.env["cloud.price.sample"].load(
            ["name", "plan_id", "product_id", "quantity", "expected_amount", "source"],
            [["tiny", self.plan.name, self.metered.name, "0.000000000001", "0.00", "clause 1"]],
        )
        self.assertFalse(result["messages"])
        sample = self.env["cloud.price.sample"].browse(result["ids"])
        self.assertEqual((sample.quantity, sample.verdict), (Decimal("0.000000000001"), "passed"))

    def test_an_answer_of_the_calculator_is_kept(self):
        form = Form(
            self.env["cloud.price.calculation"]
            .with_user(self.user_price_manager)
            .with_context(default_plan_id=self.plan.id, default_product_id=self.metered.id)
        )
        form.date, form.quantity = "2026-03-01", "20000"
        action = form.save().action_keep()
        kept = self.env["cloud.price.sample"].browse(action["res_id"])
        # 20,000 x 0.0065
        self.assertEqual((kept.expected_amount, kept.verdict), (Decimal("130.00"), "passed"))

    def test_an_answer_that_is_none_is_not_kept(self):
        form = Form(self.env["cloud.price.calculation"].with_user(self.user_price_manager))
        with self.assertRaises(UserError):
            form.save().action_keep()
