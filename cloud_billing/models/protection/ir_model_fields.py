import re

from odoo import models

# How Odoo names the column of an analytic plan.
_PLAN_COLUMN = re.compile(r"x_plan\d+_id")


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    def _filter_guarded(self, companies):
        """Those that a person makes on a screen."""
        return super()._filter_guarded(companies).filtered(lambda record: record.state == "manual")

    def _filter_guarded_creations(self, companies):
        """Not the columns that Odoo makes of plans of cost centres: accountants make plans, and nothing is computed."""
        made = super()._filter_guarded_creations(companies)
        return made.filtered(
            lambda field: (
                not _PLAN_COLUMN.fullmatch(field.name)
                or field.relation != "account.analytic.account"
                or field.compute
                or field.related
            )
        )
