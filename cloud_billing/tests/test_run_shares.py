from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import ExclusionViolation

from ..models.billing.run.cloud_bill_run_share import NO_END, cut_evenly
from .billing_common import BillingCase

MODULE = "odoo.addons.cloud_billing.models.billing.run.cloud_bill_run_rating"


class SharesCase(BillingCase):
    """Four payers with a fee each; runs of two charges are shared already."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "31.00"})
        cls.payers = [cls.make_customer(f"C{number}") for number in range(4)]
        for payer in cls.payers:
            cls.make_subscription(payer, cls.support, date_start="2026-03-01")

    def setUp(self):
        super().setUp()
        self.enterContext(patch(f"{MODULE}.SMALL", 1))

    def share_run(self):
        run = self.start_run()
        run._share_out()
        return run

    def get_customers(self, share):
        return share.run_id._get_unrated(share).customer_id


@tagged("post_install", "-at_install")
class TestSharesOfARun(SharesCase):
    def test_every_charge_is_in_one_share_and_they_are_about_as_large(self):
        shares = self.share_run()._get_shares()
        self.assertEqual([len(self.get_customers(share)) for share in shares], [2, 2])
        self.assertFalse(self.get_customers(shares[0]) & self.get_customers(shares[1]))

    def test_who_is_paid_for_is_in_the_share_of_the_payer(self):
        # The payer's id is the lowest and that of who is paid for the highest.
        child = self.make_customer("Child", parent_id=self.payers[0].id)
        self.make_subscription(child, self.support, date_start="2026-03-01")
        first, second = self.share_run()._get_shares()
        # 3 of 5 charges: with the first two payers half of them is reached.
        self.assertEqual(self.get_customers(first), self.payers[0] | child | self.payers[1])
        self.assertEqual(self.get_customers(second), self.payers[2] | self.payers[3])

    def test_a_payer_in_two_shares_is_refused_by_the_database(self):
        run = self.share_run()
        with mute_logger("odoo.sql_db"), self.assertRaises(ExclusionViolation), self.env.cr.savepoint():
            self.env["cloud.bill.run.share"].sudo().create({"run_id": run.id, "payer_from": 1, "payer_end": 2})

    def test_one_scheduled_action_alone_has_no_shares(self):
        self.env.ref("cloud_billing.cron_rate_runs_too").active = False
        self.assertFalse(self.share_run()._get_shares())

    def test_few_charges_have_no_shares(self):
        with patch(f"{MODULE}.SMALL", 3):
            self.assertFalse(self.share_run()._get_shares())

    def test_where_payers_draw_on_one_limit_there_are_no_shares(self):
        self.set_company_state("setup")
        coupon = self.env["cloud.coupon"].create(
            {"code": "HALF", "name": "Half", "percent": "50", "company_id": self.company.id, "amount_limit": "20"}
        )
        coupon.action_approve_directly()
        self.env["cloud.coupon.redemption"].create(
            {"coupon_id": coupon.id, "customer_id": self.payers[0].id, "date_start": "2026-01-01"}
        ).action_approve_directly()
        self.assertFalse(self.share_run()._get_shares())

    def test_cut_evenly(self):
        # 1 + 6 of 10 are behind the half, so the second share begins with the third payer; together they hold every id.
        self.assertEqual(cut_evenly([(7, 1), (8, 6), (9, 1), (20, 2)], 2), [(0, 9), (9, NO_END)])
        # The first has as many as all three should have together: no share is left for nobody.
        self.assertEqual(cut_evenly([(7, 9), (8, 1)], 3), [(0, 8), (8, NO_END)])
        self.assertEqual(cut_evenly([(7, 9)], 2), [(0, NO_END)])


@tagged("post_install", "-at_install")
class TestSharesMakeTheirCharges(SharesCase):
    """Where enough is due the run is cut first, and whoever takes up a share makes its charges."""

    def setUp(self):
        super().setUp()
        self.shared = self.make_run()
        self.shares = self.shared._get_shares()

    def rate_next(self):
        """Take up a share, else the run to be ended, and rate all of it; returns it."""
        work = self.env["cloud.bill.run.share"].sudo()._write_claim() or self.shared._write_claim().sudo()
        while work._work_claimed(work.claim_token):
            pass
        return work

    def get_charged(self):
        return self.env["cloud.charge"].search([("run_id", "=", self.shared.id)]).customer_id

    def test_nothing_is_charged_before_a_rater_comes_and_then_his_share(self):
        self.assertEqual(self.shares.mapped("charging"), ["due", "due"])
        self.assertFalse(self.get_charged())
        self.rate_next()
        self.assertEqual(self.get_charged(), self.payers[0] | self.payers[1])
        self.rate_next()
        self.rate_next()
        self.assertEqual(self.shared.state, "review")
        self.assertEqual(self.amounts(self.shared.bill_ids), ["31.00"] * 4)

    def test_few_are_charged_and_rated_at_once(self):
        self.shared.action_back_to_draft()
        with patch(f"{MODULE}.SMALL", 4):
            self.shared.action_rate()
        self.assertEqual(self.shared.state, "review")
        self.assertEqual(self.amounts(self.shared.bill_ids), ["31.00"] * 4)

    def test_a_limited_run_charges_nobody_else(self):
        self.shared.action_back_to_draft()
        limited = self.make_run(customer_ids=[(6, 0, (self.payers[0] | self.payers[1] | self.payers[3]).ids)])
        self.assertEqual(len(limited._get_shares()), 2)
        self.shared = limited
        for _share in range(3):
            self.rate_next()
        self.assertEqual(self.shared.state, "review")
        self.assertEqual(self.get_charged(), self.payers[0] | self.payers[1] | self.payers[3])

    def test_who_came_to_a_payer_whose_share_is_made_is_charged_by_who_ends_the_run(self):
        self.rate_next()
        self.payers[3].parent_id = self.payers[0]
        self.env.flush_all()
        self.rate_next()
        self.assertEqual(self.get_charged(), self.payers[0] | self.payers[1] | self.payers[2])
        self.rate_next()
        self.assertEqual(self.shared.state, "review")
        self.assertEqual(sum(self.shared.bill_ids.mapped("amount")), 124)

    def test_what_has_not_ended_when_the_schedule_came_is_left_to_the_next_run(self):
        self.shared.action_back_to_draft()
        abroad = self.make_customer("Abroad", tz="America/New_York")
        self.make_subscription(abroad, self.support, date_start="2026-03-01")
        # In Brussels it is 1 April, 04:00; in New York 31 March, 22:00.
        self.shared._start_rating(now=self.instant("2026-04-01T02:00:00"), may_share=True)
        self.assertEqual(len(self.shared._get_shares()), 2)
        for _share in range(3):
            self.rate_next()
        self.assertEqual(self.shared.state, "review")
        self.assertEqual(self.get_charged().sorted("id"), sum(self.payers, abroad.browse()))

    def test_a_run_that_is_taken_back_while_a_share_is_made_is_due_again(self):
        self.rate_next()
        self.shared.action_back_to_draft()
        self.assertFalse(self.get_charged())
        self.assertFalse(self.shared._get_shares())
        self.shared.action_rate()
        for _share in range(3):
            self.rate_next()
        self.assertEqual(self.amounts(self.shared.bill_ids), ["31.00"] * 4)


@tagged("post_install", "-at_install")
class TestClaimsOfShares(SharesCase):
    def setUp(self):
        super().setUp()
        self.run_shared = self.share_run()
        self.shares = self.run_shared._get_shares()
        self.Share = self.env["cloud.bill.run.share"].sudo()

    def test_each_is_claimed_by_one_and_the_run_is_ended_after_all_of_them(self):
        first, second = self.Share._write_claim(), self.Share._write_claim()
        self.assertEqual(first + second, self.shares)
        self.assertFalse(self.Share._write_claim())
        self.assertEqual(first._work_claimed(first.claim_token), 2)
        self.assertEqual(first._work_claimed(first.claim_token), 0)
        self.assertTrue(first.is_done)
        # Somebody is still at the other one.
        self.assertFalse(self.run_shared._write_claim())
        while second._work_claimed(second.claim_token):
            pass
        claimed = self.run_shared._write_claim()
        self.assertEqual(claimed, self.run_shared)
        claimed.sudo()._work_claimed(claimed.claim_token)
        self.assertEqual(self.run_shared.state, "review")
        self.assertEqual(self.amounts(self.run_shared.bill_ids), ["31.00"] * 4)
        self.assertFalse(self.run_shared._get_shares())

    def test_whoever_lost_the_claim_rates_nothing(self):
        share = self.Share._write_claim()
        self.assertEqual(share._work_claimed("of somebody else"), 0)
        self.assertEqual(self.run_shared._count_unrated(), 4)

    def test_who_came_to_another_payer_meanwhile_is_rated_by_who_ends_the_run(self):
        first, second = self.Share._write_claim(), self.Share._write_claim()
        while second._work_claimed(second.claim_token):
            pass
        moved = self.payers[1]
        moved.parent_id = self.payers[3]
        self.env.flush_all()
        while first._work_claimed(first.claim_token):
            pass
        self.assertEqual(self.run_shared._count_unrated(), 1)
        claimed = self.run_shared._write_claim().sudo()
        while claimed._work_claimed(claimed.claim_token):
            pass
        self.assertEqual((self.run_shared.state, self.run_shared._count_unrated()), ("review", 0))

    def test_after_three_failures_it_waits_for_a_person(self):
        for _attempt in range(3):
            self.Share._write_claim()._leave_claim("Out of paper")
        self.assertEqual(self.Share._write_claim(), self.shares[1])
        self.assertEqual(self.run_shared.error, "Out of paper")
        self.run_shared.action_retry_rating()
        self.assertFalse(self.run_shared.error)
        self.assertEqual(self.Share._write_claim(), self.shares[0])

    def test_a_run_that_is_taken_back_has_no_shares(self):
        share = self.Share._write_claim()
        self.run_shared.action_back_to_draft()
        self.assertFalse(share.exists())
        self.assertEqual(share._work_claimed("any"), 0)
        # Nor does it matter that whoever was at it fails.
        share._leave_claim("Out of paper")
        self.assertFalse(self.run_shared.error)

    def test_nobody_writes_shares_by_hand(self):
        with self.assertRaises(UserError):
            self.shares.with_user(self.env.user).sudo(False).write({"is_done": True})
