from odoo import api, models

# On the registry of a process; what does not find it there finds it out anew.
_KEPT = "cloud_model_facts"


class CloudModelFacts(models.AbstractModel):
    """What is found out by going through all fields of all models, once for as long as the models do not change.

    Odoo empties its own caches for other reasons too.
    """

    _name = "cloud.model.facts"
    _description = "Facts about Models"

    def _unregister_hook(self):
        # The models are about to change.
        vars(self.pool).pop(_KEPT, None)
        return super()._unregister_hook()

    @api.model
    def _find_once(self, name, find):
        """What `find()` returns, kept under a name. It may depend on nothing but the models. Do not change it."""
        # While add-ons are being loaded the models still grow.
        if not self.pool.ready:
            return find()
        kept = vars(self.pool).setdefault(_KEPT, {})
        if name not in kept:
            kept[name] = find()
        return kept[name]
