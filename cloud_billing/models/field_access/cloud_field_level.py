from odoo import api, fields, models

from .cloud_field_class import LEVELS


class CloudFieldLevel(models.Model):
    """What one role may do with the fields of a class."""

    _name = "cloud.field.level"
    _description = "Level of a Role"
    _inherit = ["cloud.field.setting.mixin"]
    _order = "class_id, id"
    _rec_name = "group_id"

    class_id = fields.Many2one("cloud.field.class", required=True, ondelete="cascade", index=True)
    group_id = fields.Many2one(
        "res.groups",
        string="Role",
        required=True,
        ondelete="cascade",
        index=True,
        help="A role decides for the roles that it brings along. A login with several others has the most that one of"
        " them allows.",
    )
    level = fields.Selection(LEVELS, default="read", required=True)

    _once_per_class = models.UniqueIndex("(class_id, group_id)", "The role has a level in this class already.")

    # === COMPUTE === #

    @api.depends("class_id.name", "group_id.display_name")
    def _compute_display_name(self):
        for level in self:
            level.display_name = ": ".join(filter(None, (level.class_id.name, level.group_id.display_name)))

    # === HOOKS === #

    def _get_recorded(self):
        return {"class": self.class_id.name, "role": self.group_id.display_name, "level": self.level}
