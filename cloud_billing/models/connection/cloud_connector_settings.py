from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.connectors import Policy, Secret
from ...engine.connectors.web import Web
from . import connector_messages

_MEGABYTE = 1024 * 1024


class CloudConnector(models.Model):
    """What a connector asks for: settings drawn by one widget, secrets that go in and never come out.

    `options` holds the settings as text by name, without secrets: those are in the vault, under this record.
    """

    _name = "cloud.connector"
    _inherit = ["cloud.connector", "cloud.secret.owner.mixin"]

    options = fields.Json(default=dict, copy=False, help="The settings by name, without secrets.")
    settings_form = fields.Json(compute="_compute_settings_form", help="What the widget draws.")

    # === COMPUTE === #

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_settings_form(self):
        # sudo: whoever may see a connector may see which of its secrets are there, by their fingerprints.
        secrets = self.env["cloud.secret"].sudo()._describe(self._origin)
        for connector in self:
            found = secrets.get(connector._origin.id, {})
            connector.settings_form = [
                {
                    "name": setting.name,
                    "label": self._translate(setting.label),
                    "help": self._translate(setting.help),
                    "kind": setting.kind,
                    "group": setting.group,
                    "is_required": setting.required,
                    "is_secret": setting.is_secret,
                    "default": setting.default,
                    "when": list(setting.when),
                    "is_leading": setting.name in connector._get_leading_settings(),
                    "choices": [[value, self._translate(label)] for value, label in setting.choices],
                    "fingerprint": found.get(setting.name, {}).get("fingerprint", ""),
                }
                for setting in connector._get_settings()
            ]

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["options"] = self._clean_options(vals.get("kind"), vals.get("options"))
        connectors = super().create(vals_list)
        connectors._sync_hosts()
        return connectors

    def write(self, vals):
        if not vals.keys() & {"options", "kind"}:
            return super().write(vals)
        for connector in self:
            before = dict(connector.options or {})
            options = connector._clean_options(vals.get("kind", connector.kind), vals.get("options", before))
            super(CloudConnector, connector).write({**vals, "options": options})
            connector._note_settings({name for name in options | before if options.get(name) != before.get(name)})
        self._sync_hosts()
        return True

    @api.model
    def _clean_options(self, kind, options):
        """Options as {setting: text}, only of settings that the kind has. Raises UserError where one is a secret."""
        settings = {setting.name: setting for setting in self._get_settings_of(kind)}
        typed = options or {}
        secrets = [self._translate(one.label) for name, one in settings.items() if name in typed and one.is_secret]
        if secrets:
            raise UserError(
                self.env._(
                    "%(names)s is a secret, which is kept encrypted: type it into its own field.",
                    names=", ".join(secrets),
                )
            )
        known = {name: value for name, value in typed.items() if name in settings}
        return {name: str(value) for name, value in known.items() if value not in (None, False)}

    # === ACTIONS === #

    @api.model
    def get_settings_form(self, kind, options):
        """What the widget draws with options that are not saved yet; asked when a leading setting changes."""
        self.check_access("read")
        return self.new({"kind": kind, "options": options}).settings_form

    # === BUSINESS === #

    def _get_leading_settings(self):
        """Names of the settings on whose value depends which others there are, or what these offer."""
        return ()

    @api.model
    def _translate(self, text):
        return connector_messages.translate(self.env, text)

    def _get_settings(self):
        return self._get_settings_of(self.kind)

    @api.model
    def _get_settings_of(self, kind):
        engine = self._get_engine_of(kind)
        return engine.settings if engine else ()

    def _get_secret_names(self):
        """{setting: label} of what the vault keeps for this connector; see `cloud.secret.owner.mixin`."""
        return {setting.name: self._translate(setting.label) for setting in self._get_settings() if setting.is_secret}

    def _get_plain_options(self):
        """{setting: text} without secrets; defaults where nothing is said."""
        self.ensure_one()
        options = {setting.name: setting.default for setting in self._get_settings() if not setting.is_secret}
        return options | (self.options or {})

    def _get_options(self):
        """{setting: text, or a Secret}: what the engine works with.

        For the server's own code alone: it is never returned to a client, logged or kept.
        """
        # sudo: who runs a connector uses its secrets, which nobody reads.
        return self._get_plain_options() | self.env["cloud.secret"].sudo()._reveal(self.sudo())

    def _get_problems(self, options):
        """Sentences: what is missing or cannot be right, found without speaking to anybody."""
        problems = self._get_speaker().check(options)
        return [connector_messages.explain_problem(self.env, problem, self._get_settings()) for problem in problems]

    def _get_web(self, options, max_bytes=None, max_seconds=None, on_renewed=None, **limits):
        """The engine's Web, which speaks to the allowed hosts of this connector and to nobody else; close it.

        on_renewed: called with (setting, Secret) where the provider gives another credential; None: kept here and now.
        limits: more of the engine's Policy, such as attempts.
        """
        self.ensure_one()
        allowed = self.host_ids.filtered("allowed_at")
        policy = Policy(
            allowed_hosts=frozenset(allowed.mapped("name")),
            inner_hosts=frozenset(allowed.filtered("is_inner").mapped("name")),
            max_bytes=max_bytes or self.max_megabytes * _MEGABYTE,
            max_seconds=max_seconds or self.max_minutes * 60,
            **limits,
        )
        secrets = [value for value in options.values() if isinstance(value, Secret)]
        return Web(policy, secrets=secrets, on_renewed=on_renewed or self._keep_renewed)

    def _keep_renewed(self, name, secret):
        """Put the credential that a provider gave in the place of another one into the vault."""
        if name in self._get_secret_names():
            # sudo: the provider changes it, whoever runs the connector; no person types or sees it.
            self.env["cloud.secret"].sudo()._put(self.sudo(), name, secret.reveal(), self._get_secret_names()[name])

    def _note_settings(self, names):
        """Record which settings were changed: their names alone."""
        if names:
            labels = {setting.name: setting.label for setting in self._get_settings()}
            changed = sorted(labels.get(name, name) for name in names)
            self.env["cloud.audit.event"]._record("connector_changed", self, detail={"settings": changed})
            self.message_post(body=self.env._("Settings changed: %(names)s.", names=", ".join(changed)))
