from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from . import agreed_writes, protected_list
from .exact_values import REFUSED_TYPES


class CloudProtectedField(models.Model):
    """A field (or the making and deleting of records) that a live company changes with two people only.

    The list comes ready (`protected_list`) and is set on a screen. It protects itself: in a live company it is changed
    by a change request too.
    """

    _name = "cloud.protected.field"
    _description = "Protected Field"
    _order = "model_name, is_existence desc, field_name"
    _rec_name = "label"

    model_id = fields.Many2one("ir.model", string="Kind of Record", required=True, ondelete="cascade", index=True)
    field_id = fields.Many2one(
        "ir.model.fields",
        ondelete="cascade",
        index=True,
        domain="[('model_id', '=', model_id), ('store', '=', True), ('readonly', '=', False)]",
        help="Empty: that records of this kind are made and deleted.",
    )
    model_name = fields.Char(related="model_id.model", string="Model", store=True)
    field_name = fields.Char(related="field_id.name", string="Field Name", store=True)
    is_existence = fields.Boolean(
        string="Make and Delete", compute="_compute_is_existence", store=True, help="That records exist, or do not."
    )
    label = fields.Char(compute="_compute_label")
    sensitivity = fields.Selection(
        [("normal", "Normal"), ("high", "High")],
        default="normal",
        required=True,
        help="Approval policies can ask for more people where it is high.",
    )
    active = fields.Boolean(default=True, help="Off: changed freely. In a live company switched by a change request.")

    _one_per_field = models.UniqueIndex("(model_id, COALESCE(field_id, 0))", "This is in the list already.")

    # === COMPUTE === #

    @api.depends("field_id")
    def _compute_is_existence(self):
        for protected in self:
            protected.is_existence = not protected.field_id

    @api.depends("model_id.name", "field_id.field_description")
    def _compute_label(self):
        for protected in self:
            what = protected.field_id.field_description or self.env._("make and delete")
            protected.label = f"{protected.model_id.name}: {what}" if protected.model_id else False

    # === CONSTRAINTS === #

    @api.constrains("model_id", "field_id")
    def _check_comparable(self):
        for protected in self.filtered("field_id"):
            field = self.env[protected.model_id.model]._fields.get(protected.field_id.name)
            if field is None or not field.store or field.type in REFUSED_TYPES:
                raise ValidationError(
                    self.env._(
                        "%(field)s has no stored value that could be compared, so it is not protected this way.",
                        field=protected.label,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        protected = super().create(vals_list)
        self.env.registry.clear_cache("stable")
        return protected

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache("stable")
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache("stable")
        return result

    # === BUSINESS === #

    @api.model
    @tools.ormcache(cache="stable")
    def _get_map(self):
        """{model: frozenset of names of fields and signs of `agreed_writes`}, of what is switched on."""
        names = {model: set(always) for model, always in self._get_always().items()}
        # It is kept for everybody, so no context is asked.
        # sudo: what is protected holds for everyone, also for who may not read the list.
        for protected in self.with_env(self.env(su=True, context={})).search([("active", "=", True)]):
            signs = {agreed_writes.CREATE, agreed_writes.UNLINK} if protected.is_existence else {protected.field_name}
            names.setdefault(protected.model_name, set()).update(signs)
        for model, name in self._get_other_sides(names):
            names.setdefault(model, set()).add(name)
        return {model: frozenset(model_names) for model, model_names in names.items()}

    @api.model
    def _get_other_sides(self, names):
        """[(model, name)] of the fields that show a protected list of records from its other side."""
        fields_ = [
            self.env[model]._fields[name]
            for model, model_names in names.items()
            for name in model_names
            if model in self.env and name in self.env[model]._fields
        ]
        return [
            (other.model_name, other.name)
            for field in fields_
            if field.type == "many2many"
            for other in self.pool.field_inverses[field]
        ]

    @api.model
    def _get_names(self, model):
        return self._get_map().get(model, frozenset())

    @api.model
    def _get_companies(self, state):
        """The companies in a state, archived ones too, with sudo: asked of the table."""
        # sudo: what is protected does not depend on the companies that a person works in.
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        return companies.search([("cloud_billing_state", "=", state)])

    @api.model
    def _load_ready_list(self):
        """Add what the ready list names and nobody has decided on yet. Models of add-ons that are absent are left."""
        # All of the list, also what was switched off: that was a decision.
        listed = self.with_context(active_test=False).search([])  # pylint: disable=no-search-all
        known = set(listed.mapped(lambda protected: (protected.model_name, protected.field_name)))
        vals_list = []
        for model, sensitivity, names in self._get_ready_list():
            if model in self.env:
                vals_list += [
                    self._prepare_ready_vals(model, name, sensitivity)
                    for name in protected_list.expand(self.env[model], names)
                    if (model, name) not in known
                ]
        self.create(vals_list)

    def _prepare_ready_vals(self, model, name, sensitivity):
        get = self.env["ir.model.fields"]._get
        return {
            "model_id": self.env["ir.model"]._get_id(model),
            "field_id": get(model, name).id if name else False,
            "sensitivity": sensitivity,
        }

    # === HOOKS === #

    @api.model
    def _get_always(self):
        """Return {model: names} of what no list switches off: this list, and who has which role."""
        return {
            self._name: {
                agreed_writes.CREATE,
                agreed_writes.UNLINK,
                *("model_id", "field_id", "sensitivity", "active"),
            },
            "res.users": {agreed_writes.CREATE, "group_ids", "company_ids", "active"},
            "res.groups": {agreed_writes.CREATE, "user_ids", "implied_ids", "implied_by_ids"},
            "ir.model.data": {agreed_writes.UNLINK, "module", "name", "model", "res_id"},
        }

    @api.model
    def _get_ready_list(self):
        """Return [(model, sensitivity, names)]; a name of `protected_list.EXISTENCE` stands for making and deleting.

        Override, call super() and add yours; then call `_load_ready_list` from a data file.
        """
        return protected_list.READY
