from odoo import fields, models
from odoo.exceptions import UserError

from ...fields import get_changed

_FIXED_WHILE_SUBSCRIBED = ("cloud_billing_model", "cloud_meter_id")


class ProductTemplate(models.Model):
    _inherit = "product.template"

    cloud_billing_model = fields.Selection(
        [
            ("one_time", "One-time"),
            ("recurring", "Recurring"),
            ("metered", "Metered (usage)"),
            ("instalment", "Instalments"),
        ],
        string="Billing Model",
        index="btree_not_null",
        help="How Cloud Billing charges this product on a subscription. Empty: not billed by Cloud Billing.",
    )
    cloud_meter_id = fields.Many2one(
        "cloud.meter",
        string="Meter",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="What is counted; for metered products.",
    )
    cloud_timing = fields.Selection(
        [("arrears", "In arrears"), ("advance", "In advance")],
        string="Billing Timing",
        default="arrears",
        help="In arrears: billed after the period. In advance: billed on its first day. Usage is always in arrears.",
    )

    _cloud_meter_if_metered = models.Constraint(
        "CHECK ((cloud_billing_model IS NOT DISTINCT FROM 'metered') = (cloud_meter_id IS NOT NULL))",
        "A metered product needs a meter, and only a metered product has one.",
    )

    # === CRUD === #

    def write(self, vals):
        self._check_cloud_billing_unused(vals)
        return super().write(vals)

    def _check_cloud_billing_unused(self, vals):
        """Refuse another way of charging while subscriptions rely on the present one.

        A new meter would be a new component: what the old one billed would be billed again.
        """
        changed = self.filtered(lambda product: get_changed(product, vals, _FIXED_WHILE_SUBSCRIBED))
        lines = changed._get_lines_in_use()
        if not lines:
            return
        raise UserError(
            self.env._(
                "%(product)s is on the active subscription %(subscription)s, so its billing model and meter stay as "
                "they are. Make a new product, end the subscription line and add a line with the new product.",
                product=lines[0].product_id.display_name,
                subscription=lines[0].subscription_id.name,
            )
        )

    # === BUSINESS === #

    def _get_lines_in_use(self):
        """Subscription lines of these products that are billed, or were; those of active subscriptions first."""
        if not self:
            return self.env["cloud.subscription.line"]
        # sudo: a product shared by companies is in use by each, also by those the user may not see.
        return (
            self.env["cloud.subscription.line"]
            .sudo()
            .search(
                [("product_id.product_tmpl_id", "in", self.ids), ("subscription_id.state", "!=", "draft")],
                order="id",
                limit=1,
            )
        )
