from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

# Written by SQL alone, of this room.
OWN_FIELDS = ("cloud_mfa_due_on", "cloud_mfa_reminded_on", "cloud_password_set_at")
# Days before the last one on which Odoo's invitation is mailed.
REMIND_DAYS = (7, 1)


class ResUsers(models.Model):
    """The second factor that roles require: who is asked, until when, and what a login is like afterwards."""

    _inherit = "res.users"

    cloud_mfa_due_on = fields.Date(
        string="Second Factor By",
        readonly=True,
        copy=False,
        groups="base.group_erp_manager",
        help="The last day on which a password alone is enough. It goes away by enrolling, in no other way.",
    )
    cloud_mfa_reminded_on = fields.Date(
        string="Reminded of the Second Factor", readonly=True, copy=False, groups="base.group_erp_manager"
    )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_cloud_own_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_cloud_own_fields(vals)
        if "totp_secret" not in vals:
            result = super().write(vals)
            if "active" in vals:
                self._refresh_cloud_mfa(fields.Date.today())
            return result
        before = self._filter_second_factor()
        result = super().write(vals)
        self._note_cloud_factors(before)
        return result

    def _check_cloud_own_fields(self, vals):
        if not set(OWN_FIELDS).isdisjoint(vals):
            raise UserError(self.env._("The day by which a second factor is due goes away by enrolling one."))

    def _record_cloud_roles(self, before):
        """Where roles have changed, what they require is asked at once."""
        result = super()._record_cloud_roles(before)
        after = self._get_cloud_roles()
        # The others may be in the middle of being made, with a name that cannot be read yet.
        changed = self.filtered(lambda user: after[user.id] != before.get(user.id, set()))
        changed._refresh_cloud_mfa(fields.Date.today())
        return result

    # === ACTIONS === #

    @api.model
    def _cron_ask_second_factor(self):
        """Each night: ask whoever holds a role that requires it, and remind those whose last day is near."""
        self._ask_second_factor(fields.Date.today())

    # === BUSINESS: ASK === #

    @api.model
    def _ask_second_factor(self, today):
        groups = self.env["res.groups"].browse(self.env["res.groups"]._get_cloud_graces())
        # sudo: lends the right to see who holds a role.
        groups.sudo().all_user_ids._refresh_cloud_mfa(today)
        # Odoo remembers that a password was right without asking whether it is still enough.
        self.env.registry.clear_cache()
        self._remind_cloud_mfa(today)

    def _refresh_cloud_mfa(self, today, grace=True):
        """Set the last day for those of these logins who lack a factor that a role requires; take it from who has one.

        A day that was set stays until then, also where the role goes away: it counts again once the role is back.
        grace: without, the last day was yesterday.
        """
        # sudo: lends the right to read roles and whether a factor is enrolled.
        users = self.sudo()
        graces = self.env["res.groups"]._get_cloud_graces()
        asked = users._filter_cloud_people().filtered(lambda user: not graces.keys().isdisjoint(user.all_group_ids.ids))
        enrolled = (asked | users.filtered("cloud_mfa_due_on"))._filter_second_factor()
        days = {}
        for user in asked - enrolled:
            least = min(graces[group_id] for group_id in user.all_group_ids.ids if group_id in graces)
            days[user.id] = today + timedelta(days=least if grace else -1)
        self._clear_cloud_due(enrolled)
        self._set_cloud_due(days)

    def _set_cloud_due(self, days):
        """days: {user id: date}. An earlier day stays."""
        if not days:
            return
        self.flush_model(["cloud_mfa_due_on"])
        rows = SQL(", ").join(SQL("(%s, %s::date)", user_id, day) for user_id, day in days.items())
        changed = self.env.execute_query(
            SQL(
                """
                UPDATE res_users u
                   SET cloud_mfa_due_on = asked.day, cloud_mfa_reminded_on = NULL
                  FROM (VALUES %s) AS asked (user_id, day)
                 WHERE u.id = asked.user_id
                   AND (u.cloud_mfa_due_on IS NULL OR u.cloud_mfa_due_on > asked.day)
             RETURNING u.id
                """,
                rows,
            )
        )
        self._after_cloud_due([user_id for (user_id,) in changed], "factor_asked")

    def _clear_cloud_due(self, users):
        if not users.filtered("cloud_mfa_due_on"):
            return
        changed = self.env.execute_query(
            SQL(
                """
                UPDATE res_users
                   SET cloud_mfa_due_on = NULL, cloud_mfa_reminded_on = NULL
                 WHERE id IN %s AND cloud_mfa_due_on IS NOT NULL
             RETURNING id
                """,
                tuple(users.ids),
            )
        )
        self._after_cloud_due([user_id for (user_id,) in changed], "factor_enrolled")

    def _after_cloud_due(self, user_ids, action):
        if not user_ids:
            return
        users = self.browse(user_ids)
        users.invalidate_recordset(["cloud_mfa_due_on", "cloud_mfa_reminded_on"])
        self.env.registry.clear_cache()
        self.env["cloud.audit.event"]._record(
            action, users, detail=lambda user: {"login": user.login, "by": user.cloud_mfa_due_on or None}
        )

    def _note_cloud_factors(self, before):
        """A factor may have come or gone: `before` had one."""
        after = self._filter_second_factor()
        lost = before - after
        self.env["cloud.audit.event"]._record("factor_lost", lost, detail=lambda user: {"login": user.login})
        # The grace was for the first one.
        lost._refresh_cloud_mfa(fields.Date.today(), grace=False)
        (after - before)._refresh_cloud_mfa(fields.Date.today())

    # === BUSINESS: REMIND === #

    def _remind_cloud_mfa(self, today):
        """Mail Odoo's invitation seven days and one day before the last one, once each."""
        # sudo: lends the right to find those whose last day is near, and to send Odoo's invitation to them.
        due = self.sudo().search(
            [
                ("cloud_mfa_due_on", ">=", today),
                ("cloud_mfa_due_on", "<=", today + timedelta(days=max(REMIND_DAYS))),
                ("email", "!=", False),
            ]
        )
        due = due.filtered(lambda user: user._needs_cloud_reminder(today))
        if not due:
            return
        self.env.execute_query(
            SQL("UPDATE res_users SET cloud_mfa_reminded_on = %s WHERE id IN %s RETURNING id", today, tuple(due.ids))
        )
        due.invalidate_recordset(["cloud_mfa_reminded_on"])
        due.action_totp_invite()

    def _needs_cloud_reminder(self, today):
        """Whether a day of reminding has come since the last reminder."""
        days = [self.cloud_mfa_due_on - timedelta(days=number) for number in REMIND_DAYS]
        last = self.cloud_mfa_reminded_on
        return any(day <= today and (not last or last < day) for day in days)

    # === BUSINESS: LOG IN === #

    def _mfa_type(self):
        answer = super()._mfa_type()
        if answer is None and self._needs_cloud_mail_code(fields.Date.today()):
            return "totp_mail"
        return answer

    def _needs_cloud_mail_code(self, today):
        """Whether a password alone is not enough: the last day is over, or a passkey is enrolled that was not used."""
        self.ensure_one()
        if self.env["res.groups"]._get_cloud_graces().keys().isdisjoint(self._get_group_ids()):
            return False
        # sudo: asked before anybody is logged in.
        user = self.sudo()
        if user.auth_passkey_key_ids:
            return True
        return bool(user.cloud_mfa_due_on) and user.cloud_mfa_due_on < today

    # === BUSINESS: TELL === #

    def _get_cloud_notices(self):
        """What the web client tells this person when it starts: list of {"text", "button", "action"}."""
        self.ensure_one()
        # sudo: everybody may know of his or her own second factor.
        due = self.sudo().cloud_mfa_due_on
        if not due or self.env["res.groups"]._get_cloud_graces().keys().isdisjoint(self._get_group_ids()):
            return []
        if due < fields.Date.today():
            text = self.env._(
                "Your role requires a second factor. Until you have one a code is mailed to you at each login."
            )
        elif self.email:
            text = self.env._(
                "Your role requires a second factor. Set one up by %(day)s; afterwards a code is mailed to you at each "
                "login.",
                day=format_date(self.env, due),
            )
        else:
            text = self.env._(
                "Your role requires a second factor, and your login has no mail address for codes. Set one up by "
                "%(day)s: afterwards you cannot log in.",
                day=format_date(self.env, due),
            )
        return [{"text": text, "button": self.env._("Set It Up"), "action": self.action_open_my_account_settings()}]
