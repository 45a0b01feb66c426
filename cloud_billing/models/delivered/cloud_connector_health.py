from odoo import api, models


class CloudConnector(models.Model):
    """How a connector that brings tables is doing: what of them waits for a person."""

    _inherit = "cloud.connector"

    # === COMPUTE === #

    @api.depends("table_open_count", "table_refused_count")
    def _compute_health(self):
        return super()._compute_health()

    # === BUSINESS === #

    def _get_findings(self, facts, now):
        return [*super()._get_findings(facts, now), *(self._get_table_findings() if self.state == "active" else ())]

    def _get_table_findings(self):
        found = []
        if self.table_refused_count:
            sentence = self.env._("%(count)s delivered tables are refused: look at their rows.",
                                  count=self.table_refused_count)  # fmt: skip
            if self.table_refused_count == 1:
                sentence = self.env._("A delivered table is refused: look at its rows.")
            found.append(("red", sentence))
        if self.table_open_count:
            sentence = self.env._("%(count)s delivered tables wait for a look.", count=self.table_open_count)
            if self.table_open_count == 1:
                sentence = self.env._("A delivered table waits for a look.")
            found.append(("yellow", sentence))
        return found

    def _get_late_findings(self, arrived, now):
        # The cadence of a source is that of its usage.
        return [] if self._brings_table() else super()._get_late_findings(arrived, now)

    def _get_setup_sentence(self):
        if self._brings_table() and not self.has_new_hosts:
            return self.env._("Not in use yet: test it, look at the columns, then turn it on.")
        return super()._get_setup_sentence()
