from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .usage_common import UsageCase, events_csv, focus_csv, hour


@tagged("post_install", "-at_install")
class TestResolving(UsageCase):
    def wizard(self, rejects, user=None):
        action = rejects.action_resolve()
        env = self.env(user=user or self.user_operator, context={**self.env.context, **action["context"]})
        return env["cloud.usage.resolve.wizard"].create({})

    def reject(self, *rows):
        """The one bad row of a delivery."""
        return self.deliver(self.bills, focus_csv(hour(1), *rows)).reject_ids

    def test_a_wrong_cell_is_corrected_under_its_column(self):
        wizard = self.wizard(self.reject(hour(2, 'Disk, "fast"', cost="1,5")))
        self.assertEqual((wizard.place, wizard.kind), ("usage.csv, row 3", "rejected"))
        wrong = wizard.cell_ids.filtered("is_wrong")
        self.assertEqual((wrong.column, wrong.value), ("BilledCost", "1,5"))
        wrong.value = "1.5"
        wizard.action_correct()
        self.assertEqual(wizard.reject_ids.state, "corrected")
        self.assertEqual(self.live_rows(self.bills).mapped("cost_billed"), [10, 1.5])
        self.assertEqual(self.live_rows(self.bills)[1].resource, 'Disk, "fast"')

    def test_a_row_that_is_still_wrong_says_so_and_waits(self):
        wizard = self.wizard(self.reject(hour(2, cost="1,5")))
        wizard.cell_ids.filtered("is_wrong").value = "2,5"
        with self.assertRaisesRegex(UserError, 'usage.csv, row 3, column BilledCost: "2,5" is not a number'):
            wizard.action_correct()

    def test_a_row_with_too_many_cells_is_corrected_as_text(self):
        content = focus_csv(hour(1), hour(2)).replace(b"2026-03-02T01:00:00Z", b"2026-03-02T01:00:00Z,extra")
        wizard = self.wizard(self.deliver(self.bills, content).reject_ids)
        self.assertFalse(wizard.cell_ids)
        wizard.text = wizard.text.replace(",extra", "")
        wizard.action_correct()
        self.assertEqual(len(self.live_rows(self.bills)), 2)

    def test_rows_are_waived_for_a_reason(self):
        wizard = self.wizard(self.reject(hour(2, cost="a"), hour(3, cost="b")))
        self.assertEqual(wizard.reject_count, 2)
        with self.assertRaisesRegex(UserError, "Say why"):
            wizard.action_waive()
        wizard.waive_reason = "Test account"
        wizard.action_waive()
        self.assertEqual(set(wizard.reject_ids.mapped("state")), {"waived"})

    def test_two_versions_stand_beside_each_other_and_the_new_one_is_accepted(self):
        self.deliver(self.events, events_csv(("e1", 1, "C-1", "1")))
        rejects = self.deliver(self.events, events_csv(("e1", 1, "C-1", "2.50"))).reject_ids
        wizard = self.wizard(rejects)
        changed = wizard.version_ids.filtered("is_changed")
        self.assertEqual((changed.name, changed.known, changed.came), ("Quantity", "1", "2.50"))
        wizard.action_accept()
        self.assertEqual(self.live_rows(self.events).mapped("quantity"), [2.5])

    def test_several_rows_are_not_corrected_at_once(self):
        wizard = self.wizard(self.reject(hour(2, cost="a"), hour(3, cost="b")))
        with self.assertRaisesRegex(UserError, "one by one"):
            wizard.action_correct()

    def test_a_viewer_resolves_nothing(self):
        rejects = self.reject(hour(2, cost="a"))
        with self.assertRaises(AccessError):
            self.wizard(rejects, self.user_viewer)
