from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CloudSubscriptionLine(models.Model):
    """Licence seats: a line whose quantity comes from a source, known again by the vendor's key."""

    _inherit = "cloud.subscription.line"

    # Not copied: a licence has one line, and a copy of a contract is another agreement.
    seat_source_id = fields.Many2one(
        "cloud.seat.source",
        string="Seats From",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        copy=False,
        help="The source whose snapshots say how many seats there are. The quantity is not typed then.",
    )
    seat_key = fields.Char(
        string="Licence",
        copy=False,
        help="The vendor's id of the licence, with its SKU behind a slash where the source has one: A-1 / E3.",
    )
    licence_start = fields.Date(string="Term Start", readonly=True, copy=False, help="As the vendor gives it.")
    licence_end = fields.Date(string="Term End", readonly=True, copy=False, help="As the vendor gives it.")
    renews_on = fields.Date(readonly=True, copy=False, index="btree_not_null")
    coterm_on = fields.Date(
        string="Co-term", readonly=True, copy=False, help="Day on which this licence ends together with others."
    )

    _seat_key_uniq = models.UniqueIndex(
        "(seat_source_id, seat_key) WHERE seat_source_id IS NOT NULL",
        "Another subscription line has this licence already. A licence has one line.",
    )
    _seat_key_with_source = models.Constraint(
        "CHECK ((seat_source_id IS NULL) = (seat_key IS NULL))",
        "A source and a licence belong together: enter both or none.",
    )

    # === CONSTRAINTS === #

    @api.constrains("seat_source_id", "product_id")
    def _check_takes_seats(self):
        for line in self:
            if line.seat_source_id and (line.billing_model != "recurring" or line.bundle_text):
                raise ValidationError(
                    self.env._(
                        "%(line)s: seats come from a source for a recurring fee, and not for a bundle. Choose another"
                        " line, or take the source away.",
                        line=line.display_name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([_clean(vals) for vals in vals_list])

    def write(self, vals):
        vals = _clean(vals)
        if "quantity" in vals and "seat_source_id" not in vals:
            quantity = self._fields["quantity"].convert_to_cache(vals["quantity"], self)
            self.filtered(lambda line: line.seat_source_id and line.quantity != quantity)._refuse_typed()
        return super().write(vals)

    def _refuse_typed(self):
        """Refuse a quantity that somebody enters for lines that take theirs from a source."""
        if not self:
            return
        line = self[0]
        raise UserError(
            self.env._(
                "%(line)s takes its seats from %(seat_source)s. Deliver a snapshot with the right number, or take the"
                " source away from the line before you enter a quantity.",
                line=line.display_name,
                seat_source=line.seat_source_id.name,
            )
        )

    # === BUSINESS === #

    def _runs_on(self, day):
        """Whether a line runs on a local day, so that a snapshot of that day can be of it."""
        self.ensure_one()
        start, end = self._get_interval()
        return self.state != "cancelled" and start <= day and (not end or day < end)

    def _get_line_of_day(self, day):
        """This line, or the one it took the place of that ran on a local day: a licence goes on from line to line."""
        self.ensure_one()
        line = self
        while line and not line._runs_on(day):
            line = line.replaces_id
        return line or self

    def _hand_over_licences(self, followers):
        """Let the licences of these lines go on with the lines in their place. followers: {line: line}.

        A licence has one line. Snapshots of days before it took over are still those of the former, which it replaces.
        """
        for line in self.filtered("seat_source_id"):
            follower = followers.get(line)
            if not follower or follower.billing_model != "recurring" or follower.bundle_text:
                continue
            vals = {name: line[name] for name in ("seat_key", "licence_start", "licence_end", "renews_on", "coterm_on")}
            source = line.seat_source_id
            line.write({"seat_source_id": False, "seat_key": False})
            line.flush_recordset(["seat_source_id", "seat_key"])
            follower.write({**vals, "seat_source_id": source.id})


def _clean(vals):
    """An empty licence is none, and never the same as another empty one."""
    if "seat_key" in vals:
        return {**vals, "seat_key": (vals["seat_key"] or "").strip() or False}
    return vals
