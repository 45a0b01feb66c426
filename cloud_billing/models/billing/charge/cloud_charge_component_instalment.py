from odoo import models


class CloudChargeComponent(models.Model):
    _inherit = "cloud.charge.component"

    # === BUSINESS === #

    def _intern_instalments(self, parts):
        """The components of parts of sums, made where they are missing: {instalment id: component id}.

        parts: {instalment id: subscription line id}.
        """
        ids = sorted(parts)
        self.flush_model()
        self.env.cr.execute(
            """
            INSERT INTO cloud_charge_component (subscription_line_id, instalment_id, kind, create_uid, create_date)
            SELECT v.line_id, v.id, 'instalment', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM unnest(%(ids)s::integer[], %(line_ids)s::integer[]) AS v (id, line_id)
             WHERE NOT EXISTS (SELECT 1 FROM cloud_charge_component c WHERE c.instalment_id = v.id)
                ON CONFLICT DO NOTHING
            """,
            {"uid": self.env.uid, "ids": ids, "line_ids": [parts[part_id] for part_id in ids]},
        )
        self.env.cr.execute("SELECT instalment_id, id FROM cloud_charge_component WHERE instalment_id = ANY(%s)", [ids])
        components = dict(self.env.cr.fetchall())
        self.invalidate_model()
        return components
