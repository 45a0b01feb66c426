"""Sentences about usage tell money to who may see costs, and the rest of themselves to everybody."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_usage_checks import CheckCase
from .test_usage_progress import BackgroundCase
from .test_usage_seals import MARCH, SealCase
from .usage_common import UsageCase, focus_csv, hour


class HiddenCosts:
    def hide_costs(self, group="viewer"):
        levels = self.env.ref("cloud_billing.field_class_cost").level_ids
        levels.filtered(lambda line: line.group_id == self.env.ref(f"cloud_billing.group_{group}")).level = "none"
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestMonthsBesideTheirTotals(HiddenCosts, SealCase):
    def setUp(self):
        super().setUp()
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        total = {"source_id": self.bills.id, "month": "2026-03-01"}
        # 31 days of 10 have arrived.
        self.controls = self.env["cloud.usage.control"].create(
            [{**total, "measure": "rows", "amount": "32"}, {**total, "currency": "USD", "amount": "300"}]
        )

    def told(self, user):
        with self.at("2026-04-02 12:00:00"):
            calendar = self.env["cloud.usage.calendar"].with_user(user).get_calendar(self.bills.id, "2026-03-01")
        return sorted(calendar["accounts"][0]["seals"]["2026-03-01"]["problems"])

    def test_what_a_cost_should_be_is_told_to_who_may_see_costs(self):
        rows = "Nimbus bills · Mar 2026 · Rows should be 32 and is 31."
        cost = "Nimbus bills · Mar 2026 · Billed cost should be 300 and is 310."
        self.assertEqual(self.told(self.user_viewer), [cost, rows])
        self.hide_costs()
        self.assertEqual(
            self.told(self.user_viewer), ["Nimbus bills · Mar 2026 · Billed cost is not what it should be.", rows]
        )
        self.assertEqual(self.told(self.user_accountant), [cost, rows])

    def test_what_is_signed_is_kept_without_money(self):
        seal = self.sign()
        self.assertIn("Billed cost is not what it should be.", seal.problem_text)
        self.assertNotIn("310", seal.problem_text)
        self.assertIn("should be 32 and is 31", seal.problem_text)
        self.assertEqual(seal.cost_text, "310 USD")

    def test_whether_a_total_matches_is_for_everybody_and_its_figures_are_not(self):
        self.hide_costs()
        seen = self.controls.with_user(self.user_viewer)
        self.assertEqual(seen.mapped("state"), ["differs", "differs"])
        found = seen.search([("state", "=", "differs"), ("source_id", "=", self.bills.id)])
        self.assertEqual(found, seen.sorted(lambda one: one.measure))
        for name in ("amount", "actual", "difference"):
            with self.assertRaises(AccessError):
                seen.read([name])


@tagged("post_install", "-at_install")
class TestRowsThatBrokeACheck(HiddenCosts, CheckCase):
    def test_the_figures_of_a_cost_are_told_to_who_may_see_costs(self):
        self.check("range", measure="cost_billed", highest="100")
        self.check("range", measure="quantity", highest="5")
        self.deliver(self.bills, focus_csv(hour(1, cost="100.01", PricingQuantity="6")))
        held = self.held().with_user(self.user_viewer)
        self.assertIn("Billed cost 100.01 is above 100.", held.why)
        self.hide_costs()
        self.assertIn("Billed cost is outside its bounds.", held.why)
        self.assertIn("Quantity 6 is above 5.", held.why)
        self.assertNotIn("100", held.why)


@tagged("post_install", "-at_install")
class TestWhatAnImportSays(HiddenCosts, BackgroundCase):
    def test_what_goes_away_is_kept_in_rows_and_shown_in_money_to_who_may_see_costs(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="7.5")))
        refused = self.deliver(self.bills, focus_csv(hour(1)))
        self.assertEqual(refused.state, "refused")
        self.assertIn("March 2026 of acct-1: 1 rows go away, 2 rows become 1", refused.error)
        self.assertFalse([message for message in refused.message_ids if "7.5" in message.body])
        seen = refused.with_user(self.user_viewer)
        self.assertIn("March 2026 of acct-1: 1 rows and 7.5 USD go away", seen.removal_text)
        self.hide_costs()
        self.assertTrue(seen.has_removal)
        self.assertIn("1 rows go away", seen.removal_text)
        self.assertNotIn("7.5", seen.removal_text)

    def test_what_changes_is_kept_in_rows_and_shown_in_money_to_who_may_see_costs(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2)))
        usage_import = self.queue(rows=[hour(1), hour(2, cost="25")], must_confirm=True)
        self.work()
        seen = usage_import.with_user(self.user_viewer)
        self.assertIn("billed cost 20 becomes 35 USD", seen.change_text)
        self.hide_costs()
        self.assertIn("March 2026 of acct-1: 0 rows added, 1 changed, 0 gone.", seen.change_text)
        self.assertNotIn("35", seen.change_text)
        usage_import.action_confirm()
        self.work()
        self.assertEqual(usage_import.state, "imported")
        self.assertFalse([message for message in usage_import.message_ids if "becomes" in message.body])

    def test_who_may_not_see_costs_can_import_all_the_same(self):
        self.hide_costs("operator")
        content = focus_csv(hour(1))
        attachment = self.env["ir.attachment"].with_user(self.user_operator).create(
            {"name": "usage.csv", "raw": content, "res_model": "cloud.usage.import.wizard", "res_id": 0}
        )  # fmt: skip
        values = {"source_choice": "existing", "source_id": self.bills.id, "file_ids": [(6, 0, attachment.ids)]}
        wizard = self.env["cloud.usage.import.wizard"].with_user(self.user_operator).create(values)
        wizard.action_look()
        self.assertEqual(wizard.preview["rows"], 1)
        usage_import = self.env["cloud.usage.import"].browse(wizard.action_import()["res_id"])
        self.assertEqual((usage_import.state, usage_import.preview["rows"]), ("imported", 1))

    def test_what_the_wizard_showed_is_shown_to_who_may_see_costs(self):
        preview = {"rows": 1, "errors": 2, "by_partition": [], "by_currency": [], "sub_accounts": [], "by_service": [],
                   "problems": [], "first_rows": [], "service_start": False, "service_end": False}  # fmt: skip
        usage_import = self.deliver(self.bills, focus_csv(hour(1)), preview=preview)
        seen = usage_import.with_user(self.user_viewer)
        self.assertTrue(seen.preview_summary)
        self.hide_costs()
        self.assertFalse(seen.preview_summary or seen.preview_accounts or seen.preview_problems or seen.preview_rows)
        self.assertEqual(seen.problem_count, 2)
        for name in ("preview", "differences"):
            with self.assertRaises(AccessError):
                seen.read([name])


@tagged("post_install", "-at_install")
class TestRowsThatWait(HiddenCosts, UsageCase):
    """An operator who may not see costs resolves rows, and reads none of what they cost."""

    def bad_row(self, *rows):
        return self.deliver(self.bills, focus_csv(hour(1), *rows)).reject_ids.with_user(self.user_operator)

    def wizard(self, rejects):
        env = self.env(user=self.user_operator)
        return env["cloud.usage.resolve.wizard"].create({"reject_ids": [(6, 0, rejects.ids)]})

    def two_versions(self):
        head = "id,start,account,service,quantity,unit,cost,currency\n"
        row = "e1,2026-03-01T12:00:00Z,x,Calls,{},Call,{},EUR\n"
        self.deliver(self.events, f"{head}{row.format(1, '0.15')}".encode())
        later = self.deliver(self.events, f"{head}{row.format(2, '0.35')}".encode())
        return later.reject_ids.with_user(self.user_operator)

    def test_their_text_and_versions_are_hidden_and_where_they_stand_is_not(self):
        reject = self.bad_row(hour(2, cost="7.531,25"))
        self.assertIn('column BilledCost: "7.531,25" is not a number', reject.reason)
        self.hide_costs("operator")
        self.assertIn('column BilledCost: "…" is not a number. Write plain digits', reject.reason)
        self.assertEqual((reject.file_name, reject.row_no, reject.column), ("usage.csv", 3, "BilledCost"))
        for name in ("value", "original_text", "corrected_text", "known_version", "new_version", "cost_change"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                reject.read([name])
        self.assertFalse(reject.currency)
        arch = reject.get_view(view_type="form")["arch"]
        self.assertNotIn("original_text", arch)
        self.assertIn("row_no", arch)

    def test_what_is_no_cost_is_still_told(self):
        reject = self.bad_row({**hour(2), "ChargePeriodStart": "soon"})
        self.hide_costs("operator")
        self.assertIn('column ChargePeriodStart: "soon" is not a date', reject.reason)
        self.assertEqual(self.wizard(reject).cell_ids.value, "soon")

    def test_the_wrong_cell_alone_is_shown_and_corrected(self):
        reject = self.bad_row(hour(2, 'Disk, "fast"', cost="7,5"))
        self.hide_costs("operator")
        wizard = self.wizard(reject)
        self.assertEqual(wizard.cell_ids.mapped(lambda cell: (cell.column, cell.value)), [("BilledCost", "")])
        self.assertFalse(wizard.text)
        wizard.cell_ids.value = "8,5"
        with self.assertRaisesRegex(UserError, 'row 3, column BilledCost: "…" is not a number'):
            wizard.action_correct()
        wizard.cell_ids.value = "8.5"
        wizard.action_correct()
        self.assertEqual(reject.state, "corrected")
        row = self.live_rows(self.bills)[1]
        self.assertEqual((row.cost_billed, row.resource), (8.5, 'Disk, "fast"'))

    def test_no_other_cell_is_written_by_who_does_not_see_it(self):
        reject = self.bad_row(hour(2, cost="7,5"))
        self.hide_costs("operator")
        wizard = self.wizard(reject)
        # What a client sends about the place of the cell counts for nothing.
        wizard.cell_ids.write({"position": 0, "column": "PricingQuantity", "value": "8.5"})
        wizard.action_correct()
        row = self.live_rows(self.bills)[1]
        self.assertEqual((row.cost_billed, row.quantity), (8.5, self.live_rows(self.bills)[0].quantity))

    def test_a_row_that_is_wrong_as_a_whole_is_waived(self):
        content = focus_csv(hour(1), hour(2)).replace(b"2026-03-02T01:00:00Z", b"2026-03-02T01:00:00Z,extra")
        reject = self.deliver(self.bills, content).reject_ids.with_user(self.user_operator)
        self.hide_costs("operator")
        wizard = self.wizard(reject)
        self.assertFalse(wizard.cell_ids or wizard.text)
        with self.assertRaisesRegex(UserError, "usage.csv, row 3 is corrected as a whole"):
            wizard.action_correct()
        wizard.waive_reason = "Test account"
        notice = wizard.action_waive()
        self.assertEqual(notice["params"]["message"], "Rows that are waived: 1.")
        self.assertEqual(reject.state, "waived")

    def test_of_two_versions_it_is_told_that_the_cost_changed(self):
        reject = self.two_versions()
        told = {line.name: (line.known, line.came, line.is_changed) for line in self.wizard(reject).version_ids}
        self.assertEqual((told["Cost Billed"], told["Quantity"]), (("0.15", "0.35", True), ("1", "2", True)))
        self.hide_costs("operator")
        wizard = self.wizard(reject)
        told = {line.name: (line.known, line.came, line.is_changed) for line in wizard.version_ids}
        self.assertEqual((told["Cost Billed"], told["Quantity"]), (("…", "…", True), ("1", "2", True)))
        self.assertEqual(reject.currency, "EUR")
        wizard.action_accept()
        self.assertEqual(self.live_rows(self.events).mapped("quantity"), [2])

    def test_what_everybody_reads_on_the_import_has_no_cell(self):
        refused = self.deliver(self.bills, focus_csv(hour(1, cost="7.531,25")))
        self.assertIn("The first problem, in row 2", refused.error)
        self.assertNotIn("7.531", refused.error)

    def test_a_row_of_another_company_is_shown_to_nobody(self):
        reject = self.bad_row(hour(2, cost="7,5"))
        other = self.env["res.company"].create({"name": "Other"})
        self.user_operator.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            self.wizard(reject).cell_ids.mapped("value")
