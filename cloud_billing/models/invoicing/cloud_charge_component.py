from odoo import fields, models


class CloudChargeComponent(models.Model):
    """Each one-off amount is a component of its own: it is charged once, whatever else is billed of those days."""

    _inherit = "cloud.charge.component"

    kind = fields.Selection(selection_add=[("adjustment", "One-off amount")], ondelete={"adjustment": "cascade"})
    adjustment_id = fields.Many2one(
        "cloud.adjustment", string="One-off Amount", ondelete="restrict", index="btree_not_null"
    )

    _adjustment_uniq = models.UniqueIndex(
        "(adjustment_id) WHERE adjustment_id IS NOT NULL", "The component is known already."
    )
    _adjustment_has_amount = models.Constraint(
        "CHECK ((kind = 'adjustment') = (adjustment_id IS NOT NULL))", "A one-off amount is a component of its own."
    )

    # === BUSINESS === #

    def _intern_adjustments(self, adjustment_ids):
        """The components of one-off amounts, made where they are missing: {adjustment id: component id}."""
        ids = sorted(adjustment_ids)
        self.flush_model()
        self.env.cr.execute(
            """
            INSERT INTO cloud_charge_component (adjustment_id, kind, create_uid, create_date)
            SELECT v.id, 'adjustment', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM unnest(%(ids)s) AS v (id)
             WHERE NOT EXISTS (SELECT 1 FROM cloud_charge_component c WHERE c.adjustment_id = v.id)
                ON CONFLICT DO NOTHING
            """,
            {"uid": self.env.uid, "ids": ids},
        )
        self.env.cr.execute("SELECT adjustment_id, id FROM cloud_charge_component WHERE adjustment_id = ANY(%s)", [ids])
        components = dict(self.env.cr.fetchall())
        self.invalidate_model()
        return components
