from odoo import http
from odoo.http import content_disposition, request


class UsageFormatController(http.Controller):
    """Formats as files."""

    @http.route(
        "/cloud_billing/usage_format/<int:version_id>", type="http", auth="user", methods=["GET"], readonly=True
    )
    def download(self, version_id):
        """A version of a format as JSON."""
        version = request.env["cloud.usage.format.version"].search([("id", "=", version_id)])
        if not version:
            raise request.not_found()
        name, content = version._get_document()
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers)
