from odoo import models
from odoo.tools import SQL

from ..billing.bill.standing_bills import select_standing


class CloudBill(models.Model):
    """That the taxes of a bill follow another fiscal position than those of the customer's last invoice.

    Odoo finds it by the delivery address, which anybody who keeps contacts adds: so a checker is told.
    """

    _inherit = "cloud.bill"

    # === HOOKS === #

    def _get_unusual(self, amounts, positions):
        reasons = {bill_id: list(found) for bill_id, found in super()._get_unusual(amounts, positions).items()}
        for bill_id, reason in self._find_position_changes(positions):
            reasons.setdefault(bill_id, []).append(reason)
        return reasons

    # === BUSINESS === #

    def _find_position_changes(self, positions):
        """(bill id, reason) of bills whose fiscal position is another one than that of the customer's last invoice."""
        rows = self.env.execute_query(
            SQL(
                """
            SELECT b.id, last.name, last.fiscal_position_id
              FROM cloud_bill b
        CROSS JOIN LATERAL (SELECT m.name, m.fiscal_position_id
                              FROM cloud_bill p
                              JOIN account_move m ON m.id = p.move_id
                             WHERE p.customer_id = b.customer_id
                               AND p.id <> b.id
                               AND %(stands)s
                          ORDER BY m.invoice_date DESC, m.id DESC
                             LIMIT 1) last
             WHERE b.id = ANY(%(ids)s)
          ORDER BY b.id
            """,
                stands=select_standing("p"),
                ids=list(self.ids),
            )
        )
        for bill_id, invoice, last_id in rows:
            position = positions[bill_id]
            if position.id != (last_id or False):
                # sudo: lends the right to read the name of a fiscal position into the reason.
                last = position.sudo().browse(last_id or [])
                yield (
                    bill_id,
                    {
                        "code": "position_change",
                        "position": position.sudo().name or "",  # sudo: as above.
                        "last": last.name or "",
                        "invoice": invoice,
                    },
                )
