from odoo import api, models
from odoo.tools import config

_LOOPBACK = ("http://localhost", "http://127.", "http://[::1]")


class CloudSecurityStatus(models.AbstractModel):
    """How the server was started: facts of odoo.conf, read and never written, with the line to set."""

    _inherit = "cloud.security.status"

    # === BUSINESS === #

    def _check_database_list(self):
        title = self.env._("List of databases")
        if not config["list_db"]:
            text = self.env._("The page that makes, copies and drops databases is closed.")
            return self._make_check("list_db", "server", title, "ok", text)
        text = self.env._(
            "The page /web/database/manager is open to everybody who reaches the server. In odoo.conf: list_db = False"
        )
        return self._make_check("list_db", "server", title, "off", text, place=self._get_options_place())

    def _check_master_password(self):
        title = self.env._("Master password")
        if not config.verify_admin_password("admin"):
            text = self.env._("It is not the one that everybody knows.")
            return self._make_check("master_password", "server", title, "ok", text)
        text = self.env._(
            "It is “admin”: whoever reaches the page of databases may copy or drop this one. In odoo.conf: "
            "admin_passwd = a long random text"
        )
        # Where the page is closed nobody can type it.
        state = "off" if config["list_db"] else "warning"
        return self._make_check("master_password", "server", title, state, text, place=self._get_options_place())

    def _check_https(self):
        """Whether people and programs come encrypted, and Odoo knows of the proxy that does it."""
        title = self.env._("Encrypted connection")
        base = self.env["ir.config_parameter"].get_param("web.base.url", "")
        if base.startswith("https://") and config["proxy_mode"]:
            text = self.env._("%(base)s, through a proxy that Odoo knows of.", base=base)
            return self._make_check("https", "server", title, "ok", text)
        if base.startswith("https://"):
            text = self.env._(
                "%(base)s comes through a proxy that Odoo was not told of, so the address in the record is the "
                "proxy's and cookies may go unencrypted. In odoo.conf: proxy_mode = True",
                base=base,
            )
            return self._make_check("https", "server", title, "warning", text, place=self._get_options_place())
        text = self.env._(
            "%(base)s is not encrypted: passwords and codes can be read on the way. Put a proxy with a certificate "
            "before the server, set proxy_mode = True in odoo.conf, and log in once by https:// as administrator.",
            base=base,
        )
        state = "warning" if base.startswith(_LOOPBACK) else "off"
        return self._make_check("https", "server", title, state, text, place=self._get_options_place())

    def _check_logging(self):
        """Logs that hold what people typed, and a server that reloads its code."""
        title = self.env._("Logs and developer mode")
        chatty = [level for level in _get_levels() if level.partition(":")[2].upper() == "DEBUG"]
        lines = []
        if config["log_level"].startswith("debug") or chatty:
            lines.append(
                self.env._(
                    "The log tells values and statements, so its files hold personal data. In odoo.conf: log_level = "
                    "info"
                )
            )
        if config["dev_mode"]:
            lines.append(self.env._("The server runs in developer mode. Start it without --dev."))
        if not lines:
            text = self.env._("The log tells what happens, not what was typed.")
            return self._make_check("logging", "server", title, "ok", text)
        text, place = "\n".join(lines), self._get_options_place()
        return self._make_check("logging", "server", title, "warning", text, place=place)

    def _get_options_place(self):
        """Who sets an option of the server: no screen of Odoo does."""
        return self.env._(
            "Whoever runs the server writes the line into its file of options, below [options], and starts it again. "
            "This server was started with: %(path)s",
            path=config["config"] or self.env._("no file of options"),
        )

    # === HOOKS === #

    @api.model
    def _get_security_checks(self):
        return [
            *super()._get_security_checks(),
            self._check_database_list(),
            self._check_master_password(),
            self._check_https(),
            self._check_logging(),
        ]


def _get_levels():
    """The option log_handler as a list of "logger:LEVEL"."""
    value = config["log_handler"] or []
    return value.split(",") if isinstance(value, str) else value
