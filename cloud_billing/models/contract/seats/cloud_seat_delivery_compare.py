from datetime import timedelta

from odoo import fields, models

from .cloud_seat_row import DATES


class CloudSeatDelivery(models.Model):
    """What a snapshot changes: each licence beside the line that has it and what is agreed there on that day."""

    _inherit = "cloud.seat.delivery"

    # === ACTIONS === #

    def action_compare(self):
        """Compare again with what is agreed now."""
        self.ensure_one()
        self.check_access("write")
        self._compare()

    # === BUSINESS === #

    def _compare(self):
        """Say of every row that is not applied what it changes. Takes a constant number of statements."""
        self.ensure_one()
        # sudo: rows say what was found, and nobody writes them; who calls has asked for the right.
        delivery = self.sudo()
        lines = delivery._get_source_lines()
        by_key = {line.seat_key: line._get_line_of_day(delivery.as_of) for line in lines}
        running = {line: key for key, line in by_key.items() if line._runs_on(delivery.as_of)}
        held = delivery._get_held(lines.browse().union(*running))
        rows = delivery.row_ids.filtered(lambda row: row.row_no and row.state != "rejected" and not row.is_applied)
        for row in rows:
            line = by_key.get(row.key, lines.browse())
            row.write(delivery._prepare_match_vals(row, line, held.get(line.id)))
        delivery._compare_missing(running, held)
        delivery._count_rows()
        self.env.flush_all()

    def _get_source_lines(self):
        """The lines that take their seats from the source."""
        return self.env["cloud.subscription.line"].search([("seat_source_id", "=", self.source_id.id)])

    def _get_held(self, lines):
        """{line id: (day from which the snapshot would hold, seats agreed for that day)}.

        Where charged days stay as they are, that day is the first one that is not charged. Lines without such a day
        are absent: they end before it, or a later snapshot holds by then.
        """
        later = self._get_later_days(lines)
        charged_until = lines._get_charged_until() if self.source_id.policy == "nothing" else {}
        days = {line.id: max(self.as_of, charged_until.get(line.id, self.as_of)) for line in lines}
        changes = lines._fetch_quantities(max(days.values(), default=self.as_of) + timedelta(days=1))
        held = {}
        for line_id, _start, end, quantity in lines._fetch_lives():
            day = days[line_id]
            if (end and day >= end) or (line_id in later and later[line_id] <= day):
                continue
            earlier = [changed for start, changed in changes.get(line_id, ()) if start <= day]
            held[line_id] = day, earlier[-1] if earlier else quantity
        return held

    def _prepare_match_vals(self, row, line, held):
        vals = {"line_id": line.id, "quantity_before": None, "day": False, "problem": False}
        if not line:
            return {**vals, "state": "unmatched", "problem": self.env._("No line has this licence. Choose its line.")}
        if not line._runs_on(self.as_of):
            problem = self.env._(
                "%(line)s has this licence and does not run on %(day)s. Choose the line that does.",
                line=line.display_name,
                day=fields.Date.to_string(self.as_of),
            )
            return {**vals, "line_id": False, "state": "unmatched", "problem": problem}
        if held is None:
            problem = self.env._("Its days are charged, and charged days stay as they are.")
            return {**vals, "state": "same", "problem": problem}
        day, before = held
        is_changed = row.quantity != before or self._get_new_dates(row, line)
        state = "changed" if is_changed else "same"
        return {**vals, "state": state, "quantity_before": before, "day": day}

    def _get_new_dates(self, row, line):
        """{field of the line: date} of what a row says differently; an empty cell says nothing.

        A snapshot older than one that was applied leaves dates alone: they are those of now.
        """
        if self.is_late:
            return {}
        return {name: row[name] for name in DATES if row[name] and row[name] != line[name]}

    def _compare_missing(self, running, held):
        """Rows for the licences that lines have and the file has not. running: {line: licence}."""
        present = set(self.row_ids.filtered("row_no").mapped("key"))
        absent = [line for line, key in running.items() if key not in present]
        known = {row.line_id: row for row in self.row_ids if not row.row_no}
        gone = [row.id for line, row in known.items() if line not in absent and not row.is_applied]
        self.row_ids.browse(gone).unlink()
        vals_list = []
        for line in absent:
            vals = self._prepare_missing_vals(line, held.get(line.id))
            if line not in known:
                vals_list.append(
                    {"delivery_id": self.id, "row_no": 0, "line_id": line.id, "key": running[line], **vals}
                )
            elif not known[line].is_applied:
                known[line].write(vals)
        self.env["cloud.seat.row"].create(vals_list)
        self.invalidate_recordset(["row_ids"])

    def _prepare_missing_vals(self, line, held):
        day, before = held or (False, None)
        vals = {"state": "missing", "quantity": None, "quantity_before": before, "day": day}
        if self.source_id.missing_policy == "list" or not held:
            return {**vals, "problem": self.env._("Not in the file: nothing changes. Ask the vendor, or end the line.")}
        # A row that cannot be read may be this very licence.
        if any(row.state == "rejected" for row in self.row_ids):
            problem = self.env._("Not taken as 0, for rows of the file cannot be read. Deliver the corrected file.")
            return {**vals, "problem": problem}
        return {**vals, "quantity": 0, "problem": self.env._("Not in the file: taken as 0 seats.")}
