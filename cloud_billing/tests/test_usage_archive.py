"""A zip archive of several files is one delivery: each file in it is read like a file of its own."""

from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine.readers import Limits
from ..models.usage import usage_importer_members, usage_reading
from ..models.usage.usage_importer import ClaimLost
from ..wizards import cloud_usage_import_look
from .test_usage_import_wizard import WizardCase
from .test_usage_progress import BackgroundCase
from .usage_common import APRIL, UsageCase, archive, events_csv, focus_csv, hour


def of_april(day, **more):
    return {**hour(day, **more), **APRIL, "ChargePeriodStart": f"2026-04-{day:02d}T00:00:00Z",
            "ChargePeriodEnd": f"2026-04-{day:02d}T01:00:00Z"}  # fmt: skip


# 10 + 20 of March in two parts, 40 of April.
PARTS = {
    "part-1.csv": focus_csv(hour(1)),
    "part-2.csv": focus_csv(hour(2, cost="20")),
    "april/part-1.csv": focus_csv(of_april(3, cost="40")),
}
BESIDE = {"README.txt": b"Read me", "__MACOSX/._part-1.csv": b"\0", ".DS_Store": b"\0", "bill-manifest.json": b"{}"}
BILLS = archive({**PARTS, **BESIDE})


@tagged("post_install", "-at_install")
class TestArchiveOfSeveral(UsageCase):
    def names(self, usage_import):
        return usage_import._get_read_files().mapped("name")

    def test_its_files_are_one_delivery_of_all_their_months(self):
        usage_import = self.deliver(self.bills, BILLS, "bills.zip")
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (3, 3, 0, 0, 0)))
        months = {str(one.billing_month): one.cost_billed for one in usage_import.delivery_ids}
        self.assertEqual(months, {"2026-03-01": Decimal("30"), "2026-04-01": Decimal("40")})
        self.assertEqual(
            self.names(usage_import), ["bills.zip/april/part-1.csv", "bills.zip/part-1.csv", "bills.zip/part-2.csv"]
        )
        kept = usage_import.file_ids.filtered("is_archive")
        self.assertEqual(kept.left_out_text, "README.txt, __MACOSX/._part-1.csv, .DS_Store, bill-manifest.json")
        self.assertEqual(b"".join(kept._read_all()), BILLS)
        self.assertFalse(usage_import._get_read_files().part_ids)
        self.assertEqual(usage_import.progress, 100)

    def test_the_same_archive_again_is_known_unread_and_so_are_its_files_packed_otherwise_or_not_at_all(self):
        first = self.deliver(self.bills, BILLS, "bills.zip")
        again = self.deliver(self.bills, BILLS, "bills.zip")
        self.assertEqual((again.state, self.counts(again)), ("known", (3, 0, 3, 0, 0)))
        self.assertIn(first.name, again.message_ids[0].body)
        packed = self.deliver(self.bills, archive(dict(reversed(PARTS.items()))), "other.zip")
        self.assertEqual(packed.state, "known")
        files = [(f"{number}.csv", content) for number, content in enumerate(PARTS.values())]
        with patch.object(self.registry["cloud.usage.importer"], "_stage_chunk", side_effect=AssertionError):
            unpacked = self.env["cloud.usage.import"]._create_with_files(self.bills, files)
            unpacked.action_import()
        self.assertEqual(unpacked.state, "known")
        self.assertEqual(len(self.live_rows(self.bills)), 3)

    def test_one_part_of_a_month_alone_takes_the_rest_of_it_away_and_is_asked_about(self):
        self.deliver(self.bills, BILLS, "bills.zip")
        alone = self.deliver(self.bills, PARTS["part-1.csv"], "part-1.csv")
        self.assertEqual(alone.state, "refused")
        self.assertIn("March 2026 of acct-1: 1 rows and 20 USD go away, 2 rows become 1", alone.removal_text)
        # A file that is all of its month is that month again.
        april = self.deliver(self.bills, PARTS["april/part-1.csv"], "part-1.csv")
        self.assertEqual((april.state, self.counts(april)), ("known", (1, 0, 1, 0, 0)))

    def test_of_events_a_file_that_comes_again_alone_adds_nothing(self):
        parts = {
            "a.csv": events_csv(("e1", 1, "acme", "5")),
            "b.csv": events_csv(("e2", 2, "acme", "7"), ("e1", 1, "acme", "5")),
        }
        first = self.deliver(self.events, archive(parts), "events.zip")
        self.assertEqual(self.counts(first), (3, 2, 1, 0, 0))
        alone = self.deliver(self.events, parts["b.csv"], "b.csv")
        self.assertEqual((alone.state, self.counts(alone)), ("known", (2, 0, 2, 0, 0)))

    def test_a_row_that_cannot_be_read_is_named_by_archive_file_and_row_and_comes_in_corrected(self):
        parts = {**PARTS, "part-2.csv": focus_csv(hour(2), hour(5, cost="much"))}
        usage_import = self.deliver(self.bills, archive(parts), "bills.zip")
        self.assertEqual(self.counts(usage_import), (4, 3, 0, 0, 1))
        reject = usage_import.reject_ids
        self.assertEqual((reject.file_name, reject.row_no), ("bills.zip/part-2.csv", 3))
        reject.corrected_text = reject.original_text.replace("much", "5")
        reject.action_retry()
        row = self.live_rows(self.bills).filtered(lambda row: row.cost_billed == 5)
        self.assertEqual((row.row_no, row.file_name), (3, "bills.zip/part-2.csv"))

    def test_a_file_of_another_kind_refuses_the_delivery_by_its_name(self):
        others = {
            "costs.csv": (b"name,amount\na,1\n", "bills.zip/costs.csv, row 1: this is another kind of file"),
            "picture.csv": (b"%PDF-1.4" + bytes(50), "bills.zip/picture.csv: this is a pdf file"),
            "inner.zip": (archive({"a.csv": PARTS["part-1.csv"]}), "bills.zip/inner.zip: this is an archive within"),
            "z.csv": (focus_csv(), "bills.zip/z.csv: the file has column names and no rows"),
        }
        for name, (content, sentence) in others.items():
            with self.subTest(name):
                usage_import = self.deliver(self.bills, archive({**PARTS, name: content}), "bills.zip")
                self.assertEqual(usage_import.state, "refused")
                self.assertIn(sentence, usage_import.error)
                self.assertFalse(self.live_rows(self.bills))

    def test_headers_of_several_generations_are_read_each_by_its_own(self):
        old = focus_csv(hour(4), columns=[*reversed(focus_csv().decode().strip().split(","))])
        usage_import = self.deliver(self.bills, archive({**PARTS, "old.csv": old}), "bills.zip")
        self.assertEqual(self.counts(usage_import), (4, 4, 0, 0, 0))
        headers = {tuple(file.header) for file in usage_import._get_read_files()}
        self.assertEqual(len(headers), 2)

    def test_when_the_source_learns_which_file_is_meant_it_alone_is_read(self):
        content = archive({**PARTS, "costs.csv": b"name,amount\na,1\n"})
        usage_import = self.deliver(self.bills, content, "bills.zip")
        self.assertEqual((usage_import.state, len(usage_import.file_ids)), ("refused", 5))
        self.bills.archive_member = "part-2.csv"
        usage_import.action_retry()
        self.assertEqual((usage_import.state, usage_import.rows_accepted), ("imported", 1))
        self.assertEqual(
            (usage_import.file_ids.mapped("name"), usage_import.file_ids.is_archive), (["bills.zip"], False)
        )

    def test_read_again_reads_its_files_from_the_archive(self):
        parts = {"a.csv": events_csv(("e1", 1, "acme", "5")), "b.csv": events_csv(("e2", 2, "acme", "7"))}
        usage_import = self.deliver(self.events, archive(parts), "e.zip")
        again = usage_import._read_again(is_anew=True)
        self.assertEqual((again.state, self.counts(again)), ("imported", (2, 2, 0, 0, 0)))
        self.assertEqual(again.file_ids.mapped("name"), ["e.zip", "e.zip/a.csv", "e.zip/b.csv"])
        self.assertEqual(again.file_ids[0].part_ids, usage_import.file_ids[0].part_ids)

    def test_with_its_content_the_files_in_it_are_gone_and_the_list_stays(self):
        usage_import = self.deliver(self.bills, BILLS, "bills.zip")
        self.bills.keep_files_months = 1
        self.cr.execute("UPDATE cloud_usage_import SET imported_at = '2020-01-01' WHERE id = %s", [usage_import.id])
        self.env["cloud.usage.file"]._gc_contents()
        self.assertEqual(usage_import.file_ids.filtered("deleted_at").mapped("name"), ["bills.zip"])
        self.assertIn("not kept any more", usage_import._get_reread_problem())
        self.assertEqual(len(usage_import.file_ids), 4)

    def test_hostile_ones_are_refused_and_leave_nothing(self):
        cases = {
            "more files than are read from one (2)": (BILLS, Limits(max_members=2)),
            "grows more than 2 times": (archive(dict.fromkeys("ab", b"a\n" * 5000)), Limits(max_ratio=2, ratio_from=0)),
            # Two names of one length become one.
            "are called part-2.csv": (BILLS.replace(b"part-1.csv", b"part-2.csv"), None),
            "zip archive is damaged": (BILLS[:-30], None),
        }
        for sentence, (content, limits) in cases.items():
            with self.subTest(sentence):
                patched = {"return_value": limits} if limits else {"return_value": Limits()}
                with patch.object(self.registry["cloud.usage.import"], "_get_limits", **patched):
                    usage_import = self.deliver(self.bills, content, "bills.zip")
                self.assertEqual((usage_import.state, len(usage_import.file_ids)), ("refused", 1))
                self.assertIn("bills.zip: ", usage_import.error)
                self.assertIn(sentence, usage_import.error)

    def test_names_that_cannot_be_shown_are_shown_as_what_can(self):
        name = "../" + "a" * 300 + "\x1b[2J\u202e.csv"
        usage_import = self.deliver(self.bills, archive({**PARTS, name: focus_csv(hour(9))}), "bills.zip")
        shown = usage_import._get_read_files().mapped("name")[0]
        self.assertTrue(shown.endswith("a�[2J�.csv"), shown)
        self.assertEqual((len(shown), usage_import.rows_accepted), (len("bills.zip/") + 200, 4))


@tagged("post_install", "-at_install")
class TestArchiveInTheBackground(BackgroundCase):
    """Five files of two rows each, a row to a chunk."""

    def queue_archive(self):
        parts = {f"{n}.csv": focus_csv(hour(2 * n), hour(2 * n + 1)) for n in range(1, 6)}
        usage_import = self.env["cloud.usage.import"]._create_with_files(self.bills, [("bills.zip", archive(parts))])
        usage_import.sudo()._enqueue()
        self.env.flush_all()
        return usage_import.with_user(self.user_operator)

    def test_stopped_in_the_third_file_it_goes_on_there(self):
        usage_import, opened = self.queue_archive(), []
        unfold = usage_importer_members.open_several
        self.patch(usage_importer_members, "open_several", lambda *a, **k: opened.append(1) or unfold(*a, **k))
        # Five rows are in: the first of the third file.
        self.work(behind=5, then=lambda one: one.action_pause())
        third = usage_import._get_read_files()[2]
        self.assertEqual((usage_import.high_water_file, usage_import.high_water_row), (third.sequence, 2))
        # Each file is one piece, so that three of five are read.
        self.assertEqual(usage_import.progress, 60)
        usage_import.action_resume()
        self.work()
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (10, 10, 0, 0, 0)))
        places = {(row.file_name, row.row_no) for row in self.live_rows(self.bills)}
        self.assertEqual(places, {(f"bills.zip/{n}.csv", row) for n in range(1, 6) for row in (2, 3)})
        # What was begun is not looked into again.
        self.assertEqual(len(opened), 1)

    def test_whoever_stops_while_looking_into_it_leaves_what_he_saw_and_the_next_one_goes_on(self):
        usage_import, seen = self.queue_archive(), []
        describe = self.registry["cloud.usage.importer"]._describe_member

        def described(importer, *arguments):
            seen.append(arguments[-1])
            if len(seen) == 3:
                raise ClaimLost
            return describe(importer, *arguments)

        self.patch(self.registry["cloud.usage.importer"], "_describe_member", described)
        self.work()
        self.assertEqual((usage_import.state, usage_import.rows_read, len(usage_import.file_ids)), ("staging", 0, 3))
        self.cr.execute("UPDATE cloud_usage_import SET claim_until = NULL WHERE id = %s", [usage_import.id])
        self.work()
        self.assertEqual((usage_import.state, usage_import.rows_accepted), ("imported", 10))
        self.assertEqual(seen, ["1.csv", "2.csv", "3.csv", "3.csv", "4.csv", "5.csv"])
        self.assertEqual(usage_import._get_read_files().mapped("name"), [f"bills.zip/{n}.csv" for n in range(1, 6)])

    def test_the_lease_is_renewed_while_its_files_are_looked_at(self):
        usage_import, checks = self.queue_archive(), []
        check = self.registry["cloud.usage.importer"]._check_claim
        describe = self.registry["cloud.usage.importer"]._describe_member

        def described(importer, *arguments):
            before = len(checks)
            result = describe(importer, *arguments)
            self.assertGreater(len(checks), before)
            return result

        with (
            patch.object(self.registry["cloud.usage.importer"], "_describe_member", described),
            patch.object(
                self.registry["cloud.usage.importer"], "_check_claim", lambda *a: checks.append(1) or check(*a)
            ),
        ):
            self.work()
        self.assertEqual(usage_import.state, "imported")


@tagged("post_install", "-at_install")
class TestArchiveThroughTheWizard(WizardCase):
    def test_its_reader_is_proposed_and_its_files_are_shown_with_what_is_passed_over(self):
        wizard = self.upload(("bills.zip", BILLS), source_choice="new", source_id=False, source_name="Zipped")
        wizard._onchange_file_ids()
        self.assertEqual(wizard.reader, "focus")
        wizard.action_look()
        self.assertEqual(
            [(file["name"], file["rows"]) for file in wizard.preview["files"]],
            [("bills.zip/april/part-1.csv", 1), ("bills.zip/part-1.csv", 1), ("bills.zip/part-2.csv", 1)],
        )
        for text in (
            "Files, in the order",
            "bills.zip/part-2.csv",
            "Passed over",
            "bills.zip/README.txt",
            "March 2026",
        ):
            self.assertIn(text, wizard.preview_summary)
        usage_import = self.bring(wizard)
        self.assertEqual(self.counts(usage_import), (3, 3, 0, 0, 0))
        # 10 + 20 + 40
        self.assertEqual(usage_import.cost_billed, Decimal("70"))

    def test_a_problem_is_shown_with_its_file(self):
        parts = {**PARTS, "part-2.csv": focus_csv(hour(2), hour(5, cost="much"))}
        wizard = self.look(archive(parts), name="bills.zip")
        self.assertIn("bills.zip/part-2.csv", wizard.preview_problems)

    def test_files_that_do_not_fit_are_all_named_at_once(self):
        parts = {**PARTS, "costs.csv": b"name,amount\na,1\n", "inner.zip": archive({"a.csv": b"x"})}
        with self.assertRaises(UserError) as refusal:
            self.look(archive(parts), name="bills.zip")
        self.assertRegex(str(refusal.exception), r"bills.zip/costs.csv(.|\n)*bills.zip/inner.zip")

    def test_of_a_large_one_the_beginning_of_each_file_is_shown(self):
        self.patch(cloud_usage_import_look, "_LARGE_BYTES", 1)
        self.patch(cloud_usage_import_look, "_LOOK_BYTES", 4096)
        self.patch(usage_reading, "_LEAST_SHARE", 1024)
        parts = {f"{n}.csv": focus_csv(*(hour(day, f"vm-{n}") for day in range(1, 29))) for n in range(1, 5)}
        wizard = self.upload(("bills.zip", archive(parts)))
        wizard.action_look()
        # Of four kilobytes a kilobyte for each of four files, so a row of each.
        self.assertEqual([file["rows"] for file in wizard.preview["files"]], [1, 1, 1, 1])
        self.assertTrue(wizard.preview["is_part"])

    def test_columns_of_an_unknown_one_are_those_of_its_first_file(self):
        parts = {"b.csv": b"day;amount\n2026-03-01;5\n", "a.csv": b"day;amount\n2026-03-02;7\n", "README": b"x"}
        wizard = self.upload(("own.zip", archive(parts)), source_choice="new", source_id=False, source_name="Own")
        wizard._onchange_file_ids()
        self.assertEqual((wizard.delimiter, wizard.reader), (";", "own_columns"))
        wizard.step = "columns"
        self.assertEqual(wizard.sample["rows"], [["2026-03-02", "7"]])
