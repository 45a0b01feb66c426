import re

from odoo import models

# How Odoo names the column of an analytic plan, and what it makes of a plan below another one to group by.
_PLAN_COLUMN = re.compile(r"x_plan\d+_id")
_PLAN_LEVEL = re.compile(r"x_(plan\d+|account)_id_\d+")
_PLAN_PATH = re.compile(r"(x_plan\d+_id|account_id)\.plan_id(\.parent_id)*")


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    def _filter_guarded(self, companies):
        """Those that a person makes on a screen."""
        return super()._filter_guarded(companies).filtered(lambda record: record.state == "manual")

    def _filter_guarded_existence(self, companies, sign):
        """Not what Odoo makes of plans of cost centres, or deletes where one goes or is put below another one.

        Accountants make plans, and nothing is computed.
        """
        return super()._filter_guarded_existence(companies, sign).filtered(lambda field: not field._is_of_plan())

    def _is_of_plan(self):
        """Whether it is the column of an analytic plan, or just reads one."""
        if self.compute:
            return False
        if self.related:
            is_level = _PLAN_LEVEL.fullmatch(self.name) and _PLAN_PATH.fullmatch(self.related)
            return bool(is_level and self.relation == "account.analytic.plan" and not self.store)
        return bool(_PLAN_COLUMN.fullmatch(self.name) and self.relation == "account.analytic.account")
