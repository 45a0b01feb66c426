from datetime import timedelta

from odoo import api, fields, models

from . import push_schema

# Far longer than a signature is good for. What batches brought is in their imports by then.
_DAYS_KEPT = 30


class CloudPushBatch(models.Model):
    """One request that brought events: what became of them. Written with its rows in one transaction, never changed."""

    _name = "cloud.push.batch"
    _description = "Pushed Batch"
    _order = "id desc"
    _log_access = False

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    import_id = fields.Many2one("cloud.usage.import", ondelete="cascade", index="btree_not_null")
    user_id = fields.Many2one("res.users", string="Sent By", required=True, ondelete="restrict")
    received_at = fields.Datetime(required=True)
    is_signed = fields.Boolean(compute="_compute_is_signed", help="Proved by a signature instead of an API key.")
    signature = fields.Char(help="Of a signed request: it is taken once.")
    bytes_read = fields.Integer(string="Bytes", required=True, default=0)
    event_count = fields.Integer(string="Events", required=True, default=0)
    accepted_count = fields.Integer(string="Accepted", required=True, default=0, help="Rows that this batch brought.")
    correction_count = fields.Integer(string="Corrections", required=True, default=0, help="Of the accepted ones.")
    known_count = fields.Integer(string="Duplicates", required=True, default=0)
    quarantined_count = fields.Integer(string="Quarantined", required=True, default=0)
    cancelled_count = fields.Integer(string="Cancelled", required=True, default=0)
    refused_count = fields.Integer(string="Refused", required=True, default=0)

    _counts_add_up = models.Constraint(
        "CHECK (event_count = accepted_count + known_count + quarantined_count + cancelled_count + refused_count)",
        "Events must equal accepted + duplicates + quarantined + cancelled + refused.",
    )
    _taken_once = models.UniqueIndex(
        "(source_id, signature) WHERE signature IS NOT NULL", "A signed request is taken once."
    )
    _by_time = models.Index("(source_id, received_at)")

    def init(self):
        push_schema.create(self.env.cr)

    # === COMPUTE === #

    @api.depends("signature")
    def _compute_is_signed(self):
        for batch in self:
            batch.is_signed = bool(batch.signature)

    # === CRUD === #

    @api.autovacuum
    def _gc_batches(self):
        """Forget what is old and added up: counts of a batch stand on its import."""
        self.env.cr.execute(
            """
            DELETE FROM cloud_push_batch b
                  WHERE b.received_at < %s
                    AND NOT EXISTS (SELECT FROM cloud_usage_import i
                                     WHERE i.id = b.import_id
                                       AND i.state IN ('collecting', 'queued', 'staging'))
            """,
            [fields.Datetime.now() - timedelta(days=_DAYS_KEPT)],
        )
