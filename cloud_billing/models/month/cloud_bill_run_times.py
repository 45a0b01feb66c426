from datetime import datetime, time

from odoo import fields, models

from ..billing.run.cloud_bill_run import POSTED

# What a run stamps when it enters a state; the time of the transaction, as on everything else that is written in it.
_STAMPS = {"rating": "rating_started_at", "review": "rated_at", "posting": "posting_started_at", "posted": "posted_at"}


class CloudBillRun(models.Model):
    """When a run was rated, approved and posted: how long after the end of its periods, beside the run before it."""

    _inherit = "cloud.bill.run"

    rating_started_at = fields.Datetime(readonly=True, copy=False)
    rated_at = fields.Datetime(readonly=True, copy=False)
    approved_at = fields.Datetime(related="request_id.decided_at", string="Approved At")
    posting_started_at = fields.Datetime(readonly=True, copy=False)
    posted_at = fields.Datetime(readonly=True, copy=False)

    # === CRUD === #

    def write(self, vals):
        stamps = self._prepare_stamps(vals.get("state"))
        return super().write({**vals, **stamps} if stamps else vals)

    def _prepare_stamps(self, state):
        if state == "draft":
            return dict.fromkeys(_STAMPS.values(), False)
        # A run that comes back from approval was rated when it was rated.
        if state not in _STAMPS or (state == "review" and all(self.mapped("rated_at"))):
            return {}
        return {_STAMPS[state]: self.env.cr.now()}

    # === BUSINESS === #

    def _get_times(self):
        """[{key, label, seconds, last_seconds}] from the end of the periods to each step; None: not there yet.

        The periods end with the day before the cut-off: counted from midnight UTC, wherever the customers are.
        last_seconds: of the run of the whole company before this one.
        """
        self.ensure_one()
        last = self._get_run_before()
        labels = {
            "rated_at": self.env._("Rated"),
            "approved_at": self.env._("Approved"),
            "posted_at": self.env._("Posted"),
        }
        return [
            {
                "key": name,
                "label": label,
                "seconds": self._get_seconds_after_end(name),
                "last_seconds": last._get_seconds_after_end(name) if last else None,
            }
            for name, label in labels.items()
        ]

    def _get_run_before(self):
        """The last posted run with an earlier cut-off; of limited runs there is none."""
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("cutoff_date", "<", self.cutoff_date),
                ("state", "in", POSTED),
                ("is_limited", "=", False),
            ],
            order="cutoff_date desc, id desc",
            limit=1,
        )

    def _get_seconds_after_end(self, name):
        moment = self[name]
        if not moment:
            return None
        return int((moment - datetime.combine(self.cutoff_date, time.min)).total_seconds())

    def _count_touches(self):
        """How many times people intervened in this run: what the register of interventions says of it."""
        # sudo: how many there are is told to everybody who sees the run; what they were is for those who may read it.
        return self.env["cloud.intervention"].sudo().search_count([("run_id", "=", self.id)])
