from odoo import fields, models


class CloudPerson(models.Model):
    """A human being with one or more logins. Votes are counted by person, so that a second login is not a second pair of eyes."""

    _name = "cloud.person"
    _description = "Person"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    user_ids = fields.One2many("res.users", "cloud_person_id", string="Logins")
