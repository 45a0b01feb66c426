from odoo.tools import LazyTranslate

from .plan_template import PlanTemplate, TemplateMeter, TemplatePrice, TemplateSample

_lt = LazyTranslate(__name__)

TEMPLATE = PlanTemplate(
    key="energy",
    name=_lt("Energy"),
    description=_lt("Electricity by day and night, the highest demand, a standing charge, feed-in paid back."),
    prices=(
        TemplatePrice(
            key="standing",
            product=_lt("Standing Charge"),
            unit=_lt("connections"),
            billing_model="recurring",
            unit_price="9.50",
        ),
        TemplatePrice(
            key="day",
            product=_lt("Electricity, Day"),
            unit=_lt("kWh"),
            charge_model="graduated",
            tiers=(("500", "0.29", "0"), (None, "0.27", "0")),
            meter=TemplateMeter(code="energy-day", name=_lt("Electricity by day"), unit="kWh"),
        ),
        TemplatePrice(
            key="night",
            product=_lt("Electricity, Night"),
            unit=_lt("kWh"),
            unit_price="0.21",
            meter=TemplateMeter(code="energy-night", name=_lt("Electricity by night"), unit="kWh"),
        ),
        TemplatePrice(
            key="demand",
            product=_lt("Highest Demand"),
            unit=_lt("kW"),
            unit_price="4.20",
            meter=TemplateMeter(
                code="energy-demand", name=_lt("Highest demand of the month"), unit="kW", aggregation="max"
            ),
        ),
        TemplatePrice(
            key="feed_in",
            product=_lt("Feed-in"),
            unit=_lt("kWh"),
            unit_price="-0.08",
            meter=TemplateMeter(code="energy-feed-in", name=_lt("Fed into the grid"), unit="kWh"),
        ),
    ),
    samples=(
        TemplateSample(name=_lt("A connection for a month"), key="standing", quantity="1", amount="9.50"),
        # 500 x 0.29 + 320 x 0.27 = 145.00 + 86.40.
        TemplateSample(name=_lt("820 kWh by day"), key="day", quantity="820", amount="231.40"),
        # 350.5 x 0.21 = 73.605, half up.
        TemplateSample(name=_lt("350.5 kWh by night"), key="night", quantity="350.5", amount="73.61"),
        # 17.4 x 4.20.
        TemplateSample(name=_lt("A highest demand of 17.4 kW"), key="demand", quantity="17.4", amount="73.08"),
        # 120 x -0.08: paid to the customer.
        TemplateSample(name=_lt("120 kWh fed in"), key="feed_in", quantity="120", amount="-9.60"),
    ),
)
