from odoo import models

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
            context = self.env.context
            given = {name: context[_DEFAULT + name] for name in self._fields if _DEFAULT + name in context}
            self._check_chosen({**given, **values})
        return super().onchange(values, field_names, fields_spec)

    # === BUSINESS === #

    def _check_chosen(self, values):
        """Raise AccessError where `values` of a form choose a record that the person may not read.

        What the record says already is left alone, and so are models of which the person reads nothing at all.
        """
        for name, value in values.items():
            field = self._fields.get(name)
            if field is None or not value:
                continue
            if field.type == "many2one":
                self._check_chosen_one(name, value)
            elif field.type == "one2many" and field.comodel_name.startswith("cloud."):
                for command, line_id, vals in (item for item in value if item[0] in (0, 1)):
                    self.env[field.comodel_name].browse(line_id if command else [])._check_chosen(vals)

    def _check_chosen_one(self, name, value):
        model = self.env[self._fields[name].comodel_name]
        chosen_id = value
        if isinstance(value, dict):
            # A line comes with the form around it, whose record may not be kept yet, and with what is chosen there.
            chosen_id = value.get("id")
            if model._name.startswith("cloud."):
                model.browse(chosen_id or [])._check_chosen(value)
        # sudo: lends the right to compare the choice with what the record says already.
        if isinstance(chosen_id, int) and chosen_id != self.sudo()[name].id and model.has_access("read"):
            model.browse(chosen_id).check_access("read")
