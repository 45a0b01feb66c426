"""What every file that is handed out once has in common: whose window it is of, and that nobody keeps or guesses it."""

from odoo.http import content_disposition, request


def find_own(model, record_id):
    """The record of a window that the person opened, whose rights are checked as for reading it. Raises NotFound."""
    Model = request.env[model]
    found = Model.has_access("read") and Model.search([("id", "=", record_id), ("create_uid", "=", request.env.uid)])
    if not found:
        raise request.not_found()
    return found


def answer_file(name, content, content_type="text/csv; charset=utf-8"):
    """A response with a file: text, bytes or blocks of bytes, taken as its type says and kept by no cache."""
    headers = [
        ("Content-Type", content_type),
        ("Content-Disposition", content_disposition(name)),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    return request.make_response(content, headers)
