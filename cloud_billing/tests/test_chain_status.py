from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..models.chain import cloud_security_status
from .chain_common import ChainCase


@tagged("post_install", "-at_install")
class TestTheSecurityStatusOfTheRecord(ChainCase):
    def read_states(self):
        """{key: state} of the checks of the audit trail."""
        checks = self.env["cloud.security.status"].with_context(allowed_company_ids=self.company.ids)
        return {
            check["key"]: check["state"]
            for check in checks._get_security_checks()
            if check["key"].startswith("record_")
        }

    def test_a_record_that_was_just_verified_and_is_anchored_is_in_order(self):
        self.record_and_seal(2)
        self.verify()
        self.company.with_user(self.user_auditor).sudo().cloud_anchor_email = "a@example.com"
        self.env["cloud.audit.chain"].invalidate_model()
        self.assertEqual(
            self.read_states(),
            {"record_sealed": "ok", "record_verified": "ok", "record_anchored": "ok", "record_owner": "warning"},
        )

    def test_what_was_never_verified_or_found_altered_is_told(self):
        ids = self.record_and_seal(2)
        self.assertEqual(self.read_states()["record_verified"], "warning")
        self.tamper("UPDATE {events} SET reason = 'other' WHERE id = %s", ids[0])
        self.verify()
        self.assertEqual(self.read_states()["record_verified"], "off")

    def test_a_seal_that_stopped_is_told(self):
        self.record(1)
        self.assertEqual(self.read_states()["record_sealed"], "ok")
        with patch.object(cloud_security_status, "_SEAL_WITHIN", timedelta(minutes=-5)):
            self.assertEqual(self.read_states()["record_sealed"], "off")
        self.key_file.unlink()
        self.assertEqual(self.read_states()["record_sealed"], "off")

    def test_an_anchor_file_is_enough(self):
        self.assertEqual(self.read_states()["record_anchored"], "off")
        self.options["audit_anchor_file"] = f"{self.folder}/x.anchors"
        self.assertEqual(self.read_states()["record_anchored"], "ok")

    def test_another_owner_of_the_tables_is_told(self):
        with patch.object(cloud_security_status, "is_ours", lambda cr: False):
            self.assertEqual(self.read_states()["record_owner"], "ok")
