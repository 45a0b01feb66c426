import logging
from decimal import Decimal
from functools import partial

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.service.model import retrying
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal, round_to
from ...engine.schedule import RUNNING
from ..catalog.version_timeline import get_subscriber, get_timeline
from .rehearsal_sums import CustomerSums

_logger = logging.getLogger(__name__)
_ZERO = Decimal(0)
# Of a batch: enough that the statements of one weigh little, few enough that its rated parts fit in memory.
BATCH_CHARGES = 4000
# Charges of subscription lines, billed and not corrected away; a true-up of a minimum has no price of its own.
_REHEARSED = """o.state = 'billed'
                 AND o.is_live
                 AND o.corrects_id IS NULL
                 AND o.is_opening IS NOT TRUE
                 AND o.subscription_line_id IS NOT NULL"""
_FAMILY = "split_part(customer.parent_path, '/', 1)::integer"


class CloudPriceRehearsal(models.Model):
    """The work of a rehearsal: batch by batch of customers, each with all its months, so that counters go on."""

    _inherit = "cloud.price.rehearsal"

    # === BUSINESS: WHAT IS REHEARSED === #

    def _get_last_billed_month(self, today):
        """The first day after the newest month with a billed charge of the plan; of the current one where none is."""
        self._flush_charges()
        newest = self.env.execute_query(
            SQL(
                f"""
            SELECT MAX(o.service_start)
              FROM cloud_charge o
              JOIN cloud_subscription s ON s.id = o.subscription_id
             WHERE s.plan_id = %s
               AND {_REHEARSED}
            """,
                self.plan_id.id,
            )
        )[0][0]
        return (newest or today).replace(day=1) + relativedelta(months=1 if newest else 0)

    def _get_days(self, today):
        """(first day, first day after the last) of the months to rehearse.

        A version that takes the place of another one is compared with that one: of billed days only those are
        rehearsed for which the other one held.
        """
        version, end = self.version_id, self._get_last_billed_month(today)
        months = relativedelta(months=self.period_count)
        if not version.replaces_id or version.date_start >= end:
            return end - months, end
        end = min(end, version._get_day_of_next() or end)
        return max(end - months, version.date_start), end

    def _count_charges(self, start, end):
        return sum(count for _family_id, count in self._fetch_counts(start, end))

    def _fetch_counts(self, start, end, after=0):
        """(family id, number of charges) in the order of families, those after one.

        A family are those for whom one customer pays: they may share what is included, so they are rated together.
        """
        self._flush_charges()
        return self.env.execute_query(
            SQL(
                f"""
            SELECT {_FAMILY} AS family_id, COUNT(*)
              FROM cloud_charge o
              JOIN cloud_subscription s ON s.id = o.subscription_id
              JOIN cloud_customer customer ON customer.id = o.customer_id
             WHERE s.plan_id = %(plan_id)s
               AND {_REHEARSED}
               AND o.service_start >= %(start)s
               AND o.service_start < %(end)s
               AND {_FAMILY} > %(after)s
          GROUP BY family_id
          ORDER BY family_id
            """,
                plan_id=self.plan_id.id,
                start=start,
                end=end,
                after=after,
            )
        )

    def _fetch_charges(self, family_ids):
        """One dict per charge: id, customer_id, subscription_id, product_id, number, amount, cost, rule_ids.

        number: the usage as of which it is billed by now. amount, cost: with its corrections.
        """
        rows = self.env.execute_query_dict(
            SQL(
                f"""
            WITH wanted AS (
                     SELECT o.id, o.customer_id, o.subscription_id, o.product_id
                       FROM cloud_charge o
                       JOIN cloud_subscription s ON s.id = o.subscription_id
                       JOIN cloud_customer customer ON customer.id = o.customer_id
                      WHERE s.plan_id = %(plan_id)s
                        AND {_REHEARSED}
                        AND o.service_start >= %(start)s
                        AND o.service_start < %(end)s
                        AND {_FAMILY} = ANY(%(family_ids)s)
                 ),
                 chain AS (
                     SELECT w.id AS original_id, w.id AS charge_id FROM wanted w
                      UNION ALL
                     SELECT w.id, c.id
                       FROM wanted w
                       JOIN cloud_charge c
                         ON c.corrects_id = w.id AND c.state = 'billed' AND c.is_price_credit IS NOT TRUE
                 ),
                 billed AS (
                     SELECT chain.original_id, SUM(c.amount)::text AS amount, MAX(c.usage_number) AS number
                       FROM chain
                       JOIN cloud_charge c ON c.id = chain.charge_id
                   GROUP BY chain.original_id
                 ),
                 rated AS (
                     SELECT chain.original_id,
                            CASE WHEN COUNT(*) FILTER (WHERE r.row_count > 0 AND r.cost_amount IS NULL) = 0
                                 THEN COALESCE(SUM(r.cost_amount), 0)::text END AS cost,
                            array_agg(DISTINCT r.rule_id) FILTER (WHERE r.rule_id IS NOT NULL) AS rule_ids
                       FROM chain
                       JOIN cloud_rated_line r ON r.charge_id = chain.charge_id
                   GROUP BY chain.original_id
                 )
          SELECT w.*, billed.amount, billed.number, rated.cost, COALESCE(rated.rule_ids, '{{}}') AS rule_ids
            FROM wanted w
            JOIN billed ON billed.original_id = w.id
       LEFT JOIN rated ON rated.original_id = w.id
        ORDER BY w.id
            """,
                plan_id=self.plan_id.id,
                start=self.date_start,
                end=self.date_end,
                family_ids=list(family_ids),
            )
        )
        for row in rows:
            row["amount"] = parse_decimal(row["amount"] or "0")
            row["cost"] = None if row["cost"] is None else parse_decimal(row["cost"])
        return rows

    def _flush_charges(self):
        for model in ("cloud.charge", "cloud.rated.line", "cloud.subscription", "cloud.customer"):
            self.env[model].flush_model()

    def _has_minimums(self):
        """Whether true-ups of minimums were billed in these months, which are not rated anew."""
        return bool(
            self.env["cloud.charge"].search_count(
                [
                    ("kind", "=", "minimum"),
                    ("state", "=", "billed"),
                    ("company_id", "=", self.company_id.id),
                    ("service_start", ">=", self.date_start),
                    ("service_start", "<", self.date_end),
                ],
                limit=1,
            )
        )

    # === BUSINESS: WORK === #

    @api.model
    def _cron_rehearse_prices(self):
        """Work on what runs, batch by batch; a cancelled one stops at the next."""
        progress = self.env["ir.cron"]._commit_progress
        # sudo: the schedule works for every company.
        running = self.sudo().search([("state", "=", "running")], order="id")
        progress(remaining=len(running))
        for rehearsal in running:
            try:
                while retrying(partial(rehearsal._work_locked), self.env):
                    if not progress(0, remaining=1):
                        return
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Rehearsal %s failed", rehearsal.id)
                rehearsal._write_result({"state": "failed", "error": str(error)})
            progress(1)

    def _work_locked(self):
        """One batch, unless somebody else works on it at this moment. Returns whether there is more."""
        self.flush_model()
        self.env.cr.execute(
            "SELECT 1 FROM cloud_price_rehearsal WHERE id = %s AND state = 'running' FOR UPDATE SKIP LOCKED", [self.id]
        )
        if not self.env.cr.fetchone():
            return False
        self.invalidate_recordset()
        return self._work()

    def _work(self):
        """Rate one batch of customers and write what it means for them; returns whether there is more."""
        self.ensure_one()
        if self.state != "running":
            return False
        counts = self._fetch_counts(self.date_start, self.date_end, self.last_family_id)
        batch, size = [], 0
        for family_id, count in counts:
            if batch and size + count > BATCH_CHARGES:
                break
            batch.append(family_id)
            size += count
        if batch:
            sums = self._rehearse(self._fetch_charges(batch))
            self._create_lines(sums)
            self._write_result({"last_family_id": batch[-1], "rated_count": self.rated_count + size})
        if len(batch) < len(counts):
            return True
        self._finish()
        return False

    def _rehearse(self, rows):
        """{customer id: CustomerSums} of charges, each rated anew with the usage that it was billed with."""
        kept = self._get_kept_subscriptions({row["subscription_id"] for row in rows})
        rates = self._fetch_rates(rows)
        by_customer, rated = {}, {}
        for row in rows:
            row["rate"] = rates.get(row["id"])
            sums = by_customer.setdefault(row["customer_id"], CustomerSums())
            if row["subscription_id"] in kept:
                sums.keep(row)
            else:
                rated[row["id"]] = row
        priced, errors = self._price(rated) if rated else ({}, {})
        for charge_id, row in rated.items():
            sums = by_customer[row["customer_id"]]
            if charge_id in errors:
                sums.refuse(row, errors[charge_id])
            else:
                sums.price(row, priced[charge_id])
        return by_customer

    def _fetch_rates(self, rows):
        """{charge id: rate} at which charges were billed in another currency than the plan's."""
        if not self.plan_id.is_converted:
            return {}
        conversions = self.env["cloud.price.rehearsal.rating"]._fetch_conversions([row["id"] for row in rows])
        return {one["id"]: parse_decimal(one["billed"]["rate"]) for one in conversions if one["billed"]}

    def _price(self, rows):
        """What the rating makes of billed charges with the proposed prices in force; nothing is written.

        rows: {charge id: dict of `_fetch_charges`}.
        """
        rating = self.env["cloud.price.rehearsal.rating"]
        items = rating._fetch_items(self.env["cloud.charge"].browse(rows))
        rating._add_discounts(items)
        proposal = self.version_id._as_proposal(self.date_start)
        for item in items:
            number = rows[item["id"]]["number"]
            item.update(usage_number=number, proposal=proposal, rehearsed_from=self.date_start)
        return rating._price(
            items, max(row["number"] for row in rows.values()), rating._get_candidates(items, proposal)
        )

    def _get_kept_subscriptions(self, subscription_ids):
        """Ids of those for which the version never holds: they keep former prices, by its policy or an earlier one."""
        version = self.version_id
        versions = version.plan_id.version_ids.filtered(
            lambda other: other == version or (other.state == "approved" and other.date_start != version.date_start)
        ).sorted(lambda other: (other.date_start, other.revision))
        kept, by_subscriber = set(), {}
        for subscription in self.env["cloud.subscription"].browse(sorted(subscription_ids)):
            subscriber = get_subscriber(subscription)
            if subscriber not in by_subscriber:
                timeline = get_timeline(versions, subscriber)
                by_subscriber[subscriber] = any(entry[0] == version for entry in timeline)
            if not by_subscriber[subscriber]:
                kept.add(subscription.id)
        return kept

    # === BUSINESS: WHAT IT MEANS === #

    def _create_lines(self, by_customer):
        customers = self.env["cloud.customer"].browse(by_customer)
        names = {customer.id: customer.name for customer in customers}
        self._insert_lines(
            [
                self._prepare_line_vals(customer_id, names[customer_id], sums)
                for customer_id, sums in by_customer.items()
            ]
        )

    def _insert_lines(self, vals_list):
        # sudo: lines are written by a rehearsal alone; no role may make one by hand.
        self.env["cloud.price.rehearsal.line"].sudo().create(vals_list)

    def _prepare_line_vals(self, customer_id, name, sums):
        cost = sums.cost if self.tax_basis == "net" and sums.cost else None
        step = self.env["cloud.price.calculator"]._get_rounding(self.currency_id)
        with exact():
            # Billed amounts have so many decimals; one that was exchanged, or a cost, has more.
            amounts = {
                "amount_old": sums.old,
                "amount_new": sums.new,
                "amount_unpriced": sums.unpriced,
                "difference": sums.difference,
                "cost_amount": cost,
                "margin_old": None if cost is None else sums.old - cost,
                "margin_new": None if cost is None else sums.new + sums.unpriced - cost,
            }
            amounts = {name: None if one is None else round_to(one, step) for name, one in amounts.items()}
        return {
            "rehearsal_id": self.id,
            "customer_id": customer_id,
            "customer_name": name,
            "reach": sums.reach,
            "charge_count": sums.charges,
            "changes": sums.get_changes(step),
            "problems": sums.get_problems(),
            **amounts,
        }

    def _finish(self):
        """Add those whom the prices do not reach, then the totals."""
        self._insert_lines(self._prepare_unreached())
        Line = self.env["cloud.price.rehearsal.line"]
        self._write_result({"state": "done", "finished_at": fields.Datetime.now(), **Line._get_totals(self)})

    def _prepare_unreached(self):
        """Lines of active customers of whom nothing was rated: on this plan and not billed yet, or on another plan."""
        seen = set(self.line_ids.customer_id.ids)
        subscriptions = self.env["cloud.subscription"].search_fetch(
            [("company_id", "=", self.company_id.id), ("state", "in", RUNNING)], ["customer_id", "plan_id"]
        )
        reaches = {}
        for subscription in subscriptions:
            if subscription.customer_id.id in seen:
                continue
            if subscription.plan_id == self.plan_id:
                reaches[subscription.customer_id] = "nothing_billed"
            else:
                reaches.setdefault(subscription.customer_id, "other_plan")
        return [
            {"rehearsal_id": self.id, "customer_id": customer.id, "customer_name": customer.name, "reach": reach}
            for customer, reach in reaches.items()
        ]
