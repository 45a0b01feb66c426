from odoo import api, fields, models
from odoo.exceptions import AccessError


class CloudConnectorHost(models.Model):
    """A host that a connector speaks to, and who allowed it. Nothing is sent to one that nobody allowed."""

    _name = "cloud.connector.host"
    _description = "Host of a Connector"
    _order = "name, id"

    connector_id = fields.Many2one("cloud.connector", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True)
    name = fields.Char(string="Host", required=True, readonly=True)
    is_inner = fields.Boolean(
        string="In Our Own Network",
        help="It may have a private address and need not use https. Tick it only for a server of yours: an address in"
        " the inside of a network is what attackers ask for.",
    )
    allowed_at = fields.Datetime(string="Allowed", readonly=True, copy=False)
    allowed_by_id = fields.Many2one("res.users", string="By", readonly=True, copy=False)

    _name_uniq = models.UniqueIndex("(connector_id, name)", "The connector names this host already.")
    _allowed_by_somebody = models.Constraint(
        "CHECK ((allowed_at IS NULL) = (allowed_by_id IS NULL))", "A host is allowed by somebody."
    )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Which hosts there are follows from the settings of the connector."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and vals.keys() - {"is_inner"}:
            raise AccessError(self.env._("A host is allowed by the button on its connector."))
        changed = self.filtered(lambda host: "is_inner" in vals and host.is_inner != bool(vals["is_inner"]))
        result = super().write(vals)
        for host in changed:
            detail = {"host": host.name, "is_inner": host.is_inner}
            self.env["cloud.audit.event"]._record("connector_hosts", host.connector_id, detail=detail)
        return result
