from odoo import api, fields, models
from odoo.exceptions import ValidationError

REQUEST = "cloud.change.request"


class CloudApprovalScope(models.Model):
    """One line of what a policy is for: a kind of request, or a model, or one field of it."""

    _name = "cloud.approval.scope"
    _description = "What an Approval Policy Is For"
    _inherit = ["cloud.protected.mixin"]
    _protected_parent = "policy_id"
    _order = "policy_id, id"

    policy_id = fields.Many2one("cloud.approval.policy", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="policy_id.company_id", store=True, precompute=True, index=True)
    kind = fields.Selection(
        selection="_get_kinds", help="Of the change request: a bill run, a price version, ... Empty: any."
    )
    model_id = fields.Many2one(
        "ir.model",
        ondelete="cascade",
        domain=[("transient", "=", False)],
        help="Only requests that change records of this model. Empty: any.",
    )
    field_id = fields.Many2one(
        "ir.model.fields",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('store', '=', True)]",
        help="Only requests that change this field. Empty: any field of the model.",
    )

    _says_something = models.Constraint(
        "CHECK (kind IS NOT NULL OR model_id IS NOT NULL)", "Choose a kind of request or a model."
    )
    _field_of_model = models.Constraint(
        "CHECK (field_id IS NULL OR model_id IS NOT NULL)", "Choose the model whose field it is."
    )

    # === COMPUTE === #

    @api.model
    def _get_kinds(self):
        return self.env[REQUEST]._fields["kind"]._description_selection(self.env)

    @api.depends("kind", "model_id", "field_id")
    def _compute_display_name(self):
        kinds = dict(self._get_kinds())
        for scope in self:
            # sudo: lends the right to read what a model and a field are called.
            names = (kinds.get(scope.kind), scope.sudo().model_id.name, scope.sudo().field_id.field_description)
            scope.display_name = " / ".join(name for name in names if name)

    # === CONSTRAINTS === #

    @api.constrains("model_id", "field_id")
    def _check_field_of_model(self):
        for scope in self.sudo():  # sudo: as above.
            if scope.field_id and scope.field_id.model_id != scope.model_id:
                raise ValidationError(
                    self.env._(
                        "%(field)s is no field of %(model)s: choose one of its fields.",
                        field=scope.field_id.field_description,
                        model=scope.model_id.name,
                    )
                )

    # === BUSINESS === #

    def _covers(self, subject):
        """Whether a request with this subject is of this kind and touches this model or field."""
        self.ensure_one()
        if self.kind and self.kind != subject["kind"]:
            return False
        if not self.model_id:
            return True
        # None among the fields: the record as a whole.
        names = subject["touched"].get(self.model_id.model)
        return names is not None and (not self.field_id or None in names or self.field_id.name in names)

    def _get_content(self):
        scope = self.sudo()  # sudo: as above.
        return [scope.kind or "", scope.model_id.model or "", scope.field_id.name or ""]
