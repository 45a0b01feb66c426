"""What the tests share: logins of our roles with passwords that nobody guesses."""

from odoo.fields import Command

PASSWORD = "otter lamp quarry nineteen"
SECRET = "A" * 32


class IdentityUsers:
    """Mixed into a test case."""

    def make_user(self, login, *roles, **vals):
        """An internal login with roles of Cloud Billing, by name, or groups by XML id."""
        names = [role if "." in role else f"cloud_billing.group_{role}" for role in ("base.group_user", *roles)]
        return (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": login.title(),
                    "login": login,
                    "email": f"{login}@example.com",
                    "group_ids": [Command.set([self.env.ref(name).id for name in names])],
                    **vals,
                }
            )
            .with_env(self.env)
        )

    def find_mails(self, text):
        """Mails whose subject has a text, newest first."""
        return self.env["mail.mail"].sudo().search([("subject", "like", text)], order="id desc")

    def find_events(self, action, record):
        domain = [("action", "=", action), ("res_model", "=", record._name), ("res_id", "=", record.id)]
        return self.env["cloud.audit.event"].sudo().search(domain, order="id desc")
