"""A version that takes the place of another one from the same day on."""

from datetime import date

import psycopg2
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..engine.rating import resolve
from .billing_common import BillingCase
from .catalog_common import CatalogCase
from .test_proof import ProofCase

YEAR = date(2026, 1, 1), date(2027, 1, 1)


class RevisionCase(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wrong = cls.make_version([{"name": "wrong", "unit_price": "0.10"}])

    def replace(self, version, price="0.01", name="right", approve=True, **vals):
        draft = self.env["cloud.price.plan.version"].browse(version.action_replace()["res_id"])
        draft.rule_ids.write({"name": name, "unit_price": price})
        draft.write(vals)
        if approve:
            draft.action_approve_directly()
        return draft

    def names(self, start="2026-01-01", at=YEAR[0], until=YEAR[1], proposal=None):
        """The names of the prices that may apply in the year, and the one that wins on a day."""
        line = self.make_subscription(self.make_customer("Acme"), [self.metered], date_start=start).line_ids
        candidates = self.env["cloud.price.plan"]._get_candidates(line, at, until, proposal)[line.id]
        chosen = resolve(candidates, at).chosen if candidates else None
        return sorted({one.rule.rule_name for one in candidates}), chosen and chosen.rule.rule_name


@tagged("post_install", "-at_install")
class TestWhichOneHolds(RevisionCase):
    def test_of_two_from_the_same_day_the_one_approved_later(self):
        first, second = (self.replace(self.wrong, name=name, approve=False) for name in ("first", "second"))
        # In another order than they were made.
        second.action_approve_directly()
        self.assertEqual(self.names(), (["second"], "second"))
        first.action_approve_directly()
        self.assertEqual(self.names(), (["first"], "first"))
        self.assertEqual((self.wrong | second | first).mapped("revision"), [1, 2, 3])
        self.assertEqual(self.wrong.replaced_by_id, second)
        self.assertEqual((second.replaces_id, second.replaced_by_id), (self.wrong, first))
        with freeze_time("2026-05-01"):
            self.env.invalidate_all()
            self.assertEqual((self.wrong | second | first).mapped("status"), ["replaced", "replaced", "in_force"])
            self.assertEqual(self.plan.current_version_id, first)
            found = self.env["cloud.price.plan.version"].search(
                [("plan_id", "=", self.plan.id), ("status", "=", "replaced")]
            )
            self.assertEqual(found, self.wrong | second)
            self.assertEqual(self.plan._get_draft_on(date(2026, 9, 1)).rule_ids.name, "first")

    def test_the_next_version_begins_on_its_day_all_the_same(self):
        later = self.make_version([{"name": "later", "unit_price": "2"}], date_start="2026-06-01")
        right = self.replace(self.wrong)
        self.assertEqual((right.date_end, self.wrong.date_end), (later.date_start, False))
        self.assertEqual(self.names(), (["later", "right"], "right"))
        self.assertEqual(self.names(at=date(2026, 6, 1)), (["later"], "later"))
        self.assertEqual(right._get_version_before(), self.wrong)
        self.assertEqual(later._get_version_before(), right)

    def test_a_draft_is_asked_in_the_place_of_what_it_would_replace(self):
        draft = self.replace(self.wrong, approve=False)
        self.assertEqual(draft.replaces_id, self.wrong)
        self.assertEqual(self.names()[0], ["wrong"])
        self.assertEqual(self.names(proposal=draft._as_proposal())[0], ["right"])
        draft.action_approve_directly()
        self.assertEqual(self.names(proposal=self.wrong._as_proposal())[0], ["wrong"])

    def test_a_promise_of_the_one_it_replaces_is_kept_and_may_be_taken_back(self):
        second = self.make_version([{"name": "second", "unit_price": "2"}], date_start="2026-03-01", approve=False)
        second.write({"policy": "grandfather", "grandfather_until": "2026-09-01"})
        second.action_approve_directly()
        third = self.replace(second, name="third")
        self.assertEqual((third.policy, str(third.grandfather_until)), ("grandfather", "2026-09-01"))
        march = date(2026, 3, 1), date(2026, 9, 1)
        self.assertEqual(self.names("2026-01-01", *march)[0], ["wrong"])
        self.assertEqual(self.names("2026-03-01", *march)[0], ["third"])
        self.replace(third, name="fourth", policy="at_once", grandfather_until=False)
        # Of what was promised by a version that never holds nothing is left.
        self.assertEqual(self.names("2026-01-01", *march)[0], ["fourth"])

    def test_the_former_prices_of_who_keeps_them_are_those_before_both(self):
        second = self.make_version([{"name": "second", "unit_price": "2"}], date_start="2026-03-01")
        self.replace(second, name="third", policy="grandfather")
        self.assertEqual(self.names("2026-01-01", date(2026, 3, 1))[0], ["wrong"])

    def test_subscriptions_count_at_the_one_that_holds(self):
        right = self.replace(self.wrong)
        self.make_subscription(self.make_customer("Acme"), [self.metered]).action_activate()
        with freeze_time("2026-05-01"):
            self.env.invalidate_all()
            self.assertEqual((self.wrong.subscription_count, right.subscription_count), (0, 1))

    @mute_logger("odoo.sql_db")
    def test_no_two_are_the_same_revision(self):
        right = self.replace(self.wrong)
        self.set_company_state("setup")
        # As two people who approve at the same moment: both have counted the same number.
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_price_plan_version SET revision = 1 WHERE id = %s", right.ids)
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_price_plan_version SET revision = 0 WHERE id = %s", right.ids)

    def test_what_does_not_hold_is_not_replaced(self):
        draft = self.replace(self.wrong, approve=False)
        with self.refused("does not hold"):
            draft.action_replace()
        draft.action_approve_directly()
        with self.refused("does not hold"):
            self.wrong.action_replace()

    def test_a_product_without_a_price_is_known_by_the_versions_that_hold(self):
        self.env["cloud.price.rule"].create(
            {"version_id": self.replace(self.wrong, approve=False).id, "product_id": self.metered.id, "unit_price": "2"}
        ).version_id.action_approve_directly()
        line = self.make_subscription(self.make_customer("Acme"), [self.metered]).line_ids
        self.assertNotIn(line.id, self.env["cloud.subscription"]._get_doubtful_line_ids())
        self.assertFalse(line._get_unpriced(date(2026, 5, 1)))

    def test_the_form_and_the_linter_of_a_replaced_one(self):
        draft = self.replace(self.wrong, approve=False)
        with Form(draft.with_user(self.user_price_manager)) as form:
            self.assertEqual(form.replaces_id, self.wrong)
            self.assertEqual(form.name, "From 2026-01-01, revision 2")
        draft.action_approve_directly()
        self.assertEqual(self.wrong._lint(), [])


@tagged("post_install", "-at_install")
class TestItsApproval(RevisionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("live")

    def propose(self, price):
        manager = self.wrong.with_user(self.user_price_manager)
        draft = self.replace(manager, price=price, approve=False)
        draft.action_submit()
        return draft

    def test_another_person_approves_it_and_nothing_approved_changes(self):
        digest = self.wrong._get_content_hash()
        draft = self.propose("0.01")
        notes = " ".join(draft.request_id.effect["notes"])
        self.assertIn(f"Compared with {self.wrong.display_name}.", notes)
        self.assertIn(f"Takes the place of {self.wrong.display_name} from its first day on, 2026-01-01", notes)
        self.assertIn("stays until it is rated again (Month, Rate Again)", notes)
        self.assertIn("Billed charges at the replaced prices: 0.", notes)
        (row,) = draft.request_id.effect["rows"]
        self.assertIn("0.10", row["old"])
        self.assertIn("0.01", row["new"])
        self.vote(draft.request_id)
        self.assertEqual((draft.state, draft.revision), ("approved", 2))
        self.assertEqual((self.wrong.state, self.wrong._get_content_hash()), ("approved", digest))

    def test_one_that_would_replace_another_one_by_now_was_not_agreed_to(self):
        first, second = self.propose("0.01"), self.propose("0.02")
        self.vote(first.request_id)
        with self.refused("changed after it was submitted"):
            self.vote(second.request_id)


@tagged("post_install", "-at_install")
class TestAWrongPriceOfJanuary(ProofCase):
    """0.10 in place of 0.01 from 1 January on; January is posted: 1,000 GB = 100.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wrong = cls.make_version({"product_id": cls.disk.id, "unit_price": "0.10"})
        cls.line = cls.make_subscription(cls.make_customer("Early"), cls.disk).line_ids
        cls.stream = cls.make_stream("early")
        cls.map_stream(cls.stream, cls.line)

    def setUp(self):
        super().setUp()
        self.deliver({"stream": self.stream, "quantity": "1000"}, month="2026-01-01")
        self.run_ = self.make_run("2026-02-01")
        self.post(self.run_)
        self.old = self.run_.bill_ids.rated_line_ids

    def propose(self):
        manager = self.wrong.with_user(self.user_price_manager)
        draft = self.env["cloud.price.plan.version"].browse(manager.action_replace()["res_id"])
        draft.rule_ids.unit_price = "0.01"
        draft.with_user(self.user_price_manager).action_submit()
        return draft

    def again(self):
        wizard = (
            self.env["cloud.rate.again"]
            .with_user(self.user_accountant)
            .create(
                {
                    "company_id": self.company.id,
                    "date_from": "2026-01-01",
                    "date_last": "2026-01-31",
                    "invoice_date": "2026-03-02",
                    "reason": "0.10 in place of 0.01",
                }
            )
        )
        wizard.action_compare()
        return wizard

    def test_it_is_put_right_from_its_own_first_day(self):
        self.assertEqual(self.amounts(self.old), ["100.00"])
        right = self.propose()
        self.assertIn("Billed charges at the replaced prices: 1.", " ".join(right.request_id.effect["notes"]))
        self.vote(right.request_id)
        # What was billed stays: February alone, 500 x 0.01 = 5.00.
        self.deliver({"stream": self.stream, "quantity": "500"}, month="2026-02-01")
        february = self.make_run("2026-03-01")
        self.assertEqual(self.amounts(february.bill_ids.rated_line_ids), ["5.00"])
        self.assertEqual(february.bill_ids.rated_line_ids.version_id, right)
        self.post(february)

        # January: 1,000 x 0.01 = 10.00, 100.00 were billed: -90.00.
        wizard = self.again()
        (line,) = wizard.line_ids
        self.assertEqual(
            [str(line.amount_billed), str(line.amount_now), str(line.difference)], ["100.00", "10.00", "-90.00"]
        )
        note = self.post(self.env["cloud.bill.run"].browse(wizard.action_make()["res_id"]))
        self.assertEqual((note.move_type, note.amount_untaxed), ("out_refund", 90.0))
        with self.assertRaisesRegex(UserError, "Nothing differs"):
            self.again().action_make()

        correction = note.invoice_line_ids.cloud_rated_line_ids
        self.assertEqual((correction.corrects_id, correction.version_id), (self.old, right))
        self.assertEqual((self.old.version_id, str(self.old.amount)), (self.wrong, "100.00"))
        self.assertEqual(self.old.workings["rule"]["version_name"], self.wrong.name)
        proof = self.save(self.old)
        self.assertIn(self.wrong.name, proof)
        self.assertNotIn(right.name, proof)
        self.assertEqual(self.run_proof(proof)[0], 0)

    def test_a_rehearsal_of_it_has_the_days_of_what_it_replaces_alone(self):
        draft = self.env["cloud.price.plan.version"].browse(self.wrong.action_replace()["res_id"])
        draft.rule_ids.unit_price = "0.01"
        rehearsal = self.env["cloud.price.rehearsal"].create({"version_id": draft.id, "period_count": 3})
        rehearsal.action_start()
        # Three months back from January begin in November; the version from 1 January on has January alone.
        self.assertEqual(
            [str(rehearsal.date_start), str(rehearsal.date_end), rehearsal.period_count],
            ["2026-01-01", "2026-02-01", 1],
        )
        self.assertEqual([str(rehearsal.amount_old), str(rehearsal.amount_new)], ["100.00", "10.00"])


@tagged("post_install", "-at_install")
class TestSamplesOfARevision(BillingCase):
    def test_a_clause_is_asked_of_the_draft_in_the_place_of_what_it_replaces(self):
        wrong = self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        draft = self.env["cloud.price.plan.version"].browse(wrong.action_replace()["res_id"])
        sample = self.env["cloud.price.sample"].create(
            {
                "name": "1,000 GB",
                "plan_id": self.plan.id,
                "product_id": self.disk.id,
                "quantity": "1000",
                "expected_amount": "10.00",
                "date_start": "2026-01-01",
            }
        )
        # 1,000 x 0.10 = 100.00 fails, 1,000 x 0.01 = 10.00 passes.
        self.assertEqual(sample._run(draft)[sample].verdict, "failed")
        draft.rule_ids.unit_price = "0.01"
        self.assertEqual(sample._run(draft)[sample].verdict, "passed")
