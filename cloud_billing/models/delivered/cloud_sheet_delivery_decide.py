from odoo import fields, models
from odoo.exceptions import UserError

from .cloud_sheet_delivery import OPEN
from .cloud_sheet_delivery_look import count_outcomes


class CloudSheetDelivery(models.Model):
    """Deciding: a person imports, with the rights that he has on the form, or dismisses."""

    _inherit = "cloud.sheet.delivery"

    # === ACTIONS === #

    def action_look(self):
        """Show again what would come of it now, with the rights of who asks."""
        now = fields.Datetime.now()
        for table in self._begin("look", "refused"):
            table._look(self.env.user, now)
            table._ask_somebody()

    def action_import(self):
        """Import what was looked at, all of it or nothing."""
        return self._import_as_person("look")

    def action_import_rest(self):
        """Import what was looked at without the rows that are refused."""
        return self._import_as_person("refused", leaves_out=True)

    def action_dismiss(self):
        """Import nothing of it, for good."""
        now = fields.Datetime.now()
        tables = self._begin(*OPEN)
        tables._decide("dismissed", now, self.env.user)
        for table in tables:
            detail = {"file": table.file_name, "connector": table.connector_id.name}
            self.env["cloud.audit.event"]._record("table_dismissed", table, detail=detail)

    # === BUSINESS === #

    def _import_as_person(self, state, leaves_out=False):
        now, count = fields.Datetime.now(), 0
        tables = self._begin(state).sorted("id")
        for table in tables:
            if older := table._get_older():
                raise UserError(
                    self.env._(
                        "%(older)s came before %(name)s and waits: imported after it, it would bring back what was so "
                        "before. Import or dismiss that one first.",
                        older=older[-1:].file_name,
                        name=table.file_name,
                    )
                )
            count += len(table._import_looked_at(self.env.user, now, leaves_out))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Rows that are imported: %(count)s.", count=count),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _import_looked_at(self, user, now, leaves_out):
        """Import what the last look showed; returns its rows. Raises UserError where it would be another thing now."""
        layout = self._get_layout(user)
        rows = self._read(layout)
        if self._get_digest(rows) != self.digest:
            raise UserError(
                self.env._(
                    "What would come of %(name)s is not what was shown any more, because records changed since. Look "
                    "again, then import it.",
                    name=self.file_name,
                )
            )
        if leaves_out:
            layout._try(self.company_id, rows)
            refused = {layout._get_unit(row) for row in rows if row.outcome == "refused"}
            rows = [row for row in rows if layout._get_unit(row) not in refused]
            if not any(row.outcome in ("new", "changed") for row in rows):
                raise UserError(self.env._("Nothing of %(name)s is left that could be imported.", name=self.file_name))
        return self._import_rows(user, rows, now)

    def _import_rows(self, user, rows, now):
        """Do what the rows say as a user; returns those that did something."""
        layout = self._get_layout(user)
        detail = {"file": self.file_name, "connector": self.connector_id.name}
        done = layout._import(self.company_id, rows, **detail)
        counts = count_outcomes(done)
        self.write({"new_count": counts["new"], "changed_count": counts["changed"]})
        self._decide("imported", now, user)
        return done

    def _get_older(self):
        """Tables of the same connector that came before this one and wait."""
        self.env.flush_all()
        domain = [("connector_id", "=", self.connector_id.id), ("id", "<", self.id), ("state", "in", OPEN)]
        return self.search(domain, order="id")

    def _read_later_again(self):
        """What came later and waits means something else now."""
        domain = [("connector_id", "in", self.connector_id.ids), ("state", "in", ("look", "refused"))]
        if later := self.search([*domain, ("size", ">", 0), ("id", "not in", self.ids)]):
            later.write({"state": "waiting"})
            self._wake_up()
