from odoo import fields, models


class MailMail(models.Model):
    """What became of the letters about new prices is written where they are proven."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        # sudo: the mail queue writes the proof, whoever runs it.
        notices = self.env["cloud.indexation.notice"].sudo().search([("mail_id", "in", self.ids)])
        if notices and failure_type:
            notices.write({"state": "failed", "failure_reason": failure_reason or failure_type})
        elif notices:
            # The clock: this is the moment in which the mail server took it.
            notices.write({"state": "sent", "sent_at": fields.Datetime.now(), "failure_reason": False})
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason, failure_type)
