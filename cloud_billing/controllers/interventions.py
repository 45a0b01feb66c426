from odoo import http

from .downloads import answer_file, find_own


class InterventionsController(http.Controller):
    """The register of interventions as a file."""

    @http.route(
        "/cloud_billing/interventions/<int:export_id>", type="http", auth="user", methods=["GET"], readonly=True
    )
    def download(self, export_id):
        """The file of one's own export window; rights are checked as for reading the register."""
        made = find_own("cloud.intervention.export", export_id)._make_file()
        return answer_file(made.name, made.content)
