from odoo import models


class CloudOwnRightsMixin(models.AbstractModel):
    """What says who reaches records of a model (`model_id`): of our own models two people change it."""

    _name = "cloud.own.rights.mixin"
    _description = "Rights on Our Own Models"

    def _filter_guarded(self, companies):
        """Those of our own models."""
        return super()._filter_guarded(companies).filtered(lambda right: _is_own(right.model_id))

    def _filter_guarded_changes(self, vals, names, companies):
        """Also those that would become one."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        return changed | self if _is_own(self.env["ir.model"].browse(vals.get("model_id"))) else changed


def _is_own(model):
    """Whether this record of `ir.model` is a model of Cloud Billing or of an add-on beside it."""
    # sudo: what is protected does not depend on the models that a person may read.
    return (model.sudo().model or "").startswith("cloud.")
