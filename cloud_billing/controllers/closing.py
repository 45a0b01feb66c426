from odoo import http
from odoo.http import request

from .downloads import answer_file


class ClosingController(http.Controller):
    """The lines of a month's end with their control total, as CSV."""

    @http.route("/cloud_billing/closing/<int:closing_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def download(self, closing_id):
        """The file for people with a role, of month ends of their companies."""
        is_known = request.env.user.has_group("cloud_billing.group_viewer")
        closing = request.env["cloud.closing"].search([("id", "=", closing_id)]) if is_known else None
        if not closing:
            raise request.not_found()
        name, content = request.env["cloud.closing.csv"]._make(closing)
        # A spreadsheet reads accents only behind this mark.
        return answer_file(name, "\ufeff" + content)
