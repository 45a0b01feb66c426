from odoo import api, models


class CloudConnectorRun(models.Model):
    """What came of the tables that a run brought, as it is when somebody reads it."""

    _inherit = "cloud.connector.run"

    # === COMPUTE === #

    @api.depends("delivery_ids.table_ids.state")
    def _compute_story(self):
        return super()._compute_story()

    # === BUSINESS === #

    def _get_taken_sentence(self):
        tables = self.delivery_ids.table_ids
        told = [table._tell_outcome() for table in tables.sorted("id")]
        return " ".join([super()._get_taken_sentence(), *told])
