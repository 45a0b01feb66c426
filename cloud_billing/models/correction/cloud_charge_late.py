from odoo import fields, models
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal
from ...fields import DecimalField
from ..billing.telling.invoice_text import get_period_text
from .late_policy import POLICIES

_ZERO = parse_decimal(0)


class CloudCharge(models.Model):
    """A correction of late usage knows by which policy it was made, and what of it is absorbed."""

    _inherit = "cloud.charge"

    late_usage_policy = fields.Selection(
        POLICIES, string="Late Usage", readonly=True, help="By which policy usage that came late was dealt with."
    )
    absorbed_amount = DecimalField(
        string="Absorbed",
        currency_field="currency_id",
        readonly=True,
        help="What the charge should have cost more (below zero: less) than was billed, and what is not billed because"
        " it is below the tolerance. It holds until the next correction of the charge, which starts from what was"
        " billed. 0: what was absorbed before is settled.",
    )

    _absorbed = models.Index("(corrects_id) WHERE absorbed_amount IS NOT NULL")
    _absorbed_by_correction = models.Constraint(
        "CHECK (absorbed_amount IS NULL OR corrects_id IS NOT NULL)", "Only a correction absorbs something."
    )

    # === BUSINESS === #

    def _set_billed(self):
        result = super()._set_billed()
        self._note_absorbed(1)
        return result

    def _void_by(self, moves):
        # Only what was posted was noted: an approved run that goes back has absorbed nothing.
        self.filtered(lambda charge: charge.state == "billed")._note_absorbed(-1)
        return super()._void_by(moves)

    def _note_absorbed(self, sign):
        """Put into the register what these corrections have absorbed, less what was absorbed of the charge before.

        So the amounts of a charge in the register add up to what is absorbed of it. sign: -1 takes it back.
        """
        rows = self._fetch_absorbed()
        if not rows:
            return
        notes = []
        for charge_id, absorbed, before in rows:
            charge = self.browse(charge_id)
            with exact():
                amount = sign * (absorbed - before)
            if amount:
                notes.append(
                    (
                        charge,
                        {
                            "kind": "absorbed",
                            "reason": charge._get_absorbed_text(sign, absorbed),
                            "amount": amount,
                            "currency": charge.currency_id,
                        },
                    )
                )
        self.env["cloud.intervention"]._note_all(notes)

    def _fetch_absorbed(self):
        """[(id, absorbed, absorbed by the live billed correction before it)] of those that say so; one statement."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT k.id, k.absorbed_amount::text, COALESCE(before.absorbed_amount, 0)::text
              FROM cloud_charge k
 LEFT JOIN LATERAL (SELECT b.absorbed_amount
                      FROM cloud_charge b
                     WHERE b.corrects_id = k.corrects_id
                       AND b.absorbed_amount IS NOT NULL
                       AND b.state = 'billed'
                       AND b.correction_number < k.correction_number
                  ORDER BY b.correction_number DESC
                     LIMIT 1) before ON TRUE
             WHERE k.id = ANY(%s)
               AND k.absorbed_amount IS NOT NULL
          ORDER BY k.id
            """,
                list(self.ids),
            )
        )
        return [(charge_id, parse_decimal(now), parse_decimal(before)) for charge_id, now, before in rows]

    def _get_absorbed_text(self, sign, absorbed):
        days = {"service_start": str(self.service_start), "service_end": str(self.service_end)}
        values = {"line": self.subscription_line_id.name or "", "days": get_period_text(self.env, days)}
        if sign < 0:
            return self.env._("%(line)s, %(days)s: due again, so nothing of it is absorbed any more", **values)
        if not absorbed:
            return self.env._("%(line)s, %(days)s: settled, nothing is absorbed any more", **values)
        return self.env._("%(line)s, %(days)s: late usage below the tolerance", **values)
