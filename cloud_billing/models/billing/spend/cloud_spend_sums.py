from odoo import models
from odoo.tools import SQL

from ....engine.numbers import parse_decimal
from .cloud_spend_due import select_wanted

_READ = (
    "cloud.spend.commitment",
    "cloud.spend.commitment.item",
    "cloud.customer",
    "cloud.subscription",
    "cloud.price.plan",
    "cloud.billing.period",
    "cloud.charge",
    "cloud.rated.line",
    "product.product",
    "product.template",
    "product.category",
)


class CloudSpendSums(models.AbstractModel):
    """What counts towards minimums and commitments: sums over rated lines, never a counter.

    A charge counts whole, on its last day of service: at the latest on the last day of its billing period and of the
    minimum. So each charge counts in exactly one interval of a minimum, whatever the two calendars are.
    """

    _name = "cloud.spend.sums"
    _description = "What Counts Towards Minimums"

    # === BUSINESS === #

    def _add_up(self, intervals, only_billed=False):
        """[(amount, has_errors)] for intervals, in their order; one statement for any number of them.

        intervals: dicts with commitment_id, service_start, service_end. amount: Decimal, the rated amounts of
        live charges, corrections included, drafts too unless only_billed; price
        credits are not, or the minimum would take them back. has_errors: one of the charges cannot be
        rated, so the sum is not what it will be.
        """
        if not intervals:
            return []
        for model in _READ:
            self.env[model].flush_model()
        found = {
            place: (parse_decimal(amount), has_errors)
            for place, amount, has_errors in self.env.execute_query(self._select_sums(intervals, only_billed))
        }
        nothing = parse_decimal(0), False
        return [found.get(place, nothing) for place in range(len(intervals))]

    # === HOOKS === #

    def _select_sums(self, intervals, only_billed) -> SQL:
        """Rows (place: int, amount: numeric text, has_errors: bool): one per interval with a charge in it.

        The charges are found by customer, subscription or line in branches of their own, each by its index. Narrower
        true-ups count towards wider minimums (`rank`), so that nobody pays twice for what was missing once.
        """
        return SQL(
            """
            WITH wanted AS (%(wanted)s),
                 agreed AS (
                     SELECT w.place, w.date_start, w.date_end, k.id, k.scope, k.customer_id, k.include_children,
                            k.subscription_id, k.subscription_line_id, k.date_end AS life_end, k.tax_basis, k.rank,
                            payer.currency_id, payer.parent_path,
                            EXISTS (SELECT 1
                                      FROM cloud_spend_commitment_item i
                                     WHERE i.commitment_id = k.id) AS is_some
                       FROM wanted w
                       JOIN cloud_spend_commitment k ON k.id = w.commitment_id
                       JOIN cloud_customer payer ON payer.id = k.customer_id
                 ),
                 owned AS (
                     SELECT a.place, c.id
                       FROM agreed a
                       JOIN cloud_customer member
                         ON member.id = a.customer_id
                         OR a.include_children AND member.parent_path LIKE a.parent_path || '%%'
                       JOIN cloud_charge c ON c.customer_id = member.id
                      WHERE a.scope = 'customer'
                  UNION ALL
                     SELECT a.place, c.id
                       FROM agreed a
                       JOIN cloud_charge c ON c.subscription_id = a.subscription_id
                      WHERE a.scope = 'subscription'
                  UNION ALL
                     SELECT a.place, c.id
                       FROM agreed a
                       JOIN cloud_charge c ON c.subscription_line_id = a.subscription_line_id
                      WHERE a.scope = 'line'
                 )
          SELECT a.place,
                 COALESCE(SUM(r.amount) FILTER (
                     WHERE NOT a.is_some
                        OR EXISTS (SELECT 1
                                     FROM cloud_spend_commitment_item i
                                LEFT JOIN product_category above ON above.id = i.categ_id
                                    WHERE i.commitment_id = a.id
                                      AND (i.product_id IN (r.product_id, c.product_id)
                                           OR below.parent_path LIKE above.parent_path || '%%'))
                 ), 0)::text AS amount,
                 bool_or(c.error_code IS NOT NULL) AS has_errors
            FROM owned o
            JOIN agreed a ON a.place = o.place
            JOIN cloud_charge c ON c.id = o.id
       LEFT JOIN cloud_billing_period p ON p.id = c.period_id
       LEFT JOIN cloud_spend_commitment k ON k.id = c.commitment_id
       LEFT JOIN cloud_subscription s ON s.id = c.subscription_id
       LEFT JOIN cloud_price_plan plan ON plan.id = s.plan_id
       LEFT JOIN cloud_rated_line r ON r.charge_id = c.id
       LEFT JOIN product_product product ON product.id = r.product_id
       LEFT JOIN product_template template ON template.id = product.product_tmpl_id
       LEFT JOIN product_category below ON below.id = template.categ_id
           WHERE c.is_live
             AND c.is_price_credit IS NOT TRUE
             AND c.state IN %(states)s
             -- What a person gave or took once: a minimum would take back a credit that was given.
             AND c.kind <> 'adjustment'
             AND c.currency_id = a.currency_id
             AND COALESCE(k.tax_basis, plan.tax_basis) = a.tax_basis
             AND (k.id IS NULL OR k.rank < a.rank)
             AND c.service_start < COALESCE(a.life_end, 'infinity')
             AND LEAST(c.service_end, p.date_end, a.life_end) > a.date_start
             AND LEAST(c.service_end, p.date_end, a.life_end) <= a.date_end
        GROUP BY a.place
            """,
            wanted=select_wanted(intervals),
            states=("billed",) if only_billed else ("draft", "billed"),
        )
