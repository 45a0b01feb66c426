from odoo import api, models
from odoo.tools import SQL

from ..record.audit_schema import EVENT_TABLE


class CloudChangeRequest(models.Model):
    """Whether each vote is on record: who inserts one by raw SQL writes no event, and can make none with its mark."""

    _inherit = "cloud.change.request"

    # === BUSINESS === #

    @api.model
    def _find_unrecorded(self):
        """The votes (cloud.change.vote) of which no audit event of the same login on the same request tells."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT v.id
                  FROM cloud_change_vote v
                 WHERE NOT EXISTS (
                       SELECT 1 FROM %s e
                        WHERE e.request_id = v.request_id AND e.user_id = v.user_id
                          AND e.action = CASE v.decision WHEN 'approve' THEN 'approved' WHEN 'reject' THEN 'rejected'
                                                         ELSE 'returned' END)
              ORDER BY v.id
                """,
                SQL(EVENT_TABLE),
            )
        )
        return self.env["cloud.change.vote"].browse([vote_id for (vote_id,) in rows])
