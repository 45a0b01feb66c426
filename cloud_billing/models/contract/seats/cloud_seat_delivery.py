import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ....engine.readers import RowError
from ...usage.reader_messages import explain_row

_COUNTED = ("changed", "same", "unmatched", "missing", "rejected")
_WRITTEN_BY_DELIVERY = {
    "source_id", "number", "as_of", "state", "file", "file_name", "sha256", "applied_number", "applied_on",
    "applied_by_id", "row_ids", "rows_read", *(f"rows_{state}" for state in _COUNTED),
}  # fmt: skip


class CloudSeatDelivery(models.Model):
    """One snapshot of licences: its file, what it says of each licence, and what that changes.

    From its day on it holds until the next snapshot that was applied. One of an older day takes its place by date: it
    changes nothing from the day of the next one on.
    """

    _name = "cloud.seat.delivery"
    _description = "Seat Delivery"
    _inherit = ["mail.thread"]
    _order = "as_of desc, number desc, id desc"

    source_id = fields.Many2one("cloud.seat.source", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    number = fields.Integer(required=True, readonly=True, help="Counts what happens to the deliveries of a source.")
    as_of = fields.Date(required=True, readonly=True, help="The day of which the snapshot is.")
    state = fields.Selection(
        [("read", "To apply"), ("applied", "Applied"), ("undone", "Undone")],
        default="read",
        required=True,
        readonly=True,
        tracking=True,
    )
    file = fields.Binary(readonly=True, attachment=True)
    file_name = fields.Char(required=True, readonly=True)
    sha256 = fields.Char(string="Checksum", required=True, readonly=True, help="SHA-256 of the file as uploaded.")
    applied_number = fields.Integer(readonly=True, help="In which order deliveries were applied.")
    applied_on = fields.Datetime(readonly=True)
    applied_by_id = fields.Many2one("res.users", readonly=True)
    row_ids = fields.One2many("cloud.seat.row", "delivery_id", string="Rows", readonly=True)
    change_row_ids = fields.One2many(
        "cloud.seat.row",
        "delivery_id",
        string="What Changes",
        readonly=True,
        domain=["|", ("state", "=", "changed"), "&", ("state", "=", "missing"), ("quantity", "!=", False)],
    )
    problem_row_ids = fields.One2many(
        "cloud.seat.row",
        "delivery_id",
        string="To Look At",
        readonly=True,
        domain=[("state", "in", ("unmatched", "missing", "rejected"))],
    )
    rows_read = fields.Integer(string="Read", readonly=True)
    rows_changed = fields.Integer(string="Changes", readonly=True)
    rows_same = fields.Integer(string="Same", readonly=True)
    rows_unmatched = fields.Integer(string="Without Line", readonly=True)
    rows_rejected = fields.Integer(string="Rejected", readonly=True)
    rows_missing = fields.Integer(string="Missing", readonly=True, help="Licences of lines that are not in the file.")
    pending_count = fields.Integer(string="To Apply", compute="_compute_pending")
    is_late = fields.Boolean(compute="_compute_is_late", help="A snapshot of a later day was applied already.")

    _same_file = models.UniqueIndex(
        "(source_id, sha256, as_of) WHERE state <> 'undone'", "This file was delivered for this day already."
    )
    _number_uniq = models.UniqueIndex("(source_id, number)", "Another file was delivered meanwhile: try again.")
    _applied_number_uniq = models.UniqueIndex(
        "(source_id, applied_number) WHERE applied_number > 0", "Another delivery was applied meanwhile: try again."
    )
    # The missing are not in the file, so they are not read.
    _counts_add_up = models.Constraint(
        "CHECK (rows_read = rows_changed + rows_same + rows_unmatched + rows_rejected)",
        "Rows read must equal changed + same + without a line + rejected.",
    )
    _applied_is_numbered = models.Constraint(
        "CHECK ((state = 'read') = (COALESCE(applied_number, 0) = 0))", "An applied delivery has its number."
    )

    # === COMPUTE === #

    @api.depends("source_id.name", "as_of", "number")
    def _compute_display_name(self):
        for delivery in self:
            delivery.display_name = self.env._(
                "%(seat_source)s, %(day)s (no. %(number)s)",
                seat_source=delivery.source_id.name,
                day=fields.Date.to_string(delivery.as_of),
                number=delivery.number,
            )

    @api.depends("row_ids.state", "row_ids.is_applied", "state")
    def _compute_pending(self):
        for delivery in self:
            waiting = delivery.row_ids.filtered(lambda row: row._is_waiting())
            delivery.pending_count = len(waiting) if delivery.state != "undone" else 0

    @api.depends("as_of", "source_id.delivery_ids.state", "source_id.delivery_ids.as_of")
    def _compute_is_late(self):
        for delivery in self:
            delivery.is_late = any(
                other.state == "applied" and other.as_of > delivery.as_of for other in delivery.source_id.delivery_ids
            )

    # === CRUD === #

    def write(self, vals):
        # Followers and messages are people's; everything else says what was delivered.
        if not self.env.su and vals.keys() & _WRITTEN_BY_DELIVERY:
            raise AccessError(self.env._("A delivery is written by its buttons: upload, apply, undo."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unapplied(self):
        for delivery in self:
            if delivery.state != "read":
                raise UserError(
                    self.env._(
                        "%(delivery)s was applied and stays as a record. Undo it instead.",
                        delivery=delivery.display_name,
                    )
                )

    # === BUSINESS === #

    @api.model
    def _keep(self, source, file_name, content, checksum, day, items):
        """A new delivery of a source, compared with what is agreed. items: of `read_seats`."""
        # sudo: a delivery writes itself; who may upload is asked by who calls.
        delivery = self.sudo().create(
            {
                "source_id": source.id,
                "number": source._take_number(),
                "as_of": day,
                "file": base64.b64encode(content),
                "file_name": file_name,
                "sha256": checksum,
                "rows_read": len(items),
                "rows_rejected": len(items),
            }
        )
        delivery.env["cloud.seat.row"].create([delivery._prepare_row_vals(item) for item in items])
        delivery._compare()
        return delivery.with_env(self.env)

    def _prepare_row_vals(self, item):
        if isinstance(item, RowError):
            return {
                "delivery_id": self.id,
                "row_no": item.row_no,
                "state": "rejected",
                "key": item.value if item.reason == "licence_twice" else False,
                "column": item.column,
                "problem": explain_row(self.env, item),
                "text": item.text,
            }
        return {
            "delivery_id": self.id,
            "row_no": item.row_no,
            "state": "unmatched",
            "key": item.key,
            "sku": item.sku,
            "status": item.status,
            "quantity": item.quantity,
            "licence_start": item.term_start,
            "licence_end": item.term_end,
            "renews_on": item.renewal,
            "coterm_on": item.coterm,
            "text": item.text,
        }

    def _count_rows(self):
        """Write how many rows came to what."""
        self.ensure_one()
        counts = dict.fromkeys(_COUNTED, 0)
        for row in self.row_ids:
            counts[row.state] += 1
        self.write({f"rows_{state}": count for state, count in counts.items()})

    def _get_reason(self):
        """What the timeline of a subscription names as the reason."""
        self.ensure_one()
        return self.env._("Seats by %(delivery)s", delivery=self.display_name)
