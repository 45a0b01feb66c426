from odoo import api, fields, models

from ....fields import DecimalField


class CloudIndexationLine(models.Model):
    """What becomes of one line of a contract: what it costs per month before and after, or why it is left out."""

    _name = "cloud.indexation.line"
    _description = "Line of a Price Change"
    _inherit = ["cloud.protected.mixin"]
    _protected_parent = "indexation_id"
    _protected_fields = (
        "indexation_id", "subscription_id", "line_id", "date_from", "percent", "amount_old", "amount_new",
        "is_excluded",
    )  # fmt: skip
    _order = "indexation_id, subscription_id, id"

    indexation_id = fields.Many2one("cloud.indexation", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="indexation_id.company_id", store=True, precompute=True, index=True)
    state = fields.Selection(related="indexation_id.state", string="State of the Proposal")
    subscription_id = fields.Many2one(
        "cloud.subscription", required=True, readonly=True, ondelete="cascade", index=True
    )
    customer_id = fields.Many2one("cloud.customer", required=True, readonly=True, ondelete="cascade", index=True)
    line_id = fields.Many2one("cloud.subscription.line", required=True, readonly=True, ondelete="cascade", index=True)
    date_from = fields.Date(string="From", required=True, readonly=True)
    percent = DecimalField(readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    amount_old = DecimalField(
        string="A Month Now", readonly=True, currency_field="currency_id", help="Empty: usage, or no price."
    )
    amount_new = DecimalField(string="A Month Then", readonly=True, currency_field="currency_id")
    difference = DecimalField(readonly=True, currency_field="currency_id")
    is_excluded = fields.Boolean(string="Left Out")
    exclusion_reason = fields.Char(string="Why Left Out")
    rate_id = fields.Many2one("cloud.contract.rate", string="Agreed Price", readonly=True, ondelete="set null")
    notice_id = fields.Many2one("cloud.indexation.notice", string="Letter", readonly=True, ondelete="set null")
    notice_state = fields.Selection(related="notice_id.state", string="Told")
    sent_at = fields.Datetime(related="notice_id.sent_at")
    email_to = fields.Char(related="notice_id.email_to")
    message_identifier = fields.Char(related="notice_id.message_identifier")
    notice_deadline = fields.Date(string="To Be Told By", compute="_compute_notice_deadline")

    _excluded_for_a_reason = models.Constraint(
        "CHECK (NOT is_excluded OR COALESCE(exclusion_reason, '') <> '')", "Say why the contract is left out."
    )
    _once = models.UniqueIndex("(indexation_id, subscription_id, line_id)", "A line stands once in a proposal.")

    # === COMPUTE === #

    @api.depends("date_from", "indexation_id.notice_days")
    def _compute_notice_deadline(self):
        for line in self:
            line.notice_deadline = fields.Date.subtract(line.date_from, days=line.indexation_id.notice_days)

    @api.depends("line_id.name", "subscription_id.name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.line_id.display_name

    # === BUSINESS === #

    def _get_proof_cells(self, labels):
        """What the proof of a proposal says of this line, column by column. labels: {state of a letter: word}."""
        self.ensure_one()
        notice = self.notice_id
        return [
            self.customer_id.name,
            self.subscription_id.name,
            self.line_id.name,
            self.date_from,
            self.percent,
            self.amount_old,
            self.amount_new,
            self.currency_id.name,
            self.exclusion_reason,
            self.notice_deadline,
            labels.get(notice.state, ""),
            notice.email_to,
            notice.sent_at,
            notice.message_identifier,
            notice.failure_reason,
        ]

    def _prepare_rate_vals(self, sequences):
        """Values of the price of the contract that this line becomes. sequences: of `_get_free_sequences`."""
        self.ensure_one()
        return {
            "name": self.indexation_id.name,
            "subscription_id": self.subscription_id.id,
            "line_id": self.line_id.id,
            "kind": "adjust",
            "origin": self.indexation_id.kind,
            "reason": self.indexation_id.reason,
            "label": self.indexation_id.label,
            "sequence": sequences.get(self.line_id.id, 10),
            "percent": self.percent,
            "date_start": self.date_from,
            "indexation_id": self.indexation_id.id,
        }
