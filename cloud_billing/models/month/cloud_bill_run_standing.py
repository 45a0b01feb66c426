import logging
from decimal import Decimal
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal
from .standing_token import STANDING_TOKEN

_logger = logging.getLogger(__name__)

_ZERO = Decimal(0)


class CloudBillRun(models.Model):
    """What the schedule approves of its own runs: the bills that a standing approval covers; the rest is for people."""

    _inherit = "cloud.bill.run"

    standing_id = fields.Many2one(
        related="request_id.standing_id", string="Approved Under", help="Approved by people beforehand, within limits."
    )
    standing_text = fields.Char(string="Standing Approval", compute="_compute_standing_text")
    split_from_id = fields.Many2one(
        "cloud.bill.run",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="The run in which the bills were made; those that people look at stayed there.",
    )

    # === COMPUTE === #

    @api.depends("request_id")
    @api.depends_context("lang")
    def _compute_standing_text(self):
        for run in self:
            run.standing_text = run.standing_id._get_print_text() if run.standing_id else False

    # === BUSINESS: BY THE SCHEDULE === #

    @api.model
    def _cron_approve_standing(self):
        """Approve and hand over for posting what standing approvals allow of the runs that the schedule has made."""
        self._approve_standing_all(fields.Datetime.now())

    @api.model
    def _approve_standing_all(self, now):
        """The same at an instant (naive UTC), run by run; whatever is in the way of one is told on it."""
        progress = self.env["ir.cron"]._commit_progress
        # Runs of corrections alone are made to be looked at.
        runs = self.search(
            [
                ("state", "=", "review"),
                ("is_automatic", "=", True),
                ("is_limited", "=", False),
                ("correction_scope", "=", False),
            ],
            order="id",
        )
        progress(remaining=len(runs))
        is_any = False
        for run in runs:
            try:
                is_any |= bool(retrying(partial(run._approve_standing, now, STANDING_TOKEN), self.env))
            except Exception as error:
                self.env.cr.rollback()
                _logger.warning("%s is left to people: %s", run.name, error)
                retrying(partial(run._note_standing_problem, str(error)), self.env)
            if not progress(1):
                break
        if is_any:
            self._call_posters()

    def _approve_standing(self, now, token):
        """Approve what the standing approvals of the company allow of this run; returns the runs that go to posting.

        token: of `cloud.change.request._submit_under`. Raises UserError where the run itself is in the way.
        """
        self.ensure_one()
        approved = self.browse()
        for standing in self.env["cloud.standing.approval"]._find_in_force(self.company_id, now.date()):
            bills = self._choose_bills(standing)
            if not bills:
                continue
            run = self._split(bills) if self._get_reviewed_bills() - bills else self
            run._seal_bills()
            problems = run._get_submit_blockers()
            if problems:
                raise UserError("\n".join(problems))
            self.env["cloud.change.request"]._submit_under(run, standing, token)
            run.message_post(body=standing._get_print_text())
            run._set_state("posting")
            approved |= run
            if run == self:
                break
        if approved and self.error:
            self.sudo().error = False  # sudo: see _set_state.
        return approved

    def _note_standing_problem(self, text):
        """Tell why the schedule left the run to people, once."""
        self.invalidate_recordset()
        if self.state == "review" and self.error != text:
            self.sudo().error = text  # sudo: see _set_state.

    # === BUSINESS: WHICH BILLS === #

    def _fetch_coverage(self, standing):
        """Rows (bill_id, customer_id, amount as text, problem or None) of all bills of the run."""
        self.env.flush_all()
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT bill_id, customer_id, amount::text AS amount, problem
              FROM cloud_billing_guard_standing_bills(%s, %s)
          ORDER BY bill_id
            """,
                standing.id,
                self.id,
            )
        )

    def _choose_bills(self, standing):
        """The bills that a standing approval covers and has room for.

        A payer's bills go together, for what one of them counts (a minimum) may stand on another.
        """
        # What two people approve is approved by no standing approval.
        much = {customer.id for customer in self._get_much_given_back()}
        payers = {}
        for row in self._fetch_coverage(standing):
            if row["customer_id"] not in much:
                payers.setdefault(row["customer_id"], []).append(row)
        with exact():
            left = min(standing.amount_run, standing.amount_month - standing._fetch_used(self.invoice_date))
            chosen = []
            for rows in payers.values():
                amount = sum((abs(parse_decimal(row["amount"])) for row in rows), _ZERO)
                if any(row["problem"] for row in rows) or amount > left:
                    continue
                left -= amount
                chosen += [row["bill_id"] for row in rows]
        return self.env["cloud.bill"].browse(chosen)

    def _split(self, bills):
        """Move bills with their charges to a run of their own, with the same dates and usage; returns it."""
        # sudo: the schedule and its like make runs with values that no person types.
        run = self.sudo().create(self._prepare_split_vals()).sudo(self.env.su)
        self._move_bills(bills, run)
        run._set_state("review", usage_number=self.usage_number)
        self.message_post(
            body=self.env._("Bills that were split off to %(run)s: %(count)s.", count=len(bills), run=run.name)
        )
        return run

    def _prepare_split_vals(self):
        return {
            "company_id": self.company_id.id,
            "cutoff_date": self.cutoff_date,
            "invoice_date": self.invoice_date,
            "accounting_date": self.accounting_date,
            "due_date": self.due_date,
            "is_automatic": self.is_automatic,
            "split_from_id": self.id,
        }

    def _move_bills(self, bills, run):
        """Everything of bills that names their run; set-wise. To move more: override, call super()."""
        self.env.flush_all()
        ids = list(bills.ids)
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_bill b
               SET run_id = %(run_id)s,
                   name = %(name)s || substr(b.name, length(%(old)s) + 1)
             WHERE id = ANY(%(ids)s)
            """,
                run_id=run.id,
                name=run.name,
                old=self.name,
                ids=ids,
            )
        )
        self.env.execute_query(SQL("UPDATE cloud_charge SET run_id = %s WHERE bill_id = ANY(%s)", run.id, ids))
        self.env.invalidate_all()
        # sudo: periods change by billing only; no role may write them.
        bills.charge_ids.period_id.sudo().write({"run_id": run.id})

    # === HOOKS === #

    def _get_effect_under(self, standing):
        """What a checker would have seen, and under what it was approved."""
        effect = self._get_effect()
        return {**effect, "notes": [standing._get_print_text(), *effect["notes"]]}
