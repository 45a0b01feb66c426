from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ....csv_cells import write_csv
from ....csv_downloads import download_csv


class CloudIndexation(models.Model):
    """Who is told of a proposal, by when, and the proof of it."""

    _inherit = "cloud.indexation"

    notice_days = fields.Integer(
        string="Days of Notice", default=30, help="So many days before its new price begins a customer must be told."
    )
    notice_policy = fields.Selection(
        [("warn", "Warn"), ("block", "Refuse to approve")],
        string="Told Too Late",
        required=True,
        default="warn",
        help="What happens where the days of notice are not kept: the approver is warned, or it cannot be approved.",
    )
    notice_ids = fields.One2many("cloud.indexation.notice", "indexation_id", string="Letters", copy=False)
    told_text = fields.Char(string="Told", compute="_compute_told")
    late_count = fields.Integer(
        string="Not Told in Time",
        compute="_compute_told",
        help="Lines whose customer was told too late, or not at all.",
    )

    # === COMPUTE === #

    def _compute_told(self):
        today = fields.Date.context_today(self)
        for indexation in self:
            states = indexation.notice_ids.mapped("state")
            told = sum(state in ("sent", "posted") for state in states)
            indexation.told_text = self.env._(
                "%(told)s of %(all)s customers told, %(failed)s failed",
                told=told,
                all=len(states),
                failed=states.count("failed"),
            )
            indexation.late_count = len(indexation._get_late_lines(today))

    # === ACTIONS === #

    def action_send_notices(self):
        """Make a letter for every customer that has none, and put them into the mail queue."""
        self.check_access("write")
        for indexation in self:
            if indexation.state != "approved" or indexation.undone_on:
                raise UserError(
                    self.env._(
                        "%(indexation)s is not approved: customers are told of what was agreed.",
                        indexation=indexation.name,
                    )
                )
            indexation._make_notices()
        self.env.ref("cloud_billing.cron_send_indexation_notices")._trigger()

    def action_open_notices(self):
        """The letters, with what became of each."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Letters: %(indexation)s", indexation=self.name),
            "res_model": "cloud.indexation.notice",
            "view_mode": "list,form",
            "domain": [("indexation_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_export_proof(self):
        """Download who was told what, when and at which address, one row per line of a contract."""
        self.ensure_one()
        self.check_access("read")
        return download_csv(self.env, f"{self.name}.csv", self._make_proof_csv().encode("utf-8-sig"), self)

    # === BUSINESS === #

    def _make_notices(self):
        """One letter per customer; set-wise."""
        told = self.notice_ids.customer_id
        lines = self.line_ids.filtered(lambda line: not line.is_excluded and not line.notice_id)
        new = lines.customer_id - told
        # sudo: who may change the proposal may send its letters; nobody writes the proof by hand.
        notices = self.env["cloud.indexation.notice"].sudo()
        notices.create([{"indexation_id": self.id, "customer_id": customer.id} for customer in new])
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE cloud_indexation_line l
               SET notice_id = n.id
              FROM cloud_indexation_notice n
             WHERE n.indexation_id = l.indexation_id
               AND n.customer_id = l.customer_id
               AND l.indexation_id = %s
               AND NOT l.is_excluded
            """,
            [self.id],
        )
        self.env.invalidate_all()

    def _get_late_lines(self, today):
        """The lines whose customer was told after the last day for it, or was not told and that day has passed."""
        self.ensure_one()
        late = self.line_ids.browse()
        for line in self.line_ids:
            told = line.notice_id.sent_at if line.notice_id.state in ("sent", "posted") else None
            if not line.is_excluded and (told.date() if told else today) > line.notice_deadline:
                late |= line
        return late

    def _get_too_late(self, today):
        """The lines for which the days of notice cannot be kept any more, whoever hurries."""
        limit = today + timedelta(days=self.notice_days)
        return self.line_ids.filtered(lambda line: not line.is_excluded and line.date_from < limit)

    def _get_notice_problems(self, today):
        return self._get_notice_sentences(today) if self.notice_policy == "block" else []

    def _get_notice_warnings(self, today):
        return self._get_notice_sentences(today) if self.notice_policy == "warn" else []

    def _get_notice_sentences(self, today):
        late = self._get_too_late(today)
        if not late:
            return []
        return [
            self.env._(
                "%(indexation)s: %(count)s lines begin before %(day)s, the first day that %(days)s days of notice "
                "allow, for instance %(line)s. Begin later, or leave them out.",
                indexation=self.name,
                count=len(late),
                day=format_date(self.env, today + timedelta(days=self.notice_days)),
                days=self.notice_days,
                line=late[0].display_name,
            )
        ]

    def _make_proof_csv(self):
        """The proof as CSV text, with dates and numbers that no spreadsheet reads otherwise."""
        names = [
            self.env._("Customer"),
            self.env._("Subscription"),
            self.env._("Line"),
            self.env._("From"),
            self.env._("Percent"),
            self.env._("A month before"),
            self.env._("A month after"),
            self.env._("Currency"),
            self.env._("Left out because"),
            self.env._("To be told by"),
            self.env._("Letter"),
            self.env._("Address"),
            self.env._("Sent (UTC)"),
            self.env._("Message id"),
            self.env._("Failure"),
        ]
        labels = dict(self.env["cloud.indexation.notice"]._fields["state"]._description_selection(self.env))
        return write_csv([names, *(line._get_proof_cells(labels) for line in self.line_ids)])
