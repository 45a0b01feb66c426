from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...fields import DecimalField
from .asked_text import NotUnderstood, parse_dimensions, parse_events
from .price_question import PriceQuestion


class CloudPriceQuestionMixin(models.AbstractModel):
    """What a price is asked with, as fields: how many, when, and whatever else a price may look at.

    The model has `plan_id`, `product_id`, `customer_id` and `subscription_id` besides.
    """

    _name = "cloud.price.question.mixin"
    _description = "Question about a Price"

    quantity = DecimalField(help="Empty: no usage, which is not the same as 0.")
    unit = fields.Char(compute="_compute_unit")
    seats = DecimalField(help="The agreed quantity of the line, where usage depends on it.")
    cost = DecimalField(string="Provider's Cost", help="For prices that add a percentage to it.")
    cost_currency_id = fields.Many2one("res.currency", help="Empty: that of the plan.")
    value = DecimalField(help="The money that was moved, for prices that are a percentage of it.")
    events = fields.Char(
        string="Single Values", help="The value of each event, such as 100; 250.50; 30, where a price looks at each."
    )
    dimensions = fields.Char(
        string="Of Which",
        help="The quantity by what was used where, such as region=eu, sku=m5: 300; region=us: 700, for prices that "
        "differ by it. Without a quantity theirs are added up.",
    )

    # === COMPUTE === #

    @api.depends("product_id")
    def _compute_unit(self):
        for asked in self:
            template = asked.product_id.product_tmpl_id
            asked.unit = template.cloud_meter_id.unit or template.uom_id.name

    # === CONSTRAINTS === #

    @api.constrains("events", "dimensions")
    def _check_asked_text(self):
        for asked in self:
            problem = asked._get_text_problem()
            if problem:
                raise ValidationError(problem)

    # === BUSINESS === #

    def _get_text_problem(self):
        """Why what was typed is not understood, as a sentence; None when it is."""
        for parse, text, example in (
            (parse_dimensions, self.dimensions, "region=eu: 300; region=us: 700"),
            (parse_events, self.events, "100; 250.50; 30"),
        ):
            try:
                parse(text)
            except NotUnderstood as error:
                return self.env._(
                    "%(piece)s is not understood. Write it like this, with a point before decimals: %(example)s",
                    piece=error.piece,
                    example=example,
                )
        return None

    def _make_question(self, day, line, **more):
        """The PriceQuestion of a day. line: the subscription line whose own prices count, or an empty one."""
        return PriceQuestion(
            plan=self.plan_id,
            product=self.product_id,
            customer=self.customer_id,
            subscription=self.subscription_id,
            line=line,
            day=day,
            quantity=self.quantity,
            seats=self.seats,
            cost=self.cost,
            cost_currency=self.cost_currency_id.name or "",
            value=self.value,
            events=parse_events(self.events),
            dimensions=parse_dimensions(self.dimensions),
            **more,
        )
