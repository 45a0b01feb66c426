from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.numbers import parse_decimal
from ...fields import DecimalField
from ...sql_rows import as_table
from ..control.open_record import open_record
from . import intervention_schema

KINDS = [
    ("released", "Released"),
    ("held", "Held"),
    ("excluded", "Excluded"),
    ("waived", "Waived"),
    ("forced", "Forced"),
    ("added", "Added by hand"),
    ("discounted", "Discounted by hand"),
    ("absorbed", "Absorbed"),
    ("goodwill", "Goodwill"),
    ("written_off", "Written off"),
    ("rated_again", "Rated again"),
    ("reversed", "Reversed"),
    ("estimated", "Estimated"),
]
# Where a record says what it belongs to, if it does, and of which model that is.
_PLACES = {
    "customer_id": "cloud.customer",
    "run_id": "cloud.bill.run",
    "bill_id": "cloud.bill",
    "move_id": "account.move",
}


class CloudIntervention(models.Model):
    """The register of what people did beside the rules: released, held, waived, given, written off, forced.

    Read-only window on a table that only grows. `_note` is the one way in, called in the transaction of what happened.
    """

    _name = "cloud.intervention"
    _inherit = ["cloud.read.only.mixin"]
    _description = "Intervention"
    _auto = False
    _order = "id desc"
    _rec_name = "res_name"

    occurred_at = fields.Datetime(string="When", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Login", readonly=True)
    user_login = fields.Char(string="Login Name", readonly=True, help="As it was then.")
    person_name = fields.Char(string="Person", readonly=True, help="Who did it, as the person was called then.")
    kind = fields.Selection(KINDS, string="What", readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Integer(string="Record ID", readonly=True)
    res_name = fields.Char(string="Record", readonly=True, help="As it was called then.")
    customer_id = fields.Many2one("cloud.customer", readonly=True)
    run_id = fields.Many2one("cloud.bill.run", string="Bill Run", readonly=True)
    bill_id = fields.Many2one("cloud.bill", readonly=True)
    move_id = fields.Many2one("account.move", string="Journal Entry", readonly=True)
    amount = DecimalField(
        currency_field="currency_id",
        readonly=True,
        help="What it was about: the bill that was released, the credit that was given. Empty: nobody can say.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    reason = fields.Char(readonly=True)
    request_id = fields.Many2one("cloud.change.request", string="Approval", readonly=True)
    approver_names = fields.Char(
        string="Approved By",
        compute="_compute_approver_names",
        help="Who agreed to it, or to the bill run that it went out with. Empty: nobody yet.",
    )

    @property
    def _table_query(self):
        return intervention_schema.QUERY

    def init(self):
        intervention_schema.create(self.env.cr)

    # === COMPUTE === #

    @api.depends("request_id", "run_id")
    def _compute_approver_names(self):
        # sudo: lends the right to read the names of those who voted; who reads the register may know them.
        for intervention, known in zip(self, self.sudo(), strict=True):
            request = known.request_id or known.run_id.request_id
            votes = request._get_approvals() if request.state == "applied" else request.vote_ids.browse()
            intervention.approver_names = ", ".join(votes.person_id.mapped("name")) or False

    # === CRUD === #

    def _get_refusal(self):
        return self.env._(
            "The register of interventions is written by what happens, never by hand, and never changed or deleted."
        )

    # === ACTIONS === #

    def action_open_record(self):
        """What was intervened in, as it is today."""
        self.ensure_one()
        return open_record(self.env, self.res_model, self.res_id, self.res_name)

    def action_export(self):
        """Ask which part of the register goes into a file: what is selected, else what the list shows."""
        return self.env["cloud.intervention.export"]._open(self)

    # === BUSINESS === #

    @api.model
    def _note(self, kind, records, reason, amount=None, currency=None, customer=None, request=None):
        """Note one intervention per record, in the transaction of what happened; see `_note_all`.

        amount, currency, customer: values for all, or functions of a record.
        """
        given = {"amount": amount, "currency": currency, "customer": customer}
        self._note_all(
            (
                record,
                {
                    "kind": kind,
                    "reason": reason,
                    "request": request,
                    **{name: value(record) if callable(value) else value for name, value in given.items()},
                },
            )
            for record in records
        )

    @api.model
    def _note_all(self, notes):
        """Note interventions: pairs of a record and a dict of kind, reason, and where known amount, currency,
        customer and request (the cloud.change.request behind it).

        amount: Decimal or text, in the currency, which is that of the record unless given. What is left out is taken
        from the record: its customer, run, bill and invoice. Raises ValueError where there is no reason.

        Runs with the rights of the module: whoever does something cannot choose not to be noted. One statement for all.
        """
        # sudo: what is noted of a record is the module's to know, see above.
        rows = [self._prepare_row(record.sudo(), vals) for record, vals in notes]
        if rows:
            columns = SQL(", ").join(map(SQL.identifier, intervention_schema.COLUMNS))
            self.env.execute_query(
                SQL(
                    "INSERT INTO %s (%s) SELECT %s FROM %s RETURNING id",
                    SQL(intervention_schema.INTERVENTION_TABLE),
                    columns,
                    columns,
                    as_table("noted", intervention_schema.COLUMNS, rows),
                )
            )

    def _prepare_row(self, record, vals):
        """The values of one intervention, in the order of the table's columns."""
        kind, reason = vals["kind"], (vals["reason"] or "").strip()
        if kind not in self._fields["kind"].get_values(self.env):
            raise ValueError(f"unknown kind of intervention: {kind}")
        if not reason:
            raise ValueError(f"an intervention without a reason: {kind} {record}")
        # sudo: lends the right to read the names of the person and of the record; nothing else is done with it.
        user, request = self.env.user.sudo(), vals.get("request")
        place = self._get_place(record)
        if vals.get("customer"):
            place["customer_id"] = vals["customer"].id
        amount = None if vals.get("amount") is None else parse_decimal(vals["amount"])
        currency = vals.get("currency") or ("currency_id" in record._fields and record.currency_id)
        row = {
            "company_id": self._get_company(record).id,
            "user_id": user.id,
            "user_login": user.login,
            "person_name": user.cloud_person_id.name or None,
            "kind": kind,
            "res_model": record._name,
            "res_id": record.id,
            "res_name": record.display_name,
            **place,
            "amount": amount,
            "currency_id": currency.id if amount is not None and currency else None,
            "reason": reason,
            "request_id": request.id if request else None,
        }
        return [row[name] for name in intervention_schema.COLUMNS]

    def _get_company(self, record):
        if record._name == "res.company":
            return record
        return ("company_id" in record._fields and record.company_id) or self.env.company

    # === HOOKS === #

    @api.model
    def _get_place(self, record):
        """Return what a record belongs to: a dict of customer_id, run_id, bill_id and move_id, ids or None.

        To add a record that says it otherwise: override, return yours for your model, else super().
        """
        place = {}
        for name, model in _PLACES.items():
            field = record._fields.get(name)
            if record._name == model:
                place[name] = record.id
            elif field is not None and field.comodel_name == model:
                place[name] = record[name].id or None
            else:
                place[name] = None
        if record._name == "account.move" and record.cloud_bill_id:
            place = {**self._get_place(record.cloud_bill_id), "move_id": record.id}
        return place
