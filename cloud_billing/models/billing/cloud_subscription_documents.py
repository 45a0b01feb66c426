from odoo import fields, models
from odoo.fields import Domain


class CloudSubscription(models.Model):
    """What billing made of a subscription: its invoices, charges, revenue and usage, a click away."""

    _inherit = "cloud.subscription"

    invoice_count = fields.Integer(
        compute="_compute_invoice_count", string="Number of Invoices", help="Posted, credit notes included."
    )
    change_count = fields.Integer(compute="_compute_change_count", string="Number of Changes")

    # === COMPUTE === #

    def _compute_invoice_count(self):
        domain = Domain("subscription_id", "in", self._origin.ids) & Domain("bill_id.state", "=", "posted")
        groups = self.env["cloud.charge"]._read_group(domain, ["subscription_id"], ["bill_id:count_distinct"])
        counts = {subscription.id: count for subscription, count in groups}
        for subscription in self:
            subscription.invoice_count = counts.get(subscription._origin.id, 0)

    def _compute_change_count(self):
        groups = self.env["cloud.subscription.change"]._read_group(
            [("subscription_id", "in", self._origin.ids)], ["subscription_id"], ["__count"]
        )
        counts = {subscription.id: count for subscription, count in groups}
        for subscription in self:
            subscription.change_count = counts.get(subscription._origin.id, 0)

    # === ACTIONS === #

    def action_view_invoices(self):
        """The invoices and credit notes with a charge of it."""
        self.check_access("read")
        bills = self.env["cloud.bill"].search(
            [("charge_ids.subscription_id", "in", self.ids), ("move_id", "!=", False)]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices of %(subscription)s", subscription=", ".join(self.mapped("name"))),
            "res_model": "account.move",
            "views": [(self.env.ref("account.view_out_invoice_tree").id, "list"), (False, "form")],
            "domain": [("id", "in", bills.move_id.ids)],
            "context": {"create": False, "default_move_type": "out_invoice"},
        }

    def action_view_charges(self):
        """Everything that was charged, and what open runs have charged."""
        action = self._get_part_action("cloud_billing.cloud_charge_action", self.env._("Charges"))
        return {**action, "domain": [("subscription_id", "in", self.ids)]}

    def action_view_changes(self):
        """Everything that was agreed otherwise, with who did it and why."""
        action = self._get_part_action("cloud_billing.cloud_subscription_change_action", self.env._("Changes"))
        return {**action, "domain": [("subscription_id", "in", self.ids)]}

    def action_view_revenue(self):
        """What was approved to be billed, by the month of the service, as a chart."""
        return self._get_rated_action(
            "cloud_billing.cloud_subscription_revenue_action",
            self.env._("Revenue"),
            Domain("is_frozen", "=", True),
        )

    def action_view_usage(self):
        """What was used, by the month of the service, as far as it was rated."""
        return self._get_rated_action(
            "cloud_billing.cloud_subscription_usage_action",
            self.env._("Usage"),
            Domain("charge_id.kind", "=", "metered") & Domain("charge_id.state", "!=", "voided"),
        )

    # === BUSINESS === #

    def _get_rated_action(self, action, title, domain):
        of_these = Domain("subscription_line_id.subscription_id", "in", self.ids)
        return {**self._get_part_action(action, title), "domain": list(of_these & domain)}

    def _get_part_action(self, action, title):
        self.check_access("read")
        name = self.env._("%(title)s of %(subscription)s", title=title, subscription=", ".join(self.mapped("name")))
        return {**self.env["ir.actions.act_window"]._for_xml_id(action), "name": name, "context": {}}
