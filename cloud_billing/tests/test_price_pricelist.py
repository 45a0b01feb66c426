"""A price that a pricelist of Odoo gives."""

from decimal import Decimal

from odoo.tests import Form, tagged

from .terms_common import TermsCase


@tagged("post_install", "-at_install")
class TestAPriceOfAPricelist(TermsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recurring.list_price = 100
        cls.pricelist = cls.env["product.pricelist"].create(
            {
                "name": "Partners",
                "currency_id": cls.plan.currency_id.id,
                "item_ids": [
                    (0, 0, {"compute_price": "percentage", "percent_price": 12.3, "applied_on": "3_global"}),
                    (
                        0,
                        0,
                        {"compute_price": "fixed", "fixed_price": 80.1, "applied_on": "3_global", "min_quantity": 10},
                    ),
                ],
            }
        )
        cls.reduced = cls.pricelist.item_ids.filtered(lambda item: item.compute_price == "percentage")
        cls.fixed = cls.pricelist.item_ids - cls.reduced

    def listed(self, **vals):
        vals = {"product_id": self.recurring.id, "pricelist_id": self.pricelist.id, **vals}
        return self.rule(charge_model="pricelist", **vals)

    def test_is_read_when_the_rule_is_written(self):
        rule = self.listed(unit_price="1")
        # 100 less 12.3 %; what was typed for the price is not the pricelist's.
        self.assertEqual(rule.unit_price, Decimal("87.7"))
        self.assertEqual(rule.summary, f"87.70 {self.money} per unit (pricelist Partners)")
        rule.pricelist_quantity = "10"
        self.assertEqual(rule.unit_price, Decimal("80.1"))
        self.assertIn("its price for 10", rule.summary)
        rule.unit_price = "1"
        self.assertEqual(rule.unit_price, Decimal("80.1"))

    def test_is_that_of_the_first_day(self):
        # Of two items that fit equally well Odoo takes the younger one.
        self.reduced.copy({"date_start": "2026-06-01", "percent_price": 50})
        self.assertEqual(self.listed().unit_price, Decimal("87.7"))
        self.version.rule_ids.unlink()
        self.assertEqual(self.listed(date_start="2026-06-02").unit_price, Decimal(50))

    def test_in_another_currency_than_the_plan_is_refused(self):
        # Odoo gives the fixed price of an item in the pricelist's currency, whatever currency it is asked for.
        other = self.env.ref("base.EUR" if self.money != "EUR" else "base.USD")
        other.active = True
        self.pricelist.currency_id = other
        with self.refused(
            f"Price Support: the pricelist Partners is in {other.name} and the price plan in {self.money}. Choose a "
            f"pricelist in {self.money}"
        ):
            self.listed()

    def test_names_the_pricelist_in_the_workings(self):
        terms = self.listed(name="Support")._get_terms("recurring")
        self.assertEqual((terms.charge_model, terms.rule.rule_name), ("flat", "Support (Partners)"))
        usage = self.listed(product_id=self.metered.id)._get_terms("metered")
        self.assertEqual(usage.charge_model, "per_unit")

    def test_is_read_again_when_the_version_is_approved_and_stays_from_then_on(self):
        rule = self.listed()
        self.reduced.percent_price = 20
        self.assertEqual(rule.unit_price, Decimal("87.7"))
        self.version.action_approve_directly()
        self.assertEqual(rule.unit_price, Decimal(80))
        self.env.flush_all()
        self.set_company_state("live")
        self.reduced.percent_price = 30
        self.env.invalidate_all()
        self.assertEqual(rule.unit_price, Decimal(80))
        with self.refused("was approved"):
            rule.unit_price = "1"

    def test_is_refused_where_it_makes_no_sense(self):
        with self.refused("Price Any product: a pricelist says the price of one product. Choose the product"):
            self.listed(product_id=False)
        with self.refused("Price Support: which pricelist says the price"):
            self.listed(pricelist_id=False)

    def test_a_float_of_odoo_becomes_the_number_that_it_shows(self):
        # 0.1 + 0.2 is 0.30000000000000004 in binary arithmetic.
        self.patch(self.env.registry["product.pricelist"], "_get_product_price", lambda *args, **kwargs: 0.1 + 0.2)
        self.assertEqual(self.listed().unit_price, Decimal("0.3"))

    def test_is_shown_while_it_is_chosen(self):
        form = Form(self.env["cloud.price.rule"].with_context(default_version_id=self.version.id))
        form.charge_model = "pricelist"
        form.product_id = self.recurring
        form.pricelist_id = self.pricelist
        self.assertEqual(form.unit_price, "87.7")
