import uuid
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL
from psycopg2.errors import SerializationFailure

LEASE = timedelta(minutes=10)
MAX_ATTEMPTS = 3


class CloudRatingClaim(models.AbstractModel):
    """Work that raters share: a claim is written, holds for a lease, and is tried three times at most."""

    _name = "cloud.rating.claim"
    _description = "Claim of a Rater"

    claim_token = fields.Char(readonly=True, copy=False)
    claim_until = fields.Datetime(readonly=True, copy=False)
    attempts = fields.Integer(default=0, required=True, readonly=True, copy=False)

    # === BUSINESS === #

    def _claim_at_once(self):
        """`_write_claim`, again at once where somebody else has just claimed what we saw waiting.

        Raters are woken together and meet at the first share of a run. Odoo would let the later one wait for up to a
        second before it looks again, and then for two.
        """
        for _attempt in range(MAX_ATTEMPTS):
            try:
                return self._write_claim()
            except SerializationFailure:
                self.env.cr.rollback()
        return self._write_claim()

    def _write_claim(self):
        """Claim the first one that waits and nobody works on; empty where there is none. The caller commits."""
        now, token = fields.Datetime.now(), uuid.uuid4().hex
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            UPDATE %(table)s
               SET claim_token = %(token)s,
                   claim_until = %(until)s,
                   attempts = attempts + 1
             WHERE id = (SELECT work.id
                           FROM %(table)s work
                          WHERE %(waits)s
                            AND work.attempts < %(attempts)s
                            AND (work.claim_until IS NULL OR work.claim_until < %(now)s)
                       ORDER BY work.id
                          LIMIT 1
                     FOR UPDATE OF work SKIP LOCKED)
         RETURNING id
            """,
                table=SQL.identifier(self._table),
                waits=self._select_waiting(),
                token=token,
                until=now + LEASE,
                now=now,
                attempts=MAX_ATTEMPTS,
            )
        )
        claimed = self.browse(row_id for (row_id,) in rows)
        claimed.invalidate_recordset()
        return claimed

    def _keep_claim(self, token):
        """Begin a transaction of claimed work by writing it: False where it is done, or the claim not ours any more."""
        if not token:
            return False
        kept = self.env.execute_query(
            SQL(
                """
            UPDATE %(table)s work
               SET claim_until = %(until)s, attempts = 0
             WHERE work.id = %(id)s AND work.claim_token = %(token)s AND %(waits)s
         RETURNING work.id
            """,
                table=SQL.identifier(self._table),
                until=fields.Datetime.now() + LEASE,
                id=self.id,
                token=token,
                waits=self._select_waiting(),
            )
        )
        self.invalidate_recordset()
        return bool(kept)

    def _leave_claim(self, error):
        """Give the work free, after a failure with its error; after the last attempt it waits for a person."""
        self.invalidate_recordset()
        # A run that was taken back meanwhile has no shares any more.
        if not self.exists():
            return
        # sudo: claims and errors are written by the schedule only.
        self.sudo().write({"claim_token": False, "claim_until": False, "error": error})

    # === HOOKS === #

    def _select_waiting(self) -> SQL:
        """Return the condition on `work`, a row of this table, under which it is to be done."""
        raise NotImplementedError
