from odoo import fields, models
from odoo.exceptions import UserError


class CloudChangeRequest(models.Model):
    _inherit = "cloud.change.request"

    rehearsal_ids = fields.One2many("cloud.price.rehearsal", "request_id", string="Rehearsals", readonly=True)
    rehearsal_is_stale = fields.Boolean(compute="_compute_rehearsal_is_stale")

    # === COMPUTE === #

    def _compute_rehearsal_is_stale(self):
        for request in self:
            request.rehearsal_is_stale = any(request.rehearsal_ids.mapped("is_stale"))

    # === ACTIONS === #

    def action_preview_invoice(self):
        """The first invoice in which a proposed price of a contract counts, as it is now."""
        self.ensure_one()
        self.check_access("read")
        if self.kind != "contract_rate":
            raise UserError(self.env._("%(request)s is not about the price of one contract.", request=self.name))
        return self._get_record().action_preview_invoice()

    def action_open_rehearsal(self):
        """What the prices would have meant for each customer."""
        self.ensure_one()
        return self.rehearsal_ids[:1]._get_form_action()
