from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..models.catalog.plan_templates import TEMPLATES
from ..models.catalog.plan_templates.plan_template import PlanTemplate, TemplatePrice
from .catalog_common import CatalogCase


class TemplateCase(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.eur = cls.env.ref("base.EUR")
        cls.eur.active = True

    def form(self, template, user=None):
        Wizard = self.env["cloud.plan.template.wizard"].with_user(user or self.user_price_manager)
        form = Form(Wizard)
        form.template = template
        form.currency_id = self.eur
        form.date_start = "2026-03-01"
        return form

    def make(self, form):
        action = form.save().action_confirm()
        return self.env["cloud.price.plan.version"].browse(action["res_id"])

    def edit(self, form, place, **vals):
        with form.line_ids.edit(place) as line:
            for name, value in vals.items():
                setattr(line, name, value)


@tagged("post_install", "-at_install")
class TestEveryTemplate(TemplateCase):
    def test_it_makes_a_plan_that_can_be_approved_and_whose_samples_were_worked_out_by_hand(self):
        for key, template in TEMPLATES.items():
            with self.subTest(template=key):
                version = self.make(self.form(key))
                by_hand = {self.env._(sample.name): Decimal(sample.amount) for sample in template.samples}
                samples = version.plan_id.sample_ids
                self.assertEqual({sample.name: sample.expected_amount for sample in samples}, by_hand)
                self.assertEqual(set(samples.mapped("verdict")), {"passed"})
                self.assertEqual(len(version.rule_ids), len(template.prices))
                version.action_approve_directly()
                self.assertEqual(self.env["cloud.price.linter"]._lint(version, version.date_start), [])

    def test_every_price_has_a_sample(self):
        for key, template in TEMPLATES.items():
            self.assertEqual({price.key for price in template.prices}, {one.key for one in template.samples}, key)

    def test_it_is_billed_as_it_is(self):
        version = self.make(self.form("cloud_hosting"))
        version.action_approve_directly()
        customer = self.make_customer("Acme", currency_id=self.eur.id)
        subscription = self.make_subscription(customer, version.rule_ids.product_id, plan=version.plan_id)
        subscription.action_activate()
        self.assertFalse(subscription.price_warning)
        self.assertTrue(all(subscription.line_ids.mapped("has_price")))


@tagged("post_install", "-at_install")
class TestWhatIsChangedBefore(TemplateCase):
    def test_other_prices_are_those_of_the_plan_and_of_its_samples(self):
        form = self.form("cloud_hosting")
        # Compute is the first line; 2,920 hours x 0.02 = 58.40.
        self.edit(form, 0, unit_price="0.02", product_name="vCPU")
        version = self.make(form)
        self.assertEqual(version.rule_ids[0].unit_price, Decimal("0.02"))
        self.assertEqual(version.rule_ids[0].product_id.name, "vCPU")
        self.assertEqual(version.plan_id.sample_ids[0].expected_amount, Decimal("58.40"))
        self.assertEqual(set(version.plan_id.sample_ids.mapped("verdict")), {"passed"})

    def test_what_is_not_wanted_is_not_made(self):
        form = self.form("cloud_hosting")
        self.edit(form, 0, is_wanted=False)
        version = self.make(form)
        self.assertNotIn("Compute", version.rule_ids.product_id.mapped("name"))
        self.assertNotIn("Compute", version.plan_id.sample_ids.product_id.mapped("name"))

    def test_a_second_plan_prices_the_same_products(self):
        first = self.make(self.form("energy"))
        second = self.make(self.form("energy"))
        self.assertEqual(first.rule_ids.product_id, second.rule_ids.product_id)
        form = self.form("energy")
        self.edit(form, 1, product_id=self.env["product.product"], product_name="Power")
        third = self.make(form)
        new = third.rule_ids.product_id - first.rule_ids.product_id
        self.assertEqual((new.name, new.cloud_meter_id.code), ("Power", "energy-day-2"))

    def test_a_currency_without_decimals_has_samples_in_whole_units(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        form = self.form("telephony")
        form.currency_id = yen
        version = self.make(form)
        # A minute and a half at 0.09 is 0.135: 0 yen.
        sample = version.plan_id.sample_ids.filtered(lambda sample: sample.quantity == 90)
        self.assertEqual((sample.expected_amount, sample.verdict), (Decimal("0"), "passed"))

    def test_only_a_price_manager_makes_one(self):
        with self.assertRaises(AccessError):
            self.form("energy", self.user_accountant)

    def test_another_module_adds_a_template(self):
        template = PlanTemplate(
            key="parking",
            name="Parking",
            description="By the hour.",
            prices=(TemplatePrice(key="lot", product="Lot", unit="lots", billing_model="recurring", unit_price="80"),),
        )
        Wizard = type(self.env["cloud.plan.template.wizard"])
        with patch.object(Wizard, "_get_templates", lambda self: {"parking": template}):
            version = self.make(self.form("parking"))
        self.assertEqual(version.rule_ids.product_id.name, "Lot")
