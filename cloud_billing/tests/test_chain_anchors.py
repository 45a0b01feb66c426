import socket

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.chain import anchors
from .chain_common import ChainCase

ANCHOR = "odoo.addons.cloud_billing.models.chain.cloud_audit_anchor"


@tagged("post_install", "-at_install")
class TestAnchors(ChainCase):
    def setUp(self):
        super().setUp()
        self.anchor = self.env["cloud.audit.anchor"]
        self.ids = self.record_and_seal(3)

    def anchor_now(self):
        # The schedule commits what it has begun with; here nothing waits.
        self.anchor._anchor()

    def test_a_line_says_all_that_is_compared_and_is_found_in_any_text(self):
        [head] = [head for head in self.anchor._fetch_heads(self.company) if head.company_id == self.company.id]
        line = anchors.format_line("db", head)
        kept = {self.company.id: {head.seq: {head.mac}}}
        self.assertEqual(anchors.parse(["Dear auditor,", f"> {line} ", ""]), kept)
        self.assertEqual(anchors.parse([line], "db"), kept)
        self.assertEqual(anchors.parse([f"<p>{line.replace(' ', chr(10))}</p>"]), kept)
        self.assertEqual(anchors.parse([line], "other"), {})

    def test_the_file_grows_and_is_compared_at_each_verification(self):
        self.options["audit_anchor_file"] = f"{self.folder}/{{database}}.anchors"
        self.anchor_now()
        self.record_and_seal(2)
        self.anchor_now()
        lines = anchors.get_file(self.env.cr.dbname).read_text().splitlines()
        self.assertEqual(len([line for line in lines if f"company={self.company.id} " in line]), 2)
        verification = self.verify()
        self.assertEqual((verification.state, verification.anchor_count), ("ok", 2))
        event = self.events.search([("action", "=", "record_anchored")], limit=1)
        self.assertEqual(event.detail["places"], [str(anchors.get_file(self.env.cr.dbname))])
        # Two seals of the end are cut off and made anew by the sealer: the file knows better.
        self.tamper("DELETE FROM {seals} WHERE company_id = %s AND seq > 1", self.company.id)
        self.assert_found("anchor", state="broken", seq=self.first_anchored(lines))

    def first_anchored(self, lines):
        return min(anchors.parse(lines)[self.company.id])

    def test_a_place_that_cannot_be_written_is_told_and_the_others_are_kept(self):
        self.options["audit_anchor_file"] = f"{self.folder}/nowhere/x.anchors"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(10)
            self.options["audit_anchor_syslog"] = f"127.0.0.1:{server.getsockname()[1]}"
            with mute_logger(ANCHOR):
                self.anchor_now()
            lines = [server.recv(4096).decode() for _head in self.anchor._fetch_heads()]
        self.assertIn(self.company.id, anchors.parse(lines, self.env.cr.dbname))
        event = self.events.search([("action", "=", "record_anchored")], limit=1)
        self.assertEqual(event.detail["places"], [self.options["audit_anchor_syslog"]])
        self.assertIn("nowhere", event.detail["problems"][0])

    def test_an_auditor_names_the_address_and_gets_the_heads_of_the_company(self):
        wizard = self.env["cloud.anchor.address"].with_user(self.user_auditor).create({"email": "a@example.com"})
        wizard.action_save()
        self.anchor_now()
        mail = self.env["mail.mail"].search([("email_to", "=", "a@example.com")])
        self.assertEqual(set(anchors.parse(mail.body_html.splitlines(), self.env.cr.dbname)), {self.company.id})
        event = self.events.search([("action", "=", "anchor_address")], limit=1)
        self.assertEqual(event.changes_text, "Anchors Go To:  → a@example.com")

    def test_nobody_else_names_it_and_the_former_address_is_told(self):
        self.company.with_user(self.user_auditor).sudo().cloud_anchor_email = "a@example.com"
        for user in (self.user_administrator, self.env.ref("base.user_root"), self.env.ref("base.user_admin")):
            with self.assertRaisesRegex(AccessError, "Only an auditor"):
                self.company.with_user(user).sudo().cloud_anchor_email = False
        self.company.with_user(self.user_auditor).sudo().cloud_anchor_email = "b@example.com"
        mail = self.env["mail.mail"].search([("email_to", "=", "a@example.com")])
        self.assertIn("the last anchor", mail.body_html)
        self.assertIn(self.company.id, anchors.parse(mail.body_html.splitlines()))

    def test_the_address_of_another_company_is_not_ours_to_name(self):
        wizard = self.env["cloud.anchor.address"].with_user(self.user_auditor).create({"email": "a@example.com"})
        wizard.company_id = self.other_company
        with self.assertRaisesRegex(AccessError, "not among those"):
            wizard.action_save()

    def test_kept_anchors_are_compared_by_a_person(self):
        Compare = self.env["cloud.anchor.compare"].with_user(self.user_auditor)
        kept = self.anchor._get_text(self.company)
        action = Compare.create({"lines": f"Dear auditor\n{kept}"}).action_verify()
        verifications = self.env["cloud.audit.verification"].search(action["domain"])
        mine = verifications.filtered(lambda verification: verification.company_id == self.company)
        self.assertEqual((mine.state, mine.anchor_count), ("ok", 1))
        other = kept.replace(kept.split("mac=")[1][:8], "00000000")
        verifications = self.env["cloud.audit.verification"].search(
            Compare.create({"lines": other}).action_verify()["domain"]
        )
        self.assertIn("broken", verifications.mapped("state"))
        with self.assertRaisesRegex(UserError, "None of these lines"):
            Compare.create({"lines": "nothing"}).action_verify()

    def test_what_is_signed_with_the_month_holds_the_end_of_the_chain(self):
        run = self.env["cloud.bill.run"].create({"cutoff_date": "2026-02-01", "invoice_date": "2026-02-01"})
        self.assertIn(self.company.id, anchors.parse(run._tell_tie_out().splitlines()))
