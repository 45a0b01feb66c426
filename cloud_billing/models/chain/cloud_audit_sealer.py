from collections import defaultdict
from contextlib import contextmanager

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL
from psycopg2.errors import UniqueViolation

from ..record.audit_schema import EVENT_TABLE
from . import canonical, chain, seal_keys
from .heads import fetch_heads
from .seal_schema import EVENT_TEXTS, GENESIS, NO_COMPANY, SEAL_TABLE

# Any number: the same for all servers of a database.
_LOCK = 7305181413
_BATCH = 1000
# So many numbers of events are held at once.
_SWEEP = 100_000
# A transaction that lasts longer than this is found by the next verification.
_RECENT = "2 days"


class CloudAuditSealer(models.AbstractModel):
    """The one that seals: every event once, in chains per company, in transactions of its own.

    The order of the seals is their own. An event whose transaction ended after that of a later number is sealed when it
    is seen. That none is sealed twice and no chain forks is said by the constraints of the table; the lock keeps two
    sealers from meeting there.
    """

    # What is committed here is on a cursor of the sealer's own, never on that of the caller.
    # pylint: disable=invalid-commit

    _name = "cloud.audit.sealer"
    _description = "Sealer of the Record"

    # === ACTIONS === #

    def _cron_seal_events(self):
        try:
            self._seal_waiting(wait=False)
        except UserError:
            # There is no key, or a chain was altered: the status and the verification of the night say so.
            return

    # === BUSINESS === #

    def _seal_waiting(self, everything=False, wait=True):
        """Seal what waits, committed in batches; how many events that were.

        everything: look at all events, not only at those of the last days.   wait: for a sealer that is at work; else
        leave it to that one. Raises UserError, with the remedy, where no key can be had (nothing is sealed then), and
        after all others are sealed where the end of a chain was altered.
        """
        with self._alone(wait) as sealer:
            if sealer is None:
                return 0
            record_keys = seal_keys.take_current(sealer.env)
            sealer.env.cr.commit()
            sealed, stuck = sealer._seal_found(everything, record_keys)
        if stuck:
            raise UserError(self._get_stuck_sentence(stuck))
        return sealed

    def _seal_found(self, everything, record_keys):
        """(how many events were sealed, chains whose end does not take another seal because somebody altered it)."""
        sealed, stuck = 0, set()
        is_more = True
        while is_more:
            found = self._find_waiting(everything)
            waiting = defaultdict(list)
            for chain_id, event_id in found:
                waiting[chain_id].append(event_id)
            for chain_id, event_ids in waiting.items():
                for start in range(0, len(event_ids), _BATCH):
                    try:
                        sealed += self._seal_batch(event_ids[start : start + _BATCH], record_keys)
                        self.env.cr.commit()
                    except UniqueViolation:
                        self.env.cr.rollback()
                        stuck.add(chain_id)
                        break
            is_more = len(found) == _SWEEP and not stuck
        return sealed, stuck

    def _get_stuck_sentence(self, stuck):
        # sudo: lends the right to name the companies.
        names = self.env["res.company"].sudo().browse(sorted(stuck - {NO_COMPANY})).exists().mapped("name")
        return self.env._(
            "The audit trail of %(companies)s takes no more seals: its end was altered. Verify it.",
            companies=", ".join(names) or self.env._("no company"),
        )

    @contextmanager
    def _alone(self, wait):
        """This model on a cursor of its own while no other sealer works; None where another one does."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL("SELECT pg_advisory_lock(%s), TRUE" if wait else "SELECT NULL, pg_try_advisory_lock(%s)", _LOCK)
            )
            [(_nothing, is_mine)] = cr.fetchall()
            if not is_mine:
                yield None
                return
            try:
                # The transaction that waited does not see what the other sealer did; the next one does.
                cr.commit()
                yield self.with_env(self.env(cr=cr))
            finally:
                cr.rollback()
                cr.execute(SQL("SELECT pg_advisory_unlock(%s)", _LOCK))
                cr.commit()

    def _find_waiting(self, everything):
        """[(chain, number)] of events without a seal, ascending, up to a hundred thousand."""
        since = (
            SQL("TRUE")
            if everything
            else SQL("e.occurred_at > (clock_timestamp() AT TIME ZONE 'UTC') - %s::interval", _RECENT)
        )
        return self.env.execute_query(
            SQL(
                """
            WITH waiting AS MATERIALIZED (
                SELECT e.id, COALESCE(e.company_id, %(none)s) AS chain_id
                  FROM %(events)s e
                 WHERE %(since)s
                   AND NOT EXISTS (SELECT FROM %(seals)s s WHERE s.event_id = e.id))
          SELECT chain_id, id
            FROM waiting
        ORDER BY id
           LIMIT %(limit)s
                """,
                events=SQL(EVENT_TABLE),
                seals=SQL(SEAL_TABLE),
                since=since,
                none=NO_COMPANY,
                limit=_SWEEP,
            )
        )

    def _seal_batch(self, event_ids, record_keys):
        """Append the seals of these events to their chains; how many they were.

        Raises UniqueViolation where a chain does not end as its seals say.
        """
        events = self.env.execute_query(
            SQL(
                "SELECT COALESCE(e.company_id, %s), %s FROM %s e WHERE e.id = ANY(%s) ORDER BY e.id",
                NO_COMPANY,
                SQL(EVENT_TEXTS),
                SQL(EVENT_TABLE),
                event_ids,
            )
        )
        [(sealed_at,)] = self.env.execute_query(
            SQL("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')")
        )
        found = fetch_heads(self.env.cr, {event[0] for event in events})
        heads = defaultdict(lambda: (0, GENESIS), {chain_id: (seq, mac) for chain_id, seq, mac, _moment in found})
        rows = []
        for company_id, event_id, occurred_at, mark, *values in events:
            last_seq, previous = heads[company_id]
            digest = canonical.get_digest(event_id, occurred_at, mark, canonical.get_content(values))
            seal = chain.Seal(company_id, last_seq + 1, event_id, digest, previous, record_keys.fingerprint, sealed_at)
            mac = chain.compute_mac(record_keys.seal, seal)
            rows.append(SQL("%s", (*seal, mac)))
            heads[company_id] = (seal.seq, mac)
        if rows:
            self.env.execute_query(
                SQL(
                    "INSERT INTO %s (company_id, seq, event_id, digest, previous, key_print, sealed_at, mac)"
                    " VALUES %s RETURNING seq",
                    SQL(SEAL_TABLE),
                    SQL(", ").join(rows),
                )
            )
        return len(rows)
