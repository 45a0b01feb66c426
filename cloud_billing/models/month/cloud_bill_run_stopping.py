from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CloudBillRun(models.Model):
    """Stopping a run that is being worked on: what is being done now is finished, the rest waits for a person."""

    _inherit = "cloud.bill.run"

    # === ACTIONS === #

    def action_stop(self):
        """Stop rating or posting.

        A run that is being rated goes back to draft; nothing of it stays. Of a run that is being posted the invoices
        that are made stay, also those of the batch somebody works on now; the other bills are parked: Retry Parked goes
        on with what was approved, Exclude makes their charges due again.
        """
        self._check_may_act()
        for run in self:
            if run.state == "rating":
                run._stop_rating(fields.Datetime.now())
            elif run.state == "posting":
                run._stop_posting()
            else:
                raise UserError(
                    self.env._("%(run)s is not being rated or posted, so there is nothing to stop.", run=run.name)
                )

    # === BUSINESS: RATING === #

    def _stop_rating(self, now):
        """Take the run back to draft: at once where nobody works on it, else its raters do. now: naive UTC."""
        leases = [self.claim_until, *self._get_shares().mapped("claim_until")]
        if not any(lease and lease >= now for lease in leases):
            self.action_back_to_draft()
            return
        # sudo: the wish is filed for the worker; nobody may make one by hand.
        self.env["cloud.bill.run.stop"].sudo().create({"run_id": self.id})

    def _start_rating(self, now=None, **kwargs):
        # A wish that came when everything was rated is not one for the next time.
        self._get_stop().unlink()
        return super()._start_rating(now=now, **kwargs)

    def _get_stop(self):
        """The wish to stop this run, empty where there is none."""
        # sudo: see _stop_rating.
        return self.env["cloud.bill.run.stop"].sudo().search([("run_id", "=", self.id)])

    def _work_claimed(self, token):
        wish = self._get_stop()
        if not wish:
            return super()._work_claimed(token)
        if self._keep_claim(token):
            # Back as the person who asked for it: the audit trail says who.
            self.with_user(wish.create_uid).action_back_to_draft()
            self._leave_claim(False)
            wish.unlink()
        return 0

    # === BUSINESS: POSTING === #

    def _stop_posting(self):
        """Park the bills that nobody works on; the run is posted as soon as the rest is."""
        bills = self._get_unclaimed()
        if bills:
            bills._park(self.env._("Stopped by %(user)s. Retry it, or exclude it.", user=self.env.user.name))
        self.env["cloud.audit.event"]._record("run_stopped", self, detail={"parked": len(bills)})
        self._close_when_done()

    def _get_unclaimed(self):
        """The bills that wait for posting and that no worker has claimed, locked; what a worker locks is left to it."""
        self.env["cloud.bill"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT id
              FROM cloud_bill
             WHERE run_id = %s
               AND state = 'ready'
               AND content_hash IS NOT NULL
               AND (claim_until IS NULL OR claim_until < now() AT TIME ZONE 'UTC')
          ORDER BY id
        FOR UPDATE SKIP LOCKED
            """,
                self.id,
            )
        )
        return self.env["cloud.bill"].browse(row[0] for row in rows)
