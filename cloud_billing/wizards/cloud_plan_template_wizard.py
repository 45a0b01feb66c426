from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.translate import LazyGettext

from ..models.catalog.plan_templates import TEMPLATES


class CloudPlanTemplateWizard(models.TransientModel):
    """New plan from a template: looks through the proposed prices, then makes meters, products, plan and version."""

    _name = "cloud.plan.template.wizard"
    _description = "New Plan from a Template"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    company_state = fields.Selection(related="company_id.cloud_billing_state", string="State of the Company")
    template = fields.Selection(
        selection="_get_template_selection",
        required=True,
        default=lambda self: next(iter(self._get_templates())),
        string="What You Sell",
    )
    description = fields.Char(compute="_compute_description")
    plan_name = fields.Char(
        string="Price Plan", compute="_compute_plan_name", store=True, readonly=False, required=True, precompute=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Of every price below. The proposed figures are the same in every currency: look through them.",
    )
    tax_basis = fields.Selection(
        selection=lambda self: self.env["cloud.price.plan"]._fields["tax_basis"]._description_selection(self.env),
        string="Prices Are",
        required=True,
        default="net",
    )
    date_start = fields.Date(
        string="Valid From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="First day, in each customer's time zone.",
    )
    has_samples = fields.Boolean(
        string="With Sample Calculations",
        default=True,
        help="Sentences such as 2,500 GB cost 220.00, which every later version is checked against.",
    )
    line_ids = fields.One2many(
        "cloud.plan.template.wizard.line",
        "wizard_id",
        string="Prices",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    # === COMPUTE === #

    @api.depends("template")
    @api.depends_context("lang")
    def _compute_description(self):
        for wizard in self:
            template = self._get_templates().get(wizard.template)
            wizard.description = self._translate(template.description) if template else False

    @api.depends("template")
    @api.depends_context("lang")
    def _compute_plan_name(self):
        for wizard in self:
            template = self._get_templates().get(wizard.template)
            wizard.plan_name = self._translate(template.name) if template else False

    @api.depends("template")
    def _compute_line_ids(self):
        for wizard in self:
            template = self._get_templates().get(wizard.template)
            rows = [vals for price in template.prices for vals in wizard._prepare_line_vals(price)] if template else []
            wizard.line_ids = [Command.clear(), *(Command.create(vals) for vals in rows)]

    # === ACTIONS === #

    def action_confirm(self):
        """Make everything and open the version, a draft that can be approved as it is."""
        self.ensure_one()
        wanted = self._get_wanted()
        products = {price.key: self._ensure_product(price, lines[:1]) for price, lines in wanted}
        plan = self.env["cloud.price.plan"].create(self._prepare_plan_vals())
        version = self.env["cloud.price.plan.version"].create(
            {
                "plan_id": plan.id,
                "date_start": self.date_start,
                "rule_ids": [
                    Command.create(self._prepare_rule_vals(price, lines, products[price.key]))
                    for price, lines in wanted
                ],
            }
        )
        if self.has_samples:
            self._make_samples(version, products)
        return version._get_form_action()

    # === BUSINESS === #

    def _translate(self, text):
        return self.env._(text) if isinstance(text, LazyGettext) else text

    def _get_wanted(self):
        """Pairs (TemplatePrice, its lines) of what is to be made; raises UserError where nothing is."""
        by_key = self.line_ids.grouped("key")
        prices = self._get_templates()[self.template].prices
        wanted = [
            (price, by_key[price.key]) for price in prices if price.key in by_key and by_key[price.key][0].is_wanted
        ]
        if not wanted:
            raise UserError(self.env._("Keep at least one product, or make an empty price plan instead."))
        return wanted

    def _prepare_line_vals(self, price):
        """One dict per step of a price, the first with the product."""
        name = self._translate(price.product)
        steps = price.tiers or ((None, price.unit_price, None),)
        return [
            {
                "key": price.key,
                "sequence": place,
                "is_first": place == 0,
                "is_tier": bool(price.tiers),
                "is_last": place == len(steps) - 1,
                "product_name": name,
                "product_id": self._find_product(price, name).id if place == 0 else False,
                "unit": self._translate(price.unit),
                "up_to": up_to,
                "unit_price": unit_price,
                "flat_amount": flat_amount,
            }
            for place, (up_to, unit_price, flat_amount) in enumerate(steps)
        ]

    def _find_product(self, price, name):
        """The product that an earlier plan of this template made: one product has a price in many plans."""
        domain = [
            ("name", "=", name),
            ("cloud_billing_model", "=", price.billing_model),
            ("company_id", "in", (False, self.company_id.id)),
        ]
        if price.meter:
            domain.append(("cloud_meter_id.unit", "=", self._translate(price.meter.unit)))
        return self.env["product.product"].search(domain, limit=1)

    def _ensure_product(self, price, line):
        return line.product_id or self.env["product.product"].create(self._prepare_product_vals(price, line))

    def _prepare_product_vals(self, price, line):
        return {
            "name": line.product_name,
            "type": "service",
            "company_id": self.company_id.id,
            "cloud_billing_model": price.billing_model,
            "cloud_meter_id": self._make_meter(price.meter).id if price.meter else False,
            "cloud_timing": price.timing,
            "list_price": 0,
            "purchase_ok": False,
        }

    def _make_meter(self, meter):
        """A meter for a new product. One that exists may have been given other filters meanwhile: it is not shared."""
        codes = set(
            self.env["cloud.meter"]
            .with_context(active_test=False)
            .search([("code", "=like", f"{meter.code}%"), ("company_id", "in", (False, self.company_id.id))])
            .mapped("code")
        )
        code, number = meter.code, 1
        while code in codes:
            number += 1
            code = f"{meter.code}-{number}"
        return self.env["cloud.meter"].create(
            {
                "name": self._translate(meter.name),
                "code": code,
                "company_id": self.company_id.id,
                "unit": self._translate(meter.unit),
                "aggregation": meter.aggregation,
                **{name: self._translate(value) for name, value in meter.values.items()},
            }
        )

    def _prepare_plan_vals(self):
        return {
            "name": self.plan_name,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "tax_basis": self.tax_basis,
        }

    def _prepare_rule_vals(self, price, lines, product):
        vals = {
            "product_id": product.id,
            "charge_model": price.charge_model,
            **{name: self._translate(value) for name, value in price.values.items()},
        }
        if price.tiers:
            vals["tier_ids"] = [
                Command.create(
                    {
                        "up_to": None if line.is_last else line.up_to,
                        "unit_price": line.unit_price,
                        "flat_amount": line.flat_amount or 0,
                    }
                )
                for line in lines
            ]
        else:
            vals["unit_price"] = lines.unit_price
        return vals

    def _make_samples(self, version, products):
        """The template's sample calculations; where a person has changed the prices, with what these now come to."""
        Sample = self.env["cloud.price.sample"]
        samples = Sample.create(
            [
                {
                    "name": self._translate(sample.name),
                    "plan_id": version.plan_id.id,
                    "product_id": products[sample.key].id,
                    "quantity": sample.quantity,
                    "expected_amount": sample.amount,
                }
                for sample in self._get_templates()[self.template].samples
                if sample.key in products
            ]
        )
        for sample, result in samples._run(version).items():
            if result.verdict == "failed" and not result.answer.refused:
                sample.expected_amount = result.answer.amount

    # === HOOKS === #

    @api.model
    def _get_templates(self):
        """Return {key: PlanTemplate} in the order in which they are offered. To add one: extend that of super()."""
        return dict(TEMPLATES)

    @api.model
    def _get_template_selection(self):
        return [(template.key, self._translate(template.name)) for template in self._get_templates().values()]
