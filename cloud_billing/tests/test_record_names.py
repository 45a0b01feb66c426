from odoo.tests import tagged

from .common import CloudBillingCase


@tagged("post_install", "-at_install")
class TestNamesOfRecords(CloudBillingCase):
    def test_a_record_without_a_name_is_called_by_its_kind_and_not_by_its_table(self):
        for model in ("cloud.change.vote", "cloud.push.batch", "cloud.coupon.use", "cloud.price.tier"):
            kind = self.env["ir.model"]._get(model).name
            self.assertEqual(self.env[model].browse(7).display_name, f"{kind} 7", model)
            self.assertFalse(self.env[model].new().display_name, model)

    def test_such_a_record_is_called_so_in_each_language_of_one_transaction(self):
        self.env["res.lang"]._activate_lang("pt_PT")
        tier = self.env["cloud.price.tier"].browse(7)
        kind = self.env["ir.model"]._get("cloud.price.tier").name
        self.env["ir.model"]._get("cloud.price.tier").with_context(lang="pt_PT").name = "Degrau"
        self.assertEqual(tier.display_name, f"{kind} 7")
        self.assertEqual(tier.with_context(lang="pt_PT").display_name, "Degrau 7")
        self.assertEqual(tier.display_name, f"{kind} 7")

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
