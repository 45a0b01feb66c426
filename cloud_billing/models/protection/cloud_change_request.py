from odoo import api, fields, models
from odoo.tools import SQL

from ..control.cloud_protected_mixin import TOKEN


class CloudChangeRequest(models.Model):
    """Requests for single values and moves of contracts, and requests that nobody decides."""

    _inherit = "cloud.change.request"

    kind = fields.Selection(
        selection_add=[
            ("values", "Changes of values"),
            ("emergency", "Emergency change"),
            ("succession", "Contract by another plan or customer"),
            ("waiver", "Waiver of usage"),
        ],
        ondelete={"values": "cascade", "emergency": "cascade", "succession": "cascade", "waiver": "cascade"},
    )
    item_ids = fields.One2many("cloud.change.item", "request_id", string="Changes", readonly=True)
    draft_text = fields.Char(
        compute="_compute_draft_text", help="That comments and files stand with what is proposed, not with the request."
    )

    # === COMPUTE === #

    def _compute_draft_text(self):
        for request in self:
            record = request._get_record()
            request.draft_text = False
            if "message_ids" not in record:
                continue
            # sudo: only how many there are; who opens the record reads what he or she may.
            said = record.sudo().message_ids.filtered(lambda message: message.message_type == "comment")
            if said:
                request.draft_text = self.env._(
                    "With what is proposed stand comments: %(comments)s, files: %(files)s. Open shows them.",
                    comments=len(said),
                    files=len(said.attachment_ids),
                )

    # === BUSINESS === #

    def _prepare_request_vals(self, record, kind):
        vals = super()._prepare_request_vals(record, kind)
        # Who made the draft is its maker too, whoever of the same draft's editors submits it.
        if kind in ("values", "emergency", "succession", "waiver"):
            vals["maker_person_ids"] = [fields.Command.set(record._get_makers().ids)]
        return vals

    def _get_told_amount(self, record):
        """Of usage it is what it costs, which not everybody who reads requests may know."""
        return None if record._name == "cloud.usage.waiver" else super()._get_told_amount(record)

    @api.model
    def _get_levels(self, record, kind):
        """An emergency cannot wait for several; it ends by itself unless more people confirm it."""
        return 1 if kind == "emergency" else super()._get_levels(record, kind)

    @api.model
    def _get_asked_levels(self, record, kind):
        """An emergency asks no policy: any one approver confirms it."""
        levels = super()._get_asked_levels(record, kind)
        return levels.browse() if kind == "emergency" else levels

    @api.model
    def _get_policy_subject(self, record, kind):
        subject = super()._get_policy_subject(record, kind)
        if kind not in ("values", "emergency"):
            return subject
        touched = {}
        for item in record.item_ids:
            touched.setdefault(item.res_model, set()).add(item.field_name or None)
        return {**subject, "touched": touched, "is_sensitive": record._is_sensitive()}

    @api.model
    def _cron_expire(self):
        """Close what waits longer than its company lets it, and tell its makers."""
        overdue = self._get_overdue()
        self.env["ir.cron"]._commit_progress(remaining=len(overdue))
        for request in overdue:
            request._expire(TOKEN)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _get_overdue(self, now=None):
        """The requests that wait for longer than their company says, at a moment (default: now)."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT r.id
                  FROM cloud_change_request r
                  JOIN res_company c ON c.id = r.company_id
                 WHERE r.state = 'pending'
                   AND c.cloud_change_days > 0
                   AND r.submitted_at + make_interval(days => c.cloud_change_days) <= %s
              ORDER BY r.id
                """,
                now or fields.Datetime.now(),
                to_flush=self._fields["state"],
            )
        )
        return self.browse([row[0] for row in rows])

    def _expire(self, token):
        self.ensure_one()
        self._check_token(token)
        days = self.company_id.cloud_change_days
        text = self.env._("Nobody decided it for %(days)s days, so it has expired. Submit it again.", days=days)
        self._close("expired", text)
        # sudo: lends the right to tell whoever submitted it.
        self.sudo().message_post(body=text, partner_ids=self.requester_id.partner_id.ids)
