from datetime import timedelta

from odoo import api, fields, models

# Days before a key's end on which its owner and the billing administrators are told.
WARN_DAYS = (14, 3)


class ResUsersApikeys(models.Model):
    _inherit = "res.users.apikeys"

    # === ACTIONS === #

    @api.model
    def _cron_warn_of_end(self):
        """Each day: tell of keys of our roles that end soon."""
        self._warn_of_end(fields.Datetime.now())

    # === BUSINESS === #

    @api.model
    def _warn_of_end(self, now):
        """Mail owner and billing administrators, once for each number of days, of each key."""
        keys = self._get_ending(now)
        # sudo: lends the right to remember what was told.
        warnings = self.env["cloud.key.warning"].sudo()
        told = {(one.key_id, one.days) for one in warnings.search([("key_id", "in", keys.ids)])}
        wanted = {key: self._get_warn_days(key, now) for key in keys}
        new = keys.filtered(lambda key: (key.id, wanted[key]) not in told)
        warnings.create([{"key_id": key.id, "days": wanted[key], "user_id": key.user_id.id} for key in new])
        administrators = self.env.ref("cloud_billing.group_administrator")._get_cloud_members()
        template = self.env.ref("cloud_billing_auth_timeout.mail_template_key_ends")
        for key in new:
            people = (key.user_id | administrators).filtered("email")
            if people:
                template.send_mail(key.id, email_values={"email_to": ", ".join(people.mapped("email_formatted"))})

    @api.model
    def _get_ending(self, now):
        """Keys of active logins with a role of ours that end within the longest of the days."""
        roles = self.env["res.groups"]._get_cloud_roles()
        groups = [group.id for group in roles]
        # sudo: keys of everybody are looked at, the keys themselves are not in any field.
        return self.sudo().search(
            [
                ("expiration_date", ">=", now),
                ("expiration_date", "<=", now + timedelta(days=max(WARN_DAYS))),
                ("user_id.active", "=", True),
                ("user_id.all_group_ids", "in", groups),
            ],
            order="expiration_date, id",
        )

    @api.model
    def _get_warn_days(self, key, now):
        """The smallest of the days within which the key ends."""
        return min(days for days in WARN_DAYS if key.expiration_date <= now + timedelta(days=days))
