from odoo import models


class CloudBillRun(models.Model):
    """Large bills: asked for one by one once the run is approved, and kept back until they are.

    The run comes first, so that what is voted on alone is frozen already. It is asked for in the name of who submitted
    the run: that person does not approve it.
    """

    _inherit = "cloud.bill.run"

    # === HOOKS === #

    def _apply_change_request(self, request, token):
        result = super()._apply_change_request(request, token)
        sealed = self.bill_ids.filtered("content_hash")
        large = sealed.filtered(lambda bill: bill._is_above_limit(bill.amount))
        # sudo: bills change by their run; no role may write them.
        large.sudo().is_large = True
        (sealed - large).filtered("is_large").sudo().is_large = False  # sudo: as above.
        if large:
            large.flush_recordset()
            large.with_user(request.requester_id)._ask_approvals()
        return result

    def _prepare_posting(self):
        result = super()._prepare_posting()
        self._get_waiting([("is_large", "=", True)])._park_unapproved()
        return result

    def _clear(self):
        self.bill_ids._withdraw_approvals()
        return super()._clear()
