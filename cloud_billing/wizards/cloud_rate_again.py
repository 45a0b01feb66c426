from contextlib import closing

from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudRateAgain(models.TransientModel):
    """Rates billed service again: shows what each line would differ by, then makes draft corrections of it.

    The figures come from the run that would make them, in a savepoint that is rolled back. What is made has the same
    digest as what was shown, or nothing is made.
    """

    _name = "cloud.rate.again"
    _description = "Rate Again"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    customer_ids = fields.Many2many(
        "cloud.customer",
        string="Customers",
        domain="[('company_id', '=', company_id)]",
        help="These and those they pay for. Empty: everybody.",
    )
    plan_ids = fields.Many2many(
        "cloud.price.plan", string="Price Plans", domain="[('company_id', '=', company_id)]", help="Empty: every plan."
    )
    product_ids = fields.Many2many("product.product", string="Products", help="Empty: every product.")
    date_from = fields.Date(string="Service From", required=True)
    date_last = fields.Date(
        string="Service To", required=True, help="The last day. A charge is rated again as a whole, if one day is his."
    )
    invoice_date = fields.Date(
        required=True, default=fields.Date.context_today, help="Of the corrections: a day whose books are open."
    )
    reason = fields.Char(required=True, help="Why: for the approver, and in the register of interventions.")
    is_compared = fields.Boolean(readonly=True)
    digest = fields.Char(readonly=True, help="Of what is shown: the same usage and prices give the same one.")
    totals = fields.Char(string="Difference", readonly=True)
    line_ids = fields.One2many("cloud.rate.again.line", "wizard_id", readonly=True)

    # === COMPUTE === #

    @api.onchange("customer_ids", "plan_ids", "product_ids", "date_from", "date_last")
    def _onchange_criteria(self):
        self.is_compared, self.line_ids, self.digest = False, [(5,)], False

    # === ACTIONS === #

    def action_compare(self):
        """Show what each billed line would differ by; nothing of it stays."""
        self.ensure_one()
        self._check_may_act()
        # A savepoint that is closed is rolled back.
        with closing(self.env.cr.savepoint()):
            run = self._make_run(name="/preview")
            rows, found, totals = run._get_again_rows(), run._get_again_digest(), run._tell_again_totals()
        self.env.invalidate_all()
        lines = [(5,), *((0, 0, row) for row in rows)]
        self.write({"line_ids": lines, "digest": found, "totals": totals, "is_compared": True})
        return {**self._get_window(), "res_id": self.id}

    def action_make(self):
        """Make the draft corrections that were shown; they go through review and approval like any run."""
        self.ensure_one()
        self._check_may_act()
        if not self.is_compared:
            raise UserError(self.env._("Compare first: nobody has seen yet what would be corrected."))
        if not self.line_ids:
            raise UserError(self.env._("Nothing differs, so there is nothing to correct."))
        run = self._make_run()
        if run._get_again_digest() != self.digest:
            raise UserError(
                self.env._(
                    "Usage, prices or bills have changed since it was shown. Compare again, then make the bills."
                )
            )
        return run._get_form_action()

    # === BUSINESS === #

    @api.model
    def _open(self, customer, start, end, reason):
        """The window over days of one customer and those he pays for. end: the first day that is not rated again."""
        self._check_may_act()
        values = {
            "company_id": customer.company_id.id,
            "customer_ids": [(6, 0, customer.ids)],
            "date_from": start,
            "date_last": fields.Date.subtract(end, days=1),
            "reason": reason or False,
        }
        window = self._get_window()
        defaults = {f"default_{name}": value for name, value in values.items()}
        return {**window, "context": {**window["context"], **defaults}}

    def _check_may_act(self):
        """Corrections are made by those who make bill runs."""
        self.env["cloud.bill.run"].check_access("create")

    def _get_window(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rate Again"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _make_run(self, **vals):
        criteria = {
            "company_id": self.company_id.id,
            "customer_ids": self.customer_ids.ids,
            "again_start": self.date_from,
            "again_end": fields.Date.add(self.date_last, days=1),
            "again_plan_ids": self.plan_ids.ids,
            "again_product_ids": self.product_ids.ids,
        }
        Run = self.env["cloud.bill.run"].with_company(self.company_id)
        return Run._make_again(criteria, self.reason, self.invoice_date, **vals)
