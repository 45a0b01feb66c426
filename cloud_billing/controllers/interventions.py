from odoo import http
from odoo.http import content_disposition, request


class InterventionsController(http.Controller):
    """The register of interventions as a file."""

    @http.route(
        "/cloud_billing/interventions/<int:export_id>", type="http", auth="user", methods=["GET"], readonly=True
    )
    def download(self, export_id):
        """The file of one's own export window; rights are checked as for reading the register."""
        Export = request.env["cloud.intervention.export"]
        export = Export.has_access("read") and Export.search(
            [("id", "=", export_id), ("create_uid", "=", request.env.uid)]
        )
        if not export:
            raise request.not_found()
        made = export._make_file()
        headers = [
            ("Content-Type", "text/csv; charset=utf-8"),
            ("Content-Disposition", content_disposition(made.name)),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(made.content, headers)
