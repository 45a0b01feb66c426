"""What all checks of the linter look at, read once: versions with their prices, products, categories and times."""

from collections import defaultdict
from datetime import date
from functools import cached_property

from odoo.fields import Domain

from ...engine.schedule import RUNNING
from ..catalog.cloud_version_part_mixin import WHAT_FIELDS, WHO_FIELDS

_ALWAYS = date.max


class LintScene:
    """versions: price versions of any plans. today: the day on which somebody looks."""

    def __init__(self, versions, today):
        self.env = versions.env
        self.versions = versions
        self.today = today
        versions.plan_id.version_ids.fetch(["plan_id", "date_start", "revision", "state", "name"])
        rules = self.env["cloud.price.rule"]
        self.rules = rules.search_fetch([("version_id", "in", versions.ids)], rules._get_candidate_fields())
        self.rules._prefetch_terms()

    @cached_property
    def lines(self):
        """Subscription lines that are billed by the plans of the versions."""
        return self.env["cloud.subscription.line"].search(
            [
                ("subscription_id.plan_id", "in", self.versions.plan_id.ids),
                ("subscription_id.state", "in", RUNNING),
                ("product_id.cloud_billing_model", "!=", False),
            ]
        )

    @cached_property
    def products(self):
        """Every product that is billed, of these companies or of all."""
        products = self.env["product.product"].search_fetch(
            Domain("cloud_billing_model", "!=", False)
            & Domain("company_id", "in", [False, *self.versions.company_id.ids]),
            ["product_tmpl_id"],
        )
        products.product_tmpl_id.fetch(["name", "categ_id", "cloud_billing_model", "cloud_meter_id"])
        products.product_tmpl_id.categ_id.fetch(["parent_path"])
        return products

    @cached_property
    def _categories(self):
        """{product: ids of its category and those above, nearest first}."""
        return {
            product: [int(part) for part in reversed((product.categ_id.parent_path or "").split("/")) if part]
            for product in self.products
        }

    @cached_property
    def _by_scope(self):
        """{(version, who, what): prices}, adjustments and extras left out."""
        by_scope = defaultdict(self.env["cloud.price.rule"].browse)
        for rule in self.rules:
            if self.is_price(rule):
                by_scope[rule.version_id, get_who(rule), get_what(rule)] |= rule
        return by_scope

    def is_price(self, rule):
        """Whether a rule sets a price: one that adjusts or adds beats none and is beaten by none."""
        return getattr(rule, "role", "price") in (False, "price")

    def get_window(self, rule):
        """(first day, first day after or None) on which a rule holds, its version's days considered."""
        version = rule.version_id
        start = max(rule.date_start or version.date_start, version.date_start)
        # A version whose follower lets some keep their prices has no end that holds for all.
        end = None if version._is_kept_by_some() else version._get_day_of_next()
        return start, min((day for day in (rule.date_end, end) if day), default=None)

    def get_products(self, rule):
        """The billed products that a rule is for and can price."""
        if rule.product_id:
            matching = rule.product_id
        elif rule.categ_id:
            matching = self.products.filtered(lambda product: rule.categ_id.id in self._categories[product])
        else:
            matching = self.products
        models = rule._get_billing_models()
        return matching.filtered(lambda product: product.cloud_billing_model in models)

    def get_stronger(self, rule, product):
        """The prices for the same people that are nearer to a product than a rule is."""
        stronger = self.env["cloud.price.rule"]
        own = get_what(rule)
        for what in [("product_id", product.id), *(("categ_id", categ) for categ in self._categories[product])]:
            if what == own:
                break
            stronger |= self._by_scope[rule.version_id, get_who(rule), what]
        return stronger.filtered(lambda other: other.id != rule.id and not has_conditions(other))

    @cached_property
    def _by_place(self):
        """{(version, what makes rules equally specific): rules}, of every role."""
        return self.rules.grouped(lambda rule: (rule.version_id, rule._get_scope_key()))

    def has_successor(self, rule):
        """Whether another rule of the same role holds today for the same people, product and conditions."""
        same = self._by_place[rule.version_id, rule._get_scope_key()]
        windows = [self.get_window(other) for other in same if other != rule]
        return any(start <= self.today and (not end or end > self.today) for start, end in windows)

    def is_covered(self, rule, others):
        """Whether other prices hold on every day on which a rule would."""
        start, end = self.get_window(rule)
        for left, right in sorted((self.get_window(other) for other in others), key=lambda window: window[0]):
            if left > start:
                return False
            start = max(start, right or _ALWAYS)
            if start >= (end or _ALWAYS):
                return True
        return False


def get_who(rule):
    """For whom a rule is, comparable."""
    return tuple((name, rule[name].id) for name in WHO_FIELDS if rule[name])


def get_what(rule):
    """(field, id) for what a rule is; (None, False) for any product."""
    return next(((name, rule[name].id) for name in WHAT_FIELDS if rule[name]), (None, False))


def has_conditions(rule):
    """Whether a rule holds for a part of the usage only."""
    return bool(getattr(rule, "condition_ids", False))
