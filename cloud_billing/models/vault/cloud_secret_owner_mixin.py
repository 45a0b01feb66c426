from odoo import models
from odoo.exceptions import AccessError, UserError


class CloudSecretOwnerMixin(models.AbstractModel):
    """For records that hold secrets: set and removed by billing administrators, read by nobody, gone with the record.

    A secret is never a field: nothing of it is in forms, exports, copies, tracking or the server's log of calls.
    """

    _name = "cloud.secret.owner.mixin"
    _description = "Owner of Secrets"

    # === CRUD === #

    def unlink(self):
        # Before the records, whose names the audit trail tells; what refuses to go away takes this back.
        self.env["cloud.secret"]._drop(self)
        return super().unlink()

    # === ACTIONS === #

    def set_secret(self, name, value):
        """Set or replace one secret of one record. Returns what may be seen of it: {"fingerprint", "set_by", "set_at"}.

        Its arguments are left out of the server's log of calls (`call_log`), those of no other method are.
        """
        label = self._check_may_change_secret(name)
        self.env["cloud.secret"]._put(self, name, value, label)
        return self.env["cloud.secret"]._describe(self)[self.id][name]

    def drop_secret(self, name):
        """Remove one secret of one record."""
        self._check_may_change_secret(name)
        self.env["cloud.secret"]._drop(self, [name])

    # === BUSINESS === #

    def _check_may_change_secret(self, name):
        """The label of a secret that the person may change. Raises AccessError or UserError."""
        self.ensure_one()
        if not self.env.user._has_role_now(self.env.ref("cloud_billing.group_administrator")):
            raise AccessError(self.env._("Only a billing administrator sets secrets."))
        self.check_access("write")
        label = self._get_secret_names().get(name)
        if label is None:
            raise UserError(self.env._("%(record)s has no secret %(name)s.", record=self.display_name, name=name))
        return label

    # === HOOKS === #

    def _get_secret_names(self):
        """{name: what people read} of the secrets that this record may have."""
        self.ensure_one()
        return {}
