from freezegun import freeze_time
from odoo.tests import tagged

from .test_undo import MarchCase


@tagged("post_install", "-at_install")
class TestStepsAfterPosting(MarchCase):
    """March is posted: 100.00 for Acme, 5.00 for Bolt."""

    def steps(self, month="2026-03-01", user=None):
        home = self.env["cloud.home"].with_user(user or self.user_accountant).with_company(self.company)
        with freeze_time("2026-12-10"):
            found = home.get_month(month)["steps"]
        return {step["key"]: step for step in found}

    def tell(self, step):
        return step["count"], [(one["currency"], one["amount"]) for one in step["amounts"]], step["is_done"]

    def test_the_month_has_eight_steps_in_their_order(self):
        self.assertEqual(
            list(self.steps()),
            ["usage_in", "to_resolve", "review", "approve", "post", "send", "collect", "tie_out"],
        )
        for step in self.steps().values():
            self.assertTrue(step["button"] and step["label"], step)

    def test_what_is_not_sent_is_counted_with_its_money_and_listed(self):
        step = self.steps()["send"]
        self.assertEqual(self.tell(step), (2, [(self.currency.name, "105.00")], False))
        listed = self.env["account.move"].search(step["domain"])
        self.assertEqual(listed, self.invoices["Acme"] | self.invoices["Bolt"])
        self.invoices["Acme"].is_move_sent = True
        self.assertEqual(self.tell(self.steps()["send"]), (1, [(self.currency.name, "5.00")], False))
        self.invoices["Bolt"].is_move_sent = True
        self.assertEqual(self.tell(self.steps()["send"]), (0, [], True))

    def test_what_was_taken_back_is_not_sent(self):
        self.take_back(self.march)
        self.assertEqual(self.steps()["send"]["count"], 0)

    def test_what_is_owed_and_overdue_is_counted_with_its_money_and_listed(self):
        # Both are due by now, in December.
        step = self.steps()["collect"]
        self.assertEqual(self.tell(step), (2, [(self.currency.name, "105.00")], False))
        self.assertIn("2 of them overdue", step["count_label"])
        self.assertIn(f"105.00 {self.currency.name}", step["note"])
        self.pay(self.invoices["Acme"])
        step = self.steps()["collect"]
        self.assertEqual(self.tell(step), (1, [(self.currency.name, "5.00")], False))
        self.assertEqual(self.env["account.move"].search(step["domain"]), self.invoices["Bolt"])
        self.pay(self.invoices["Bolt"])
        self.assertEqual(self.tell(self.steps()["collect"]), (0, [], True))

    def test_a_month_is_tied_out_by_its_month_end(self):
        step = self.steps()["tie_out"]
        self.assertEqual(self.tell(step), (1, [(self.currency.name, "105.00")], False))
        self.assertEqual((step["can_act"], step["context"]["default_date_end"]), (True, "2026-03-31"))
        closing = self.env["cloud.closing"].create({"company_id": self.company.id, "date_end": "2026-03-31"})
        self.assertEqual(self.steps()["tie_out"]["res_ids"], closing.ids)
        # How a month's end is approved and posted is tested elsewhere.
        self.env.cr.execute("ALTER TABLE cloud_closing DISABLE TRIGGER USER")
        self.env.cr.execute("UPDATE cloud_closing SET state = 'posted' WHERE id = %s", [closing.id])
        closing.invalidate_recordset()
        # The run itself is left: its button leads to it, and once it is closed the month is done.
        step = self.steps()["tie_out"]
        run = self.invoices["Acme"].cloud_bill_run_id
        self.assertEqual(self.tell(step), (1, [(self.currency.name, "105.00")], False))
        self.assertEqual((step["button"], step["res_ids"]), ("Close the runs", run.ids))
        run.with_user(self.user_accountant).action_close()
        self.assertEqual(self.tell(self.steps()["tie_out"]), (1, [(self.currency.name, "105.00")], True))
        self.assertTrue(self.steps()["post"]["is_done"])

    def test_a_month_without_posted_runs_waits(self):
        steps = self.steps("2026-05-01")
        for key in ("send", "tie_out"):
            self.assertEqual((steps[key]["count"], steps[key]["is_waiting"], steps[key]["is_done"]), (0, True, False))

    def test_who_only_looks_sees_the_steps_and_opens_no_list_that_is_not_theirs(self):
        steps = self.steps(user=self.user_viewer)
        self.assertEqual((steps["send"]["count"], steps["collect"]["count"]), (2, 2))
        for key in ("send", "collect"):
            may_read = self.env["account.move"].with_user(self.user_viewer).has_access("read")
            self.assertEqual((steps[key]["can_act"], "list_action" in steps[key]), (may_read, may_read))
        self.assertFalse(steps["tie_out"]["can_act"])
