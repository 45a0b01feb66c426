import logging
import uuid
from datetime import timedelta
from functools import partial

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import retrying
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# Up to so many charges are rated while the user waits; more are left to the scheduled action.
SMALL = 1000
# Charges of one transaction: a crash loses some seconds of work, and the fixed statements weigh little.
CHUNK = 10000
LEASE = timedelta(minutes=10)
MAX_ATTEMPTS = 3


class CloudBillRunRating(models.AbstractModel):
    """From draft to review: due periods, charges, rated lines, corrections, bills."""

    _name = "cloud.bill.run.rating"
    _description = "Rating of a Bill Run"

    # === ACTIONS === #

    def action_rate(self):
        """Find what is due and rate it: at once where it is little, else by the scheduled action."""
        self._check_may_act()
        for run in self:
            if run.state != "draft":
                raise UserError(self.env._("%(run)s is rated already: take it back to draft first.", run=run.name))
            run._start_rating()
            if run._count_unrated() <= SMALL:
                run._rate_all()
            else:
                self.env.ref("cloud_billing.cron_rate_runs")._trigger()

    def action_retry_rating(self):
        """Try again after the scheduled action gave up."""
        self._check_may_act()
        # sudo: see _set_state.
        self.sudo().write({"attempts": 0, "error": False, "claim_token": False, "claim_until": False})
        self.env.ref("cloud_billing.cron_rate_runs")._trigger()

    # === BUSINESS === #

    def _start_rating(self, now=None):
        """Freeze the usage number and make the charges that are due. now: naive UTC, see `cloud.charge.due._make`."""
        number = self.env["cloud.usage.store"]._last_number(self.company_id)
        self._set_state("rating", usage_number=number, attempts=0, error=False)
        self.env["cloud.billing.period"]._create_due(self.company_id, self.cutoff_date, limit=self._get_limit())
        return self.env["cloud.charge.due"]._make(self, now=now)

    def _count_unrated(self):
        return self.env["cloud.charge"].search_count([("run_id", "=", self.id), ("is_rated", "=", False)])

    def _rate_all(self):
        while self._rate_chunk():
            pass
        self._finish_rating()

    def _rate_chunk(self, proposal=None):
        """Rate the next charges of the run, earlier service first; returns how many.

        proposal: see `cloud.rating._rate`.
        """
        charges = self.env["cloud.charge"].search(
            [("run_id", "=", self.id), ("is_rated", "=", False)], order="service_start, id", limit=CHUNK
        )
        self._rate_safely(charges, proposal)
        return len(charges)

    def _rate_safely(self, charges, proposal=None):
        """Rate charges; where one of them fails unforeseen, find it by halves and leave it with its error."""
        try:
            with self.env.cr.savepoint():
                self.env["cloud.rating"]._rate(charges, self.usage_number, proposal)
        except (psycopg2.OperationalError, ConcurrencyError):
            raise
        except Exception as error:
            if len(charges) > 1:
                middle = len(charges) // 2
                self._rate_safely(charges[:middle], proposal)
                self._rate_safely(charges[middle:], proposal)
                return
            _logger.exception("Charge %s cannot be rated", charges.id)
            charges._refuse("unforeseen", line=charges.subscription_line_id.name, detail=str(error))

    def _finish_rating(self):
        """Corrections, bills, judgement; then the run is in review."""
        self._make_bills()
        self._get_reviewed_bills()._assess()
        charges = self.env["cloud.charge"].search([("run_id", "=", self.id)])
        charges.period_id._set_run(self)
        self._set_state("review", claim_token=False, claim_until=False)
        if not charges:
            self.message_post(body=self._get_nothing_due_text())

    def _make_bills(self, proposal=None):
        """Corrections and true-ups beside what was rated, and the bills of all of it.

        proposal: see `cloud.rating._rate`.
        """
        if self.env["cloud.charge.correction"]._make(self, proposal=proposal):
            self.env["cloud.charge.correction"]._rate_followers(self, proposal)
        # Last, for a true-up is rated from what everything else comes to.
        self.env["cloud.spend.true.up"]._make(self)
        self._make_other_charges()
        self.env["cloud.bill"]._assemble(self)

    def _make_other_charges(self):
        """Hook: make and rate charges that stand beside everything else of the run, before its bills are assembled."""

    def _get_nothing_due_text(self):
        day = fields.Date.add(self.cutoff_date.replace(day=1), months=1)
        return self.env._(
            "Nothing is due on or before %(cutoff)s. A month in arrears is due on the first day after it: the month"
            " of the cut-off on %(day)s.",
            cutoff=self._get_date_text(self.cutoff_date),
            day=self._get_date_text(day),
        )

    # === BUSINESS: BY THE SCHEDULE === #

    @api.model
    def _cron_create_runs(self):
        """Each night: a run per live company with what is due, rated up to the review. It never posts."""
        now = fields.Datetime.now()
        # sudo: the schedule works for every company.
        companies = self.env["res.company"].sudo().search([("cloud_billing_state", "!=", "setup")])
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(companies))
        for company in companies:
            try:
                retrying(partial(self._create_due_run, company, now), self.env)
            except Exception:
                self.env.cr.rollback()
                _logger.exception("The bill run of %s could not be made", company.name)
            if not progress(1):
                break
        self.env.ref("cloud_billing.cron_rate_runs")._trigger()

    @api.model
    def _create_due_run(self, company, now):
        """Make a run of everything that is due now and not charged yet; none where there is nothing."""
        cutoff = now.date()
        self.env["cloud.billing.period"]._create_due(company, cutoff)
        due = self.env["cloud.charge.due"]._get_rows(company, cutoff, now=now)
        if next(due, None) is None and not self.env["cloud.spend.due"]._get_due(company, cutoff, now=now):
            return self.browse()
        run = self.with_company(company).create(
            {
                "company_id": company.id,
                "cutoff_date": cutoff,
                "invoice_date": cutoff,
                "accounting_date": cutoff,
                "is_automatic": True,
            }
        )
        run._start_rating(now=now)
        return run

    @api.model
    def _cron_rate_runs(self):
        """Rate what is being rated, chunk by chunk; several workers share the runs."""
        progress = self.env["ir.cron"]._commit_progress
        while run := self._claim_rating():
            progress(remaining=run._count_unrated() + 1)
            try:
                while done := retrying(partial(run._work_claimed, run.claim_token), self.env):
                    if not progress(done):
                        # The next call, which may come at once, goes on: nobody waits for the lease to end.
                        run._leave_claim(False)
                        progress(0)
                        return
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Rating %s failed", run.name)
                run._leave_claim(str(error))
                progress(0)

    def _claim_rating(self):
        """Claim one run that is being rated and nobody works on, and commit the claim; empty where there is none."""
        return retrying(self._write_claim, self.env)

    @api.model
    def _write_claim(self):
        now, token = fields.Datetime.now(), uuid.uuid4().hex
        self.env.cr.execute(
            """
            UPDATE cloud_bill_run
               SET claim_token = %(token)s,
                   claim_until = %(until)s,
                   attempts = attempts + 1
             WHERE id = (SELECT id
                           FROM cloud_bill_run
                          WHERE state = 'rating'
                            AND attempts < %(attempts)s
                            AND (claim_until IS NULL OR claim_until < %(now)s)
                       ORDER BY id
                          LIMIT 1
                     FOR UPDATE SKIP LOCKED)
         RETURNING id
            """,
            {"token": token, "until": now + LEASE, "now": now, "attempts": MAX_ATTEMPTS},
        )
        claimed = self.browse(row[0] for row in self.env.cr.fetchall())
        claimed.invalidate_recordset()
        return claimed

    def _work_claimed(self, token):
        """One chunk under our claim, or the end of rating; 0 when there is nothing left for us to do."""
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_bill_run
               SET claim_until = %(until)s, attempts = 0
             WHERE id = %(id)s AND claim_token = %(token)s AND state = 'rating'
         RETURNING id
            """,
                until=fields.Datetime.now() + LEASE,
                id=self.id,
                token=token,
            )
        )
        if not self.env.cr.rowcount:
            return 0
        self.invalidate_recordset()
        done = self._rate_chunk()
        if not done:
            self._finish_rating()
        return done

    def _leave_claim(self, error):
        """Give a run free, after a failure with its error; after the last attempt it waits for a person."""
        self.invalidate_recordset()
        self.sudo().write({"claim_token": False, "claim_until": False, "error": error})  # sudo: see _set_state.
