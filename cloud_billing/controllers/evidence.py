from odoo import http
from odoo.http import content_disposition, request


class EvidenceController(http.Controller):
    """Files for auditors: made while they are fetched, so that nothing of them stays on the server."""

    # Not read-only: that a file was taken out is an event.
    @http.route("/cloud_billing/audit_file/<int:file_id>", type="http", auth="user", methods=["GET"])
    def download_events(self, file_id):
        """The events of one's own export window; rights are checked as for reading the record."""
        return _answer(_find_own("cloud.audit.file", file_id)._make_file(), "text/csv; charset=utf-8")

    @http.route("/cloud_billing/evidence/<int:pack_id>", type="http", auth="user", methods=["GET"])
    def download_pack(self, pack_id):
        """The pack of one's own window; rights are checked when it is made."""
        return _answer(_find_own("cloud.evidence.pack", pack_id)._make_file(), "application/zip")


def _find_own(model, record_id):
    Model = request.env[model]
    found = Model.has_access("read") and Model.search([("id", "=", record_id), ("create_uid", "=", request.env.uid)])
    if not found:
        raise request.not_found()
    return found


def _answer(made, content_type):
    name, chunks = made
    headers = [
        ("Content-Type", content_type),
        ("Content-Disposition", content_disposition(name)),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    return request.make_response(chunks, headers)
