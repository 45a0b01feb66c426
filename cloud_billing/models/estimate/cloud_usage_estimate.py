from odoo import api, fields, models
from odoo.tools import SQL

from ...fields import DecimalField
from ...sql_rows import as_table


class CloudUsageEstimate(models.Model):
    """What a person says was used of a line, while its usage is not final. It holds until the usage is."""

    _name = "cloud.usage.estimate"
    _description = "Typed Estimate"
    _order = "service_start desc, id desc"

    component_id = fields.Many2one("cloud.charge.component", required=True, readonly=True, ondelete="cascade")
    subscription_line_id = fields.Many2one(related="component_id.subscription_line_id")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    service_start = fields.Date(string="Service From", required=True, readonly=True)
    service_end = fields.Date(string="Service To", required=True, readonly=True, help="First day after the service.")
    quantity = DecimalField(required=True, readonly=True, help="As the meter measures it, for all days together.")
    reason = fields.Char(required=True, readonly=True)

    _one_per_service = models.UniqueIndex(
        "(component_id, service_start)", "The line has an estimate for these days already."
    )
    _quantity_not_negative = models.Constraint("CHECK (quantity >= 0)", "A quantity is 0 or more.")

    # === BUSINESS === #

    @api.model
    def _type(self, quantities, reason):
        """Keep what a person typed; the same days again replace what was typed before. quantities: {charge: Decimal}.

        Whoever reviews bills types it: `cloud.estimate.entry` asks for the right.
        """
        rows = [
            (charge.component_id.id, charge.company_id.id, charge.service_start, charge.service_end, quantity, reason)
            for charge, quantity in quantities.items()
        ]
        names = {
            "component_id": "integer",
            "company_id": "integer",
            "service_start": "date",
            "service_end": "date",
            "quantity": "numeric",
            "reason": "text",
        }
        self.env.execute_query(
            SQL(
                """
            INSERT INTO cloud_usage_estimate (component_id, company_id, service_start, service_end, quantity, reason,
                   create_uid, create_date, write_uid, write_date)
                 SELECT v.component_id, v.company_id, v.service_start, v.service_end, v.quantity, v.reason,
                        %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                   FROM %(rows)s
            ON CONFLICT (component_id, service_start) DO UPDATE
                    SET quantity = EXCLUDED.quantity,
                        service_end = EXCLUDED.service_end,
                        reason = EXCLUDED.reason,
                        write_uid = EXCLUDED.write_uid,
                        write_date = EXCLUDED.write_date
              RETURNING id
            """,
                uid=self.env.uid,
                rows=as_table("v", names, rows),
            )
        )
        self.invalidate_model()
