from odoo import api, models
from odoo.tools import ormcache

# On the registry of a process: the fields that are in some class, or were. Whoever does not find it asks in full.
LISTED = "cloud_listed_fields"
_TEXTS = ("char", "text", "html")


class CloudFieldAccess(models.AbstractModel):
    """What the classes of fields mean for a login: the fields that it may not read, and those that it may not write."""

    _name = "cloud.field.access"
    _description = "Access to Fields"

    def _register_hook(self):
        super()._register_hook()
        self._list_fields()

    # === BUSINESS === #

    def _list_fields(self):
        """Keep in this process which fields are in a class. One that left its class stays: it is asked and allowed."""
        known = getattr(self.pool, LISTED, frozenset())
        setattr(self.pool, LISTED, known | self._get_classes().keys())

    @api.model
    def _find_classes(self):
        """The classes that restrict somebody. What is made of them is kept for everybody, so no context is asked."""
        # sudo: lends the right to read the settings that restrict this very person.
        return self.env(su=True, context={})["cloud.field.class"].search([("active", "=", True)])

    @api.model
    @ormcache(cache="stable")
    def _get_classes(self):
        """{(model, field): ids of the classes that it is in}, with the fields that are related to one of them."""
        found = {}
        for item in self._find_classes().item_ids:
            if item.model in self.env and item.field_name in self.env[item.model]._fields:
                found.setdefault((item.model, item.field_name), set()).add(item.class_id.id)
        self._add_related(found)
        return {key: frozenset(ids) for key, ids in found.items()}

    def _add_related(self, found):
        """Add to `found` each field that repeats one in it: related over, or to it, or a text made of it; and so on."""
        repeating = self.env["cloud.model.facts"]._find_once("repeating", self._find_repeating)
        growing = bool(found)
        while growing:
            growing = False
            for key, path in repeating:
                ids = set().union(*(found[step] for step in path if step in found))
                known = found.setdefault(key, set()) if ids else set()
                if not ids <= known:
                    known |= ids
                    growing = True

    def _find_repeating(self):
        """[((model, field), path)] of each field that repeats others; path: the (model, field) that it repeats."""
        return [
            ((field.model_name, field.name), path)
            for model in self.env.registry.values()
            for field in model._fields.values()
            # A company's own address and number stand on every document: they are no person's.
            if field.compute and field.model_name != "res.company"
            if (path := tuple(self._get_path(field) if field.related else self._get_sources(field)))
        ]

    def _get_path(self, field):
        """(model, field) of each step of a related field."""
        name = field.model_name
        for step in field.related.split("."):
            follow = self.env.registry[name]._fields.get(step)
            if follow is None:
                return
            yield name, step
            name = follow.comodel_name
            if not name:
                return

    def _get_sources(self, field):
        """(model, field) of what a text of a record is made of and may repeat: a mail address without capitals.

        Texts of our own models are decided one by one; a name is kept by the model itself.
        """
        if field.type not in _TEXTS or field.name == "display_name" or field.model_name.startswith("cloud."):
            return
        for name in self.pool.field_depends[field]:
            if "." not in name:
                yield field.model_name, name

    @api.model
    @ormcache("group_ids", cache="stable")
    def _get_denied(self, group_ids):
        """{"read": ..., "write": ...}: frozensets of (model, field) that a login with these groups is denied."""
        ids = set(group_ids)
        levels = {found.id: found._get_level(ids) for found in self._find_classes()}
        denied = {"read": set(), "write": set()}
        for key, class_ids in self._get_classes().items():
            of_field = {levels[class_id] for class_id in class_ids}
            if "none" in of_field:
                denied["read"].add(key)
            if of_field & {"none", "read"}:
                denied["write"].add(key)
        return {operation: frozenset(keys) for operation, keys in denied.items()}

    @api.model
    @ormcache("self.env.uid", "self.env.su")
    def _may_see_costs(self):
        """Whether the person may see what suppliers ask: for texts and totals that are no field of their own.

        Kept, because sentences and cells ask it one by one.
        """
        line = self.env["cloud.rated.line"]
        return all(line._has_field_access(line._fields[name], "read") for name in ("cost_amount", "workings"))

    @api.model
    @ormcache("self.env.uid")
    def _get_denied_to_me(self):
        """`_get_denied` of the person who asks. Asked at every value that a person's own rights read: one look-up.

        Odoo empties this cache whenever somebody's groups change.
        """
        return self._get_denied(self.env.user._get_group_ids())
