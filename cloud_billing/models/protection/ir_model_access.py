from odoo import models


class IrModelAccess(models.Model):
    """What a role may do with records of ours: whoever edits that gives and takes rights as by the role itself."""

    _name = "ir.model.access"
    _inherit = ["ir.model.access", "cloud.own.rights.mixin"]
