from odoo import fields, models


class ResCompany(models.Model):
    """How invoices look where a customer says nothing else."""

    _inherit = "res.company"

    cloud_invoice_grouping = fields.Selection(
        selection="_get_cloud_invoice_groupings",
        string="Invoices per Customer",
        help="What goes together on an invoice. Different purchase orders never do.",
    )

    cloud_line_budget = fields.Integer(
        string="Most Lines of an Invoice",
        help="An invoice that would have more has summary lines, with the detail in an attached file. 0: no limit.",
    )

    _cloud_line_budget_is_count = models.Constraint(
        "CHECK (cloud_line_budget >= 0)", "A number of lines is not below zero."
    )

    # === BUSINESS === #

    def _get_cloud_invoice_groupings(self):
        """The choices of a customer, those that other modules add too."""
        return self.env["cloud.customer"]._fields["invoice_grouping"]._description_selection(self.env)
