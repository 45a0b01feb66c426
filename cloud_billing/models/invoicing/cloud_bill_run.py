from odoo import models


class CloudBillRun(models.Model):
    """One-off amounts that are due with a run, and the seal on what people made of its bills."""

    _inherit = "cloud.bill.run"

    # === BUSINESS === #

    def _make_other_charges(self):
        result = super()._make_other_charges()
        self.env["cloud.adjustment.due"]._make(self)
        return result

    # === BUSINESS: THE SEAL === #

    def _get_sealed_columns(self):
        return *super()._get_sealed_columns(), *self._get_shape_columns()

    def _get_sealed_values(self, bills):
        values, columns = super()._get_sealed_values(bills), self._get_shape_columns()
        # What the database holds now, not what was read before.
        bills.invalidate_recordset(["own_texts", "template_texts"])
        for bill in bills:
            if bill.id in values:
                shape = bill._get_sealed_shape()
                values[bill.id] = [[*row, *(shape[name] for name in columns)] for row in values[bill.id]]
        return values

    # === HOOKS === #

    def _get_shape_columns(self):
        """Return the names of what `cloud.bill._get_sealed_shape` gives, in the order in which it is sealed."""
        return "texts", "order_reference", "journal_id", "templates"
