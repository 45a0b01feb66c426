from odoo import api, fields, models
from odoo.addons.cloud_billing.models.control.res_groups import ROLES
from odoo.exceptions import UserError
from odoo.tools import SQL

from .res_groups import FIGURES

# Below, nobody could work: every pause to think would lock the screen.
_LEAST_MINUTES = 5
_MINUTES = 60


class CloudSessionPolicy(models.Model):
    """A role and how long its people stay logged in: a window on the figures of the role's group.

    Billing administrators change these figures here, and nothing else of a group; each change is an audit event.
    """

    _name = "cloud.session.policy"
    _description = "Sessions of a Role"
    _auto = False
    _order = "sequence, id"
    _depends = {"res.groups": ["sequence", *FIGURES]}

    group_id = fields.Many2one("res.groups", string="Role", readonly=True)
    sequence = fields.Integer(readonly=True)
    inactivity_minutes = fields.Integer(
        string="Locked After (Minutes)",
        help="Minutes without a movement after which the screen asks who it is; 0 = never. A person with several roles "
        "has the shortest of them.",
    )
    inactivity_mfa = fields.Boolean(
        string="Locked by Two Factors", help="The locked screen asks for the second factor too, of those who have one."
    )
    absolute_hours = fields.Float(
        string="Ended After (Hours)",
        help="Hours after which a session ends, whatever one does in it; 0 = never.",
    )
    absolute_mfa = fields.Boolean(
        string="Ended on Every Device",
        help="A device that was trusted is trusted no longer than a session: the second factor is asked for again.",
    )
    mfa_required = fields.Boolean(
        string="Second Factor", help="Whoever holds the role enrols an authenticator app or a passkey."
    )
    grace_days = fields.Integer(
        string="Days of Grace",
        help="How many days somebody has to enrol. After them Odoo mails a code at each login until it is done.",
    )
    user_count = fields.Integer(string="People", compute="_compute_counts")
    lacking_count = fields.Integer(
        string="Without Factor", compute="_compute_counts", help="Logins with neither authenticator app nor passkey."
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT g.id,
                   g.id AS group_id,
                   g.sequence,
                   g.lock_timeout_inactivity AS inactivity_minutes,
                   g.lock_timeout_inactivity_mfa AS inactivity_mfa,
                   g.lock_timeout::float8 / %(minutes)s AS absolute_hours,
                   g.lock_timeout_mfa AS absolute_mfa,
                   g.cloud_mfa_required AS mfa_required,
                   g.cloud_mfa_grace_days AS grace_days
              FROM res_groups g
              JOIN ir_model_data d
                ON d.model = 'res.groups' AND d.res_id = g.id AND d.module = 'cloud_billing' AND d.name IN %(roles)s
            """,
            minutes=_MINUTES,
            roles=ROLES,
        )

    # === COMPUTE === #

    def _compute_counts(self):
        # sudo: lends the right to count the people of a role, and those without a factor.
        groups = {policy: policy.sudo().group_id.all_user_ids for policy in self}
        # sudo: as above.
        everybody = self.env["res.users"].sudo().union(*groups.values())
        people = everybody._filter_cloud_people()
        lacking = people - people._filter_second_factor()
        for policy, users in groups.items():
            policy.user_count = len(users & people)
            policy.lacking_count = len(users & lacking)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        # No super(): roles are made by modules.
        # pylint: disable=method-required-super
        raise UserError(self.env._("Roles come with the add-on: change the figures of those that are there."))

    def write(self, vals):
        # No super(): there is no table of its own.
        # pylint: disable=method-required-super
        self.check_access("write")
        values = self._prepare_group_vals(vals)
        # sudo: billing administrators change the figures of a role's sessions, and nothing else of a group.
        self.sudo().group_id.write(values)
        self.env["res.groups"].flush_model(list(values))
        self.invalidate_recordset()
        return True

    def unlink(self):
        # No super(): see create().
        # pylint: disable=method-required-super,no-raise-unlink
        raise UserError(self.env._("Roles come with the add-on, and stay."))

    # === BUSINESS === #

    def _prepare_group_vals(self, vals):
        """The values of the group. Raises UserError for what nobody could work with, or what is no figure."""
        values = {}
        names = {
            "inactivity_minutes": "lock_timeout_inactivity",
            "inactivity_mfa": "lock_timeout_inactivity_mfa",
            "absolute_hours": "lock_timeout",
            "absolute_mfa": "lock_timeout_mfa",
            "mfa_required": "cloud_mfa_required",
            "grace_days": "cloud_mfa_grace_days",
        }
        for name, value in vals.items():
            if name not in names:
                raise UserError(self.env._("Only the figures of a role are changed here."))
            values[names[name]] = round(value * _MINUTES) if name == "absolute_hours" else value
        for name in ("lock_timeout_inactivity", "lock_timeout"):
            minutes = values.get(name) or 0
            if minutes < 0 or 0 < minutes < _LEAST_MINUTES:
                raise UserError(
                    self.env._(
                        "Nobody can work with a session of %(minutes)s minutes: choose at least %(least)s, or 0 for "
                        "never.",
                        minutes=minutes,
                        least=_LEAST_MINUTES,
                    )
                )
        return values
