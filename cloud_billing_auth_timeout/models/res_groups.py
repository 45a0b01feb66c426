from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

# Odoo's own figures of a role's sessions, and ours.
FIGURES = (
    "lock_timeout",
    "lock_timeout_mfa",
    "lock_timeout_inactivity",
    "lock_timeout_inactivity_mfa",
    "cloud_mfa_required",
    "cloud_mfa_grace_days",
)
FACTOR_FIGURES = ("cloud_mfa_required", "cloud_mfa_grace_days")


class ResGroups(models.Model):
    _inherit = "res.groups"

    cloud_mfa_required = fields.Boolean(
        string="Second Factor Required",
        help="Who holds this role enrols an authenticator app or a passkey. After the days of grace Odoo mails a code "
        "at each login until it is done.",
    )
    cloud_mfa_grace_days = fields.Integer(
        string="Days of Grace",
        default=14,
        help="How many days somebody has to enrol, counted from the day on which the role was given. More days later "
        "on do not lengthen what was asked for already.",
    )

    _cloud_mfa_grace = models.Constraint(
        "CHECK (cloud_mfa_grace_days BETWEEN 0 AND 365)", "Days of grace are between 0 and 365."
    )

    # === CRUD === #

    def write(self, vals):
        names = [name for name in FIGURES if name in vals]
        if not names:
            return super().write(vals)
        self._check_cloud_loosening(vals)
        # sudo: the figures are only compared and recorded.
        before = {group.id: {name: group[name] for name in names} for group in self.sudo()}
        result = super().write(vals)
        # What is required of a login is asked of a cache.
        self.env.registry.clear_cache()
        self._record_cloud_figures(before)
        if not set(FACTOR_FIGURES).isdisjoint(names):
            # sudo: lends the right to see who is a member.
            self.sudo().all_user_ids._refresh_cloud_mfa(fields.Date.today())
        return result

    # === BUSINESS === #

    @api.model
    @ormcache()
    def _get_cloud_graces(self):
        """{id of a group: days of grace} of the groups that require a second factor."""
        # sudo: the requirement holds for everybody, whatever groups he or she may see.
        required = self.sudo().search_fetch([("cloud_mfa_required", "=", True)], ["cloud_mfa_grace_days"])
        return {group.id: group.cloud_mfa_grace_days for group in required}

    def _check_cloud_loosening(self, vals):
        """Who is asked for a second factor and has none does not take the question away from himself or herself."""
        # sudo: everybody may know what is asked of himself or herself.
        user = self.env.user.sudo()
        if not user.cloud_mfa_due_on:
            return
        # sudo: the figures are only compared.
        loosened = self.sudo().filtered(
            lambda group: (
                group.cloud_mfa_required
                and group in user.all_group_ids
                and (
                    not vals.get("cloud_mfa_required", True)
                    or vals.get("cloud_mfa_grace_days", group.cloud_mfa_grace_days) > group.cloud_mfa_grace_days
                )
            )
        )
        if loosened:
            raise UserError(
                self.env._(
                    "%(roles)s: you are asked for a second factor yourself, and have none. Enrol it first: My "
                    "Preferences, Security.",
                    roles=", ".join(loosened.mapped("name")),
                )
            )

    def _record_cloud_figures(self, before):
        """One audit event per role whose figures changed."""
        # sudo: lends the right to read the figures for the record.
        changed = self.sudo().filtered(
            lambda group: any(group[name] != value for name, value in before[group.id].items())
        )
        self.env["cloud.audit.event"]._record(
            "settings",
            changed,
            detail=lambda group: {
                "role": group.full_name,
                "old": before[group.id],
                "new": {name: group[name] for name in before[group.id]},
            },
        )
