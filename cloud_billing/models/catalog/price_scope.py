"""What is priced, as prices see it: of which plan, for whom and what it is. Read once per product and subscription.

The fetches name what is read: Odoo's own prefetch takes 1000 records at a time, and 10,000 lines would take ten rounds.
"""

from datetime import date
from functools import cached_property
from typing import NamedTuple

from .cycle_terms import CYCLE_FIELDS
from .version_timeline import get_subscriber


class Who(NamedTuple):
    """For whom a rule may be to apply: the rule's field and id, the engine's level and depth, and from when to when."""

    field: str | None
    record_id: int | bool
    level: str
    depth: int = 0
    valid_from: date | None = None
    valid_to: date | None = None


EVERYONE = Who(None, False, "everyone")


class _Product(NamedTuple):
    """What a product is, as prices see it.

    what: (field of the rule, id, product level, depth), most specific first.
    """

    product_id: int
    billing_model: str
    what: tuple


class _Owner:
    """Whose the lines of one subscription are, as prices see it; or a customer alone, or nobody yet."""

    def __init__(self, plan, customer, subscription):
        self.plan_id = plan._origin.id
        self.subscription = subscription
        self.subscription_id = subscription._origin.id
        self.customer_ids = tuple(customer._get_scope_chain().ids) if customer else ()
        self.who = (
            *((Who("subscription_id", self.subscription_id, "subscription"),) if subscription else ()),
            *(
                Who("customer_id", customer_id, "parent" if depth else "customer", depth)
                for depth, customer_id in enumerate(self.customer_ids)
            ),
        )

    @cached_property
    def subscriber(self):
        # Only a plan with policies asks for it.
        return get_subscriber(self.subscription)


class PriceScope:
    """What is priced, as prices see it: its plan, for whom and what it is, most specific first.

    plan: one price plan. product: one variant. customer, subscription, line: one record, or an empty one where there
    is none: then the prices for everyone apply, or those of the customer. Records of a form that is not saved yet do.

    who: Who's, without the rate classes, which have dates. what: of its _Product.
    """

    def __init__(self, plan, product, customer, subscription, line):
        self._set(_Owner(plan, customer, subscription), _describe_product(product), line._origin.id)

    @classmethod
    def _of(cls, owner, product, line_id):
        scope = cls.__new__(cls)
        scope._set(owner, product, line_id)
        return scope

    def _set(self, owner, product, line_id):
        self._owner = owner
        self.plan_id = owner.plan_id
        self.customer_ids = owner.customer_ids
        self.subscription_id = owner.subscription_id
        self.line_id = line_id
        self.product = product
        self.product_id = product.product_id
        self.billing_model = product.billing_model
        self.what = product.what
        self.who = (Who("subscription_line_id", line_id, "line"), *owner.who) if line_id else owner.who

    @property
    def subscriber(self):
        return self._owner.subscriber


def get_line_scopes(lines):
    """{line id: PriceScope}. The line's id may be that of a line in a form that is not saved yet."""
    lines.fetch(["subscription_id", "product_id"])
    lines.subscription_id.fetch(["plan_id", "customer_id", "date_start", *CYCLE_FIELDS])
    lines.subscription_id.customer_id.fetch(["parent_id", "parent_path"])
    lines.product_id.fetch(["product_tmpl_id"])
    lines.product_id.product_tmpl_id.fetch(["categ_id", "cloud_billing_model"])
    lines.product_id.product_tmpl_id.categ_id.fetch(["parent_path"])
    # A line that is being typed may have neither yet.
    subscriptions, products = ([*records, records.browse()] for records in (lines.subscription_id, lines.product_id))
    owners = {one.id: _Owner(one.plan_id, one.customer_id, one) for one in subscriptions}
    described = {product.id: _describe_product(product) for product in products}
    return {
        line.id: PriceScope._of(owners[line.subscription_id.id], described[line.product_id.id], line._origin.id)
        for line in lines
    }


def _describe_product(product):
    template = product.product_tmpl_id
    return _Product(
        product_id=product._origin.id,
        billing_model=template.cloud_billing_model,
        what=(
            ("product_id", product._origin.id, "product", 0),
            *(
                ("categ_id", categ_id, "category", depth)
                for depth, categ_id in enumerate(_get_categ_chain(template.categ_id))
            ),
            (None, False, "any", 0),
        ),
    )


def _get_categ_chain(categ):
    """Ids of a product category and those above it, nearest first."""
    return [int(categ_id) for categ_id in reversed((categ.parent_path or "").split("/")) if categ_id]
