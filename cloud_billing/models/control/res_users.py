from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    cloud_person_id = fields.Many2one(
        "cloud.person",
        string="Person",
        ondelete="restrict",
        copy=False,
        help="The human being behind this login. Two logins of one person count as one pair of eyes.",
    )
