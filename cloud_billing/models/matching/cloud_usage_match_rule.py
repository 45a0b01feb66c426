import hashlib
from contextlib import contextmanager
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...fields import BigIntegerField
from ..usage.cloud_usage_source_policy import CHARGE_KINDS
from .match_sql import DIMENSIONS

_PLACE = ("company_id", "source_id", "charge_kind", *DIMENSIONS)
_PATTERN_HELP = "Exactly as in the usage. With * behind it: everything that begins so. Empty: any."


class CloudUsageMatchRule(models.Model):
    """A line of the mapping table: streams that look so belong to a customer, a subscription line or a cost centre.

    Of several rules that match a stream the most specific holds: they are compared by sub-account, then provider
    account, SKU, service, region, charge kind and source. Exactly beats a beginning, a longer beginning a shorter one,
    anything beats nothing. So two that are equally specific and match the same stream say the same words: such two on
    the same days are refused.
    """

    _name = "cloud.usage.match.rule"
    _description = "Mapping Rule"
    _inherit = ["mail.thread"]
    _order = "sub_account, provider_account, sku, service, region, date_start, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, tracking=True
    )
    source_id = fields.Many2one(
        "cloud.usage.source",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Whose usage it is about. Empty: of every source.",
    )
    sub_account = fields.Char(tracking=True, help=_PATTERN_HELP)
    provider_account = fields.Char(tracking=True, help=_PATTERN_HELP)
    sku = fields.Char(string="SKU", tracking=True, help=_PATTERN_HELP)
    service = fields.Char(tracking=True, help=_PATTERN_HELP)
    region = fields.Char(tracking=True, help=_PATTERN_HELP)
    charge_kind = fields.Selection(CHARGE_KINDS, tracking=True, help="Empty: any.")
    date_start = fields.Date(
        string="From", tracking=True, help="First day on which it holds, in the source's time zone. Empty: since ever."
    )
    date_end = fields.Date(
        string="Until", tracking=True, help="First day on which it no longer holds. Empty: until further notice."
    )
    customer_id = fields.Many2one(
        "cloud.customer",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Whose metered subscription line gets the usage, on the days on which the line runs.",
    )
    product_id = fields.Many2one(
        "product.product",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain=[("cloud_billing_model", "=", "metered")],
        help="By which of the customer's lines it is billed. Empty: by what its source is resold as, else by its only "
        "metered line.",
    )
    subscription_line_id = fields.Many2one(
        "cloud.subscription.line",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        domain=[("billing_model", "=", "metered")],
        help="This line alone, on the days on which it runs.",
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        string="Cost Centre",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Is told what it costs; nothing is billed.",
    )
    note = fields.Char(help="Why it is so, for whoever asks.")
    scope_hash = BigIntegerField(
        compute="_compute_scope_hash",
        store=True,
        precompute=True,
        required=True,
        help="Digest of what it matches: of two with the same one only one holds on a day.",
    )
    mapping_ids = fields.One2many("cloud.usage.mapping", "rule_id", string="Owners Given")
    mapping_count = fields.Integer(compute="_compute_mapping_count", string="Streams Owned by It")
    what = fields.Char(compute="_compute_what", help="What it matches, in words.")
    owner_text = fields.Char(string="Owner", compute="_compute_owner_text")

    _one_owner = models.Constraint(
        "CHECK (num_nonnulls(customer_id, subscription_line_id, analytic_account_id) = 1)",
        "A rule gives usage to a customer, to a subscription line or to a cost centre: choose one.",
    )
    _product_of_customer = models.Constraint(
        "CHECK (product_id IS NULL OR customer_id IS NOT NULL)",
        "A product says which of a customer's lines is meant: choose the customer too, or leave the product empty.",
    )
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A rule ends after it begins to hold.")
    _says_something = models.Constraint(
        "CHECK (num_nonnulls(source_id, charge_kind, sub_account, provider_account, sku, service, region) > 0)",
        "A rule says which usage it is about: name an account, a service, or at least the source.",
    )
    _one_at_a_time = models.Constraint(
        "EXCLUDE USING gist (int8range(scope_hash, scope_hash, '[]') WITH &&, daterange(date_start, date_end) WITH &&)"
        " DEFERRABLE INITIALLY IMMEDIATE",
        "Two rules are about the same usage on the same days: end one of them before the other begins.",
    )

    # === COMPUTE === #

    @api.depends(*_PLACE)
    def _compute_scope_hash(self):
        for rule in self:
            digest = hashlib.sha256(repr(rule._get_scope_key()).encode()).digest()
            # One bit less than the column has: the constraint's range ends one above.
            rule.scope_hash = int.from_bytes(digest[:8], "big", signed=True) >> 1

    @api.depends("mapping_ids")
    def _compute_mapping_count(self):
        groups = self.env["cloud.usage.mapping"]._read_group(
            [("rule_id", "in", self.ids)], ["rule_id"], ["stream_id:count_distinct"]
        )
        counts = {rule.id: count for rule, count in groups}
        for rule in self:
            rule.mapping_count = counts.get(rule._origin.id, 0)

    @api.depends(*_PLACE)
    @api.depends_context("lang")
    def _compute_what(self):
        kinds = dict(self._fields["charge_kind"]._description_selection(self.env))
        for rule in self:
            parts = [rule[name] for name in DIMENSIONS] + [kinds.get(rule.charge_kind), rule.source_id.name]
            rule.what = " · ".join(filter(None, parts))

    @api.depends("customer_id", "product_id", "subscription_line_id", "analytic_account_id")
    def _compute_owner_text(self):
        for rule in self:
            parts = (
                rule.customer_id.name,
                rule.product_id.display_name,
                rule.subscription_line_id.display_name,
                rule.analytic_account_id.name,
            )
            rule.owner_text = ": ".join(filter(None, parts))

    @api.depends("what", "owner_text")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = " → ".join(filter(None, (rule.what, rule.owner_text)))

    # === CONSTRAINTS === #

    @api.constrains("date_start", "date_end", *_PLACE)
    def _check_overlap(self):
        """Name both; the EXCLUDE constraint is what guarantees it."""
        # sudo: rules of another company have another digest; only those that compete are read, to be named.
        rules = self.sudo().search([("scope_hash", "in", self.mapped("scope_hash"))])
        for group in rules.grouped("scope_hash").values():
            for former, latter in pairwise(group.sorted(lambda rule: (str(rule.date_start or ""), rule.id))):
                if not former.date_end or not latter.date_start or former.date_end > latter.date_start:
                    raise ValidationError(
                        self.env._(
                            "%(former)s (%(former_dates)s) and %(latter)s (%(latter_dates)s) are about the same usage "
                            "on the same days. End one of them before the other begins, or delete one.",
                            former=former.display_name,
                            former_dates=former._get_dates_text(),
                            latter=latter.display_name,
                            latter_dates=latter._get_dates_text(),
                        )
                    )

    @api.constrains("subscription_line_id", "product_id")
    def _check_metered(self):
        for rule in self:
            product = rule.subscription_line_id.product_id or rule.product_id
            if product and not product.cloud_meter_id:
                raise ValidationError(
                    self.env._(
                        "%(product)s is not metered: usage cannot be billed by it. Give the product the billing model "
                        "“Metered (usage)” and a meter, or choose another one.",
                        product=product.display_name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        with self._overlap_said_first():
            return super().create([_clean(vals) for vals in vals_list])

    def write(self, vals):
        if "company_id" in vals and any(rule.company_id.id != vals["company_id"] for rule in self):
            raise UserError(self.env._("A rule stays in its company: make another one there."))
        with self._overlap_said_first():
            return super().write(_clean(vals))

    @contextmanager
    def _overlap_said_first(self):
        """Let `_check_overlap` say which two overlap before the database refuses them without their names."""
        self.env.cr.execute("SET CONSTRAINTS cloud_usage_match_rule_one_at_a_time DEFERRED")
        yield
        self.flush_model(["scope_hash", "date_start", "date_end"])
        self.env.cr.execute("SET CONSTRAINTS cloud_usage_match_rule_one_at_a_time IMMEDIATE")

    # === ACTIONS === #

    def action_match(self):
        """Show what these rules give an owner to, and do it after a look."""
        return self.env["cloud.usage.match.wizard"].action_start(self)

    def action_match_again(self):
        """Show what changes where these rules gave owners before they were edited, and do it after a look."""
        return self.env["cloud.usage.match.wizard"].action_start(self, is_again=True)

    def action_open_mappings(self):
        """The owners that this rule gave."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_mapping_action")
        return {**action, "domain": [("rule_id", "=", self.id)]}

    # === BUSINESS === #

    def _get_scope_key(self):
        """What it matches. Rules with the same key are equally specific and match the same streams."""
        self.ensure_one()
        return (self.company_id.id, self.source_id.id or 0, self.charge_kind or "",
                *(self[name] or "" for name in DIMENSIONS))  # fmt: skip

    def _get_rank(self):
        """How specific it is; of rules that match the same stream the highest holds."""
        self.ensure_one()
        return (*(_get_weight(self[name]) for name in DIMENSIONS), bool(self.charge_kind), bool(self.source_id))

    def _get_dates_text(self):
        start, end = (
            format_date(self.env, day) if day else self.env._("open") for day in (self.date_start, self.date_end)
        )
        return f"{start} – {end}"


def _get_weight(pattern):
    """How much a pattern says: (0, 0) nothing, (1, n) the first n characters, (2, 0) all."""
    if not pattern:
        return 0, 0
    return (1, len(pattern) - 1) if pattern.endswith("*") else (2, 0)


def _clean(vals):
    """The values without blanks around patterns; one that says nothing but "anything" is none."""
    patterns = {name: (vals[name] or "").strip() for name in DIMENSIONS if name in vals}
    return {**vals, **{name: pattern if pattern.strip("*") else False for name, pattern in patterns.items()}}
