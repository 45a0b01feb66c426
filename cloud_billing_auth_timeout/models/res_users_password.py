import re

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from zxcvbn import zxcvbn

# What zxcvbn looks at: guessing takes longer with every character, and so does it.
_LOOKED_AT = 72
# 3 of 4: more than 10^8 guesses, safe against whoever has stolen the hashes.
_LEAST_SCORE = 3
_LEAST_WORD = 3
# The parameter: days after which people are asked whether they want to change their password.
PASSWORD_DAYS = "cloud_billing_auth_timeout.password_days"
_EVERYBODYS = ("odoo", "cloud", "billing")


class ResUsers(models.Model):
    """Passwords that are guessed quickly are refused when they are set; how old one is is known."""

    _inherit = "res.users"

    cloud_password_set_at = fields.Datetime(
        string="Password Set At", readonly=True, copy=False, groups="base.group_erp_manager"
    )

    # === CRUD === #

    def _set_password(self):
        result = super()._set_password()
        if self:
            self.env.execute_query(
                SQL(
                    "UPDATE res_users SET cloud_password_set_at = %s WHERE id IN %s RETURNING id",
                    fields.Datetime.now(),
                    tuple(self.ids),
                )
            )
            self.invalidate_recordset(["cloud_password_set_at"])
        return result

    # === CONSTRAINTS === #

    def _check_password_policy(self, passwords):
        result = super()._check_password_policy(passwords)
        known = self._get_cloud_known_words()
        problems = dict.fromkeys(self._get_cloud_password_problem(word, known) for word in passwords if word)
        problems.pop(None, None)
        if problems:
            raise UserError("\n\n".join(problems))
        return result

    def _get_cloud_known_words(self):
        """What whoever attacks these logins knows of them: logins, names, addresses, companies."""
        # sudo: whoever sets a password may not read all of it, and learns nothing of it here.
        users = self.sudo()
        texts = [
            text
            for user in users
            for text in (user.login, user.name, user.email, user.company_id.name, user.partner_id.parent_id.name)
            if text
        ]
        words = {word for text in texts for word in re.split(r"[\W_]+", text.lower()) if len(word) >= _LEAST_WORD}
        return sorted(words | {text.lower() for text in texts} | set(_EVERYBODYS))

    def _get_cloud_password_problem(self, password, known):
        """A sentence that says what to do, or None where the password is hard to guess."""
        result = zxcvbn(password[:_LOOKED_AT], user_inputs=known)
        if result["score"] >= _LEAST_SCORE:
            return None
        remedy = self.env._(
            "Take four or more words that have nothing to do with each other or with you, or let a password manager "
            "make one."
        )
        sources = {part.get("dictionary_name") for part in result["sequence"]}
        if "user_inputs" in sources:
            reason = self.env._("This password is made of your name, your login or your company.")
        elif "passwords" in sources:
            reason = self.env._("This password is like those that are tried first.")
        else:
            reason = self.env._("This password follows a pattern that is guessed quickly.")
        return f"{reason} {remedy}"

    # === BUSINESS: AGE === #

    def _get_cloud_notices(self):
        notices = super()._get_cloud_notices()
        # sudo: lends the right to read this one parameter.
        most = int(self.env["ir.config_parameter"].sudo().get_param(PASSWORD_DAYS, 0))
        # sudo: everybody may know how old his or her own password is.
        user = self.sudo()
        age = (fields.Datetime.now() - (user.cloud_password_set_at or user.create_date)).days
        if not most or age < most:
            return notices
        text = self.env._(
            "Your password is %(age)s days old. You may keep it; change it if somebody else could know it.", age=age
        )
        return [
            *notices,
            {"text": text, "button": self.env._("Change It"), "action": self._get_cloud_password_action()},
        ]

    def _get_cloud_password_action(self):
        """The preferences of this person, where the password is changed."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preferences"),
            "res_model": "res.users",
            "res_id": self.id,
            "views": [(self.env.ref("base.view_users_form_simple_modif").id, "form")],
        }
