from odoo import api, fields, models

from ...engine.numbers import parse_decimal
from ...fields import DecimalField
from ..control.cloud_protected_mixin import TOKEN

# The ready policies: what asks a company that has configured nothing. Large is the first in order.
READY = ("large", "small")
LARGE_AMOUNT = "1000000"


class CloudApprovalPolicy(models.Model):
    """Which change requests it is for, and the levels of people who must agree to them.

    The first policy in order that fits a request decides for it. What it says is frozen on the request when it is
    submitted, so that a later policy changes nothing that is under way.
    """

    _name = "cloud.approval.policy"
    _description = "Approval Policy"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "approval_policy"
    _order = "company_id, sequence, id"
    # That it has ended is a fact added later; see the trigger in `policy_schema`.
    _protected_fields = frozenset(
        {
            "name",
            "company_id",
            "sequence",
            "amount_above",
            "is_unknown_large",
            "is_sensitive_only",
            "level_order",
            "state",
            "replaces_id",
            "scope_ids",
            "level_ids",
        }
    )

    name = fields.Char(required=True, help="As it is told to the people who are asked.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(
        string="Order", default=10, required=True, help="Of the policies that fit a request the lowest number decides."
    )
    ready = fields.Selection(
        [("small", "Small"), ("large", "Large")],
        readonly=True,
        copy=False,
        help="Made with the company, so that requests are decided before anything is configured.",
    )
    scope_ids = fields.One2many(
        "cloud.approval.scope",
        "policy_id",
        string="For",
        copy=True,
        help="Kinds of requests, models and fields that this policy is for. Empty: for everything.",
    )
    amount_above = DecimalField(
        string="Above",
        currency_field="currency_id",
        help="Only for requests whose effect is above this amount, in the company's currency. Empty: of any size.",
    )
    is_unknown_large = fields.Boolean(
        string="Also Without an Amount",
        help="Whether it is also for requests that have no amount, as the move of a customer to another rate class.",
    )
    is_sensitive_only = fields.Boolean(
        string="Only Sensitive",
        help="Only for what decides who may do what: the company's state, approval policies, standing approvals, "
        "and fields that are marked as sensitive.",
    )
    level_order = fields.Selection(
        [("sequence", "One level after the other"), ("parallel", "All levels at once")],
        string="Levels Are Asked",
        default="sequence",
        required=True,
    )
    level_ids = fields.One2many("cloud.approval.level", "policy_id", string="Levels", copy=True)
    level_text = fields.Char(string="Who Agrees", compute="_compute_level_text")
    replaces_id = fields.Many2one(
        "cloud.approval.policy",
        string="Instead Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The policy that ends when this one is approved.",
    )
    ended_at = fields.Datetime(string="Ended", readonly=True, copy=False)
    is_in_force = fields.Boolean(compute="_compute_is_in_force", search="_search_is_in_force")

    _amount_not_negative = models.Constraint("CHECK (amount_above >= 0)", "The amount is 0 or more.")
    _one_ready = models.UniqueIndex(
        "(company_id, ready) WHERE ready IS NOT NULL", "This company has this ready policy already."
    )

    # === COMPUTE === #

    @api.depends("level_ids.rule_text", "level_ids.sequence")
    def _compute_level_text(self):
        for policy in self:
            policy.level_text = "; ".join(policy.level_ids.sorted("sequence").mapped("rule_text"))

    @api.depends("state", "ended_at")
    def _compute_is_in_force(self):
        for policy in self:
            policy.is_in_force = policy.state == "approved" and not policy.ended_at

    def _search_is_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        in_force = [("state", "=", "approved"), ("ended_at", "=", False)]
        return in_force if True in value else ["!", "&", *in_force]

    # === BUSINESS: CHOICE === #

    @api.model
    def _find(self, company, subject):
        """The policy that decides for a request with this subject, or an empty record.

        subject: what `cloud.change.request._get_policy_subject` returns.
        """
        # sudo: the policy holds for everyone, also for people who may not read policies.
        policies = self.sudo().search([("company_id", "=", company.id), ("is_in_force", "=", True)])
        return policies.filtered(lambda policy: policy._fits(subject))[:1]

    def _fits(self, subject):
        self.ensure_one()
        if self.is_sensitive_only and not subject["is_sensitive"]:
            return False
        if not self._is_above(self.amount_above, subject["amount"]):
            return False
        return not self.scope_ids or any(scope._covers(subject) for scope in self.scope_ids)

    def _is_above(self, threshold, amount):
        """Whether an amount (Decimal; None: it has none) is above a threshold (Decimal; None: there is none)."""
        if threshold is None:
            return True
        return self.is_unknown_large if amount is None else amount > threshold

    def _get_asked(self, subject):
        """The levels that a request with this subject goes through: a threshold on the effect adds a level."""
        return self.level_ids.filtered(lambda level: self._is_above(level.amount_above, subject["amount"])).sorted(
            lambda level: (level.sequence, level.id)
        )

    # === BUSINESS: READY POLICIES === #

    @api.model
    def _make_ready(self, companies=None):
        """Make what is missing of the ready policies, in force at once, for companies that are being set up."""
        # sudo: the ready policies come with the company, whoever makes it; with every one that is there.
        companies = (companies or self.env["res.company"].search([])).sudo()  # pylint: disable=no-search-all
        # sudo: lends the right to see which of them are there.
        made = self.sudo().search([("company_id", "in", companies.ids), ("ready", "in", READY)])
        existing = {(policy.company_id.id, policy.ready) for policy in made}
        vals_list = [
            self._prepare_ready_vals(company, ready)
            for company in companies.filtered(lambda company: company.cloud_billing_state == "setup")
            for ready in READY
            if (company.id, ready) not in existing
        ]
        if vals_list:
            # sudo: lends the right to make the ready ones, and no others.
            self.sudo()._create_protected(vals_list, TOKEN)

    def _prepare_ready_vals(self, company, ready):
        one = {"approver": "group", "group_id": self.env.ref("cloud_billing.group_approver").id, "sequence": 1}
        vals = {"company_id": company.id, "ready": ready, "state": "approved"}
        if ready == "small":
            return {**vals, "name": "Small", "sequence": 1000, "level_ids": [(0, 0, one)]}
        return {
            **vals,
            "name": "Large",
            "sequence": 900,
            "amount_above": parse_decimal(LARGE_AMOUNT),
            "level_ids": [(0, 0, one), (0, 0, {**one, "sequence": 2})],
        }
