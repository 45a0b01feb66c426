from dataclasses import replace
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ....engine.numbers import exact, parse_decimal
from ....engine.rating import difference
from ..pricing.allowance_pools import subtract_draws
from .correction_parts import cite_invoice, combine_results, make_gone

_ZERO = Decimal(0)
_SUMS = ("amount", "quantity", "measured_quantity", "measured_value", "counted_quantity", "cost_amount")
_NOT_BILLED = dict.fromkeys(_SUMS)
# The charges c of a component that was touched, and the condition that tiers count on from there: later, and in the
# same cycle of its counter. OFFSET 0 has both found by component and charge alone. Without statistics, as right after
# a run has made its charges, the planner else compares each of them with every other: 4 s for 10,000.
_LATER = """LATERAL (SELECT *
                                FROM cloud_charge
                               WHERE component_id = touched.component_id
                              OFFSET 0) c"""
_COUNTS_ON = """c.service_start > touched.service_start
               AND EXISTS (SELECT 1
                             FROM cloud_rated_line r
                            WHERE r.charge_id = c.id
                              AND r.counter_start <= touched.service_start
                           OFFSET 0)"""


class CloudChargeCorrection(models.AbstractModel):
    """Billed usage as it is known now: late, restated, undone and remapped rows are one thing.

    A correction carries what a charge costs as of now, less what it and its corrections have billed.
    """

    _name = "cloud.charge.correction"
    _description = "Corrections of Billed Charges"

    # === BUSINESS === #

    def _make(self, run, only=None, proposal=None):
        """Make and rate the corrections that a run's usage number asks for; returns how many.

        only: billed charges to look at; without it all of the company. proposal: see `cloud.rating._rate`.
        """
        changed = self._get_changed(run, only)
        originals = changed | self._get_followers(run, changed)
        if not originals:
            return 0
        rating = self.env["cloud.rating"]
        items = self._fetch_items(originals)
        rating._add_discounts(items.values())
        rated = list(items.values())
        priced, errors = rating._price(rated, run.usage_number, rating._get_proposed_candidates(rated, proposal))
        billed = self._fetch_billed(originals)
        draws = rating._fetch_draws(originals)
        parts = {}
        for charge_id, item in items.items():
            if charge_id not in errors:
                parts[charge_id] = self._subtract(
                    item, priced[charge_id], billed.get(charge_id, {}), draws.get(charge_id, {})
                )
        parts = self._get_corrected_parts(run, parts)
        treatments = self._get_treatments(run, items, parts)
        parts.update({charge_id: [] for charge_id, one in treatments.items() if not one.is_billed})
        wanted = [
            charge_id for charge_id in items if charge_id in errors or parts[charge_id] or charge_id in treatments
        ]
        self._remember_equal(run, originals - originals.browse(wanted))
        corrections = self._insert_charges(run, wanted)
        self._insert_lines(run, corrections, items, parts, billed, errors)
        self._store_treatments(corrections, treatments)
        return len(corrections)

    def _get_changed(self, run, only):
        """The live billed metered originals of the company whose usage differs and that no open run corrects already.

        What is compared is the newest charge of each chain: its number is that of the usage which is billed by now.
        """
        Charge, limit = self.env["cloud.charge"], run._get_limit()
        Charge.flush_model()
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (o.id) k.id, o.id
              FROM cloud_charge o
              JOIN cloud_charge k ON k.id = o.id OR k.corrects_id = o.id
             WHERE o.company_id = %(company_id)s
               AND o.kind = 'metered'
               AND o.state = 'billed'
               AND o.is_opening IS NOT TRUE
               AND o.corrects_id IS NULL
               AND k.state = 'billed'
               AND k.is_price_credit IS NOT TRUE
               AND (%(only)s::integer[] IS NULL OR o.id = ANY(%(only)s))
               AND (%(limited)s::integer[] IS NULL OR o.subscription_id = ANY(%(limited)s))
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_charge d
                                WHERE d.corrects_id = o.id
                                  AND d.state = 'draft'
                                  AND d.is_price_credit IS NOT TRUE)
          ORDER BY o.id, k.usage_number DESC, k.id DESC
            """,
            {
                "company_id": run.company_id.id,
                "only": None if only is None else list(only.ids),
                "limited": limit and list(limit.subscription_ids),
            },
        )
        originals = dict(self.env.cr.fetchall())
        newest = Charge.browse(originals)
        changed = self.env["cloud.usage.store"]._changed_charges(run.company_id, run.usage_number, newest)
        return Charge.browse(sorted(originals[charge.id] for charge in changed))

    def _get_followers(self, run, changed):
        """The live billed originals whose tiers count on from a charge that is changed, or that the run rates late.

        Of the same counter's cycle, and later in it. They are rated anew; where nothing differs there is no correction.
        """
        self.env["cloud.charge"].flush_model()
        self.env.cr.execute(
            f"""
            WITH touched AS (
                SELECT component_id, MIN(service_start) AS service_start
                  FROM cloud_charge
                 WHERE (run_id = %(run_id)s AND state = 'draft' OR id = ANY(%(changed)s))
                   AND kind = 'metered'
                   AND corrects_id IS NULL
              GROUP BY component_id
            )
            SELECT c.id
              FROM touched
        CROSS JOIN {_LATER}
             WHERE c.state = 'billed'
               AND c.is_opening IS NOT TRUE
               AND c.corrects_id IS NULL
               AND {_COUNTS_ON}
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_charge d
                                WHERE d.corrects_id = c.id
                                  AND d.state = 'draft'
                                  AND d.is_price_credit IS NOT TRUE)
            """,
            {"run_id": run.id, "changed": changed.ids},
        )
        return changed.browse(sorted(charge_id for (charge_id,) in self.env.cr.fetchall()))

    def _rate_followers(self, run, proposal=None):
        """Rate those charges of a run again whose tiers count on from what the run has just corrected; returns them.

        proposal: see `cloud.rating._rate`.
        """
        self.env["cloud.charge"].flush_model()
        self.env.cr.execute(
            f"""
            WITH touched AS (
                SELECT component_id, MIN(service_start) AS service_start
                  FROM cloud_charge
                 WHERE run_id = %(run_id)s
                   AND state = 'draft'
                   AND corrects_id IS NOT NULL
              GROUP BY component_id
            )
            SELECT c.id
              FROM touched
        CROSS JOIN {_LATER}
             WHERE c.run_id = %(run_id)s
               AND c.state = 'draft'
               AND c.corrects_id IS NULL
               AND {_COUNTS_ON}
            """,
            {"run_id": run.id},
        )
        charges = self.env["cloud.charge"].browse(sorted(charge_id for (charge_id,) in self.env.cr.fetchall()))
        if charges:
            charges._unrate()
            self.env["cloud.rating"]._rate(charges, run.usage_number, proposal)
        return charges

    def _fetch_items(self, originals):
        """{charge id: item} of what is rated again, see `cloud.rating`."""
        return {item["id"]: item for item in self.env["cloud.rating"]._fetch_items(originals)}

    def _fetch_billed(self, originals):
        """{charge id: {(start, end, part key): sums, line_id and invoice}} as billed, corrections included.

        Without price credits: they are beside what was rated, and no correction takes them back.

        Sums: amount, quantity, measured_quantity, cost_amount, each None where no line of the part has it.
        """
        self.env["cloud.charge"].flush_model()
        self.env["cloud.rated.line"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
            SELECT COALESCE(c.corrects_id, c.id) AS charge_id,
                   r.service_start,
                   r.service_end,
                   COALESCE(r.part_key, '') AS part_key,
                   SUM(r.amount)::text AS amount,
                   SUM(r.quantity)::text AS quantity,
                   SUM(r.measured_quantity)::text AS measured_quantity,
                   SUM(r.measured_value)::text AS measured_value,
                   SUM(r.counted_quantity)::text AS counted_quantity,
                   SUM(r.cost_amount)::text AS cost_amount,
                   MIN(r.id) AS line_id,
                   string_agg(DISTINCT move.name, ', ') AS invoice
              FROM cloud_rated_line r
              JOIN cloud_charge c ON c.id = r.charge_id
         LEFT JOIN account_move_line move_line ON move_line.id = r.move_line_id
         LEFT JOIN account_move move ON move.id = move_line.move_id
             WHERE (c.id = ANY(%(ids)s) OR c.corrects_id = ANY(%(ids)s))
               AND c.state = 'billed'
               AND c.is_price_credit IS NOT TRUE
          GROUP BY COALESCE(c.corrects_id, c.id), r.service_start, r.service_end, COALESCE(r.part_key, '')
            """,
                ids=list(originals.ids),
            )
        )
        billed = {}
        for row in rows:
            for name in _SUMS:
                row[name] = None if row[name] is None else parse_decimal(row[name])
            place = row["service_start"], row["service_end"], row["part_key"]
            billed.setdefault(row["charge_id"], {})[place] = row
        return billed

    def _subtract(self, item, now, billed, draws):
        """The parts of a correction, by stretch and part; list of Priced, empty where nothing differs.

        billed: of `_fetch_billed`. draws: {(start, end, part key): list of Draw}, what they used of what is included.
        """
        parts = {}
        for part in now:
            parts.setdefault((part.stretch.start, part.stretch.end, part.key), []).append(part)
        gone = {place: [make_gone(item, *place)] for place in billed if place not in parts}
        corrections = []
        for place, same in sorted({**parts, **gone}.items()):
            part, before = _combine(same), billed.get(place, _NOT_BILLED)
            result = difference(
                part.result,
                before["amount"] or _ZERO,
                before["quantity"],
                billed_counted=before["counted_quantity"],
            )
            result = cite_invoice(result, before.get("invoice"))
            used = subtract_draws(part.draws, draws.get(place, ()))
            if not result.amount and not result.quantity and not any(draw.used for draw in used):
                continue
            corrections.append(
                replace(
                    part,
                    result=result,
                    measured=_minus(part.measured, before["measured_quantity"]),
                    draws=used,
                    value=_minus(part.value, before["measured_value"]),
                    cost_amount=_minus(part.cost_amount, before["cost_amount"]),
                )
            )
        return corrections

    def _insert_charges(self, run, charge_ids):
        """Make the correction charges: {original id: correction id} of those that nobody else made meanwhile."""
        if not charge_ids:
            return {}
        self.env.cr.execute(
            """
            INSERT INTO cloud_charge (
                   run_id, company_id, customer_id, subscription_id, subscription_line_id, component_id,
                   commitment_id, kind, product_id, meter_id, period_id, service_start, service_end, utc_start, utc_end,
                   full_start, full_end, proration,
                   billing_month, currency_id, corrects_id, correction_number,
                   state, is_live, is_rated, create_uid, write_uid, create_date, write_date)
            SELECT %(run_id)s, c.company_id, c.customer_id, c.subscription_id, c.subscription_line_id,
                   c.component_id, c.commitment_id, c.kind, c.product_id, c.meter_id, c.period_id, c.service_start,
                   c.service_end, c.utc_start, c.utc_end,
                   c.full_start, c.full_end, c.proration, c.billing_month, c.currency_id, c.id,
                   1 + COALESCE((SELECT MAX(k.correction_number) FROM cloud_charge k WHERE k.corrects_id = c.id), 0),
                   'draft', TRUE, FALSE, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM cloud_charge c
             WHERE c.id = ANY(%(ids)s)
          ORDER BY c.id
                ON CONFLICT DO NOTHING
         RETURNING corrects_id, id
            """,
            {"run_id": run.id, "uid": self.env.uid, "ids": charge_ids},
        )
        made = dict(self.env.cr.fetchall())
        self.env["cloud.charge"].invalidate_model()
        return made

    def _remember_equal(self, run, charges):
        """What was rated again and does not differ. Usage has its own number, so there is nothing to remember."""

    def _insert_lines(self, run, corrections, items, parts, billed, errors):
        rating = self.env["cloud.rating"]
        corrected, rows, priced, refused = [], [], [], {}
        for original_id, correction_id in corrections.items():
            item = {**items[original_id], "id": correction_id}
            corrected.append(item)
            if original_id in errors:
                refused[correction_id] = errors[original_id]
                continue
            for sequence, part in enumerate(parts[original_id], 1):
                values = rating._prepare_line_values(item, sequence, part, run.usage_number)
                before = billed.get(original_id, {}).get((part.stretch.start, part.stretch.end, part.key))
                rows.append({**values, "corrects_id": part.corrects_id or (before and before["line_id"])})
                priced.append((item, part))
        if corrected:
            line_ids = self.env["cloud.rated.line"]._insert(rows)
            rating._insert_grants(line_ids, priced)
            rating._store_discounts(
                {made: items[original] for original, made in corrections.items() if parts.get(original)}
            )
            rating._write_charges(corrected, rows, refused, run.usage_number)

    # === HOOKS === #

    def _get_corrected_parts(self, run, parts):
        """Return the differences that a run corrects: {charge id: list of Priced, empty where nothing is corrected}.

        parts: the same of all that differ. To leave some out: override and return fewer of what super() returns.
        """
        return parts

    def _get_treatments(self, run, items, parts):
        """Return how differences are dealt with other than by billing them with the run: {charge id: object}.

        items: {charge id: dict of `cloud.rating`}. parts: {charge id: list of Priced} of those that could be rated. An
        object says `is_billed`: False makes a correction without lines, so nothing of it is billed and its usage counts
        as looked at. Asked once, with a constant number of statements.
        """
        return {}

    def _store_treatments(self, corrections, treatments):
        """Remember on corrections how their differences were dealt with. corrections: {original id: correction id}."""


def _minus(now, before):
    """A sum as of now less what was billed of it; None where it is known of neither."""
    if now is None and before is None:
        return None
    with exact():
        return (now or _ZERO) - (before or _ZERO)


def _combine(parts):
    """Several lines of one part (one per currency of the cost) as one."""
    if len(parts) == 1:
        return parts[0]
    costs = [part.cost_amount for part in parts]
    with exact():
        cost_amount = None if None in costs else sum(costs, _ZERO)
    return replace(parts[0], result=combine_results(parts), measured=None, cost_amount=cost_amount)
