from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CloudPriceCondition(models.Model):
    """One condition of a price: a dimension of usage has one of these values."""

    _name = "cloud.price.condition"
    _description = "Price Condition"
    _inherit = ["cloud.protected.mixin"]
    _protected_parent = "rule_id"
    _order = "rule_id, dimension, tag, id"

    rule_id = fields.Many2one("cloud.price.rule", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="rule_id.company_id", store=True, precompute=True, index=True)
    # The names that usage is taken apart by; a tag's is `tag:` and its own name.
    dimension = fields.Selection(
        [
            ("region", "Region"),
            ("sku", "SKU"),
            ("service", "Service"),
            ("sub_account", "Project"),
            ("provider_account", "Provider account"),
            ("charge_kind", "Charge kind"),
            ("resource", "Resource"),
            ("tag", "Tag"),
        ],
        required=True,
        default="region",
        help="What usage rows say of themselves, as their stream or row shows it.",
    )
    tag = fields.Char(string="Tag Name", help="Of a tag: its name, for instance environment.")
    accepted = fields.Text(
        string="Is One Of",
        required=True,
        help="The values that meet the condition, one per line, written exactly as in the usage.",
    )

    _tag_named = models.Constraint(
        "CHECK ((dimension = 'tag') = (COALESCE(tag, '') <> ''))",
        "A condition on a tag needs the tag's name, and only such a condition has one.",
    )
    _one_per_dimension = models.UniqueIndex(
        "(rule_id, dimension, COALESCE(tag, ''))",
        "A price has one condition per dimension: put all values into it, one per line.",
    )

    # === COMPUTE === #

    @api.onchange("dimension")
    def _onchange_dimension(self):
        if self.dimension != "tag":
            self.tag = False

    # === CONSTRAINTS === #

    @api.constrains("dimension", "tag", "accepted")
    def _check_values(self):
        for condition in self:
            problem = condition._get_problem()
            if problem:
                raise ValidationError(problem)

    def _get_problem(self):
        """Why no usage could ever meet the condition, as a sentence; None when it could."""
        values = self._get_values()
        facts = {"rule": self.rule_id.name, "dimension": self._get_dimension_label()}
        if not values:
            return self.env._("Price %(rule)s: which %(dimension)s? Enter at least one value.", **facts)
        if self.dimension != "charge_kind":
            return None
        kinds = dict(self.env["cloud.usage.stream"]._fields["charge_kind"]._description_selection(self.env))
        unknown = [value for value in values if value not in kinds]
        if unknown:
            return self.env._(
                "Price %(rule)s: there is no charge kind %(value)s. Choose from %(kinds)s.",
                value=unknown[0],
                kinds=", ".join(kinds),
                **facts,
            )
        return None

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        with self.env["cloud.price.rule"]._overlap_said_first():
            conditions = super().create([_stripped(vals) for vals in vals_list])
            conditions.rule_id._check_scope()
        return conditions

    def write(self, vals):
        rules = self.rule_id
        with rules._overlap_said_first():
            result = super().write(_stripped(vals))
            (rules | self.rule_id)._check_scope()
        return result

    def unlink(self):
        rules = self.rule_id
        with rules._overlap_said_first():
            result = super().unlink()
            # A price that is deleted takes its conditions along, and competes with nobody any more.
            rules.exists()._check_scope()
        return result

    # === BUSINESS === #

    def _get_dimension(self):
        """The engine's name of the dimension: region, sku, ..., tag:NAME."""
        self.ensure_one()
        return f"tag:{self.tag or ''}" if self.dimension == "tag" else self.dimension

    def _get_values(self):
        """The values that meet the condition: texts, each once, in the order of the alphabet."""
        self.ensure_one()
        return tuple(sorted({line.strip() for line in (self.accepted or "").splitlines()} - {""}))

    def _get_dimension_label(self):
        self.ensure_one()
        if self.dimension == "tag":
            return self.env._("tag %(tag)s", tag=self.tag or "")
        return dict(self._fields["dimension"]._description_selection(self.env)).get(self.dimension, "").lower()

    def _get_summary(self):
        """The condition in words: "region eu-1 or eu-2"."""
        values = self._get_values()
        first, last = self.env._(", ").join(values[:-1]), values[-1] if values else ""
        accepted = self.env._("%(first)s or %(last)s", first=first, last=last) if first else last
        return f"{self._get_dimension_label()} {accepted}"


def _stripped(vals):
    """The values with the tag's name as it is compared: "environment " is not another tag."""
    return {**vals, "tag": vals["tag"].strip()} if vals.get("tag") else vals
