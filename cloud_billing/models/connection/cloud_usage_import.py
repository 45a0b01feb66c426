from odoo import fields, models


class CloudUsageImport(models.Model):
    """Imports that a connector made: which one, and what the provider said of their month."""

    _inherit = "cloud.usage.import"

    connector_delivery_ids = fields.One2many(
        "cloud.connector.delivery", "import_id", string="Fetched As", readonly=True
    )
    connector_id = fields.Many2one(related="connector_delivery_ids.connector_id", string="Fetched By")

    # === BUSINESS === #

    def _start_in_background(self):
        """Let the scheduled action import a delivery that nobody looked at, as it does with a large upload."""
        self.file_ids._check_kept()
        self._choose_version()
        self._enqueue()

    def _set_imported(self, known_delivery_ids):
        result = super()._set_imported(known_delivery_ids)
        self._call_final()
        return result

    def _set_known(self, former=None):
        result = super()._set_known(former)
        self._call_final()
        return result

    def _set_unreadable(self, error):
        """Besides: a fetched file with column names alone is an hour or a month in which nothing was used so far."""
        if error.reason == "no_rows" and self._may_be_empty():
            return self._set_known()
        return super()._set_unreadable(error)

    def _may_be_empty(self):
        """Whether no rows can be the truth: of events always; of a month where none of its rows are here, for else they
        would be gone, which a person has to see.
        """
        # sudo: whoever imports need not see connectors; which month was fetched is no secret.
        fetched = self.sudo().connector_delivery_ids
        if not fetched or len(self.file_ids) > 1:
            return False
        if self._is_append():
            return True
        return all(one.month and not self.source_id._get_accounts(one.month) for one in fetched)

    def _call_final(self):
        """A month that the provider calls final is final once its rows are in, and not before."""
        # sudo: whoever imports need not see connectors; the word is the provider's.
        self.sudo().connector_delivery_ids._call_final()
