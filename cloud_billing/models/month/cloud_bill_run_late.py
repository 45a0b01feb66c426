from odoo import models


class CloudBillRun(models.Model):
    """Estimates of a run are in the register of interventions once it is approved."""

    _inherit = "cloud.bill.run"

    # === HOOKS === #

    def _apply_change_request(self, request, token):
        result = super()._apply_change_request(request, token)
        estimated = self.bill_ids.filtered(lambda bill: bill.is_estimated and bill.content_hash)
        if estimated:
            sources = {
                facts["source"] for bill in estimated for facts in bill.lateness if facts["policy"] == "estimate"
            }
            self.env["cloud.intervention"]._note(
                "estimated",
                estimated,
                self.env._("Not final yet: %(sources)s", sources=", ".join(sorted(sources))),
                amount=lambda bill: bill.amount,
                request=request,
            )
        return result

    def _get_effect_notes(self, bills):
        notes = super()._get_effect_notes(bills)
        estimated = bills.filtered("is_estimated")
        if estimated:
            notes.append(
                self.env._(
                    "%(count)s are estimates, trued up with the next run: %(names)s",
                    count=len(estimated),
                    names=self._name_bills(estimated),
                )
            )
        return notes
