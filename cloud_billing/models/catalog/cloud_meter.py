from odoo import fields, models


class CloudMeter(models.Model):
    """What is counted of the usage of a metered product."""

    _name = "cloud.meter"
    _description = "Meter"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    active = fields.Boolean(default=True)
    aggregation = fields.Selection(
        [("sum", "Sum"), ("count", "Count of rows"), ("max", "Maximum")], required=True, default="sum"
    )
    basis = fields.Selection(
        [
            ("quantity", "Quantity"),
            ("cost_billed", "Provider's billed cost"),
            ("cost_effective", "Provider's effective cost"),
            ("cost_list", "Provider's list cost"),
            ("cost_contracted", "Provider's contracted cost"),
        ],
        required=True,
        default="quantity",
        help="Which number of a usage row is aggregated. Cost plus prices need a cost.",
    )
    unit = fields.Char(help="Unit of the quantity as the source writes it, for instance GB-Months. Empty for costs.")

    _code_company_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "A meter with this code exists already."
    )
