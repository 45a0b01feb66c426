from odoo import api, fields, models
from odoo.exceptions import UserError

from ....engine.numbers import to_text
from ....fields import DecimalField, format_decimal

# Of a row, and under the same names of the line that keeps them.
DATES = ("licence_start", "licence_end", "renews_on", "coterm_on")


class CloudSeatRow(models.Model):
    """What one snapshot says of one licence, and what it changes; also a licence that a line has and it has not."""

    _name = "cloud.seat.row"
    _description = "Row of a Seat Delivery"
    _order = "delivery_id desc, row_no, id"

    delivery_id = fields.Many2one("cloud.seat.delivery", required=True, readonly=True, ondelete="cascade", index=True)
    source_id = fields.Many2one(related="delivery_id.source_id", store=True, index=True)
    company_id = fields.Many2one(related="delivery_id.company_id", store=True, index=True)
    as_of = fields.Date(related="delivery_id.as_of", store=True)
    delivery_state = fields.Selection(related="delivery_id.state", string="Delivery State")
    row_no = fields.Integer(string="Row", readonly=True, help="In the file, the header is 1. 0: not in the file.")
    key = fields.Char(string="Licence", readonly=True, index=True)
    sku = fields.Char(string="SKU", readonly=True)
    status = fields.Char(string="Vendor's Status", readonly=True)
    quantity = DecimalField(string="Seats", readonly=True, help="Empty: the snapshot does not say.")
    quantity_before = DecimalField(
        string="Seats Before", readonly=True, help="Agreed for that day when it was compared."
    )
    licence_start = fields.Date(string="Term Start", readonly=True)
    licence_end = fields.Date(string="Term End", readonly=True)
    renews_on = fields.Date(readonly=True)
    coterm_on = fields.Date(string="Co-term", readonly=True)
    state = fields.Selection(
        [
            ("changed", "Changes"),
            ("same", "Stays the same"),
            ("unmatched", "Has no line"),
            ("missing", "Not in the file"),
            ("rejected", "Cannot be read"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    line_id = fields.Many2one(
        "cloud.subscription.line", string="Subscription Line", readonly=True, ondelete="restrict", index=True
    )
    customer_id = fields.Many2one(related="line_id.customer_id", store=True, index=True)
    day = fields.Date(string="From", readonly=True, help="The day from which the seats hold.")
    is_applied = fields.Boolean(string="Applied", readonly=True)
    former_dates = fields.Json(readonly=True, help="The dates of the line before, to take them back.")
    column = fields.Char(readonly=True)
    problem = fields.Char(string="What To Do", readonly=True)
    text = fields.Text(string="As Delivered", readonly=True)
    change_text = fields.Char(string="What Changes", compute="_compute_change_text")
    quantity_ids = fields.One2many("cloud.subscription.quantity", "seat_row_id", string="Dated Quantities")

    _row_uniq = models.UniqueIndex("(delivery_id, row_no) WHERE row_no > 0", "A row of a file is read once.")
    _one_line = models.UniqueIndex(
        "(delivery_id, line_id) WHERE line_id IS NOT NULL", "A delivery says the seats of a line once."
    )
    _quantity_positive = models.Constraint("CHECK (quantity >= 0)", "Seats are 0 or more.")
    _line_by_state = models.Constraint(
        "CHECK ((line_id IS NOT NULL) = (state IN ('changed', 'same', 'missing')))",
        "A row has a line, unless it has none or cannot be read.",
    )
    _applied_has_quantity = models.Constraint(
        "CHECK (NOT is_applied OR quantity IS NOT NULL)", "Only what says a number of seats is applied."
    )

    # === COMPUTE === #

    @api.depends("key", "delivery_id.display_name", "row_no")
    def _compute_display_name(self):
        for row in self:
            row.display_name = self.env._(
                "%(delivery)s: %(key)s",
                delivery=row.delivery_id.display_name,
                key=row.key or self.env._("row %(row)s", row=row.row_no),
            )

    @api.depends("quantity", "quantity_before", "state", *DATES)
    @api.depends_context("lang")
    def _compute_change_text(self):
        for row in self:
            row.change_text = row._get_change_text()

    def _get_change_text(self):
        self.ensure_one()
        if self.quantity is None or not self.line_id or self.state == "same":
            return False
        if self.quantity == self.quantity_before:
            return self.env._("Dates")
        text = self.env._(
            "%(before)s → %(after)s",
            before=format_decimal(self.env, self.quantity_before),
            after=format_decimal(self.env, self.quantity),
        )
        return self.env._("%(change)s (paused)", change=text) if self.quantity == 0 else text

    # === ACTIONS === #

    def action_choose_line(self):
        """Ask which line has this licence."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_seat_match_action")
        return {**action, "context": {"default_row_id": self.id}}

    # === BUSINESS === #

    def _match(self, line):
        """Let a line have the licence of an unmatched row from now on; the delivery is compared with it.

        The licence leaves a line that does not run on the day of the snapshot. Raises UserError.
        """
        self.ensure_one()
        source, key = self.source_id, self.key
        if self.state != "unmatched":
            raise UserError(self.env._("%(row)s has its line, or cannot be read.", row=self.display_name))
        self._check_line(line)
        former = self.env["cloud.subscription.line"].search(
            [("seat_source_id", "=", source.id), ("seat_key", "=", key)]
        )
        former.write({"seat_source_id": False, "seat_key": False})
        former.flush_recordset(["seat_source_id", "seat_key"])
        line.write({"seat_source_id": source.id, "seat_key": key})
        line.flush_recordset(["seat_source_id", "seat_key"])
        self.delivery_id._compare()

    def _check_line(self, line):
        problem = None
        if line.company_id != self.company_id:
            problem = self.env._("%(line)s is of another company.", line=line.display_name)
        elif line.seat_source_id:
            problem = self.env._(
                "%(line)s takes its seats from the licence %(key)s of %(seat_source)s already. Choose another line, or"
                " add one: a line has one licence.",
                line=line.display_name,
                key=line.seat_key,
                seat_source=line.seat_source_id.name,
            )
        elif not line._runs_on(self.as_of):
            problem = self.env._(
                "%(line)s does not run on %(day)s. Choose a line that does.",
                line=line.display_name,
                day=fields.Date.to_string(self.as_of),
            )
        if problem:
            raise UserError(problem)

    def _is_waiting(self):
        """Whether a row changes something that is not applied yet."""
        self.ensure_one()
        if self.is_applied or self.quantity is None or not self.line_id:
            return False
        return self.state == "changed" or (self.state == "missing" and self.quantity != self.quantity_before)

    def _prepare_shown(self):
        """What a person was shown of a row before it was applied, to be told apart from what it has become."""
        self.ensure_one()
        numbers = [None if one is None else to_text(one) for one in (self.quantity_before, self.quantity)]
        return self.state, self.line_id.id, self.day, *numbers
