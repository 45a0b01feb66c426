import gzip
from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_open

from ..wizards import cloud_usage_import_look
from .usage_common import APRIL, UsageCase, events_csv, focus_csv, hour


class WizardCase(UsageCase):
    def upload(self, *files, user=None, **vals):
        """A wizard, as the person sees it after choosing files: pairs (name, bytes)."""
        env = self.env(user=user or self.user_administrator)
        attachments = env["ir.attachment"].create(
            [
                {"name": name, "raw": content, "res_model": "cloud.usage.import.wizard", "res_id": 0}
                for name, content in files
            ]
        )
        values = {"source_choice": "existing", "source_id": self.bills.id, **vals}
        return env["cloud.usage.import.wizard"].create({"file_ids": [(6, 0, attachments.ids)], **values})

    def look(self, content, name="usage.csv", **vals):
        """A wizard that has looked at one file."""
        wizard = self.upload((name, content), **vals)
        wizard.action_look()
        return wizard

    def bring(self, wizard):
        """Import what a wizard looked at; returns the import."""
        action = wizard.action_import()
        return self.env[action["res_model"]].browse(action["res_id"])

    def assert_refused(self, sentence, content, **vals):
        """Looking says so, and leaves nothing behind."""
        before = self.env["cloud.usage.import"].search_count([])
        wizard = self.upload(("usage.csv", content), **vals)
        with self.assertRaisesRegex(UserError, sentence), self.cr.savepoint():
            wizard.action_look()
        self.assertEqual(self.env["cloud.usage.import"].search_count([]), before)


@tagged("post_install", "-at_install")
class TestBillThroughTheWizard(WizardCase):
    def test_the_demo_file_comes_in_as_it_was_shown(self):
        with file_open("cloud_billing/demo/focus_demo.csv", "rb") as file:
            content = file.read()
        wizard = self.upload(("focus_demo.csv", content), source_choice="new", source_name="Demo", reader="focus")
        wizard.action_look()
        preview = wizard.preview
        self.assertEqual((preview["rows"], preview["errors"], preview["is_part"]), (300, 0, False))
        usage_import = self.bring(wizard)
        self.assertEqual(self.counts(usage_import), (300, 300, 0, 0, 0))
        self.assertEqual(usage_import.cost_billed, Decimal(preview["totals"]["cost_billed"]))
        self.assertEqual(usage_import.source_id.name, "Demo")
        self.assertIn("1,772.460401243", usage_import.preview_summary)

    def test_looking_leaves_nothing_behind(self):
        models = ("cloud.usage.import", "cloud.usage.source", "cloud.usage.stream", "cloud.usage.delivery")
        before = [self.env[model].search_count([]) for model in models]
        number = self.store._last_number(self.company)
        self.look(focus_csv(hour(1)), source_choice="new", source_name="New", reader="focus")
        self.assertEqual([self.env[model].search_count([]) for model in models], before)
        self.assertEqual(self.store._last_number(self.company), number)

    def test_the_same_file_again_says_that_it_changes_nothing(self):
        content = focus_csv(hour(1), hour(2))
        self.bring(self.look(content))
        again = self.look(content, name="other name.csv")
        self.assertEqual(again.outcome, "known")
        self.assertEqual(again.outcome_text, "All 2 rows were delivered before: importing them changes nothing.")
        usage_import = self.bring(again)
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("known", (2, 0, 2, 0, 0)))
        self.assertEqual(len(self.live_rows(self.bills)), 2)

    def test_a_month_that_comes_again_shows_what_it_changes(self):
        self.bring(self.look(focus_csv(hour(1), hour(2), hour(3))))
        wizard = self.look(focus_csv(hour(1), hour(2, cost="25"), hour(3), hour(4)))
        (change,) = wizard.differences
        self.assertEqual((change["added_rows"], change["changed_rows"], change["removed_rows"]), (1, 1, 0))
        self.assertFalse(wizard.has_removal)
        # 10 + 10 + 10 until now; 10 + 25 + 10 + 10 then.
        self.assertEqual((change["before_cost"], change["after_cost"]), ("30", "55"))
        self.assertIn("What it changes", wizard.preview_summary)

    def test_rows_that_go_away_are_asked_for(self):
        self.bring(self.look(focus_csv(hour(1), hour(2, cost="7.5"))))
        wizard = self.look(focus_csv(hour(1)))
        self.assertEqual(wizard.removal_text, "March 2026 of acct-1 loses 1 rows and 7.50 USD")
        with self.assertRaisesRegex(UserError, "takes usage away that was delivered before: March 2026 of acct-1"):
            wizard.action_import()
        wizard.allow_removal = True
        usage_import = self.bring(wizard)
        self.assertEqual(usage_import.state, "imported")
        self.assertEqual(len(self.live_rows(self.bills)), 1)

    def test_several_files_are_one_delivery(self):
        wizard = self.upload(("b.csv", focus_csv(hour(2))), ("a.csv.gz", gzip.compress(focus_csv(hour(1)))))
        wizard.action_look()
        usage_import = self.bring(wizard)
        self.assertEqual(usage_import.file_ids.mapped("name"), ["a.csv.gz", "b.csv"])
        self.assertEqual(usage_import.rows_accepted, 2)
        self.assertEqual(len(usage_import.delivery_ids), 1)

    def test_what_a_kind_is_for_is_kept_on_the_source(self):
        wizard = self.look(focus_csv(hour(1), hour(2, ChargeCategory="Purchase")))
        self.assertEqual({line.charge_kind: line.policy for line in wizard.policy_ids},
                         {"usage": "bill", "purchase": "hold"})  # fmt: skip
        wizard.policy_ids.filtered(lambda line: line.charge_kind == "purchase").policy = "bill"
        self.bring(wizard)
        line = self.bills.policy_ids.filtered(lambda line: line.charge_kind == "purchase")
        self.assertEqual(line.policy, "bill")

    def test_the_uploads_are_not_kept_twice(self):
        wizard = self.look(focus_csv(hour(1)))
        uploads = wizard.file_ids
        self.bring(wizard)
        self.assertFalse(uploads.exists())

    def test_files_that_nobody_imported_are_thrown_away_after_a_day(self):
        wizard = self.upload(("old.csv", b"x"), ("new.csv", b"x"))
        old, new = wizard.file_ids.sorted("name", reverse=True)
        self.env.flush_all()
        self.cr.execute("UPDATE ir_attachment SET create_date = now() - interval '2 days' WHERE id = %s", [old.id])
        self.env["cloud.usage.import.wizard"]._gc_uploads()
        self.assertEqual((old | new).exists(), new)

    def test_values_of_the_file_are_shown_as_text(self):
        wizard = self.look(focus_csv(hour(1, SubAccountName="<script>alert(1)</script>", ChargeDescription="<b>x</b>")))
        self.assertIn("&lt;script&gt;", wizard.preview_accounts)
        self.assertNotIn("<script>", wizard.preview_accounts)
        self.assertNotIn("<b>x</b>", wizard.preview_rows)


@tagged("post_install", "-at_install")
class TestChoicesOfTheWizard(WizardCase):
    def test_the_reader_is_proposed_from_the_column_names(self):
        wizard = self.upload(("usage.csv", focus_csv(hour(1))), source_choice="new", source_id=False)
        self.assertIn("FOCUS", wizard.reader_hint)
        wizard._onchange_file_ids()
        self.assertEqual(wizard.reader, "focus")
        events = self.upload(("events.csv", events_csv(("e1", 1, "C-1", "1"))))
        self.assertEqual(events._recognise(), "csv")

    def test_a_reader_that_was_chosen_is_not_changed(self):
        wizard = self.upload(("usage.csv", focus_csv(hour(1))), source_choice="new", reader="csv")
        wizard._onchange_file_ids()
        self.assertEqual(wizard.reader, "csv")

    def test_columns_that_nobody_knows_are_said_to_be_unknown(self):
        wizard = self.upload(("usage.csv", b"a;b\n1;2\n"))
        self.assertIn("are not known", wizard.reader_hint)

    def test_all_that_is_missing_is_said_at_once(self):
        wizard = self.upload(source_choice="new", source_id=False)
        with self.assertRaisesRegex(UserError, "(?s)at least one file.*source a name.*source are read"):
            wizard.action_look()

    def test_a_month_is_checked_by_its_first_day(self):
        wizard = self.look(focus_csv(hour(1)), expected_month="2026-03-17")
        self.assertEqual(str(self.bring(wizard).expected_month), "2026-03-01")


@tagged("post_install", "-at_install")
class TestFilesThatAreRefused(WizardCase):
    def test_a_file_of_another_kind(self):
        self.assert_refused("usage.csv, row 1: this is another kind of file: the columns BilledCost, .*, … are missing",
                            b"name,amount\na,1\n")  # fmt: skip

    def test_a_mandatory_column_missing(self):
        columns = [name for name in focus_csv().decode().strip().split(",") if name != "BilledCost"]
        self.assert_refused("usage.csv, row 1: the file lacks the columns BilledCost", focus_csv(columns=columns))

    def test_a_column_twice(self):
        header, row = focus_csv(hour(1)).decode().strip().split("\r\n")
        content = f"{header},billedcost\r\n{row},5\r\n".encode()
        self.assert_refused("usage.csv, row 1: two columns of the file mean the same: .*billedcost", content)

    def test_an_empty_file(self):
        self.assert_refused("usage.csv: the file is empty", b"")

    def test_column_names_and_no_rows(self):
        self.assert_refused("usage.csv: the file has column names and no rows", focus_csv())

    def test_a_truncated_gzip(self):
        content = gzip.compress(b"".join([focus_csv(hour(1))] * 5))[:-9]
        self.assert_refused("usage.csv, row 11: the compressed file stops before its end", content)

    def test_another_month_than_the_one_chosen(self):
        self.assert_refused(
            "usage.csv, row 3: this row belongs to 2026-04, and 2026-03 was chosen",
            focus_csv(hour(1), hour(2, **APRIL)),
            expected_month="2026-03-01",
        )

    def test_not_one_row_can_be_read(self):
        self.assert_refused("not one of its 1 rows can be read", focus_csv(hour(1, cost="ten")))

    def test_every_refused_file_is_named(self):
        wizard = self.upload(("a.csv", b""), ("b.csv", b"x,y\n1,2\n"))
        with self.assertRaisesRegex(UserError, "(?s)a.csv: the file is empty.*b.csv, row 1: this is another kind"):
            wizard.action_look()

    def test_a_broken_number_and_a_broken_date_wait_and_the_rest_comes_in(self):
        rows = (hour(1), hour(2, cost="1,5"), hour(3, ChargePeriodStart="yesterday"))
        wizard = self.look(focus_csv(*rows))
        self.assertEqual(wizard.problem_count, 2)
        self.assertIn("is not a number. Write plain digits with a point", wizard.preview_problems)
        self.assertIn("is not a date", wizard.preview_problems)
        usage_import = self.bring(wizard)
        self.assertEqual(self.counts(usage_import), (3, 1, 0, 0, 2))
        self.assertEqual(usage_import.open_reject_count, 2)


@tagged("post_install", "-at_install")
class TestLargeFiles(WizardCase):
    def test_only_the_beginning_is_looked_at_and_the_rest_is_read_in_the_background(self):
        self.patch(cloud_usage_import_look, "_LARGE_BYTES", 100)
        self.patch(cloud_usage_import_look, "_LOOK_BYTES", 1)
        self.patch(type(self.env["cloud.usage.import"]), "_is_small", lambda usage_import: False)
        wizard = self.look(focus_csv(*(hour(day) for day in range(1, 29))))
        self.assertEqual(wizard.outcome, "large")
        self.assertTrue(wizard.preview["is_part"])
        self.assertIn("of their beginning", wizard.preview_summary)
        usage_import = self.bring(wizard)
        self.assertEqual((usage_import.state, usage_import.must_confirm), ("queued", True))


@tagged("post_install", "-at_install")
class TestWhoMayImport(WizardCase):
    def test_an_operator_imports_from_a_source_that_is_there(self):
        wizard = self.look(focus_csv(hour(1)), user=self.user_operator)
        self.assertFalse(wizard.can_make_source)
        self.assertEqual(self.bring(wizard).state, "imported")

    def test_a_viewer_does_not_import(self):
        with self.assertRaises(AccessError):
            self.upload(("usage.csv", b"x"), user=self.user_viewer)
        with self.assertRaises(AccessError):
            self.env["cloud.usage.import"].with_user(self.user_viewer)._create_with_files(self.bills, [])

    def test_a_person_cannot_import_the_upload_of_another(self):
        wizard = self.look(focus_csv(hour(1)), user=self.user_accountant)
        theirs = self.upload(("usage.csv", b"x"), user=self.user_operator)
        with self.assertRaises(AccessError):
            theirs.write({"file_ids": [(6, 0, wizard.file_ids.ids)]})

    def test_a_company_does_not_see_the_streams_of_another(self):
        other = self.env["res.company"].create({"name": "Other"})
        source = self.env["cloud.usage.source"].create({"name": "N", "reader": "focus", "company_id": other.id})
        self.deliver(source, focus_csv(hour(1)))
        self.assertTrue(self.env["cloud.usage.stream"].sudo().search([("source_id", "=", source.id)]))
        for model in ("cloud.usage.stream", "cloud.usage.import", "cloud.usage.record", "cloud.usage.cost.report"):
            found = self.env[model].with_user(self.user_viewer).search([("source_id", "=", source.id)])
            self.assertFalse(found, model)
