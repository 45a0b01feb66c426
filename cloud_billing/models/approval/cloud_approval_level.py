from odoo import api, fields, models

from ...engine.numbers import to_text
from ...fields import DecimalField


class CloudApprovalLevel(models.Model):
    """One level of a policy: who is asked, how many of them must agree, and what happens when nobody answers."""

    _name = "cloud.approval.level"
    _description = "Level of an Approval Policy"
    _inherit = ["cloud.protected.mixin"]
    _protected_parent = "policy_id"
    _protected_fields = frozenset(
        {
            "policy_id",
            "sequence",
            "approver",
            "group_id",
            "person_ids",
            "needed",
            "amount_above",
            "deadline_hours",
            "reminder_hours",
            "escalation_hours",
            "escalation_person_ids",
        }
    )
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one("cloud.approval.policy", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="policy_id.company_id", store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(string="Level", default=1, required=True, help="The lowest number is asked first.")
    approver = fields.Selection(
        [
            ("group", "People of a group"),
            ("person", "These people"),
            ("manager", "Manager of whoever proposes"),
            ("owner", "Salesperson of the customer"),
        ],
        string="Who Is Asked",
        default="group",
        required=True,
        help="All of them must be approvers as well. Where there is no manager or salesperson, or that person may not "
        "vote, any approver stands in.",
    )
    group_id = fields.Many2one(
        "res.groups",
        ondelete="restrict",
        default=lambda self: self.env.ref("cloud_billing.group_approver", raise_if_not_found=False),
        help="Its members are asked, as they are when the request is submitted.",
    )
    person_ids = fields.Many2many(
        "cloud.person",
        "cloud_approval_level_person_rel",
        "level_id",
        "person_id",
        string="People",
        domain=[("is_system", "=", False)],
    )
    needed = fields.Integer(
        string="How Many", default=1, required=True, help="So many of them must agree; always different people."
    )
    amount_above = DecimalField(
        string="Only Above",
        currency_field="currency_id",
        help="The level is asked only where the effect is above this amount, in the company's currency. Empty: always.",
    )
    deadline_hours = fields.Integer(
        string="Due After (Hours)", help="From the moment on which the level is asked. 0: no time limit."
    )
    reminder_hours = fields.Integer(
        string="Remind After (Hours)", help="Whoever has not answered is reminded by mail, once. 0: nobody is."
    )
    escalation_hours = fields.Integer(
        string="Escalate After (Hours)", help="From then on the people beside may decide as well. 0: never."
    )
    escalation_person_ids = fields.Many2many(
        "cloud.person",
        "cloud_approval_level_escalation_rel",
        "level_id",
        "person_id",
        string="Escalate To",
        domain=[("is_system", "=", False)],
    )
    rule_text = fields.Char(string="Rule", compute="_compute_rule_text")

    _needed_positive = models.Constraint("CHECK (needed > 0)", "At least one person agrees on a level.")
    _amount_not_negative = models.Constraint("CHECK (amount_above >= 0)", "The amount is 0 or more.")
    _hours_not_negative = models.Constraint(
        "CHECK (deadline_hours >= 0 AND reminder_hours >= 0 AND escalation_hours >= 0)", "Hours are 0 or more."
    )
    _group_named = models.Constraint("CHECK (approver <> 'group' OR group_id IS NOT NULL)", "Choose the group.")

    # === COMPUTE === #

    @api.depends("policy_id.name", "rule_text")
    def _compute_display_name(self):
        for level in self:
            level.display_name = ": ".join(filter(None, (level.policy_id.name, level.rule_text)))

    @api.depends("approver", "group_id", "person_ids", "needed", "amount_above")
    def _compute_rule_text(self):
        for level in self:
            # sudo: lends the right to read what a group is called.
            who = {
                "group": lambda level: level.sudo().group_id.name or "",
                "person": lambda level: ", ".join(level.person_ids.mapped("name")),
                "manager": lambda level: self.env._("manager of whoever proposes"),
                "owner": lambda level: self.env._("salesperson of the customer"),
            }[level.approver or "person"](level)
            level.rule_text = f"{level.needed} × {who}"
            if level.amount_above is not None:
                amount = level.policy_id._get_amount_text(level.amount_above)
                level.rule_text = self.env._("%(rule)s above %(amount)s", rule=level.rule_text, amount=amount)

    # === BUSINESS === #

    def _get_asked_persons(self, request, record):
        """The people whom this level names for a request about a record; who of them may vote is asked elsewhere."""
        self.ensure_one()
        if self.approver == "person":
            return self.person_ids
        if self.approver == "manager":
            return request.requester_person_id.manager_person_id
        if self.approver == "owner":
            # sudo: lends the right to see who the salesperson of the customer is.
            return record.sudo()._get_approval_owner().cloud_person_id
        # sudo: lends the right to see who is in the group.
        return self.env["res.users"].sudo().search([("all_group_ids", "in", self.group_id.ids)]).cloud_person_id

    def _get_problems(self):
        problems = []
        for level in self:
            values = {"policy": level.policy_id.name, "level": level.sequence}
            if level.approver == "person" and len(level.person_ids) < level.needed:
                problems.append(self.env._("%(policy)s, level %(level)s: name as many people as must agree.", **values))
            if level.escalation_hours and not level.escalation_person_ids:
                problems.append(self.env._("%(policy)s, level %(level)s: say to whom it is escalated.", **values))
            if level.escalation_person_ids and not level.escalation_hours:
                problems.append(self.env._("%(policy)s, level %(level)s: say when it is escalated.", **values))
        return problems

    def _get_full_text(self):
        """The level in one line, with its times; for whoever approves the policy."""
        parts = [self.rule_text]
        if self.deadline_hours:
            parts.append(self.env._("due after %(hours)s h", hours=self.deadline_hours))
        if self.reminder_hours:
            parts.append(self.env._("reminder after %(hours)s h", hours=self.reminder_hours))
        if self.escalation_hours:
            names = ", ".join(self.escalation_person_ids.mapped("name"))
            parts.append(
                self.env._("escalated after %(hours)s h to %(people)s", hours=self.escalation_hours, people=names)
            )
        return "; ".join(parts)

    def _get_content(self):
        names = ("sequence", "approver", "needed", "deadline_hours", "reminder_hours", "escalation_hours")
        return {
            **{name: self[name] for name in names},
            "group": self.sudo().group_id.id,  # sudo: which group it is, not who is in it.
            "people": sorted(self.person_ids.ids),
            "escalation": sorted(self.escalation_person_ids.ids),
            "amount_above": None if self.amount_above is None else to_text(self.amount_above),
        }
