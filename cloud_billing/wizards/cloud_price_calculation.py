from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fields import DecimalField, format_decimal
from ..models.trial.amount_curve import ask_along, draw_curve, get_axis

_DETAILS = ("seats", "cost", "value", "events", "dimensions", "besides")


class CloudPriceCalculation(models.TransientModel):
    """What would it cost? A product, for whom, how many and when; the answer changes with every field."""

    _name = "cloud.price.calculation"
    _inherit = ["cloud.price.question.mixin"]
    _description = "Price Calculator"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    plan_id = fields.Many2one(
        "cloud.price.plan",
        string="Price Plan",
        compute="_compute_plan_id",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
        help="Empty: that of the subscription or the customer.",
    )
    version_id = fields.Many2one(
        "cloud.price.plan.version",
        string="As If In Force",
        domain="[('plan_id', '=', plan_id)]",
        help="A draft or a later version that answers as if it were approved. Empty: the prices that are.",
    )
    customer_id = fields.Many2one(
        "cloud.customer",
        compute="_compute_customer_id",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
        help="Empty: the prices for everyone.",
    )
    subscription_id = fields.Many2one(
        "cloud.subscription",
        compute="_compute_subscription_id",
        store=True,
        readonly=False,
        domain="[('customer_id', '=?', customer_id), ('company_id', '=', company_id)]",
        help="Empty: without the prices that were agreed for one subscription.",
    )
    subscription_line_id = fields.Many2one(
        "cloud.subscription.line",
        domain="[('subscription_id', '=?', subscription_id), ('company_id', '=', company_id)]",
        help="Empty: without the prices that were agreed for one line.",
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        domain="[('cloud_billing_model', '!=', False), ('company_id', 'in', (company_id, False))]",
    )
    date = fields.Date(
        required=True,
        compute="_compute_date",
        store=True,
        readonly=False,
        precompute=True,
        help="The prices of this day answer, for one whole billing period.",
    )
    billing_model = fields.Selection(related="product_id.cloud_billing_model")
    quantity = DecimalField(default=Decimal(1))
    currency_id = fields.Many2one("res.currency", compute="_compute_answer")
    is_detailed = fields.Boolean(
        string="More",
        compute="_compute_is_detailed",
        store=True,
        readonly=False,
        help="Seats, costs, values and dimensions, for prices that look at them.",
    )
    tax_basis = fields.Selection(related="plan_id.tax_basis")
    besides = DecimalField(
        string="Billed Besides",
        help="What else the customer is billed for the period: it counts towards minimum spends of subscription and "
        "customer. Empty: nothing.",
    )
    amount = DecimalField(compute="_compute_answer", currency_field="currency_id")
    total = DecimalField(
        compute="_compute_answer",
        currency_field="currency_id",
        help="The amount with what is missing for minimum spends. Empty: it counts towards none.",
    )
    has_total = fields.Boolean(compute="_compute_answer")
    rule_id = fields.Many2one("cloud.price.rule", string="Price That Applies", compute="_compute_answer")
    problem = fields.Text(compute="_compute_answer", help="Why there is no amount, and what to do.")
    # Rendered from our own template, which escapes every value.
    statement_html = fields.Html(string="Statement", compute="_compute_answer", sanitize=False)
    workings_html = fields.Html(string="Workings", compute="_compute_answer", sanitize=False)
    chart = fields.Json(compute="_compute_answer")

    # === COMPUTE === #

    @api.depends("subscription_line_id")
    def _compute_subscription_id(self):
        for calculation in self:
            calculation.subscription_id = (
                calculation.subscription_line_id.subscription_id or calculation.subscription_id
            )

    @api.depends("subscription_id")
    def _compute_customer_id(self):
        for calculation in self:
            calculation.customer_id = calculation.subscription_id.customer_id or calculation.customer_id

    @api.depends("version_id", "subscription_id", "customer_id")
    def _compute_plan_id(self):
        for calculation in self:
            calculation.plan_id = (
                calculation.version_id.plan_id
                or calculation.subscription_id.plan_id
                or calculation.customer_id.plan_id
                or calculation.plan_id
            )

    @api.depends("subscription_line_id")
    def _compute_product_id(self):
        for calculation in self:
            calculation.product_id = calculation.subscription_line_id.product_id or calculation.product_id

    @api.depends(*_DETAILS)
    def _compute_is_detailed(self):
        """What was given, by a sample or a line, is seen; whoever asked for more keeps it."""
        for calculation in self:
            # 0 was given, empty was not: an empty number is None, an empty text False.
            values = [calculation[name] for name in _DETAILS]
            is_given = any(value is not None and value is not False for value in values)
            calculation.is_detailed = calculation.is_detailed or is_given

    @api.depends("version_id")
    def _compute_date(self):
        today = fields.Date.context_today(self)
        for calculation in self:
            version = calculation.version_id
            is_over = version.status in ("superseded", "replaced")
            calculation.date = version.date_start if is_over else max(version.date_start or today, today)

    @api.depends(
        "plan_id",
        "version_id",
        "customer_id",
        "subscription_id",
        "subscription_line_id",
        "product_id",
        "date",
        "quantity",
        "seats",
        "cost",
        "cost_currency_id",
        "value",
        "events",
        "dimensions",
        "besides",
    )
    @api.depends_context("lang")
    def _compute_answer(self):
        calculator = self.env["cloud.price.calculator"]
        for calculation in self:
            names = ("amount", "total", "has_total", "rule_id", "statement_html", "workings_html", "chart")
            calculation.update(dict.fromkeys(names, False))
            calculation.currency_id = calculation.plan_id.currency_id
            calculation.problem = calculation._get_missing()
            if calculation.problem:
                continue
            question = calculation._get_question()
            calculation.currency_id = question.currency
            proposal = calculation.version_id._as_proposal() if calculation.version_id else None
            (answer,) = calculator._calculate([question], proposal)
            if answer.refused:
                calculation.problem = calculator._get_sentence(answer.refused)
                continue
            calculation.amount = answer.amount
            calculation.total = answer.total if answer.minimums else None
            calculation.has_total = bool(answer.minimums)
            calculation.rule_id = answer.rule_id
            calculation._tell(question, answer)
            questions = ask_along(question, answer)
            answers = calculator._calculate(questions, proposal)
            calculation.chart = draw_curve(question, answer, questions, answers, calculation._get_labels(question))

    # === ACTIONS === #

    def action_keep(self):
        """Keep the answer as a sample calculation, which every later version must agree with; opens it."""
        self.ensure_one()
        if self.problem:
            raise UserError(self.problem)
        sample = self.env["cloud.price.sample"].create(self._prepare_sample_vals())
        return sample.get_formview_action()

    # === BUSINESS === #

    def _prepare_sample_vals(self):
        # What a contract says of a price; what a bill makes of it is another matter.
        question = replace(self._get_question(), is_exchanged=False, is_of_bill=False)
        proposal = self.version_id._as_proposal() if self.version_id else None
        (answer,) = self.env["cloud.price.calculator"]._calculate([question], proposal)
        currency = self.plan_id.currency_id
        return {
            "name": self.env._(
                "%(product)s, %(quantity)s: %(amount)s %(currency)s",
                product=self.product_id.display_name,
                quantity=format_decimal(self.env, self.quantity) or self.env._("no usage"),
                amount=format_decimal(self.env, answer.amount, currency.decimal_places),
                currency=currency.name,
            ),
            "plan_id": self.plan_id.id,
            "product_id": self.product_id.id,
            "customer_id": self.customer_id.id,
            "subscription_id": self.subscription_id.id,
            "quantity": self.quantity,
            "seats": self.seats,
            "cost": self.cost,
            "cost_currency_id": self.cost_currency_id.id,
            "value": self.value,
            "events": self.events,
            "dimensions": self.dimensions,
            "date_start": self.date,
            "expected_amount": answer.amount,
        }

    def _get_missing(self):
        """What must still be chosen, as a sentence; False when nothing is."""
        if not self.product_id:
            return self.env._("Choose a product.")
        if not self.plan_id:
            return self.env._("Choose a price plan, or a customer who has one.")
        if not self.date:
            return self.env._("Choose the day whose prices you want to see.")
        return self._get_text_problem()

    def _get_question(self):
        line = self.subscription_line_id
        line = line if line.product_id == self.product_id else line.browse()
        return self._make_question(self.date, line, is_of_bill=True, besides=self.besides)

    def _tell(self, question, answer):
        calculator = self.env["cloud.price.calculator"]
        statement = [(self.env._("What the customer sees"), calculator._get_statement_rows(question, answer))]
        workings = calculator._get_workings_tables(answer)
        for minimum in answer.minimums:
            statement.append((minimum.commitment.name, calculator._get_minimum_rows(minimum)))
            workings += calculator._get_minimum_tables(minimum)
        render = self.env["ir.qweb"]._render
        self.statement_html = render("cloud_billing.explanation_tables", {"tables": statement})
        self.workings_html = render("cloud_billing.explanation_tables", {"tables": workings})

    def _get_labels(self, question):
        """(of the quantity, of the amount), as the chart writes them."""
        labels = {
            "quantity": self.unit or "",
            "cost": question.cost_currency or self.currency_id.name,
            "value": self.currency_id.name,
        }
        return labels[get_axis(question)], self.currency_id.name
