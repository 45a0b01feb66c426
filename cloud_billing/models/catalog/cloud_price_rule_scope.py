from odoo import api, fields, models
from odoo.fields import Domain


class CloudPriceRule(models.Model):
    """On which conditions a rule applies: usage of some values of a dimension, and of no other."""

    _inherit = "cloud.price.rule"

    condition_ids = fields.One2many(
        "cloud.price.condition",
        "rule_id",
        string="Conditions",
        copy=True,
        help="Usage must meet all of them. What does not goes to the next most specific price; one without conditions "
        "is the rest.",
    )
    is_expired = fields.Boolean(
        string="Expired",
        compute="_compute_is_expired",
        search="_search_is_expired",
        help="Its last day has passed, while the version it stands in is in force.",
    )

    # === COMPUTE === #

    @api.depends("date_end", "version_status")
    def _compute_is_expired(self):
        today = fields.Date.context_today(self)
        for rule in self:
            rule.is_expired = bool(rule.date_end and rule.date_end <= today and rule.version_status == "in_force")

    def _search_is_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("date_end", "<=", fields.Date.context_today(self))
        domain &= Domain("version_id.status", "in", ["in_force"])
        return domain if True in value else ~domain

    # === BUSINESS === #

    def _get_problem(self):
        problem = super()._get_problem()
        if problem or not self.condition_ids or self.product_id.cloud_billing_model in (False, "metered"):
            return problem
        return self.env._(
            "Price %(rule)s: the quantity of %(product)s is agreed, not measured, so it has no %(dimension)s. "
            "Delete the conditions, or choose a metered product.",
            rule=self.name,
            product=self.product_id.display_name,
            dimension=self.condition_ids[0]._get_dimension_label(),
        )

    def _check_scope(self):
        """What saving the rule would check of its conditions, where they are saved without it."""
        self._check_overlap()
        self._check_terms()

    def _get_scope_key(self):
        # A set in all but name: the order in which conditions or values were entered means nothing.
        return (*super()._get_scope_key(), tuple(sorted(self._get_matches())))

    def _get_matches(self):
        """The conditions as the engine reads them: pairs (dimension, values), in the order of the conditions."""
        return tuple((condition._get_dimension(), condition._get_values()) for condition in self.condition_ids)

    def _get_what(self):
        conditions = [condition._get_summary() for condition in self.condition_ids]
        return ", ".join([super()._get_what(), *conditions])

    def _prefetch_terms(self):
        result = super()._prefetch_terms()
        conditions = self.env["cloud.price.condition"].search_fetch(
            [("rule_id", "in", self.ids)], ["rule_id", "dimension", "tag", "accepted"]
        )
        by_rule = conditions.grouped("rule_id")
        for rule in self:
            rule._fields["condition_ids"]._update_cache(rule, by_rule.get(rule, conditions.browse())._ids)
        return result

    def _get_open_action(self):
        """The form of one rule, the list of several."""
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Prices"),
            "res_model": self._name,
            "context": {"create": False},
        }
        if len(self) == 1:
            return {**action, "res_id": self.id, "view_mode": "form", "views": [(False, "form")]}
        domain = [("id", "in", self.ids)]
        return {**action, "domain": domain, "view_mode": "list,form", "views": [(False, "list"), (False, "form")]}
