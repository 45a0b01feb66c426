from odoo import api, models
from odoo.addons.base.models.res_users import check_identity
from odoo.exceptions import UserError


class ResDevice(models.Model):
    """Sessions of a login, by device. What is ended is written into the audit trail."""

    _inherit = "res.device"

    # === ACTIONS === #

    @check_identity
    def action_cloud_end_others(self):
        """End every session of one's own but the one that asks, after asking for the password again."""
        others = self._get_cloud_others()
        if not others:
            raise UserError(self.env._("You have no other session."))
        others._revoke()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.res_device_action")
        # In the place of the page on which the button was pressed.
        return {**action, "target": "main"}

    # === BUSINESS === #

    @api.model
    def _get_cloud_others(self):
        """Devices of other sessions of the person who asks."""
        own = self.search([("user_id", "=", self.env.uid)])
        return own.filtered(lambda device: not device.is_current)

    def _revoke(self):
        # Odoo asks by reading, and what is read here with more rights would be in the cache by then.
        self.check_access("read")
        # Before it: afterwards the view does not show them any more.
        self._record_cloud_end()
        return super()._revoke()

    def _record_cloud_end(self):
        """One audit event per login whose sessions end."""
        # sudo: lends the right to read the login of whose sessions end.
        for user, devices in self.sudo().grouped("user_id").items():
            self.env["cloud.audit.event"]._record(
                "session_ended",
                user,
                detail={"login": user.login, "devices": devices.mapped("display_name"), "count": len(devices)},
            )
