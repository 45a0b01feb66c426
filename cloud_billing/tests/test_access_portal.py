"""A customer in the portal: his own rows of whatever he may read at all, and nothing by guessing numbers."""

import re

from odoo import http
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.access.sharing_table import FREE, WHOLE
from .access_common import MonthOfTwoCase, get_own_models

GUESSES = 200
# Odoo's and ours, by a number that anybody can count up.
ROUTES = (
    "/my/invoices/{}",
    "/my/invoices/{}?report_type=pdf&download=true",
    "/my/invoices/{}?access_token=guessed",
    "/report/html/account.report_invoice/{}",
    "/account/download_invoice_documents/{}/pdf",
    "/account/download_invoice_attachments/{}",
    "/account/download_move_attachments/{}",
    "/mail/message/{}",
    "/web/content/{}",
    "/cloud_billing/explanation/rated_line/{}?customer=1",
    "/cloud_billing/explanation/invoice_line/{}?customer=1",
    "/cloud_billing/proof/{}",
    "/cloud_billing/interventions/{}",
    "/cloud_billing/usage_file/{}",
    "/cloud_billing/usage_format/{}",
    "/cloud_billing/closing/{}",
    "/cloud_billing/audit_file/{}",
    "/cloud_billing/evidence/{}",
)
# Sent by POST: what comes with it.
POSTED = {
    "/invoice/transaction/{}": {"json": {"params": {"access_token": "guessed"}}},
    "/cloud_billing/push/{}": {"json": {"events": []}},
    "/cloud_billing/usage_upload/{}/0": {"data": {"csrf_token": ""}},
}
# Odoo's ways to a document whose key one has.
KEYED = (
    "/mail/view?model=account.move&res_id={}",
    "/web/content?model=account.move&id={}&field=name",
    "/web/content/account.move/{}/name",
    "/web/image/account.move/{}/name",
    "/report/pdf/account.report_invoice_with_payments/{}",
)
# Where documents of customers are reached by a number; what Odoo adds there is among those above or here.
PLACES = ("/my/", "/account/", "/invoice/", "/cloud_billing/")
OF_NO_CUSTOMER = {
    '/my/address/country_info/<model("res.country"):country>',
    "/my/invoices/page/<int:page>",
    "/my/journal/<int:journal_id>/unsubscribe",
}


class PortalCase(MonthOfTwoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "acme_portal", password="acme_portal", groups="base.group_portal")
        cls.portal.partner_id.parent_id = cls.acme.partner_id
        cls.bolt.partner_id.name = cls.bolt.name = "Zzbolt"


@tagged("post_install", "-at_install")
class TestWhatACustomerReaches(PortalCase):
    def let_read(self):
        """As if some module gave customers the right to read each of our models: which rows is asked of the rules."""
        self.env["ir.model.access"].sudo().create(
            [
                {
                    "name": model._name,
                    "model_id": self.env["ir.model"]._get_id(model._name),
                    "group_id": self.env.ref("base.group_portal").id,
                    "perm_read": True,
                }
                for model in get_own_models(self.env)
            ]
        )

    def search(self, name):
        """What he finds; of the audit trail it is told that only auditors read it, whatever right somebody gave."""
        if name == "cloud.audit.event":
            with self.assertRaises(AccessError):
                self.env[name].with_user(self.portal).search([])
            return self.env[name]
        return self.env[name].with_user(self.portal).search([])

    def test_each_address_with_a_number_is_among_those_that_are_guessed(self):
        routes = http._generate_routing_rules(sorted(self.env.registry._init_modules), nodb_only=False)
        numbered = {path for path, _endpoint in routes if path.startswith(PLACES) and re.search("<(int|model)", path)}
        self.assertGreater(len(numbered), 10)
        guessed = [*ROUTES, *POSTED]
        missing = {rule for rule in numbered if not any(route.startswith(rule.split("<")[0]) for route in guessed)}
        self.assertEqual(missing, OF_NO_CUSTOMER, "add these to ROUTES")

    def test_today_he_reads_no_model_of_ours(self):
        readable = [
            model._name for model in get_own_models(self.env) if model.with_user(self.portal).has_access("read")
        ]
        self.assertEqual(readable, [])

    def test_of_what_he_may_read_he_sees_his_own(self):
        self.bill_march()
        self.let_read()
        seen = set()
        for model in get_own_models(self.env):
            for record in self.search(model._name):
                self.assertLessEqual(self.get_owners(record), set(self.acme.ids), record)
                seen.add(model._name)
        self.assertFalse(seen & (FREE | WHOLE))
        self.assertGreaterEqual(
            seen, {"cloud.customer", "cloud.subscription", "cloud.bill", "cloud.charge", "cloud.rated.line"}
        )
        for record in (self.bolt, self.bolt_subscription):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                record.with_user(self.portal).read(["name"])

    def test_a_price_for_everybody_is_not_shown_to_him(self):
        self.let_read()
        self.assertFalse(self.search("cloud.price.rule"))

    def test_a_payer_sees_those_he_pays_for_and_they_do_not_see_him(self):
        self.let_read()
        self.bolt.parent_id = self.acme
        self.assertEqual(self.search("cloud.customer"), self.acme | self.bolt)
        self.portal.partner_id.parent_id = self.bolt.partner_id
        self.assertEqual(self.search("cloud.customer"), self.bolt)

    def test_who_is_nobodys_contact_sees_nothing(self):
        self.let_read()
        self.portal.partner_id.parent_id = False
        for model in get_own_models(self.env):
            self.assertFalse(self.search(model._name), model._name)
            self.assertFalse(model.with_user(self.env.ref("base.public_user")).has_access("read"))


@tagged("post_install", "-at_install")
class TestNothingIsFoundByGuessingNumbers(PortalCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.attachment"].sudo().create(
            {"name": "zzbolt.txt", "raw": b"Zzbolt", "res_model": "cloud.customer", "res_id": cls.bolt.id}
        )

    def get_guesses(self, route, records):
        """Numbers around those of the other customer, his among them."""
        middle = max(records.ids, default=GUESSES)
        return range(max(1, middle - GUESSES // 2), max(1, middle - GUESSES // 2) + GUESSES)

    def get_targets(self, route):
        """What the other customer has that a route leads to."""
        env = self.env(su=True)
        lines = self.bolt_move.sudo().line_ids
        targets = {
            "/my/": self.bolt_move.sudo(),
            "/report/": self.bolt_move.sudo(),
            "/mail/view": self.bolt_move.sudo(),
            "/invoice/": self.bolt_move.sudo(),
            "/account/download_invoice_documents": self.bolt_move.sudo(),
            "/account/download_move_attachments": self.bolt_move.sudo(),
            "/account/download_invoice_attachments": env["ir.attachment"].search([("name", "=", "zzbolt.txt")]),
            "/mail/message": self.bolt_move.sudo().message_ids,
            "/web/content": env["ir.attachment"].search([("name", "=", "zzbolt.txt")]),
            "/cloud_billing/explanation/invoice_line": lines,
            "/cloud_billing/explanation/rated_line": lines.cloud_rated_line_ids,
            "/cloud_billing/proof": lines.cloud_rated_line_ids,
            "/cloud_billing/usage_file": env["cloud.usage.file"].search([]),
        }
        return next((found for start, found in targets.items() if route.startswith(start)), lines.browse())

    def test_a_customer_finds_nothing_of_another(self):
        acme_move, self.bolt_move = self.bill_march()
        self.bolt_move.flush_recordset()
        # Each request empties the cache: read once.
        name_of_other = self.bolt_move.name
        self.authenticate("acme_portal", "acme_portal")
        own = self.url_open(f"/my/invoices/{acme_move.id}")
        self.assertIn(acme_move.name, own.text)
        self.assertNotIn(self.bolt_move.name, self.url_open("/my/invoices").text)
        for route in ROUTES:
            targets = self.get_targets(route)
            guesses = self.get_guesses(route, targets)
            self.assertLessEqual(set(targets.ids[-1:]), set(guesses))
            with self.subTest(route=route), mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
                for number in guesses:
                    if number == acme_move.id and "invoices" in route:
                        continue
                    answer = self.url_open(route.format(number), allow_redirects=False)
                    self.assertNotIn("zzbolt", answer.text.lower(), f"{route} {number}")
                    self.assertNotIn(name_of_other, answer.text)
                    if number in targets.ids:
                        self.assertNotEqual(answer.status_code, 200, f"{route} {number}")
        for route, sent in POSTED.items():
            with self.subTest(route=route), mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
                for number in self.get_guesses(route, self.get_targets(route)):
                    answer = self.url_open(route.format(number), **sent)
                    self.assertNotIn("zzbolt", answer.text.lower(), f"{route} {number}")
                    self.assertNotIn(name_of_other, answer.text)
                    self.assertTrue(answer.status_code >= 400 or "error" in answer.json(), f"{route} {number}")

    def test_the_key_of_his_own_document_opens_no_other(self):
        """A link with a key opens its document to whoever has it, without a login: that one, and no other."""
        acme_move, self.bolt_move = self.bill_march()
        key = acme_move._portal_ensure_token()
        self.bolt_move._portal_ensure_token()
        self.bolt_move.flush_recordset()
        own = self.url_open(f"/my/invoices/{acme_move.id}?access_token={key}")
        self.assertIn(acme_move.name, own.text)
        for login in (None, "acme_portal"):
            self.authenticate(login, login)
            for route in (*ROUTES, *KEYED):
                if "guessed" in route:
                    route = route.split("?")[0]
                for target in self.get_targets(route)[-3:] or self.bolt_move.sudo():
                    address = route.format(target.id)
                    address += f"{'&' if '?' in address else '?'}access_token={key}"
                    with (
                        self.subTest(address=address, login=login),
                        mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"),
                    ):
                        self.assert_nothing(self.url_open(address))
            for route, values in self.get_posted(key).items():
                with (
                    self.subTest(address=route, login=login),
                    mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"),
                ):
                    self.assert_nothing(self.url_open(route, json={"params": values}))

    def assert_nothing(self, answer):
        self.assertNotIn("zzbolt", answer.text.lower())
        self.assertNotIn(self.bolt_move.name, answer.text)

    def get_posted(self, key):
        """What a page sends of a document, with the key of another one."""
        move, thread = self.bolt_move.sudo(), {"thread_model": "account.move", "thread_id": self.bolt_move.id}
        return {
            f"/invoice/transaction/{move.id}": {"access_token": key},
            "/mail/thread/messages": {**thread, "token": key, "access_token": key},
            "/mail/message/post": {**thread, "post_data": {"body": "?"}, "token": key, "access_token": key},
            "/portal/chatter_init": {**thread, "token": key},
            "/mail/data": {"fetch_params": [["mail.thread", {**thread, "request_list": ["messages", "attachments"]}]]},
        }
