from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from . import acceptance_schema
from .cloud_segregation_line import CONFLICTS


class CloudSegregationAcceptance(models.Model):
    """Somebody accepts, with a reason and until a day, that one person holds two roles. The newest one counts."""

    _name = "cloud.segregation.acceptance"
    _description = "Accepted Roles of One Person"
    _order = "id desc"
    _rec_name = "reason"

    owner = fields.Integer(required=True, help="The person's id; below zero that of a login that is nobody yet.")
    person_id = fields.Many2one("cloud.person", ondelete="restrict")
    logins = fields.Char(required=True, readonly=True, help="As they were then.")
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    conflict = fields.Selection(CONFLICTS, string="Holds Both", required=True)
    reason = fields.Char(required=True, help="What keeps the books safe all the same; the auditor reads it.")
    date_end = fields.Date(
        string="Until",
        required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(years=1),
        help="First day on which it must be looked at again. Today or before: taken back.",
    )
    user_id = fields.Many2one(
        "res.users", string="Accepted With", readonly=True, required=True, ondelete="restrict", help="This login."
    )
    accepted_by = fields.Char(readonly=True, required=True, help="Login and person, as they were called then.")

    def init(self):
        result = super().init()
        self.env.cr.execute(acceptance_schema.ACCEPTANCES)
        return result

    # === CRUD === #
    # write() has no super(): nobody changes what was accepted.
    # pylint: disable=method-required-super

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.user._has_role_now(self.env.ref("cloud_billing.group_administrator")):
            raise AccessError(self.env._("Only a billing administrator accepts that one person holds both roles."))
        user, person = self.env.user, self.env.user._get_cloud_person()
        by = {"user_id": user.id, "accepted_by": f"{user.login} ({person.name})" if person else user.login}
        held = [self._get_held(vals) for vals in vals_list]
        for line in held:
            self._check_is_somebody_elses(line, user, person)
        accepted = super().create(
            [
                {**vals, "person_id": line.person_id.id, "logins": line.logins, **by}
                for vals, line in zip(vals_list, held, strict=True)
            ]
        )
        self.env["cloud.audit.event"]._record(
            "segregation_accepted",
            accepted,
            reason=", ".join(set(accepted.mapped("reason"))),
            detail=lambda one: {"logins": one.logins, "conflict": one.conflict, "until": str(one.date_end)},
        )
        return accepted

    def write(self, vals):
        raise UserError(self.env._("What was accepted stays as it was: accept it anew, with another reason or day."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was accepted stays as it was: accept it anew, with another reason or day."))

    # === BUSINESS === #

    def _get_held(self, vals):
        """Whose two roles they are (cloud.segregation.line), as they are held now. Raises UserError where nobody's."""
        names = ("owner", "company_id", "conflict")
        asked = {**self.default_get(names), **vals}
        held = self.env["cloud.segregation.line"].search([(name, "=", asked.get(name)) for name in names], limit=1)
        if not held:
            raise UserError(self.env._("Nobody holds these two roles any more: there is nothing to accept."))
        return held

    def _check_is_somebody_elses(self, held, user, person):
        """Nobody accepts his or her own two roles, but where a company works without a second person.

        A trigger says the same.
        """
        if held.owner in (-user.id, person.id) and held.company_id.cloud_billing_state != "solo":
            raise UserError(
                self.env._("These are your own roles: another billing administrator accepts that you hold both.")
            )
