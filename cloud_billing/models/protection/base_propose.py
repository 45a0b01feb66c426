from lxml.builder import E
from odoo import api, models
from odoo.exceptions import UserError

from . import agreed_writes

# The web client sends, and keeps apart what it remembers by, only keys of the context that end like this.
PROPOSING = "cloud_propose_view_ref"


class Base(models.AbstractModel):
    """The screen that proposes: a record's own protected fields, each with its own widget, saved into a draft request.

    The context only says which screen it is. What is not diverted to a draft is refused like any other write.
    """

    _inherit = "base"

    # === ACTIONS === #

    def action_cloud_propose(self):
        """The dialog (of several records: the list) in which changes of protected fields are proposed."""
        self.check_access("read")
        if not self or not self._get_proposable_names():
            raise UserError(self.env._("%(model)s has no field that is changed by a request.", model=self._description))
        self._check_may_propose()
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Propose a Change"),
            "res_model": self._name,
            "context": {PROPOSING: True, "active_test": False},
        }
        if len(self) == 1:
            return {**action, "views": [(False, "form")], "res_id": self.id, "target": "new"}
        return {**action, "views": [(False, "list")], "domain": [("id", "in", self.ids)], "target": "current"}

    @api.model
    def action_cloud_propose_new(self):
        """The dialog in which a record to be made is proposed."""
        self.check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Propose a New Record: %(model)s", model=self._description),
            "res_model": self._name,
            "context": {PROPOSING: True},
            "views": [(False, "form")],
            "target": "new",
        }

    def action_cloud_propose_removal(self):
        """Put the deletion of these records (or their archiving, where that is what it is) into the draft; opens it."""
        self.check_access("read")
        return self.env["cloud.change.proposal"]._propose_removal(self).get_formview_action()

    def action_cloud_proposed(self):
        """After the dialog has put its changes into the person's draft: the draft."""
        # Of a record to be made there is none to look at.
        self.browse([record_id for record_id in self.ids if record_id]).check_access("read")
        draft = self.env["cloud.change.proposal"]._get_newest_draft()
        if not draft:
            raise UserError(self.env._("Nothing was changed yet."))
        return draft.get_formview_action()

    # === CRUD === #

    def web_save(self, vals, specification, next_id=None):
        if not self.env.context.get(PROPOSING) or not self._get_proposable_names():
            return super().web_save(vals, specification, next_id)
        plain = self.with_context(**{PROPOSING: False})
        self._check_by_hand(vals)
        if self:
            self.env["cloud.change.proposal"]._propose(plain, vals)
            return (self.browse(next_id) if next_id else self).web_read(specification)
        self.env["cloud.change.proposal"]._propose_creation(plain, vals)
        # Nothing was made, and the dialog asks for the record: it gets what it has sent.
        return [{"id": False, **dict.fromkeys(specification, False)}]

    # === VIEWS === #

    @api.model
    def get_views(self, views, options=None):
        result = super().get_views(views, options)
        if (options or {}).get("toolbar") and self._get_proposable_names() and not self.env.context.get(PROPOSING):
            # sudo: the action is offered; whether a person may propose is asked when it runs.
            action = self.env.ref("cloud_billing.cloud_change_proposal_action_selection").sudo()
            for name in ("list", "kanban", "form"):
                if name in result["views"]:
                    actions = result["views"][name]["toolbar"].setdefault("action", [])
                    actions.append({"id": action.id, "name": action.name, "binding_view_types": "list,kanban,form"})
        return result

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        # What is protected may become so after a form was kept.
        return (*super()._get_view_cache_key(view_id, view_type, **options), bool(self._get_guarded_names()))

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        # Kept for everybody by Odoo: fields that a person may not read are taken out of it afterwards, as of any view.
        names = self._get_names_on_screen() if view_type in ("form", "list") else []
        if names and self.env.context.get(PROPOSING):
            arch = self._get_proposing_form(names) if view_type == "form" else self._get_proposing_list(names)
        elif view_type == "form" and self._get_guarded_names():
            _put_banner(arch)
        return arch, view

    def _get_proposing_form(self, names):
        middle = (len(names) + 1) // 2
        return E.form(
            E.sheet(
                E.div(
                    E.p(
                        self.env._(
                            "Change what should be different. Nothing is changed yet: it becomes a draft, which you "
                            "submit, and another person approves."
                        ),
                        {"class": "text-muted"},
                    ),
                    E.h2(E.field(name="display_name", readonly="1")),
                ),
                E.group(
                    E.group(*(self._get_proposing_field(name) for name in names[:middle])),
                    E.group(*(self._get_proposing_field(name) for name in names[middle:])),
                ),
            ),
            E.footer(
                E.button(
                    {"class": "btn-primary"}, name="action_cloud_proposed", type="object",
                    string=self.env._("Add to My Draft"),
                ),
                *self._get_removal_button(),
                E.button({"class": "btn-secondary"}, special="cancel", string=self.env._("Cancel")),
            ),
            create="1",
            edit="1",
        )  # fmt: skip

    def _get_removal_button(self):
        if agreed_writes.UNLINK not in self._get_guarded_names():
            return []
        return [
            E.button(
                {"class": "btn-secondary"}, name="action_cloud_propose_removal", type="object", invisible="not id",
                string=(
                    self.env._("Propose to Archive It")
                    if self._is_archived_for_good()
                    else self.env._("Propose to Delete It")
                ),
            )
        ]  # fmt: skip

    def _get_proposing_list(self, names):
        return E.list(
            E.header(
                E.button(
                    {"class": "btn-primary"}, name="action_cloud_proposed", type="object", display="always",
                    string=self.env._("Open My Draft"),
                )
            ),
            E.field(name="display_name", readonly="1"),
            *(self._get_proposing_field(name) for name in names if name in self._get_guarded_names()),
            create="0",
            delete="0",
            edit="1",
            editable="bottom",
            multi_edit="1",
        )  # fmt: skip

    def _get_proposing_field(self, name):
        field = self._fields[name]
        attributes = {"name": name}
        if name not in self._get_guarded_names():
            attributes["invisible"] = "id"
        elif field.readonly:
            # What Odoo's own form leaves to a button is chosen here.
            attributes["readonly"] = "0"
        if type(field).__name__ == "DecimalField":
            attributes["widget"] = "exact_number"
        elif field.type in ("many2many", "one2many"):
            attributes["widget"] = "many2many_tags"
        if field.relational:
            attributes["options"] = "{'no_create': True, 'no_open': True}"
        return E.field(attributes)

    @api.model
    def _get_names_to_make(self):
        """What a new record needs beside its protected fields; asked for only while it is new."""
        behind = self._inherits.values()
        return {
            field.name
            for field in self._fields.values()
            if field.required and not field.readonly and field.name not in behind
        }

    @api.model
    def _get_proposable_names(self):
        """Those of `_get_names_on_screen` that the person may see."""
        return [name for name in self._get_names_on_screen() if self._has_field_access(self._fields[name], "read")]

    def _check_by_hand(self, vals):
        """Raise UserError where `vals` has what is no protected field, or is proposed by a button of its own only."""
        by_hand = set(self._get_proposable_names())
        if others := sorted(name for name in vals if name in self._fields and name not in by_hand):
            raise UserError(
                self.env._(
                    "%(model)s, %(fields)s: this is not proposed by hand. Edit it where the record is, or use its own "
                    "button there.",
                    model=self._description,
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in others),
                )
            )

    @api.model
    def _get_names_on_screen(self):
        """The names of the protected fields that a person proposes, in the order in which the model has them."""
        names = self._get_guarded_names() - self._get_flow_names()
        if not names:
            return []
        if agreed_writes.CREATE in names:
            # Without these no record could be made.
            names |= self._get_names_to_make()
        return [field.name for field in self._fields.values() if field.name in names and field.store]

    # === HOOKS === #

    @api.model
    def _has_history(self):
        return super()._has_history() or bool(self._auto and not self._transient and self._get_guarded_names())

    @api.model
    def _get_flow_names(self):
        """Return those of the protected fields that nobody proposes by hand, because changing one is more than writing.

        A button of the model's own proposes it, with the value that its flow has. Override on a model that has such a
        button; call super().
        """
        return frozenset()


def _put_banner(arch):
    """What waits for approval, and the button to propose more, above what a form shows."""
    place = next(iter(arch.iter("sheet")), arch)
    place.insert(0, E.widget(name="cloud_pending_change"))
