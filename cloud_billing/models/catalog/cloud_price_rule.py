import hashlib
from contextlib import contextmanager
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.rating import RuleFacts
from ...fields import BigIntegerField
from .cloud_version_part_mixin import WHAT_FIELDS, WHO_FIELDS
from .price_overlap import PriceOverlap

# What makes two rules equally specific, besides their dates; see `_get_scope_key`.
SCOPE_FIELDS = (*WHO_FIELDS, *WHAT_FIELDS, "role", "sequence", "condition_ids")


class CloudPriceRule(models.Model):
    """One price: for which product, for whom and when. How it is charged: cloud_price_rule_terms.py; its words:
    cloud_price_rule_texts.py; on which conditions: cloud_price_rule_scope.py; adjustments and extras:
    cloud_price_rule_role.py."""

    _name = "cloud.price.rule"
    _description = "Price Rule"
    _inherit = ["cloud.version.part.mixin"]
    _order = "version_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Printed in the workings of every amount; proposed from the product.",
    )
    sequence = fields.Integer(default=10)
    currency_id = fields.Many2one(related="version_id.plan_id.currency_id")
    product_id = fields.Many2one(
        domain=[("cloud_billing_model", "!=", False)], help="Empty: by category, or any product."
    )
    categ_id = fields.Many2one(
        help="For the products of this category and of those below it. The nearest category wins.",
    )
    date_start = fields.Date(
        string="Valid From", help="First day, in the customer's time zone. Empty: from the start of the version."
    )
    date_end = fields.Date(
        string="Valid Until", help="First day on which the price no longer holds. Empty: until the next version."
    )
    who = fields.Char(string="For Whom", compute="_compute_who")
    what = fields.Char(string="For What", compute="_compute_what")
    scope_hash = BigIntegerField(
        compute="_compute_scope_hash",
        store=True,
        precompute=True,
        required=True,
        help="Digest of for whom and for what: rules with the same one are equally specific.",
    )

    _one_customer_scope = models.Constraint(
        "CHECK (num_nonnulls(customer_id, rate_class_id, subscription_id, subscription_line_id) <= 1)",
        "A rule is for everyone, one rate class, one customer, one subscription or one line: choose one.",
    )
    _one_product_scope = models.Constraint(
        "CHECK (num_nonnulls(product_id, categ_id) <= 1)", "A rule is for a product or a category: choose one."
    )
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A rule ends after it starts.")
    # Checked at the end of a statement for everyone, and later only inside `_overlap_said_first`.
    _no_equal_specificity = models.Constraint(
        "EXCLUDE USING gist (int4range(version_id, version_id, '[]') WITH &&,"
        " int8range(scope_hash, scope_hash, '[]') WITH &&,"
        " daterange(date_start, date_end) WITH &&) DEFERRABLE INITIALLY IMMEDIATE",
        "Two prices of one version are for the same product and customer on the same days: "
        "end one of them before the other begins, or delete one.",
    )

    # === COMPUTE === #

    @api.depends("product_id", "categ_id")
    def _compute_name(self):
        for rule in self:
            rule.name = rule.name or rule.product_id.display_name or rule.categ_id.name or self.env._("Any product")

    @api.depends(*WHO_FIELDS)
    @api.depends_context("lang")
    def _compute_who(self):
        for rule in self:
            rule.who = rule._get_who()

    @api.depends(*WHAT_FIELDS, "condition_ids.dimension", "condition_ids.tag", "condition_ids.accepted")
    @api.depends_context("lang")
    def _compute_what(self):
        for rule in self:
            rule.what = rule._get_what()

    @api.depends(*SCOPE_FIELDS, "condition_ids.dimension", "condition_ids.tag", "condition_ids.accepted")
    def _compute_scope_hash(self):
        for rule in self:
            digest = hashlib.sha256(repr(rule._get_scope_key()).encode()).digest()
            # One bit less than the column has: the constraint's range ends one above.
            rule.scope_hash = int.from_bytes(digest[:8], "big", signed=True) >> 1

    @api.onchange("product_id")
    def _onchange_product_id(self):
        if self.product_id:
            self.categ_id = False
            self.name = self.product_id.display_name

    @api.onchange("categ_id")
    def _onchange_categ_id(self):
        if self.categ_id:
            self.product_id = False
            self.name = self.categ_id.name

    # === CONSTRAINTS === #

    @api.constrains("date_start", "date_end", "version_id")
    def _check_dates_in_version(self):
        for rule in self:
            start = rule.version_id.date_start
            if (rule.date_start and rule.date_start < start) or (rule.date_end and rule.date_end <= start):
                raise ValidationError(
                    self.env._(
                        "Price %(rule)s: its dates lie before %(start)s, when %(version)s begins. "
                        "Choose later dates or leave them empty.",
                        rule=rule.name,
                        start=fields.Date.to_string(start),
                        version=rule.version_id.display_name,
                    )
                )

    @api.constrains("version_id", "date_start", "date_end", *SCOPE_FIELDS)
    def _check_overlap(self):
        """Name both rules; the EXCLUDE constraint is what guarantees it."""
        same_scope = self.search(
            [("version_id", "in", self.version_id.ids), ("scope_hash", "in", self.mapped("scope_hash"))]
        )
        by_scope = same_scope.grouped(lambda rule: (rule.version_id, rule._get_scope_key()))
        for rules in by_scope.values():
            rules = rules.sorted(lambda rule: rule.date_start or rule.version_id.date_start)
            for former, latter in pairwise(rules):
                if not former.date_end or former.date_end > (latter.date_start or latter.version_id.date_start):
                    raise PriceOverlap(former._get_overlap_sentence(latter), former | latter, self)

    def _get_overlap_sentence(self, other):
        if self.role != "price":
            return self.env._(
                "%(version)s: %(former)s (%(former_summary)s) and %(latter)s (%(latter_summary)s) are both for "
                "%(what)s, %(who)s, on the same days and at the same place in their order. If both are meant, give "
                "one of them another sequence: both apply then, the lower one first. Otherwise delete one.",
                **self._get_overlap_facts(other),
            )
        return self.env._(
            "%(version)s: the prices %(former)s (%(former_summary)s) and %(latter)s (%(latter_summary)s) are both for "
            "%(what)s, %(who)s, on the same days. End one of them before the other begins, or delete one.",
            **self._get_overlap_facts(other),
        )

    def _get_overlap_facts(self, other):
        return {
            "version": self.version_id.display_name,
            "former": self.name,
            "former_summary": self.summary,
            "latter": other.name,
            "latter_summary": other.summary,
            "what": self.what,
            "who": self.who,
        }

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        try:
            with self._overlap_said_first():
                return super().create(vals_list)
        except PriceOverlap as overlap:
            raise overlap.with_buttons(are_new=True) from overlap

    def write(self, vals):
        if not vals.keys() & {"version_id", "date_start", "date_end", *SCOPE_FIELDS}:
            return super().write(vals)
        try:
            with self._overlap_said_first():
                return super().write(vals)
        except PriceOverlap as overlap:
            raise overlap.with_buttons(are_new=False) from overlap

    @contextmanager
    def _overlap_said_first(self):
        """Let `_check_overlap` say which two rules overlap before the database refuses them without their names."""
        self.env.cr.execute("SET CONSTRAINTS cloud_price_rule_no_equal_specificity DEFERRED")
        yield
        self.flush_model(["version_id", "scope_hash", "date_start", "date_end"])
        self.env.cr.execute("SET CONSTRAINTS cloud_price_rule_no_equal_specificity IMMEDIATE")

    def _get_facts(self, valid_from=None, valid_to=None):
        """Where the terms come from, as the workings print it. The dates: when the rule is in force."""
        self.ensure_one()
        return RuleFacts(
            rule_id=self.id,
            rule_name=self.name,
            plan_name=self.plan_id.name,
            version_name=self.version_id.name,
            scope=f"{self.who}; {self.what}",
            valid_from=valid_from,
            valid_to=valid_to,
        )

    @api.model
    def _get_candidate_fields(self):
        """Names of the stored fields that `_get_terms` reads, fetched at once for all rules of a run."""
        return [
            "name",
            "version_id",
            "plan_id",
            *WHO_FIELDS,
            *WHAT_FIELDS,
            "date_start",
            "date_end",
        ]

    def _prefetch_terms(self):
        """Load what the terms of these rules need beyond their own fields, whatever their number."""
        self.plan_id.fetch(["name"])
        self.customer_id.fetch(["name"])
        self.rate_class_id.fetch(["name"])
        self.subscription_id.fetch(["name"])
        self.subscription_line_id.fetch(["name", "subscription_id"])
        self.subscription_line_id.subscription_id.fetch(["name"])
        self.product_id.fetch(["default_code", "product_tmpl_id"])
        self.categ_id.fetch(["complete_name"])

    # === BUSINESS: TEXTS === #

    def _get_who(self):
        """For whom the price is, in words."""
        if self.subscription_line_id:
            return self.env._("line %(line)s", line=self.subscription_line_id.display_name)
        if self.subscription_id:
            return self.env._("subscription %(subscription)s", subscription=self.subscription_id.name)
        if self.customer_id:
            return self.env._("customer %(customer)s", customer=self.customer_id.name)
        if self.rate_class_id:
            return self.env._("rate class %(rate_class)s", rate_class=self.rate_class_id.name)
        return self.env._("everyone")

    def _get_what(self):
        """For what the price is, in words."""
        if self.product_id:
            return self.product_id.display_name
        if self.categ_id:
            return self.env._("category %(category)s", category=self.categ_id.display_name)
        return self.env._("any product")

    def _get_content(self):
        """What an approval is about, as JSON-able values; a new field must be added here to be covered by it."""
        self.ensure_one()
        return {
            "name": self.name,
            "scope": self._get_scope_key(),
            "dates": [fields.Date.to_string(self.date_start), fields.Date.to_string(self.date_end)],
        }

    # === HOOKS === #

    def _get_scope_key(self):
        """For whom and for what, as a tuple of whole numbers, texts and such tuples: equal ones are equally specific.

        To add a condition: extend the tuple that super() returns, and the dependencies of `_compute_scope_hash`.
        """
        self.ensure_one()
        return tuple(self[name]._origin.id or 0 for name in (*WHO_FIELDS, *WHAT_FIELDS))
