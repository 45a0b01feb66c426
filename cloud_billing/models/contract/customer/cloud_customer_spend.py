from odoo import fields, models


class CloudCustomer(models.Model):
    """The minimums and commitments agreed with a customer, for itself or one of its subscriptions."""

    _inherit = "cloud.customer"

    commitment_ids = fields.One2many("cloud.spend.commitment", "customer_id", string="Minimums and Commitments")
    commitment_count = fields.Integer(compute="_compute_commitment_count", string="Number of Minimums")

    # === COMPUTE === #

    def _compute_commitment_count(self):
        groups = self.env["cloud.spend.commitment"]._read_group(
            [("customer_id", "in", self.ids)], ["customer_id"], ["__count"]
        )
        counts = {customer.id: count for customer, count in groups}
        for customer in self:
            customer.commitment_count = counts.get(customer._origin.id, 0)

    # === ACTIONS === #

    def action_open_commitments(self):
        """What the customer agreed to spend at least."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_spend_commitment_action")
        return {
            **action,
            "domain": [("customer_id", "=", self.id)],
            "context": {"default_customer_id": self.id},
        }
