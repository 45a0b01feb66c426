"""What a plan template is made of. Texts are lazy translations, numbers are texts of digits."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class TemplateMeter:
    """What is counted of a metered product. code: its own in a company. values: other fields of cloud.meter."""

    code: str
    name: object
    unit: object
    aggregation: str = "sum"
    values: dict = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TemplatePrice:
    """One product with its price. key: by which samples name it. billing_model: of the product.

    tiers: (up_to, unit_price, flat_amount) for ladders, up_to None on the last. unit: as the person reads it.
    meter: for metered products. timing: of recurring ones. values: other fields of cloud.price.rule, for instance
    block_size; a lazy text is translated.
    """

    key: str
    product: object
    unit: object
    billing_model: str = "metered"
    charge_model: str = "per_unit"
    unit_price: str | None = None
    tiers: tuple = ()
    meter: TemplateMeter | None = None
    timing: str = "arrears"
    values: dict = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TemplateSample:
    """A sample calculation. amount: worked out by hand, of the proposed prices, in a currency of two decimals."""

    name: object
    key: str
    quantity: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class PlanTemplate:
    """key: its value in the wizard. description: whom it is for and what is in it."""

    key: str
    name: object
    description: object
    prices: tuple
    samples: tuple = ()
