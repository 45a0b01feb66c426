from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fields import get_changed
from . import price_candidates

# What an approved price means: its money, and whether tax is in it.
_FIXED_ONCE_APPROVED = ("currency_id", "tax_basis", "company_id")


class CloudPricePlan(models.Model):
    """A price list in one currency, net or gross of tax, in versions that are valid from a date."""

    _name = "cloud.price.plan"
    _description = "Price Plan"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True
    # A branch sells by the plans of the companies above it.
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, tracking=True, help="For instance Public prices 2026.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company.currency_id,
        tracking=True,
        help="Of every price in the plan. Customers who pay in another currency need a plan of their own, or one that "
        "is billed in their currency.",
    )
    tax_basis = fields.Selection(
        [("net", "Net of tax"), ("gross", "Gross, tax included")],
        string="Prices Are",
        required=True,
        default="net",
        tracking=True,
        help="Net: tax is added on the invoice. Gross: the prices include the tax of the product.",
    )
    active = fields.Boolean(default=True)
    version_ids = fields.One2many("cloud.price.plan.version", "plan_id", string="Versions")
    current_version_id = fields.Many2one(
        "cloud.price.plan.version", string="In Force", compute="_compute_current_version_id"
    )
    subscription_ids = fields.One2many("cloud.subscription", "plan_id", string="Subscriptions")
    subscription_count = fields.Integer(compute="_compute_subscription_count", string="Number of Subscriptions")
    has_approved_version = fields.Boolean(compute="_compute_has_approved_version")

    # === COMPUTE === #

    @api.depends("version_ids.status")
    def _compute_current_version_id(self):
        for plan in self:
            plan.current_version_id = plan.version_ids.filtered(lambda version: version.status == "in_force")[:1]

    @api.depends("subscription_ids")
    def _compute_subscription_count(self):
        groups = self.env["cloud.subscription"]._read_group([("plan_id", "in", self.ids)], ["plan_id"], ["__count"])
        counts = {plan.id: count for plan, count in groups}
        for plan in self:
            plan.subscription_count = counts.get(plan._origin.id, 0)

    @api.depends("version_ids.state")
    def _compute_has_approved_version(self):
        for plan in self:
            plan.has_approved_version = "approved" in plan.version_ids.mapped("state")

    # === CRUD === #

    def write(self, vals):
        self._check_fixed_once_approved(vals)
        return super().write(vals)

    def _check_fixed_once_approved(self, vals):
        for plan in self:
            names = get_changed(plan, vals, self._get_fixed_once_approved())
            waiting = plan.version_ids.filtered(lambda version: version.state in ("pending", "approved"))
            if names and waiting:
                raise UserError(
                    self.env._(
                        "%(plan)s: %(field)s is a part of the prices in %(version)s, which stay as they are. "
                        "Make a new price plan.",
                        plan=plan.name,
                        field=plan._fields[names[0]]._description_string(self.env),
                        version=waiting[0].name,
                    )
                )

    @api.model
    def _get_fixed_once_approved(self):
        """The names of the fields that stay as they are once prices are approved; a new one is added by override."""
        return _FIXED_ONCE_APPROVED

    # === ACTIONS === #

    def action_new_version(self):
        """A draft that starts with the prices of the latest version, or empty; opens it."""
        self.ensure_one()
        latest = self.version_ids.filtered(lambda version: version.state == "approved")[:1] or self.version_ids[:1]
        if latest:
            return latest.action_new_version()
        version = self.env["cloud.price.plan.version"].create(
            {"plan_id": self.id, "date_start": fields.Date.context_today(self)}
        )
        return version._get_form_action()

    def action_open_subscriptions(self):
        """The subscriptions that are billed by this plan."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Subscriptions"),
            "res_model": "cloud.subscription",
            "view_mode": "list,form",
            "domain": [("plan_id", "=", self.id)],
            "context": {"default_plan_id": self.id},
        }

    def action_open_rules(self):
        """Every price of every version of this plan."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Prices"),
            "res_model": "cloud.price.rule",
            "view_mode": "list,form",
            "domain": [("plan_id", "=", self.id)],
            "context": {"search_default_group_by_version": 1, "create": False},
        }

    # === BUSINESS === #

    @api.model
    def _get_candidates(self, lines, at_start, at_end, proposal=None):
        """The prices that may apply to subscription lines somewhere in [at_start, at_end).

        lines: cloud.subscription.line of any plans and companies. at_start, at_end: local dates of the customer.
        proposal: price_candidates.Proposal, a version that counts as if it were approved.
        Returns {line id: list of engine Candidate}, with an entry for every line; validities are local dates, the
        version's and the rule's own put together. `candidate.rule.rule_id` is the record's id. Takes a constant
        number of statements.
        """
        return price_candidates.get_candidates(lines, at_start, at_end, proposal)

    @api.model
    def _get_scope_candidates(self, scopes, at_start, at_end, proposal=None):
        """`_get_candidates` of what need not be a subscription line. scopes: {key: price_candidates.PriceScope}."""
        return price_candidates.get_scope_candidates(self.env, scopes, at_start, at_end, proposal)
