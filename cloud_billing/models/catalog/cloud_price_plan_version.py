from odoo import fields, models


class CloudPricePlanVersion(models.Model):
    """The prices of a plan from a date on. Edited while a draft, approved by another person, then never changed."""

    _name = "cloud.price.plan.version"
    _description = "Price Plan Version"
    _inherit = ["cloud.protected.mixin", "mail.thread"]
    _order = "plan_id, date_start desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True)
    plan_id = fields.Many2one("cloud.price.plan", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date_start = fields.Date(string="Valid From", required=True)
    state = fields.Selection(
        [("draft", "Draft"), ("pending", "Waiting for approval"), ("approved", "Approved"), ("rejected", "Rejected")],
        default="draft",
        required=True,
        copy=False,
    )
    request_id = fields.Many2one("cloud.change.request", copy=False, readonly=True)
    rule_ids = fields.One2many("cloud.price.rule", "version_id", string="Rules", copy=True)

    _one_approved_per_date = models.UniqueIndex(
        "(plan_id, date_start) WHERE state = 'approved'", "The plan has an approved version from this date already."
    )
