from odoo.tools import LazyTranslate

from .plan_template import PlanTemplate, TemplateMeter, TemplatePrice, TemplateSample

_lt = LazyTranslate(__name__)

# Switches report seconds; prices are per minute, exactly, without rounding each call up.
_PER_MINUTE = {"conversion_denominator": "60", "priced_unit": _lt("minutes")}

TEMPLATE = PlanTemplate(
    key="telephony",
    name=_lt("Telephony"),
    description=_lt("Minutes by destination, made of seconds; messages; numbers and channels by the month."),
    prices=(
        TemplatePrice(
            key="national",
            product=_lt("National Minutes"),
            unit=_lt("minutes"),
            charge_model="graduated",
            tiers=(("1000", "0.02", "0"), (None, "0.015", "0")),
            meter=TemplateMeter(code="telephony-national", name=_lt("National calls"), unit="Seconds"),
            values=_PER_MINUTE,
        ),
        TemplatePrice(
            key="mobile",
            product=_lt("Mobile Minutes"),
            unit=_lt("minutes"),
            unit_price="0.09",
            meter=TemplateMeter(code="telephony-mobile", name=_lt("Calls to mobile networks"), unit="Seconds"),
            values=_PER_MINUTE,
        ),
        TemplatePrice(
            key="international",
            product=_lt("International Minutes"),
            unit=_lt("minutes"),
            unit_price="0.25",
            meter=TemplateMeter(code="telephony-international", name=_lt("International calls"), unit="Seconds"),
            values=_PER_MINUTE,
        ),
        TemplatePrice(
            key="messages",
            product=_lt("Text Messages"),
            unit=_lt("messages"),
            unit_price="0.045",
            meter=TemplateMeter(code="telephony-messages", name=_lt("Text messages"), unit="Messages"),
        ),
        TemplatePrice(
            key="number",
            product=_lt("Telephone Number"),
            unit=_lt("numbers"),
            billing_model="recurring",
            timing="advance",
            unit_price="1.20",
        ),
        TemplatePrice(
            key="trunk",
            product=_lt("Trunk Channel"),
            unit=_lt("channels"),
            billing_model="recurring",
            timing="advance",
            unit_price="8.00",
        ),
    ),
    samples=(
        # 90,000 s = 1,500 min: 1,000 x 0.02 + 500 x 0.015 = 20.00 + 7.50.
        TemplateSample(name=_lt("1,500 national minutes"), key="national", quantity="90000", amount="27.50"),
        # 90 s = 1.5 min x 0.09 = 0.135, half up.
        TemplateSample(name=_lt("A minute and a half to a mobile"), key="mobile", quantity="90", amount="0.14"),
        # 7,200 s = 120 min x 0.25.
        TemplateSample(name=_lt("Two hours abroad"), key="international", quantity="7200", amount="30.00"),
        # 1,000 x 0.045.
        TemplateSample(name=_lt("1,000 text messages"), key="messages", quantity="1000", amount="45.00"),
        # 10 x 1.20.
        TemplateSample(name=_lt("Ten telephone numbers"), key="number", quantity="10", amount="12.00"),
        TemplateSample(name=_lt("Four channels"), key="trunk", quantity="4", amount="32.00"),
    ),
)
