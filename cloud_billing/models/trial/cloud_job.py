from odoo import api, fields, models
from odoo.tools import SQL

_REHEARSAL = """
    SELECT p.id * 16 + 5,
           v.name,
           'rehearsal',
           CASE WHEN p.state = 'failed' THEN 'failed' ELSE 'waiting' END,
           p.company_id,
           NULL,
           'cloud.price.rehearsal',
           p.id,
           NULL,
           p.write_date,
           NULL,
           p.error
      FROM cloud_price_rehearsal p
      JOIN cloud_price_plan_version v ON v.id = p.version_id
     WHERE p.state = 'running'
        OR p.state = 'failed' AND p.write_date > (now() AT TIME ZONE 'UTC') - interval '1 month'
"""


class CloudJob(models.Model):
    """Rehearsals among the jobs."""

    _inherit = "cloud.job"
    _depends = {
        "cloud.price.rehearsal": ["state", "error", "company_id", "version_id"],
        "cloud.price.plan.version": ["name"],
    }

    kind = fields.Selection(selection_add=[("rehearsal", "Rehearsal")])

    # === HOOKS === #

    @api.model
    def _get_job_queries(self):
        return {**super()._get_job_queries(), "rehearsal": SQL(_REHEARSAL)}
