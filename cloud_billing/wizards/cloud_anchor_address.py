from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import email_normalize


class CloudAnchorAddress(models.TransientModel):
    """An auditor names the address that the anchors of a company's record go to."""

    _name = "cloud.anchor.address"
    _description = "Address of the Anchors"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    email = fields.Char(
        string="Mail Address", help="Best one that no administrator of the company reads or deletes mails of."
    )

    def action_save(self):
        """Keep it; the former address is told."""
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("This company is not among those that you work in."))
        # sudo: an auditor may change this one field of the company; the company asks for the role.
        self.company_id.sudo().cloud_anchor_email = email_normalize(self.email or "") or False
        return {"type": "ir.actions.act_window_close"}
