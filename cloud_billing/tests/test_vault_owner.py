import logging
import uuid

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw

from .common import ROLES
from .connection_common import ConnectionCase

CANARY = "CBCANARY-3b0f77d1"


class TestOwnerOfSecrets(ConnectionCase):
    """A connector, as the record that secrets are set on."""

    def setUp(self):
        super().setUp()
        self.secrets = self.env["cloud.secret"]

    def as_user(self, user):
        return self.connector.with_user(user)

    def find(self):
        return self.secrets.search([("res_model", "=", self.connector._name), ("res_id", "=", self.connector.id)])

    def test_a_billing_administrator_sets_it_and_sees_its_fingerprint(self):
        said = self.as_user(self.user_administrator).set_secret("key", CANARY)
        self.assertEqual(set(said), {"fingerprint", "set_by", "set_at"})
        self.assertNotIn(CANARY, repr(said))
        self.assertEqual((self.find().label, self.find().set_by), ("API key", self.user_administrator))
        self.assertEqual(self.secrets._reveal(self.connector)["key"].reveal(), CANARY)
        form = self.as_user(self.user_administrator).read()
        self.assertIn(said["fingerprint"], repr(form))
        self.assertNotIn(CANARY, repr(form))

    def test_nobody_else_sets_or_removes_it(self):
        before = self.find().fingerprint
        # Who may write the record, as operators may write a source, may not set its secrets for that.
        self.env["ir.model.access"].create(
            {
                "name": "Everybody writes",
                "model_id": self.env["ir.model"]._get_id(self.connector._name),
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
                "perm_write": True,
            }
        )
        for role in ROLES:
            if role == "administrator":
                continue
            connector = self.as_user(getattr(self, f"user_{role}"))
            with self.subTest(role), self.assertRaisesRegex(AccessError, "Only a billing administrator"):
                connector.set_secret("key", CANARY)
            with self.subTest(role), self.assertRaisesRegex(AccessError, "Only a billing administrator"):
                connector.drop_secret("key")
        self.assertEqual(self.find().fingerprint, before)

    def test_not_on_a_record_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        administrator = self.user_administrator.copy(
            {"login": "other", "company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        )
        for change in (
            lambda one: one.set_secret("key", CANARY),
            lambda one: one.drop_secret("key"),
        ):
            with self.assertRaises(AccessError):
                change(self.as_user(administrator).with_context(allowed_company_ids=other.ids))

    def test_not_on_a_record_that_may_only_be_read(self):
        self.env["ir.rule"].create(
            {
                "name": "Nobody writes",
                "model_id": self.env["ir.model"]._get_id(self.connector._name),
                "domain_force": "[(0, '=', 1)]",
                "perm_read": False,
                "perm_create": False,
                "perm_unlink": False,
            }
        )
        for change in (lambda one: one.set_secret("key", CANARY), lambda one: one.drop_secret("key")):
            with self.assertRaises(AccessError):
                change(self.as_user(self.user_administrator))

    def test_only_secrets_that_it_has(self):
        for change in (
            lambda one: one.set_secret("address", CANARY),
            lambda one: one.drop_secret("other"),
        ):
            with self.assertRaisesRegex(UserError, "has no secret"):
                change(self.as_user(self.user_administrator))

    def test_it_goes_by_itself_and_with_its_record(self):
        self.as_user(self.user_administrator).drop_secret("key")
        self.assertFalse(self.find())
        self.as_user(self.user_administrator).set_secret("key", CANARY)
        self.connector.unlink()
        self.assertFalse(self.find())
        events = self.env["cloud.audit.event"].sudo().search([("action", "=", "secret_dropped")])
        self.assertEqual(len(events), 2)
        # Told before the record was gone.
        self.assertIn(self.bills.name, events[0].detail_text)

    def test_a_copy_has_none(self):
        self.as_user(self.user_administrator).set_secret("key", CANARY)
        copied = self.connector.copy({"name": "Copied", "options": self.connector.options})
        self.assertEqual(self.secrets._describe(copied), {copied.id: {}})

    def test_the_log_of_calls_leaves_its_arguments_out(self):
        # A value that begins with one that is hidden already: the rest is nobody's to see either.
        self.as_user(self.user_administrator).set_secret("key", CANARY)
        value = f"{CANARY}-{uuid.uuid4()}"
        arguments = [self.connector.ids, "key", value]
        with self.assertLogs("odoo.service.model", logging.DEBUG) as log:
            call_kw(self.env(user=self.user_administrator)["cloud.connector"], "set_secret", arguments, {})
            call_kw(
                self.env(user=self.user_administrator)["cloud.connector"], "read", [self.connector.ids, ["name"]], {}
            )
        text = "\n".join(log.output)
        self.assertNotIn(value.removeprefix(CANARY), text)
        self.assertIn(f"call cloud.connector({self.connector.id},).set_secret(***)", text)
        # What others are called with is logged as ever.
        self.assertIn("read(['name'])", text)
