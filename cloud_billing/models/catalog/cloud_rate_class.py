from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fields import get_changed

# Which prices a member pays follows from these.
_FIXED_WITH_MEMBERS = ("parent_id", "company_id")


class CloudRateClass(models.Model):
    """A group of customers for prices: gold, partner, legacy. Classes are nested; the nearest one's price wins.

    Who is a member says `cloud.rate.class.member`, by dates. Tags of contacts are not used: sales people edit them, and
    they do not say since when.
    """

    _name = "cloud.rate.class"
    _description = "Rate Class"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _parent_store = True
    _check_company_auto = True
    # Customers of a branch may be in the classes of the companies above it, as by their plans.
    _check_company_domain = models.check_company_domain_parent_of

    display_name = fields.Char(recursive=True)
    name = fields.Char(required=True, tracking=True, help="For instance Gold, Partner or Legacy 2019.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    parent_id = fields.Many2one(
        "cloud.rate.class",
        string="Within",
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        help="Prices of the class above hold for this one too, where it has none of its own.",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("cloud.rate.class", "parent_id", string="Classes Below")
    description = fields.Text(help="Who belongs to it, and who decides that.")
    active = fields.Boolean(default=True, tracking=True)
    member_ids = fields.One2many("cloud.rate.class.member", "class_id", string="Memberships")
    member_count = fields.Integer(compute="_compute_member_count", string="Members Today")
    rule_ids = fields.One2many("cloud.price.rule", "rate_class_id", string="Prices")
    rule_count = fields.Integer(compute="_compute_rule_count", string="Number of Prices")

    _name_company_uniq = models.UniqueIndex("(name, company_id)", "Another rate class of the company has this name.")

    # === COMPUTE === #

    @api.depends("name", "parent_id.display_name")
    def _compute_display_name(self):
        for rate_class in self:
            above = f"{rate_class.parent_id.display_name} / " if rate_class.parent_id else ""
            rate_class.display_name = f"{above}{rate_class.name or ''}"

    @api.depends("member_ids.status")
    def _compute_member_count(self):
        current = self.env["cloud.rate.class.member"]._get_current(
            self.member_ids.customer_id, fields.Date.context_today(self)
        )
        members = list(current.values())
        for rate_class in self:
            rate_class.member_count = sum(member.class_id == rate_class._origin for member in members)

    @api.depends("rule_ids")
    def _compute_rule_count(self):
        groups = self.env["cloud.price.rule"]._read_group(
            [("rate_class_id", "in", self.ids)], ["rate_class_id"], ["__count"]
        )
        counts = {rate_class.id: count for rate_class, count in groups}
        for rate_class in self:
            rate_class.rule_count = counts.get(rate_class._origin.id, 0)

    # === CRUD === #

    def write(self, vals):
        self._check_fixed_with_members(vals)
        self._check_no_loop(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_without_members(self):
        for rate_class in self:
            if rate_class.member_ids:
                raise UserError(
                    self.env._(
                        "%(rate_class)s has or had members, and past months are rated by it. Archive it instead.",
                        rate_class=rate_class.name,
                    )
                )

    def _check_fixed_with_members(self, vals):
        """What past months were rated by stays: which class a class is within is a part of its members' prices."""
        for rate_class in self:
            names = get_changed(rate_class, vals, _FIXED_WITH_MEMBERS)
            if names and rate_class.company_id.cloud_billing_state != "setup" and rate_class._has_approved_members():
                raise UserError(
                    self.env._(
                        "%(rate_class)s or a class below it has members, and past months are rated by where it "
                        "stands. Make another class and move the members to it.",
                        rate_class=rate_class.name,
                    )
                )

    def _has_approved_members(self):
        # sudo: whether somebody is a member decides what may change, whoever may see them.
        return bool(
            self.env["cloud.rate.class.member"]
            .sudo()
            .search_count([("class_id", "child_of", self.ids), ("state", "=", "approved")], limit=1)
        )

    def _check_no_loop(self, vals):
        parent = self.browse(vals.get("parent_id") or ())
        loop = self & self.browse(parent._get_chain_ids()) if parent else parent
        if loop:
            raise UserError(
                self.env._(
                    "%(rate_class)s cannot stand within %(parent)s, which stands within it. Choose another class.",
                    rate_class=loop[0].name,
                    parent=parent.name,
                )
            )

    # === ACTIONS === #

    def action_open_rules(self):
        """Prices for the customers of this class."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Prices for %(rate_class)s", rate_class=self.name),
            "res_model": "cloud.price.rule",
            "view_mode": "list,form",
            "domain": [("rate_class_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_open_move(self):
        """Ask which customer becomes a member, and from when on."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_rate_class_move_action")
        return {**action, "context": {"default_class_id": self.id, "default_company_id": self.company_id.id}}

    # === BUSINESS === #

    def _get_chain_ids(self):
        """Ids of this class and those above it, nearest first."""
        self.ensure_one()
        return [int(class_id) for class_id in reversed((self.parent_path or "").split("/")) if class_id]
