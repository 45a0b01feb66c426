"""Which bills stand: what people compare with and count as billed. One that was taken back does not."""

from odoo.tools import SQL


def select_standing(bill) -> SQL:
    """The condition that a bill was billed and not taken back since. bill: its alias, such as "p".

    Taking back resets nothing: the bill stays posted, and its charges are not live any more.
    """
    name = SQL.identifier(bill)
    return SQL(
        "(%(bill)s.state IN ('posted', 'zero')"
        " AND EXISTS (SELECT FROM cloud_charge stands WHERE stands.bill_id = %(bill)s.id AND stands.is_live))",
        bill=name,
    )
