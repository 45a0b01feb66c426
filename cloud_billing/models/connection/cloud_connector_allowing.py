from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.connectors import ConnectorError


class CloudConnector(models.Model):
    """Whom a connector speaks to: asked of its settings, allowed by a billing administrator."""

    _inherit = "cloud.connector"

    host_ids = fields.One2many("cloud.connector.host", "connector_id", string="Hosts")
    has_new_hosts = fields.Boolean(compute="_compute_has_new_hosts", help="Nobody allowed one of its hosts yet.")

    # === COMPUTE === #

    @api.depends("host_ids.allowed_at")
    def _compute_has_new_hosts(self):
        for connector in self:
            connector.has_new_hosts = not all(connector.host_ids.mapped("allowed_at"))

    # === ACTIONS === #

    def action_allow_hosts(self):
        """Allow every host that the settings name, as the billing administrator who looked at them."""
        self._check_administrator()
        now = fields.Datetime.now()
        for connector in self:
            new = connector.host_ids.filtered(lambda host: not host.allowed_at)
            # sudo: hosts are written by this button alone; the role of its user was checked above.
            new.sudo().write({"allowed_at": now, "allowed_by_id": self.env.uid})
            names = sorted(new.mapped("name"))
            if names:
                self.env["cloud.audit.event"]._record("connector_hosts", connector, detail={"allowed": names})
                connector.message_post(
                    body=self.env._("%(user)s allows: %(hosts)s.", user=self.env.user.name, hosts=", ".join(names))
                )

    # === BUSINESS === #

    def _sync_hosts(self):
        """Keep the hosts that the settings name: new ones wait for an administrator, and stop what is in use."""
        for connector in self:
            gone, new = connector._find_host_changes()
            # sudo: hosts follow from the settings, whoever may write those.
            gone.sudo().unlink()
            # sudo: as above; none of them is allowed by this.
            connector.env["cloud.connector.host"].sudo().create(
                [{"connector_id": connector.id, "name": name} for name in new]
            )
            if new and connector.state != "setup":
                # sudo: the state is no field that a person writes; it only stops here.
                connector.sudo().state = "setup"
                connector.message_post(
                    body=self.env._(
                        "It would speak to another host now: %(hosts)s. Nothing is fetched until a billing "
                        "administrator allows that and turns it on again.",
                        hosts=", ".join(new),
                    )
                )
            if new:
                self.env["cloud.audit.event"]._record("connector_hosts", connector, detail={"new": new})

    def _find_host_changes(self):
        """(hosts that the settings of one connector do not name any more, names of those that they name besides)."""
        wanted, kept = self._find_hosts(), self.host_ids
        return kept.filtered(lambda host: host.name not in wanted), sorted(wanted - set(kept.mapped("name")))

    def _find_hosts(self):
        """The hosts of the settings as they stand; none while these are not complete."""
        if not self._get_engine():
            return set()
        try:
            return {
                host.strip().lower()
                for host in self._get_engine().hosts(self._get_plain_options())
                if host and host.strip()
            }
        except (ConnectorError, ValueError, KeyError, TypeError, AttributeError):
            return set()

    def _check_hosts(self):
        """Raise where a host is not allowed."""
        for connector in self:
            if connector.has_new_hosts:
                raise UserError(
                    self.env._(
                        "Nobody has allowed %(hosts)s yet. A billing administrator looks at the hosts on the page "
                        "Hosts of %(name)s and presses Allow These Hosts.",
                        hosts=", ".join(connector.host_ids.filtered(lambda host: not host.allowed_at).mapped("name")),
                        name=connector.name,
                    )
                )
