from odoo import api, fields, models
from odoo.fields import Domain

from . import review_schema


class CloudAuditReviewLine(models.Model):
    """How much of one kind of thing happened in the range of a review."""

    _name = "cloud.audit.review.line"
    _description = "Count of a Review"
    _order = "review_id, id"

    review_id = fields.Many2one("cloud.audit.review", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="review_id.company_id", store=True)
    kind = fields.Char(required=True)
    label = fields.Char(string="What", compute="_compute_label")
    count = fields.Integer(aggregator=None)

    _once = models.Constraint("UNIQUE (review_id, kind)", "Each kind is counted once.")

    def init(self):
        review_schema.guard(self.env.cr, self._table)

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_label(self):
        kinds = self.review_id._get_kinds()
        for line in self:
            line.label = self.env._(kinds[line.kind][0]) if line.kind in kinds else line.kind

    def action_open_events(self):
        """The events that were counted."""
        self.ensure_one()
        actions = self.review_id._get_kinds()[self.kind][1]
        return self.review_id._open_events(self.label, Domain("action", "in", actions))
