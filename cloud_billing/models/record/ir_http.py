from odoo import models
from odoo.exceptions import AccessDenied
from odoo.http import request
from werkzeug.exceptions import Unauthorized

from . import door, origin


class IrHttp(models.AbstractModel):
    """What is refused to whoever calls from outside is recorded, by whichever route it was asked."""

    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        try:
            with origin.answering():
                return super()._dispatch(endpoint)
        except AccessDenied:
            # A login that failed: recorded where it is judged.
            raise
        except door.REFUSALS as error:
            door.record_refusal(error)
            raise

    @classmethod
    def _auth_method_bearer(cls):
        try:
            return super()._auth_method_bearer()
        except (Unauthorized, AccessDenied):
            if request.httprequest.headers.get("Authorization"):
                detail = {"method": "API key", "path": request.httprequest.path}
                door.record_after_rollback(request.env.uid, "login_failed", "API key", detail)
            raise
