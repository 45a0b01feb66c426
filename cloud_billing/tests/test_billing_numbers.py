from unittest.mock import patch

from odoo.tests import tagged

from .test_billing_runs import RunCase


@tagged("post_install", "-at_install")
class TestNumbersOfABatch(RunCase):
    """Invoices that are posted together are numbered together."""

    def setUp(self):
        super().setUp()
        self.fees = self.make_plan("Fees")

    def approve_fees(self, count, cutoff="2026-02-01"):
        """An approved run of so many new customers who pay a fee, and nothing in the cache."""
        self.make_version({"unit_price": "12"}, plan=self.fees)
        for number in range(count):
            self.make_subscription(self.make_customer(f"{count} {number}"), self.support, plan=self.fees)
        run = self.make_run(cutoff)
        self.approve(run)
        self.env.flush_all()
        self.env.invalidate_all()
        return run

    def numbers(self, moves):
        return [move.sequence_number for move in moves.sorted("id")]

    def test_they_follow_one_another_and_the_last_one_of_the_journal(self):
        self.deliver_march()
        first, second = self.numbers(self.post(self.make_run()))
        self.assertEqual(second, first + 1)
        run = self.approve_fees(4, "2026-04-01")
        run.action_post()
        self.assertEqual(self.numbers(run.bill_ids.move_id), [second + 1, second + 2, second + 3, second + 4])
        self.assertEqual(len(set(run.bill_ids.move_id.mapped("sequence_prefix"))), 1)

    def test_credit_notes_among_them_have_numbers_of_their_own(self):
        self.deliver_march(acme="-200", bolt="1")
        run = self.make_run()
        run.bill_ids[0]._get_journal().refund_sequence = True
        moves = self.post(run).sorted("move_type")
        self.assertEqual(moves.mapped("move_type"), ["out_invoice", "out_refund"])
        self.assertEqual(moves.mapped("sequence_number"), [1, 1])
        self.assertEqual(len(set(moves.mapped("sequence_prefix"))), 2)

    def test_an_invoice_more_of_a_batch_asks_for_no_number(self):
        counts = []
        for count in (2, 2, 7):
            run = self.approve_fees(count)
            before = self.cr.sql_log_count
            run.action_post()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        # Each is the first invoice of a new customer: Odoo reads whether its partner is a user, nothing else.
        self.assertLessEqual((counts[2] - counts[1]) / 5, 1, counts)

    def test_an_add_on_that_counts_in_another_way_is_asked_for_each(self):
        run = self.approve_fees(3)
        Move = self.env.registry["account.move"]
        usual, asked = Move._get_last_sequence_domain, set()

        def count_by_own_rules(move, relaxed=False):
            asked.add(move.id)
            return usual(move, relaxed)

        with patch.object(Move, "_get_last_sequence_domain", count_by_own_rules):
            run.action_post()
        self.assertEqual(asked, set(run.bill_ids.move_id.ids))
        self.assertEqual(len(set(self.numbers(run.bill_ids.move_id))), 3)
