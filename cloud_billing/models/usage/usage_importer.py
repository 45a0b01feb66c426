import contextlib
import gc
import hashlib
import logging
import uuid
from datetime import timedelta
from functools import partial

import psycopg2.errors
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from ...engine.readers import RejectedFile
from .usage_chunks import ChunkMaker, FileParts, ReadPlan, Start, read_chunks
from .usage_store import StagedPlaces

_logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
# Far longer than a chunk takes; each chunk renews it.
_LEASE = timedelta(minutes=3)
# For adding up what was read, in one statement: ten times what it takes a row on an idle machine.
_LEASE_PER_ROW = timedelta(microseconds=60)
# Parts whose checksum is taken between two renewals of the lease: seconds.
_HASHED_PARTS = 64


class ClaimLost(Exception):
    """Somebody else works on the import now, or it was cancelled: whoever learns this stops."""


class OutOfTime(Exception):
    """The time of the scheduled action is over: whoever comes next goes on behind the last chunk."""


class Refused(Exception):
    """The delivery is refused for what it says, not for how it is written: the sentence, and differences if any."""


class CloudUsageImporter(models.AbstractModel):
    """Conducts an import from its files to its number: read, stage, compare, publish; in one transaction or in many."""

    _name = "cloud.usage.importer"
    _description = "Usage Importer"

    # === BUSINESS: AT ONCE === #

    def _import_now(self, usage_import):
        """Import within the caller's transaction: all of it or, when it is refused, nothing but the reason."""
        self._claim_now(usage_import)
        self._run(usage_import, _at_once)

    def _import_rows(self, correction, items):
        """Import corrected rows, pairs (file sequence, UsageRow), within the caller's transaction."""
        self._check_free(correction)
        maker, places = ChunkMaker(self._get_plan(correction)), StagedPlaces()
        token = self._claim_now(correction)
        by_file = {}
        for sequence, row in items:
            by_file.setdefault(sequence, []).append(row)
        for file in correction.file_ids:
            chunk = maker.make(FileParts(file.sequence, file.name, 0, 0), by_file[file.sequence])
            self._stage_chunk(correction, token, chunk, places)
        prepared = self._prepare(correction, token)
        self._conclude(correction, token, *prepared)

    def _import_versions(self, correction, rejects):
        """Import the new versions of quarantined rows, which end the former ones, within the caller's transaction."""
        self._check_free(correction)
        self._claim_now(correction)
        store = self.env["cloud.usage.store"]
        store._hold_number(correction.company_id)
        store._stage_versions(correction, rejects)
        correction.write({"rows_read": len(rejects), "rows_accepted": len(rejects)})
        store._summarise(correction)
        correction._set_imported([])
        store._end_versions(correction)

    def _check_free(self, correction):
        if correction._is_source_busy():
            raise UserError(
                self.env._(
                    "A file of %(source_name)s is being read, or its reading is paused. Try again when it is imported.",
                    source_name=correction.source_id.name,
                )
            )

    def _claim_now(self, usage_import):
        token = uuid.uuid4().hex
        usage_import.write(
            {"state": "staging", "claim_token": token, "attempts": 1, "error": False, "differences": False}
        )
        self.env.flush_all()
        return token

    # === BUSINESS: IN THE BACKGROUND === #

    def _wake_up(self):
        """Let the scheduled action start now."""
        # sudo: operators may not read scheduled actions; waking this one up lends them nothing else.
        self.env.ref("cloud_billing.cron_import_usage").sudo()._trigger()

    def _cron_import_usage(self):
        """Import what waits, one delivery after the other, each chunk in a transaction of its own.

        Can be killed at any moment and run beside itself: whoever comes next goes on behind the last chunk.
        """
        self = self._with_time()
        try:
            if self._is_time_over():
                raise OutOfTime
            self._sweep(fields.Datetime.now())
            while usage_import := self._claim(fields.Datetime.now()):
                self._work(usage_import)
                self._check_time()
        except OutOfTime:
            # Other scheduled actions have their turn. Called again for the rest at once, not at the next look around.
            self._wake_up()
            self.env["ir.cron"]._commit_progress(remaining=1)

    def _cron_prove_usage_states(self):
        """Check every night that each live row is in exactly one state; an administrator is told where one is not."""
        for company in self.env["cloud.usage.source"].search([("company_id", "!=", False)]).company_id:
            differences = self.env["cloud.usage.store"]._prove_states(company)
            self._note_proof(company, differences)
            if differences:
                self._report_unproven(company, differences)
            self._commit(1)

    def _note_proof(self, company, differences):
        """Keep what a proof found, {} where all adds up. To keep more: do it and call super()."""

    def _report_unproven(self, company, differences):
        _logger.error("Usage of %s is not in exactly one state per row: %s", company.name, differences)
        source = self.env["cloud.usage.source"].search([("company_id", "=", company.id)], limit=1)
        summary = self.env._("Usage rows do not add up")
        if source.activity_ids.filtered(lambda activity: activity.summary == summary):
            return
        note = self.env._(
            "%(company)s: counted by state, live usage differs from usage counted directly, or from what imports say "
            "that they took (%(differences)s). Do not bill until the cause is found; the server's log has the figures.",
            company=company.name,
            differences=", ".join(f"{name}: {first} / {second}" for name, (first, second) in differences.items()),
        )
        administrators = self.env.ref("cloud_billing.group_administrator")
        for user in administrators._get_cloud_members(company) or self.env.user:
            source.activity_schedule("mail.mail_activity_data_warning", summary=summary, note=note, user_id=user.id)

    def _claim(self, now):
        """Take the next import by writing a token, a lease and one more attempt on it; empty when nothing is free.

        One that was begun goes before new ones of its source, and these in the order in which they came; one that is
        paused keeps its turn. Committed before the work begins, so that a crash counts.
        """
        token = uuid.uuid4().hex
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    """
                    WITH free AS (
                        SELECT i.id
                          FROM cloud_usage_import i
                         WHERE i.state IN ('queued', 'staging')
                           AND i.attempts < %(max_attempts)s
                           AND (i.claim_until IS NULL OR i.claim_until < %(now)s)
                           AND NOT EXISTS (SELECT FROM cloud_usage_import_halt h WHERE h.import_id = i.id)
                           AND NOT EXISTS (SELECT FROM cloud_usage_import o
                                            WHERE o.source_id = i.source_id
                                              AND o.id <> i.id
                                              AND (o.state = 'staging'
                                                   OR o.state = 'queued' AND i.state = 'queued' AND o.id < i.id))
                      ORDER BY i.id
                         LIMIT 1
                           FOR UPDATE SKIP LOCKED
                    )
                    UPDATE cloud_usage_import i
                       SET state = 'staging',
                           claim_token = %(token)s,
                           claim_until = %(until)s,
                           begun_at = %(now)s,
                           begun_bytes = high_water_bytes,
                           attempts = attempts + 1
                      FROM free
                     WHERE i.id = free.id
                 RETURNING i.id
                    """,
                    {"now": now, "token": token, "until": now + _LEASE, "max_attempts": MAX_ATTEMPTS},
                )
                found = self.env.cr.fetchone()
        except (psycopg2.errors.UniqueViolation, psycopg2.errors.SerializationFailure):
            # Another worker took a file of the same source between our look and our write.
            self.env.cr.rollback()
            found = None
        self.env["cloud.usage.import"].invalidate_model()
        self._commit()
        return self.env["cloud.usage.import"].browse(found)

    def _work(self, usage_import):
        """Import a claimed delivery; what goes wrong is written on it, and after three attempts it is refused."""
        # Sentences are kept on the import: in the language of the person who will read them.
        usage_import = usage_import.with_context(lang=usage_import.create_uid.lang)
        self = self.with_env(usage_import.env)
        try:
            self._run(usage_import, self._in_transaction)
        except OutOfTime:
            self._in_transaction(partial(usage_import.write, {"claim_until": False}))
            # A reader is in a cycle with what it reads from, and Python looks for cycles when it has made many objects.
            gc.collect()
            raise
        except ClaimLost:
            self.env.cr.rollback()
            _logger.info("%s: taken over or cancelled meanwhile.", usage_import.id)
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("Usage import %s stopped; it is tried %s times.", usage_import.id, MAX_ATTEMPTS)
            self._in_transaction(partial(self._set_failed, usage_import, error))

    def _set_failed(self, usage_import, error):
        message = self.env._("It stopped with an error: %(error)s", error=str(error)[:500] or type(error).__name__)
        if usage_import.attempts >= MAX_ATTEMPTS:
            usage_import._set_refused(message)
        elif usage_import.state == "staging":
            usage_import.write({"error": message, "claim_until": False})

    def _sweep(self, now):
        """Refuse what died three times, and delete what cancelled imports have left."""
        dead = self.env["cloud.usage.import"].search(
            [("state", "=", "staging"), ("attempts", ">=", MAX_ATTEMPTS), ("claim_until", "<", now)]
        )
        for usage_import in dead:
            self._in_transaction(partial(self._refuse_dead, usage_import, now))
        left = self.env["cloud.usage.import"].search(
            [("state", "=", "refused"), ("delivery_ids.import_number", "=", 0)]
        )
        for usage_import in left:
            self._in_transaction(usage_import._forget)

    def _refuse_dead(self, usage_import, now):
        """Refuse what died three times, unless somebody is at it after all: he holds its row while he adds up."""
        self.env.cr.execute(
            """
            SELECT
              FROM cloud_usage_import
             WHERE id = %s
               AND state = 'staging'
               AND attempts >= %s
               AND claim_until < %s
               FOR UPDATE SKIP LOCKED
            """,
            [usage_import.id, MAX_ATTEMPTS, now],
        )
        if self.env.cr.rowcount:
            files = usage_import._get_read_files()
            begun = files.filtered(lambda file: file.sequence == usage_import.high_water_file) or files
            message = self.env._(
                "It was stopped %(count)s times at the same place, behind row %(row)s of %(file)s; "
                "the server's log may say why. Try it again, or split the file.",
                count=MAX_ATTEMPTS,
                row=usage_import.high_water_row,
                file=begun[:1].name,
            )
            usage_import._set_refused(message)

    def _in_transaction(self, work):
        """Run work() in a transaction of its own, again as a whole when another one was in its way."""
        result = []

        def attempt():
            result[:] = [work()]
            self.env.flush_all()
            self._commit(1)

        try:
            retrying(attempt, self.env)
        except Exception:
            self.env.cr.rollback()
            raise
        return result[0]

    def _commit(self, processed=0):
        self.env["ir.cron"]._commit_progress(processed)

    # === BUSINESS: THE STEPS === #

    def _run(self, usage_import, transaction):
        """From files to number. transaction(work) runs a step and returns its result: _at_once or _in_transaction."""
        token = usage_import.claim_token
        try:
            self._take_checksums(usage_import, token, transaction)
            if not transaction(partial(self._find_same_files, usage_import, token)):
                was_read = usage_import.is_read
                self._stage_files(usage_import, token, transaction)
                transaction(partial(self._begin_end, usage_import, token))
                if not was_read and transaction == self._in_transaction:
                    self._check_time_for_end(usage_import)
                prepared = transaction(partial(self._prepare, usage_import, token))
                transaction(partial(self._conclude, usage_import, token, *prepared))
        except RejectedFile as error:
            transaction(partial(usage_import._set_unreadable, error))
        except Refused as refusal:
            transaction(partial(usage_import._set_refused, *refusal.args))

    def _check_claim(self, usage_import, token):
        """Write that we are still at it; the first statement of every transaction of the work. Raises ClaimLost."""
        self._renew_claim(usage_import, token, _LEASE)

    def _renew_claim(self, usage_import, token, lease):
        """Nobody else takes the import up before the lease, from this moment on, is over. Raises ClaimLost."""
        self.env.cr.execute(
            """
            UPDATE cloud_usage_import
               SET claim_until = (clock_timestamp() AT TIME ZONE 'UTC') + %s
             WHERE id = %s
               AND claim_token = %s
               AND state = 'staging'
            """,
            [lease, usage_import.id, token],
        )
        if not self.env.cr.rowcount:
            raise ClaimLost

    def _take_checksums(self, usage_import, token, transaction):
        """Write the checksums that no request had the time for: of files that were sent in several parts."""
        for file in usage_import.file_ids.filtered(lambda file: file.part_ids and not file.sha256):
            checksum = hashlib.sha256()
            for content in self._read_parts(usage_import, token, transaction, file):
                checksum.update(content)
            transaction(partial(self._keep_checksum, usage_import, token, file, checksum.hexdigest()))

    def _read_parts(self, usage_import, token, transaction, file):
        """Yield the bytes of a file, part by part; nobody else takes the import up meanwhile."""
        for index in range(len(file.part_ids)):
            if not index % _HASHED_PARTS:
                transaction(partial(self._check_claim, usage_import, token))
            yield file._read_part(index)

    def _keep_checksum(self, usage_import, token, file, checksum):
        self._check_claim(usage_import, token)
        file.sha256 = checksum

    def _find_same_files(self, usage_import, token):
        """End the import as already known, unread, where its files are those of one import that is live as a whole."""
        self.env.flush_all()
        self._check_claim(usage_import, token)
        checksums = sorted(usage_import._get_read_files().mapped("sha256"))
        if usage_import.high_water_row or usage_import.correction_of_id or not usage_import._is_snapshot():
            return False
        self.env.cr.execute(
            """
            SELECT i.id
              FROM cloud_usage_import i
              JOIN cloud_usage_file f ON f.import_id = i.id AND f.is_archive IS NOT TRUE
             WHERE i.source_id = %s
               AND i.state = 'imported'
               AND i.rows_known = 0
               AND NOT EXISTS (SELECT FROM cloud_usage_delivery d
                                WHERE d.import_id = i.id
                                  AND (d.superseded_number > 0 OR d.billing_month <> %s))
          GROUP BY i.id
            HAVING ARRAY_AGG(f.sha256::text ORDER BY f.sha256) = %s::text[]
          ORDER BY i.id DESC
            """,
            [usage_import.source_id.id, usage_import.expected_month or None, checksums],
        )
        found = [import_id for (import_id,) in self.env.cr.fetchall()]
        former = self.env["cloud.usage.import"].browse(found).filtered(usage_import._is_read_like)[:1]
        if not former:
            return False
        usage_import.write({"rows_read": former.rows_read, "rows_known": former.rows_read})
        usage_import._set_known(former)
        return True

    def _stage_files(self, usage_import, token, transaction):
        if usage_import.is_read:
            return
        plan = self._get_plan(usage_import)
        files = {file.sequence: file for file in usage_import.file_ids}
        place = (usage_import.bookmark_row, int(usage_import.bookmark_offset))
        start = Start(usage_import.high_water_file, usage_import.high_water_row, place)
        places = StagedPlaces()
        chunks = read_chunks(
            plan, usage_import._get_file_parts(), lambda file, index: files[file.sequence]._read_part(index), start
        )
        # Closed here and not when the exception that may come is forgotten: its thread ends with it.
        with contextlib.closing(chunks):
            for chunk in chunks:
                transaction(partial(self._stage_chunk, usage_import, token, chunk, places))
                if transaction == self._in_transaction:
                    self._check_time()
        # The cache has not seen what SQL wrote.
        usage_import.invalidate_recordset(flush=False)

    def _get_plan(self, usage_import):
        source = usage_import.source_id
        return ReadPlan(
            reader=usage_import._get_reader(),
            options=usage_import._get_reader_options(),
            is_append=usage_import._is_append(),
            month_zone=source.tz if source.month_basis == "provider" or source.shape == "snapshot" else None,
            expected_month=fields.Date.to_string(usage_import.expected_month) or None,
            limits=usage_import._get_limits(),
            account_tag=source._get_account_tag(),
        )

    def _stage_chunk(self, usage_import, token, chunk, places):
        """Take one chunk in, with the mark behind which a later run goes on."""
        self._check_claim(usage_import, token)
        accepted, known, quarantined = self.env["cloud.usage.store"]._stage(usage_import, chunk, places)
        self.env.cr.execute(
            """
            UPDATE cloud_usage_import
               SET rows_read = rows_read + %s,
                   rows_accepted = rows_accepted + %s,
                   rows_known = rows_known + %s,
                   rows_quarantined = rows_quarantined + %s,
                   rows_rejected = rows_rejected + %s,
                   high_water_file = %s,
                   high_water_row = %s,
                   high_water_bytes = %s,
                   bookmark_row = %s,
                   bookmark_offset = %s,
                   attempts = 1
             WHERE id = %s
            """,
            [
                chunk.read,
                accepted,
                known,
                quarantined,
                len(chunk.errors),
                chunk.file_sequence,
                chunk.last_row_no,
                chunk.bytes_read,
                *chunk.place,
                usage_import.id,
            ],
        )

    def _begin_end(self, usage_import, token):
        """Note that all is read, and that its end takes long: while it does, nobody sees what that writes."""
        usage_import.invalidate_recordset(flush=False)
        self._renew_claim(usage_import, token, _LEASE + usage_import.rows_read * _LEASE_PER_ROW)
        usage_import.is_read = True

    def _prepare(self, usage_import, token):
        """Add up what came, and compare a month with the live one: the long part of the end, before the number is held.

        Returns (differences, ids of the live deliveries compared with).
        """
        self._check_claim(usage_import, token)
        usage_import.invalidate_recordset(flush=False)
        store = self.env["cloud.usage.store"]
        self._check_readable(usage_import)
        store._summarise(usage_import)
        found = store._get_differences(usage_import), store._get_live_ids(usage_import)
        # What this transaction wrote first is old by now, and the last step is still to come.
        self._renew_claim(usage_import, token, _LEASE)
        return found

    def _check_readable(self, usage_import):
        """Refuse a delivery of which no row at all could be read, with its first problem as example."""
        if not usage_import.rows_rejected or usage_import.rows_rejected < usage_import.rows_read:
            return
        reject = self.env["cloud.usage.reject"].search([("import_id", "=", usage_import.id)], limit=1)
        raise Refused(
            self.env._(
                "%(file)s: not one of its %(count)s rows can be read. The first problem, in row %(row)s: %(problem)s",
                file=reject.file_name,
                count=usage_import.rows_rejected,
                row=reject.row_no,
                # Everybody who sees the import reads it.
                problem=reject._tell_reason(has_costs=False),
            )
        )

    def _conclude(self, usage_import, token, differences, compared_ids):
        """The short last transaction: the number, what it replaces, the counts. Or: already known, or refused."""
        store = self.env["cloud.usage.store"]
        # First of all, so that the snapshot of this transaction cannot be older than the last number.
        store._hold_number(usage_import.company_id)
        self._check_claim(usage_import, token)
        usage_import.invalidate_recordset(flush=False)
        if store._get_live_ids(usage_import) != compared_ids:
            differences = store._get_differences(usage_import)
        differences = usage_import._settle_known(differences)
        self._check_differences(usage_import)
        if usage_import._brings_nothing():
            usage_import._set_known()
        else:
            usage_import._set_imported([difference.delivery_id for difference in differences if difference.is_known])

    def _check_differences(self, usage_import):
        """Raise what stands in the way of what the import would change, which is written on it; rolled back then."""
        if usage_import._get_removals() and not usage_import.allow_removal:
            raise Refused(usage_import._explain_removals(), usage_import.differences)


def _at_once(work):
    """Run a step within the caller's transaction."""
    return work()
