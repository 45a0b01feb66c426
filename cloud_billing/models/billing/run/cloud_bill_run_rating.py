import logging
from functools import partial

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import retrying
from odoo.tools import SQL

from ..isolated_work import do_each_live_company

_logger = logging.getLogger(__name__)

# Up to so many charges are rated while the user waits; more are left to the scheduled action.
SMALL = 1000
# What a scheduled action that rates runs.
RATER = "model._cron_rate_runs()"
# Charges of one transaction: a crash loses a second of work, progress is seen, memory is that of so many. The fixed
# statements of chunks half as large make rating a tenth slower.
CHUNK = 5000


class CloudBillRunRating(models.AbstractModel):
    """From draft to review: due periods, charges, rated lines, corrections, bills."""

    _name = "cloud.bill.run.rating"
    _description = "Rating of a Bill Run"
    _inherit = "cloud.rating.claim"

    # === ACTIONS === #

    def action_rate(self):
        """Find what is due and rate it: at once where it is little, else by the scheduled action."""
        self._check_may_act()
        for run in self:
            if run.state != "draft":
                raise UserError(self.env._("%(run)s is rated already: take it back to draft first.", run=run.name))
            run._start_rating(may_share=True)
            if not run._get_shares() and run._count_unrated() <= SMALL:
                run._rate_all()
            else:
                run._share_out()

    def action_retry_rating(self):
        """Try again after the scheduled action gave up."""
        self._check_may_act()
        again = {"attempts": 0, "error": False, "claim_token": False, "claim_until": False}
        # sudo: see _set_state.
        self.sudo().write(again)
        self._get_shares().filtered(lambda share: not share.is_done).write(again)
        self._call_raters()

    # === BUSINESS === #

    def _start_rating(self, now=None, may_share=False):
        """Freeze the usage number and make the charges that are due.

        now: naive UTC, see `cloud.charge.due._make`. may_share: where enough is due for several raters the run is cut
        into shares instead, and each rater makes the charges of its own.
        """
        number = self.env["cloud.usage.store"]._last_number(self.company_id)
        self._set_state("rating", usage_number=number, attempts=0, error=False)
        Due, limit = self.env["cloud.charge.due"], self._get_limit()
        self.env["cloud.billing.period"]._create_due(self.company_id, self.cutoff_date, limit=limit)
        if may_share and len(self._get_raters()) > 1:
            counts = Due._count_by_payer(self.company_id, self.cutoff_date, limit=limit)
            if self._make_shares(counts, charging="due", due_at=now):
                return 0
        return Due._make(self, now=now)

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
        charges = self._get_unrated()
        self._rate_safely(charges, proposal)
        return len(charges)

    def _get_unrated(self, share=None):
        """The next charges to rate, of a share where one is given: a chunk at most, earlier service first."""
        for model in ("cloud.charge", "cloud.customer"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            # Written down first: of charges that have just come the statistics say that there are a few, and a few are
            # looked for again for every customer.
            SQL(
                """
            WITH ch AS MATERIALIZED (
                     SELECT id, customer_id, service_start
                       FROM cloud_charge
                      WHERE run_id = %s
                        AND NOT is_rated
                 )
            SELECT ch.id
              FROM ch
              JOIN cloud_customer customer ON customer.id = ch.customer_id
             WHERE %s
          ORDER BY ch.service_start, ch.id
             LIMIT %s
            """,
                self.id,
                share._select_payers() if share else SQL("TRUE"),
                CHUNK,
            )
        )
        return self.env["cloud.charge"].browse(charge_id for (charge_id,) in rows)

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
        self._get_shares().unlink()
        self._set_state("review", claim_token=False, claim_until=False)
        if not charges:
            self.message_post(body=self._get_nothing_due_text())

    def _make_bills(self, proposal=None):
        """Corrections and true-ups beside what was rated, and the bills of all of it.

        proposal: see `cloud.rating._rate`.
        """
        self._make_charges_beside(proposal)
        self.env["cloud.bill"]._assemble(self)

    def _make_charges_beside(self, proposal=None):
        """Make and rate what is charged beside the run's own charges: corrections, true-ups, one-off amounts."""
        if self.env["cloud.charge.correction"]._make(self, proposal=proposal):
            self.env["cloud.charge.correction"]._rate_followers(self, proposal)
        # Last, for a true-up is rated from what everything else comes to.
        self.env["cloud.spend.true.up"]._make(self)
        self._make_other_charges()

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

    # === BUSINESS: SHARED BY RATERS === #

    def _get_raters(self):
        """The scheduled actions that rate: so many raters may work on one run. Copying one adds a rater."""
        # sudo: whoever rates may have others do it.
        return self.env["ir.cron"].sudo().search([("model_name", "=", self._name), ("code", "=", RATER)])

    def _call_raters(self):
        for rater in self._get_raters():
            rater._trigger()

    def _share_out(self):
        """Leave the rating to the scheduled actions, each with a share of its own where there is enough to do."""
        if not self._get_shares():
            self._make_shares(self.env["cloud.bill.run.share"]._count_by_payer(self))
        self._call_raters()

    def _make_shares(self, counts, **vals):
        """Cut the run into shares where several raters may work on it; returns them. counts, vals: of their `_make`."""
        Share = self.env["cloud.bill.run.share"]
        shares = min(sum(count for _payer_id, count in counts) // SMALL, len(self._get_raters()))
        if shares < 2 or self.env["cloud.rating"]._has_common_limits(self):
            return Share
        return Share._make(self, shares, counts, **vals)

    def _get_shares(self):
        # sudo: shares are no business of persons.
        return self.env["cloud.bill.run.share"].sudo().search([("run_id", "in", self.ids)])

    # === BUSINESS: BY THE SCHEDULE === #

    @api.model
    def _cron_create_runs(self):
        """Each night: a run per live company with what is due, rated up to the review. It never posts."""
        now = fields.Datetime.now()
        do_each_live_company(
            self.env, lambda company: self._create_due_run(company, now), "The bill run of %s could not be made"
        )
        self._call_raters()

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
        run._start_rating(now=now, may_share=True)
        run._share_out()
        return run

    @api.model
    def _cron_rate_runs(self):
        """Rate what is being rated, chunk by chunk; several raters share a run, and one of them ends it."""
        progress = self.env["ir.cron"]._commit_progress
        while work := self._claim_work():
            progress(remaining=work._count_unrated() + 1)
            try:
                while done := retrying(partial(work._work_claimed, work.claim_token), self.env):
                    if not progress(done):
                        # The next call, which may come at once, goes on: nobody waits for the lease to end.
                        work._leave_claim(False)
                        progress(0)
                        return
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Rating failed: %s", work)
                retrying(partial(work._leave_claim, str(error)), self.env)
                progress(0)

    def _claim_work(self):
        """Claim a share of a run, else a run that is to be ended, and commit the claim; empty where nothing waits."""
        share = retrying(self.env["cloud.bill.run.share"].sudo()._claim_at_once, self.env)  # sudo: see _share_out.
        return share or retrying(self._claim_at_once, self.env)

    def _work_claimed(self, token):
        """One chunk under our claim, or the end of rating; 0 when there is nothing left for us to do."""
        if not self._keep_claim(token):
            return 0
        self._get_shares()._make_left_over()
        done = self._rate_chunk()
        if not done:
            self._finish_rating()
        return done

    # === HOOKS === #

    def _select_waiting(self) -> SQL:
        # What no share holds, as of a customer who came to another payer meanwhile, is rated by who ends the run.
        return SQL(
            "work.state = 'rating' AND NOT EXISTS ("
            "SELECT 1 FROM cloud_bill_run_share share WHERE share.run_id = work.id AND NOT share.is_done)"
        )
