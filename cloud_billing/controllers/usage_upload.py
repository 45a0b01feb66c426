from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..models.usage.file_parts import PART_BYTES

# Beside the part a request holds its checksum, a token and the boundaries of a form.
_FORM_BYTES = 64 * 1024


class UsageUploadController(http.Controller):
    """Takes in the parts of files: each within Odoo's limits of a request, whatever the size of the file."""

    @http.route(
        "/cloud_billing/usage_upload/<int:upload_id>/<int:sequence>",
        type="http",
        auth="user",
        methods=["POST"],
        max_content_length=PART_BYTES + _FORM_BYTES,
    )
    def receive(self, upload_id, sequence, part=None, sha256=None, **_other):
        """One part of an upload of the person's own: the form's file `part` and its checksum `sha256`.

        Answers {} or, with a status of its own, {"error": a sentence}.
        """
        try:
            upload = request.env["cloud.usage.upload"].search([("id", "=", upload_id)])
            if not upload:
                return _refuse(404, request.env._("This upload is not there any more. Choose the file again."))
            upload._receive(sequence, part.read() if hasattr(part, "read") else b"", sha256)
        except AccessError as error:
            return _refuse(403, str(error))
        except UserError as error:
            return _refuse(422, str(error))
        return request.make_json_response({})


def _refuse(status, sentence):
    return request.make_json_response({"error": sentence}, status=status)
