import uuid
from datetime import timedelta
from functools import partial

import psycopg2.errors
from odoo import models

from ..usage.usage_importer import ClaimLost

# Renewed while bytes come: longer than anything lasts that brings none.
_LEASE = timedelta(minutes=10)


class CloudConnectorClaim(models.AbstractModel):
    """Who fetches a connector: a token and a lease on it, written first in every transaction of the work.

    It can be killed at any moment: a lease that nobody renews runs out, and whoever lost it writes nothing more.
    """

    _name = "cloud.connector.claim"
    _description = "Claim of Connectors"

    # === BUSINESS: CLAIM === #

    def _claim(self, now):
        """Take the connector that has waited longest by writing a token and a lease on it; empty when none is due.

        Committed before anybody is spoken to, so that a crash leaves a lease that runs out and nothing else.
        """
        token = uuid.uuid4().hex
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    """
                    WITH due AS (
                        SELECT c.id
                          FROM cloud_connector c
                         WHERE c.state = 'active'
                           AND c.active
                           AND (c.claim_until IS NULL OR c.claim_until < %(now)s)
                           AND (c.next_at <= %(now)s
                                OR EXISTS (SELECT FROM cloud_connector_backfill b
                                            WHERE b.connector_id = c.id
                                              AND b.state = 'running'
                                              AND (b.retry_at IS NULL OR b.retry_at <= %(now)s)))
                      ORDER BY c.next_at NULLS LAST, c.id
                         LIMIT 1
                           FOR UPDATE SKIP LOCKED
                    )
                    UPDATE cloud_connector c
                       SET claim_token = %(token)s,
                           claim_until = %(until)s
                      FROM due
                     WHERE c.id = due.id
                 RETURNING c.id
                    """,
                    {"now": now, "token": token, "until": now + _LEASE},
                )
                found = self.env.cr.fetchone()
        except psycopg2.errors.SerializationFailure:
            # Another worker took it between our look and our write.
            self.env.cr.rollback()
            found = None
        self.env["cloud.connector"].invalidate_model()
        self._commit()
        return self.env["cloud.connector"].browse(found)

    def _release(self, connector, token):
        """Let go of it, where it is still ours."""
        self.env.cr.execute(
            "UPDATE cloud_connector SET claim_token = NULL, claim_until = NULL WHERE id = %s AND claim_token = %s",
            [connector.id, token],
        )
        connector.invalidate_recordset(["claim_token", "claim_until"])

    def _check_claim(self, connector, token):
        """Write that we are still at it; the first statement of every transaction of the work. Raises ClaimLost."""
        self.env.cr.execute(
            """
            UPDATE cloud_connector
               SET claim_until = (clock_timestamp() AT TIME ZONE 'UTC') + %s
             WHERE id = %s
               AND claim_token = %s
            """,
            [_LEASE, connector.id, token],
        )
        if not self.env.cr.rowcount:
            raise ClaimLost

    def _renew(self, connector, token):
        self._in_transaction(partial(self._check_claim, connector, token))

    # === BUSINESS: TIME AND TRANSACTIONS === #

    def _check_time(self):
        """Raise OutOfTime where the scheduled action has used its time; elsewhere there is always enough."""
        self.env["cloud.usage.importer"]._check_time()

    def _in_transaction(self, work):
        return self.env["cloud.usage.importer"]._in_transaction(work)

    def _commit(self, remaining=None):
        self.env["ir.cron"]._commit_progress(**({} if remaining is None else {"remaining": remaining}))
