import ast

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CloudListFileMixin(models.AbstractModel):
    """For windows that ask which records of a list go into a file, which is made when it is fetched.

    `_listed` is the model of the records, `_route` where the file is fetched; `_make_file` makes it.
    """

    _name = "cloud.list.file.mixin"
    _description = "File of a List"

    _listed = None
    _route = None

    domain = fields.Char(string="Which", default="[]", required=True, help="Stands in the head of the file.")
    company_ids = fields.Many2many(
        "res.company", string="Companies", required=True, readonly=True, default=lambda self: self.env.companies
    )

    # === ACTIONS === #

    def action_download(self):
        """The file; made anew when it is fetched."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"{self._route}/{self.id}", "target": "download"}

    # === BUSINESS === #

    @api.model
    def _open(self, selected):
        """The window for the records that are selected; where none are, for what the list shows."""
        shown = self.env.context.get("active_domain") or []
        domain = [("id", "in", selected.ids)] if selected else list(shown)
        return {
            "type": "ir.actions.act_window",
            "name": self._get_title(),
            "res_model": self._name,
            "res_id": self.create({"domain": str(domain)}).id,
            "view_mode": "form",
            "target": "new",
        }

    def _get_listed(self):
        # Those of the window: fetched over HTTP the person's other companies would be in the file too.
        return self.env[self._listed].with_context(allowed_company_ids=self.company_ids.ids)

    def _get_domain(self):
        """The Domain of the window; raises UserError where the filter cannot be read."""
        try:
            domain = Domain(ast.literal_eval(self.domain or "[]"))
            domain.validate(self.env[self._listed])
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(self.env._("The filter cannot be read: choose it again.")) from error
        return domain

    # === HOOKS === #

    def _get_title(self):
        """Return the title of the window."""
        return self._description
