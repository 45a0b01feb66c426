import io
import zipfile

from odoo.tests import HttpCase, tagged

from .common import CloudBillingUsers


@tagged("post_install", "-at_install")
class TestFilesOfAnAuditor(CloudBillingUsers, HttpCase):
    """Events and packs over HTTP: for whoever opened the window, and kept by nobody on the way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.set_up_people(cls.company)
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})

    def fetch(self, window, login="cloud_auditor"):
        self.env.flush_all()
        self.authenticate(login, login)
        return self.url_open(window.action_download()["url"])

    def check_headers(self, answer, kind):
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], kind)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("attachment", answer.headers["Content-Disposition"])

    def test_the_events_that_the_window_names(self):
        self.env["cloud.meter"].create({"name": "Fetched", "code": "fetched", "unit": "GB"})
        domain = [("res_model", "=", "cloud.meter"), ("res_name", "=", "Fetched")]
        window = self.env["cloud.audit.file"].with_user(self.user_auditor).create({"domain": str(domain)})
        answer = self.fetch(window)
        self.check_headers(answer, "text/csv; charset=utf-8")
        self.assertIn("Fetched", answer.text)
        self.assertEqual(self.fetch(window, "cloud_administrator").status_code, 404)

    def test_a_pack(self):
        window = self.env["cloud.evidence.pack"].with_user(self.user_auditor).create({})
        answer = self.fetch(window)
        self.check_headers(answer, "application/zip")
        self.assertIn("manifest.json", zipfile.ZipFile(io.BytesIO(answer.content)).namelist())
        self.assertEqual(self.fetch(window, "cloud_administrator").status_code, 404)
