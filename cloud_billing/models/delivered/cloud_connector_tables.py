from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError

from .cloud_sheet_delivery_look import count_outcomes, get_shown

# Rows that a test and a dry run tell of, beside the counts.
_TOLD = 8
_FACTS = {"cloud.sheet.customer": "table_customers", "cloud.sheet.subscription": "table_subscriptions"}


class CloudConnector(models.Model):
    """Fetching tables: what is taken waits for a decision; a test and a dry run show what would come of it."""

    _inherit = "cloud.connector"

    # === BUSINESS === #

    def _keep_delivery(self, taken, files):
        if not self._brings_table():
            return super()._keep_delivery(taken, files)
        return self.env["cloud.sheet.delivery"]._keep(taken, files)

    def _plan(self, since, until, overlap=None):
        if not self._brings_table() or not self._get_engine().has_windows:
            return super()._plan(since, until, overlap)
        # In one: a table has no months, and a list that is whole is asked for once.
        return [(since - (overlap or timedelta(0)), until)]

    def _look_at_sample(self, sample, facts):
        if not self._brings_table():
            return super()._look_at_sample(sample, facts)
        return self._tell_files([sample], facts)

    def _rehearse(self, files):
        if not self._brings_table():
            return super()._rehearse(files)
        return self._tell_files(files, [])

    def _tell_files(self, files, facts):
        """Values of a run that tell what would come of files now, with the rights of whoever looks."""
        found, rows = [*facts], []
        layout = self.env[self.delivers].with_user(self.env.uid).with_company(self.company_id)
        try:
            for name, file in files:
                file.seek(0)
                rows += self._read_table(layout, name, file.read())
        except UserError as refusal:
            return {"outcome": "yellow", "facts": [*found, ["not_readable", {"reason": str(refusal)}]]}
        counts = count_outcomes(rows)
        found.append([_FACTS[self.delivers], {name: str(count) for name, count in counts.items()}])
        for row in get_shown(rows)[:_TOLD]:
            text = "; ".join(row.tell().splitlines())
            found.append(["table_row", {"row": str(row.row_no), "name": row.name or row.get("name"), "text": text}])
        return {"facts": found, **({"outcome": "yellow"} if counts["refused"] else {})}

    def _read_table(self, layout, name, content):
        """The SheetRows of a file that this connector brought."""
        names, path = self._get_table_names(), self.table_row_path
        return layout._read(self.company_id, content, name, names, source=self.source_id, row_path=path)
