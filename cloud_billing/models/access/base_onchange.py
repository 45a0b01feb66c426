from odoo import models
from odoo.fields import Command

_DEFAULT = "default_"


class Base(models.AbstractModel):
    """A form tells nothing of a record that its person could not open.

    While a form is filled in Odoo works out what comes of the records chosen in it, related fields as superuser: the
    amount of an invoice, the days of a contract. Whoever typed the number of somebody else's would read them.
    """

    _inherit = "base"

    # === CRUD === #

    def onchange(self, values, field_names, fields_spec):
        if not self.env.su and self._name.startswith("cloud."):
            self._check_chosen(values)
        return super().onchange(values, field_names, fields_spec)

    # === BUSINESS === #

    def _check_chosen(self, values):
        """Raise AccessError where `values` of a form choose a record that the person may not read.

        What the record says already is left alone, and so are models of which the person reads nothing at all. What
        the person's own defaults or the context fill in is chosen like what is typed.
        """
        for name, value in {**self._get_chosen_defaults(), **values}.items():
            field = self._fields.get(name)
            if field is None or not value:
                continue
            if field.type == "many2one":
                self._check_chosen_one(name, value)
            elif field.type in ("one2many", "many2many"):
                self._check_chosen_lines(name, value)

    def _get_chosen_defaults(self):
        context = self.env.context
        given = {name: context[_DEFAULT + name] for name in self._fields if _DEFAULT + name in context}
        if self:
            return given
        own = self.env["ir.default"]._get_model_defaults(self._name)
        return {**{name: value for name, value in own.items() if name in self._fields}, **given}

    def _check_chosen_one(self, name, value):
        model = self.env[self._fields[name].comodel_name]
        chosen_id = value
        if isinstance(value, dict):
            # A line comes with the form around it, whose record may not be kept yet, and with what is chosen there.
            chosen_id = value.get("id")
            if model._name.startswith("cloud."):
                model.browse(chosen_id or [])._check_chosen(value)
        if isinstance(chosen_id, int):
            self._check_readable(name, [chosen_id])

    def _check_chosen_lines(self, name, value):
        """Commands of a list: what is linked is chosen, what is changed is too, and both say things of their own."""
        model = self.env[self._fields[name].comodel_name]
        for item in value:
            if isinstance(item, int):
                # A list of numbers, as a default says it.
                self._check_readable(name, [item])
                continue
            command, line_id, vals, *_more = (*item, 0, 0)
            if command == Command.SET:
                self._check_readable(name, vals)
                continue
            if isinstance(line_id, int) and command in (Command.UPDATE, Command.LINK):
                self._check_readable(name, [line_id])
            if command in (Command.CREATE, Command.UPDATE) and model._name.startswith("cloud."):
                is_kept = command == Command.UPDATE and isinstance(line_id, int)
                model.browse(line_id if is_kept else [])._check_chosen(vals)

    def _check_readable(self, name, chosen_ids):
        model = self.env[self._fields[name].comodel_name]
        # sudo: lends the right to compare the choice with what the record says already.
        chosen = model.browse(chosen_ids) - self.sudo()[name].sudo(False)
        if chosen and model.has_access("read"):
            chosen.check_access("read")
