from odoo import fields, models
from odoo.exceptions import AccessError


class ResCompany(models.Model):
    _inherit = "res.company"

    cloud_anchor_email = fields.Char(
        string="Anchors Go To",
        groups="cloud_billing.group_auditor,cloud_billing.group_administrator",
        help="The mail address, outside of the company's own administration, that gets the end of the audit trail each "
        "day. An auditor names it.",
    )

    # === CRUD === #

    def write(self, vals):
        if "cloud_anchor_email" not in vals:
            return super().write(vals)
        # sudo: who may change it is asked below, whatever else the person may read of companies.
        before = {company: company.sudo().cloud_anchor_email for company in self}
        changed = self.filtered(lambda company: (before[company] or "") != (vals["cloud_anchor_email"] or ""))
        if changed and not self.env.user._has_role_now(self.env.ref("cloud_billing.group_auditor")):
            raise AccessError(self.env._("Only an auditor says which address the anchors of the record go to."))
        done = super().write(vals)
        for company in changed:
            company._note_anchor_address(before[company])
        return done

    # === BUSINESS === #

    def _note_anchor_address(self, old):
        """Record it, and tell the address that gets no more anchors: with the last one."""
        # sudo: lends the right to read the address that was just written, for the record.
        new = self.sudo().cloud_anchor_email
        field = self._fields["cloud_anchor_email"]
        self.env["cloud.audit.event"]._record(
            "anchor_address",
            self,
            changes=[
                {
                    "field": field.name,
                    "label": field.get_description(self.env)["string"],
                    "old": old or "",
                    "new": new or "",
                }
            ],
        )
        if old:
            Anchor = self.env["cloud.audit.anchor"]
            note = self.env._(
                "This is the last anchor of %(company)s to this address: %(login)s changed where they go.",
                company=self.name,
                login=self.env.user.login,
            )
            Anchor._mail(old, Anchor._fetch_heads(self), note)
