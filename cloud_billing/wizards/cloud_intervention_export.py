from odoo import api, fields, models

from ..models.billing.rated.told_numbers import tell_money


class CloudInterventionExport(models.TransientModel):
    """Asks which part of the register goes into a file, and shows what it comes to before it is saved."""

    _name = "cloud.intervention.export"
    _description = "Export of the Register of Interventions"
    _inherit = ["cloud.list.file.mixin"]
    _listed = "cloud.intervention"
    _route = "/cloud_billing/interventions"

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

    # === BUSINESS === #

    def _make_file(self):
        """The RegisterFile; raises UserError where the filter cannot be read."""
        return self._get_listed()._make_file(self._get_domain())

    # === HOOKS === #

    def _get_title(self):
        return self.env._("Export the Register")
