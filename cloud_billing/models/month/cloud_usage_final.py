from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudUsageFinal(models.Model):
    """A person's word that a month of a source is final, whatever its calendar says. It stays."""

    _name = "cloud.usage.final"
    _description = "Month Called Final"
    _order = "month desc, id desc"

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    month = fields.Date(
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1) - relativedelta(months=1),
        help="Any day of it.",
    )
    reason = fields.Char(required=True)

    _one_per_month = models.UniqueIndex("(source_id, month)", "This month was called final already.")
    _is_first_day = models.Constraint("CHECK (EXTRACT(DAY FROM month) = 1)", "A month is kept by its first day.")

    # === CRUD === #
    # write() has no super(): nobody changes what was called final.
    # pylint: disable=method-required-super

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("month"):
                vals["month"] = fields.Date.to_date(vals["month"]).replace(day=1)
        finals = super().create(vals_list)
        finals._note_forced()
        self.env["cloud.bill"]._assess_late(finals.source_id)
        return finals

    def _note_forced(self):
        """Keep in the register of interventions what people called final."""
        if self:
            self.env["cloud.intervention"]._note("forced", self.source_id, self[:1].reason)

    def write(self, vals):
        raise UserError(self.env._("That a month was called final is never changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("That a month was called final is never changed."))

    # === COMPUTE === #

    @api.depends("source_id", "month")
    def _compute_display_name(self):
        for final in self:
            final.display_name = f"{final.source_id.name or ''} {(final.month and final.month.strftime('%Y-%m')) or ''}"
