from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...engine.numbers import exact, to_text

# So many invoices are told to the approver one by one.
_NAMED = 20


class CloudUndo(models.Model):
    """A set of posted invoices that is taken back together: each by a credit note that makes its service due again.

    What cannot be taken back, sent, paid or exported as it is, stays on the correction list with what to do.
    """

    _name = "cloud.undo"
    _description = "Undo of Invoices"
    # The posting before the mixin: it fills hooks of it.
    _inherit = ["cloud.undo.blocker", "cloud.undo.posting", "cloud.agreed.mixin", "mail.thread"]
    _order = "id desc"
    _request_kind = "undo"

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    run_id = fields.Many2one(
        "cloud.bill.run", string="Bill Run", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    date = fields.Date(
        string="Date of the Credit Notes",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="In an open period: the invoices keep their own dates.",
    )
    reason = fields.Text(
        required=True, default="", help="For the approver and the record; printed on the credit notes."
    )
    line_ids = fields.One2many("cloud.undo.line", "undo_id", string="Invoices", readonly=True)
    planned_count = fields.Integer(string="To Reverse", compute="_compute_counts")
    reversed_count = fields.Integer(string="Reversed", compute="_compute_counts")
    open_count = fields.Integer(string="To Correct", compute="_compute_counts")
    done_count = fields.Integer(string="Dealt With", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts", help="Percent of the invoices that were to be reversed.")
    total_text = fields.Char(string="Total", compute="_compute_total_text", help="Of what is reversed, per currency.")

    # === COMPUTE === #

    def _compute_counts(self):
        groups = self.env["cloud.undo.line"]._read_group(
            [("undo_id", "in", self.ids)], ["undo_id", "state"], ["__count"]
        )
        counts = {}
        for undo, state, count in groups:
            counts.setdefault(undo.id, {})[state] = count
        for undo in self:
            by_state = counts.get(undo._origin.id, {})
            for state in ("planned", "reversed", "open", "done"):
                undo[f"{state}_count"] = by_state.get(state, 0)
            whole = undo.planned_count + undo.reversed_count
            undo.progress = 100.0 * undo.reversed_count / whole if whole else 100.0

    @api.depends_context("lang")
    def _compute_total_text(self):
        for undo in self:
            totals = {}
            with exact():
                for line in undo.line_ids.filtered(lambda line: line.state in ("planned", "reversed")):
                    totals[line.currency_id] = totals.get(line.currency_id, 0) + line.amount
            undo.total_text = ", ".join(
                f"{self.env['cloud.bill']._format_amount(amount, currency)} {currency.name}"
                for currency, amount in totals.items()
            )

    # === ACTIONS === #

    def action_look_again(self):
        """Ask once more of each invoice whether it can be taken back: what was sent or paid since cannot."""
        self.check_access("write")
        for undo in self:
            undo._check_editable()
            undo._look()

    def action_reverse(self):
        """Reverse what was approved: at once where it is one batch, else by the scheduled action."""
        self.check_access("write")
        for undo in self:
            if undo.state != "approved":
                raise UserError(
                    self.env._("%(undo)s is not approved: submit it to a second person first.", undo=undo.name)
                )
            undo._reverse_or_leave()

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_undo_line_action")
        return {**action, "domain": [("undo_id", "=", self.id)], "context": {}}

    def action_view_credit_notes(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_refund_type")
        moves = self.line_ids.credit_move_id
        return {**action, "domain": [("id", "in", moves.ids)], "context": {"create": False}}

    def get_progress(self):
        """How far the reversal is, as the form asks for it while it goes on; False where nothing is going on.

        Returns {"label", "done", "whole", "percent", "seconds_left"}; seconds_left: None while nobody can say.
        """
        self.ensure_one()
        self.check_access("read")
        if self.state != "approved" or not self.planned_count:
            return False
        done, whole = self.reversed_count, self.planned_count + self.reversed_count
        return {
            "label": self.env._("%(done)s of %(whole)s invoices reversed", done=done, whole=whole),
            "done": done,
            "whole": whole,
            "percent": round(self.progress, 1),
            "seconds_left": self._get_seconds_left(fields.Datetime.now()),
        }

    # === BUSINESS === #

    def _get_seconds_left(self, now):
        """How long the rest takes at the pace since the first credit note; None before there is a pace."""
        [(count, first)] = self.env["account.move"]._read_group(
            [("id", "in", self.line_ids.credit_move_id.ids)], [], ["__count", "create_date:min"]
        )
        return round((now - first).total_seconds() * self.planned_count / count) if count else None

    @api.model
    def _open_for(self, bills, run=None):
        """The window of an undo of posted bills of one company: the draft there is of them, else a new one."""
        self.check_access("create")
        bills.check_access("read")
        if not bills:
            raise UserError(self.env._("There is no posted invoice to take back."))
        bills.company_id.ensure_one()
        drafts = self.search([("run_id", "=", run.id if run else False), ("state", "in", ("draft", "rejected"))])
        undo = drafts.filtered(lambda draft: draft.line_ids.bill_id == bills)[:1]
        if not undo:
            name = run.name if run else bills[0].move_id.name or bills[0].name
            undo = self.create(
                {
                    "name": self.env._("Undo of %(name)s", name=name),
                    "company_id": bills.company_id.id,
                    "run_id": run.id if run else False,
                }
            )
            # sudo: which invoices it has is the undo's own doing; no role may write them.
            self.env["cloud.undo.line"].sudo().create(
                [
                    {"undo_id": undo.id, "bill_id": bill.id, "amount": bill.amount, "currency_id": bill.currency_id.id}
                    for bill in bills
                ]
            )
        undo._look()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": undo.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _look(self):
        """Sort the invoices: what can be reversed, and what goes on the correction list with its reasons."""
        lines = self.line_ids.filtered(lambda line: line.state in ("planned", "open"))
        blockers = self._get_blockers(lines)
        for told, same in lines.grouped(lambda line: blockers.get(line.id, ())).items():
            same._set_told(told)
        self.invalidate_recordset()

    def _check_editable(self):
        if self.state not in ("draft", "rejected"):
            raise UserError(
                self.env._("%(undo)s is submitted: it stays as it was shown. Withdraw its request.", undo=self.name)
            )

    # === BUSINESS: APPROVAL === #

    def _get_problems(self):
        problems = super()._get_problems()
        if not (self.reason or "").strip():
            problems.append(self.env._("%(undo)s: say why the invoices are taken back.", undo=self.name))
        planned = self.line_ids.filtered(lambda line: line.state == "planned")
        if not planned:
            problems.append(
                self.env._(
                    "%(undo)s: none of the invoices can be taken back. Deal with them on the correction list.",
                    undo=self.name,
                )
            )
        return problems + self._get_date_blockers(planned)

    def _get_date_blockers(self, lines):
        """A lock date in the way of the credit notes, and a date before the invoices."""
        problems = []
        for journal in lines.move_id.journal_id:
            locks = self.company_id._get_violated_lock_dates(self.date, True, journal)
            if locks:
                problems.append(
                    self.env._(
                        "%(undo)s: the books are closed on %(date)s (%(locks)s). Choose a later date.",
                        undo=self.name,
                        date=format_date(self.env, self.date),
                        locks=self.company_id._format_lock_dates(locks),
                    )
                )
                break
        last = max(lines.move_id.mapped("date"), default=None)
        if last and last > self.date:
            problems.append(
                self.env._(
                    "%(undo)s: an invoice is dated %(last)s, a credit note of it cannot be earlier. Choose a date from"
                    " then on.",
                    undo=self.name,
                    last=format_date(self.env, last),
                )
            )
        return problems

    def _take_effect(self, write):
        result = super()._take_effect(write)
        self.env.ref("cloud_billing.cron_reverse_undone")._trigger()
        return result

    def _get_content(self):
        """What people agree to: the date, the reason, and each invoice that is reversed with its amount."""
        lines = self.line_ids.filtered("is_planned").sorted(lambda line: line.bill_id.id)
        return {
            "date": fields.Date.to_string(self.date),
            "reason": self.reason,
            "invoices": [[line.bill_id.id, line.move_id.id, to_text(line.amount)] for line in lines],
        }

    def _get_effect_values(self):
        return {
            self.env._("Date of the credit notes"): format_date(self.env, self.date),
            self.env._("Invoices that are reversed"): str(self.planned_count),
            self.env._("Total"): self.total_text or "",
            self.env._("Invoices that stay, on the correction list"): str(self.open_count),
            self.env._("Reason"): self.reason or "",
        }

    def _get_effect_notes(self):
        planned = self.line_ids.filtered(lambda line: line.state == "planned")
        notes = [line._get_summary() for line in planned[:_NAMED]]
        if len(planned) > _NAMED:
            notes.append(self.env._("%(count)s more invoices.", count=len(planned) - _NAMED))
        notes.append(self.env._("What they charged is due again with the next run."))
        return [*super()._get_effect_notes(), *notes]
