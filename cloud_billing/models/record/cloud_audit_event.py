import json
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.json import json_default

from ...engine.numbers import to_text
from ..control.open_record import open_record
from . import agreement, audit_schema
from . import origin as origins

ACTIONS = [
    ("go_live", "Company went live"),
    ("company_state", "Company's state changed"),
    ("person_enrolled", "Login enrolled as a person"),
    ("person_changed", "Person changed"),
    ("role_changed", "Roles changed"),
    ("submitted", "Submitted for approval"),
    ("approved", "Vote: approved"),
    ("rejected", "Vote: rejected"),
    ("withdrawn", "Withdrawn"),
    ("applied", "Approved and applied"),
    ("approved_alone", "Approved without a second person"),
    ("settings", "Settings changed"),
    ("uninstalled", "Cloud Billing removed"),
]


_FIRST = ("old", "new")
# Events that tell the state of a company, by its technical value.
_OF_A_STATE = ("go_live", "company_state")


class CloudAuditEvent(models.Model):
    """Read-only window on the append-only audit events. `_record` is the one way in."""

    _name = "cloud.audit.event"
    _description = "Audit Event"
    _inherit = ["cloud.read.only.mixin"]
    _auto = False
    _order = "id desc"
    _rec_name = "res_name"

    occurred_at = fields.Datetime(string="When", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Integer(string="User ID", readonly=True)
    user_login = fields.Char(string="Login", readonly=True)
    person_name = fields.Char(string="Person", readonly=True, help="As it was when it happened.")
    action = fields.Selection(ACTIONS, string="What", readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Integer(string="Record ID", readonly=True)
    res_name = fields.Char(string="Record", readonly=True, help="As it was called when it happened.")
    detail = fields.Json(readonly=True)
    detail_text = fields.Text(string="Details", compute="_compute_detail_text")
    reason = fields.Char(readonly=True)
    request_id = fields.Integer(string="Change Request ID", readonly=True)
    changes = fields.Json(string="Changed Values", readonly=True)
    changes_text = fields.Text(string="Changes", compute="_compute_changes_text")
    origin = fields.Selection(origins.ORIGINS, string="From", readonly=True)
    address = fields.Char(readonly=True, help="The network address that the request came from.")

    def init(self):
        audit_schema.create(self.env)

    # === COMPUTE === #

    @api.depends("action", "res_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["action"]._description_selection(self.env))
        for event in self:
            event.display_name = ", ".join(filter(None, (labels.get(event.action), event.res_name)))

    @api.depends("detail")
    @api.depends_context("lang")
    def _compute_detail_text(self):
        for event in self:
            event.detail_text = "\n".join(event._get_detail_texts(event.detail or {}))

    @api.depends("changes")
    def _compute_changes_text(self):
        for event in self:
            event.changes_text = "\n".join(
                f"{change['label']}: {_as_value(change['old'])} → {_as_value(change['new'])}"
                for change in event.changes or []
            )

    def _get_detail_texts(self, detail):
        """Lines of a dict of details for people; what is named after a field of the record is called as on its form."""
        fields_of_record = self.env[self.res_model]._fields if self.res_model in self.env else {}
        return [
            f"{self._get_detail_label(key, fields_of_record)}: {self._describe_detail(value)}"
            for key, value in sorted(detail.items(), key=_get_place)
        ]

    def _get_detail_label(self, key, fields_of_record):
        if key in fields_of_record and "_" in key:
            return fields_of_record[key]._description_string(self.env)
        return key.replace("_", " ")

    def _describe_detail(self, value):
        """A value of the details for people: no null, no brackets around what is plain."""
        if isinstance(value, bool):
            return self.env._("yes") if value else self.env._("no")
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return ", ".join(value) or "–"
        if self.action in _OF_A_STATE and isinstance(value, str):
            states = dict(self.env["res.company"]._fields["cloud_billing_state"]._description_selection(self.env))
            return states.get(value, value)
        if isinstance(value, dict):
            return ", ".join(self._get_detail_texts(value)) or "–"
        return _as_value(value)

    # === ACTIONS === #

    def action_open_record(self):
        """The record that the event is about, as it is today."""
        self.ensure_one()
        return open_record(self.env, self.res_model, self.res_id, self.res_name)

    # === BUSINESS === #

    @api.model
    def _record(self, action, records=None, **facts):
        """Insert one event per record (or a single one without records) in the transaction of what happened.

        :param str action: what happened; a value of the field `action` (another module adds its own by selection_add)
        :param records: recordset of one model, or None
        :param detail: JSON-able dict for all, or a function record -> dict. Decimals become text. No secrets.
        :param str reason: what the person gave as a reason
        :param request: the cloud.change.request behind it; of what changes while one is applied it is that one
        :param company: where the records name none; else the current company
        :param changes: [{"field", "label", "old", "new"}] of texts for all, or a function record -> that list
        :param str origin: where it came from, a value of the field `origin`; found out where not given
        :param str model: what it is about, where there is no record to name

        Runs with the rights of the module, not of the person: whoever does something cannot choose not to be recorded.
        """
        self._insert_rows(self._prepare_rows(action, records, **facts))

    def _insert_rows(self, rows):
        """Insert what `_prepare_rows` prepared: apart, because what is deleted tells its name before it is gone."""
        if rows:
            columns = SQL(", ").join(map(SQL.identifier, (*audit_schema.WRITTEN_COLUMNS, "mark")))
            values = [
                SQL("(%s)", SQL(", ").join(SQL("%s", value) for value in (*row, self._make_mark(row)))) for row in rows
            ]
            self.env.execute_query(
                SQL(
                    "INSERT INTO %s (%s) VALUES %s RETURNING id",
                    SQL(audit_schema.EVENT_TABLE),
                    columns,
                    SQL(", ").join(values),
                )
            )

    def _prepare_rows(
        self,
        action,
        records,
        *,
        detail=None,
        reason=None,
        request=None,
        company=None,
        changes=None,
        origin=None,
        model=None,
    ):
        """Tuples of what goes into audit_schema.WRITTEN_COLUMNS; arguments as of `_record`."""
        if action not in self._fields["action"].get_values(self.env):
            raise ValueError(f"unknown kind of audit event: {action}")
        # sudo: lends the right to read the names of the person and of the records; nothing else is done with it.
        user = self.env.user.sudo()
        records = records.sudo() if records is not None else None  # sudo: as above.
        # Before anybody is logged in there is no company either; the table wants NULL then, not false.
        default = (company or self.env.company).id or None
        found_origin, address = origins.find(self.env)
        # Nobody is logged in yet where a login is only being tried.
        who = (user.id or None, user.login or None, user.cloud_person_id.name or None, action)
        # What changes while a request is applied is by that request, also where nobody here has heard of it.
        agreed = agreement.find(self.env) if request is None else agreement.Agreement(request.id)
        about = (reason or agreed.reason, agreed.request_id or None)
        where = (origin or found_origin, address)
        if records is None:
            return [(default, *who, model, None, None, _to_json(detail), *about, _to_json(changes or None), *where)]
        return [
            (
                self._get_company_id(record) or default,
                *who,
                record._name,
                record.id,
                record.display_name,
                _to_json(detail(record) if callable(detail) else detail),
                *about,
                _to_json((changes(record) if callable(changes) else changes) or None),
                *where,
            )
            for record in records
        ]

    def _get_company_id(self, record):
        if record._name == "res.company":
            return record.id
        return record.company_id.id if "company_id" in record._fields and record._name != "res.users" else None

    # === HOOKS === #

    def _get_refusal(self):
        return self.env._("Audit events are written by what happens, and never changed or deleted.")

    def _make_mark(self, row):
        """Bytes that prove later that the program wrote this row (values of WRITTEN_COLUMNS), or None."""
        return


def _to_json(detail):
    return json.dumps(detail, default=_default, ensure_ascii=False) if detail is not None else None


def _default(value):
    return to_text(value) if isinstance(value, Decimal) else json_default(value)


def _get_place(item):
    """Old before new, whatever order the database keeps them in, and both before the rest."""
    key, _value = item
    return _FIRST.index(key) if key in _FIRST else len(_FIRST)


def _as_value(value):
    return "–" if value is None else _as_text(value)


def _as_text(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
