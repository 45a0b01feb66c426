from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.numbers import divide, exact, parse_decimal, round_to
from ...fields import DecimalField
from ...sql_rows import as_table
from ..month.lateness import select_late
from ..usage.usage_counting import CHARGE_END, CHARGE_START
from .scaled_totals import PER_DAY, STEP, Base, Estimate

# A billed charge that is an estimate still: no correction has billed its real usage, and nobody found it to be right.
IS_OPEN = SQL(
    """
    (e.equal_number IS NULL
     AND NOT EXISTS (SELECT 1
                       FROM cloud_charge trued
                      WHERE trued.corrects_id = e.charge_id
                        AND trued.is_price_credit IS NOT TRUE
                        AND trued.state IN ('draft', 'billed')
                        AND NOT EXISTS (SELECT 1 FROM cloud_charge_estimate t WHERE t.charge_id = trued.id)))
    """
)


# In the order in which they win.
_BASES = ("arrived", "last", "typed")


class CloudChargeEstimate(models.Model):
    """By what a charge was rated while its usage was not final. A charge rated by usage rows has none."""

    _name = "cloud.charge.estimate"
    _description = "Estimate of a Charge"

    charge_id = fields.Many2one("cloud.charge", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="charge_id.company_id")
    basis = fields.Selection([("last", "Last month"), ("typed", "Typed")], required=True, readonly=True)
    base_charge_id = fields.Many2one("cloud.charge", readonly=True, ondelete="set null", index="btree_not_null")
    quantity = DecimalField(readonly=True, help="As the meter measures; empty: nothing was used then.")
    equal_number = fields.Integer(
        readonly=True, help="The usage number as of which the final usage was found to be what was billed."
    )

    _one_per_charge = models.UniqueIndex("(charge_id)", "The charge is estimated already.")

    # === BUSINESS: WHAT IS ESTIMATED === #

    @api.model
    def _has_any(self, company):
        """Whether something of a company may be estimated, or was: else nobody has to ask of any charge."""
        return self.env.execute_query(
            SQL(
                """
            SELECT EXISTS (SELECT 1
                             FROM cloud_usage_source
                            WHERE company_id = %s
                              AND late_policy = 'estimate'
                              AND final_days > 0)
                   OR EXISTS (SELECT 1 FROM cloud_charge_estimate)
            """,
                company.id,
            )
        )[0][0]

    @api.model
    def _get_late(self, charge_ids, number):
        """{charge id: basis} of those whose usage is not final as of a usage number and is estimated; one statement."""
        self.env.flush_all()
        late = {}
        for row in self.env.execute_query_dict(select_late((), number, charge_ids)):
            if row["policy"] == "estimate":
                for charge_id in row["charge_ids"]:
                    # Of several sources of a line the one that knows most decides: its quantity is that of all of them.
                    late[charge_id] = max(late.get(charge_id, "arrived"), row["basis"], key=_BASES.index)
        return late

    @api.model
    def _get_estimates(self, charge_ids, number):
        """{charge id: Estimate} of charges that are estimated as of a usage number; two statements.

        What was typed wins, whatever the source says. Where nothing was, and no month was billed before, the charge
        counts what has arrived.
        """
        late = self._get_late(charge_ids, number)
        estimates = {}
        for charge_id, quantity, base in self._fetch_bases(list(late)) if late else ():
            if quantity is not None:
                estimates[charge_id] = Estimate("typed", base, quantity)
            elif base is not None and late[charge_id] == "last":
                estimates[charge_id] = Estimate("last", base)
        return estimates

    @api.model
    def _fetch_bases(self, charge_ids):
        """(charge id, typed quantity or None, Base or None): the charge billed last of each component by real usage."""
        rows = self.env.execute_query(
            SQL(
                f"""
            SELECT o.id, typed.quantity::text, c.id, c.billing_month, {CHARGE_START}, {CHARGE_END},
                   c.full_start, c.full_end, c.service_end - c.service_start
              FROM cloud_charge o
         LEFT JOIN cloud_usage_estimate typed
                ON typed.component_id = o.component_id
               AND typed.service_start = o.service_start
 LEFT JOIN LATERAL (SELECT p.*
                      FROM cloud_charge p
                     WHERE p.component_id = o.component_id
                       AND p.is_live
                       AND p.state = 'billed'
                       AND p.corrects_id IS NULL
                       AND p.is_opening IS NOT TRUE
                       AND p.service_end <= o.service_start
                       AND NOT EXISTS (SELECT 1 FROM cloud_charge_estimate e WHERE e.charge_id = p.id AND %(is_open)s)
                  ORDER BY p.service_end DESC
                     LIMIT 1) c ON TRUE
             WHERE o.id = ANY(%(ids)s)
            """,
                is_open=IS_OPEN,
                ids=list(charge_ids),
            )
        )
        for charge_id, typed, *base in rows:
            quantity = None if typed is None else parse_decimal(typed)
            yield charge_id, quantity, None if base[0] is None else Base(*base)

    @api.model
    def _scale_by_days(self, charge, base, quantity):
        """What the days of a charge come to by those of its base; a level stays. quantity: Decimal, of the base."""
        if charge.meter_id.aggregation not in PER_DAY:
            return quantity
        days = (charge.service_end - charge.service_start).days
        with exact():
            return round_to(divide(quantity * days, Decimal(base.days)), STEP)

    # === BUSINESS: WHAT WAS ESTIMATED === #

    @api.model
    def _store(self, charge_ids, estimates):
        """Remember by what charges were rated. charge_ids: all that were; estimates: {charge id: Estimate}."""
        self.flush_model()
        self.env.execute_query(
            SQL("DELETE FROM cloud_charge_estimate WHERE charge_id = ANY(%s) RETURNING id", list(charge_ids))
        )
        if estimates:
            rows = [
                (charge_id, one.basis, one.base and one.base.charge_id, one.estimated)
                for charge_id, one in estimates.items()
            ]
            names = {"charge_id": "integer", "basis": "text", "base_charge_id": "integer", "quantity": "numeric"}
            self.env.execute_query(
                SQL(
                    """
                INSERT INTO cloud_charge_estimate (charge_id, basis, base_charge_id, quantity)
                     SELECT v.charge_id, v.basis, v.base_charge_id, v.quantity FROM %s
                  RETURNING id
                """,
                    as_table("v", names, rows),
                )
            )
        self.invalidate_model()

    @api.model
    def _get_open(self, run, only=None):
        """The live billed charges of a run's company that are estimates still, and that no open run corrects."""
        limit = run._get_limit()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT o.id
              FROM cloud_charge_estimate e
              JOIN cloud_charge o ON o.id = e.charge_id
             WHERE o.company_id = %(company_id)s
               AND o.state = 'billed'
               AND o.is_live
               AND o.corrects_id IS NULL
               AND %(is_open)s
               AND (%(only)s::integer[] IS NULL OR o.id = ANY(%(only)s))
               AND (%(limited)s::integer[] IS NULL OR o.subscription_id = ANY(%(limited)s))
          ORDER BY o.id
            """,
                company_id=run.company_id.id,
                is_open=IS_OPEN,
                only=None if only is None else list(only.ids),
                limited=limit and list(limit.subscription_ids),
            )
        )
        return self.env["cloud.charge"].browse(charge_id for (charge_id,) in rows)

    @api.model
    def _remember_equal(self, charges, number):
        """The final usage of these charges, as of a number, is what was estimated and billed."""
        self.env.execute_query(
            SQL(
                "UPDATE cloud_charge_estimate SET equal_number = %s WHERE charge_id = ANY(%s) RETURNING id",
                number,
                list(charges.ids),
            )
        )
        self.invalidate_model()
