from odoo import models
from odoo.tools import SQL

from ....sql_rows import as_table

# Beside the charge, which is never edited once it is billed. chain: the billed charge and its billed corrections that
# were compared; when one of them is freed or added, what was found says nothing any more.
_TABLE = """
CREATE TABLE IF NOT EXISTS cloud_charge_found_equal (
    charge_id integer PRIMARY KEY REFERENCES cloud_charge ON DELETE CASCADE,
    change_number integer NOT NULL,
    chain integer[] NOT NULL
)
"""
# Whether a change (`change`) of a billed charge (`o`) was looked at already and nothing differed.
IS_FOUND_EQUAL = SQL(
    """
    EXISTS (SELECT 1
              FROM cloud_charge_found_equal found
             WHERE found.charge_id = o.id
               AND found.change_number >= change.number
               AND found.chain = ARRAY(SELECT k.id
                                         FROM cloud_charge k
                                        WHERE (k.id = o.id OR k.corrects_id = o.id)
                                          AND k.state = 'billed'
                                     ORDER BY k.id))
    """
)


class CloudCharge(models.Model):
    """Up to which change of what was agreed a billed charge was found to be right, so that it is not asked again."""

    _inherit = "cloud.charge"

    def init(self):
        result = super().init()
        self.env.cr.execute(_TABLE)
        return result

    # === BUSINESS === #

    def _remember_equal(self, change_number):
        """Nothing differs between what is billed of these charges and what is agreed as of a change."""
        if not self:
            return
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
            INSERT INTO cloud_charge_found_equal AS found (charge_id, change_number, chain)
                 SELECT v.id, %(number)s, ARRAY(SELECT k.id
                                                  FROM cloud_charge k
                                                 WHERE (k.id = v.id OR k.corrects_id = v.id)
                                                   AND k.state = 'billed'
                                              ORDER BY k.id)
                   FROM %(rows)s
            ON CONFLICT (charge_id) DO UPDATE
                    SET change_number = EXCLUDED.change_number,
                        chain = EXCLUDED.chain
              RETURNING charge_id
            """,
                number=change_number,
                rows=as_table("v", {"id": "integer"}, [(charge_id,) for charge_id in self.ids]),
            )
        )
