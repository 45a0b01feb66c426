from odoo import fields, models


class CloudChangeRequest(models.Model):
    _inherit = "cloud.change.request"

    rehearsal_ids = fields.One2many("cloud.price.rehearsal", "request_id", string="Rehearsals", readonly=True)
    rehearsal_is_stale = fields.Boolean(compute="_compute_rehearsal_is_stale")

    # === COMPUTE === #

    def _compute_rehearsal_is_stale(self):
        for request in self:
            request.rehearsal_is_stale = any(request.rehearsal_ids.mapped("is_stale"))

    # === ACTIONS === #

    def action_open_rehearsal(self):
        """What the prices would have meant for each customer."""
        self.ensure_one()
        return self.rehearsal_ids[:1]._get_form_action()
