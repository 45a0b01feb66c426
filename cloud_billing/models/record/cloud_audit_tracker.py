from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, ormcache

from ..control.cloud_protected_mixin import is_own_column
from .tracked_fields import ALL, READY

# Only an approval or Go live changes these, and each says so itself.
_STATE_OF_THE_COMPANY = {"cloud_billing_state", "cloud_billing_live_at", "cloud_wanted_state"}
# What Odoo keeps for itself on every record.
_NOBODYS = {*models.MAGIC_COLUMNS, "parent_path"}


class Tracked(NamedTuple):
    """What is tracked of a model: names of fields with a column, and of many2many fields and files beside the table."""

    columns: frozenset
    relations: frozenset


class CloudAuditTracker(models.Model):
    """A field, or all that people write of a model, whose values are recorded whenever they change.

    Lines that come with the software say what is tracked anyway (`tracked_fields`): they are there to be seen, and
    deleting them, however it is done, stops nothing. An auditor adds others and takes away what auditors added.
    """

    _name = "cloud.audit.tracker"
    _description = "Tracked Field"
    _order = "model_name, field_name, id"
    _rec_name = "model_id"

    model_id = fields.Many2one(
        "ir.model", required=True, ondelete="cascade", domain=[("transient", "=", False), ("abstract", "=", False)]
    )
    model_name = fields.Char(string="Technical Model", related="model_id.model", store=True)
    field_id = fields.Many2one(
        "ir.model.fields",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('store', '=', True), ('ttype', '!=', 'one2many')]",
        help="Empty: everything that people write on this model. What is written thousands of times an hour costs two"
        " statements for each batch and a row for each record.",
    )
    field_name = fields.Char(string="Technical Field", related="field_id.name", store=True)
    is_ready = fields.Boolean(
        string="Comes with the Software", readonly=True, copy=False, help="Always tracked; it cannot be taken away."
    )
    reason = fields.Char(help="Why an auditor wants to know.")

    _once = models.UniqueIndex("(model_id, COALESCE(field_id, 0))", "This is tracked already.")

    # === CONSTRAINTS === #

    @api.constrains("model_id", "field_id")
    def _check_can_be_tracked(self):
        for tracker in self:
            model = self.env.get(tracker.model_id.model)
            if model is None or model._abstract or model._transient or not model._auto:
                raise UserError(
                    self.env._(
                        "%(model)s keeps no values of its own: choose another model.", model=tracker.model_id.name
                    )
                )
            if tracker.field_id and not _get_kind(model._fields.get(tracker.field_id.name)):
                raise UserError(tracker._get_untrackable_sentence(model._fields.get(tracker.field_id.name)))

    def _get_untrackable_sentence(self, field):
        names = {"model": self.model_id.name, "field": self.field_id.field_description}
        if field is not None and field.type == "one2many":
            return self.env._(
                "%(field)s of %(model)s: its lines are records of their own. Track the model of the lines.", **names
            )
        return self.env._("%(field)s of %(model)s is not kept in the database, so it has no history.", **names)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_auditor()
        # What comes with the software is not made by hand.
        trackers = super().create([{**vals, "is_ready": False} for vals in vals_list])
        trackers.flush_recordset()
        self._forget_tracked()
        self.env["cloud.audit.event"]._record("tracking_added", trackers, detail=_tell)
        return trackers

    def write(self, vals):
        self._check_auditor()
        if vals.keys() - {"reason"}:
            raise UserError(self.env._("Take the line away and add another one: both are in the record."))
        return super().write(vals)

    def unlink(self):
        # Not by api.ondelete, which `_make_ready_lines` would not get past.
        # pylint: disable=no-raise-unlink
        self._check_auditor()
        ready = self.filtered("is_ready")
        if ready:
            raise UserError(
                self.env._(
                    "%(names)s: this comes with the software and is always tracked.",
                    names=", ".join(ready.mapped("display_name")),
                )
            )
        events = self.env["cloud.audit.event"]
        rows = events._prepare_rows("tracking_removed", self, detail=_tell)
        result = super().unlink()
        events._insert_rows(rows)
        self._forget_tracked()
        return result

    @api.depends("model_id", "field_id")
    def _compute_display_name(self):
        for tracker in self:
            field = tracker.field_id.field_description or self.env._("everything")
            tracker.display_name = f"{tracker.model_id.name}: {field}" if tracker.model_id else False

    # === BUSINESS === #

    def _check_auditor(self):
        """Raise AccessError unless an auditor asks: an administrator who adds or takes away cannot do it in passing."""
        if not self.env.user._has_role_now(self.env.ref("cloud_billing.group_auditor")):
            raise AccessError(self.env._("Only an auditor says what else is tracked."))

    @api.model
    def _forget_tracked(self):
        self.env.registry.clear_cache("stable")

    @api.model
    @ormcache(cache="stable")
    def _get_tracked(self):
        """{model name: Tracked} of all models of which something is tracked. Do not change it."""
        names = defaultdict(set)
        for model_name, field_names in self._get_ready_fields().items():
            if model_name in self.env:
                names[model_name] |= self._get_names(model_name, field_names)
        for model_name, field_name in self.env.execute_query(SQL(_ADDED)):
            if model_name in self.env:
                names[model_name] |= self._get_names(model_name, [field_name] if field_name else ALL)
        # A many2many field is written from both sides.
        for model_name, field_names in list(names.items()):
            for field_name in list(field_names):
                for inverse in self.pool.field_inverses[self.env[model_name]._fields[field_name]]:
                    if inverse.type == "many2many":
                        names[inverse.model_name].add(inverse.name)
        return {model_name: self._split(model_name, field_names) for model_name, field_names in names.items()}

    def _get_names(self, model_name, field_names):
        fields_of = self.env[model_name]._fields
        if field_names == ALL:
            return {
                name
                for name, field in fields_of.items()
                if _get_kind(field) and (is_own_column(field) or (field.type == "many2many" and not field.compute))
            }
        return {name for name in field_names if _get_kind(fields_of.get(name))}

    def _split(self, model_name, field_names):
        kinds = {name: _get_kind(self.env[model_name]._fields[name]) for name in field_names}
        return Tracked(*(frozenset(n for n, kind in kinds.items() if kind == wanted) for wanted in Tracked._fields))

    @api.model
    def _make_ready_lines(self):
        """Bring the lines that come with the software up to date; called when a module is installed or updated."""
        # Past its own create, write and unlink, which are for what an auditor adds.
        # pylint: disable=missing-return,super-method-mismatch
        wanted = set()
        for model_name, field_names in self._get_ready_fields().items():
            if model_name in self.env:
                model = self.env["ir.model"]._get_id(model_name)
                ids = self.env["ir.model.fields"]._get_ids(model_name)
                names = [None] if field_names == ALL else sorted(self._get_names(model_name, field_names))
                wanted |= {(model, name and ids[name]) for name in names}
        known = {(line.model_id.id, line.field_id.id or None): line for line in self.search([])}
        gone = self.union(*(line for key, line in known.items() if line.is_ready and key not in wanted))
        super(CloudAuditTracker, gone).unlink()
        super(CloudAuditTracker, self.union(*(known[key] for key in wanted & known.keys()))).write({"is_ready": True})
        super().create(
            [
                {"model_id": model, "field_id": field, "is_ready": True}
                for model, field in sorted(wanted - known.keys(), key=lambda key: (key[0], key[1] or 0))
            ]
        )
        self._forget_tracked()

    # === HOOKS === #

    @api.model
    def _get_ready_fields(self):
        """Return {model name: names of fields, or ALL} of what is always tracked. Override, call super, add yours."""
        company = self.env["res.company"]
        settings = {name for name, field in company._fields.items() if name[:6] == "cloud_" and is_own_column(field)}
        # Whose changes are events of their own already.
        settings -= {*company._get_cloud_audited_settings(), *_STATE_OF_THE_COMPANY}
        return {**READY, "res.company": (*READY["res.company"], *sorted(settings))}

    @api.model
    def _get_action(self, record, operation, names):
        """Return the kind of event for a change of a record. To name one that matters: override, yours, else super().

        :param str operation: created, changed or deleted
        :param names: set of names of the tracked fields that changed
        """
        model = record._name
        if model == "account.lock_exception" or (
            model == "res.company" and any(n.endswith("lock_date") for n in names)
        ):
            return "lock_dates"
        if model == "ir.cron" and "active" in names:
            return "schedule_on" if operation != "deleted" and record.active else "schedule_off"
        is_schedule = model == "ir.cron" or (model == "ir.actions.server" and record.usage == "ir_cron")
        if is_schedule and operation == "changed":
            # Put off for years, given to nobody or told to do nothing, it is on and does nothing.
            return "schedule_changed"
        if model in ("ir.model.access", "ir.rule") or names & {"group_ids", "user_ids", "implied_ids"}:
            return "rights_changed"
        if model == "res.users" and names & {"active", "share", "company_ids"}:
            return "rights_changed"
        if model == "ir.module.module":
            return "module_changed"
        return operation


def _tell(tracker):
    return {"model": tracker.model_name, "field": tracker.field_name or ALL, "why": tracker.reason or None}


def _get_kind(field):
    """How changes of a field are found: "columns" or "relations"; None where there is nothing to find."""
    if field is None or not field.store or field.name in _NOBODYS:
        return None
    if field.column_type:
        return "columns"
    return "relations" if field.type in ("many2many", "binary", "image") else None


_ADDED = """
    SELECT model.model,
           field.name
      FROM cloud_audit_tracker tracker
      JOIN ir_model model ON model.id = tracker.model_id
 LEFT JOIN ir_model_fields field ON field.id = tracker.field_id
     WHERE NOT COALESCE(tracker.is_ready, FALSE)
"""
