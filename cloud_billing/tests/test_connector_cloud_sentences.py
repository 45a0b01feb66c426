"""What the connectors of the large clouds say: codes that come out of tables have sentences, and forms can be read."""

from odoo.tests import TransactionCase

from ..engine.connectors import get_connector
from ..engine.connectors.providers import aws, azure_container, bigquery_table, entra
from ..models.connection import connector_messages

KINDS = ("s3", "azure_blob", "azure_cost_details", "microsoft_csp", "google_bigquery")


class TestSentencesOfClouds(TransactionCase):
    def test_every_refusal_of_a_provider_has_a_sentence(self):
        codes = {code for one in (aws, azure_container, bigquery_table, entra) for code in one._ERRORS.values()}
        self.assertIn("key_wrong", codes)
        self.assertEqual(codes - set(connector_messages.ERRORS), set())

    def test_every_label_and_help_can_be_translated(self):
        texts = set()
        for engine in map(get_connector, KINDS):
            texts |= {engine.title, engine.summary}
            for setting in engine.settings:
                texts |= {setting.label, setting.help, *(label for _value, label in setting.choices)}
        self.assertEqual(texts - {""} - set(connector_messages.TEXTS), set())

    def test_a_wrong_key_is_told_with_its_remedy(self):
        values = {"host": "bills.s3.amazonaws.com", "said": "SignatureDoesNotMatch", "status": 403, "region": ""}
        sentence = connector_messages.explain_error(self.env, "key_wrong", values)
        self.assertIn("Type the secret in again", sentence)
        self.assertIn("SignatureDoesNotMatch", sentence)
