import logging
from functools import partial

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from ..bill.cloud_bill_posting import BATCH

_logger = logging.getLogger(__name__)

# What scheduled actions that post run: the first one, and those that help it.
POSTERS = ("model._cron_post_runs()", "model._cron_post_runs(is_helper=True)")


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
                self._call_posters()

    def action_retry_parked(self):
        """Take the parked bills of the run up again."""
        self._check_may_act()
        for run in self:
            parked = run.bill_ids.filtered(lambda bill: bill.state == "parked")
            if not parked:
                raise UserError(self.env._("%(run)s has no parked bill.", run=run.name))
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

    def _get_waiting(self, domain=()):
        """The bills that are still to be posted, those of a domain where one is given."""
        # Searched: to count thousands of bills, or to see that none is left, nothing of them is read.
        return self.env["cloud.bill"].search(
            [("run_id", "in", self.ids), ("state", "=", "ready"), ("content_hash", "!=", False), *domain]
        )

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
            "Invoices posted: %(posted)s; bills with nothing to invoice: %(zero)s; parked: %(parked)s.",
            posted=self.move_count,
            zero=self.posted_count - self.move_count,
            parked=self.parked_count,
        )

    # === BUSINESS: BY THE SCHEDULE === #

    @api.model
    def _call_posters(self):
        """Wake all scheduled actions up that post: so many workers share the bills. Copying a helper adds one."""
        # sudo: whoever bills may not read scheduled actions; waking them up lends nothing else.
        posters = self.env["ir.cron"].sudo().search([("model_name", "=", "cloud.bill.run"), ("code", "in", POSTERS)])
        for poster in posters:
            poster._trigger()

    def _start_posting(self):
        """What comes before the first bill of a worker; several of them may begin at the same moment."""
        self._check_postable()
        self._prepare_posting()

    def _is_chained(self):
        """Whether invoices of the run go into a journal whose entries Odoo chains by hashes.

        Odoo refuses to post there while somebody else has numbers that are not committed, so only one may post.
        """
        self.ensure_one()
        return any(bill._get_journal().restrict_mode_hash_table for bill in self._get_waiting())

    @api.model
    def _cron_post_runs(self, is_helper=False):
        """Post what is approved and was told to be posted; several workers share the bills.

        is_helper: of a worker more, which leaves alone what only one may post.
        """
        Bill, progress = self.env["cloud.bill"], self.env["ir.cron"]._commit_progress
        for run in self.search([("state", "=", "posting")], order="id"):
            if is_helper and run._is_chained():
                continue
            try:
                retrying(run._start_posting, self.env)
            except UserError as error:
                self.env.cr.rollback()
                _logger.warning("%s is not posted: %s", run.name, error)
                run.sudo().error = str(error)  # sudo: see _set_state.
                progress(0)
                continue
            progress(remaining=len(run._get_waiting()))
            while bills := retrying(partial(Bill._claim, run), self.env):
                done = bills._post_claimed(bills[0].claim_token)
                # Time is up and nothing waits: Odoo calls nobody again before the next hour, so the run is ended now.
                if not progress(done) and run._get_waiting():
                    return
            retrying(run._close_when_done, self.env)
