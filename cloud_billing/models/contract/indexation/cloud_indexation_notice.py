from odoo import api, fields, models
from odoo.tools import format_date

from ....fields import format_decimal


class CloudIndexationNotice(models.Model):
    """The letter to one customer about its new prices, and the proof of when and to which address it went."""

    _name = "cloud.indexation.notice"
    _description = "Letter About New Prices"
    _inherit = ["mail.thread"]
    _order = "indexation_id, customer_id, id"

    indexation_id = fields.Many2one("cloud.indexation", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="indexation_id.company_id", store=True, index=True)
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True)
    partner_id = fields.Many2one(related="customer_id.partner_id")
    line_ids = fields.One2many("cloud.indexation.line", "notice_id", string="Lines")
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("queued", "In the mail queue"),
            ("sent", "Sent"),
            ("posted", "Told otherwise"),
            ("failed", "Failed"),
        ],
        default="waiting",
        required=True,
        readonly=True,
    )
    email_to = fields.Char(string="Address", readonly=True, help="As it was when the letter was made.")
    mail_id = fields.Many2one("mail.mail", readonly=True, ondelete="set null")
    message_identifier = fields.Char(
        string="Message Id", readonly=True, help="Of the mail, as the receiving server has it in its log."
    )
    attempts = fields.Integer(readonly=True)
    sent_at = fields.Datetime(readonly=True)
    failure_reason = fields.Char(readonly=True)

    _one_letter = models.UniqueIndex("(indexation_id, customer_id)", "A customer gets one letter about a price change.")

    # === COMPUTE === #

    @api.depends("indexation_id.name", "customer_id.name")
    def _compute_display_name(self):
        for notice in self:
            names = (notice.indexation_id.name, notice.customer_id.name)
            notice.display_name = ": ".join(filter(None, names))

    # === ACTIONS === #

    def action_retry(self):
        """Put the letters that failed into the queue again, to the address that the customer has now."""
        self.indexation_id.check_access("write")
        # sudo: who may change the proposal may send its letters; nobody writes the proof by hand.
        self.filtered(lambda notice: notice.state == "failed").sudo().write(
            {"state": "waiting", "failure_reason": False}
        )
        self.env.ref("cloud_billing.cron_send_indexation_notices")._trigger()

    def action_told_otherwise(self):
        """The customer was told by post or in person: counts as told from now on, by the person who says so."""
        self.indexation_id.check_access("write")
        now = fields.Datetime.now()
        # sudo: as above.
        for notice in self.sudo():
            notice.write({"state": "posted", "sent_at": now})
            notice.message_post(body=self.env._("Told otherwise, says %(person)s.", person=self.env.user.name))

    @api.model
    def _cron_send_notices(self):
        """Put letters that wait into the mail queue, some at a time."""
        waiting = self.search([("state", "=", "waiting")])
        self.env["ir.cron"]._commit_progress(remaining=len(waiting))
        for notices in (waiting[place : place + 50] for place in range(0, len(waiting), 50)):
            notices._put_in_queue()
            if not self.env["ir.cron"]._commit_progress(len(notices)):
                return

    # === BUSINESS === #

    def _put_in_queue(self):
        """Make the mails with their letters; who has no address is told so."""
        for notice in self:
            notice.email_to = notice.partner_id.email_formatted or False
        missing = self.filtered(lambda notice: not notice.email_to)
        missing.write(
            {
                "state": "failed",
                "failure_reason": self.env._("The contact has no e-mail address. Enter one, or post it."),
            }
        )
        rest = self - missing
        if not rest:
            return
        template = self.env.ref("cloud_billing.mail_template_indexation_notice")
        mails = template.send_mail_batch(rest.ids)
        by_record = {mail.res_id: mail for mail in mails}
        for notice in rest:
            mail = by_record[notice.id]
            notice.write(
                {
                    "state": "queued",
                    "mail_id": mail.id,
                    "message_identifier": mail.message_id,
                    "attempts": notice.attempts + 1,
                }
            )

    def _get_first_day_text(self):
        """The first day of a new price, as the customer writes it."""
        self.ensure_one()
        days = self._get_changed_lines().mapped("date_from")
        return format_date(self.env, min(days), lang_code=self.partner_id.lang) if days else ""

    def _get_letter_rows(self):
        """What the letter says of each line that changes, as texts; usage has no amount a month."""
        self.ensure_one()

        def money(line, amount):
            if amount is None:
                return self.env._("by usage")
            return f"{format_decimal(self.env, amount, line.currency_id.decimal_places)} {line.currency_id.name}"

        return [
            {
                "line": line.line_id.display_name,
                "day": format_date(self.env, line.date_from),
                "percent": f"{format_decimal(self.env, line.percent)} %",
                "old": money(line, line.amount_old),
                "new": money(line, line.amount_new),
            }
            for line in self._get_changed_lines()
        ]

    def _get_changed_lines(self):
        return self.line_ids.filtered(lambda line: not line.is_excluded)
