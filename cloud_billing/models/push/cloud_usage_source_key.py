import secrets
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine.connectors.secret import Secret
from . import push_signature

# Keys of this scope open the address of a source and nothing else; JSON-2 asks for Odoo's own.
SCOPES = {"address": "cloud_billing.push", "json2": "rpc"}
SIGNING_KEY = "push_signing_key"
FORMER_KEY = "push_former_signing_key"
MAX_FORMER_HOURS = 30 * 24
MAX_DAYS = 366


class CloudUsageSource(models.Model):
    """The keys by which a sender proves who it is: API keys of the integration user, and a signing key of the source.

    Of an API key only a hash is kept, by Odoo; the signing key is kept encrypted, because both sides must know it.
    """

    _inherit = "cloud.usage.source"

    push_former_until = fields.Datetime(
        string="Former Signing Key Until",
        readonly=True,
        copy=False,
        help="Until then requests may be signed by the signing key before this one, too.",
    )

    # === CRUD === #

    def unlink(self):
        sources = list(self)
        result = super().unlink()
        for source in sources:
            self.env["cloud.secret"]._drop(source)
        return result

    # === ACTIONS === #

    def action_make_push_key(self):
        """Ask which key is to be made."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Key for %(name)s", name=self.name),
            "res_model": "cloud.push.key.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_source_id": self.id},
        }

    def action_revoke_push_keys(self):
        """Take all keys away that were made for pushing here; whoever pushes is refused from now on."""
        for source in self:
            source._check_may_make_keys()
            # sudo: a billing administrator, checked above, decides who pushes to a source; Odoo's keys are its user's.
            keys = self.env["res.users.apikeys"].sudo().search(
                [("user_id", "=", source.push_user_id.id), ("scope", "in", list(SCOPES.values()))]
            )  # fmt: skip
            keys.unlink()
            self.env["cloud.secret"]._drop(source, [SIGNING_KEY, FORMER_KEY])
            source.push_former_until = False
            self.env["cloud.audit.event"]._record("push_keys_revoked", source, detail={"count": len(keys)})

    # === BUSINESS === #

    def _check_may_make_keys(self):
        self.ensure_one()
        self.check_access("write")
        if not (self.takes_push and self.push_user_id):
            raise UserError(
                self.env._("%(name)s takes no pushed events. Switch that on and choose its user first.", name=self.name)
            )

    def _make_push_key(self, kind, days, now, former_hours=0):
        """A new key, shown once: kind address or json2, an API key that ends after so many days; or signature.

        former_hours: how long the former signing key stays good beside the new one, so that a sender can change over.
        """
        self._check_may_make_keys()
        if kind == "signature":
            key, ends = secrets.token_urlsafe(push_signature.KEY_BYTES), None
            self._keep_former_key(now, former_hours)
            self.env["cloud.secret"]._put(self, SIGNING_KEY, key)
        else:
            if not 0 < days <= MAX_DAYS:
                raise UserError(self.env._("A key is good for one day at least and %(days)s at most.", days=MAX_DAYS))
            ends = now + timedelta(days=days)
            # sudo: a billing administrator, checked above, gives the integration user a key of a year at most.
            keys = self.env["res.users.apikeys"].with_user(self.push_user_id).sudo()
            key = keys._generate(SCOPES[kind], f"{self.name}: push", ends)
        # From now on no record of the server's log holds it.
        Secret(key)
        self.env["cloud.audit.event"]._record(
            "push_key_made", self, detail={"kind": kind, "ends": ends and fields.Datetime.to_string(ends)}
        )
        return key

    def _keep_former_key(self, now, hours):
        """Let the signing key that is there now hold for so many hours more; what was the former one before ends."""
        if not 0 <= hours <= MAX_FORMER_HOURS:
            sentence = self.env._("The former key stays good for %(hours)s hours at most.", hours=MAX_FORMER_HOURS)
            raise UserError(sentence)
        vault = self.env["cloud.secret"]
        former = vault._reveal(self, [SIGNING_KEY]).get(SIGNING_KEY) if hours else None
        if former:
            vault._put(self, FORMER_KEY, former.reveal())
        else:
            vault._drop(self, [FORMER_KEY])
        self.push_former_until = now + timedelta(hours=hours) if former else False

    def _reveal_signing_keys(self, now):
        """The signing keys that are good at a moment, as texts; for the server, which checks signatures by them."""
        names = [SIGNING_KEY, FORMER_KEY] if self.push_former_until and now < self.push_former_until else [SIGNING_KEY]
        return [secret.reveal() for secret in self.env["cloud.secret"]._reveal(self, names).values()]
