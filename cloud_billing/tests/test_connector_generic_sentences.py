"""What the generic connectors and their presets say: every code has a sentence, and forms can be read in a language."""

from odoo.tests import TransactionCase

from ..engine.connectors import CONNECTORS
from ..models.connection import connector_messages

ROOMS = (".generic.", ".presets.")
# Codes that are chosen by a condition, which the walk over the source does not see.
ERRORS = {"host_key_unknown", "host_key_wrong"}
FACTS = {"next_page_seen", "no_next_page", "files_seen", "no_files"}


class TestSentencesOfGenericConnectors(TransactionCase):
    def test_codes_that_depend_on_something_have_sentences_too(self):
        self.assertEqual(ERRORS - set(connector_messages.ERRORS), set())
        self.assertEqual(FACTS - set(connector_messages.FACTS), set())

    def test_every_label_and_help_can_be_translated(self):
        texts, found = set(), set()
        for name, engine in CONNECTORS.items():
            if not any(room in type(engine).__module__ for room in ROOMS):
                continue
            found.add(name)
            texts |= {engine.title, engine.summary, *(label for label, _mapping in engine.get_mappings().values())}
            for setting in engine.settings:
                texts |= {setting.label, setting.help, *(label for _value, label in setting.choices)}
        self.assertTrue({"rest", "soap", "sftp", "https_files", "hubspot"} <= found)
        self.assertEqual(texts - {""} - set(connector_messages.TEXTS), set())

    def test_fewer_rows_than_a_system_says_are_told_with_both_numbers(self):
        values = {"host": "api.example.com", "found": 4, "expected": 5}
        sentence = connector_messages.explain_error(self.env, "rows_missing", values)
        self.assertIn("api.example.com says that there are 5 rows and gave 4. Nothing of it was taken", sentence)

    def test_another_host_key_is_told_with_what_to_do(self):
        values = {"host": "files.example.com", "fingerprint": "SHA256:abc"}
        sentence = connector_messages.explain_error(self.env, "host_key_wrong", values)
        self.assertIn("SHA256:abc", sentence)
        self.assertIn("No password was sent", sentence)
