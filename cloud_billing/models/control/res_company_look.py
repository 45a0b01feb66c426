from odoo import api, models

from ...fields import DecimalField


class ResCompany(models.Model):
    """When a bill is unusual enough for a person to look at it."""

    _inherit = "res.company"

    cloud_look_percent = DecimalField(
        string="Look Above Percent",
        default=25,
        help="A bill that differs from the customer's last one by more than this percentage, and by more than the"
        " amount beside it, waits in Look until somebody releases it.",
    )
    cloud_look_amount = DecimalField(
        string="Look Above Amount", default=50, help="In the currency of the bill; see the percentage beside it."
    )

    # === CRUD === #

    def write(self, vals):
        """Whoever changes what counts as unusual is in the audit trail."""
        names = [name for name in self._get_cloud_audited_settings() if name in vals]
        if not names:
            return super().write(vals)
        before = {company.id: {name: company[name] for name in names} for company in self}
        result = super().write(vals)
        self.env["cloud.audit.event"]._record(
            "settings",
            self.filtered(lambda company: any(company[name] != before[company.id][name] for name in names)),
            detail=lambda company: {"old": before[company.id], "new": {name: company[name] for name in names}},
        )
        return result

    # === HOOKS === #

    @api.model
    def _get_cloud_audited_settings(self):
        """Return the names of the settings whose changes are in the audit trail. To add some: extend super()."""
        return ["cloud_look_percent", "cloud_look_amount"]
