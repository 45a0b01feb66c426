from odoo import models
from odoo.tools import groupby

_GATHERED = "cloud_billing_gathered_logs"


class _Gathered(list):
    """(bill id, body, author id, commands of its changed values) that wait for those of the other bills.

    A class, so that what a client sends as context is never taken for one.
    """


class CloudBill(models.Model):
    """What changed on many bills is told on each of them, and written of all at once."""

    _inherit = "cloud.bill"

    # === BUSINESS: MAIL === #

    def _message_track(self, fields_iter, initial_values_dict):
        """The notes of mail.thread, which writes a message and its values in statements of their own for each bill."""
        gathered = _Gathered()
        gathering = self.with_context(**{_GATHERED: gathered})
        tracking = super(CloudBill, gathering)._message_track(fields_iter, initial_values_dict)
        self._log_gathered(gathered)
        return tracking

    def _message_log(self, *, body="", author_id=None, tracking_value_ids=False, **values):
        gathered = self.env.context.get(_GATHERED)
        if values or not tracking_value_ids or not isinstance(gathered, _Gathered):
            return super()._message_log(body=body, author_id=author_id, tracking_value_ids=tracking_value_ids, **values)
        gathered.append((self.id, body, author_id, tracking_value_ids))
        return self.env["mail.message"]

    def _log_gathered(self, gathered):
        """Write gathered notes: the messages of one author at once, and all of their changed values."""
        changes = []
        for author_id, logs in groupby(gathered, key=lambda log: log[2]):
            bills = self.browse(bill_id for bill_id, _body, _author, _commands in logs)
            messages = bills._message_log_batch({log[0]: log[1] for log in logs}, author_id=author_id)
            for message, (_bill, _body, _author, commands) in zip(messages, logs, strict=True):
                changes += [{**vals, "mail_message_id": message.id} for _create, _id, vals in commands]
        # sudo: mail.thread writes changed values so too; no role may.
        self.env["mail.tracking.value"].sudo().create(changes)
