import os
from unittest.mock import patch

import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.chain import canonical, seal_keys
from ..models.chain.seal_schema import SEAL_TABLE
from ..models.record.audit_schema import EVENT_TABLE
from ..models.vault import envelope, key_store
from .chain_common import ChainCase

AWKWARD = {
    "z": 1, "a": [1.5, 1e-7, 1e21, -0.0, 0.10, 12345678901234567890, None, True, {"ä": "\u2028 \\ \" ☃"}],
    "": "", "10": {"b": 1, "aa": 2, "B": 3},
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestSealing(ChainCase):
    def test_each_event_is_sealed_once_in_the_chain_of_its_company(self):
        mine = self.record(3)
        theirs = self.record(2, self.other_company)
        more = self.record(1)
        self.sealer._seal_waiting()
        chain = [event for _seq, event in self.get_seals() if event in mine + more]
        self.assertEqual(chain, mine + more)
        self.assertEqual([seq for seq, _event in self.get_seals(self.other_company)], [1, 2])
        self.assertEqual([event for _seq, event in self.get_seals(self.other_company)], theirs)
        self.assertEqual(self.sealer._seal_waiting(), 0)

    def test_an_event_that_is_seen_late_gets_the_next_number(self):
        """A transaction that ends late has a lower number of its event than what is sealed already."""
        early, late = self.record(2)
        with patch.object(type(self.sealer), "_find_waiting", lambda sealer, everything: [(self.company.id, late)]):
            self.sealer._seal_waiting()
        self.assertNotIn(early, [event for _seq, event in self.get_seals()])
        self.sealer._seal_waiting()
        self.assertEqual([event for _seq, event in self.get_seals()][-2:], [late, early])
        self.assertEqual(self.verify().state, "ok")

    def test_an_event_of_a_transaction_of_many_days_is_sealed_by_the_verification(self):
        [event_id] = self.record()
        with self.as_owner():
            # As if it had been written three days ago. The mark says nothing of the moment, which is the database's.
            self.env.cr.execute(
                f"UPDATE {EVENT_TABLE} SET occurred_at = occurred_at - interval '3 days' WHERE id = %s", [event_id]
            )
        self.assertEqual(self.sealer._seal_waiting(), 0)
        self.assertEqual(self.verify().state, "ok")
        self.assertIn(event_id, [event for _seq, event in self.get_seals()])

    def test_what_the_database_writes_otherwise_is_the_same_text(self):
        for number in range(3):
            self.events._record(
                "settings",
                self.person_maker,
                detail=dict(AWKWARD, number=number),
                reason='it\'s \\ "quoted" ☃\n\ttwo lines',
                changes=[{"field": "f", "label": "Ünï", "old": "1", "new": ""}],
            )
        self.sealer._seal_waiting()
        self.assertEqual(self.verify().state, "ok")

    def test_json_has_one_form(self):
        same = ('{"b": 1E+2, "a": [-0.0, 1.10, "x"]}', '{"a":[0.0,1.10,"x"],"b":100}')
        self.assertEqual(*map(canonical.normalise, same))
        for other in ('{"a":[0.0,1.1,"x"],"b":100}', '{"a":[0.0,1.10,"x"],"b":"100"}', '{"a":["x",0.0,1.10],"b":100}'):
            self.assertNotEqual(canonical.normalise(other), canonical.normalise(same[0]))

    def test_a_batch_takes_as_many_statements_as_one_event(self):
        counts = []
        for count in (3, 30):
            ids = self.record(count)
            keys = seal_keys.take_current(self.env)
            before = self.env.cr.sql_log_count
            self.sealer._seal_batch(ids, keys)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_an_altered_end_of_one_chain_does_not_keep_the_others_from_being_sealed(self):
        ids = self.record_and_seal(4)
        # The seal before the last is made the last one: what follows it exists already.
        self.tamper("UPDATE {seals} SET seq = seq + 1000 WHERE event_id = %s", ids[-2])
        self.record(1)
        [other] = self.record(1, self.other_company)
        with mute_logger("odoo.sql_db"):
            with self.assertRaisesRegex(UserError, f"of {self.company.name} takes no more seals"):
                self.sealer._seal_waiting()
            self.assertEqual([event for _seq, event in self.get_seals(self.other_company)], [other])
            self.sealer._cron_seal_events()
            verification = self.assert_found("gap", ids[-1])
        self.assertIn("takes no more seals", verification.problem)

    def test_a_seal_is_neither_changed_nor_deleted_nor_made_twice(self):
        self.record_and_seal(2)
        columns = "company_id, seq, event_id, digest, previous, mac, key_print, sealed_at"

        def copy(**other):
            values = ", ".join(other.get(name, name) for name in columns.split(", "))
            return f"INSERT INTO {SEAL_TABLE} ({columns}) SELECT {values} FROM {SEAL_TABLE} WHERE seq = 1 LIMIT 1"

        cases = (
            (f"UPDATE {SEAL_TABLE} SET key_print = 'other'", psycopg2.errors.InsufficientPrivilege),
            (f"DELETE FROM {SEAL_TABLE}", psycopg2.errors.InsufficientPrivilege),
            (f"TRUNCATE {SEAL_TABLE}", psycopg2.errors.InsufficientPrivilege),
            (copy(seq="9000", previous="digest"), psycopg2.errors.UniqueViolation),
            (copy(event_id="-1", previous="digest"), psycopg2.errors.UniqueViolation),
            (copy(event_id="-1", seq="9000"), psycopg2.errors.UniqueViolation),
        )
        for statement, error in cases:
            with (
                self.subTest(statement),
                self.assertRaises(error),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_nothing_is_recorded_less_while_there_is_no_key(self):
        self.record_and_seal(2)
        self.key_file.unlink()
        seal_keys._marking.clear()
        ids = self.record(2)
        with mute_logger("odoo.addons.cloud_billing.models.vault.cloud_vault_key"):
            with self.assertRaisesRegex(UserError, "key file .* is not there"):
                self.sealer._seal_waiting()
            self.sealer._cron_seal_events()
            verification = self.verify()
        self.assertFalse(set(ids) & {event for _seq, event in self.get_seals()})
        self.assertEqual((verification.state, verification.finding_count), ("no_key", 0))
        self.assertIn("is not there", verification.result_text)
        chain = self.env["cloud.audit.chain"].search([("company_id", "=", self.company.id)])
        self.assertGreaterEqual(chain.waiting_count, 2)
        self.assertIn("is not there", chain.problem)

    def test_another_version_of_the_key_goes_on_with_the_chain(self):
        self.record_and_seal(2)
        self.env["cloud.vault.key"]._rotate()
        seal_keys._marking.clear()
        self.record_and_seal(2)
        self.env.cr.execute(f"SELECT count(DISTINCT key_print) FROM {SEAL_TABLE}")
        self.assertEqual(self.env.cr.fetchone(), (2,))
        self.assertEqual(self.verify().state, "ok")

    def test_a_version_that_is_missing_is_told_by_its_fingerprint(self):
        self.record_and_seal(2)
        self.env["cloud.vault.key"]._rotate()
        first = key_store.get_store(self.env.cr.dbname).load()[1]
        lines = [line for line in self.key_file.read_text().splitlines() if not line.startswith("1:")]
        self.key_file.write_text("\n".join(lines))
        verification = self.assert_found("key", self.get_seals()[0][1])
        self.assertIn(envelope.get_key_fingerprint(first), verification.result_text)

    def test_before_the_key_was_made_events_could_not_be_marked(self):
        with self.as_owner():
            self.env.cr.execute(f"TRUNCATE {EVENT_TABLE}, {SEAL_TABLE}")
        with patch.object(seal_keys, "get_marking", lambda database: None):
            self.record(2)
        self.record(2)
        self.sealer._seal_waiting()
        self.assertEqual(self.verify().state, "ok")

    def test_a_mark_is_of_one_content_and_of_one_key(self):
        keys, other = seal_keys.derive(os.urandom(32)), seal_keys.derive(os.urandom(32))
        known = {keys.fingerprint: keys}
        mark = seal_keys.make_mark(keys, b"content")
        self.assertNotEqual(mark, seal_keys.make_mark(keys, b"content"))
        self.assertIs(seal_keys.check_mark(known, mark, b"content"), True)
        self.assertIs(seal_keys.check_mark(known, mark, b"contents"), False)
        self.assertIs(seal_keys.check_mark(known, seal_keys.make_mark(other, b"content"), b"content"), None)
        self.assertNotEqual(keys.seal, keys.mark)


@tagged("post_install", "-at_install")
class TestWhoSealsAndVerifies(ChainCase):
    def setUp(self):
        super().setUp()
        self.ids = self.record_and_seal(3)

    def test_auditors_and_billing_administrators_do_and_nobody_else(self):
        for role in ("auditor", "administrator"):
            chains = self.env["cloud.audit.chain"].with_user(getattr(self, f"user_{role}"))
            self.assertEqual(chains.action_verify()["params"]["type"], "success")
            self.record()
            self.assertIn("were sealed", chains.action_seal()["params"]["message"])
        for role in ("accountant", "approver", "operator", "viewer", "price_manager"):
            chains = self.env["cloud.audit.chain"].with_user(getattr(self, f"user_{role}"))
            for action in ("action_verify", "action_seal", "search_read"):
                with self.subTest(role=role, action=action), self.assertRaises(AccessError):
                    getattr(chains, action)()

    def test_the_screen_says_how_far_it_is_sealed_and_what_the_last_verification_said(self):
        chains = self.env["cloud.audit.chain"].with_user(self.user_auditor)
        chains.action_verify()
        chain = chains.search([("company_id", "=", self.company.id)])
        # The verification itself is the event that is not sealed yet.
        self.assertEqual((chain.state, chain.waiting_count), ("ok", 1))
        self.assertEqual(chain.sealed_count, len(self.get_seals()))
        self.assertFalse(chain.problem)
        self.tamper("INSERT INTO {events} (action) VALUES ('settings')")
        self.assertEqual(chains.search([("company_id", "=", False)]).display_name, "Events of no company")
        self.assertEqual(chain.action_open_verifications()["domain"], [("company_id", "=", self.company.id)])

    def test_the_chain_of_another_company_is_not_seen(self):
        self.record_and_seal(2, self.other_company)
        self.verify()
        for model in ("cloud.audit.chain", "cloud.audit.verification"):
            found = self.env[model].with_user(self.user_auditor).search([])
            self.assertNotIn(self.other_company, found.company_id)

    def test_a_result_is_never_changed_and_nobody_makes_one(self):
        verification = self.verify()
        with self.assertRaisesRegex(UserError, "verify again"):
            verification.sudo().write({"state": "broken"})
        with self.assertRaises(AccessError):
            self.env["cloud.audit.verification"].with_user(self.user_administrator).create(
                {"verified_at": "2026-01-01", "state": "ok"}
            )
        for attempt in (lambda c: c.create({}), lambda c: c.write({"head": "x"}), lambda c: c.unlink()):
            with self.assertRaisesRegex(UserError, "sealer alone"):
                attempt(self.env["cloud.audit.chain"].search([], limit=1))

    def test_an_altered_record_alerts_the_auditors_in_the_night(self):
        self.tamper("UPDATE {events} SET reason = 'other' WHERE id = %s", self.ids[1])
        with mute_logger("odoo.addons.cloud_billing.models.chain.cloud_audit_verification"):
            self.env["cloud.audit.verification"]._cron_verify_record()
        verification = self.env["cloud.audit.verification"].search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual(verification.state, "broken")
        self.assertIn(self.user_auditor, verification.activity_ids.user_id)
        messages = (
            self.env["mail.message"]
            .search([("model", "=", verification._name), ("res_id", "=", verification.id)])
            .filtered(lambda message: self.user_auditor.partner_id in message.notified_partner_ids)
        )
        self.assertTrue(messages.filtered(lambda message: f"event {self.ids[1]} was changed" in message.body))
        event = self.events.search([("action", "=", "record_verified"), ("company_id", "=", self.company.id)], limit=1)
        self.assertEqual(event.detail["result"], "broken")
        action = self.env["cloud.audit.chain"].with_user(self.user_auditor).action_verify()
        self.assertEqual(action["res_model"], "cloud.audit.verification")
        self.assertEqual(verification.action_open_first_event()["res_id"], self.ids[1])

    def test_a_record_in_order_alerts_nobody(self):
        self.env["cloud.audit.verification"]._cron_verify_record()
        verification = self.env["cloud.audit.verification"].search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual((verification.state, verification.activity_ids), ("ok", self.env["mail.activity"]))
