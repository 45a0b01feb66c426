from odoo import fields, models


class CloudPricePlanVersion(models.Model):
    """What a version includes stands and is approved with its prices."""

    _inherit = "cloud.price.plan.version"

    allowance_ids = fields.One2many("cloud.price.allowance", "version_id", string="Included Quantities", copy=True)

    # === BUSINESS === #

    def _get_content(self):
        content = super()._get_content()
        if self.allowance_ids:
            content["allowances"] = [allowance._get_content() for allowance in self.allowance_ids.sorted("id")]
        return content

    def _get_prices_by_scope(self):
        prices = super()._get_prices_by_scope()
        for allowance in self.allowance_ids:
            label = self.env._("Included: %(what)s, %(who)s", what=allowance.what, who=allowance.who)
            prices["allowance", allowance.scope_hash] = label, allowance.summary
        return prices
