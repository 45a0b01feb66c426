from odoo import api, fields, models
from odoo.fields import Domain


class CloudCustomer(models.Model):
    """In which rate class a customer is, and was."""

    _inherit = "cloud.customer"

    member_ids = fields.One2many("cloud.rate.class.member", "customer_id", string="Rate Classes")
    rate_class_id = fields.Many2one(
        "cloud.rate.class",
        string="Rate Class Today",
        compute="_compute_rate_class_id",
        search="_search_rate_class_id",
        recursive=True,
        help="Its own, else that of who pays for it. Prices for the class hold where the customer has none of its own.",
    )

    # === COMPUTE === #

    @api.depends("member_ids.state", "member_ids.class_id", "member_ids.date_start", "parent_id.rate_class_id")
    def _compute_rate_class_id(self):
        chains = {customer: customer._get_scope_chain() for customer in self}
        everyone = self.browse({one for chain in chains.values() for one in chain.ids})
        current = self.env["cloud.rate.class.member"]._get_current(everyone, fields.Date.context_today(self))
        for customer, chain in chains.items():
            held = (current[one].class_id for one in chain.ids if one in current)
            customer.rate_class_id = next(filter(None, held), False)

    def _search_rate_class_id(self, operator, value):
        if operator == "child_of":
            below = self.env["cloud.rate.class"].with_context(active_test=False).search([("id", "child_of", value)])
            operator, value = "in", below.ids
        if operator != "in":
            return NotImplemented
        # Memberships are few beside usage: one or two per customer that has any.
        members = self.env["cloud.rate.class.member"].search([("state", "=", "approved")])
        current = self.env["cloud.rate.class.member"]._get_current(members.customer_id, fields.Date.context_today(self))
        classed = self.search([("id", "child_of", [one for one, member in current.items() if member.class_id])])
        found = Domain("id", "in", classed.filtered(lambda customer: customer.rate_class_id.id in value).ids)
        return found | Domain("id", "not in", classed.ids) if False in value else found

    # === ACTIONS === #

    def action_move_to_class(self):
        """Ask for the rate class and the day from which on the customer is in it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_rate_class_move_action")
        return {**action, "context": {"default_customer_id": self.id, "default_company_id": self.company_id.id}}
