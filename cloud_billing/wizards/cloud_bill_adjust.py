from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fields import DecimalField


class CloudBillAdjust(models.TransientModel):
    """Adds a line to one prospective invoice, or takes something off it; a discount is typed as people say it."""

    _name = "cloud.bill.adjust"
    _description = "Line or Discount on a Bill"

    bill_id = fields.Many2one("cloud.bill", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="bill_id.currency_id")
    tax_basis = fields.Selection(related="bill_id.tax_basis")
    company_id = fields.Many2one(related="bill_id.company_id")
    kind = fields.Selection([("added", "Line"), ("discount", "Discount")], required=True, readonly=True)
    measure = fields.Selection(
        [("percent", "Percent"), ("amount", "Amount")], string="Discount By", default="percent", required=True
    )
    name = fields.Char(string="Text", required=True, help="What the customer reads on the invoice.")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        help="Gives account and taxes. A percent off lines with several taxes is split by them.",
    )
    amount = DecimalField(
        currency_field="currency_id", help="As the bill: net, or gross with its tax. Of a discount: what is taken off."
    )
    percent = DecimalField()
    subscription_line_id = fields.Many2one(
        "cloud.subscription.line",
        string="Of Line",
        domain="[('id', 'in', available_line_ids)]",
        help="Empty: of the whole bill.",
    )
    available_line_ids = fields.Many2many("cloud.subscription.line", compute="_compute_available_line_ids")
    service_start = fields.Date(string="Service From", required=True)
    service_last = fields.Date(string="Last Day", required=True)
    reason = fields.Char(required=True, help="For whoever approves the run, and in the register of interventions.")

    # === COMPUTE === #

    @api.depends("bill_id")
    def _compute_available_line_ids(self):
        for adjust in self:
            adjust.available_line_ids = adjust.bill_id.charge_ids.subscription_line_id

    # === ACTIONS === #

    def action_confirm(self):
        """Charge it with the bill, which is worked out anew."""
        self.ensure_one()
        self.bill_id._check_may_review()
        self.env["cloud.adjustment"].create(self._prepare_adjustment_vals())
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS === #

    def _open(self, bill, kind):
        """The window for one bill; kind: added or discount."""
        last = self.env["cloud.adjustment"].search(
            [("company_id", "=", bill.company_id.id), ("kind", "=", kind)], order="id desc", limit=1
        )
        end = bill.service_end or bill.run_id.cutoff_date
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Discount") if kind == "discount" else self.env._("Add a Line"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_bill_id": bill.id,
                "default_kind": kind,
                "default_name": self.env._("Discount") if kind == "discount" else False,
                "default_product_id": last.product_id.id,
                "default_service_start": fields.Date.to_string(bill.service_start or end),
                "default_service_last": fields.Date.to_string(fields.Date.subtract(end, days=1)),
            },
        }

    def _prepare_adjustment_vals(self):
        bill, is_percent = self.bill_id, self.kind == "discount" and self.measure == "percent"
        if not (self.percent if is_percent else self.amount):
            raise UserError(
                self.env._("%(bill)s: say how much, as a percent or as an amount other than zero.", bill=bill.name)
            )
        return {
            "name": self.name,
            "kind": self.kind,
            "customer_id": bill.customer_id.id,
            "currency_id": bill.currency_id.id,
            "tax_basis": bill.tax_basis,
            "product_id": self.product_id.id,
            "subscription_line_id": self.subscription_line_id.id,
            "amount": None if is_percent else self._get_signed_amount(),
            "percent": self.percent if is_percent else None,
            "service_start": self.service_start,
            "service_end": fields.Date.add(self.service_last, days=1),
            "reason": self.reason,
            "run_id": bill.run_id.id,
            "grouping_key": bill.grouping_key,
        }

    def _get_signed_amount(self):
        """A discount is taken off, whichever sign a person types."""
        return -abs(self.amount) if self.kind == "discount" else self.amount
