from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ....engine.numbers import parse_decimal
from .agreed_difference import BilledLine, get_cuts, subtract_agreed
from .cloud_charge_found_equal import IS_FOUND_EQUAL


class CloudChargeCorrection(models.AbstractModel):
    """Billed fees as they are agreed now: quantities, ends, pauses and prices that were changed afterwards.

    A change (`cloud.subscription.change`) says which lines and days to look at; whether anything differs is found out
    by rating them again. In advance and in arrears alike: more is charged, less is credited, nothing billed is edited.
    """

    _inherit = "cloud.charge.correction"

    # === BUSINESS === #

    def _get_changed(self, run, only):
        return super()._get_changed(run, only) | self._get_changed_agreements(run, only)

    def _get_changed_agreements(self, run, only):
        """The live billed fees that a change concerns which is newer than what they were rated by.

        The newest charge of a chain says as of which change it was rated; one that an open run corrects waits.
        """
        limit = run._get_limit()
        self.env["cloud.charge"].flush_model()
        self.env["cloud.subscription.change"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT DISTINCT o.id
              FROM cloud_subscription_change change
              JOIN cloud_charge o
                ON o.subscription_id = change.subscription_id
               AND (change.line_id IS NULL OR o.subscription_line_id = change.line_id)
               AND o.change_number < change.number
               AND o.service_end > change.date_from
               AND o.service_start < COALESCE(change.date_to, 'infinity')
             WHERE change.company_id = %(company_id)s
               AND o.kind = ANY(%(kinds)s)
               AND o.state = 'billed'
               AND o.is_opening IS NOT TRUE
               AND o.corrects_id IS NULL
               AND (%(only)s::integer[] IS NULL OR o.id = ANY(%(only)s))
               AND (%(limited)s::integer[] IS NULL OR o.subscription_id = ANY(%(limited)s))
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_charge k
                                WHERE k.corrects_id = o.id
                                  AND k.is_price_credit IS NOT TRUE
                                  AND (k.state = 'draft' OR k.state = 'billed' AND k.change_number >= change.number))
               AND NOT %(is_found_equal)s
          ORDER BY o.id
            """,
                company_id=run.company_id.id,
                is_found_equal=IS_FOUND_EQUAL,
                kinds=list(self._get_agreed_kinds()),
                only=None if only is None else list(only.ids),
                limited=limit and list(limit.subscription_ids),
            )
        )
        return self.env["cloud.charge"].browse(charge_id for (charge_id,) in rows)

    def _remember_equal(self, run, charges):
        result = super()._remember_equal(run, charges)
        fees = charges.filtered(lambda charge: charge.kind in self._get_agreed_kinds())
        fees._remember_equal(self.env["cloud.subscription.change"]._last_number(run.company_id))
        return result

    def _fetch_items(self, originals):
        items = super()._fetch_items(originals)
        fees = [charge_id for charge_id, item in items.items() if item["kind"] in self._get_agreed_kinds()]
        lines = self._fetch_billed_lines(fees) if fees else {}
        for charge_id in fees:
            items[charge_id]["billed_lines"] = lines.get(charge_id, [])
            items[charge_id]["cuts"] = get_cuts(items[charge_id]["billed_lines"])
        return items

    def _fetch_billed_lines(self, charge_ids):
        """{charge id: list of BilledLine} of charges and their corrections."""
        self.env["cloud.rated.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT COALESCE(c.corrects_id, c.id), r.id, r.service_start, r.service_end, COALESCE(r.part_key, ''),
                   r.amount::text, r.amount_exact::text, r.quantity::text, COALESCE(r.unit, ''), r.name, r.product_id,
                   r.bundle_id, move.name
              FROM cloud_charge c
              JOIN cloud_rated_line r ON r.charge_id = c.id
         LEFT JOIN account_move_line move_line ON move_line.id = r.move_line_id
         LEFT JOIN account_move move ON move.id = move_line.move_id
             WHERE (c.id = ANY(%(ids)s) OR c.corrects_id = ANY(%(ids)s))
               AND c.state = 'billed'
               AND c.is_price_credit IS NOT TRUE
          ORDER BY r.id
            """,
                ids=list(charge_ids),
            )
        )
        lines = defaultdict(list)
        for charge_id, line_id, start, end, key, amount, amount_exact, quantity, *rest in rows:
            numbers = [None if text is None else parse_decimal(text) for text in (amount, amount_exact, quantity)]
            lines[charge_id].append(BilledLine(line_id, start, end, key, *numbers, *rest))
        return lines

    def _subtract(self, item, now, billed, draws):
        if "billed_lines" in item:
            return subtract_agreed(item, now, item["billed_lines"])
        return super()._subtract(item, now, billed, draws)

    # === HOOKS === #

    def _get_agreed_kinds(self):
        """Return the kinds of charges that are rated again when what was agreed for their days changes.

        To add a kind: override and add it to what super() returns.
        """
        return ("recurring",)
