from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..fields import format_decimal

_ACCOUNTANT = "cloud_billing.group_accountant"


class CloudUsageMatchWizard(models.TransientModel):
    """Shows what the rules of the mapping table would give to whom, and how much money, and then does it."""

    _name = "cloud.usage.match.wizard"
    _description = "Match Streams by Rules"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    rule_ids = fields.Many2many("cloud.usage.match.rule", string="Rules", readonly=True, help="Empty: all rules.")
    is_again = fields.Boolean(
        string="Change what rules gave before",
        help="Also bring what rules gave before in line with the rules as they are now. What a person assigned stays.",
    )
    with_billed = fields.Boolean(
        string="Billed days too",
        help="Days that are billed change their owner too: the next run corrects both customers' bills.",
    )
    can_correct = fields.Boolean(compute="_compute_can_correct")
    line_ids = fields.One2many("cloud.usage.match.wizard.line", "wizard_id", string="What It Would Do", readonly=True)
    summary = fields.Text(readonly=True)
    problems = fields.Text(readonly=True)
    is_looked_at = fields.Boolean(readonly=True)

    # === COMPUTE === #

    @api.depends_context("uid")
    def _compute_can_correct(self):
        self.can_correct = self.env.user.has_group(_ACCOUNTANT)

    @api.onchange("is_again", "with_billed")
    def _onchange_choice(self):
        self.is_looked_at = False

    # === ACTIONS === #

    @api.model
    def action_start(self, rules=None, is_again=False):
        """Open the window with what the rules would do now. rules: only what these match; all rules when None."""
        self._check_may_match()
        wizard = self.create({"rule_ids": [(6, 0, rules.ids if rules else [])], "is_again": is_again})
        wizard._look()
        return wizard._get_window()

    def action_look(self):
        """Look once more, after another choice."""
        self.ensure_one()
        self._check_may_match()
        self._look()
        return self._get_window()

    def action_confirm(self):
        """Give the streams their owners."""
        self.ensure_one()
        self._check_may_match()
        matcher = self.env["cloud.usage.matcher"]
        plan = self._plan()
        matcher._carry_out(self.company_id, plan)
        changed = len(plan.touched)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Streams with another owner now: %(count)s.", count=changed)
                if self.is_again
                else self.env._("Streams with an owner now: %(count)s.", count=changed),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _get_window(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Match by Rules"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # === BUSINESS === #

    def _check_may_match(self):
        """Matching writes owners: whoever may not do that by hand may not let rules do it."""
        self.env["cloud.usage.mapping"].check_access("create")
        if self.company_id and self.company_id not in self.env.companies:
            raise AccessError(self.env._("Choose %(company)s at the top first.", company=self.company_id.name))
        if self.with_billed and not self.env.user.has_group(_ACCOUNTANT):
            raise AccessError(
                self.env._("Changing the owner of billed days makes a correction, which accountants decide: ask one.")
            )

    def _plan(self):
        matcher = self.env["cloud.usage.matcher"]
        rules = self.rule_ids or None
        if self.is_again:
            return matcher._plan_again(self.company_id, rules, self.with_billed)
        return matcher._plan_filling(self.company_id, rules=rules)

    def _look(self):
        """Fill in what would happen."""
        effect = self.env["cloud.usage.matcher"]._look(self.company_id, self._plan)
        self.line_ids.unlink()
        self.write({**self._prepare_look(effect), "is_looked_at": True})

    def _prepare_look(self, effect):
        """Values of what is shown: a line for each set of rules that give something, and the sums."""
        plan = effect.plan
        changed_by_group = [(group, plan.touched.intersection(group.stream_ids)) for group in plan.groups]
        lines = [(0, 0, self._prepare_line(group, changed, effect)) for group, changed in changed_by_group if changed]
        sentences = [
            self.env._(
                "%(count)s streams change; %(cost)s without an owner get one.",
                count=self._format_count(len(plan.touched)),
                cost=effect.get_cost_text(self.env, plan.touched),
            ),
            self.env._(
                "%(count)s streams that were looked at stay without an owner on some days.",
                count=self._format_count(effect.count_left()),
            ),
        ]
        if plan.kept:
            sentences.append(self._get_kept_sentence(plan.kept))
        return {"line_ids": lines, "summary": "\n".join(sentences), "problems": "\n".join(plan.problems.values())}

    def _prepare_line(self, group, changed, effect):
        return {
            "what": ", ".join(group.rules[:2].mapped("what")) if group.rules else self.env._("No rule any more"),
            "owner": ", ".join(dict.fromkeys(group.rules[:2].mapped("owner_text"))) if group.rules else False,
            "source_id": group.source.id,
            "stream_count": len(changed),
            "cost_text": effect.get_cost_text(self.env, changed),
        }

    def _get_kept_sentence(self, kept):
        # sudo: a person who may change rules is told whose billed days stay as they are.
        owners = self.env["cloud.usage.mapping"].sudo().browse([one.mapping_id for one in kept]).exists()
        names = list(dict.fromkeys(one.customer_id.name for one in owners if one.customer_id))
        return self.env._(
            "%(count)s streams keep their owner on days that are billed, or that are sealed in a live company "
            "(%(customers)s, the latest until %(day)s). An accountant can change billed days too; the next run "
            "corrects the bills. The owner of sealed days is changed by Propose a Change.",
            count=self._format_count(len(kept)),
            customers=", ".join(names[:3]) + (" …" if len(names) > 3 else ""),
            day=fields.Date.to_string(max(one.until for one in kept)),
        )

    def _format_count(self, count):
        return format_decimal(self.env, Decimal(count))


class CloudUsageMatchWizardLine(models.TransientModel):
    """Streams that the same rules give an owner."""

    _name = "cloud.usage.match.wizard.line"
    _description = "Streams Matched by the Same Rules"
    _order = "id"

    wizard_id = fields.Many2one("cloud.usage.match.wizard", required=True, ondelete="cascade")
    what = fields.Char(string="Rule", readonly=True)
    owner = fields.Char(readonly=True)
    source_id = fields.Many2one("cloud.usage.source", readonly=True)
    stream_count = fields.Integer(string="Streams", readonly=True)
    cost_text = fields.Char(string="Without an Owner until Now", readonly=True)
