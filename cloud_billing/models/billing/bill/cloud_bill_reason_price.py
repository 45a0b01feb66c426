from odoo import fields, models

_MISSING = ("price_missing", "price_missing_for")


class CloudBillReason(models.AbstractModel):
    """A price that is missing: the way to the rule to add, with what is known of it filled in."""

    _inherit = "cloud.bill.reason"

    # === HOOKS === #

    def _get_action(self, reason):
        if reason["code"] in _MISSING and reason.get("plan_id") and self._may_add_prices():
            return self._open_new_price(reason)
        return super()._get_action(reason)

    # === BUSINESS === #

    def _may_add_prices(self):
        return self.env["cloud.price.rule"].has_access("create")

    def _open_new_price(self, reason):
        """The form of a new price in a draft that would hold on the day the price is missing on."""
        plan = self.env["cloud.price.plan"].browse(reason["plan_id"])
        version = plan._get_draft_on(fields.Date.to_date(reason["day"]))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Price"),
            "res_model": "cloud.price.rule",
            "view_mode": "form",
            "views": [(self.env.ref("cloud_billing.cloud_price_rule_view_form_new").id, "form")],
            "context": {
                "default_version_id": version.id,
                "default_product_id": reason.get("product_id"),
                "default_customer_id": reason.get("customer_id"),
                "default_condition_ids": [
                    (0, 0, _make_condition(name, value)) for name, value in reason.get("dimensions") or ()
                ],
            },
        }


def _make_condition(name, value):
    kind, _colon, tag = name.partition(":")
    return {"dimension": kind, "tag": tag or False, "accepted": value}
