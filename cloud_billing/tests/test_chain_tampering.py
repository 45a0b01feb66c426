import os
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.chain import anchors, canonical, chain, seal_keys, verify
from ..models.chain.seal_schema import EVENT_TEXTS, GENESIS, SEAL_TABLE
from ..models.record.audit_schema import EVENT_TABLE, WRITTEN_COLUMNS
from .chain_common import ChainCase


@tagged("post_install", "-at_install")
class TestWhatAnOwnerOfTheDatabaseDoes(ChainCase):
    """With the triggers switched off, as whoever owns the database can."""

    def setUp(self):
        super().setUp()
        self.ids = self.record_and_seal(6)
        self.assertEqual(self.verify().state, "ok")

    def test_an_edited_event_is_named(self):
        for column, value in (("reason", "other"), ("user_login", "somebody"), ("occurred_at", "2020-01-01")):
            with self.subTest(column), self.env.cr.savepoint() as savepoint:
                self.tamper(f"UPDATE {{events}} SET {column} = %s WHERE id = %s", value, self.ids[2])
                verification = self.assert_found("changed", self.ids[2])
                self.assertEqual(verification.first_event_id, self.ids[2])
                savepoint.rollback()

    def test_a_deleted_event_is_named(self):
        self.tamper("DELETE FROM {events} WHERE id = %s", self.ids[3])
        self.assert_found("missing", self.ids[3])

    def test_an_event_deleted_with_its_seal_leaves_a_gap(self):
        self.tamper("DELETE FROM {events} WHERE id = %s", self.ids[3])
        [seq] = [seq for seq, event_id in self.get_seals() if event_id == self.ids[3]]
        self.tamper("DELETE FROM {seals} WHERE event_id = %s", self.ids[3])
        self.assert_found("gap", self.ids[4], first=seq, last=seq)

    def test_a_seal_taken_away_is_a_gap_although_its_event_is_sealed_anew(self):
        self.tamper("DELETE FROM {seals} WHERE event_id = %s", self.ids[1])
        self.assert_found("gap", self.ids[2])

    def test_an_inserted_event_is_no_event_of_the_program(self):
        self.tamper(
            "INSERT INTO {events} (company_id, user_login, action, mark) VALUES (%s, 'admin', 'applied', %s)",
            self.company.id,
            self.get_mark(self.ids[0])[:16] + os.urandom(16),
        )
        self.assert_found("forged", self.get_last())

    def test_an_event_inserted_without_a_mark_is_to_be_looked_at(self):
        self.forget_the_beginning()
        self.tamper(
            "INSERT INTO {events} (company_id, user_login, action) VALUES (%s, 'admin', 'applied')", self.company.id
        )
        self.assert_found("unmarked", self.get_last(), state="doubt")

    def test_a_copied_event_is_named(self):
        columns = ", ".join((*WRITTEN_COLUMNS, "mark"))
        self.tamper(f"INSERT INTO {{events}} ({columns}) SELECT {columns} FROM {{events}} WHERE id = %s", self.ids[0])
        self.assert_found("copy", self.get_last())

    def test_an_event_changed_before_it_is_sealed_is_named(self):
        [event_id] = self.record()
        self.tamper("UPDATE {events} SET reason = 'other' WHERE id = %s", event_id)
        self.assert_found("forged", event_id)

    def test_an_event_that_was_changed_and_waits_is_named_where_nothing_is_sealed(self):
        [good, changed] = self.record(2)
        self.tamper("UPDATE {events} SET reason = 'other' WHERE id = %s", changed)
        checks, _problem = self.env["cloud.audit.verification"]._check_for_print([])
        check = checks[self.company.id]
        # The verification of the set-up is an event too.
        self.assertGreaterEqual(check.waiting_count, len([good, changed]))
        self.assertEqual(
            [(finding["kind"], finding["event_id"], finding["seq"]) for finding in check.findings],
            [("forged", changed, None)],
        )

    def test_reordered_events_are_named(self):
        first, second = self.ids[1], self.ids[2]
        self.tamper("UPDATE {seals} SET event_id = -event_id WHERE event_id IN (%s, %s)", first, second)
        self.tamper("UPDATE {seals} SET event_id = %s + event_id WHERE event_id < 0", first + second)
        self.assert_found("changed", second)

    def test_reordered_seals_are_named(self):
        (first, event), (second, other) = self.get_seals()[1:3]
        move = "UPDATE {seals} SET seq = %s WHERE event_id = %s"
        self.tamper(move, 1000, event)
        self.tamper(move, first, other)
        self.tamper(move, second, event)
        self.assert_found("seal", other, seq=first)

    def test_events_swapped_between_companies_are_named(self):
        [there, *_more] = self.record_and_seal(2, self.other_company)
        here = self.ids[0]
        self.tamper(
            "UPDATE {events} SET company_id = CASE id WHEN %s THEN %s ELSE %s END WHERE id IN (%s, %s)",
            here, self.other_company.id, self.company.id, here, there,
        )  # fmt: skip
        verification = self.assert_found("company", here)
        self.assertIn("another company", verification.result_text)
        self.assert_found("company", there, company=self.other_company)

    def test_seals_swapped_between_companies_are_named(self):
        self.record_and_seal(2, self.other_company)
        mine, theirs = self.get_seals()[1], self.get_seals(self.other_company)[1]
        self.tamper("UPDATE {seals} SET company_id = -1 WHERE event_id = %s", mine[1])
        self.tamper(
            "UPDATE {seals} SET company_id = %s, seq = %s WHERE event_id = %s", self.company.id, mine[0], theirs[1]
        )
        self.tamper(
            "UPDATE {seals} SET company_id = %s, seq = %s WHERE event_id = %s",
            self.other_company.id, theirs[0], mine[1],
        )  # fmt: skip
        self.assert_found("company", theirs[1])

    def test_a_cut_tail_is_found_by_an_anchor(self):
        kept = self.keep_anchors()
        cut = [event for _seq, event in self.get_seals()[-2:]]
        self.tamper("DELETE FROM {seals} WHERE event_id = ANY(%s)", cut)
        self.tamper("DELETE FROM {events} WHERE id = ANY(%s)", cut)
        # What is verified alone has no end that could be missed.
        last = self.get_seals()[-1][0]
        self.assertEqual(self.verify().state, "ok")
        self.record_and_seal(5)
        # The chain has grown beyond the anchor again, with other seals.
        self.assert_found("anchor", kept=kept, seq=last + 2)

    def test_a_tail_cut_just_now_is_found_by_an_anchor(self):
        kept = self.keep_anchors()
        self.tamper("DELETE FROM {seals} WHERE company_id = %s AND seq > 2", self.company.id)
        self.tamper("DELETE FROM {events} e WHERE NOT EXISTS (SELECT FROM {seals} s WHERE s.event_id = e.id)")
        with self.registry.cursor() as cr:
            check = verify.check_all(cr, seal_keys.load_all(self.env), kept)[self.company.id]
        self.assertEqual(check.findings[-1]["kind"], "cut")
        self.assertEqual(check.findings[-1]["last"], 2)

    def test_a_chain_rebuilt_without_the_key_is_named_at_its_first_seal(self):
        self.tamper("UPDATE {events} SET reason = 'other' WHERE id = %s", self.ids[3])
        self.rebuild(os.urandom(32))
        self.assert_found("seal", self.get_seals()[0][1], seq=1)

    def test_a_chain_rebuilt_with_a_key_of_ones_own_is_named(self):
        self.tamper("UPDATE {events} SET reason = 'other' WHERE id = %s", self.ids[3])
        self.rebuild(os.urandom(32), "0123456789abcdef")
        self.assert_found("key", self.get_seals()[0][1])

    def test_a_chain_that_the_sealer_was_made_to_rebuild_is_found_by_the_mark_and_the_anchor(self):
        kept = self.keep_anchors()
        self.tamper("UPDATE {events} SET reason = 'other' WHERE id = %s", self.ids[3])
        self.tamper("TRUNCATE {seals}")
        self.sealer._seal_waiting(everything=True)
        self.assert_found("forged", self.ids[3])
        self.assert_found("forged", self.ids[3], kept=kept)
        self.assertIn("anchor", [finding["kind"] for finding in self.verify(kept=kept).findings])

    def test_the_first_of_several_is_named_first_and_all_are_counted(self):
        for event_id in (self.ids[4], self.ids[1]):
            self.tamper("UPDATE {events} SET reason = 'other' WHERE id = %s", event_id)
        verification = self.assert_found("changed", self.ids[1])
        self.assertEqual(verification.finding_count, 2)

    def test_a_seal_of_a_former_end_that_is_put_back_is_named(self):
        """Each of the two seals was made by the sealer: only that one follows the other tells."""
        cut = [event for _seq, event in self.get_seals()[-2:]]
        self.env.cr.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {SEAL_TABLE} WHERE event_id = %s", [cut[0]])
        self.tamper("DELETE FROM {seals} WHERE event_id = ANY(%s)", cut)
        self.sealer._seal_waiting()
        self.tamper("DELETE FROM {seals} WHERE event_id = %s", cut[0])
        self.tamper("INSERT INTO {seals} SELECT * FROM kept")
        self.assert_found("order", cut[1])

    def test_a_change_of_any_column_is_found_at_its_row(self):
        for table, where in (("events", "id"), ("seals", "event_id")):
            for name, kind in self.get_columns(table):
                if name in ("id", "event_id"):
                    # Another number is another event: one is missing and one is not sealed.
                    continue
                with self.subTest(f"{table}.{name}"), self.env.cr.savepoint() as savepoint:
                    other = {"bytea": "sha256('x')", "jsonb": "'[1]'", "text": "'other'"}.get(kind, f"{name} + %s")
                    other = {"timestamp": f"{name} + interval '1 microsecond'"}.get(kind, other)
                    other = other.replace("%s", "1000") if kind in ("integer", "bigint") else other
                    other = f"COALESCE({other}, 1)" if kind in ("integer", "bigint") else other
                    self.tamper(f"UPDATE {{{table}}} SET {name} = {other} WHERE {where} = %s", self.ids[2])
                    with mute_logger("odoo.sql_db"):
                        verification = self.verify()
                    self.assertEqual(verification.state, "broken", verification.result_text)
                    named = [finding["event_id"] for finding in verification.findings]
                    # A seal that was moved away leaves a gap before the next one.
                    self.assertIn(named[0], (self.ids[2], self.ids[3]))
                    savepoint.rollback()

    # Helpers.

    def get_mark(self, event_id):
        self.env.cr.execute(f"SELECT mark FROM {EVENT_TABLE} WHERE id = %s", [event_id])
        return bytes(self.env.cr.fetchone()[0])

    def get_columns(self, table):
        """[(name, kind)] of the columns that hold something of the event or its seal."""
        self.env.cr.execute(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
            " AND attrelid = %s::regclass",
            [EVENT_TABLE if table == "events" else SEAL_TABLE],
        )
        return [(name, kind.replace(" without time zone", "")) for name, kind in self.env.cr.fetchall()]

    def get_last(self):
        self.env.cr.execute(f"SELECT max(id) FROM {EVENT_TABLE} WHERE action = 'applied' OR action = 'settings'")
        return self.env.cr.fetchone()[0]

    def forget_the_beginning(self):
        """As if the first marked event had been sealed an hour ago: the time without marks is over."""
        self.startPatcher(patch.object(verify, "_find_unmarked_until", lambda cr: "2020-01-01 00:00:00.000000"))

    def keep_anchors(self):
        return anchors.parse(self.env["cloud.audit.anchor"]._get_text(self.company).splitlines())

    def rebuild(self, key, fingerprint=None):
        """Make every seal of the company anew with another key, as somebody does who has read this code."""
        self.env.cr.execute(
            f"SELECT s.seq, s.key_print, to_char(s.sealed_at, 'YYYY-MM-DD HH24:MI:SS.US'), {EVENT_TEXTS}"
            f" FROM {SEAL_TABLE} s JOIN {EVENT_TABLE} e ON e.id = s.event_id WHERE s.company_id = %s ORDER BY s.seq",
            [self.company.id],
        )
        previous = GENESIS
        for seq, key_print, sealed_at, event_id, occurred_at, mark, *values in self.env.cr.fetchall():
            digest = canonical.get_digest(event_id, occurred_at, mark, canonical.get_content(values))
            seal = chain.Seal(self.company.id, seq, event_id, digest, previous, fingerprint or key_print, sealed_at)
            mac = chain.compute_mac(key, seal)
            self.tamper(
                "UPDATE {seals} SET digest = %s, previous = %s, key_print = %s, mac = %s WHERE event_id = %s",
                digest, previous, seal.key_print, mac, event_id,
            )  # fmt: skip
            previous = mac
