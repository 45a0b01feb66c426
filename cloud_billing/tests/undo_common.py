"""What the tests of undo share: a run that is taken back, and what a run billed, without ids, times and numbers."""


class UndoMixin:
    """For a test case of billing: takes posted runs back as an accountant would, and compares what they billed."""

    def prepare_undo(self, run, reason="The price was wrong", date="2026-04-02"):
        action = run.with_user(self.user_accountant).action_undo()
        undo = self.env["cloud.undo"].browse(action["res_id"]).with_user(self.user_accountant)
        undo.write({"reason": reason, "date": date})
        return undo

    def agree_to(self, undo):
        undo.action_submit()
        self.vote(undo.request_id)
        self.assertEqual(undo.state, "approved")

    def take_back(self, run, date="2026-04-02"):
        """The undo of a run, approved and done."""
        undo = self.prepare_undo(run, date=date)
        self.agree_to(undo)
        undo.action_reverse()
        self.env.invalidate_all()
        return undo

    def books(self, run):
        """What a run billed, line by line: amounts, accounts, partners, taxes, days, what was used of limits."""
        return sorted(
            (
                line.customer_name,
                line.name,
                str(line.service_start),
                str(line.service_end),
                line.part_key or "",
                str(line.quantity),
                str(line.amount),
                str(line.counter_start),
                line.bill_id.state,
                line.move_line_id.account_id.code,
                line.move_line_id.price_subtotal,
                line.move_id.partner_id.name,
                line.move_id.amount_total,
                [(grant.allowance_id.id, str(grant.quantity_used)) for grant in self.grants(line)],
                [(use.redemption_id.id, str(use.amount)) for use in self.uses(line)],
            )
            for line in run.bill_ids.rated_line_ids
        )

    def grants(self, line):
        return self.env["cloud.rated.grant"].search([("rated_line_id", "=", line.id)], order="allowance_id")

    def uses(self, line):
        return self.env["cloud.coupon.use"].search([("rated_line_id", "=", line.id)], order="redemption_id")

    def assert_same_again(self, run, cutoff="2026-04-01", date="2026-04-02"):
        """Taken back, billed again: the same books. Returns the second run."""
        before = self.books(run)
        undo = self.take_back(run, date=date)
        self.assertEqual(undo.open_count, 0)
        again = self.make_run(cutoff)
        self.post(again)
        self.assertEqual(self.books(again), before)
        return again
