from odoo.tools import LazyTranslate

from .plan_template import PlanTemplate, TemplateMeter, TemplatePrice, TemplateSample

_lt = LazyTranslate(__name__)

TEMPLATE = PlanTemplate(
    key="cloud_hosting",
    name=_lt("Cloud hosting"),
    description=_lt("Compute by the hour, storage by a ladder, traffic with a free terabyte, IP addresses, backups."),
    prices=(
        TemplatePrice(
            key="compute",
            product=_lt("Compute"),
            unit=_lt("vCPU hours"),
            unit_price="0.018",
            meter=TemplateMeter(code="hosting-compute", name=_lt("vCPU hours"), unit="Hours"),
        ),
        TemplatePrice(
            key="storage",
            product=_lt("Storage"),
            unit=_lt("GB-months"),
            charge_model="graduated",
            tiers=(("1000", "0.10", "0"), ("10000", "0.08", "0"), (None, "0.06", "0")),
            meter=TemplateMeter(code="hosting-storage", name=_lt("Stored GB-months"), unit="GB-Months"),
        ),
        TemplatePrice(
            key="traffic",
            product=_lt("Outgoing Traffic"),
            unit=_lt("GB"),
            charge_model="graduated",
            tiers=(("1000", "0", "0"), ("10000", "0.02", "0"), (None, "0.01", "0")),
            meter=TemplateMeter(code="hosting-traffic", name=_lt("Outgoing traffic"), unit="GB"),
        ),
        TemplatePrice(
            key="address",
            product=_lt("Public IP Address"),
            unit=_lt("addresses"),
            billing_model="recurring",
            unit_price="3.50",
        ),
        TemplatePrice(
            key="backup",
            product=_lt("Backup"),
            unit=_lt("GB-months"),
            unit_price="0.045",
            meter=TemplateMeter(code="hosting-backup", name=_lt("Backed up GB-months"), unit="GB-Months"),
        ),
    ),
    samples=(
        # Four vCPU for 730 hours: 2,920 x 0.018 = 52.56.
        TemplateSample(name=_lt("A server with four vCPU for a month"), key="compute", quantity="2920", amount="52.56"),
        # 1,000 x 0.10 + 1,500 x 0.08 = 100.00 + 120.00.
        TemplateSample(name=_lt("2,500 GB stored for a month"), key="storage", quantity="2500", amount="220.00"),
        # 1,000 x 0 + 9,000 x 0.02 + 2,000 x 0.01 = 180.00 + 20.00.
        TemplateSample(name=_lt("12,000 GB of outgoing traffic"), key="traffic", quantity="12000", amount="200.00"),
        TemplateSample(name=_lt("Traffic within the free terabyte"), key="traffic", quantity="1000", amount="0.00"),
        # 3 x 3.50.
        TemplateSample(name=_lt("Three public IP addresses"), key="address", quantity="3", amount="10.50"),
        # 500 x 0.045.
        TemplateSample(name=_lt("500 GB of backups"), key="backup", quantity="500", amount="22.50"),
    ),
)
