from odoo import models
from odoo.exceptions import UserError


class CloudJobMixin(models.AbstractModel):
    """Something that works in the background and can be tried again or stopped from the list of jobs.

    A model inherits this, implements both, and is shown by a query of its own in `cloud.job._get_job_queries`.
    """

    _name = "cloud.job.mixin"
    _description = "Background Work"

    # === HOOKS === #

    def _retry_job(self, kind):
        """Try it again, as the person who asks: check that person's rights first. Return an action, or nothing.

        kind: of the job, for a record that may be several.
        """
        self.ensure_one()
        raise UserError(self.env._("%(job)s cannot be tried again.", job=self.display_name))

    def _stop_job(self, kind):
        """Stop it so that nothing half-done stays, as the person who asks. Return an action, or nothing."""
        self.ensure_one()
        raise UserError(self.env._("%(job)s is not running, so there is nothing to stop.", job=self.display_name))
