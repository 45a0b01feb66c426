from odoo import http
from odoo.http import request

from .downloads import answer_file

_MODELS = {"rated_line": "cloud.rated.line", "invoice_line": "account.move.line"}


class ExplanationController(http.Controller):
    """The usage rows behind an amount, with the share of each, as CSV."""

    @http.route(
        "/cloud_billing/explanation/<string:kind>/<int:record_id>", type="http", auth="user", methods=["GET"],
        readonly=True,
    )  # fmt: skip
    def download(self, kind, record_id, customer=None):
        """The file for people with a role; with `customer=1` the one that a customer may get."""
        is_known = kind in _MODELS and request.env.user.has_group("cloud_billing.group_viewer")
        record = request.env[_MODELS[kind]].search([("id", "=", record_id)]) if is_known else None
        if not record:
            raise request.not_found()
        lines = record.cloud_rated_line_ids if kind == "invoice_line" else record
        name, content = request.env["cloud.explanation.csv"]._make(lines, is_for_customer=customer == "1")
        # A spreadsheet reads accents only behind this mark.
        return answer_file(name, "\ufeff" + content)
