from odoo import models


class CloudSubscription(models.Model):
    """Another price from a renewal on."""

    _inherit = "cloud.subscription"

    # === BUSINESS === #

    def _apply_uplift(self, percent, date_from, reason=None):
        """Raise the fees of these subscriptions by so many percent from a day on: a cloud.indexation per company.

        percent: Decimal or text, -2 lowers. It comes into force at once while a company is set up; in a live one the
        proposal is submitted, so that a second person agrees; until then the price stays as it is. Returns the
        proposals. Raises UserError where a fee of these days was billed already.
        """
        proposals = self.env["cloud.indexation"]
        for company, subscriptions in self.grouped("company_id").items():
            proposal = proposals.create(
                {
                    "name": reason or self.env._("Uplift at renewal"),
                    "company_id": company.id,
                    "kind": "uplift",
                    "reason": reason,
                    "method": "percent",
                    "percent": percent,
                    "date_from": date_from,
                    "notice_days": 0,
                    "subscription_ids": [(6, 0, subscriptions.ids)],
                }
            )
            proposal._find_lines()
            if all(line.is_excluded for line in proposal.line_ids):
                # Nothing of it has a price that an uplift changes.
                proposal.unlink()
                continue
            if company.cloud_billing_state == "setup":
                proposal.action_approve_directly()
            else:
                proposal.action_submit()
            proposals |= proposal
        return proposals

    # === ACTIONS === #

    def action_open_price_change(self):
        """Propose another price for the selected subscriptions: a draft to look at before anything is agreed."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change Prices"),
            "res_model": "cloud.indexation",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_kind": "negotiated",
                "default_name": self.env._("Price change"),
                "default_subscription_ids": [(6, 0, self.ids)],
            },
        }
