from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from psycopg2.errors import CheckViolation

from .spend_common import SpendCase


@tagged("post_install", "-at_install")
class TestAgreeing(SpendCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commitment = cls.make_minimum("500.00", approve=False)
        cls.set_company_state("live")

    def money(self, amount):
        return f"{amount} {self.company.currency_id.name}"

    def submit(self, commitment):
        commitment.with_user(self.user_price_manager).action_submit()
        return commitment.request_id

    def test_another_person_approves_what_was_submitted(self):
        request = self.submit(self.commitment)
        self.assertEqual((request.kind, self.commitment.status), ("spend_commitment", "waiting"))
        rows = {row["label"]: row["new"] for row in request.effect["rows"]}
        self.assertEqual(
            (rows["Amount"], rows["For whom"], rows["What counts"]), (self.money("500.00"), "Acme", "everything")
        )
        self.vote(request)
        self.assertEqual(self.commitment.state, "approved")

    def test_nobody_approves_it_directly_in_a_live_company(self):
        with self.assertRaisesRegex(UserError, "submit"):
            self.commitment.action_approve_directly()
        with self.assertRaises(UserError):
            self.commitment.write({"state": "approved"})

    def test_what_was_approved_is_frozen_for_the_superuser_and_for_sql(self):
        self.vote(self.submit(self.commitment))
        for vals in ({"amount": "1"}, {"date_end": "2026-04-01"}, {"item_ids": [(0, 0, {"categ_id": self.categ.id})]}):
            with self.assertRaisesRegex(UserError, "approved"), self.cr.savepoint():
                self.commitment.sudo().write(vals)
        for column, value in (("amount", "1"), ("date_end", "'2026-04-01'"), ("is_prorated", "FALSE")):
            with self.assertRaisesRegex(Exception, "approved"), self.cr.savepoint():
                self.cr.execute(f"UPDATE cloud_spend_commitment SET {column} = {value} WHERE id = {self.commitment.id}")

    def test_what_counts_is_a_part_of_what_is_voted_on(self):
        request = self.submit(self.commitment)
        self.env.flush_all()
        self.cr.execute(
            "INSERT INTO cloud_spend_commitment_item (commitment_id, company_id, categ_id) VALUES (%s, %s, %s)",
            [self.commitment.id, self.company.id, self.categ.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "changed after it was submitted"):
            self.vote(request)

    def test_a_rejected_one_is_edited_again(self):
        self.vote(self.submit(self.commitment), decision="reject")
        self.assertEqual(self.commitment.status, "rejected")
        self.commitment.action_back_to_draft()
        self.commitment.amount = "400"

    def test_the_end_is_agreed_on_by_a_request_of_its_own(self):
        self.vote(self.submit(self.commitment))
        self.commitment.new_date_end = "2026-06-01"
        self.commitment.with_user(self.user_accountant).action_submit_end()
        request = self.commitment.request_id
        self.assertEqual((request.kind, self.commitment.state), ("spend_end", "approved"))
        self.assertFalse(self.commitment.date_end)
        self.vote(request)
        self.assertEqual(
            (str(self.commitment.date_end), self.commitment.new_date_end, self.commitment.state),
            ("2026-06-01", False, "approved"),
        )

    def test_a_rejected_end_leaves_it_as_it_is(self):
        self.vote(self.submit(self.commitment))
        self.commitment.new_date_end = "2026-06-01"
        self.commitment.with_user(self.user_accountant).action_submit_end()
        self.vote(self.commitment.request_id, decision="reject")
        self.assertEqual(
            (self.commitment.date_end, self.commitment.new_date_end, self.commitment.state), (False, False, "approved")
        )

    def test_it_does_not_end_within_what_was_billed(self):
        self.vote(self.submit(self.commitment))
        self.make_run("2026-05-01")
        self.commitment.new_date_end = "2026-04-15"
        with self.assertRaisesRegex(UserError, "was billed up to"):
            self.commitment.action_submit_end()

    def test_a_change_ends_the_former_when_it_is_approved(self):
        self.vote(self.submit(self.commitment))
        successor = self.env["cloud.spend.commitment"].browse(self.commitment.action_change()["res_id"])
        successor.write({"amount": "600", "date_start": "2026-05-01"})
        self.assertFalse(self.commitment.date_end)
        request = self.submit(successor)
        rows = {row["label"]: (row["old"], row["new"]) for row in request.effect["rows"]}
        self.assertEqual(rows["Amount"], (self.money("500.00"), self.money("600.00")))
        self.vote(request)
        self.assertEqual((str(self.commitment.date_end), successor.state), ("2026-05-01", "approved"))
        # March and April at 500, May at 600: nothing else was billed.
        self.assertEqual(
            [amount for _name, amount, _day in self.true_ups(self.make_run("2026-06-01"))],
            ["500.00", "500.00", "600.00"],
        )


@tagged("post_install", "-at_install")
class TestWhatIsRefused(SpendCase):
    def test_the_same_minimum_twice_on_the_same_days(self):
        self.set_company_state("setup")
        self.make_minimum("500.00", date_end="2026-06-01")
        again = self.make_minimum("400.00", date_start="2026-05-01", approve=False)
        with self.assertRaisesRegex(UserError, "counts the same charges"):
            again.action_approve_directly()
        self.env.flush_all()
        with self.assertRaisesRegex(Exception, "no_double"), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_spend_commitment SET state = 'approved' WHERE id = %s", [again.id])

    def test_a_later_one_and_one_of_other_products_are_fine(self):
        self.make_minimum("500.00", date_end="2026-06-01")
        self.make_minimum("600.00", date_start="2026-06-01")
        self.make_minimum("300.00", item_ids=[(0, 0, {"categ_id": self.categ.id})])

    def test_a_term_without_an_end_nothing_and_an_end_before_the_start(self):
        for vals in ({"kind": "term"}, {"date_end": "2026-02-01"}):
            with self.assertRaises(CheckViolation), self.cr.savepoint():
                self.make_minimum("500.00", **vals)
        with self.assertRaises(CheckViolation), self.cr.savepoint():
            self.make_minimum("0")

    def test_a_subscription_of_somebody_else(self):
        subscription = self.make_fee(self.make_customer("Other"), "1")
        with self.assertRaisesRegex(ValidationError, "not a subscription of Acme"), self.cr.savepoint():
            self.make_minimum("5", scope="subscription", customer_id=self.customer.id, subscription_id=subscription.id)

    def test_an_item_of_nothing_and_of_two_things(self):
        for vals in ({}, {"product_id": self.disk.id, "categ_id": self.categ.id}):
            with self.assertRaises(CheckViolation), self.cr.savepoint():
                self.make_minimum("500.00", item_ids=[(0, 0, vals)])

    def test_an_approved_one_is_not_deleted(self):
        commitment = self.make_minimum("500.00")
        with self.assertRaises(UserError), self.cr.savepoint():
            commitment.unlink()
        self.make_minimum("500.00", approve=False).unlink()

    def test_who_only_reads_changes_nothing(self):
        commitment = self.make_minimum("500.00", approve=False).with_user(self.user_viewer)
        self.assertEqual(str(commitment.amount), "500.00")
        with self.assertRaises(AccessError):
            commitment.write({"amount": "1"})
        with self.assertRaises(AccessError):
            commitment.action_submit()
