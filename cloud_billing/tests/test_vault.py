import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tools import file_open, mute_logger

from ..models.vault import cloud_vault_key_rotation, key_store
from .vault_common import VaultCase

KEYS = "odoo.addons.cloud_billing.models.vault.cloud_vault_key"


class TestSecretValues(VaultCase):
    def test_a_value_comes_back_for_use_and_shows_itself_nowhere(self):
        self.secrets._put(self.source, "password", "s3cret-value", "Password")
        self.assertEqual(self.reveal(), {"password": "s3cret-value"})
        [secret] = self.secrets._reveal(self.source).values()
        self.assertEqual((str(secret), repr(secret), f"{secret}", f"{[secret]}"), ("***", "***", "***", "[***]"))
        stored = repr([{name: bytes(cell) if isinstance(cell, memoryview) else cell for name, cell in row.items()}
                       for row in self.get_rows()])  # fmt: skip
        self.assertNotIn("s3cret-value", stored)

    def test_only_what_was_asked_for_and_set_comes(self):
        self.secrets._put(self.source, "one", "value one")
        self.secrets._put(self.source, "two", "value two")
        self.assertEqual(self.reveal(self.source, "two", "three"), {"two": "value two"})
        self.assertEqual(self.reveal(self.make_source("Other")), {})

    def test_a_new_value_replaces_the_old_one(self):
        self.secrets._put(self.source, "password", "the first one")
        self.secrets._put(self.source, "password", "the second one")
        self.assertEqual(self.reveal(), {"password": "the second one"})
        self.assertEqual(len(self.get_rows()), 1)

    def test_an_empty_or_endless_value_is_refused(self):
        for value in ("", None, "x" * 65537):
            with self.assertRaisesRegex(UserError, "between one and 65536"):
                self.secrets._put(self.source, "password", value)

    def test_dropped_is_gone(self):
        self.secrets._put(self.source, "one", "value one")
        self.secrets._put(self.source, "two", "value two")
        self.secrets._drop(self.source, ["one"])
        self.assertEqual(self.reveal(), {"two": "value two"})
        self.secrets._drop(self.source)
        self.assertEqual(self.get_rows(), [])

    def test_the_fingerprint_says_same_or_other_and_nothing_else(self):
        other_company = self.env["res.company"].create({"name": "Other"})
        twin, other, foreign = (
            self.make_source("Twin"), self.make_source("Third"), self.make_source("Foreign", other_company),
        )  # fmt: skip
        for owner, value in ((self.source, "same"), (twin, "same"), (other, "else"), (foreign, "same")):
            self.secrets._put(owner, "password", value)
        prints = [row["fingerprint"] for row in self.get_rows()]
        self.assertEqual(prints[0], prints[1])
        # Of another value, and of another company, it is another one.
        self.assertEqual(len(set(prints)), 3)
        self.assertRegex(prints[0], r"^[0-9A-F]{4}-[0-9A-F]{4}$")

    def test_what_is_done_is_in_the_audit_trail_without_the_value(self):
        self.secrets._put(self.source, "password", "s3cret-value", "Password")
        self.secrets._reveal(self.source)
        self.secrets._reveal(self.source)
        self.secrets._drop(self.source)
        for action in ("key_made", "secret_set", "secret_used", "secret_dropped"):
            # Two uses within an hour are one event.
            self.assertEqual(len(self.get_events(action)), 1, action)
        details = repr(self.env["cloud.audit.event"].sudo().search([]).mapped("detail_text"))
        self.assertNotIn("s3cret-value", details)
        self.assertIn(self.source.display_name, self.get_events("secret_set").detail_text)

    def test_a_form_gets_fingerprints_of_many_owners_in_one_statement(self):
        sources = self.source | self.make_source("Second") | self.make_source("Third")
        for source in sources:
            self.secrets._put(source, "password", "same value")
        with self.assertQueryCount(1):
            described = self.secrets._describe(sources)
        self.assertEqual(set(described), set(sources.ids))
        self.assertEqual(set(described[self.source.id]["password"]), {"fingerprint", "set_by", "set_at"})


class TestSwappedCiphertexts(VaultCase):
    """Whoever writes the table moves an encrypted value to another record: it does not open there."""

    def setUp(self):
        super().setUp()
        self.other = self.make_source("Other")
        self.secrets._put(self.source, "password", "of the first")
        self.secrets._put(self.source, "token", "token of the first")
        self.secrets._put(self.other, "password", "of the second")

    def assert_does_not_open(self, owner, name):
        with self.assertRaisesRegex(UserError, "Type it again"), mute_logger(KEYS):
            self.secrets._reveal(owner, [name])
        self.assertTrue(self.get_events("key_failed"))

    def copy_value(self, source, target):
        self.env.cr.execute(
            "UPDATE cloud_billing_vault.secret t SET wrapped_key = s.wrapped_key, ciphertext = s.ciphertext"
            "  FROM cloud_billing_vault.secret s WHERE (s.res_id, s.name) = %s AND (t.res_id, t.name) = %s",
            (source, target),
        )

    def test_to_another_owner(self):
        self.copy_value((self.source.id, "password"), (self.other.id, "password"))
        self.assert_does_not_open(self.other, "password")

    def test_to_another_name(self):
        self.copy_value((self.source.id, "token"), (self.source.id, "password"))
        self.assert_does_not_open(self.source, "password")

    def test_to_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.env.cr.execute("UPDATE cloud_usage_source SET company_id = %s WHERE id = %s", (company.id, self.source.id))
        self.source.invalidate_recordset()
        self.assert_does_not_open(self.source, "password")

    def test_to_another_version_of_the_key(self):
        self.env["cloud.vault.key"]._rotate()
        self.env.cr.execute("UPDATE cloud_billing_vault.secret SET key_version = 2")
        self.assert_does_not_open(self.source, "password")

    def test_one_changed_bit(self):
        for column in ("wrapped_key", "ciphertext"):
            self.env.cr.execute(
                f"UPDATE cloud_billing_vault.secret SET {column} = set_bit({column}, 200, 1 - get_bit({column}, 200))"
                " WHERE (res_id, name) = %s",
                ((self.source.id, "password"),),
            )
            self.assert_does_not_open(self.source, "password")


class TestKeyFile(VaultCase):
    def test_it_is_made_on_first_use_for_the_server_alone(self):
        self.assertFalse(self.key_file.exists())
        self.secrets._put(self.source, "password", "value")
        self.assertEqual(stat.S_IMODE(os.stat(self.key_file).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.key_file.parent).st_mode), 0o700)
        self.assertEqual([path.name for path in self.key_file.parent.iterdir()], [self.key_file.name])

    def test_workers_that_make_it_at_once_have_one_key(self):
        stores = [key_store.FileStore("raced", self.options) for _worker in range(6)]
        with ThreadPoolExecutor(6) as pool:
            made = list(pool.map(lambda store: store.make(), stores))
            added = list(pool.map(lambda store: store.add(1), stores))
        self.assertEqual([sorted(keys) for keys in made], [[1]] * 6)
        self.assertEqual(len({keys[1] for keys in made}), 1)
        self.assertEqual([sorted(keys) for keys in added], [[1, 2]] * 6)
        self.assertEqual({keys[2] for keys in added}, {stores[0].load()[2]})

    def test_one_that_others_can_read_is_told_in_the_log_and_on_the_screen(self):
        self.secrets._put(self.source, "password", "value")
        self.env.flush_all()
        current = self.env["cloud.vault.key"].search([("is_current", "=", True)])
        self.assertFalse(current.warning)
        self.key_file.chmod(0o640)
        self.env.invalidate_all()
        self.assertIn("Other users of this machine can read the key file", current.warning)
        with self.assertLogs(key_store.__name__, "WARNING") as logged:
            self.reveal()
        self.assertIn("chmod 600", logged.output[0])
        # Once in a process: it is used all the time.
        with self.assertNoLogs(key_store.__name__, "WARNING"):
            self.reveal()

    def test_each_database_has_its_own(self):
        stores = [key_store.FileStore(name, {}) for name in ("one", "two")]
        self.assertEqual([store.path.name for store in stores], ["one.key", "two.key"])
        self.assertTrue(stores[0].place.endswith("/cloud_billing/one.key"))

    def test_a_database_without_its_key_says_so_and_what_to_do(self):
        self.secrets._put(self.source, "password", "value")
        self.key_file.unlink()
        for use in (
            lambda: self.secrets._reveal(self.source),
            # No second key is made silently beside the lost one.
            lambda: self.secrets._put(self.source, "password", "other"),
            lambda: self.env["cloud.vault.key"]._rotate(),
        ):
            with self.assertRaisesRegex(UserError, "is not there. Put the backup copy"), mute_logger(KEYS):
                use()
        self.assertFalse(self.key_file.exists())
        # The same failure within an hour is told once.
        self.assertEqual(len(self.get_events("key_failed")), 1)

    def test_the_copy_put_back_opens_everything(self):
        self.secrets._put(self.source, "password", "value")
        copy = self.key_file.read_bytes()
        self.key_file.unlink()
        self.key_file.write_bytes(copy)
        self.assertEqual(self.reveal(), {"password": "value"})

    def test_the_key_of_another_database_is_told_from_the_right_one(self):
        self.secrets._put(self.source, "password", "value")
        self.key_file.write_text(key_store.format_keys({1: os.urandom(32)}))
        with self.assertRaisesRegex(UserError, "is that of another database"), mute_logger(KEYS):
            self.secrets._reveal(self.source)

    def test_what_is_no_key_file_is_refused_with_a_sentence(self):
        self.secrets._put(self.source, "password", "value")
        good = base64.b64encode(os.urandom(32)).decode()
        short = base64.b64encode(os.urandom(16)).decode()
        for text in (
            "",
            "# only a comment\n",
            f"1:{good[:-3]}",
            f"1:{short}",
            f"0:{good}",
            f"1:{good}\n1:{good}",
            "1:é",
        ):
            self.key_file.write_text(text)
            with (
                self.subTest(text),
                self.assertRaisesRegex(UserError, "is not a key of Cloud Billing"),
                mute_logger(KEYS),
            ):
                self.secrets._reveal(self.source)

    def test_a_folder_instead_of_the_file_is_a_sentence_too(self):
        self.secrets._put(self.source, "password", "value")
        self.key_file.unlink()
        self.key_file.mkdir()
        with self.assertRaisesRegex(UserError, "cannot be read or written: Is a directory"), mute_logger(KEYS):
            self.secrets._reveal(self.source)


class TestKeyElsewhere(VaultCase):
    def make_command(self, body):
        script = self.key_file.parent.parent / "key"
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o700)
        self.options.update(key_command=f'["{script}", "--read"]', key_command_seconds="2")
        self.addCleanup(key_store.CommandStore._answers.clear)
        return script

    def test_an_environment_variable(self):
        keys = key_store.format_keys({1: os.urandom(32), 2: os.urandom(32)}).replace("\n", ",")
        self.patch(os, "environ", {**os.environ, key_store.VARIABLE: keys})
        self.secrets._put(self.source, "password", "value")
        self.assertEqual(self.reveal(), {"password": "value"})
        # The highest version encrypts; no file was made.
        self.assertEqual((self.get_rows()[0]["key_version"], self.key_file.exists()), (2, False))

    def test_a_command_without_a_shell(self):
        keys = key_store.format_keys({1: os.urandom(32)})
        self.make_command(f"[ \"$1\" = --read ] && printf '%s' '{keys}'")
        self.secrets._put(self.source, "password", "value")
        self.assertEqual(self.reveal(), {"password": "value"})
        self.assertFalse(self.key_file.exists())

    def test_what_a_command_answered_is_good_for_a_while_and_not_for_a_rotation(self):
        keys = {1: os.urandom(32)}
        self.make_command(f"printf '%s' '{key_store.format_keys(keys)}'")
        self.secrets._put(self.source, "password", "value")
        self.make_command("exit 3")
        self.assertEqual(self.reveal(), {"password": "value"})
        keys[2] = os.urandom(32)
        self.make_command(f"printf '%s' '{key_store.format_keys(keys)}'")
        self.env["cloud.vault.key"]._rotate()
        self.assertEqual(self.env["cloud.vault.key"].search([], limit=1).version, 2)

    def test_a_command_that_fails_hangs_or_is_not_there_is_a_sentence(self):
        for body, sentence in (
            ("exit 3", "exit code 3"),
            ("sleep 30", "within 2 seconds"),
            ("echo nothing", "is not a key"),
        ):
            self.make_command(body)
            with self.subTest(body), self.assertRaisesRegex(UserError, sentence), mute_logger(KEYS):
                self.secrets._put(self.source, "password", "value")
        for command, sentence in (
            ('["/no/such"]', "No such file"),
            ("/bin/key --read", "is not a list"),
            ("[]", "not a list"),
        ):
            self.options["key_command"] = command
            with self.subTest(command), self.assertRaisesRegex(UserError, sentence), mute_logger(KEYS):
                self.secrets._put(self.source, "password", "value")

    def test_a_rotation_wants_the_new_version_there_first(self):
        self.make_command(f"printf '%s' '{key_store.format_keys({1: os.urandom(32)})}'")
        self.secrets._put(self.source, "password", "value")
        with self.assertRaisesRegex(UserError, "has no version above 1"), mute_logger(KEYS):
            self.env["cloud.vault.key"]._rotate()


class TestRotation(VaultCase):
    def setUp(self):
        super().setUp()
        self.keys = self.env["cloud.vault.key"]
        self.owners = self.source | self.make_source("Second") | self.make_source("Third")
        for owner in self.owners:
            self.secrets._put(owner, "password", f"value of {owner.name}")
        self.values = [self.reveal(owner) for owner in self.owners]

    def test_both_versions_open_while_secrets_are_taken_over(self):
        self.keys._rotate()
        self.assertEqual([row["key_version"] for row in self.get_rows()], [1, 1, 1])
        self.assertEqual([self.reveal(owner) for owner in self.owners], self.values)
        before = [bytes(row["ciphertext"]) for row in self.get_rows()]
        self.assertEqual(self.keys._rewrap_batch(), 3)
        self.assertEqual([row["key_version"] for row in self.get_rows()], [2, 2, 2])
        self.assertEqual([self.reveal(owner) for owner in self.owners], self.values)
        # Only the data keys are wrapped again.
        self.assertEqual([bytes(row["ciphertext"]) for row in self.get_rows()], before)
        self.assertEqual(self.keys._rewrap_batch(), 0)

    def test_the_schedule_goes_on_where_it_was_stopped_and_retires_the_old_version_last(self):
        self.keys._rotate()
        self.patch(cloud_vault_key_rotation, "BATCH", 2)
        self.patch(cloud_vault_key_rotation, "retrying", lambda function, _env: function())
        answers = iter([1, 0, 1, 1])
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda _cron, *_args, **_kwargs: next(answers))
        # The server stops it after the first batch of two.
        self.keys._cron_rewrap_secrets()
        self.assertEqual([row["key_version"] for row in self.get_rows()], [2, 2, 1])
        old = self.keys.search([("version", "=", 1)])
        self.assertFalse(old.retired_at)
        self.keys._cron_rewrap_secrets()
        self.assertEqual([row["key_version"] for row in self.get_rows()], [2, 2, 2])
        self.assertTrue(old.retired_at)
        self.assertEqual([self.reveal(owner) for owner in self.owners], self.values)

    def test_a_version_that_a_secret_needs_is_not_retired(self):
        self.keys._rotate()
        self.keys._rewrap_batch()
        self.env.cr.execute(
            "UPDATE cloud_billing_vault.secret SET key_version = 1 WHERE res_id = %s", (self.source.id,)
        )
        self.keys._retire()
        self.assertFalse(self.keys.search([("retired_at", "!=", False)]))

    def test_nothing_is_encrypted_with_a_retired_version(self):
        self.env.cr.execute("UPDATE cloud_billing_vault.key SET retired_at = now()")
        with self.assertRaisesRegex(UserError, "version 1 of the key is missing"), mute_logger(KEYS):
            self.secrets._put(self.source, "password", "value")

    def test_a_batch_costs_the_same_statements_for_two_and_for_twenty(self):
        counts = []
        for number in (2, 20):
            for place in range(number):
                self.secrets._put(self.make_source(f"{number}.{place}"), "password", "value")
            self.keys._rotate()
            before = self.cr.sql_log_count
            self.keys._rewrap_batch()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_new_secrets_take_the_new_version_and_a_wrong_file_stops_a_rotation(self):
        self.keys._rotate()
        self.secrets._put(self.source, "token", "new")
        self.assertEqual(self.secrets.search([("name", "=", "token")]).key_version, 2)
        self.key_file.write_text(key_store.format_keys({2: os.urandom(32), 3: os.urandom(32)}))
        with self.assertRaisesRegex(UserError, "another database"), mute_logger(KEYS):
            self.keys._rotate()

    def test_a_file_that_is_ahead_of_the_database_is_used(self):
        """A rotation whose transaction failed after the file was written: the next one takes what is there."""
        store = key_store.get_store(self.env.cr.dbname)
        made = store.add(1)
        self.keys._rotate()
        self.assertEqual(store.load(), made)
        self.assertEqual(self.keys.search([], limit=1).version, 2)

    def test_it_is_recorded(self):
        self.keys._rotate()
        self.keys._rewrap_batch()
        self.keys._retire()
        self.assertEqual([self.get_events(action).mapped("detail") for action in ("key_rotated", "key_retired")],
                         [[{"old": 1, "new": 2}], [{"version": 1}]])  # fmt: skip


class TestBackupCopy(VaultCase):
    def setUp(self):
        super().setUp()
        self.keys = self.env["cloud.vault.key"]

    def get_step_keys(self, user):
        month = self.env(user=user)["cloud.home"].get_month("2026-03-01")
        return [step["key"] for step in month["steps"]]

    def test_the_home_asks_for_it_until_it_is_there_and_again_after_a_rotation(self):
        administrator = self.user_administrator
        self.assertNotIn("key_copy", self.get_step_keys(administrator))
        self.secrets._put(self.source, "password", "value")
        self.assertEqual(self.get_step_keys(administrator)[0], "key_copy")
        self.assertNotIn("key_copy", self.get_step_keys(self.user_accountant))
        self.keys._note_copy()
        self.assertNotIn("key_copy", self.get_step_keys(administrator))
        self.keys._rotate()
        self.assertIn("key_copy", self.get_step_keys(administrator))

    def test_where_the_operator_keeps_the_key_nobody_is_asked(self):
        self.secrets._put(self.source, "password", "value")
        with patch.dict(os.environ, {key_store.VARIABLE: "1:x"}):
            self.assertNotIn("key_copy", self.get_step_keys(self.user_administrator))

    def test_a_lost_key_is_a_new_beginning_and_a_good_one_is_not_forgotten(self):
        self.secrets._put(self.source, "password", "value")
        with self.assertRaisesRegex(UserError, "nothing is lost"):
            self.keys._forget_all()
        self.key_file.unlink()
        self.keys._forget_all()
        self.assertEqual((self.get_rows(), self.keys.search([])), ([], self.keys))
        self.secrets._put(self.source, "password", "typed again")
        self.assertEqual(self.reveal(), {"password": "typed again"})
        self.assertEqual(self.get_events("secrets_forgotten").detail, {"secrets": 1, "why": "no_file"})

    def test_a_copied_database_that_is_neutralized_has_no_secrets(self):
        self.secrets._put(self.source, "password", "value")
        with self.env.registry.cursor() as cr:
            cr.execute(self._read_neutralize())
        self.assertEqual((self.get_rows(), self.reveal()), ([], {}))

    def _read_neutralize(self):
        with file_open("cloud_billing/data/neutralize.sql") as file:
            return file.read()
