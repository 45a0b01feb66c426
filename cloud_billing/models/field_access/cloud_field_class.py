from odoo import api, fields, models

LEVELS = [("none", "Hidden"), ("read", "Read"), ("write", "Read and write")]


class CloudFieldClass(models.Model):
    """Fields that belong together because they tell the same kind of secret, and what each role may do with them."""

    _name = "cloud.field.class"
    _description = "Class of Fields"
    _inherit = ["cloud.field.setting.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, help="An archived class restricts nothing.")
    note = fields.Text(string="What It Is For", translate=True)
    item_ids = fields.One2many("cloud.field.item", "class_id", string="Fields")
    level_ids = fields.One2many("cloud.field.level", "class_id", string="Roles")
    others_level = fields.Selection(
        LEVELS,
        string="Everybody Else",
        default="write",
        required=True,
        help="Logins that hold none of the roles below. Read and write: as Odoo itself allows.",
    )
    item_count = fields.Integer(compute="_compute_item_count", string="Fields in It")

    # === COMPUTE === #

    @api.depends("item_ids")
    def _compute_item_count(self):
        for field_class in self:
            field_class.item_count = len(field_class.item_ids)

    # === BUSINESS === #

    def _get_level(self, group_ids):
        """What a login with these groups may do with the fields of this one class.

        A role decides for those that it brings along (an accountant is an operator too); of several others, the one
        that allows the most.
        """
        self.ensure_one()
        order = [level for level, _name in LEVELS]
        held = self.level_ids.filtered(lambda level: level.group_id.id in group_ids)
        brought = {group for level in held for group in level.group_id.all_implied_ids - level.group_id}
        deciding = [level.level for level in held if level.group_id not in brought]
        return max(deciding, key=order.index) if deciding else self.others_level

    # === HOOKS === #

    def _get_recorded(self):
        return {"class": self.name, "note": self.note or None, "others": self.others_level, "active": self.active}
