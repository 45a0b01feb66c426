from odoo.tests import tagged

from .common import CloudBillingCase


@tagged("post_install", "-at_install")
class TestNamesOfRecords(CloudBillingCase):
    def test_a_record_without_a_name_is_called_by_its_kind_and_not_by_its_table(self):
        for model in ("cloud.change.vote", "cloud.push.batch", "cloud.coupon.use", "cloud.price.tier"):
            kind = self.env["ir.model"]._get(model).name
            self.assertEqual(self.env[model].browse(7).display_name, f"{kind} 7", model)
            self.assertFalse(self.env[model].new().display_name, model)

    def test_what_is_new_has_no_half_a_name(self):
        models = (
            "cloud.audit.tracker",
            "cloud.audit.review",
            "cloud.bill.run",
            "cloud.coupon.redemption",
            "cloud.field.item",
            "cloud.field.level",
            "cloud.meter.conversion",
            "cloud.subscription",
            "cloud.usage.mapping",
            "cloud.usage.match.rule",
        )
        for model in models:
            self.assertFalse(self.env[model].new().display_name, model)
