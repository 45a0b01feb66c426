from odoo import fields, models
from odoo.exceptions import AccessError

from .segregation_sql import select_lines

CONFLICTS = [
    ("bills", "Bills and approves"),
    ("prices", "Sets prices and approves"),
    ("administration", "Administers and approves"),
    ("bills_audited", "Bills and audits"),
    ("prices_audited", "Sets prices and audits"),
    ("administration_audited", "Administers and audits"),
]


class CloudSegregationLine(models.Model):
    """One person who holds, in one company, two roles that two people should hold: by any of his or her logins.

    Nobody approves his or her own proposal whatever the roles: votes are by person. The report is for whoever hands the
    roles out, and for the auditor, who asks why.
    """

    _name = "cloud.segregation.line"
    _description = "Roles That One Person Holds"
    _auto = False
    _order = "is_accepted, company_id, person_id, id"
    _rec_name = "logins"

    owner = fields.Integer(readonly=True)
    person_id = fields.Many2one("cloud.person", readonly=True, help="Empty: the login is not enrolled as a person.")
    company_id = fields.Many2one("res.company", readonly=True)
    conflict = fields.Selection(CONFLICTS, string="Holds Both", readonly=True)
    logins = fields.Char(readonly=True)
    maker_path = fields.Text(
        string="Makes, By",
        readonly=True,
        help="Login, the group that it is in, and the groups that this one brings along.",
    )
    checker_path = fields.Text(
        string="Checks, By",
        readonly=True,
        help="Login, the group that it is in, and the groups that this one brings along.",
    )
    last_vote_at = fields.Datetime(string="Last Vote", readonly=True, help="In this company. Empty: never voted.")
    acceptance_id = fields.Many2one("cloud.segregation.acceptance", readonly=True)
    is_accepted = fields.Boolean(
        string="Accepted", readonly=True, help="Somebody has accepted it, until a day to come."
    )
    reason = fields.Char(related="acceptance_id.reason", string="Accepted Because")
    date_end = fields.Date(related="acceptance_id.date_end", string="Accepted Until")

    @property
    def _table_query(self):
        # Memberships and votes of this transaction too.
        self.env.flush_all()
        return select_lines(self.env.lang)

    # === ACTIONS === #

    def action_accept(self):
        """Ask why this is accepted, and until when."""
        self.ensure_one()
        if not self.env.user.has_group("cloud_billing.group_administrator"):
            raise AccessError(self.env._("Only a billing administrator accepts that one person holds both roles."))
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Accept: %(logins)s", logins=self.logins),
            "res_model": "cloud.segregation.acceptance",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_owner": self.owner,
                "default_company_id": self.company_id.id,
                "default_conflict": self.conflict,
                "default_logins": self.logins,
            },
        }
