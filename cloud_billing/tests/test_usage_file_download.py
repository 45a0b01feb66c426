from odoo.tests import HttpCase, tagged

from ..models.usage import cloud_usage_file
from .common import CloudBillingUsers


@tagged("post_install", "-at_install")
class TestDownload(CloudBillingUsers, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.set_up_people(cls.company)
        cls.content = b"id,start\n" + b"x" * 100

    def file_of(self, company):
        source = self.env["cloud.usage.source"].create({"name": "N", "reader": "csv", "company_id": company.id})
        self.patch(cloud_usage_file, "PART_BYTES", 40)
        return self.env["cloud.usage.import"]._create_with_files(source, [("uh äh.csv", self.content)]).file_ids

    def test_a_file_comes_back_as_it_was_uploaded(self):
        file = self.file_of(self.company)
        self.assertEqual(len(file.part_ids), 3)
        self.authenticate("cloud_viewer", "cloud_viewer")
        answer = self.url_open(file.action_download()["url"])
        self.assertEqual((answer.status_code, answer.content), (200, self.content))
        self.assertIn("attachment", answer.headers["Content-Disposition"])

    def test_the_file_of_another_company_is_not_there(self):
        file = self.file_of(self.env["res.company"].create({"name": "Other"}))
        self.authenticate("cloud_viewer", "cloud_viewer")
        self.assertEqual(self.url_open(file.action_download()["url"]).status_code, 404)

    def test_nobody_reads_a_file_without_logging_in(self):
        answer = self.url_open(self.file_of(self.company).action_download()["url"], allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
