import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ....engine.readers import Limits, RejectedFile, read_seats
from ...usage.reader_messages import explain_refusal

# An upload is held in memory as a whole; a snapshot of fifty thousand licences has about 8 MB.
MAX_BYTES = 32 * 1024 * 1024
_LIMITS = Limits(max_bytes=2 * MAX_BYTES)
# {column of the reader: field with its name in the file}
_COLUMN_FIELDS = {
    "licence": "column_licence",
    "sku": "column_sku",
    "quantity": "column_quantity",
    "as_of": "column_as_of",
    "term_start": "column_term_start",
    "term_end": "column_term_end",
    "renewal": "column_renewal",
    "coterm": "column_coterm",
    "status": "column_status",
}


class CloudSeatSource(models.Model):
    """Where licence seats come from: how its snapshots are read, and what they do to what was agreed."""

    _name = "cloud.seat.source"
    _description = "Seat Source"
    _order = "name, id"

    name = fields.Char(required=True, help="For instance the vendor and the portal whose list of licences it is.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, ondelete="restrict", index=True, default=lambda self: self.env.company
    )
    delimiter = fields.Selection(
        [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Vertical bar")], default=",", required=True
    )
    date_format = fields.Selection(
        [
            ("ymd", "2026-10-31"),
            ("dmy_dot", "31.10.2026"),
            ("dmy_slash", "31/10/2026"),
            ("mdy_slash", "10/31/2026"),
        ],
        string="Dates Are Written",
        default="ymd",
        required=True,
    )
    column_licence = fields.Char(
        string="Licence", required=True, default="subscription_id", help="Column with the vendor's id of a licence."
    )
    column_sku = fields.Char(
        string="SKU",
        default="sku",
        help="Column with the product or SKU. With the licence it is the key by which a line is known again.",
    )
    column_quantity = fields.Char(string="Seats", required=True, default="quantity")
    column_as_of = fields.Char(
        string="As-Of Day", help="Column with the day of the snapshot. Empty: the day is entered with each file."
    )
    column_term_start = fields.Char(string="Term Start")
    column_term_end = fields.Char(string="Term End")
    column_renewal = fields.Char(string="Renewal")
    column_coterm = fields.Char(string="Co-term", help="Column with the day on which licences end together.")
    column_status = fields.Char(string="Status")
    inactive_statuses = fields.Char(
        string="Nothing Is Licensed When", help="Statuses that mean 0 seats, with commas: suspended, cancelled."
    )
    missing_policy = fields.Selection(
        [("list", "List it and change nothing"), ("zero", "Take it as 0 seats")],
        string="A Licence That Is Missing",
        default="list",
        required=True,
        help="What happens to a line whose licence is not in a newer snapshot.",
    )
    policy = fields.Selection(
        [("credit", "Credit with the next invoice"), ("nothing", "Nothing is given back")],
        string="Days Already Billed",
        default="credit",
        required=True,
        help="More seats are charged and fewer credited from the day of the snapshot on; or charged days stay as they"
        " are, and the new quantity begins behind them.",
    )
    last_number = fields.Integer(
        default=0, required=True, readonly=True, copy=False, help="Counts its deliveries and when they were applied."
    )
    delivery_ids = fields.One2many("cloud.seat.delivery", "source_id", string="Deliveries")
    line_ids = fields.One2many("cloud.subscription.line", "seat_source_id", string="Subscription Lines")
    line_count = fields.Integer(compute="_compute_counts")
    delivery_count = fields.Integer(compute="_compute_counts")

    _name_uniq = models.UniqueIndex("(company_id, name)", "There is a seat source of this name already.")

    # === COMPUTE === #

    @api.depends("line_ids", "delivery_ids")
    def _compute_counts(self):
        for source in self:
            source.line_count = len(source.line_ids)
            source.delivery_count = len(source.delivery_ids)

    # === CONSTRAINTS === #

    @api.constrains(*_COLUMN_FIELDS.values())
    def _check_columns(self):
        for source in self:
            names = [name.casefold() for name in source._get_columns().values()]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValidationError(
                    self.env._(
                        "%(seat_source)s: the column %(columns)s is named for more than one thing. Give each its own.",
                        seat_source=source.name,
                        columns=", ".join(twice),
                    )
                )

    @api.constrains("company_id")
    def _check_company(self):
        for source in self:
            if source.line_ids.company_id - source.company_id or source.delivery_ids.company_id - source.company_id:
                raise ValidationError(
                    self.env._(
                        "%(seat_source)s has lines or deliveries: it stays with its company.", seat_source=source.name
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        for source in self:
            if source.line_ids or source.delivery_ids:
                raise UserError(
                    self.env._(
                        "%(seat_source)s has lines or deliveries. Archive it instead of deleting it.",
                        seat_source=source.name,
                    )
                )

    # === ACTIONS === #

    def action_upload(self):
        """Ask for the next snapshot."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_seat_upload_action")
        return {**action, "context": {"default_source_id": self.id}}

    def action_view_deliveries(self):
        """The snapshots of this source."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_seat_delivery_action")
        return {**action, "domain": [("source_id", "=", self.id)], "context": {"default_source_id": self.id}}

    def action_view_lines(self):
        """The subscription lines whose quantity comes from this source."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_subscription_line_action")
        return {**action, "domain": [("seat_source_id", "=", self.id)], "context": {}}

    # === BUSINESS === #

    def _take_number(self):
        """The next number of the source. Writing it makes whoever delivers or applies at the same moment wait."""
        self.ensure_one()
        # sudo: who may deliver counts deliveries, and need not be allowed to change how a source is read.
        source = self.sudo()
        source.last_number += 1
        source.flush_recordset(["last_number"])
        return source.last_number

    def _get_columns(self):
        """{column of the reader: its name in the file}."""
        return {column: self[name].strip() for column, name in _COLUMN_FIELDS.items() if (self[name] or "").strip()}

    def _get_reader_options(self):
        return {
            "columns": self._get_columns(),
            "delimiter": self.delimiter,
            "date_format": self.date_format,
            "inactive": (self.inactive_statuses or "").split(","),
        }

    def _deliver(self, file_name, content, as_of=None):
        """The delivery that a file is: a new one, compared with what is agreed, or the one that it is known as.

        content: bytes. as_of: day of the snapshot, where the file has no column for it. The same content for the same
        day changes nothing. Raises UserError for a file that is refused; then nothing is kept.
        """
        self.ensure_one()
        day, items = self._read(file_name, content)
        day = self._choose_day(file_name, day, as_of)
        checksum = hashlib.sha256(content).hexdigest()
        deliveries = self.env["cloud.seat.delivery"]
        known = deliveries.search(
            [
                ("source_id", "=", self.id),
                ("sha256", "=", checksum),
                ("as_of", "=", day),
                ("state", "!=", "undone"),
            ]
        )
        return known or deliveries._keep(self, file_name, content, checksum, day, items)

    def _read(self, file_name, content):
        if len(content) > MAX_BYTES:
            raise UserError(
                self.env._(
                    "%(file)s is larger than %(size)s MB, as no list of licences is. Compress it with gzip, or look"
                    " whether it is the right file.",
                    file=file_name,
                    size=MAX_BYTES // 1024**2,
                )
            )
        try:
            return read_seats([content], file_name=file_name, limits=_LIMITS, options=self._get_reader_options())
        except RejectedFile as error:
            raise UserError(explain_refusal(self.env, error)) from error

    def _choose_day(self, file_name, day, as_of):
        if day and as_of and day != as_of:
            raise UserError(
                self.env._(
                    "%(file)s is of %(day)s by its column %(column)s, and %(as_of)s was entered. Leave the day empty"
                    " to take that of the file.",
                    file=file_name,
                    day=fields.Date.to_string(day),
                    column=self.column_as_of,
                    as_of=fields.Date.to_string(as_of),
                )
            )
        if not (day or as_of):
            raise UserError(
                self.env._(
                    "%(file)s does not say of which day it is. Enter the as-of day, or name its column on the source.",
                    file=file_name,
                )
            )
        return day or as_of
