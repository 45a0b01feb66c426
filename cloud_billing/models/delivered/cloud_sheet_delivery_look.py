import base64
import hashlib
import json
import logging
from functools import partial

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError

from ..usage.usage_importer import OutOfTime

_logger = logging.getLogger(__name__)

# So many rows are shown; all of them are counted.
_SHOWN = 500


class CloudSheetDelivery(models.Model):
    """Looking: what would come of a delivered table, by itself when it comes, and again when somebody asks."""

    _inherit = "cloud.sheet.delivery"

    # === BUSINESS: BY ITSELF === #

    def _cron_read_tables(self):
        """Look at what waits, oldest first, as long as there is time; what may be imported by itself is."""
        importer = self.env["cloud.usage.importer"]._with_time()
        tables = self.with_env(importer.env)
        try:
            for table_id in tables.search([("state", "=", "waiting")], order="id").ids:
                tables.browse(table_id)._look_in_background(importer)
                importer._check_time()
        except OutOfTime:
            tables._wake_up()

    def _look_in_background(self, importer):
        """Look in a transaction of its own; what breaks is told on the table, and holds up no other one."""
        try:
            importer._in_transaction(partial(self._look_by_itself, fields.Datetime.now()))
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("Table %s could not be read.", self.id)
            message = self.env._("It stopped with an error: %(error)s", error=type(error).__name__)
            importer._in_transaction(partial(self._set_refused, message))

    def _look_by_itself(self, now):
        """Look with nobody at the screen, and import where the connector says so and nothing speaks against it."""
        if not self.try_lock_for_update() or self.state != "waiting":
            return
        importer, problem = self.connector_id._get_importer()
        # With nobody's rights nothing is written: the look takes back whatever it tries.
        rows = self._look(importer or self.env["res.users"].browse(SUPERUSER_ID), now)
        if rows is not None and self.state == "look":
            if importer and not self._get_older():
                self._import_rows(importer, rows, now)
            else:
                self.error = problem
        self._ask_somebody()

    def _set_refused(self, message):
        self.write({"state": "refused", "error": message})
        self._ask_somebody()

    def _ask_somebody(self):
        """Give who is responsible for the source something to do, once, where it waits for a person."""
        for table in self.filtered(lambda one: one.state in ("look", "refused") and not one.activity_ids):
            for user in table.source_id._get_responsible():
                told = table.with_context(lang=user.lang)
                table.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=told.env._("Look at %(table)s of %(connector)s",
                                       table=told._tell_kind(), connector=table.connector_id.name),
                    note=told._tell_counts(),
                    user_id=user.id,
                    automated=True,
                )  # fmt: skip

    # === BUSINESS: LOOKING === #

    def _look(self, user, now):
        """Write what would come of each row, tried with the rights of a user and taken back.

        Returns the SheetRows; None where the file cannot be read. The state is then look, refused or same.
        """
        layout = self._get_layout(user)
        try:
            rows = self._read(layout)
        except UserError as refusal:
            self._show([])
            self.write({"state": "refused", "error": str(refusal), "looked_at": now, "digest": False})
            return None
        digest = self._get_digest(rows)
        layout._try(self.company_id, rows)
        counts = self._show(rows)
        self.write({"error": False, "looked_at": now, "digest": digest, "state": "look"})
        if counts["refused"]:
            self.state = "refused"
        elif not counts["new"] and not counts["changed"]:
            self._decide("same", now)
        return rows

    def _get_layout(self, user):
        """The layout of the table as a user, in the company of the table alone."""
        # A user who is named, not lent rights: what the layout writes is written with this user's own.
        layout = self.env[self.kind].with_user(user).with_context(allowed_company_ids=self.company_id.ids)
        return layout.with_company(self.company_id)

    def _read(self, layout):
        content = base64.b64decode(self.with_context(bin_size=False).content or b"")
        return self.connector_id._read_table(layout, self.file_name, content)

    def _show(self, rows):
        """Write what would come of the rows, first what is refused; returns {outcome: count}."""
        counts = count_outcomes(rows)
        self.row_ids.unlink()
        self.env["cloud.sheet.delivery.row"].create(
            [
                {
                    "table_id": self.id,
                    "row_no": row.row_no,
                    "outcome": row.outcome,
                    "name": row.name or row.get("name"),
                    "text": row.tell(),
                }
                for row in get_shown(rows)[:_SHOWN]
            ]
        )
        self.write({f"{outcome}_count": count for outcome, count in counts.items()})
        return counts

    def _get_digest(self, rows):
        """What all rows come to, so that it is seen when that is another thing later."""
        told = [(row.row_no, row.outcome, row.record and row.record.id, row.changes) for row in rows]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    # === BUSINESS: TELLING === #

    def _tell_kind(self):
        """What the table is of, as a person calls it."""
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    def _tell_counts(self):
        """What would come of it, or came, in a sentence."""
        if self.state == "refused" and not self.refused_count:
            return self.error or ""
        return self.env._(
            "%(table)s: %(new)s new, %(changed)s changed, %(same)s unchanged, %(refused)s refused.",
            table=self._tell_kind(),
            new=self.new_count,
            changed=self.changed_count,
            same=self.same_count,
            refused=self.refused_count,
        )

    def _tell_outcome(self):
        """What came of it so far, for the story of whoever brought it."""
        sentences = {
            "waiting": self.env._("It is being read."),
            "look": self.env._("It waits for a look."),
            "refused": self.env._("It is refused: somebody must look."),
            "imported": self.env._("It is imported."),
            "same": self.env._("There was nothing to import."),
            "superseded": self.env._("It was superseded before anybody imported it."),
            "dismissed": self.env._("It was dismissed."),
        }
        sentence = sentences[self.state]
        return sentence if self.state == "waiting" else f"{self._tell_counts()} {sentence}"


def count_outcomes(rows):
    """{new, changed, same, refused: number of rows}."""
    counts = dict.fromkeys(("new", "changed", "same", "refused"), 0)
    for row in rows:
        counts["same" if row.outcome == "skipped" else row.outcome] += 1
    return counts


def get_shown(rows):
    """The rows that say anything: first what is refused, then what changes."""
    order = ("refused", "changed", "new")
    return sorted((row for row in rows if row.outcome in order), key=lambda row: order.index(row.outcome))
