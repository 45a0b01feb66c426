from odoo import fields, models


class CloudUsageSource(models.Model):
    """Who fetches a source, and what its provider says is final."""

    _inherit = "cloud.usage.source"

    connector_ids = fields.One2many("cloud.connector", "source_id", string="Connectors")
    connector_count = fields.Integer(compute="_compute_connector_count", string="Number of Connectors")

    # === COMPUTE === #

    def _compute_connector_count(self):
        counts = self._count("cloud.connector")
        for source in self:
            source.connector_count = counts.get(source._origin.id, 0)

    # === ACTIONS === #

    def action_open_connectors(self):
        """The connectors that fetch this source; where there is none, a new one."""
        return self._open_list("cloud_billing.cloud_connector_action")

    # === BUSINESS === #

    def _get_accounts(self, month):
        """The provider accounts that have delivered a month."""
        self.ensure_one()
        deliveries = self.env["cloud.usage.delivery"].search(
            [
                ("source_id", "=", self.id),
                ("billing_month", "=", month),
                ("import_number", ">", 0),
                ("superseded_number", "=", 0),
            ]
        )
        return set(deliveries.mapped("provider_account"))

    def _is_final(self, partition, now):
        return super()._is_final(partition, now) or self._is_final_by_provider(partition)

    def _is_final_by_provider(self, partition):
        """Whether the last fetched delivery of an account's month said that it is final, and is in."""
        # sudo: whoever may see a source may know what its provider says of it.
        last = (
            self.env["cloud.connector.delivery"]
            .sudo()
            .search(
                [
                    ("connector_id.source_id", "=", self.id),
                    ("provider_account", "in", ("", False, partition.account)),
                    ("month", "=", partition.month),
                    ("import_id.state", "in", ("imported", "known")),
                ],
                limit=1,
            )
        )
        return last.finality == "final"
