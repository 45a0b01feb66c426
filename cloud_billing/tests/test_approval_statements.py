from odoo.tests import tagged

from .billing_common import BillingCase
from .test_bill_log import TELLING


@tagged("post_install", "-at_install")
class TestApprovingManyBills(BillingCase):
    """A run is released, submitted and approved in as many statements for many bills as for few."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "31.00"})
        cls.set_company_state("live")
        # Three bills in March and in April, thirty in May.
        for number in range(30):
            start = "2026-03-01" if number < 3 else "2026-05-01"
            cls.make_subscription(cls.make_customer(f"C{number}"), cls.support, date_start=start)
        cls.env.flush_all()

    def count(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        call()
        self.env.flush_all()
        self.cr.precommit.run()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def count_approval(self, cutoff):
        """(number of bills, statements of release, of submitting, of the vote)"""
        run = self.make_run(cutoff).with_context(**TELLING).with_user(self.user_accountant)
        # Everything needs a look, as the first bills of May do.
        run.bill_ids.sudo().write({"is_held": True})
        run.bill_ids._assess()
        self.env.flush_all()
        self.cr.precommit.run()
        released = self.count(lambda: run.bill_ids.action_release("Seen"))
        submitted = self.count(run.action_submit)
        return len(run.bill_ids), released, submitted, self.count(lambda: self.vote(run.request_id))

    def test_as_many_statements_for_ten_times_as_many_bills(self):
        # The first one fills what the server keeps: forms of mails, groups, rules.
        self.count_approval("2026-04-01")
        few, *statements = self.count_approval("2026-05-01")
        many, *more = self.count_approval("2026-06-01")
        self.assertEqual((few, many), (3, 30))
        self.assertEqual(statements, more)
