import json
from datetime import timedelta

from odoo import api, fields, models

from . import push_messages

# A sender that fails without end must not fill the disk: what is not kept is counted on its batch.
_DAYS_KEPT = 14
_KEPT_OF_BATCH = 20
_KEPT_OF_HOUR = 2000
_MAX_TEXT = 500


class CloudPushRefusal(models.Model):
    """An event that was refused, as its sender was told: kept for some days, for whoever asks why it is not there."""

    _name = "cloud.push.refusal"
    _description = "Refused Event"
    _order = "id desc"
    _rec_name = "event_key"
    _log_access = False

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    received_at = fields.Datetime(required=True)
    batch_id = fields.Many2one("cloud.push.batch", ondelete="cascade", index=True)
    event_index = fields.Integer(string="Place", required=True, help="In the batch, from 0.")
    event_key = fields.Char(string="Event", help="What it calls itself.")
    code = fields.Char(required=True)
    member = fields.Char(help="Which member of the event is at fault.")
    value = fields.Char()
    reason = fields.Char(compute="_compute_reason", help="What is wrong and what to do, as its sender was told.")
    event_text = fields.Char(string="What Was Sent", help="Its beginning.")

    _by_time = models.Index("(source_id, received_at)")

    # === COMPUTE === #

    @api.depends("code", "member", "value")
    @api.depends_context("lang")
    def _compute_reason(self):
        for refusal in self:
            refusal.reason = push_messages.explain(self.env, refusal.code, refusal.member or "", refusal.value or "")

    # === CRUD === #

    @api.autovacuum
    def _gc_refusals(self):
        """Forget what is old."""
        limit = fields.Datetime.now() - timedelta(days=_DAYS_KEPT)
        self.env.cr.execute("DELETE FROM cloud_push_refusal WHERE received_at < %s", [limit])

    # === BUSINESS === #

    @api.model
    def _keep(self, source, batch_id, refusals, now):
        """Keep some of a batch's refusals, in one statement.

        refusals: (index, key, RowFault, the event as it was sent).
        """
        kept = [
            {
                "index": index,
                "key": _as_text(key),
                "code": fault.reason,
                "member": _as_text(fault.column),
                "value": _as_text(fault.value),
                "text": _as_text(json.dumps(event, default=str, skipkeys=True)[:_MAX_TEXT]),
            }
            for index, key, fault, event in refusals[:_KEPT_OF_BATCH]
        ]
        self.env.cr.execute(
            """
            INSERT INTO cloud_push_refusal (
                source_id, company_id, received_at, batch_id, event_index, event_key, code, member, value, event_text
            )
                 SELECT %(source_id)s, %(company_id)s, %(now)s, %(batch_id)s, (e->>'index')::int, e->>'key',
                        e->>'code', e->>'member', e->>'value', e->>'text'
                   FROM json_array_elements(%(kept)s) e
                  WHERE (SELECT COUNT(*)
                           FROM cloud_push_refusal
                          WHERE source_id = %(source_id)s
                            AND received_at > %(now)s::timestamp - interval '1 hour') < %(most)s
            """,
            {
                "source_id": source.id, "company_id": source.company_id.id, "now": now, "batch_id": batch_id,
                "kept": json.dumps(kept), "most": _KEPT_OF_HOUR,
            },
        )  # fmt: skip


def _as_text(value):
    """A text that the database can keep, whatever was sent: without a character 0 and halves of characters."""
    text = str(value or "")[:_MAX_TEXT].replace("\0", "\N{SYMBOL FOR NULL}")
    return text.encode("utf-8", "replace").decode()
