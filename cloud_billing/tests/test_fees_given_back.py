"""Fees of billed days that come back because a contract ended: above what one approver lets go, two approve them."""

from odoo.tests import tagged

from ..models.contract.change.line_change import LineChange
from .billing_common import BillingCase, D


@tagged("post_install", "-at_install")
class TestFeesGivenBack(BillingCase):
    """Acme has paid 310.00 and Beta 31.00 for January, March was never. One approver lets 100.00 go."""

    protects_fields = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme, cls.beta = cls.make_customer("Acme"), cls.make_customer("Beta")
        cls.premium = cls.make_product("Premium support", "recurring")
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "31.00"}, {"product_id": cls.premium.id, "unit_price": "62.00"}
        )
        line = {"product_id": cls.support.id, "name": "Support"}
        cls.large = cls.make_subscription(cls.acme, {**line, "quantity": "10"})
        cls.small = cls.make_subscription(cls.beta, {**line, "quantity": "1"})
        cls.company.sudo().cloud_credit_limit = D("100")
        cls.make_approvers("Second")
        cls.set_company_state("live")
        cls.begin_once(TestFeesGivenBack.begin)

    def begin(self):
        january = self.make_run("2026-02-01")
        self.approve(january)
        january.with_user(self.user_accountant).action_post()

    def end(self, subscription, day, **vals):
        """By the window, as the accountant."""
        wizard = self.env["cloud.subscription.end"].with_user(self.user_accountant).create(
            {"subscription_id": subscription.id, "kind": "cancelled", "date_wanted": day, "end_when": "at_once",
             "unused": "credit", **vals}
        )  # fmt: skip
        wizard.action_confirm()

    def submit(self, run):
        self.release_all(run)
        run.with_user(self.user_accountant).action_submit()
        self.vote(run.request_id)
        return run.state

    def test_a_contract_ends_by_one_person_and_its_large_credit_is_approved_by_two(self):
        # Acme gets 310.00 x 21/31 = 210.00 back for 11 to 31 January.
        self.end(self.large, "2026-01-11")
        self.assertEqual(self.large.state, "cancelled")
        run = self.make_run("2026-02-02")
        self.assertEqual(self.amounts(run.bill_ids), ["-210.00"])
        self.assertEqual(self.submit(run), "to_approve")
        self.assertIn("Acme", run.request_id.sudo().effect["notes"][0])

    def test_up_to_the_limit_one_is_enough(self):
        # 31.00 x 21/31 = 21.00; of Acme 310.00 x 10/31 = 100.00 for 22 to 31 January.
        self.end(self.small, "2026-01-11")
        self.end(self.large, "2026-01-22")
        run = self.make_run("2026-02-02")
        self.assertEqual(sorted(self.amounts(run.bill_ids)), ["-100.00", "-21.00"])
        self.assertEqual(self.submit(run), "approved")

    def test_what_else_is_due_hides_none_of_it(self):
        other = self.make_subscription(
            self.acme, {"product_id": self.support.id, "name": "Support", "quantity": "20"}, date_start="2026-02-01"
        )
        self.end(self.large, "2026-01-11")
        run = self.make_run("2026-03-01")
        # 620.00 for February less 210.00 on one bill.
        self.assertEqual(other.line_ids.product_id, self.support)
        self.assertIn("410.00", self.amounts(run.bill_ids))
        self.assertEqual(self.submit(run), "to_approve")

    def test_another_product_in_its_place_gives_nothing_back(self):
        line = self.large.line_ids
        self.large._apply_changes(self.day("2026-01-11"), [LineChange(line, product=self.premium)], "credit")
        run = self.make_run("2026-02-02")
        # 10 x 62.00 x 21/31 = 420.00 less 210.00.
        self.assertEqual(self.amounts(run.bill_ids), ["210.00"])
        self.assertEqual(self.submit(run), "approved")

    def test_with_a_credit_of_the_month_it_adds_up(self):
        line = self.large.line_ids
        rated = self.env["cloud.rated.line"].search([("subscription_line_id", "=", line.id)])
        credit = (
            self.env["cloud.price.credit"]
            .with_user(self.user_accountant)
            ._make({rated: D("0.01")}, day=self.day("2026-02-02"), reason="Outage")
        )
        self.assertEqual(self.submit(credit), "approved")
        self.end(self.large, "2026-01-22")
        # 0.01 and 100.00 in February.
        self.assertEqual(self.submit(self.make_run("2026-02-02")), "to_approve")

    def test_unattended_it_is_left_to_people(self):
        self.end(self.large, "2026-01-11")
        run = self.make_run("2026-02-02")
        self.assertEqual(
            {one: str(amount) for one, amount in run._get_much_given_back().items()}, {self.acme: "210.00"}
        )
        self.set_company_state("setup")
        self.company.sudo().cloud_credit_limit = None
        self.assertEqual(run._get_much_given_back(), {})
