import logging
from functools import partial

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from .cloud_bill_posting import BATCH

_logger = logging.getLogger(__name__)


class CloudBillRunPosting(models.AbstractModel):
    """From approved to posted: checks once more, then batch by batch; what fails is parked and the rest goes on."""

    _name = "cloud.bill.run.posting"
    _description = "Posting of a Bill Run"

    # === ACTIONS === #

    def action_post(self):
        """Post an approved run: at once where it is one batch, else by the scheduled action."""
        self._check_may_act()
        for run in self:
            if run.state not in ("approved", "posting"):
                raise UserError(
                    self.env._("%(run)s is not approved: submit it to a second person first.", run=run.name)
                )
            run._check_postable()
            run._set_state("posting")
            run._prepare_posting()
            waiting = run._get_waiting()
            if len(waiting) <= BATCH:
                waiting._post_now()
                run._close_when_done()
            else:
                self.env.ref("cloud_billing.cron_post_runs")._trigger()

    def action_retry_parked(self):
        """Take the parked bills of the run up again."""
        self._check_may_act()
        for run in self:
            parked = run.bill_ids.filtered(lambda bill: bill.state == "parked")
            # sudo: bills change by their buttons; no role may write them.
            parked.sudo().write(
                {"state": "ready", "error": False, "attempts": 0, "claim_token": False, "claim_until": False}
            )
            run._set_state("posting")
        return self.action_post()

    # === BUSINESS === #

    def _check_postable(self):
        """Raise what stands in the way of posting: the company, the seal, lock dates."""
        problems = self._get_company_blockers() + self._get_date_blockers()
        if problems:
            raise UserError("\n".join(problems))
        self._check_approved()

    def _prepare_posting(self):
        """What is done each time before bills of the run are taken up: parking what may not be posted yet.

        To add something: override, call super().
        """

    def _get_waiting(self):
        """The bills that are still to be posted."""
        return self.bill_ids.filtered(lambda bill: bill.state == "ready" and bill.content_hash)

    def _close_when_done(self):
        """A run is posted when nothing waits any more; what is parked waits for a person, not for the run."""
        for run in self:
            if run.state != "posting" or run._get_waiting():
                continue
            run._set_state("posted")
            self.env["cloud.charge"].search([("run_id", "=", run.id)]).period_id._refresh_states()
            run.message_post(body=run._get_posted_text())

    def _get_posted_text(self):
        return self.env._(
            "%(posted)s invoices posted, %(zero)s bills had nothing to invoice, %(parked)s are parked.",
            posted=self.move_count,
            zero=self.posted_count - self.move_count,
            parked=self.parked_count,
        )

    # === BUSINESS: BY THE SCHEDULE === #

    @api.model
    def _cron_post_runs(self):
        """Post what is approved and was told to be posted; several workers share the bills."""
        Bill, progress = self.env["cloud.bill"], self.env["ir.cron"]._commit_progress
        for run in self.search([("state", "=", "posting")], order="id"):
            try:
                run._check_postable()
                run._prepare_posting()
            except UserError as error:
                self.env.cr.rollback()
                _logger.warning("%s is not posted: %s", run.name, error)
                run.sudo().error = str(error)  # sudo: see _set_state.
                progress(0)
                continue
            progress(remaining=len(run._get_waiting()))
            while bills := retrying(partial(Bill._claim, run), self.env):
                done = bills._post_claimed(bills[0].claim_token)
                if not progress(done):
                    return
            retrying(run._close_when_done, self.env)
