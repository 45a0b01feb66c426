from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CloudFieldItem(models.Model):
    """One field of one model that belongs to a class of fields."""

    _name = "cloud.field.item"
    _description = "Field of a Class"
    _inherit = ["cloud.field.setting.mixin"]
    _order = "class_id, model, id"
    _rec_name = "field_id"

    class_id = fields.Many2one("cloud.field.class", required=True, ondelete="cascade", index=True)
    model_id = fields.Many2one("ir.model", related="field_id.model_id", string="Document")
    field_id = fields.Many2one(
        "ir.model.fields",
        required=True,
        ondelete="cascade",
        index=True,
        domain="[('name', 'not in', ('id', 'display_name', 'create_uid', 'create_date', 'write_uid', 'write_date'))]",
        help="Any field of any model. What is related to it in other models is restricted with it.",
    )
    model = fields.Char(related="field_id.model", store=True, string="Model")
    field_name = fields.Char(related="field_id.name", string="Field Name")
    is_ready = fields.Boolean(
        string="Ready-made", readonly=True, copy=False, help="Came with the module: it stays, and the level decides."
    )

    _once_per_class = models.UniqueIndex("(class_id, field_id)", "The field is in this class already.")

    # === COMPUTE === #

    @api.depends("class_id.name", "field_id.display_name")
    def _compute_display_name(self):
        for item in self:
            item.display_name = ": ".join(filter(None, (item.class_id.name, item.field_id.display_name)))

    # === CONSTRAINTS === #

    @api.constrains("field_id")
    def _check_field(self):
        for item in self:
            field = self.env[item.model]._fields.get(item.field_name) if item.model in self.env else None
            if field is None:
                raise ValidationError(
                    self.env._("%(field)s does not exist any more.", field=item.field_id.display_name)
                )
            if item.model == "res.users" and item.field_name in ("login", "company_id", "company_ids", "lang", "tz"):
                raise ValidationError(
                    self.env._(
                        "%(field)s: nobody could log in without it. Choose another field.",
                        field=item.field_id.display_name,
                    )
                )
            if item.field_name in (*models.MAGIC_COLUMNS, "display_name"):
                raise ValidationError(self.env._("%(field)s is kept by Odoo itself.", field=item.field_id.display_name))

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ready(self):
        ready = self.filtered("is_ready")
        if ready:
            raise UserError(
                self.env._(
                    "%(fields)s came with the module and stays in its class. Give the roles another level instead.",
                    fields=", ".join(ready.mapped("display_name")),
                )
            )

    # === BUSINESS === #

    def _after_change(self, what, records, get_detail):
        result = super()._after_change(what, records, get_detail)
        self.env["cloud.field.access"]._list_fields()
        # The other processes load their list anew, as for a field that was made in the web client.
        self.env.registry.registry_invalidated = True
        return result

    # === HOOKS === #

    def _get_recorded(self):
        return {"class": self.class_id.name, "field": f"{self.model}.{self.field_name}"}
