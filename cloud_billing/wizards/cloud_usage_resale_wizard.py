from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..fields import DecimalField


class CloudUsageResaleWizard(models.TransientModel):
    """Makes all that reselling a source at cost plus a percentage needs: meter, product, price plan, version, price."""

    _name = "cloud.usage.resale.wizard"
    _description = "Resell a Source"

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="source_id.company_id")
    cost_basis = fields.Selection(related="source_id.cost_basis", string="Percentage On")
    company_state = fields.Selection(related="company_id.cloud_billing_state", string="State of the Company")
    percent = DecimalField(
        required=True, default=Decimal(20), help="20 adds twenty percent to the cost that the source passes on."
    )
    plan_name = fields.Char(
        string="Price Plan", compute="_compute_names", store=True, readonly=False, required=True, precompute=True
    )
    product_name = fields.Char(
        string="Product",
        compute="_compute_names",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Printed on the invoice.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Of the plan and the invoices. Costs in another currency are converted by the rates of the company.",
    )
    date_start = fields.Date(
        string="Prices Valid From",
        compute="_compute_date_start",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="First day in force; proposed is the first month of usage that the source delivered.",
    )
    income_account_id = fields.Many2one(
        "account.account",
        domain="[('account_type', '=', 'income'), ('company_ids', 'in', company_id)]",
        help="Empty: as the product category says.",
    )
    tax_ids = fields.Many2many(
        "account.tax",
        string="Sales Taxes",
        default=lambda self: self.env.company.account_sale_tax_id,
        domain="[('type_tax_use', '=', 'sale'), ('company_id', 'parent_of', company_id)]",
    )

    # === COMPUTE === #

    @api.depends("source_id", "percent")
    @api.depends_context("lang")
    def _compute_names(self):
        for wizard in self:
            name = wizard.source_id.name or ""
            wizard.product_name = wizard.product_name or self.env._("%(name)s usage", name=name)
            wizard.plan_name = wizard.plan_name or self.env._("%(name)s, cost plus", name=name)

    @api.depends("source_id")
    def _compute_date_start(self):
        for wizard in self:
            wizard.date_start = wizard.source_id._get_first_day() or fields.Date.context_today(wizard).replace(day=1)

    # === ACTIONS === #

    def action_confirm(self):
        """Make everything; the prices are approved, or proposed to another person where the company is live."""
        self.ensure_one()
        self._check_percent()
        product = self._ensure_product()
        version = self.env["cloud.price.plan.version"].create(self._prepare_version_vals(self._make_plan(), product))
        self.source_id._set_resale(product, version.plan_id)
        message = self._approve(version)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "sticky": self.company_state == "live",
                "next": {
                    "type": "ir.actions.act_window",
                    "res_model": "cloud.price.plan.version",
                    "res_id": version.id,
                    "views": [(False, "form")],
                },
            },
        }

    # === BUSINESS === #

    def _check_percent(self):
        if self.percent is None or self.percent < -100:
            raise UserError(self.env._("Enter the percentage that is added to the cost: -100 or more."))

    def _make_plan(self):
        return self.env["cloud.price.plan"].create(
            {
                "name": self.plan_name,
                "company_id": self.company_id.id,
                "currency_id": self.currency_id.id,
                "tax_basis": "net",
            }
        )

    def _ensure_product(self):
        """The product by which the source is resold: one for all plans, so that streams need one line only."""
        if self.source_id.resale_product_id:
            return self.source_id.resale_product_id
        meter = self.env["cloud.meter"].create(
            {
                "name": self._get_meter_name(),
                "code": f"resale-{self.source_id.id}",
                "company_id": self.company_id.id,
                "aggregation": "sum",
                "basis": self.cost_basis,
            }
        )
        return self.env["product.product"].create(self._prepare_product_vals(meter))

    def _get_meter_name(self):
        names = {
            "cost_billed": self.env._("Billed cost of %(name)s", name=self.source_id.name),
            "cost_effective": self.env._("Effective cost of %(name)s", name=self.source_id.name),
            "cost_list": self.env._("List cost of %(name)s", name=self.source_id.name),
            "cost_contracted": self.env._("Contracted cost of %(name)s", name=self.source_id.name),
        }
        return names[self.cost_basis]

    def _prepare_product_vals(self, meter):
        return {
            "name": self.product_name,
            "type": "service",
            "company_id": self.company_id.id,
            "cloud_billing_model": "metered",
            "cloud_meter_id": meter.id,
            "list_price": 0,
            "purchase_ok": False,
            "property_account_income_id": self.income_account_id.id,
            "taxes_id": [Command.set(self.tax_ids.ids)],
        }

    def _prepare_version_vals(self, plan, product):
        return {
            "plan_id": plan.id,
            "date_start": self.date_start,
            "rule_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "charge_model": "cost_plus",
                        "cost_basis": self.cost_basis,
                        "percent": self.percent,
                    }
                )
            ],
        }

    def _approve(self, version):
        """Put the prices in force, or propose them; returns what to tell the person."""
        if self.company_state == "live":
            version.action_submit()
            return self.env._(
                "%(version)s waits for the approval of another person; until then nothing is priced by it.",
                version=version.display_name,
            )
        version.action_approve_directly()
        return self.env._("%(version)s is approved and in force.", version=version.display_name)
