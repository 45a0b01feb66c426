from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.intake import cloud_usage_file_retention
from .usage_common import UsageCase, focus_csv, hour


@tagged("post_install", "-at_install")
class TestHowLongFilesAreKept(UsageCase):
    def came(self, usage_import, moment):
        """Say that an import came at a moment, a text in UTC."""
        self.env.flush_all()
        self.cr.execute("UPDATE cloud_usage_import SET imported_at = %s WHERE id = %s", [moment, usage_import.id])
        self.cr.execute("UPDATE cloud_usage_file SET create_date = %s WHERE import_id = %s", [moment, usage_import.id])
        self.env.invalidate_all()

    def expired(self, now):
        found = self.env["cloud.usage.file"]._find_expired(datetime.fromisoformat(now))
        return found.filtered(lambda file: file.source_id == self.bills)

    def test_ten_years_unless_the_source_says_otherwise(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1)))
        self.came(usage_import, "2026-03-05 10:00:00")
        self.assertEqual(self.bills.keep_files_months, 120)
        self.assertEqual(str(usage_import.file_ids.kept_until), "2036-03-05")
        self.assertFalse(self.expired("2036-03-05 10:00:00"))
        self.assertEqual(self.expired("2036-03-05 10:00:01"), usage_import.file_ids)
        self.bills.keep_files_months = 0
        self.assertFalse(usage_import.file_ids.kept_until or self.expired("2099-01-01"))
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.bills.keep_files_months = -1
            self.env.flush_all()

    def test_the_content_goes_and_the_rows_and_the_record_of_the_file_stay(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1), hour(2)))
        file = usage_import.file_ids
        before, parts = (file.name, file.size, file.sha256), file.part_ids
        self.came(usage_import, "2006-03-05 10:00:00")
        self.env["cloud.usage.file"]._gc_contents()
        self.assertFalse(parts.exists())
        self.assertEqual((file.name, file.size, file.sha256), before)
        self.assertTrue(file.deleted_at)
        self.assertEqual(len(self.live_rows(self.bills)), 2)
        event = (
            self.env["cloud.audit.event"]
            .sudo()
            .search([("action", "=", "usage_files_deleted")], limit=1, order="id desc")
        )
        self.assertEqual((event.res_model, event.res_id), (usage_import._name, usage_import.id))
        self.assertIn(file.sha256, str(event.detail))
        # Once is enough.
        self.assertFalse(self.expired("2099-01-01"))
        for read in (file.action_download, file._read_all):
            with self.assertRaisesRegex(UserError, f"usage.csv of {usage_import.name} was deleted on"):
                read()

    def test_what_may_still_be_read_stays(self):
        draft = self.env["cloud.usage.import"]._create_with_files(self.bills, [("a.csv", focus_csv(hour(1)))])
        self.came(draft, "2006-03-05 10:00:00")
        for state in ("draft", "queued", "staging"):
            draft.state = state
            self.assertFalse(self.expired("2099-01-01"))

    def test_a_refused_one_whose_file_is_gone_is_not_tried_again(self):
        refused = self.env["cloud.usage.import"]._create_with_files(self.bills, [("a.csv", b"")])
        refused.action_import()
        self.assertEqual(refused.state, "refused")
        refused.file_ids._delete_contents(datetime(2026, 3, 5))
        with self.assertRaisesRegex(UserError, "deliver it again"):
            refused.action_retry()

    def test_so_many_at_a_time_and_again_for_the_rest(self):
        imports = [self.deliver(self.events, f"id,start\n{n},".encode()) for n in range(3)]
        for usage_import in imports:
            self.came(usage_import, "2006-03-05 10:00:00")
        with patch.object(cloud_usage_file_retention, "_BATCH", 2):
            self.assertEqual(self.env["cloud.usage.file"]._gc_contents(), (2, True))
            self.assertEqual(self.env["cloud.usage.file"]._gc_contents(), (1, False))

    def test_nobody_deletes_or_changes_what_is_kept(self):
        file = self.deliver(self.bills, focus_csv(hour(1))).file_ids.with_user(self.user_administrator)
        for change in (
            lambda: file.write({"deleted_at": "2026-01-01"}),
            file.unlink,
            file.part_ids.unlink,
            lambda: file.part_ids.write({"raw": b"x"}),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_the_same_content_is_stored_once_and_compressed(self):
        content = focus_csv(*(hour(day) for day in range(1, 29)))
        first, second = (self.deliver(self.bills, content, name=name) for name in ("a.csv", "b.csv"))
        self.assertEqual(first.file_ids.part_ids.store_fname, second.file_ids.part_ids.store_fname)
        self.assertLess(first.file_ids.part_ids.file_size, len(content) / 4)
        self.assertEqual(b"".join(second.file_ids._read_all()), content)
        # What one of them no longer needs the other one still has.
        first.file_ids._delete_contents(datetime(2026, 3, 5))
        self.env["ir.attachment"]._gc_file_store_unsafe()
        self.assertEqual(b"".join(second.file_ids._read_all()), content)
