import io
import json

import psycopg2.errors
from odoo import models
from odoo.tools import SQL

from .usage_chunks import COPY_COLUMNS, IDENTITY
from .usage_schema import COUNTER_TABLE, EXCEPTION_TABLE, ROW_TABLE

STAGE_TABLE = "cloud_usage_stage"
COLUMN_LIST = ", ".join(COPY_COLUMNS)
_EMPTY_STAGE = f"""
CREATE TEMP TABLE IF NOT EXISTS {STAGE_TABLE} ON COMMIT DELETE ROWS
    AS SELECT {COLUMN_LIST} FROM {ROW_TABLE} WITH NO DATA;
TRUNCATE {STAGE_TABLE}
"""
COLUMNS_WITHOUT_ORDINAL = ", ".join("{ordinal}" if name == "ordinal" else f"s.{name}" for name in COPY_COLUMNS)
# What a quarantined row keeps of its own: all that a row is made of, as text, so that no digit is lost in JSON.
KEPT_COLUMNS = ("stream_id", *COPY_COLUMNS[8:])


class StagedPlaces:
    """Where the rows of a running import go.

    ids: {number of a place: (delivery id, stream id)}.   has_met_rows: whether a row came that is there already, from a
    stopped run before this one; more of them will come.
    """

    def __init__(self):
        self.ids = {}
        self.has_met_rows = False


class CloudUsageStore(models.AbstractModel):
    """The only way to the usage rows, which SQL owns: numbers, staging, totals, the rows behind an amount."""

    _name = "cloud.usage.store"
    _description = "Usage Store"

    # === BUSINESS: NUMBERS === #

    def _last_number(self, company):
        """The newest number of the company: usage as of now. 0 before the first import."""
        self.env.cr.execute(f"SELECT last_number FROM {COUNTER_TABLE} WHERE company_id = %s", [company.id])
        return (self.env.cr.fetchone() or (0,))[0]

    def _take_number(self, company):
        """The next number, held until the transaction ends.

        The counter's row is written, so a transaction whose snapshot is older than the last number fails with a
        serialization error here instead of deciding on stale deliveries; it must be run again as a whole.
        """
        self.env.cr.execute(
            f"""
            INSERT INTO {COUNTER_TABLE} AS counter (company_id, last_number)
                 VALUES (%s, 1)
            ON CONFLICT (company_id) DO UPDATE SET last_number = counter.last_number + 1
              RETURNING last_number
            """,
            [company.id],
        )
        return self.env.cr.fetchone()[0]

    def _hold_number(self, company):
        """Keep everybody else from taking a number until the transaction ends; fails like _take_number when stale."""
        self.env.cr.execute(
            f"""
            INSERT INTO {COUNTER_TABLE} AS counter (company_id, last_number)
                 VALUES (%s, 0)
            ON CONFLICT (company_id) DO UPDATE SET last_number = counter.last_number
            """,
            [company.id],
        )

    # === BUSINESS: STAGING === #

    def _stage(self, usage_import, chunk, places):
        """Take the rows of a Chunk in, each once, and its errors; returns (accepted, known, quarantined).

        places: StagedPlaces of this run. The same chunk can be staged again after a rollback.
        Rows exist for nobody until _publish gives their delivery a number.
        """
        self._intern(usage_import, chunk.new_places, places)
        self._insert_errors(usage_import, chunk)
        lines, repeats = (
            self._copy_text(usage_import, chunk, rows, places) if rows else b"" for rows in (chunk.lines, chunk.repeats)
        )
        if usage_import._is_append():
            insert = self._insert_counted if usage_import._is_counted() else self._insert_appended
            if not lines:
                return 0, 0, 0
            # A table that was small when somebody last counted its rows would be read whole for each row that comes.
            self.env.cr.execute("SET LOCAL enable_seqscan TO off")
            found = insert(usage_import, chunk, lines)
            self.env.cr.execute("SET LOCAL enable_seqscan TO DEFAULT")
            return found
        # A COPY that fails leaves what it wrote until the next VACUUM.
        if lines and (places.has_met_rows or not self._copy_rows(lines)):
            places.has_met_rows = True
            self._insert_repeats(usage_import, lines)
        if repeats:
            self._insert_repeats(usage_import, repeats)
        return len(chunk.lines) + len(chunk.repeats), 0, 0

    def _copy_text(self, usage_import, chunk, rows, places):
        head = f"{usage_import.source_id.id}\t{usage_import._get_scope()}\t{usage_import.id}\t{chunk.file_sequence}\t"
        heads = {}
        for number in {number for number, _line in rows}:
            delivery_id, stream_id = places.ids[number]
            heads[number] = f"{head}{delivery_id}\t{stream_id}\t"
        return "".join([heads[number] + line for number, line in rows]).encode()

    def _copy_rows(self, text):
        """COPY straight into the table; False, and nothing done, where a row is there already.

        That happens only behind the mark of a stopped run, which knew of rows that this one has not read. Without a
        staging table the database has a third less to do.
        """
        try:
            with self.env.cr.savepoint(flush=False):
                self._copy(ROW_TABLE, text)
        except psycopg2.errors.UniqueViolation:
            return False
        return True

    def _fill_stage(self, text):
        self.env.cr.execute(_EMPTY_STAGE)
        self._copy(STAGE_TABLE, text)

    def _copy(self, table, text):
        # In one piece: between two pieces Python waits for the thread that reads ahead.
        self.env.cr.copy_expert(f"COPY {table} ({COLUMN_LIST}) FROM STDIN", io.BytesIO(text), len(text))

    def _insert_repeats(self, usage_import, text):
        """Insert rows of a snapshot that may be there already: their ordinals go on where the former end.

        LATERAL, so that every row is looked up in the unique index whatever the statistics of a growing table say.
        """
        self._fill_stage(text)
        self.env.cr.execute(
            f"""
            INSERT INTO {ROW_TABLE} ({COLUMN_LIST})
                 SELECT {COLUMNS_WITHOUT_ORDINAL.format(ordinal="s.ordinal + former.row_count")}
                   FROM {STAGE_TABLE} s
     CROSS JOIN LATERAL (SELECT COUNT(*) AS row_count
                           FROM {ROW_TABLE} r
                          WHERE r.source_id = %s
                            AND r.scope = %s
                            AND r.row_key = s.row_key) former
            """,
            [usage_import.source_id.id, usage_import._get_scope()],
        )

    def _insert_appended(self, usage_import, chunk, text):
        """Insert rows with ids: new ones are accepted, the same again is known, other content of a live row waits.

        Ordinals count the versions of an id: the first is 0; one that was undone or replaced never comes back. The
        scope is taken from the rows, or the planner may walk the index of all appended rows for each of them, as long
        as it thinks that there are none.
        """
        self._fill_stage(text)
        self.env.cr.execute(
            f"""
            WITH ranked AS (
                SELECT s.*,
                       ROW_NUMBER() OVER (PARTITION BY row_key ORDER BY row_no) AS nth
                  FROM {STAGE_TABLE} s
            ),
            versions AS (
                SELECT k.row_key, v.last_ordinal, v.live_id
                  FROM (SELECT DISTINCT scope, row_key FROM {STAGE_TABLE}) k
            CROSS JOIN LATERAL (
                       SELECT MAX(r.ordinal) AS last_ordinal,
                              MAX(r.id) FILTER (
                                  WHERE d.superseded_number = 0
                                    AND (d.import_number > 0 OR d.is_pushed OR d.import_id = %(import_id)s)
                                    AND e.row_id IS NULL
                              ) AS live_id
                         FROM {ROW_TABLE} r
                         JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                    LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id
                                                 AND e.kind = 'superseded'
                        WHERE r.source_id = %(source_id)s
                          AND r.scope = k.scope
                          AND r.row_key = k.row_key) v
            ),
            accepted AS (
                INSERT INTO {ROW_TABLE} ({COLUMN_LIST})
                     SELECT {COLUMNS_WITHOUT_ORDINAL.format(ordinal="COALESCE(v.last_ordinal + 1, 0)")}
                       FROM ranked s
                  LEFT JOIN versions v USING (row_key)
                      WHERE nth = 1
                        AND v.live_id IS NULL
                ON CONFLICT DO NOTHING
                  RETURNING id, row_key, payload_hash
            ),
            current AS (
                SELECT id, row_key, payload_hash FROM accepted
                 UNION ALL
                SELECT r.id, r.row_key, r.payload_hash
                  FROM versions v
                  JOIN {ROW_TABLE} r ON r.id = v.live_id
            ),
            other AS (
                SELECT DISTINCT ON (n.row_key, n.payload_hash)
                       n.*,
                       c.id AS current_id,
                       encode(n.row_key || n.payload_hash, 'hex') AS content_hash
                  FROM ranked n
                  JOIN current c USING (row_key)
                 WHERE n.payload_hash <> c.payload_hash
              ORDER BY n.row_key, n.payload_hash, n.row_no
            ),
            quarantined AS (
                INSERT INTO cloud_usage_reject (
                    import_id, source_id, company_id, kind, file_name, file_sequence, row_no, reason_code, value,
                    known_row_id, content_hash, new_version, state, create_uid, create_date, write_uid, write_date
                )
                     SELECT %(import_id)s, %(source_id)s, %(company_id)s, 'quarantined', %(file_name)s, file_sequence,
                            row_no, 'other_content', external_id, current_id::text, content_hash,
                            jsonb_build_object({", ".join(f"'{name}', {name}::text" for name in KEPT_COLUMNS)}),
                            'open', %(user_id)s, now() AT TIME ZONE 'UTC', %(user_id)s, now() AT TIME ZONE 'UTC'
                       FROM other o
                      WHERE NOT EXISTS (SELECT FROM cloud_usage_reject q
                                         WHERE q.source_id = %(source_id)s
                                           AND q.content_hash = o.content_hash)
                  RETURNING 1
            )
            SELECT (SELECT COUNT(*) FROM accepted),
                   (SELECT COUNT(*) FROM quarantined)
            """,
            {
                "import_id": usage_import.id,
                "source_id": usage_import.source_id.id,
                "company_id": usage_import.company_id.id,
                "file_name": chunk.file_name,
                "user_id": self.env.uid,
            },
        )
        accepted, quarantined = self.env.cr.fetchone()
        return accepted, len(chunk.lines) - accepted - quarantined, quarantined

    def _insert_errors(self, usage_import, chunk):
        """Keep the rows that could not be read, each with its place in the file and its text."""
        if not chunk.errors:
            return
        self.env.cr.execute(
            """
            INSERT INTO cloud_usage_reject (
                import_id, source_id, company_id, kind, file_name, file_sequence, row_no, "column", reason_code, value,
                original_text, is_cut, content_hash, state, create_uid, create_date, write_uid, write_date
            )
                 SELECT %(import_id)s, %(source_id)s, %(company_id)s, 'rejected', %(file_name)s, %(file_sequence)s,
                        (e->>'row_no')::int, e->>'column', e->>'reason', e->>'value', e->>'text',
                        (e->>'is_cut')::boolean, md5(e->>'text'), 'open',
                        %(user_id)s, now() AT TIME ZONE 'UTC', %(user_id)s, now() AT TIME ZONE 'UTC'
                   FROM json_array_elements(%(errors)s) e
            """,
            {
                "import_id": usage_import.id,
                "source_id": usage_import.source_id.id,
                "company_id": usage_import.company_id.id,
                "file_name": chunk.file_name,
                "file_sequence": chunk.file_sequence,
                "user_id": self.env.uid,
                "errors": json.dumps([error._asdict() for error in chunk.errors]),
            },
        )

    # === BUSINESS: STREAMS AND DELIVERIES OF A CHUNK === #

    def _intern(self, usage_import, new_places, places):
        """Give places their stream and delivery, making what is new; a handful of statements for any number."""
        if not new_places:
            return
        streams = self._get_streams(usage_import, new_places)
        partitions = usage_import._get_partitions(new_places)
        deliveries = self._get_deliveries(usage_import, partitions)
        for place, partition in zip(new_places, partitions, strict=True):
            places.ids[place.number] = (deliveries[partition], streams[place.identity_hash])

    def _get_streams(self, usage_import, new_places):
        """{identity_hash: id}. Known ones are looked up first: ON CONFLICT alone would burn an int4 id for each."""
        by_hash = {place.identity_hash: place for place in new_places}
        known = self._find_streams(usage_import, list(by_hash))
        self._rename_accounts(by_hash.values(), known)
        missing = [place for identity_hash, place in by_hash.items() if identity_hash not in known]
        if missing:
            self._create_streams(usage_import, missing)
            known.update(self._find_streams(usage_import, [place.identity_hash for place in missing]))
        return known

    def _find_streams(self, usage_import, hashes):
        self.env.cr.execute(
            "SELECT identity_hash, id FROM cloud_usage_stream WHERE source_id = %s AND identity_hash = ANY(%s)",
            [usage_import.source_id.id, hashes],
        )
        return dict(self.env.cr.fetchall())

    def _rename_accounts(self, new_places, known):
        """Follow the provider where a sub-account has another name now; what identifies it has not changed."""
        names = {
            known[place.identity_hash]: place.sub_account_name
            for place in new_places
            if place.sub_account_name and place.identity_hash in known
        }
        if names:
            self.env.cr.execute(
                """
                UPDATE cloud_usage_stream s
                   SET sub_account_name = n.name
                  FROM unnest(%s::int[], %s::varchar[]) AS n (id, name)
                 WHERE s.id = n.id
                   AND n.name IS DISTINCT FROM s.sub_account_name
                """,
                [list(names), list(names.values())],
            )

    def _create_streams(self, usage_import, missing):
        columns = [SQL.identifier(name) for name in (*IDENTITY, "sub_account_name", "sku_name", "identity_hash")]
        values = zip(
            *((*place.identity, place.sub_account_name, place.sku_name, place.identity_hash) for place in missing),
            strict=True,
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO cloud_usage_stream (
                    %(columns)s, source_id, company_id, effective_policy, row_count, unmatched_rows,
                    create_uid, create_date, write_uid, write_date
                )
                     SELECT %(columns)s, %(source_id)s, %(company_id)s, COALESCE(p.policy, 'hold'), 0, 0,
                            %(user_id)s, now() AT TIME ZONE 'UTC', %(user_id)s, now() AT TIME ZONE 'UTC'
                       FROM unnest(%(values)s) AS s (%(columns)s)
                  LEFT JOIN (SELECT charge_kind AS kind, policy
                               FROM cloud_usage_source_policy
                              WHERE source_id = %(source_id)s) p ON p.kind = s.charge_kind
                ON CONFLICT (source_id, identity_hash) DO NOTHING
                """,
                columns=SQL(", ").join(columns),
                values=SQL(", ").join(SQL("%s::varchar[]", list(column)) for column in values),
                source_id=usage_import.source_id.id,
                company_id=usage_import.company_id.id,
                user_id=self.env.uid,
            )
        )

    def _get_deliveries(self, usage_import, partitions):
        """{(provider account, billing month or None): id} of this import; those that are missing are made."""
        known = self._find_deliveries(usage_import)
        missing = [partition for partition in dict.fromkeys(partitions) if partition not in known]
        if missing:
            self.env.cr.execute(
                """
                INSERT INTO cloud_usage_delivery (
                    import_id, source_id, company_id, is_snapshot, provider_account, billing_month, import_number,
                    superseded_number, row_count, create_uid, create_date, write_uid, write_date
                )
                     SELECT %s, %s, %s, %s, account, month::date, 0, 0, 0,
                            %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC'
                       FROM unnest(%s::varchar[], %s::varchar[]) AS p (account, month)
                """,
                [
                    usage_import.id,
                    usage_import.source_id.id,
                    usage_import.company_id.id,
                    usage_import._is_snapshot(),
                    self.env.uid,
                    self.env.uid,
                    *(list(column) for column in zip(*missing, strict=True)),
                ],
            )
            known = self._find_deliveries(usage_import)
        return known

    def _find_deliveries(self, usage_import):
        self.env.cr.execute(
            "SELECT provider_account, billing_month::text, id FROM cloud_usage_delivery WHERE import_id = %s",
            [usage_import.id],
        )
        return {(account, month): delivery_id for account, month, delivery_id in self.env.cr.fetchall()}
