from decimal import Decimal
from heapq import nsmallest
from itertools import groupby
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal
from ..billing.bill.standing_bills import select_standing
from .revenue_bridge import EFFECTS, Side, get_effects

_ZERO = Decimal(0)


class BridgeRow(NamedTuple):
    """What one customer was billed of one product, last and now, and the effects between them."""

    currency_id: int
    customer_id: int
    product_id: int
    last: Decimal
    now: Decimal
    effects: dict


class CloudBillRun(models.Model):
    """The revenue bridge of a run: its bills beside those they are compared with, and those of customers it has lost.

    The arithmetic, and what each effect means, is in `revenue_bridge`.
    """

    _inherit = "cloud.bill.run"

    # === BUSINESS === #

    def _get_bridge(self):
        """A list of BridgeRow, one per currency, customer who pays, and product; one statement for all rated lines."""
        return list(self._iter_bridge())

    def _iter_bridge(self):
        """What `_get_bridge` lists, one after the other: of thousands of customers it is tens of megabytes."""
        self.ensure_one()
        steps = {}
        # Odoo's groupby would hold all rows at once; these come in the order of their keys.
        for key, rows in groupby(self._fetch_bridge(), _get_key):  # pylint: disable=bad-builtin-groupby
            by_side = {row["is_now"]: _make_side(row) for row in rows}
            last, now = by_side.get(False, Side()), by_side.get(True, Side())
            if key[0] not in steps:
                steps[key[0]] = parse_decimal(repr(self.env["res.currency"].browse(key[0]).rounding))
            with exact():
                row = BridgeRow(*key, last.total, now.total, get_effects(last, now, steps[key[0]]))
            yield row

    def _add_up_bridge(self, rows):
        """{currency id: dict of last, now and each effect}, of BridgeRows."""
        sums = {}
        for _row in self._adding_up(rows, sums):
            pass
        return sums

    def _adding_up(self, rows, sums):
        """The same BridgeRows, each added up in `sums` as it passes; see `_add_up_bridge`."""
        for row in rows:
            with exact():
                entry = sums.setdefault(row.currency_id, dict.fromkeys(("last", "now", *EFFECTS), _ZERO))
                entry["last"] += row.last
                entry["now"] += row.now
                for name in EFFECTS:
                    entry[name] += row.effects[name]
            yield row

    def _summarise_bridge(self, count):
        """(what `_add_up_bridge` gives, a list of so many BridgeRows: of those that moved, most first)."""
        sums = {}
        moved = (row for row in self._adding_up(self._iter_bridge(), sums) if row.now != row.last)
        return sums, nsmallest(count, moved, key=_get_mover_order)

    def _fetch_bridge(self):
        """Dicts of currency_id, customer_id, product_id, is_now and what makes a Side, in the order of these.

        One after the other; amounts are exact text.
        """
        for model in ("cloud.bill", "cloud.charge", "cloud.rated.line"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            WITH bill AS (
                SELECT id, TRUE AS is_now
                  FROM cloud_bill
                 WHERE run_id = %(run_id)s
                   AND state NOT IN ('excluded', 'cancelled')
             UNION
                SELECT previous_bill_id, FALSE
                  FROM cloud_bill
                 WHERE run_id = %(run_id)s
                   AND state NOT IN ('excluded', 'cancelled')
                   AND previous_bill_id IS NOT NULL
             UNION
                SELECT id, FALSE FROM (%(lost)s) lost
            ), line AS (
                SELECT b.currency_id,
                       b.customer_id,
                       r.product_id,
                       bill.is_now,
                       r.amount,
                       r.unit,
                       r.corrects_id IS NULL AND c.corrects_id IS NULL AND c.kind IN ('metered', 'recurring')
                           AS has_volume,
                       CASE WHEN c.kind = 'recurring'
                            THEN r.quantity * (r.service_end - r.service_start) / (c.full_end - c.full_start)
                            ELSE COALESCE(r.quantity, r.measured_quantity, CASE WHEN r.amount = 0 THEN 0 END)
                        END AS volume
                  FROM bill
                  JOIN cloud_bill b ON b.id = bill.id
                  JOIN cloud_rated_line r ON r.bill_id = b.id
                  JOIN cloud_charge c ON c.id = r.charge_id
            )
            SELECT currency_id,
                   customer_id,
                   product_id,
                   is_now,
                   COALESCE(SUM(amount) FILTER (WHERE has_volume), 0)::text AS amount,
                   COALESCE(SUM(amount) FILTER (WHERE NOT has_volume), 0)::text AS other,
                   COUNT(*) FILTER (WHERE has_volume) AS lines,
                   COUNT(*) FILTER (WHERE has_volume AND volume IS NULL) AS unknown,
                   SUM(volume) FILTER (WHERE has_volume)::text AS quantity,
                   MIN(COALESCE(unit, '')) FILTER (WHERE has_volume AND volume <> 0) AS first_unit,
                   MAX(COALESCE(unit, '')) FILTER (WHERE has_volume AND volume <> 0) AS last_unit
              FROM line
          GROUP BY currency_id, customer_id, product_id, is_now
          ORDER BY currency_id, customer_id, product_id, is_now
            """,
                run_id=self.id,
                lost=self._select_lost(),
            )
        )
        names = [column.name for column in self.env.cr.description]
        return (dict(zip(names, row, strict=True)) for row in rows)

    def _select_lost(self):
        """SQL of the bills of a month ago whose customer has none since; of a limited run nobody is lost.

        A month ago: a cut-off 45 to 15 days before this one, so that neither an anniversary nor a run some days
        early or late makes a customer look lost.
        """
        return SQL(
            """
            SELECT p.id, p.currency_id, p.amount
              FROM cloud_bill p
              JOIN cloud_bill_run r ON r.id = p.run_id
             WHERE p.company_id = %(company_id)s
               AND NOT %(is_limited)s
               AND %(stands)s
               AND r.cutoff_date > %(cutoff)s::date - 45
               AND r.cutoff_date <= %(cutoff)s::date - 15
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_bill n
                                 JOIN cloud_bill_run nr ON nr.id = n.run_id
                                WHERE n.customer_id = p.customer_id
                                  AND n.currency_id = p.currency_id
                                  AND n.state NOT IN ('cancelled', 'excluded')
                                  AND (n.state NOT IN ('posted', 'zero') OR %(stands_since)s)
                                  AND (nr.id = %(run_id)s OR nr.cutoff_date > %(cutoff)s::date - 15))
            """,
            stands=select_standing("p"),
            stands_since=select_standing("n"),
            company_id=self.company_id.id,
            is_limited=self.is_limited,
            cutoff=self.cutoff_date,
            run_id=self.id,
        )

    def _count_customers(self):
        """{currency id: {"new": customers with a first bill, "lost": customers who had one and have none}}."""
        rows = self.env.execute_query(
            SQL(
                """
            SELECT currency_id, 'new', COUNT(DISTINCT customer_id)
              FROM cloud_bill
             WHERE run_id = %(run_id)s
               AND state NOT IN ('excluded', 'cancelled')
               AND previous_bill_id IS NULL
          GROUP BY currency_id
         UNION ALL
            SELECT p.currency_id, 'lost', COUNT(DISTINCT p.customer_id)
              FROM cloud_bill p
             WHERE p.id IN (SELECT id FROM (%(lost)s) lost)
          GROUP BY p.currency_id
            """,
                run_id=self.id,
                lost=self._select_lost(),
            )
        )
        counts = {}
        for currency_id, what, count in rows:
            counts.setdefault(currency_id, {"new": 0, "lost": 0})[what] = count
        return counts


def _get_key(row):
    return row["currency_id"], row["customer_id"], row["product_id"]


def _make_side(row):
    is_known = not row["unknown"] and row["quantity"] is not None
    # Where nothing was used there is no unit to compare.
    is_one_unit = row["first_unit"] == row["last_unit"]
    return Side(
        amount=parse_decimal(row["amount"]),
        other=parse_decimal(row["other"]),
        lines=row["lines"],
        quantity=parse_decimal(row["quantity"]) if is_known else None,
        unit=(row["first_unit"] or "") if is_one_unit else None,
    )


def _get_mover_order(row):
    with exact():
        return -abs(row.now - row.last), row.customer_id, row.product_id
