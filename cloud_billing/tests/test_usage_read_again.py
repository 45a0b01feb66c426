"""A kept file read once more by a corrected format: shown first, then a newer delivery, or the missing rows."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .test_usage_formats import CONTENT, MONTHLY, FormatCase, bare, table


class ReadAgainCase(FormatCase):
    def ask(self, usage_import, user=None):
        """The wizard as an operator sees it."""
        usage_import = usage_import.with_user(user or self.user_operator)
        action = usage_import.action_read_again()
        return self.env[action["res_model"]].with_user(usage_import.env.user).browse(action["res_id"])

    def do(self, wizard):
        action = wizard.action_read_again()
        self.env.invalidate_all()
        return self.env["cloud.usage.import"].browse(action["res_id"])

    def quantities(self, source):
        return [str(row.quantity) for row in self.live_rows(source)]


@tagged("post_install", "-at_install")
class TestMonthReadAgain(ReadAgainCase):
    def setUp(self):
        super().setUp()
        self.source = self.make_source(MONTHLY)
        rows = ("05.03.2026;sub-1;Speicher;1,5", "06.03.2026;sub-1;Speicher;2")
        self.first = self.deliver(self.source, bare(*rows))

    def test_is_offered_when_there_is_a_newer_version(self):
        self.assertFalse(self.first.can_read_again)
        self.change(self.source, quantity_factor="2")
        self.assertTrue(self.first.can_read_again)

    def test_shows_first_what_it_changes_and_keeps_nothing(self):
        self.change(self.source, quantity_factor="2")
        imports = self.env["cloud.usage.import"].search_count([])
        wizard = self.ask(self.first)
        self.assertIn("a newer delivery of their months", wizard.what_happens)
        self.assertIn("2 rows are read: 2 come in", wizard.outcome_text)
        self.assertIn("0 rows added, 2 changed, 0 gone", wizard.outcome_text)
        self.assertFalse(wizard.removal_text)
        self.assertEqual(self.env["cloud.usage.import"].search_count([]), imports)
        self.assertEqual(self.quantities(self.source), ["1.5", "2"])

    def test_becomes_a_newer_delivery_from_the_same_files(self):
        self.change(self.source, quantity_factor="2")
        again = self.do(self.ask(self.first))
        self.assertEqual((again.state, again.reread_of_id, again.format_version_id.number), ("imported", self.first, 2))
        self.assertEqual(self.quantities(self.source), ["3.0", "4"])
        self.assertEqual(again.file_ids.sha256, self.first.file_ids.sha256)
        self.assertEqual(again.file_ids.part_ids, self.first.file_ids.part_ids)
        self.assertTrue(self.first.delivery_ids.superseded_number)
        with self.assertRaisesRegex(UserError, "read the newer delivery"):
            self.first.action_read_again()

    def test_comes_back_once_what_replaced_it_was_undone(self):
        second = self.deliver(self.source, bare("05.03.2026;sub-1;Speicher;9", "06.03.2026;sub-1;Speicher;9"), "b.csv")
        self.assertFalse(self.first.can_read_again)
        second.action_undo()
        self.env.invalidate_all()
        self.assertIn(f"press Read Again on {self.first.name}", second.message_ids[0].body)
        self.assertEqual((self.first.can_read_again, second.can_read_again), (True, True))
        wizard = self.ask(self.first)
        self.assertIn("Nothing of it counts now", wizard.what_happens)
        self.do(wizard)
        self.assertEqual(self.quantities(self.source), ["1.5", "2"])
        # Now something counts there again, which neither of them may replace.
        self.assertEqual((self.first.can_read_again, second.can_read_again), (False, False))

    def test_that_was_undone_by_mistake_counts_again(self):
        self.first.action_undo()
        self.env.invalidate_all()
        self.do(self.ask(self.first))
        self.assertEqual(self.quantities(self.source), ["1.5", "2"])

    def test_of_two_months_brings_back_the_one_and_leaves_the_other(self):
        both = bare("05.04.2026;sub-1;Speicher;3", "05.05.2026;sub-1;Speicher;4")
        two = self.deliver(self.source, both, "two.csv")
        april = self.deliver(self.source, bare("05.04.2026;sub-1;Speicher;7"), "april.csv")
        self.assertFalse(two.can_read_again)
        april.action_undo()
        self.env.invalidate_all()
        again = self.do(self.ask(two))
        self.assertEqual(self.counts(again), (2, 1, 1, 0, 0))
        self.assertEqual(self.quantities(self.source), ["1.5", "2", "3", "4"])

    def test_that_takes_rows_away_is_asked_for(self):
        # The second row becomes one that cannot be read.
        self.change(self.source, decimal=".", thousands=",")
        wizard = self.ask(self.first)
        self.assertIn("1 rows", wizard.removal_text)
        with self.assertRaisesRegex(UserError, "Tick the box when that is right"), self.cr.savepoint():
            wizard.action_read_again()
        wizard.allow_removal = True
        self.do(wizard)
        self.assertEqual(self.quantities(self.source), ["2"])

    def test_keeps_its_files_when_the_second_reading_is_deleted(self):
        again = self.env["cloud.usage.import"].create({"source_id": self.source.id})
        self.first.file_ids._share(again)
        again.unlink()
        self.assertTrue(self.first.file_ids._read_part(0))

    def test_leaves_the_files_to_the_second_reading_when_its_own_time_is_over(self):
        self.change(self.source, quantity_factor="2")
        again = self.do(self.ask(self.first))
        file = self.first.file_ids.sudo()
        file._delete_contents(self.env.cr.now())
        self.assertFalse(file.part_ids)
        self.assertEqual(again.file_ids.part_ids.res_id, again.file_ids.id)
        self.assertTrue(again.file_ids._read_part(0))


@tagged("post_install", "-at_install")
class TestEventsReadAgain(ReadAgainCase):
    def setUp(self):
        super().setUp()
        self.source = self.make_source()
        rows = ("1;05.03.2026;sub-1;Speicher;1,5", "2;06.03.2026;sub-1;Speicher;1.002,5", "3;07.03.2026;sub-1;S;x")
        self.first = self.deliver(self.source, table(*rows))
        self.change(self.source, thousands=".")

    def test_bring_what_could_not_be_read_and_leave_the_rest(self):
        self.assertEqual(self.counts(self.first), (3, 1, 0, 0, 2))
        wizard = self.ask(self.first)
        self.assertEqual(wizard.way, "missing")
        self.assertIn("3 rows are read: 1 come in, 2 are there already", wizard.outcome_text)
        again = self.do(wizard)
        # The third row is the same bad row as before: it is known.
        self.assertEqual(self.counts(again), (3, 1, 2, 0, 0))
        self.assertEqual(self.quantities(self.source), ["1.5", "1002.5"])
        states = {reject.row_no: reject.state for reject in self.first.reject_ids}
        self.assertEqual(states, {3: "corrected", 4: "open"})

    def test_wait_where_their_content_is_another_one_now(self):
        self.change(self.source, thousands=".", quantity_factor="2")
        again = self.do(self.ask(self.first))
        self.assertEqual(self.counts(again), (3, 1, 1, 1, 0))
        self.assertEqual(self.quantities(self.source), ["1.5", "2005.0"])

    def test_can_all_be_taken_in_anew(self):
        self.change(self.source, thousands=".", quantity_factor="2")
        form = Form(self.ask(self.first))
        form.way = "anew"
        wizard = form.save()
        wizard.action_look()
        self.assertIn("3 rows are read: 2 come in", wizard.outcome_text)
        self.assertEqual(self.first.state, "imported")
        again = self.do(wizard)
        self.assertEqual((self.first.state, again.state), ("undone", "imported"))
        self.assertEqual(self.quantities(self.source), ["3.0", "2005.0"])

    def test_of_an_undone_second_reading_wait_again(self):
        again = self.do(self.ask(self.first))
        again.action_undo()
        self.assertEqual(set(self.first.reject_ids.mapped("state")), {"open"})

    def test_without_an_id_are_counted_as_before(self):
        source = self.make_source(CONTENT, "No ids")
        row = "05.03.2026;sub-1;Speicher;1,5"
        first = self.deliver(source, bare(row, row, "06.03.2026;sub-1;Speicher;1.002,5"))
        self.change(source, thousands=".", quantity_factor="2")
        again = self.do(self.ask(first))
        self.assertEqual(self.counts(again), (3, 1, 2, 0, 0))
        self.assertEqual(self.quantities(source), ["1.5", "1.5", "2005.0"])

    def test_of_an_undone_import_come_in_again(self):
        self.first.action_undo()
        self.env.invalidate_all()
        wizard = self.ask(self.first)
        self.assertEqual(wizard.import_state, "undone")
        self.assertEqual(self.counts(self.do(wizard)), (3, 2, 0, 0, 1))

    def test_of_an_import_that_never_came_in_are_not_offered(self):
        refused = self.deliver(self.source, b"nothing")
        self.assertFalse(refused.can_read_again)
        with self.assertRaisesRegex(UserError, "nothing to read again"):
            refused.action_read_again()
