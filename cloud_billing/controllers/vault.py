import time

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.vault.key_store import KeyStoreError, get_store
from ..models.vault.keys import refuse
from .downloads import answer_file

# As long as Odoo itself takes a password for asked.
_IDENTITY_SECONDS = 10 * 60


class VaultController(http.Controller):
    """The backup copy of the key file, for billing administrators who have just given their password again."""

    @http.route("/cloud_billing/vault/key", type="http", auth="user", methods=["GET"])
    def download_key(self):
        """The key file. It is written into no attachment, log or cache on its way."""
        Key = request.env["cloud.vault.key"]
        Key._check_administrator()
        if request.session.get("identity-check-last", 0) < time.time() - _IDENTITY_SECONDS:
            raise UserError(
                request.env._("Download the copy by the button in Settings, Keys: it asks for your password.")
            )
        try:
            store = get_store(request.env.cr.dbname)
            if not store.can_make:
                raise UserError(
                    request.env._(
                        "The key is kept in %(place)s: whoever keeps it there makes the copy.", place=store.place
                    )
                )
            content = store.get_text(store.load())
        except KeyStoreError as error:
            raise refuse(request.env, error) from None
        Key._note_copy()
        return answer_file(f"{request.env.cr.dbname}.key", content, "application/octet-stream")
