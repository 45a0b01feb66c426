from odoo import fields, models


class CloudConnectorColumn(models.Model):
    """Under which name a column of customers or subscriptions comes with what a connector brings."""

    _name = "cloud.connector.column"
    _description = "Column of a Connector"
    _order = "sequence, id"

    connector_id = fields.Many2one("cloud.connector", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True)
    sequence = fields.Integer(readonly=True)
    name = fields.Char(string="Column", required=True, readonly=True)
    file_column = fields.Char(
        string="There It Is Called",
        help="Of JSON and XML the path within a row, as properties.name or address/city. Empty: it is not read.",
    )

    _name_uniq = models.UniqueIndex("(connector_id, name)", "A column stands in the list once.")

    # === CRUD === #

    def write(self, vals):
        if "file_column" in vals:
            self.connector_id._check_importer()
        return super().write(vals)
