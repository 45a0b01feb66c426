import hashlib

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ....fields import BigIntegerField, DecimalField, format_decimal

STATUSES = [
    ("draft", "Draft"),
    ("waiting", "Waiting for approval"),
    ("rejected", "Rejected"),
    ("future", "Approved for later"),
    ("in_force", "In force"),
    ("ended", "Ended"),
]


class CloudSpendCommitment(models.Model):
    """How much a customer, a subscription or one line spends at least: in each billing period, or over a term.

    What was billed less is billed as a true-up when the period or the term is over.
    """

    _name = "cloud.spend.commitment"
    _description = "Minimum Spend or Commitment"
    _inherit = ["cloud.agreed.mixin", "mail.thread", "analytic.mixin"]
    _request_kind = "spend_commitment"
    _protected_fields = (
        "name", "scope", "customer_id", "include_children", "subscription_id", "subscription_line_id", "company_id",
        "tax_basis", "kind", "amount", "date_start", "cycle_kind", "is_prorated", "product_id", "state", "replaces_id",
    )  # fmt: skip
    _order = "customer_id, date_start desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Description",
        required=True,
        tracking=True,
        default=lambda self: self.env._("Minimum spend"),
        help="Printed on the invoice.",
    )
    scope = fields.Selection(
        [
            ("customer", "A customer"),
            ("subscription", "One subscription"),
            ("line", "One subscription line"),
        ],
        string="Holds For",
        default="customer",
        required=True,
        help="Whose charges are added up and compared with the amount.",
    )
    customer_id = fields.Many2one(
        "cloud.customer",
        compute="_compute_customer_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
        index=True,
        tracking=True,
    )
    include_children = fields.Boolean(
        string="With Those It Pays For", help="What is billed for the customers that it pays for counts too."
    )
    subscription_id = fields.Many2one(
        "cloud.subscription",
        compute="_compute_subscription_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    subscription_line_id = fields.Many2one("cloud.subscription.line", ondelete="restrict", index="btree_not_null")
    company_id = fields.Many2one(related="customer_id.company_id", store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related="customer_id.currency_id")
    tax_basis = fields.Selection(
        [("net", "Net of tax"), ("gross", "Gross, tax included")],
        string="Amount Is",
        compute="_compute_tax_basis",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Only charges of price plans of the same kind count: a net and a gross amount have no sum.",
    )
    kind = fields.Selection(
        [("period", "Minimum per billing period"), ("term", "Commitment over a term")],
        default="period",
        required=True,
        help="Per billing period: what is missing is billed after each period. Over a term: after the last day of the"
        " term; until then only the progress is shown.",
    )
    amount = DecimalField(
        required=True, currency_field="currency_id", tracking=True, help="In the currency of the customer."
    )
    date_start = fields.Date(
        string="From", required=True, tracking=True, help="First day, in the customer's time zone."
    )
    date_end = fields.Date(
        string="Until", tracking=True, copy=False, help="First day on which it no longer holds. Empty: open."
    )
    cycle_kind = fields.Selection(
        [("calendar", "Calendar months"), ("anniversary", "Months from the start day")],
        string="Periods",
        default="calendar",
        required=True,
        help="Of a customer's minimum, whose subscriptions may have different periods. A charge counts in the month of"
        " its last day.",
    )
    is_prorated = fields.Boolean(
        string="Share of Short Periods",
        default=True,
        help="Of a first or last period that is shorter than a whole one, only the share of its days is due.",
    )
    item_ids = fields.One2many(
        "cloud.spend.commitment.item",
        "commitment_id",
        string="What Counts",
        copy=True,
        help="Products and categories whose charges count. Empty: everything that is billed.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="True-up Product",
        required=True,
        ondelete="restrict",
        check_company=True,
        help="Gives the true-up its income account and its taxes.",
    )
    replaces_id = fields.Many2one(
        "cloud.spend.commitment",
        ondelete="restrict",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Ends on the day on which this one begins, when this one is approved.",
    )
    new_date_end = fields.Date(
        string="Proposed End",
        copy=False,
        help="First day on which it shall no longer hold; takes effect when approved.",
    )
    status = fields.Selection(
        STATUSES, compute="_compute_status", search="_search_status", help="Where it stands today."
    )
    counts_text = fields.Char(string="What Counts, In Words", compute="_compute_counts_text")
    owner_text = fields.Char(string="For Whom", compute="_compute_owner_text")
    rank = fields.Integer(
        compute="_compute_rank",
        store=True,
        precompute=True,
        help="From narrow to wide: the true-up of a narrower one counts towards a wider one.",
    )
    scope_hash = BigIntegerField(
        compute="_compute_scope_hash",
        store=True,
        precompute=True,
        required=True,
        help="Digest of for whom it holds and what counts: two with the same one would be billed twice.",
    )

    _amount_positive = models.Constraint("CHECK (amount > 0)", "A minimum or commitment is more than 0.")
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "It ends after it starts.")
    _term_ends = models.Constraint(
        "CHECK (kind <> 'term' OR date_end IS NOT NULL)",
        "A commitment over a term needs the day on which the term ends.",
    )
    _owner_fits = models.Constraint(
        "CHECK ((scope = 'customer') = (subscription_id IS NULL)"
        " AND (scope = 'line') = (subscription_line_id IS NOT NULL))",
        "Choose for whom it holds: a customer, a subscription or a line.",
    )
    _no_double = models.Constraint(
        "EXCLUDE USING gist (int8range(scope_hash, scope_hash, '[]') WITH &&,"
        " daterange(date_start, date_end) WITH &&) WHERE (state = 'approved')",
        "The same minimum or commitment was agreed for some of these days already.",
    )

    # === COMPUTE === #

    @api.depends("scope", "subscription_line_id")
    def _compute_subscription_id(self):
        for commitment in self:
            if commitment.scope == "customer":
                commitment.subscription_id = False
            elif commitment.scope == "line":
                commitment.subscription_id = commitment.subscription_line_id.subscription_id

    @api.depends("subscription_id")
    def _compute_customer_id(self):
        for commitment in self:
            commitment.customer_id = commitment.subscription_id.customer_id or commitment.customer_id

    @api.depends("subscription_id", "customer_id")
    def _compute_tax_basis(self):
        for commitment in self:
            plan = commitment.subscription_id.plan_id or commitment.customer_id.plan_id
            commitment.tax_basis = plan.tax_basis or commitment.tax_basis or "net"

    @api.depends("name", "customer_id.name", "subscription_id.name")
    def _compute_display_name(self):
        for commitment in self:
            owner = commitment.subscription_id.name or commitment.customer_id.name
            commitment.display_name = f"{owner}: {commitment.name}" if owner else commitment.name

    @api.depends("state", "date_start", "date_end")
    def _compute_status(self):
        today = fields.Date.context_today(self)
        for commitment in self:
            commitment.status = commitment._get_status(today)

    def _search_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        approved = Domain("state", "=", "approved")
        ended = Domain("date_end", "!=", False) & Domain("date_end", "<=", today)
        domains = {
            "draft": Domain("state", "=", "draft"),
            "waiting": Domain("state", "=", "pending"),
            "rejected": Domain("state", "=", "rejected"),
            "future": approved & Domain("date_start", ">", today),
            "in_force": approved & Domain("date_start", "<=", today) & ~ended,
            "ended": approved & ended,
        }
        return Domain.OR([domains[status] for status in value if status in domains])

    @api.depends("item_ids.product_id", "item_ids.categ_id")
    @api.depends_context("lang")
    def _compute_counts_text(self):
        for commitment in self:
            names = commitment.item_ids.mapped("display_name")
            commitment.counts_text = ", ".join(names) if names else self.env._("everything")

    @api.depends("scope", "customer_id.name", "include_children", "subscription_id.name", "subscription_line_id.name")
    @api.depends_context("lang")
    def _compute_owner_text(self):
        for commitment in self:
            commitment.owner_text = commitment._get_owner_text()

    @api.depends("scope", "include_children", "kind")
    def _compute_rank(self):
        for commitment in self:
            width = ("line", "subscription", "customer").index(commitment.scope)
            is_widest = commitment.scope == "customer" and commitment.include_children
            commitment.rank = 2 * (width + is_widest) + (commitment.kind == "term")

    @api.depends(
        "scope", "customer_id", "include_children", "subscription_id", "subscription_line_id", "kind",
        "item_ids.product_id", "item_ids.categ_id",
    )  # fmt: skip
    def _compute_scope_hash(self):
        for commitment in self:
            digest = hashlib.sha256(repr(commitment._get_scope_key()).encode()).digest()
            # One bit less than the column has: the constraint's range ends one above.
            commitment.scope_hash = int.from_bytes(digest[:8], "big", signed=True) >> 1

    @api.onchange("scope")
    def _onchange_scope(self):
        if self.scope != "line":
            self.subscription_line_id = False
        if self.scope != "customer":
            self.include_children = False

    # === CRUD === #

    def write(self, vals):
        if "date_end" in vals:
            self._refuse_if_protected(self._get_change_sentence())
        return super().write(vals)

    # === ACTIONS === #

    def action_change(self):
        """A draft with other terms from a later day on, which takes the place of this one when it is approved."""
        self.ensure_one()
        start = max(fields.Date.context_today(self), self._get_billed_until() or self.date_start)
        draft = self.copy(
            {
                "replaces_id": self.id,
                "date_start": fields.Date.add(start.replace(day=1), months=1),
                "date_end": self.date_end if self.kind == "term" else False,
            }
        )
        return draft.get_formview_action()

    # === CONSTRAINTS === #

    @api.constrains("customer_id", "subscription_id", "subscription_line_id")
    def _check_owner(self):
        for commitment in self:
            subscription, line = commitment.subscription_id, commitment.subscription_line_id
            is_other = subscription and subscription.customer_id != commitment.customer_id
            if is_other or (line and line.subscription_id != subscription):
                raise ValidationError(
                    self.env._(
                        "%(commitment)s: %(subscription)s is not a subscription of %(customer)s. Choose the"
                        " subscription, the customer follows.",
                        commitment=commitment.name,
                        subscription=(line or subscription).display_name,
                        customer=commitment.customer_id.name,
                    )
                )

    # === BUSINESS === #

    def _get_status(self, today):
        """Where it stands on a day: one of STATUSES."""
        self.ensure_one()
        if self.state != "approved":
            return {"pending": "waiting"}.get(self.state, self.state)
        if not self.date_start or self.date_start > today:
            return "future"
        return "ended" if self.date_end and self.date_end <= today else "in_force"

    def _counts(self, product):
        """Whether what is billed for a product counts towards it."""
        self.ensure_one()
        above = set((product.categ_id.parent_path or "").split("/"))
        return not self.item_ids or any(
            item.product_id == product._origin if item.product_id else str(item.categ_id.id) in above
            for item in self.item_ids
        )

    def _holds_for(self, subscription, payers):
        """Whether charges of a subscription count towards it. payers: the customer and who pays for it, or None."""
        self.ensure_one()
        if self.subscription_id:
            return self.subscription_id == subscription._origin
        if self.customer_id == subscription.customer_id:
            return True
        return bool(payers and self.include_children and self.customer_id in payers)

    def _get_scope_key(self):
        """For whom it holds and what counts, as a tuple of whole numbers and texts."""
        self.ensure_one()
        items = sorted((item.product_id._origin.id or 0, item.categ_id._origin.id or 0) for item in self.item_ids)
        owner = self.subscription_line_id or self.subscription_id or self.customer_id
        return self.scope, owner._origin.id or 0, bool(self.include_children), self.kind, tuple(items)

    def _get_owner_text(self):
        if self.scope == "line":
            return self.subscription_line_id.display_name
        if self.scope == "subscription":
            return self.env._("subscription %(subscription)s", subscription=self.subscription_id.name)
        if self.include_children:
            return self.env._("%(customer)s with those it pays for", customer=self.customer_id.name)
        return self.customer_id.name

    def _get_amount_text(self):
        amount = format_decimal(self.env, self.amount, self.currency_id.decimal_places)
        return f"{amount} {self.currency_id.name}"

    def _get_billed_until(self):
        """First day after the last interval whose true-up was charged, or None. Billing answers it."""
        return
