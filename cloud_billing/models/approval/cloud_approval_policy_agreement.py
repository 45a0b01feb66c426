from odoo import fields, models
from odoo.exceptions import UserError

from ...engine.numbers import to_text
from ...fields import format_decimal
from . import policy_schema


class CloudApprovalPolicy(models.Model):
    """How a policy is agreed on itself, changed and ended: by a request, as everything it decides about."""

    _inherit = "cloud.approval.policy"

    def init(self):
        result = super().init()
        # Once the levels have their tables too.
        self.pool.post_init(self.env.cr.execute, policy_schema.POLICY)
        return result

    # === CRUD === #

    def write(self, vals):
        if "ended_at" in vals and any(policy.company_state != "setup" for policy in self):
            raise UserError(self.env._("A policy ends by an approved request: press Propose Its End."))
        return super().write(vals)

    # === ACTIONS === #

    def action_change(self):
        """A draft that says the same, to be edited and approved in place of this one."""
        self.ensure_one()
        self.check_access("write")
        return self.copy({"name": self.name, "replaces_id": self.id}).get_formview_action()

    def action_end(self):
        """End a policy: at once while the company is set up, else by a request."""
        self.check_access("write")
        for policy in self:
            if not policy.is_in_force:
                raise UserError(self.env._("%(policy)s is not in force.", policy=policy.name))
            if policy.company_state == "setup":
                policy.write({"ended_at": fields.Datetime.now()})
                continue
            self.env["cloud.change.request"]._submit(policy, "approval_policy_end", effect=policy._get_end_effect())

    # === BUSINESS: APPROVAL === #

    def _take_effect(self, write):
        replaced = self.replaces_id.filtered("is_in_force")
        if replaced:
            write(replaced, {"ended_at": fields.Datetime.now()})
        return super()._take_effect(write)

    def _get_problems(self):
        problems = super()._get_problems()
        if not self.level_ids:
            problems.append(self.env._("%(policy)s has no level: add who must agree.", policy=self.name))
        return problems + self.level_ids._get_problems()

    def _get_content(self):
        return {
            **{
                name: self[name]
                for name in ("name", "sequence", "is_unknown_large", "is_sensitive_only", "level_order")
            },
            "amount_above": None if self.amount_above is None else to_text(self.amount_above),
            "scopes": [scope._get_content() for scope in self.scope_ids.sorted("id")],
            "levels": [level._get_content() for level in self.level_ids.sorted("id")],
            "replaces": self.replaces_id.id,
            "ended": fields.Datetime.to_string(self.ended_at) if self.ended_at else None,
        }

    def _get_effect_values(self):
        def label(name):
            return self._fields[name]._description_string(self.env)

        yes, no = self.env._("yes"), self.env._("no")
        values = {
            label("name"): self.name,
            label("sequence"): str(self.sequence),
            label("scope_ids"): ", ".join(self.scope_ids.mapped("display_name")) or self.env._("everything"),
            label("amount_above"): self._get_amount_text(self.amount_above) or self.env._("any size"),
            label("is_unknown_large"): yes if self.is_unknown_large else no,
            label("is_sensitive_only"): yes if self.is_sensitive_only else no,
            label("level_order"): dict(self._fields["level_order"]._description_selection(self.env))[self.level_order],
        }
        for number, level in enumerate(self.level_ids.sorted("sequence"), start=1):
            values[self.env._("Level %(number)s", number=number)] = level._get_full_text()
        return values

    def _get_amount_text(self, amount):
        return amount is not None and f"{format_decimal(self.env, amount)} {self.currency_id.name}"

    def _get_replaced(self):
        return self.replaces_id

    # === BUSINESS: END === #

    def _get_end_effect(self):
        label = self._fields["is_in_force"]._description_string(self.env)
        return {
            "title": self.display_name,
            "rows": [{"label": label, "old": self.env._("yes"), "new": self.env._("no")}],
            "notes": [self.env._("Requests that it was for go to the next policy in order that fits.")],
        }

    def _prepare_submitted_vals(self, request):
        if request.kind == "approval_policy_end":
            return {"request_id": request.id}
        return super()._prepare_submitted_vals(request)

    def _apply_change_request(self, request, token):
        if request.kind == "approval_policy_end":
            self._write_protected({"ended_at": fields.Datetime.now()}, token)
            return
        super()._apply_change_request(request, token)

    def _reject_change_request(self, request, token):
        if request.kind == "approval_policy_end":
            return
        super()._reject_change_request(request, token)
