import ast

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.billing.rated.told_numbers import tell_money


class CloudInterventionExport(models.TransientModel):
    """Asks which part of the register goes into a file, and shows what it comes to before it is saved."""

    _name = "cloud.intervention.export"
    _description = "Export of the Register of Interventions"

    domain = fields.Char(string="Which", default="[]", required=True, help="Stands in the head of the file.")
    company_ids = fields.Many2many(
        "res.company", string="Companies", required=True, readonly=True, default=lambda self: self.env.companies
    )
    count = fields.Integer(string="Interventions", compute="_compute_figures")
    totals = fields.Char(string="Control Total", compute="_compute_figures", help="Per currency.")
    digest = fields.Char(
        string="SHA-256",
        compute="_compute_figures",
        help="Of what follows the empty line of the file: note it down, and nobody can change the file unseen.",
    )

    # === COMPUTE === #

    @api.depends("domain")
    @api.depends_context("lang")
    def _compute_figures(self):
        for export in self:
            made = export._make_file()
            export.count, export.digest = made.count, made.digest
            totals = [tell_money(self.env, total, currency) for currency, total in made.totals.items()]
            export.totals = ", ".join(totals) or self.env._("No amounts")

    # === ACTIONS === #

    def action_download(self):
        """The file; made anew when it is fetched."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/cloud_billing/interventions/{self.id}", "target": "download"}

    # === BUSINESS === #

    @api.model
    def _open(self, domain):
        """The window for the interventions of a search domain."""
        export = self.create({"domain": str(domain or [])})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export the Register"),
            "res_model": self._name,
            "res_id": export.id,
            "view_mode": "form",
            "target": "new",
        }

    def _make_file(self):
        """The RegisterFile; raises UserError where the filter cannot be read."""
        try:
            domain = Domain(ast.literal_eval(self.domain or "[]"))
            domain.validate(self.env["cloud.intervention"])
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(self.env._("The filter cannot be read: choose it again.")) from error
        # Those of the window: fetched over HTTP the person's other companies would be in the file too.
        Intervention = self.env["cloud.intervention"].with_context(allowed_company_ids=self.company_ids.ids)
        return Intervention._make_file(domain)
