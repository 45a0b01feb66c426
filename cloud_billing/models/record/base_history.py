from lxml.builder import E
from odoo import api, models

from .tracked_fields import TELLING


class Base(models.AbstractModel):
    """The way from a record to what happened to it: a button on every form of what has a history, for auditors."""

    _inherit = "base"

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        # Kept for everybody by Odoo, which takes the button out for those who are not of its group.
        if view_type == "form" and self._has_history():
            self._put_history_button(arch)
        return arch, view

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        # An auditor may add a model to what is tracked after its form was kept.
        return (*super()._get_view_cache_key(view_id, view_type, **options), self._has_history())

    def _put_history_button(self, arch):
        action = self.env.ref("cloud_billing.cloud_audit_history_action", raise_if_not_found=False)
        if not action:
            return
        # Not the box of a form within a field.
        boxes = arch.xpath("//div[@name='button_box'][not(ancestor::field)]")
        if boxes:
            box = boxes[0]
        else:
            box = E.div({"class": "oe_button_box"}, name="button_box")
            place = next(iter(arch.xpath("//sheet[not(ancestor::field)]")), arch)
            place.insert(0, box)
        box.append(
            E.button(
                {"class": "oe_stat_button"}, name=str(action.id), type="action", string=self.env._("History"),
                icon="fa-history", invisible="not id", groups="cloud_billing.group_auditor",
            )
        )  # fmt: skip

    # === HOOKS === #

    @api.model
    def _has_history(self):
        """Whether the record may tell of this model: tracked, approved by people, or telling of itself."""
        if self._abstract or self._transient or not self.pool.ready:
            return False
        if self._name in TELLING:
            return True
        return self._auto and (
            self._name in self.env["cloud.audit.tracker"]._get_tracked()
            or isinstance(self, self.pool["cloud.protected.mixin"])
        )
