from odoo import models


class CloudHome(models.AbstractModel):
    """Until somebody has a copy of the key file, losing the server means typing all secrets again and no proof of the
    record so far."""

    _inherit = "cloud.home"

    def _get_steps(self, company, start):
        steps = super()._get_steps(company, start)
        if (
            not self.env.user.has_group("cloud_billing.group_administrator")
            or not self.env["cloud.vault.key"]._is_copy_wanted()
        ):
            return steps
        copy_step = {
            "key": "key_copy",
            "label": self.env._("Key of the secrets"),
            "count": self.env["cloud.secret"].search_count([]),
            "count_label": self.env._(
                "secrets, and the proof of the audit trail, are lost with the key file: it has no backup copy"
            ),
            "amounts": [],
            "is_done": False,
            "button": self.env._("Download It"),
            "action": "cloud_billing.cloud_vault_key_action",
            "can_act": True,
        }
        return [copy_step, *steps]
