from odoo import api, fields, models
from odoo.tools import SQL

from ..billing.run.cloud_rating_claim import MAX_ATTEMPTS
from .job_queries import QUERIES


class CloudJob(models.Model):
    """What runs in the background, waits for its turn, or has stopped with an error: one list over all of it.

    Nothing is kept here: a job is what the claim on its record says at this moment.
    """

    _name = "cloud.job"
    _description = "Job"
    _auto = False
    _order = "since desc, id desc"
    _depends = {
        "cloud.usage.import": ["state", "error", "attempts", "claim_until", "source_id", "company_id", "name"],
        "cloud.usage.import.halt": ["import_id", "kind"],
        "cloud.bill.run": ["state", "error", "attempts", "claim_until", "company_id", "name"],
        "cloud.undo": ["state", "company_id", "name"],
        "cloud.undo.line": ["undo_id", "state", "is_planned", "attempts", "claim_until"],
        "cloud.bill.run.share": ["run_id", "is_done", "error", "attempts", "claim_until"],
        "cloud.bill": ["state", "error", "attempts", "claim_until", "company_id", "customer_id", "name", "run_id"],
    }

    name = fields.Char(string="Job", readonly=True)
    kind = fields.Selection(
        [
            ("import", "Import"),
            ("rating", "Rating"),
            ("posting", "Posting"),
            ("bill", "Invoice"),
            ("undo", "Undo"),
        ],
        string="Step",
        readonly=True,
    )
    status = fields.Selection(
        [("working", "Working"), ("waiting", "Waiting"), ("paused", "Paused"), ("failed", "To resolve")],
        readonly=True,
        help="Working: somebody holds the claim on it. Waiting: the next scheduled action takes it up. Paused: a person"
        " stopped it for a while. To resolve: it waits for a person.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    customer_id = fields.Many2one("cloud.customer", readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record ID", model_field="res_model", readonly=True)
    attempts = fields.Integer(readonly=True, help="Times it was begun since it last got on.")
    since = fields.Datetime(readonly=True, help="Since when it is in this step.")
    claim_until = fields.Datetime(string="Claimed Until", readonly=True, help="Then somebody else may take it up.")
    error = fields.Text(string="Last Error", readonly=True)
    progress = fields.Float(compute="_compute_progress", help="Percent.")

    @property
    def _table_query(self):
        queries = self._get_job_queries()
        # The first one names the columns of all.
        return SQL(" UNION ALL ").join([queries.pop("import"), *queries.values()])

    # === COMPUTE === #

    @api.depends("res_model", "res_id")
    def _compute_progress(self):
        for model, jobs in self.grouped("res_model").items():
            records = self.env[model].browse(jobs.mapped("res_id"))
            has_progress = "progress" in records._fields
            for job, record in zip(jobs, records, strict=True):
                job.progress = record.progress if has_progress else 0.0

    # === ACTIONS === #

    def action_retry(self):
        """Try these again, as whoever asks may on their records."""
        return self._act("_retry_job")

    def action_stop(self):
        """Stop these, as whoever asks may on their records."""
        return self._act("_stop_job")

    def action_open(self):
        """The record that is worked on."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    def _act(self, method):
        self.check_access("read")
        action = None
        for job in self:
            action = getattr(self.env[job.res_model].browse(job.res_id), method)(job.kind)
        return action if len(self) == 1 else None

    # === HOOKS === #

    @api.model
    def _get_job_queries(self):
        """Return {kind: SQL}, one query per kind of job with the columns of this model.

        To add a kind: extend the selection, and what super() returns; its record inherits `cloud.job.mixin`. `id` is
        the record's id times 16 plus a number that no other kind has: of ours 1 to 4 and 6, of rehearsals 5.
        """
        return {kind: SQL(query, max_attempts=MAX_ATTEMPTS) for kind, query in QUERIES.items()}
