from odoo import fields, models
from odoo.exceptions import UserError


class CloudSeatDelivery(models.Model):
    """A snapshot becomes dated quantities of lines, and can be taken back: each is a new fact beside the former."""

    _inherit = "cloud.seat.delivery"

    # === ACTIONS === #

    def action_apply(self):
        """Let the seats of the snapshot hold from its day on."""
        self.ensure_one()
        self.check_access("write")
        self._check_shown()
        self._apply(fields.Datetime.now())

    def action_undo(self):
        """Take back what the delivery that was applied last has changed."""
        self.ensure_one()
        self.check_access("write")
        self._undo()

    def _check_shown(self):
        """Refuse when what would be applied is not what was looked at."""
        # sudo: only to compare; the delivery writes its own rows.
        rows = self.sudo().row_ids
        shown = {row.id: row._prepare_shown() for row in rows}
        self._compare()
        # sudo: as above.
        differing = [row for row in self.sudo().row_ids if shown.get(row.id) != row._prepare_shown()]
        if differing:
            raise UserError(
                self.env._(
                    "What is agreed has changed since %(delivery)s was compared, for instance: %(row)s. Press Compare"
                    " Again and look at the list before you apply it.",
                    delivery=self.display_name,
                    row=differing[0].key or "",
                )
            )

    # === BUSINESS === #

    def _apply(self, now):
        """Write the dated quantities and the dates of every row that waits. now: moment of the decision, UTC."""
        self.ensure_one()
        # sudo: a delivery writes its own rows; the right to apply it was asked for.
        rows = self.sudo().row_ids.filtered(lambda row: row._is_waiting())
        if self.state == "undone" or (self.state == "applied" and not rows):
            raise UserError(self.env._("%(delivery)s has nothing to apply any more.", delivery=self.display_name))
        changed = rows.filtered(lambda row: row.quantity != row.quantity_before)
        agreed = self._spread([(row, row.day, row.quantity) for row in changed])
        policy = self.source_id.policy
        self.env["cloud.subscription.line"]._apply_quantities(agreed, policy, self._get_reason(), origin="source")
        self._apply_dates(rows)
        # sudo: a delivery writes its own state; the right to apply it was asked for.
        delivery = self.sudo()
        said = delivery.row_ids.filtered(lambda row: row.line_id and row.quantity is not None)
        said.write({"is_applied": True})
        delivery.write(
            {
                "state": "applied",
                "applied_number": self.source_id._take_number(),
                "applied_on": now,
                "applied_by_id": self.env.uid,
            }
        )

    def _spread(self, said):
        """The dated quantities that say seats from a day on, and what later snapshots go on to say after them.

        said: list of (row, day, quantity). A later snapshot that said what held already wrote no quantity of its own,
        and must not be overrun by this one. Returns what `_apply_quantities` takes.
        """
        later = self._get_later_days(self.env["cloud.subscription.line"].union(*(row.line_id for row, *_rest in said)))
        agreed = []
        for row, day, quantity in said:
            line, until = row.line_id.with_env(self.env), later.get(row.line_id.id)
            agreed.append((line, day, {"quantity": quantity, "seat_row_id": row.id}))
            following = line._get_next_day(day)
            if until and day < until and (following is None or following > until):
                agreed.append((line, until, {"quantity": line._get_held(until), "seat_row_id": row.id}))
        return agreed

    def _get_later_days(self, lines):
        """{line id: the day of the next snapshot that was applied and says the seats of it}."""
        groups = self.env["cloud.seat.row"]._read_group(
            [
                ("line_id", "in", lines.ids),
                ("is_applied", "=", True),
                ("delivery_id.state", "=", "applied"),
                ("as_of", ">", self.as_of),
            ],
            ["line_id"],
            ["as_of:min"],
        )
        return {line.id: day for line, day in groups}

    def _apply_dates(self, rows):
        for row in rows:
            line = row.line_id.with_env(self.env)
            dates = self._get_new_dates(row, line)
            if dates:
                row.former_dates = {name: fields.Date.to_string(line[name]) or None for name in dates}
                line.write(dates)

    def _undo(self):
        """Let hold again what held before the delivery; only of the one applied last, for others stand on it."""
        self.ensure_one()
        if self.state != "applied":
            raise UserError(self.env._("%(delivery)s is not applied.", delivery=self.display_name))
        newer = self.search(
            [
                ("source_id", "=", self.source_id.id),
                ("state", "=", "applied"),
                ("applied_number", ">", self.applied_number),
            ],
            limit=1,
        )
        if newer:
            raise UserError(
                self.env._("%(newer)s was applied after it. Undo that one first.", newer=newer.display_name)
            )
        # sudo: a delivery writes its own rows; the right to undo it was asked for.
        rows = self.sudo().row_ids.filtered("is_applied")
        reason = self.env._("Undone: %(delivery)s", delivery=self.display_name)
        said = [(row, dated.date_start, row.quantity_before) for row in rows for dated in row.quantity_ids]
        agreed = self._spread(said)
        lines = self.env["cloud.subscription.line"]
        lines._apply_quantities(agreed, self.source_id.policy, reason, origin="source")
        for row in rows.filtered("former_dates"):
            row.line_id.with_env(self.env).write(row.former_dates)
        # sudo: a delivery writes its own state; the right to undo it was asked for.
        self.sudo().write({"state": "undone"})
