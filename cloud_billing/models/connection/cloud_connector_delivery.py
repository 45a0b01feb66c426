from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL


class CloudConnectorDelivery(models.Model):
    """One thing that was taken from a provider, in one version: what is here is not taken again."""

    _name = "cloud.connector.delivery"
    _description = "Fetched Delivery"
    _order = "id desc"

    connector_id = fields.Many2one("cloud.connector", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True)
    run_id = fields.Many2one("cloud.connector.run", readonly=True, required=True, ondelete="restrict", index=True)
    import_id = fields.Many2one(
        "cloud.usage.import",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Empty: it brought control totals only.",
    )
    name = fields.Char(required=True, readonly=True, help="By which the provider, or the window, is known again.")
    version = fields.Char(required=True, readonly=True, help="What tells that its content changed.")
    number = fields.Integer(required=True, readonly=True, help="1 for the first version that was taken, and so on.")
    provider_account = fields.Char(readonly=True, help="Empty: all accounts, or the rows themselves say it.")
    month = fields.Date(readonly=True, help="Of which it is; empty: the rows themselves say it.")
    finality = fields.Selection(
        [("final", "Final"), ("open", "May still change")],
        readonly=True,
        help="What the provider says of it; empty: nothing.",
    )
    size = fields.Float(digits=(20, 0), readonly=True, help="Bytes.")
    taken_at = fields.Datetime(required=True, readonly=True)

    # By number and not by version: a provider may go back to what it said before, and that counts again.
    _number_uniq = models.UniqueIndex(
        "(connector_id, name, number)", "Somebody else has taken this delivery meanwhile."
    )

    # === BUSINESS === #

    @api.model
    def _get_known(self, connector):
        """{name: (last version, its number)} of what a connector has taken; one statement."""
        self.env.flush_all()
        return {
            name: (version, number)
            for name, version, number in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (name) name, version, number
                      FROM cloud_connector_delivery
                     WHERE connector_id = %s
                  ORDER BY name, number DESC
                    """,
                    connector.id,
                )
            )
        }

    def _call_final(self):
        """Where the provider calls the whole source's month final, now that it is in: keep that as its word.

        A month of one account of several is final for its seal alone; see `cloud.usage.source._is_final`.
        """
        for delivery in self.filtered(lambda one: one.finality == "final" and one.month):
            source, account = delivery.connector_id.source_id, delivery.provider_account
            if not account or source._get_accounts(delivery.month) <= {account}:
                self.env["cloud.usage.final"]._call_by_provider(source, delivery.month, delivery.name)


def split_partition(partition):
    """(provider account, first day of the month as text) of "account/2026-10" or "2026-10"; ("", False) of "".

    Raises ValueError where the text names no month.
    """
    if not partition:
        return "", False
    account, _slash, month = partition.rpartition("/")
    return account, date.fromisoformat(f"{month}-01")
