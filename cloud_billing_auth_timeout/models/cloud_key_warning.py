from odoo import fields, models


class CloudKeyWarning(models.Model):
    """That the end of an API key was told of, so that it is told once."""

    _name = "cloud.key.warning"
    _description = "Warning of an API Key's End"
    _order = "id desc"

    key_id = fields.Integer(string="API Key ID", required=True, readonly=True)
    days = fields.Integer(required=True, readonly=True, help="How many days before its end it was told of.")
    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")

    _once = models.Constraint("UNIQUE (key_id, days)", "The end of this key was told of already.")
