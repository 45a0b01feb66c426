from odoo import fields, models


class ResCompany(models.Model):
    """Whether votes in this company take a second factor."""

    _inherit = "res.company"

    cloud_second_factor = fields.Boolean(
        string="Votes Take a Second Factor",
        default=True,
        help="Whoever votes confirms it with the password and a code of an authenticator, or with a passkey. Without "
        "it the password is enough.",
    )
