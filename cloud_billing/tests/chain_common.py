"""What the tests of the seal share: a key file of their own, events of two companies, and the owner of the database."""

import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from odoo.tools import SQL

from ..models.chain import seal_keys
from ..models.chain.seal_schema import SEAL_TABLE
from ..models.record.audit_schema import EVENT_TABLE
from ..models.vault import key_store
from .common import CloudBillingCase


class ChainCase(CloudBillingCase):
    """`self.options` is the section [cloud_billing] of odoo.conf; the record is empty at first."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.options = {"key_file": f"{folder.name}/keys/{{database}}.key"}
        self.key_file = self.folder / "keys" / f"{self.env.cr.dbname}.key"
        self.startPatcher(patch.object(key_store, "read_options", lambda: self.options))
        self.startPatcher(patch.dict(seal_keys._marking, clear=True))
        self.other_company = self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        # The sealer and the verification have cursors of their own, here in the transaction of the test.
        self.registry_enter_test_mode()
        with self.as_owner():
            self.env.cr.execute(
                SQL("TRUNCATE %s, %s; TRUNCATE cloud_billing_vault.key CASCADE", SQL(EVENT_TABLE), SQL(SEAL_TABLE))
            )
        self.events = self.env["cloud.audit.event"]
        self.sealer = self.env["cloud.audit.sealer"]
        # Makes the key, so that what comes is marked.
        self.sealer._seal_waiting()

    @contextmanager
    def as_owner(self):
        """As the owner of the database, who switches triggers off."""
        self.env.flush_all()
        # Deferred checks that wait would keep the tables from being altered.
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.env.cr.execute("SET session_replication_role = replica")
        yield
        self.env.cr.execute("SET session_replication_role = origin")
        self.env.invalidate_all()

    def tamper(self, statement, *values):
        with self.as_owner():
            self.env.cr.execute(statement.format(events=EVENT_TABLE, seals=SEAL_TABLE), values)

    def record(self, count=1, company=None, reason="what happened"):
        """Events of a company; their numbers."""
        for number in range(count):
            self.events._record("settings", company=company or self.company, reason=f"{reason} {number}")
        self.env.cr.execute(f"SELECT id FROM {EVENT_TABLE} ORDER BY id DESC LIMIT %s", [count])
        return sorted(event_id for (event_id,) in self.env.cr.fetchall())

    def record_and_seal(self, count=5, company=None):
        event_ids = self.record(count, company)
        self.sealer._seal_waiting()
        return event_ids

    def get_seals(self, company=None):
        """[(seq, event)] of the chain of a company."""
        self.env.cr.execute(
            f"SELECT seq, event_id FROM {SEAL_TABLE} WHERE company_id = %s ORDER BY seq", [(company or self.company).id]
        )
        return self.env.cr.fetchall()

    def verify(self, company=None, kept=None):
        """The result of the chain of a company, verified now."""
        verifications = self.env["cloud.audit.verification"]._verify(self.env.cr.now(), kept=kept)
        return verifications.filtered(lambda verification: verification.company_id == (company or self.company))

    def assert_found(self, kind, event_id=None, company=None, kept=None, state="broken", **values):
        """The first finding of a verification is of this kind and names this event."""
        verification = self.verify(company, kept)
        self.assertEqual(verification.state, state, verification.result_text)
        first = verification.findings[0]
        self.assertEqual((first["kind"], first["event_id"]), (kind, event_id), verification.result_text)
        for name, value in values.items():
            self.assertEqual(first[name], value)
        return verification
