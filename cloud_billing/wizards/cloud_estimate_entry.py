from odoo import fields, models
from odoo.exceptions import UserError


class CloudEstimateEntry(models.TransientModel):
    """Asks what was used of each line of a bill whose usage is not final; the bill is worked out anew by it."""

    _name = "cloud.estimate.entry"
    _description = "Estimated Quantities of a Bill"

    bill_id = fields.Many2one("cloud.bill", required=True, readonly=True, ondelete="cascade")
    line_ids = fields.One2many("cloud.estimate.entry.line", "entry_id", string="Lines")
    reason = fields.Char(required=True, help="For whoever approves the run, and in the register of interventions.")

    # === ACTIONS === #

    def action_confirm(self):
        """Bill the typed quantities until the usage is final."""
        self.ensure_one()
        typed = {line.charge_id: line.quantity for line in self.line_ids if line.quantity is not None}
        if not typed:
            raise UserError(self.env._("%(bill)s: type a quantity for one line at least.", bill=self.bill_id.name))
        self.bill_id._estimate_by(typed, self.reason)
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS === #

    def _open(self, bill):
        """The window for one bill in review, with what has arrived and what the month before came to."""
        self.check_access("create")
        bill._check_may_review()
        known = bill._get_known_quantities()
        if not known:
            raise UserError(
                self.env._(
                    "%(bill)s: no line of it is billed on estimate, so there is nothing to type.", bill=bill.name
                )
            )
        lines = [(0, 0, {"charge_id": charge.id, **quantities}) for charge, quantities in known.items()]
        entry = self.create({"bill_id": bill.id, "reason": "", "line_ids": lines})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Estimate: %(bill)s", bill=bill.name),
            "res_model": self._name,
            "res_id": entry.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
