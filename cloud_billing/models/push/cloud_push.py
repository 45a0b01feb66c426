from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import models

from ...engine.readers import RowFault
from ...engine.readers.own.events import EventRows, get_key
from ..usage.usage_chunks import ChunkMaker, FileParts, get_row_key
from ..usage.usage_store import StagedPlaces
from . import push_messages
from .push_request import PushProblem

MAX_EVENTS = 5_000
_RATE_WINDOW = timedelta(minutes=1)
# What the sender is told of what the tables say.
_STATUS = {
    "accepted": "accepted",
    "cancels": "accepted",
    "known": "duplicate",
    "quarantined": "quarantined",
    "waiting": "quarantined",
}
# What an event is that says the same as an earlier one of its batch; where it is not here, the same as that one.
_REPEATED = {"accepted": "known", "cancels": "known", "quarantined": "waiting"}


class Batch(NamedTuple):
    """What a request is while it is taken in. refused: {index: RowFault}; outcomes: {index: outcome of the tables}."""

    id: int
    source: object
    events: list
    taken: list
    outcomes: dict
    refused: dict


class CloudPush(models.AbstractModel):
    """Takes a batch of events in: reads each, stages what can be read, answers for each. All in one transaction.

    A batch shares the import that collects with the batches beside it: each holds a share of its row until it ends, so
    that the import cannot get its number in between, and none waits for another one.
    """

    _name = "cloud.push"
    _description = "Intake of Pushed Events"

    # === BUSINESS === #

    def _take(self, source, events, now, byte_count=0, signature=None):
        """Take events (a list of JSON objects) of a source in. Returns the answer, see docs/push.md.

        source: as superuser; who calls has checked that the user may push to it.   now: naive UTC.   signature: of a
        signed request.   Raises PushProblem.   A constant number of statements for any number of events.
        """
        if len(events) > MAX_EVENTS:
            raise PushProblem("too_many_events", count=len(events), most=MAX_EVENTS)
        self._check_rate(source, len(events), now)
        batch = self._read(source, events)
        usage_import = source.env["cloud.usage.import"]
        if batch.taken:
            usage_import = self._join_import(source, now)
            self._stage(batch, usage_import)
        self._note(batch, usage_import, now, byte_count, signature)
        return self._make_answer(batch)

    def _check_rate(self, source, count, now):
        """Raise PushProblem where a source has sent too much within a minute, as batches that are there say."""
        if not source.push_rate:
            return
        self.env.cr.execute(
            """
            SELECT COALESCE(SUM(event_count), 0), MIN(received_at)
              FROM cloud_push_batch
             WHERE source_id = %s
               AND received_at > %s
            """,
            [source.id, now - _RATE_WINDOW],
        )
        sent, oldest = self.env.cr.fetchone()
        if sent and sent + count > source.push_rate:
            wait = max(1, round((oldest + _RATE_WINDOW - now).total_seconds()))
            raise PushProblem("too_fast", retry_after=wait, rate=source.push_rate)

    # === BUSINESS: READING === #

    def _read(self, source, events):
        """The Batch of JSON objects, nothing of it in the tables yet."""
        self.env.cr.execute("SELECT nextval('cloud_push_batch_id_seq')")
        batch = Batch(self.env.cr.fetchone()[0], source, events, [], {}, {})
        rows = EventRows(source._get_reader_options())
        for index, event in enumerate(events):
            try:
                batch.taken.append(rows.read(index, event))
            except RowFault as fault:
                batch.refused[index] = fault
        return batch

    # === BUSINESS: THE IMPORT THAT COLLECTS === #

    def _join_import(self, source, now):
        """The import that collects, held until this transaction ends: it may be shared, and cannot end meanwhile.

        Nobody joins one whose time is over, so who ends it never waits for long.
        """
        self.env.cr.execute(
            """
            SELECT id
              FROM cloud_usage_import
             WHERE source_id = %s
               AND state = 'collecting'
               AND collect_until > %s
               FOR SHARE
            """,
            [source.id, now],
        )
        found = self.env.cr.fetchone()
        return source.env["cloud.usage.import"].browse(found) if found else self._open_import(source, now)

    def _open_import(self, source, now):
        """Begin the next import of a source, and end the one whose time is over.

        The source is written, not only locked: of two who do this at once the second one fails with a serialization
        error and, tried again, finds the import of the first.
        """
        source.env.flush_all()
        self.env.cr.execute(
            "UPDATE cloud_usage_source SET push_import_count = COALESCE(push_import_count, 0) + 1 WHERE id = %s",
            [source.id],
        )
        imports = source.env["cloud.usage.import"]
        imports.search([("source_id", "=", source.id), ("state", "=", "collecting")])._end_collecting()
        usage_import = imports.create(
            {
                "source_id": source.id,
                "state": "collecting",
                "is_push": True,
                "collect_until": now + timedelta(minutes=source.push_minutes),
            }
        )
        source.env.flush_all()
        delivery_ids = self.env["cloud.usage.store"]._get_deliveries(usage_import, [("", None)])
        self.env.cr.execute(
            "UPDATE cloud_usage_delivery SET is_pushed = TRUE WHERE id = ANY(%s)", [list(delivery_ids.values())]
        )
        return usage_import

    # === BUSINESS: STAGING === #

    def _stage(self, batch, usage_import):
        """Put events into the tables round by round, each key once in a round; what repeats another one is known."""
        rounds, repeats = self._make_rounds(batch)
        maker = ChunkMaker(self.env["cloud.usage.importer"]._get_plan(usage_import))
        places = StagedPlaces()
        for events in rounds:
            self._stage_rows(batch, usage_import, maker, places, [event for event in events if event.row])
            self._cancel(batch, usage_import, [event for event in events if not event.row])
        for index, first in repeats.items():
            if first in batch.refused:
                batch.refused[index] = batch.refused[first]
            else:
                outcome = batch.outcomes[first]
                batch.outcomes[index] = _REPEATED.get(outcome, outcome)

    def _make_rounds(self, batch):
        """(lists of Events in which a key stands once, {index of an event: index of the one it repeats})."""
        rounds, repeats = [], {}
        firsts, versions = {}, defaultdict(int)
        for event in batch.taken:
            said = (event.key, event.action, event.row and event.row.content_hash)
            if said in firsts:
                repeats[event.index] = firsts[said]
                continue
            firsts[said] = event.index
            nth = versions[event.key]
            if nth == push_messages.MAX_VERSIONS:
                batch.refused[event.index] = RowFault(None, "too_many_versions")
                continue
            versions[event.key] += 1
            if nth == len(rounds):
                rounds.append([])
            rounds[nth].append(event)
        return rounds, repeats

    def _stage_rows(self, batch, usage_import, maker, places, events):
        if not events:
            return
        # Where a row stood is told by its batch and its place in it, as file and row are of a file.
        file = FileParts(batch.id, f"{self.env._('Batch')} {batch.id}", 0, 0)
        chunk = maker.make(file, [event.row for event in events])
        corrections = [event.row.row_no for event in events if event.action == "correct"]
        found = self.env["cloud.usage.store"]._stage_events(usage_import, chunk, places, corrections)
        self._settle(batch, events, found)

    def _cancel(self, batch, usage_import, events):
        if not events:
            return
        row_keys = {event.index + 1: get_row_key(event.key) for event in events}
        found = self.env["cloud.usage.store"]._cancel_events(usage_import, batch.id, row_keys)
        self._settle(batch, events, found)

    def _settle(self, batch, events, found):
        """Write down what became of events. found: {row number: outcome} of those that were not accepted."""
        for event in events:
            outcome = found.get(event.index + 1, "accepted" if event.row else "cancels")
            if outcome in _STATUS:
                batch.outcomes[event.index] = outcome
            else:
                batch.refused[event.index] = RowFault(None, outcome)

    # === BUSINESS: THE RECORD AND THE ANSWER === #

    def _note(self, batch, usage_import, now, byte_count, signature):
        """Write the batch down with its counts, and some of what was refused. Raises PushProblem replayed."""
        outcomes = list(batch.outcomes.values())
        corrected = sum(
            event.action == "correct" and batch.outcomes.get(event.index) == "accepted" for event in batch.taken
        )
        self.env.cr.execute(
            """
            INSERT INTO cloud_push_batch (
                id, source_id, company_id, import_id, user_id, received_at, signature, bytes_read, event_count,
                accepted_count, correction_count, known_count, quarantined_count, cancelled_count, refused_count
            )
                 VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (source_id, signature) WHERE signature IS NOT NULL DO NOTHING
            """,
            [
                batch.id,
                batch.source.id,
                batch.source.company_id.id,
                usage_import.id or None,
                self.env.uid,
                now,
                signature,
                byte_count,
                len(batch.events),
                outcomes.count("accepted"),
                corrected,
                outcomes.count("known") + outcomes.count("waiting"),
                outcomes.count("quarantined"),
                outcomes.count("cancels"),
                len(batch.refused),
            ],
        )
        if not self.env.cr.rowcount:
            raise PushProblem("replayed")
        if batch.refused:
            refusals = [
                (index, get_key(batch.events[index]), fault, batch.events[index])
                for index, fault in sorted(batch.refused.items())
            ]
            self.env["cloud.push.refusal"]._keep(batch.source, batch.id, refusals, now)

    def _make_answer(self, batch):
        """What the sender is told: counts, and of each event its place, its key and what became of it."""
        statuses = [_STATUS.get(batch.outcomes.get(index), "refused") for index in range(len(batch.events))]
        items = [
            {"index": index, "key": get_key(event), "status": status}
            for index, (event, status) in enumerate(zip(batch.events, statuses, strict=True))
        ]
        sentences = push_messages.get_sentences(self.env) if batch.refused else {}
        quarantine = push_messages.explain_quarantine(self.env)
        for item in items:
            if item["status"] == "refused":
                fault = batch.refused[item["index"]]
                detail = push_messages.fill(sentences, fault.reason, fault.column or "", fault.value)
                item.update(code=fault.reason, member=fault.column, detail=detail)
            elif item["status"] == "quarantined":
                item.update(code="other_content", detail=quarantine)
        return {
            "batch": batch.id,
            "received": len(items),
            **{status: statuses.count(status) for status in ("accepted", "duplicate", "quarantined", "refused")},
            "items": items,
        }
