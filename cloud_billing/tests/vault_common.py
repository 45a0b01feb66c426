"""What the tests of secrets share: a folder for the key file instead of the server's, and a record that has secrets."""

import tempfile
from pathlib import Path
from unittest.mock import patch

from ..models.vault import key_store
from .common import CloudBillingCase


class VaultCase(CloudBillingCase):
    """`self.key_file` is where the key is kept, `self.source` whose secrets are set, `self.secrets` the model."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.key_file = Path(folder.name, "keys", f"{self.env.cr.dbname}.key")
        self.options = {"key_file": f"{folder.name}/keys/{{database}}.key"}
        self.startPatcher(patch.object(key_store, "read_options", lambda: self.options))
        # A failure is recorded in a transaction of its own, here in that of the test.
        self.registry_enter_test_mode()
        self.env.cr.execute("DELETE FROM cloud_billing_vault.secret; DELETE FROM cloud_billing_vault.key")
        self.env.invalidate_all()
        self.source = self.make_source("Provider")
        self.secrets = self.env["cloud.secret"]

    def make_source(self, name, company=None):
        company = company or self.company
        return self.env["cloud.usage.source"].create({"name": name, "reader": "csv", "company_id": company.id})

    def get_rows(self):
        """Rows of the table of secrets as they are stored."""
        self.env.cr.execute("SELECT * FROM cloud_billing_vault.secret ORDER BY id")
        return self.env.cr.dictfetchall()

    def get_events(self, action):
        return self.env["cloud.audit.event"].sudo().search([("action", "=", action)], order="id")

    def reveal(self, owner=None, *names):
        """{name: value in clear}."""
        return {
            name: secret.reveal() for name, secret in self.secrets._reveal(owner or self.source, names or None).items()
        }
