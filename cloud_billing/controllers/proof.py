from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from .downloads import answer_file


class ProofController(http.Controller):
    """The proof file of a rated line."""

    # Not read-only: the audit trail gets the digest of what is handed out.
    @http.route("/cloud_billing/proof/<int:line_id>", type="http", auth="user", methods=["GET"], readonly=False)
    def download(self, line_id):
        """The file, for those who may see costs; of a line of another company nothing is known here."""
        line = request.env["cloud.rated.line"].search([("id", "=", line_id)])
        if not line:
            raise request.not_found()
        try:
            name, content = request.env["cloud.proof"]._save(line)
        except AccessError:
            raise request.not_found() from None
        return answer_file(name, content, "application/json; charset=utf-8")
