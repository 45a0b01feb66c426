from odoo import models


class IrRule(models.Model):
    """Which records of ours a person reaches: a rule that is edited or switched off opens those of other companies."""

    _name = "ir.rule"
    _inherit = ["ir.rule", "cloud.own.rights.mixin"]
