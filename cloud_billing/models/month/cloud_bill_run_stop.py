from odoo import fields, models


class CloudBillRunStop(models.Model):
    """That somebody wants a run to stop being rated.

    Whoever rates a run writes it with every step, so the wish has a row of its own: nobody who stops a run waits for a
    lock, and the wish is seen before the next step.
    """

    _name = "cloud.bill.run.stop"
    _description = "Wish to Stop a Bill Run"

    run_id = fields.Many2one("cloud.bill.run", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="run_id.company_id", store=True)

    _run_uniq = models.UniqueIndex("(run_id)", "Somebody has stopped the run already.")
