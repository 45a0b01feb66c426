import hashlib
from ast import literal_eval
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.intake import cloud_usage_upload
from ..models.usage import usage_importer
from .common import CloudBillingCase, CloudBillingUsers
from .usage_common import UsageCase, focus_csv, hour

PART = 100


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def cut(content):
    return [content[at : at + PART] for at in range(0, len(content), PART)]


class UploadMixin:
    """Sends files in parts of 100 bytes, as the browser does."""

    def begin(self, content, name="usage.csv", user=None):
        """An upload of a person that has begun."""
        uploads = self.env["cloud.usage.upload"].with_user(user or self.user_operator)
        self.patch(cloud_usage_upload, "PART_BYTES", PART)
        return uploads.browse(uploads.begin(name, len(content), sha256(content[:PART]))["id"])

    def send(self, upload, content, *sequences):
        """Send all parts of a content, or those of these numbers."""
        for sequence, part in enumerate(cut(content)):
            if not sequences or sequence in sequences:
                upload._receive(sequence, part, sha256(part))

    def finish(self, upload, content):
        return upload.finish(sha256("".join(map(sha256, cut(content))).encode()))

    def upload(self, content, **begin):
        """The attachment that stands for a file that was sent as a whole."""
        upload = self.begin(content, **begin)
        self.send(upload, content)
        return upload.attachment_id.browse(self.finish(upload, content)["attachment_id"])


@tagged("post_install", "-at_install")
class TestAFileInParts(UploadMixin, CloudBillingCase):
    content = bytes(range(256)) + b"the end"

    def test_a_file_is_the_same_when_it_has_arrived(self):
        # 263 bytes in parts of 100: 100, 100, 63.
        upload = self.begin(self.content)
        self.send(upload, self.content)
        self.finish(upload, self.content)
        self.assertEqual((upload.is_finished, upload.sha256), (True, False))
        self.assertEqual(len(upload.part_ids), 3)
        with upload._open() as stream:
            self.assertEqual(stream.read(), self.content)

    def test_it_can_be_read_from_anywhere(self):
        upload = self.begin(self.content)
        self.send(upload, self.content)
        with upload._open() as stream:
            stream.seek(-7, 2)
            self.assertEqual((stream.tell(), stream.read(), stream.read(1)), (256, b"the end", b""))
            stream.seek(95)
            self.assertEqual(stream.read(10), self.content[95:105])
            self.assertEqual(stream.read1(1000), self.content[105:200])

    def test_it_goes_on_where_it_stopped_when_the_same_file_is_chosen_again(self):
        upload = self.begin(self.content)
        self.send(upload, self.content, 0, 1)
        uploads = upload.browse()
        again = uploads.begin("usage.csv", len(self.content), sha256(self.content[:PART]))
        self.assertEqual(again["id"], upload.id)
        self.assertEqual(again["parts"], [sha256(self.content[:100]), sha256(self.content[100:200])])
        self.assertEqual([one["id"] for one in uploads.get_unfinished()], [upload.id])

    def test_another_file_of_the_same_name_begins_anew(self):
        upload = self.begin(self.content)
        self.assertNotEqual(self.begin(b"x" + self.content[1:]), upload)
        self.assertNotEqual(self.begin(self.content + b"!"), upload)
        self.assertNotEqual(self.begin(self.content, name="other.csv"), upload)

    def test_the_same_part_twice_is_one(self):
        upload = self.begin(self.content)
        self.send(upload, self.content, 0)
        parts = upload.part_ids
        self.send(upload, self.content, 0)
        self.assertEqual(upload.part_ids, parts)

    def test_no_part_is_read_when_all_have_arrived(self):
        upload, small = self.begin(self.content), self.begin(self.content[:100], name="small.csv")
        self.send(upload, self.content)
        self.send(small, self.content[:100])
        with patch.object(self.registry["cloud.usage.file"], "_load_part", side_effect=AssertionError):
            self.finish(upload, self.content)
            self.finish(small, self.content[:100])
        # One part is the file, and its checksum the file's.
        self.assertEqual(small.sha256, sha256(self.content[:100]))

    def test_two_senders_at_once_cannot_both_keep_a_part(self):
        upload = self.begin(self.content)
        self.send(upload, self.content, 0)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            upload.part_ids.sudo().copy()
            self.env.flush_all()

    def test_a_file_that_changed_meanwhile_is_what_it_is_now(self):
        upload = self.begin(self.content)
        self.send(upload, self.content, 0, 1)
        changed = self.content[:150] + b"?" + self.content[151:]
        self.send(upload, changed)
        self.assertEqual(self.finish(upload, changed)["name"], "usage.csv")
        with upload._open() as stream:
            self.assertEqual(stream.read(), changed)

    def test_parts_of_two_states_of_a_file_are_refused(self):
        upload = self.begin(self.content)
        self.send(upload, self.content)
        with self.assertRaisesRegex(UserError, "usage.csv is not the file whose first parts arrived before"):
            self.finish(upload, self.content[:150] + b"?" + self.content[151:])

    def test_a_part_is_refused_that_is_damaged_or_of_another_size_or_out_of_turn(self):
        upload = self.begin(self.content)
        part = self.content[:PART]
        for sequence, sent, checksum, sentence in (
            (0, part[:-1] + b"?", sha256(part), "Part 1 of usage.csv arrived damaged"),
            (0, part[:-1], sha256(part[:-1]), "Part 1 of usage.csv arrived damaged"),
            (0, part + b"?", sha256(part + b"?"), "Part 1 of usage.csv arrived damaged"),
            (0, part, None, "Part 1 of usage.csv arrived damaged"),
            (1, part, sha256(part), "usage.csv has no part 2 now"),
            (-1, part, sha256(part), "usage.csv has no part 0 now"),
        ):
            with self.assertRaisesRegex(UserError, sentence):
                upload._receive(sequence, sent, checksum)
        self.send(upload, self.content)
        with self.assertRaisesRegex(UserError, "usage.csv has no part 4 now"):
            upload._receive(3, b"", sha256(b""))
        self.finish(upload, self.content)
        with self.assertRaisesRegex(UserError, "has arrived as a whole already"):
            self.send(upload, self.content, 0)

    def test_a_file_is_not_finished_before_all_is_there(self):
        upload = self.begin(self.content)
        self.send(upload, self.content, 0)
        with self.assertRaisesRegex(UserError, "Part 2 of usage.csv is still missing"):
            self.finish(upload, self.content)

    def test_an_empty_file_has_no_parts(self):
        self.assertEqual(self.upload(b"").name, "usage.csv")

    def test_text_is_kept_compressed_and_what_is_compressed_as_it_came(self):
        for content, is_packed in ((b"a,b\n" * 60, True), (b"\x1f\x8b" + b"z" * 238, False)):
            upload = self.begin(content)
            self.send(upload, content)
            stored = upload.sudo().part_ids.attachment_id
            self.assertEqual(upload.is_packed, is_packed)
            self.assertEqual(sum(stored.mapped("file_size")) < len(content), is_packed)

    def test_names_are_names_and_never_paths(self):
        for sent, kept in (
            ("../../etc/passwd", "passwd"),
            ("C:\\bills\\march.csv", "march.csv"),
            ("a\x00b\nc.csv", "abc.csv"),
            ("..", "file"),
            ("x" * 300 + ".csv", "x" * 196 + ".csv"),
        ):
            self.assertEqual(self.begin(self.content, name=sent).name, kept)

    def test_too_much_is_refused(self):
        uploads = self.env["cloud.usage.upload"].with_user(self.user_operator)
        with self.assertRaisesRegex(UserError, "more than 16 GB. Split it"):
            uploads.begin("a.csv", 16 * 1024**3 + 1, sha256(b""))
        for size in (-1, None, "5", 1.5):
            with self.assertRaisesRegex(UserError, "The size of the file is missing"):
                uploads.begin("a.csv", size, sha256(b""))
        for checksum in (None, "", "abc", sha256(b"") + "0"):
            with self.assertRaisesRegex(UserError, "The checksum of the first part of a.csv is missing"):
                uploads.begin("a.csv", 5, checksum)
        for number in range(20):
            self.begin(b"x", name=f"{number}.csv")
        with self.assertRaisesRegex(UserError, "20 files are on their way already"):
            self.begin(b"x", name="one more.csv")

    def test_what_nobody_went_on_sending_is_swept_after_a_week(self):
        old, new = self.begin(self.content, name="old.csv"), self.begin(self.content, name="new.csv")
        self.send(old, self.content)
        parts = old.sudo().part_ids.attachment_id
        self.env.flush_all()
        self.cr.execute(
            "UPDATE cloud_usage_upload SET active_at = active_at - interval '8 days' WHERE id = %s", [old.id]
        )
        self.env.invalidate_all()
        self.env["cloud.usage.upload"]._gc_uploads()
        self.assertEqual((old | new).exists(), new)
        self.assertFalse(parts.exists())

    def test_a_removed_one_is_gone_with_its_parts(self):
        upload = self.begin(self.content)
        self.send(upload, self.content)
        parts = upload.sudo().part_ids.attachment_id
        upload.cancel()
        self.assertFalse(upload.exists() or parts.exists())


@tagged("post_install", "-at_install")
class TestWhoseUpload(UploadMixin, CloudBillingCase):
    content = b"x" * 150

    def test_only_who_may_import_may_send(self):
        for user in (self.user_viewer, self.user_auditor, self.user_approver):
            with self.assertRaises(AccessError):
                self.begin(self.content, user=user)
            with self.assertRaises(AccessError):
                self.env["cloud.usage.upload"].with_user(user).get_unfinished()

    def test_another_person_neither_sees_nor_touches_it(self):
        upload = self.begin(self.content)
        self.send(upload, self.content)
        theirs = upload.with_user(self.user_administrator)
        self.assertFalse(theirs.search([]))
        self.assertFalse(theirs.env["cloud.usage.upload.part"].search([]))
        self.assertEqual(theirs.browse().get_unfinished(), [])
        for touch in (
            lambda: theirs.read(["name"]),
            lambda: theirs._receive(0, b"y" * 100, sha256(b"y" * 100)),
            lambda: self.finish(theirs, self.content),
            theirs.cancel,
        ):
            with self.assertRaises(AccessError):
                touch()
        attachments = upload.sudo().part_ids.attachment_id.with_user(self.user_accountant)
        with self.assertRaises(AccessError):
            attachments[0].raw  # noqa: B018

    def test_the_same_file_of_two_people_is_two_uploads(self):
        upload = self.begin(self.content)
        self.send(upload, self.content, 0)
        self.assertFalse(self.begin(self.content, user=self.user_administrator).part_ids)

    def test_nobody_writes_what_has_arrived(self):
        upload = self.begin(self.content)
        self.send(upload, self.content)
        for write in (
            lambda: upload.write({"is_finished": True}),
            lambda: upload.create({"name": "a", "size": 1, "part_bytes": 1, "first_sha256": "x"}),
            lambda: upload.part_ids.write({"sha256": "x"}),
            lambda: upload.part_ids.attachment_id.write({"raw": b"y"}),
            upload.unlink,
        ):
            with self.assertRaises(AccessError):
                write()

    def test_it_belongs_to_the_company_in_which_it_was_sent(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_operator.company_ids |= other
        upload = self.begin(self.content)
        elsewhere = upload.with_context(allowed_company_ids=other.ids)
        self.assertFalse(elsewhere.search([]))
        with self.assertRaises(AccessError):
            self.finish(elsewhere, self.content)


@tagged("post_install", "-at_install")
class TestImportOfAnUpload(UploadMixin, UsageCase):
    def wizard(self, *attachments, user=None):
        return (
            self.env["cloud.usage.import.wizard"]
            .with_user(user or self.user_operator)
            .create(
                {
                    "file_ids": [Command.set([attachment.id for attachment in attachments])],
                    "source_choice": "existing",
                    "source_id": self.bills.id,
                }
            )
        )

    def test_the_parts_become_those_of_the_import_and_are_not_copied(self):
        content = focus_csv(hour(1), hour(2))
        attachment = self.upload(content)
        upload = self.env["cloud.usage.upload"].browse(attachment.res_id)
        parts = upload.part_ids.attachment_id
        # A form in the browser asks for sizes in place of contents.
        wizard = self.wizard(attachment).with_context(bin_size=True)
        wizard.action_look()
        self.assertEqual(parts.mapped("res_model"), ["cloud.usage.upload"] * len(parts))
        usage_import = self.env["cloud.usage.import"].browse(wizard.action_import()["res_id"])
        file = usage_import.file_ids
        self.assertEqual(file.part_ids, parts)
        self.assertEqual(parts.mapped("res_model"), ["cloud.usage.file"] * len(parts))
        self.assertEqual((file.name, file.size, file.sha256), ("usage.csv", len(content), sha256(content)))
        self.assertEqual(b"".join(file._read_all()), content)
        self.assertFalse(upload.exists() or attachment.exists())
        self.assertEqual(self.counts(usage_import), (2, 2, 0, 0, 0))

    def test_its_checksum_is_taken_when_it_is_read_and_it_is_known_by_it(self):
        content = focus_csv(hour(1), hour(2))
        first = self.env["cloud.usage.import"].browse(self.wizard(self.upload(content)).action_import()["res_id"])
        again = (
            self.env["cloud.usage.import"]
            .sudo()
            ._create_with_files(self.bills, [("other.csv", self.upload_stream(content))])
        )
        self.assertFalse(again.file_ids.sha256)
        self.assertIn(again.file_ids, self.get_listed_files())
        # Delivered another way, it is the same file.
        delivered = self.deliver(self.bills, content)
        again._enqueue()
        self.env.flush_all()
        self.assertEqual(first.file_ids.sha256, sha256(content))
        self.assertEqual((delivered.file_ids.sha256, delivered.state), (sha256(content), "known"))
        self.env["cloud.usage.importer"]._import_now(again)
        self.assertEqual((again.file_ids.sha256, again.state), (sha256(content), "known"))

    def test_the_lease_is_renewed_while_a_checksum_is_taken(self):
        content = focus_csv(hour(1), hour(2))
        again = (
            self.env["cloud.usage.import"]
            .sudo()
            ._create_with_files(self.bills, [("usage.csv", self.upload_stream(content))])
        )
        token = self.env["cloud.usage.importer"]._claim_now(again)
        again.flush_recordset()
        checks, importer = [], self.registry["cloud.usage.importer"]
        check = importer._check_claim
        self.patch(usage_importer, "_HASHED_PARTS", 2)
        self.patch(importer, "_check_claim", lambda *arguments: checks.append(1) or check(*arguments))
        self.env["cloud.usage.importer"]._take_checksums(again, token, usage_importer._at_once)
        # Before the first of each two parts, and with the checksum itself.
        self.assertEqual(len(checks), -(-len(again.file_ids.part_ids) // 2) + 1)
        again.claim_token = "somebody else's"
        again.file_ids.sha256 = False
        self.env.flush_all()
        with self.assertRaises(usage_importer.ClaimLost):
            self.env["cloud.usage.importer"]._take_checksums(again, token, usage_importer._at_once)
        self.assertFalse(again.file_ids.sha256)

    def test_an_empty_file_is_in_the_list_and_one_known_by_its_name_is_not(self):
        empty, named = self.env["cloud.usage.import"].sudo().create([{"source_id": self.bills.id}] * 2)
        file = self.env["cloud.usage.file"].sudo()._keep(empty, [("empty.csv", b"")])
        known = file.create({"import_id": named.id, "name": "corrected.csv"})
        self.assertEqual((file.size, known.size), (0, 0))
        self.assertIn(file, self.get_listed_files())
        self.assertNotIn(known, self.get_listed_files())

    def get_listed_files(self):
        domain = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_file_action")["domain"]
        return self.env["cloud.usage.file"].search(literal_eval(domain))

    def upload_stream(self, content):
        return self.env["cloud.usage.upload"].browse(self.upload(content, name="again.csv").res_id)._open()

    def test_a_file_that_has_not_arrived_as_a_whole_is_not_looked_at(self):
        wizard = self.wizard(self.upload(focus_csv(hour(1))))
        wizard.pending_file_count = 1
        with self.assertRaisesRegex(UserError, "Wait until all files have arrived"):
            wizard.action_look()

    def test_the_upload_of_another_person_is_not_imported(self):
        theirs = self.upload(focus_csv(hour(1)), user=self.user_administrator)
        with self.assertRaises(AccessError):
            self.wizard(theirs).action_look()

    def test_a_large_file_is_large_by_what_was_sent(self):
        attachment = self.upload(focus_csv(*(hour(day) for day in range(1, 29))))
        with patch("odoo.addons.cloud_billing.wizards.cloud_usage_import_look._LARGE_BYTES", 1000):
            wizard = self.wizard(attachment)
            wizard.action_look()
        self.assertEqual(wizard.outcome, "large")


@tagged("post_install", "-at_install")
class TestTheRoute(UploadMixin, CloudBillingUsers, HttpCase):
    content = b"x" * 150

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.set_up_people(cls.company)

    def post(self, upload, sequence, content, token=True, **form):
        if token:
            form["csrf_token"] = Request.csrf_token(self)
        answer = self.url_open(
            f"/cloud_billing/usage_upload/{upload.id}/{sequence}",
            data={"sha256": sha256(content), **form},
            files={"part": ("part", content)},
            allow_redirects=False,
        )
        self.env.invalidate_all()
        return answer

    def test_a_part_arrives(self):
        upload = self.begin(self.content)
        self.authenticate("cloud_operator", "cloud_operator")
        answer = self.post(upload, 0, self.content[:PART])
        self.assertEqual((answer.status_code, answer.json()), (200, {}))
        self.assertEqual(upload.part_ids.mapped("sha256"), [sha256(self.content[:PART])])

    def test_a_damaged_part_is_refused_with_a_sentence(self):
        upload = self.begin(self.content)
        self.authenticate("cloud_operator", "cloud_operator")
        answer = self.post(upload, 0, self.content[:PART], sha256=sha256(b"other"))
        self.assertEqual((answer.status_code, answer.json()),
                         (422, {"error": "Part 1 of usage.csv arrived damaged."}))  # fmt: skip
        self.assertFalse(upload.part_ids)

    def test_nothing_arrives_without_a_token_or_a_login(self):
        upload = self.begin(self.content)
        self.authenticate("cloud_operator", "cloud_operator")
        with mute_logger("odoo.http"):
            self.assertEqual(self.post(upload, 0, self.content[:PART], token=False).status_code, 400)
        self.authenticate(None, None)
        self.assertEqual(self.post(upload, 0, self.content[:PART]).status_code, 303)
        self.assertFalse(upload.part_ids)

    def test_the_upload_of_another_is_not_there(self):
        upload = self.begin(self.content)
        self.authenticate("cloud_administrator", "cloud_administrator")
        self.assertEqual(self.post(upload, 0, self.content[:PART]).status_code, 404)
        self.authenticate("cloud_viewer", "cloud_viewer")
        self.assertEqual(self.post(upload, 0, self.content[:PART]).status_code, 403)

    def test_more_than_a_part_is_not_even_read(self):
        upload = self.begin(self.content)
        self.authenticate("cloud_operator", "cloud_operator")
        self.assertEqual(self.post(upload, 0, b"x" * 9 * 1024 * 1024).status_code, 413)
