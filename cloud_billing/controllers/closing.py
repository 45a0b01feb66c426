from odoo import http
from odoo.http import content_disposition, request


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
        headers = [
            ("Content-Type", "text/csv; charset=utf-8"),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ]
        # A spreadsheet reads accents only behind this mark.
        return request.make_response("\ufeff" + content, headers)
