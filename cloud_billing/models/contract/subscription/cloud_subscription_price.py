from odoo import fields, models
from odoo.fields import Domain


class CloudSubscription(models.Model):
    """Prices that were agreed for one subscription or one of its lines."""

    _inherit = "cloud.subscription"

    rule_count = fields.Integer(
        compute="_compute_rule_count",
        string="Prices of This Contract",
        help="Prices, adjustments and extras of approved versions that hold for it, or for a line of it, alone.",
    )

    # === COMPUTE === #

    def _compute_rule_count(self):
        rules = self.env["cloud.price.rule"].search_fetch(
            self._get_contract_price_domain() & Domain("version_id.state", "=", "approved"),
            ["subscription_id", "subscription_line_id"],
        )
        lines = self.line_ids._origin.grouped("subscription_id")
        for subscription in self:
            own = rules.filtered(
                lambda rule, one=subscription._origin: (
                    rule.subscription_id == one or rule.subscription_line_id in lines.get(one, ())
                )
            )
            subscription.rule_count = len(own)

    # === ACTIONS === #

    def action_open_contract_prices(self):
        """The prices for this subscription and its lines, in every version of the plan."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Prices for %(subscription)s", subscription=self.name),
            "res_model": "cloud.price.rule",
            "view_mode": "list,form",
            "domain": list(self._get_contract_price_domain()),
            "context": {"create": False, "search_default_group_by_version": 1},
        }

    # === BUSINESS === #

    def _get_contract_price_domain(self):
        return Domain("subscription_id", "in", self._origin.ids) | Domain(
            "subscription_line_id.subscription_id", "in", self._origin.ids
        )
