"""Each guard of requests, votes, proposals, the record and its seal refuses what it is for; a new one is noticed."""

import psycopg2
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.chain.seal_schema import SEAL_TABLE
from .change_common import ChangeCase
from .control_guards import FROZEN, TRIALS, TRIGGERS
from .guard_common import GuardCase

ROOMS = ("control", "protection", "record", "evidence", "access", "field_access", "chain", "security", "vault")
# Owned by SQL.
TABLES = (SEAL_TABLE, "cloud_billing_audit.audit_event", "cloud_billing_vault.key", "cloud_billing_vault.secret")


@tagged("post_install", "-at_install")
class TestControlGuards(GuardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = cls.find_tables(ROOMS)
        cls.guards = cls.find_guards([*cls.tables, *TABLES, "cloud_evidence_pack"])

    def test_each_has_a_trial(self):
        self.assertEqual(sorted(self.guards), sorted(TRIALS))

    def test_each_refuses_what_it_is_for_and_nothing_else(self):
        self.try_guards(self.guards, TRIALS)

    def test_approved_states_come_by_votes_and_stay(self):
        self.assert_frozen(self.tables, FROZEN)

    def test_each_trigger_has_a_test(self):
        which = SQL(
            "t.oid::regclass::text = ANY(%s) AND g.tgname NOT LIKE %s"
            " OR t.relname = 'res_company' AND g.tgname LIKE 'cloud%%'",
            [*self.tables, *TABLES],
            r"%\_standing\_%",
        )
        self.assert_tested(TRIGGERS, which)

    def test_seals_are_only_added(self):
        for statement in (
            f"UPDATE {SEAL_TABLE} SET seq = seq + 1",
            f"DELETE FROM {SEAL_TABLE}",
            f"TRUNCATE {SEAL_TABLE}",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(psycopg2.errors.InsufficientPrivilege),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                # A row that waits for nothing else than to be changed.
                self.cr.execute(
                    f"INSERT INTO {SEAL_TABLE} (company_id, seq, event_id, digest, previous, key_print, sealed_at, mac)"
                    " VALUES (-1, 1, -1, sha256('d'), sha256('p'), 'k', now(), sha256('m'))"
                )
                self.cr.execute(statement)


@tagged("post_install", "-at_install")
class TestPartsOfAProposal(ChangeCase):
    def test_parts_of_what_was_approved_stay(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        self.vote(request)
        item = self.env["cloud.change.item"].search([("request_id", "=", request.id)])
        self.assertTrue(item)
        for statement in (
            "UPDATE cloud_change_item SET new_value = '1' WHERE id = %s",
            "DELETE FROM cloud_change_item WHERE id = %s",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.cr.execute(statement, [item.id])
