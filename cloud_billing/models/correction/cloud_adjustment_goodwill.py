from odoo import fields, models

from ...engine.numbers import exact

# What people agreed on: a one-off amount that says otherwise is not it.
_AGREED = ("name", "customer_id", "currency_id", "product_id", "service_start", "service_end", "reason")


class CloudAdjustment(models.Model):
    """A one-off amount that is a goodwill credit: charged only as it was approved."""

    _inherit = "cloud.adjustment"

    kind = fields.Selection(selection_add=[("goodwill", "Goodwill credit")], ondelete={"goodwill": "cascade"})
    goodwill_id = fields.Many2one(
        "cloud.goodwill", string="Agreed As", readonly=True, copy=False, ondelete="restrict", index="btree_not_null"
    )

    _goodwill_once = models.UniqueIndex(
        "(goodwill_id) WHERE goodwill_id IS NOT NULL", "This goodwill credit was given already."
    )
    _goodwill_is_agreed = models.Constraint(
        "CHECK ((kind = 'goodwill') = (goodwill_id IS NOT NULL))",
        "A goodwill credit is made by its approval: begin it under Month, Goodwill Credits.",
    )

    # === ACTIONS === #

    def action_cancel(self):
        goodwill = self.filtered(lambda one: one.kind == "goodwill" and one.state == "agreed")
        result = super().action_cancel()
        with exact():
            self.env["cloud.intervention"]._note_all(
                (
                    one,
                    {
                        "kind": "reversed",
                        "reason": self.env._("%(text)s is not given any more", text=one.goodwill_id.display_name),
                        "amount": -one.amount,
                    },
                )
                for one in goodwill
            )
        return result

    # === BUSINESS === #

    def _note_interventions(self):
        goodwill = self.filtered("goodwill_id")
        self.env["cloud.intervention"]._note_all(
            (
                one,
                {
                    "kind": "goodwill",
                    "reason": one.reason,
                    "amount": one.amount,
                    "request": one.goodwill_id.request_id,
                },
            )
            for one in goodwill
        )
        return super(CloudAdjustment, self - goodwill)._note_interventions()

    # === HOOKS === #

    def _needs_approval(self):
        return super()._needs_approval() or (self.kind == "goodwill" and not self._is_as_agreed())

    def _is_as_agreed(self):
        """Whether it says what the approved goodwill credit says; one that does not waits and is not charged."""
        goodwill = self.goodwill_id
        with exact():
            return (
                goodwill.state == "approved"
                and self.amount == -goodwill.amount
                and all(self[name] == goodwill[name] for name in _AGREED)
            )
