import base64
import inspect
import json
import os

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tools import mute_logger

from ..models.vault import (
    cloud_secret,
    cloud_secret_owner_mixin,
    cloud_vault_key,
    cloud_vault_key_rotation,
    key_store,
)
from .common import ROLES
from .vault_common import VaultCase

CANARY = "CBCANARY-6c1f2a9e"
# Whoever adds a public method to the room says here who may call it, and a test that it asks.
REVIEWED = {
    # Reads a name that the list shows.
    ("CloudSecret", "action_open_owner"),
    # Calls that of the key, which asks for password and role.
    ("CloudSecret", "action_rotate_key"),
    ("CloudSecretOwnerMixin", "set_secret"),
    ("CloudSecretOwnerMixin", "drop_secret"),
    ("CloudVaultKey", "action_download_copy"),
    ("CloudVaultKey", "action_rotate"),
    ("CloudVaultKey", "action_forget_all"),
}
# Where the values that are hidden in logs are kept, as str.format() would go there.
HIDDEN = "_put.__globals__[Secret].__init__.__globals__[remember].__globals__[_known].patterns"
# Of Odoo: refused for everybody here, or asked for nothing.
OF_ODOO = {"create", "write", "unlink", "init"}


class TestNobodyReadsAValue(VaultCase):
    def setUp(self):
        super().setUp()
        self.secrets._put(self.source, "password", CANARY, "Password")
        self.everybody = [getattr(self, f"user_{role}") for role in ROLES] + [
            self.env["res.users"].browse(SUPERUSER_ID)
        ]

    def test_no_field_of_any_model_stands_on_a_column_with_a_value(self):
        columns = {"ciphertext", "wrapped_key"}
        self.assertFalse([name for name in self.env if columns & set(self.env[name]._fields)])
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name IN ('cloud_secret', 'cloud_vault_key')"
        )
        self.assertFalse(columns & {name for (name,) in self.env.cr.fetchall()})

    def test_what_a_role_may_read_holds_no_value(self):
        readers = []
        for user in self.everybody:
            secrets = self.env(user=user)["cloud.secret"]
            try:
                found = secrets.search([])
                fields = list(secrets.fields_get())
                said = [
                    found.read(fields),
                    secrets.search_read([], fields),
                    found.export_data([name for name in fields if name != "id"]),
                    secrets.formatted_read_group([], ["name", "label"], ["__count"]),
                    found.web_read({name: {} for name in fields}),
                    found.mapped("display_name"),
                ]
            except AccessError:
                continue
            readers.append(user.login)
            self.assertTrue(found)
            self.assertNotIn(CANARY, repr(said))
        self.assertEqual(readers, ["cloud_auditor", "cloud_administrator", "__system__"])

    def test_nobody_searches_or_sorts_by_what_is_not_there(self):
        for user in (self.user_administrator, self.everybody[-1]):
            secrets = self.env(user=user)["cloud.secret"]
            for ask in (
                lambda model: model.search([("ciphertext", "!=", False)]),
                lambda model: model.search([("wrapped_key", "like", "x")]),
                lambda model: model.search([], order="ciphertext"),
                lambda model: model.formatted_read_group([], ["ciphertext"]),
                lambda model: model.search([]).read(["ciphertext"]),
            ):
                with self.assertRaises(ValueError):
                    ask(secrets)

    def test_nobody_writes_the_list_by_hand(self):
        for user in (self.user_administrator, self.everybody[-1]):
            for model in ("cloud.secret", "cloud.vault.key"):
                record = self.env(user=user)[model].search([], limit=1)
                for change in (
                    lambda one: one.create({"name": "x"}),
                    lambda one: one.write({"fingerprint": "x"}),
                    lambda one: one.unlink(),
                    lambda one: one.copy(),
                ):
                    with self.assertRaises(UserError):
                        change(record)

    def test_a_company_does_not_see_the_secrets_of_another_one(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.secrets._put(self.make_source("Foreign", other), "password", "foreign value")
        seen = self.env(user=self.user_administrator)["cloud.secret"].search([])
        self.assertEqual(seen.mapped("owner_name"), ["Provider"])

    def test_rpc_reaches_no_private_method(self):
        for model in ("cloud.secret", "cloud.vault.key"):
            private = [
                name for name in dir(type(self.env[model])) if name.startswith("_") and not name.startswith("__")
            ]
            self.assertIn("_note_failure" if model == "cloud.vault.key" else "_reveal", private)
            for name in private:
                with self.assertRaises(AccessError):
                    get_public_method(self.env[model], name)

    def test_the_public_methods_of_the_room_are_the_reviewed_ones(self):
        found = {
            (cls.__name__, name)
            for module in (cloud_secret, cloud_secret_owner_mixin, cloud_vault_key, cloud_vault_key_rotation)
            for cls in vars(module).values()
            if inspect.isclass(cls) and cls.__module__ == module.__name__
            for name, member in vars(cls).items()
            if callable(member) and not name.startswith("_") and name not in OF_ODOO
        }
        self.assertEqual(found, REVIEWED)

    def test_what_is_done_with_the_key_asks_for_the_role(self):
        for user in self.everybody[:-1]:
            if user == self.user_administrator:
                continue
            key = self.env(user=user)["cloud.vault.key"]
            for name in ("action_download_copy", "action_rotate", "action_forget_all"):
                # What is behind the question for the password.
                action = getattr(type(key), name).__wrapped__
                with self.subTest(user.login, action=name), self.assertRaises(AccessError):
                    action(key)

    def test_what_is_done_with_the_key_asks_for_the_password(self):
        for name in ("action_download_copy", "action_rotate", "action_forget_all"):
            with self.assertRaisesRegex(UserError, "only be accessed over HTTP"):
                getattr(self.env(user=self.user_administrator)["cloud.vault.key"], name)()


class TestServerActions(VaultCase):
    """Python that an administrator of Odoo types: it runs as the superuser, and gets no value."""

    def setUp(self):
        super().setUp()
        self.secrets._put(self.source, "password", CANARY)

    def run_code(self, code):
        """What the code leaves in `said`, told by its error."""
        vals = {
            "name": "Curious",
            "model_id": self.env["ir.model"]._get_id("cloud.usage.source"),
            "state": "code",
            "code": f"source = env['cloud.usage.source'].browse({self.source.id})\n"
            f"secrets = env['cloud.secret'].sudo()\n{code}\nraise UserError(repr(said))",
        }
        try:
            # Some of it is refused before it runs.
            self.env["ir.actions.server"].create(vals).with_user(SUPERUSER_ID).run()
        except Exception as error:
            # Odoo's words around the error and the error itself, with all that caused it.
            return repr(error) + str(error) + repr(error.__cause__) + repr(error.__context__)
        raise AssertionError("the code has said nothing")

    def assert_says_nothing(self, code, error=None):
        with mute_logger("odoo.tools.safe_eval"):
            said = self.run_code(code)
        self.assertNotIn(CANARY, said)
        if error:
            self.assertIn(error, said)

    def test_the_object_is_all_it_gets(self):
        self.assert_says_nothing("said = secrets._reveal(source)", "***")

    def test_the_object_does_not_open(self):
        refused = "code of the server only"
        self.assert_says_nothing("said = secrets._reveal(source)['password'].reveal()", refused)
        self.assert_says_nothing(
            "said = list(map(lambda one: one.reveal(), secrets._reveal(source).values()))", refused
        )
        self.assert_says_nothing("said = '{0._Secret__text}'.format(secrets._reveal(source)['password'])", refused)
        self.assert_says_nothing("said = '{0.reveal}'.format(secrets._reveal(source)['password'])", refused)

    def test_the_ways_around_lead_nowhere(self):
        for code in (
            "said = secrets._reveal(source)['password'].__class__",
            "said = secrets._reveal(source)['password']._Secret__text",
            "said = json.dumps(secrets._reveal(source))",
            "secrets._reveal(source)\nsaid = '{0._put.__globals__[keys]}'.format(secrets)",
            f"secrets._reveal(source)\nsaid = '{{0.{HIDDEN}}}'.format(secrets)",
            "said = secrets.search([]).read()",
            "import odoo.addons.cloud_billing.models.vault.keys as keys\nsaid = keys.take_current(env)",
        ):
            with self.subTest(code):
                self.assert_says_nothing(code)

    def test_raw_sql_gets_what_is_encrypted(self):
        self.assert_says_nothing(
            "env.cr.execute('SELECT * FROM cloud_billing_vault.secret')\n"
            "said = [[bytes(cell) if 'memory' in repr(cell) else cell for cell in row] for row in env.cr.fetchall()]"
        )

    def test_the_wrapped_key_of_the_command_is_a_secret_too(self):
        """The key that a command printed is remembered for minutes, where format() could look."""
        key = base64.b64encode(os.urandom(32)).decode()
        self.key_file.with_name("printed").write_text(f"1:{key}")
        self.options["key_command"] = json.dumps(["/bin/cat", str(self.key_file.with_name("printed"))])
        self.addCleanup(key_store.CommandStore._answers.clear)
        key_store.get_store("any").load()
        said = self.run_code(
            "said = '{0._put.__globals__[keys].get_store.__globals__[CommandStore]._answers}'.format(secrets)"
        )
        self.assertIn("/bin/cat", said)
        self.assertNotIn(key, said)
