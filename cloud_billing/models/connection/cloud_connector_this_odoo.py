from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError

from . import record_filters
from .this_odoo import Place, ThisOdooConnector

_CUSTOMERS = ("res.partner", "cloud.customer")
# Types of the fields that a setting may name; of links also to which models.
_TYPES = {
    "date": ("date", "datetime"),
    "customer": ("many2one",),
    "quantity": ("float", "integer", "monetary"),
    "service": ("many2one", "char", "selection"),
    "unit": ("many2one", "char", "selection"),
    "text": ("char", "text"),
}
# What is proposed for models that are often fetched, where they are installed: {model: {setting: value}}.
PROPOSALS = {
    "account.analytic.line": {
        "date": "date", "customer": "partner_id", "quantity": "unit_amount", "service": "product_id",
        "unit": "product_uom_id", "text": "name",
    },
    "sale.order.line": {
        "date": "write_date", "customer": "order_partner_id", "quantity": "qty_delivered", "is_total": "1",
        "service": "product_id", "unit": "product_uom_id", "text": "name",
        "filter_1": "state", "filter_1_value": "sale",
    },
    "stock.move": {
        "date": "date", "customer": "partner_id", "quantity": "quantity", "service": "product_id",
        "unit": "product_uom", "text": "reference", "filter_1": "state", "filter_1_value": "done",
    },
    "crm.lead": {
        "date": "date_closed", "customer": "partner_id", "service": "stage_id", "text": "name",
        "filter_1": "won_status", "filter_1_value": "won",
    },
}  # fmt: skip


class CloudConnector(models.Model):
    """A connector that reads this database: what can be chosen, and whose rights may be used."""

    _inherit = "cloud.connector"

    # === COMPUTE === #

    @api.depends_context("uid")
    def _compute_settings_form(self):
        return super()._compute_settings_form()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        connectors = super().create(vals_list)
        connectors._check_reader_user()
        return connectors

    def write(self, vals):
        is_reading = vals.keys() & {"options", "kind", "source_id"}
        if is_reading:
            # What it reads is changed by whoever's rights it uses: before, and after.
            self._check_reader_user()
        written = super().write(vals)
        if is_reading:
            self._check_reader_user()
        return written

    @api.model
    def _clean_options(self, kind, options):
        cleaned = super()._clean_options(kind, options)
        if kind == ThisOdooConnector.name and not cleaned.get("user") and self.env.uid != SUPERUSER_ID:
            cleaned["user"] = str(self.env.uid)
        return cleaned

    def _check_reader_user(self):
        """Refuse to use the rights of somebody else: only who may change the settings of Odoo names another person."""
        if self.env.su or self.env.user._is_system():
            return
        for connector in self.filtered(lambda connector: connector.kind == ThisOdooConnector.name):
            user_id = connector._get_plain_options().get("user")
            if user_id and user_id != str(self.env.uid):
                raise AccessError(
                    self.env._(
                        "%(connector)s reads records with the rights of %(user)s. What it reads is changed by that "
                        "person, or by who may change the settings of Odoo.",
                        connector=connector.name,
                        # sudo: the name of the person alone.
                        user=self.env["res.users"].sudo().browse(int(user_id)).name or user_id,
                    )
                )

    # === BUSINESS === #

    def _get_speaker(self):
        if self.kind != ThisOdooConnector.name:
            return super()._get_speaker()
        place = Place(self.env.cr.dbname, self.company_id.id, self.source_id.id)
        return ThisOdooConnector(place, self._get_settings())

    def _get_leading_settings(self):
        return ("model",) if self.kind == ThisOdooConnector.name else super()._get_leading_settings()

    def _get_settings(self):
        settings = super()._get_settings()
        if self.kind != ThisOdooConnector.name:
            return settings
        options = self.options or {}
        proposal = {"user": str(self.env.uid), **PROPOSALS.get(options.get("model"), {})}
        choices = {"user": self._get_reader_choices(options), "model": self._get_record_models()}
        if options.get("model") in self.env:
            choices |= self._get_field_choices(self.env[options["model"]])
        found = []
        for setting in settings:
            names = choices.get(setting.name, setting.choices)
            default = proposal.get(setting.name, setting.default)
            is_possible = setting.kind != "choice" or default in dict(names)
            found.append(setting._replace(choices=tuple(names), default=default if is_possible else ""))
        return tuple(found)

    def _get_reader_choices(self, options):
        """[(id as text, name)] of the people whose rights the user may name; and who is named already."""
        users = self.env.user
        if self.env.su or self.env.user._is_system():
            # sudo: administrators of Odoo see its users.
            users = (
                self.env["res.users"]
                .sudo()
                .search([("share", "=", False), ("company_ids", "in", (self.company_id or self.env.company).ids)])
            )
        named = str(options.get("user") or "")
        if named.isdecimal():
            users |= self.env["res.users"].sudo().browse(int(named)).exists()  # sudo: that there is such a login.
        # sudo: the names alone, of oneself, of whom an administrator chooses from, and of who is named already.
        return [(str(user.id), user.sudo().name) for user in users if user.id != SUPERUSER_ID]

    @api.model
    def _get_record_models(self):
        """[(model, description)] of what is installed, has a date and a customer, and may be read by the user."""
        found = []
        for name, model in self.env.items():
            if model._abstract or model._transient or not model._auto or not model._log_access:
                continue
            is_usage = self._find_fields(model, "customer") and model.has_access("read")
            if is_usage:
                found.append((name, f"{model._description} ({name})"))
        return sorted(found, key=lambda one: one[1])

    def _get_field_choices(self, model):
        """{setting: [(field, label)]} of a model."""
        names = {name: self._find_fields(model, name) for name in _TYPES}
        filters = [name for name, field in model._fields.items() if field.store and field.type in record_filters.TYPES]
        names |= {f"filter_{number}": filters for number in range(1, record_filters.COUNT + 1)}
        labels = model.fields_get(None, ["string"])
        return {
            setting: sorted(
                ((name, f"{labels[name]['string']} ({name})") for name in found if name in labels),
                key=lambda one: one[1],
            )
            for setting, found in names.items()
        }

    @staticmethod
    def _find_fields(model, setting):
        """Names of the stored fields of a model that a setting may name."""
        return [
            name
            for name, field in model._fields.items()
            if field.store
            and field.type in _TYPES[setting]
            and (setting != "customer" or field.comodel_name in _CUSTOMERS)
            and (setting != "unit" or field.type != "many2one" or field.comodel_name == "uom.uom")
        ]
