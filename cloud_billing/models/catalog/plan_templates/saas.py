from odoo.tools import LazyTranslate

from .plan_template import PlanTemplate, TemplateMeter, TemplatePrice, TemplateSample

_lt = LazyTranslate(__name__)

TEMPLATE = PlanTemplate(
    key="saas",
    name=_lt("Software as a service"),
    description=_lt("Seats by the month, cheaper for large teams; API calls in packages and storage beside them."),
    prices=(
        TemplatePrice(
            key="seats",
            product=_lt("Seats"),
            unit=_lt("seats"),
            billing_model="recurring",
            timing="advance",
            charge_model="graduated",
            tiers=(("10", "25", "0"), ("50", "22", "0"), (None, "20", "0")),
        ),
        TemplatePrice(
            key="calls",
            product=_lt("API Calls"),
            unit=_lt("packages of 1,000 calls"),
            charge_model="package",
            unit_price="0.40",
            meter=TemplateMeter(code="saas-calls", name=_lt("API calls"), unit="Calls"),
            values={"block_size": "1000", "block_rounding": "up", "free_units": "10000"},
        ),
        TemplatePrice(
            key="storage",
            product=_lt("Storage"),
            unit=_lt("GB-months"),
            charge_model="graduated",
            tiers=(("100", "0", "0"), (None, "0.15", "0")),
            meter=TemplateMeter(code="saas-storage", name=_lt("Stored GB-months"), unit="GB-Months"),
        ),
        TemplatePrice(
            key="onboarding",
            product=_lt("Onboarding"),
            unit=_lt("once"),
            billing_model="one_time",
            unit_price="450",
        ),
    ),
    samples=(
        # 10 x 25, and the others at 22: 250 + 2 x 22; 250 + 40 x 22 + 10 x 20.
        TemplateSample(name=_lt("Ten seats"), key="seats", quantity="10", amount="250.00"),
        TemplateSample(name=_lt("Twelve seats"), key="seats", quantity="12", amount="294.00"),
        TemplateSample(name=_lt("Sixty seats"), key="seats", quantity="60", amount="1330.00"),
        # 15,500 - 10,000 free = 5,500, six packages: 6 x 0.40.
        TemplateSample(name=_lt("15,500 API calls"), key="calls", quantity="15500", amount="2.40"),
        TemplateSample(name=_lt("API calls within the free 10,000"), key="calls", quantity="10000", amount="0.00"),
        # 150 x 0.15.
        TemplateSample(name=_lt("250 GB stored for a month"), key="storage", quantity="250", amount="22.50"),
        TemplateSample(name=_lt("Onboarding"), key="onboarding", quantity="1", amount="450.00"),
    ),
)
