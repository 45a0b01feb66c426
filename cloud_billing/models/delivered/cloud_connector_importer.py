from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError

# Who writes one of these decides what is imported with the rights of the named user.
_DECIDING = {
    "imports", "import_user_id", "delivers", "kind", "options", "source_id", "table_row_path", "column_ids",
}  # fmt: skip


class CloudConnector(models.Model):
    """Who imports the tables that a connector brings: a person who looks, or by itself with a named user's rights."""

    _inherit = "cloud.connector"

    imports = fields.Selection(
        [("person", "After a person has looked"), ("itself", "By itself, where nothing is refused")],
        string="Is Imported",
        default="person",
        required=True,
        tracking=True,
    )
    import_user_id = fields.Many2one(
        "res.users",
        string="With the Rights Of",
        tracking=True,
        default=lambda self: self.env.user if self.env.uid != SUPERUSER_ID else False,
        help="Whoever sets it up names himself; who may change the settings of Odoo, anybody. What this person may not"
        " do is refused.",
    )

    _importer_named = models.Constraint(
        "CHECK (imports <> 'itself' OR import_user_id IS NOT NULL)",
        "What is imported by itself is imported with the rights of a person: name one.",
    )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        connectors = super().create(vals_list)
        connectors._check_importer()
        return connectors

    def write(self, vals):
        if not vals.keys() & _DECIDING:
            return super().write(vals)
        # What it brings is changed by whoever's rights it uses: before, and after. To use them no more is for anybody.
        if vals.get("imports") != "person":
            self._check_importer()
        result = super().write(vals)
        self._check_importer()
        return result

    def _check_may_change_secret(self, name):
        # Another key may open another company's list.
        self._check_importer()
        return super()._check_may_change_secret(name)

    # === BUSINESS === #

    def _check_importer(self):
        """Refuse to use the rights of somebody else: only who may change the settings of Odoo names another person."""
        if self.env.su or self.env.user._is_system():
            return
        for connector in self.filtered(lambda one: one.imports == "itself" and one._brings_table()):
            if connector.import_user_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "%(connector)s imports with the rights of %(user)s. What it brings is changed by that person, "
                        "or by who may change the settings of Odoo.",
                        connector=connector.name,
                        # sudo: the name of the person alone.
                        user=connector.sudo().import_user_id.name,
                    )
                )

    def _get_importer(self):
        """(the user with whose rights a table is imported by itself, or None; why not, where one is named)."""
        user = self.import_user_id
        if self.imports != "itself":
            return None, False
        if user.id == SUPERUSER_ID or not user.active or self.company_id not in user.company_ids:
            problem = self.env._(
                "%(user)s does not work in %(company)s any more, so a person has to look. Name another one on the "
                "connector.",
                user=user.name,
                company=self.company_id.name,
            )
            return None, problem
        return user, False
