from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ....engine.rating import index_percent, limit_percent
from ....fields import DecimalField, format_decimal


class CloudIndexation(models.Model):
    """Another price for many contracts, in one proposal: yearly indexation, uplifts at renewal, a change in bulk.

    How its lines are found: cloud_indexation_find.py; how it is agreed and undone: cloud_indexation_approval.py; who is
    told: cloud_indexation_told.py.
    """

    _name = "cloud.indexation"
    _description = "Price Change of Many Contracts"
    _inherit = ["cloud.taken.back.mixin", "mail.thread"]
    _request_kind = "indexation"
    _undo_kind = "indexation_undo"
    _protected_fields = (
        "name", "company_id", "kind", "method", "percent", "index_name", "index_from", "index_to", "digits", "floor",
        "cap", "date_rule", "date_from", "state", "notice_days", "notice_policy", "label",
    )  # fmt: skip
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True, help="For instance Indexation 2027.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    kind = fields.Selection(
        [("index", "Indexation"), ("uplift", "Uplift at renewal"), ("negotiated", "Price change")],
        string="Why",
        required=True,
        default="index",
    )
    reason = fields.Char(help="In your own words; for colleagues, and in the letter.")
    label = fields.Char(string="On the Invoice", help="What the customer reads on the lines. Empty: nothing is said.")
    method = fields.Selection(
        [("percent", "A percentage"), ("index", "Two values of an index")], required=True, default="percent"
    )
    percent = DecimalField(string="Percent", tracking=True, help="3 adds three percent; -3 takes three off.")
    index_name = fields.Char(string="Index", help="Which one, and who publishes it: CPI all items, Statistics Office.")
    index_from = DecimalField(string="Value Before")
    index_to = DecimalField(string="Value Now")
    digits = fields.Integer(
        string="Decimals", default=2, help="To so many decimals the percentage is rounded, half up; as agreed."
    )
    floor = DecimalField(string="At Least Percent", help="Empty: no limit.")
    cap = DecimalField(string="At Most Percent", help="Empty: no limit.")
    effective_percent = DecimalField(string="Change in Percent", compute="_compute_effective_percent")
    formula = fields.Char(string="How It Was Worked Out", compute="_compute_effective_percent")
    date_rule = fields.Selection(
        [("date", "On one day"), ("anniversary", "On each contract's anniversary")],
        string="Takes Effect",
        required=True,
        default="date",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="First day of the new price. By anniversaries: the first day of the twelve months in which they lie.",
    )
    plan_ids = fields.Many2many("cloud.price.plan", string="Price Plans", check_company=True, help="Empty: all.")
    product_ids = fields.Many2many(
        "product.product", string="Products", domain=[("cloud_billing_model", "!=", False)], help="Empty: all."
    )
    rate_class_ids = fields.Many2many(
        "cloud.rate.class", string="Rate Classes", check_company=True, help="Of the customers, on the day before."
    )
    customer_ids = fields.Many2many(
        "cloud.customer", string="Customers", check_company=True, help="With those they pay for. Empty: all."
    )
    subscription_ids = fields.Many2many(
        "cloud.subscription", string="Subscriptions", check_company=True, help="Empty: all that the rest lets through."
    )
    billing_model = fields.Selection(
        [("recurring", "Recurring fees"), ("metered", "Usage")],
        string="What",
        default="recurring",
        help="Empty: fees and usage.",
    )
    min_months = fields.Integer(
        string="Contract Runs for Months", help="Younger contracts are left out: so many months before the new price."
    )
    line_ids = fields.One2many("cloud.indexation.line", "indexation_id", string="Lines", copy=False)
    line_count = fields.Integer(compute="_compute_totals", string="Number of Lines")
    totals_text = fields.Text(string="Rehearsal", compute="_compute_totals", help="Per month, by currency.")

    _index_positive = models.Constraint(
        "CHECK (index_from IS NULL OR index_from > 0)", "The value of an index is above 0."
    )
    _digits_sane = models.Constraint("CHECK (digits BETWEEN 0 AND 10)", "A percentage has 0 to 10 decimals.")

    # === COMPUTE === #

    @api.depends("method", "percent", "index_from", "index_to", "digits", "floor", "cap")
    @api.depends_context("lang")
    def _compute_effective_percent(self):
        for indexation in self:
            percent = indexation._get_raw_percent()
            limited = None if percent is None else limit_percent(percent, indexation.floor, indexation.cap)
            indexation.effective_percent = limited
            indexation.formula = indexation._get_formula(percent, limited)

    @api.depends("line_ids.amount_old", "line_ids.amount_new", "line_ids.is_excluded")
    @api.depends_context("lang")
    def _compute_totals(self):
        groups = self.env["cloud.indexation.line"]._read_group(
            [("indexation_id", "in", self.ids)],
            ["indexation_id", "is_excluded", "currency_id"],
            ["__count", "amount_old:sum", "difference:sum", "subscription_id:count_distinct"],
        )
        for indexation in self:
            own = [row[1:] for row in groups if row[0] == indexation._origin]
            indexation.line_count = sum(row[2] for row in own)
            indexation.totals_text = "\n".join(indexation._get_total_sentence(*row) for row in own) or False

    # === BUSINESS === #

    def _get_raw_percent(self):
        self.ensure_one()
        if self.method == "percent":
            return self.percent
        if self.index_from is None or self.index_to is None or self.index_from <= 0:
            return None
        return index_percent(self.index_from, self.index_to, self.digits)

    # === BUSINESS: TEXTS === #

    def _get_formula(self, percent, limited):
        """How the percentage came about, in words an accountant can check: "(118.4 / 115.2 - 1) x 100 = 2.78 %"."""
        if percent is None:
            return False
        text = f"{format_decimal(self.env, percent)} %"
        if self.method == "index":
            text = self.env._(
                "(%(to)s / %(from)s - 1) x 100 = %(percent)s",
                to=format_decimal(self.env, self.index_to),
                **{"from": format_decimal(self.env, self.index_from)},
                percent=text,
            )
        if limited == percent:
            return text
        return self.env._(
            "%(formula)s, limited to %(limited)s %%", formula=text, limited=format_decimal(self.env, limited)
        )

    def _get_total_sentence(self, is_excluded, currency, count, old, difference, subscription_count):
        def money(number):
            return f"{format_decimal(self.env, number or 0, currency.decimal_places)} {currency.name}"

        values = {"lines": count, "subscriptions": subscription_count, "old": money(old)}
        if is_excluded:
            return self.env._("Left out: %(lines)s lines of %(subscriptions)s contracts, %(old)s a month.", **values)
        new = (old or 0) + (difference or 0)
        return self.env._(
            "%(lines)s lines of %(subscriptions)s contracts: %(old)s a month become %(new)s, %(difference)s more.",
            new=money(new),
            difference=money(difference),
            **values,
        )

    def _get_when_text(self):
        day = format_date(self.env, self.date_from)
        if self.date_rule == "date":
            return day
        return self.env._("on each contract's anniversary within twelve months from %(day)s", day=day)

    # === ACTIONS === #

    def action_open_lines(self):
        """What becomes of each line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "cloud.indexation.line",
            "view_mode": "list,form",
            "domain": [("indexation_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_find(self):
        """Look for the contracts again and work out what they pay before and after."""
        self.check_access("write")
        for indexation in self:
            if indexation.state != "draft":
                raise UserError(
                    self.env._("%(indexation)s is not a draft: make a new one.", indexation=indexation.name)
                )
            indexation._find_lines()
