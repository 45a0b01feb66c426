from odoo import http
from odoo.http import content_disposition, request


class UsageFileController(http.Controller):
    """The files of deliveries, as they came."""

    @http.route("/cloud_billing/usage_file/<int:file_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def download(self, file_id):
        """The bytes of a file, part by part: memory holds one of them, whatever the size of the file."""
        file = request.env["cloud.usage.file"].search([("id", "=", file_id), ("deleted_at", "=", False)])
        if not file:
            raise request.not_found()
        headers = [
            ("Content-Type", "application/octet-stream"),
            ("Content-Length", str(int(file.size))),
            ("Content-Disposition", content_disposition(file.name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(_read(file._get_contents()), headers)


def _read(contents):
    # Runs after the cursor is closed, so it opens what was found before.
    for content in contents:
        yield content()
