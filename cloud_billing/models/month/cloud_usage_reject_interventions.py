from odoo import api, models


class CloudUsageReject(models.Model):
    """Rows that were given up go into the register, with what a newer version would have cost more."""

    _inherit = "cloud.usage.reject"

    @api.depends("file_name", "row_no")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for reject in self:
            reject.display_name = self.env._("%(file)s, row %(row)s", file=reject.file_name, row=reject.row_no)

    def _waive(self, reason, request=None):
        result = super()._waive(reason, request=request)
        # sudo: lends the right to read the versions, which tell costs; the register shows them to who may see them.
        given_up = {reject.id: reject._get_given_up() for reject in self.sudo()}
        codes = {code for _amount, code in given_up.values() if code}
        currencies = self.env["res.currency"].with_context(active_test=False).search([("name", "in", list(codes))])
        by_code = {currency.name: currency for currency in currencies}
        self.env["cloud.intervention"]._note(
            "waived",
            self,
            reason,
            amount=lambda reject: given_up[reject.id][0],
            currency=lambda reject: by_code.get(given_up[reject.id][1]),
            request=request,
        )
        return result
