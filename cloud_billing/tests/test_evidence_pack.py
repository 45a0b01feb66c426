import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.pdf import PdfReader

from ..models.month.cloud_intervention_file import COLUMNS
from .common import ROLES, CloudBillingCase


@tagged("post_install", "-at_install")
class TestTheEvidencePack(CloudBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("live")
        today = fields.Date.today()
        cls.pack = (
            cls.env["cloud.evidence.pack"]
            .with_user(cls.user_auditor)
            .create({"date_start": today - timedelta(days=1), "date_end": today + timedelta(days=1)})
        )

    def open_pack(self, pack=None):
        self.env.flush_all()
        name, chunks = (pack or self.pack)._make_file()
        self.assertTrue(name.endswith(".zip"))
        return zipfile.ZipFile(io.BytesIO(b"".join(chunks)))

    def read_table(self, archive, name):
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))

    def test_the_manifest_has_the_digest_of_every_file(self):
        archive = self.open_pack()
        manifest = json.loads(archive.read("manifest.json"))
        self.assertEqual({file["name"] for file in manifest["files"]} | {"manifest.json"}, set(archive.namelist()))
        for file in manifest["files"]:
            self.assertEqual(hashlib.sha256(archive.read(file["name"])).hexdigest(), file["sha256"], file["name"])
        event = self.env["cloud.audit.event"].search([("action", "=", "exported")], limit=1)
        self.assertEqual(event.detail["manifest_sha256"], hashlib.sha256(archive.read("manifest.json")).hexdigest())

    def test_who_has_which_role_when_last_here_and_with_what(self):
        rows = {row["login"]: row for row in self.read_table(self.open_pack(), "access_review.csv")}
        self.assertEqual(rows["cloud_approver"]["roles"], "approver viewer")
        self.assertEqual(rows["cloud_approver"]["person"], "Chris Checker")
        self.assertEqual(rows["cloud_approver"]["second_factor"], "no")

    def test_what_changed_in_the_range_is_there(self):
        meter = self.env["cloud.meter"].create({"name": "=2+2", "code": "disk_pack", "unit": "GB"})
        rows = self.read_table(self.open_pack(), "change_log.csv")
        row = next(row for row in rows if row["record_id"] == str(meter.id) and row["field"] == "name")
        # A name that a spreadsheet would work out stays a text.
        self.assertEqual((row["model"], row["new"]), ("cloud.meter", "'=2+2"))

    def test_what_is_not_in_the_range_is_not(self):
        pack = self.pack.copy({"date_start": "2001-01-01", "date_end": "2001-02-01"})
        archive = self.open_pack(pack)
        for name in ("change_log.csv", "approvals.csv", "interventions.csv", "backup_drills.csv", "reviews.csv"):
            self.assertEqual(self.read_table(archive, name), [], name)

    def test_requests_and_votes_are_there(self):
        plan = self.env["cloud.price.plan"].create({"name": "Plan", "company_id": self.company.id})
        version = self.env["cloud.price.plan.version"].create(
            {"plan_id": plan.id, "date_start": "2026-01-01", "rule_ids": [(0, 0, {"name": "Price", "unit_price": "1"})]}
        )
        maker = self.env(user=self.user_price_manager)
        request = maker["cloud.change.request"]._submit(version.with_env(maker), "price_version")
        self.vote(request, comment="looked at it")
        row = next(row for row in self.read_table(self.open_pack(), "approvals.csv") if row["request"] == request.name)
        self.assertEqual((row["requester_person"], row["voter_person"]), ("Mara Maker", "Chris Checker"))
        self.assertEqual((row["decision"], row["comment"]), ("approve", "looked at it"))

    def test_a_vote_of_the_range_on_what_was_proposed_before_it_is_there(self):
        plan = self.env["cloud.price.plan"].create({"name": "Plan", "company_id": self.company.id})
        version = self.env["cloud.price.plan.version"].create(
            {"plan_id": plan.id, "date_start": "2026-01-01", "rule_ids": [(0, 0, {"name": "Price", "unit_price": "1"})]}
        )
        maker = self.env(user=self.user_price_manager)
        with freeze_time(fields.Datetime.now() - timedelta(days=9)):
            request = maker["cloud.change.request"]._submit(version.with_env(maker), "price_version")
            self.env.flush_all()
        names = [row["request"] for row in self.read_table(self.open_pack(), "approvals.csv")]
        self.assertNotIn(request.name, names, "nothing happened to it in the range")
        self.vote(request)
        row = next(row for row in self.read_table(self.open_pack(), "approvals.csv") if row["request"] == request.name)
        self.assertEqual((row["decision"], row["voter_person"]), ("approve", "Chris Checker"))

    def test_the_page_says_in_words_what_is_in_the_pack(self):
        """As a reader of PDF sees it: company, range and files."""
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() not in ("ok", "upgrade"):
            self.skipTest("wkhtmltopdf is not installed")
        self.pack = self.pack.with_context(force_report_rendering=True)
        archive = self.open_pack()
        content = archive.read("summary.pdf")
        self.assertEqual(content[:5], b"%PDF-")
        pages = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        text = " ".join(pages.split())
        for told in (self.company.name, str(self.pack.date_start), "change_log.csv", "access_review.csv", "seal.csv"):
            self.assertIn(told, text)

    def test_the_register_of_interventions_keeps_its_columns(self):
        head = self.open_pack().read("interventions.csv").decode().splitlines()[0]
        self.assertEqual(tuple(head.split(",")), COLUMNS)

    def test_a_drill_is_written_down_once_and_is_in_the_pack(self):
        drills = self.env["cloud.backup.drill"].with_user(self.user_administrator)
        drill = drills.create(
            {
                "backup": "nightly",
                "restored": "database and files",
                "checks": "trial balance",
                "result": "passed",
                "recorded_by_id": self.user_viewer.id,
            }
        )
        self.assertEqual(drill.recorded_by_id, self.user_administrator)
        for attempt in (lambda: drill.sudo().write({"result": "failed"}), lambda: drill.sudo().unlink()):
            with self.assertRaises(UserError):
                attempt()
        rows = self.read_table(self.open_pack(), "backup_drills.csv")
        self.assertEqual([row["written_down_by"] for row in rows], ["cloud_administrator"])

    def test_nothing_of_another_company_is_in_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["cloud.audit.event"]._record("settings", other, reason="elsewhere")
        archive = self.open_pack()
        self.assertNotIn(b"elsewhere", archive.read("change_log.csv"))
        with self.assertRaises(UserError):
            self.open_pack(self.pack.copy({"company_id": other.id}))

    def test_only_auditors_make_one(self):
        for role in ROLES:
            if role != "auditor":
                with self.subTest(role), self.assertRaises(AccessError):
                    self.open_pack(self.pack.sudo().copy().with_user(getattr(self, f"user_{role}")).sudo())
