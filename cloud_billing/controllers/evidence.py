from odoo import http

from .downloads import answer_file, find_own


class EvidenceController(http.Controller):
    """Files for auditors: made while they are fetched, so that nothing of them stays on the server."""

    # Not read-only: that a file was taken out is an event.
    @http.route("/cloud_billing/audit_file/<int:file_id>", type="http", auth="user", methods=["GET"])
    def download_events(self, file_id):
        """The events of one's own export window; rights are checked as for reading the record."""
        return answer_file(*find_own("cloud.audit.file", file_id)._make_file())

    @http.route("/cloud_billing/evidence/<int:pack_id>", type="http", auth="user", methods=["GET"])
    def download_pack(self, pack_id):
        """The pack of one's own window; rights are checked when it is made."""
        return answer_file(*find_own("cloud.evidence.pack", pack_id)._make_file(), "application/zip")
