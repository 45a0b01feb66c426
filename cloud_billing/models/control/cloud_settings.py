from odoo import api, models
from odoo.exceptions import AccessError


class CloudSettings(models.TransientModel):
    """The billing settings of a company, for billing administrators who do not administer Odoo.

    Only the fields of the mixin reach the company, and only of one that the person works in.
    """

    _name = "cloud.settings"
    _description = "Billing Settings"
    _inherit = ["cloud.settings.mixin"]

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create([{"company_id": self._take_company(vals)} for vals in vals_list])
        for record, vals in zip(records, vals_list, strict=True):
            record._change(vals)
        return records

    def write(self, vals):
        for record in self:
            record._change(vals)
        # Nothing of it is the screen's own.
        return super().write({})

    # === BUSINESS === #

    def _take_company(self, vals):
        return vals.get("company_id") or self.env.company.id

    def _change(self, vals):
        """Write the settings among `vals` on the company; whatever else is sent is not looked at."""
        names = self._get_cloud_settings()
        values = {names[name]: value for name, value in vals.items() if name in names}
        if values:
            self._write_company(values)

    # === HOOKS === #

    def _write_company(self, values):
        self._check_may_change()
        # sudo: billing administrators may change the settings of the mixin, of companies they work in; nothing else.
        company = self.company_id.sudo()
        company.write(values)
        company._check_company(list(values))
        self.invalidate_recordset()

    def _check_may_change(self):
        if self.env.su:
            return
        if (
            not self.env.user.has_group("cloud_billing.group_administrator")
            or self.company_id not in self.env.companies
        ):
            # sudo: the name of a company is told to whoever is refused.
            raise AccessError(
                self.env._(
                    "Billing settings of %(company)s are changed by its billing administrators.",
                    company=self.company_id.sudo().name,
                )
            )

    def _reopen(self):
        return self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_settings_action")
