from odoo import models
from odoo.tools import SQL


class CloudBillRun(models.Model):
    """What a checker reads of a run though somebody has released the bills already: whose taxes are others."""

    _inherit = "cloud.bill.run"

    def _get_effect_notes(self, bills):
        notes = super()._get_effect_notes(bills)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM cloud_bill
                 WHERE id = ANY(%s)
                   AND reasons @> '[{"code": "position_change"}]'
              ORDER BY id
                """,
                list(bills.ids),
            )
        )
        if rows:
            changed = bills.browse([row[0] for row in rows])
            notes.append(
                self.env._(
                    "%(count)s follow another fiscal position, so other taxes, than the customer's last invoice:"
                    " %(names)s",
                    count=len(changed),
                    names=self._name_bills(changed),
                )
            )
        return notes
