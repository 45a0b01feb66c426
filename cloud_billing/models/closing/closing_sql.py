"""What a month's end asks of the database: each question once, for all lines."""

from odoo.tools import SQL


def select_unbilled(company, day_after) -> SQL:
    """Rated lines of live charges that no invoice was made of, for service that began before a day.

    OFFSET 0 has the lines of a charge found by the charge alone: they were made in this very transaction, and without
    statistics the planner compares each of them with every charge.
    """
    return SQL(
        """
        SELECT r.id, c.run_id, c.bill_id, c.corrects_id, c.subscription_id, c.service_start AS charge_start,
               r.subscription_line_id, r.customer_id, r.product_id, r.name, r.sequence, r.service_start, r.service_end,
               r.currency_id, r.amount::text, COALESCE(a.tax_basis, k.tax_basis, plan.tax_basis) AS tax_basis,
               -- What is charged, whatever columns say so: its id, if it is new, goes with the savepoint.
               jsonb_strip_nulls(to_jsonb(component)
                                 - '{id,create_uid,create_date,write_uid,write_date}'::text[])::text AS component
          FROM cloud_charge c
          JOIN cloud_charge_component component ON component.id = c.component_id
     LEFT JOIN cloud_spend_commitment k ON k.id = c.commitment_id
     LEFT JOIN cloud_subscription s ON s.id = c.subscription_id
     LEFT JOIN cloud_price_plan plan ON plan.id = s.plan_id
     LEFT JOIN cloud_adjustment a ON a.id = component.adjustment_id
          JOIN LATERAL (SELECT *
                          FROM cloud_rated_line
                         WHERE charge_id = c.id
                        OFFSET 0) r ON TRUE
         WHERE c.company_id = %(company_id)s
           AND c.state = 'draft'
           AND c.is_live
           AND r.service_start < %(day_after)s
           AND r.amount <> 0
      ORDER BY r.id
        """,
        company_id=company.id,
        day_after=day_after,
    )


def select_invoiced(company, day_after) -> SQL:
    """Rated lines behind invoice lines that a month's end cuts, with all that share the invoice line.

    Invoiced up to it for later days; invoiced after it for earlier days; or invoiced up to it and credited after it,
    so that the service is billable again: `is_live` is false then.
    """
    return SQL(
        """
        SELECT r.id, c.subscription_id, r.subscription_line_id, r.customer_id, r.product_id, r.name, r.service_start,
               r.service_end, r.amount::text, c.is_live, m.date >= %(day_after)s AS is_later, m.name AS move_name,
               COALESCE(m.invoice_date, m.date) AS invoice_date, ml.id AS move_line_id, ml.account_id,
               ml.analytic_distribution, ml.currency_id, (-ml.amount_currency)::text AS net,
               (-ml.balance)::text AS company_net
          FROM account_move m
          JOIN account_move_line ml ON ml.move_id = m.id
          JOIN cloud_rated_line r ON r.move_line_id = ml.id
          JOIN cloud_charge c ON c.id = r.charge_id
     LEFT JOIN account_move v ON v.id = c.voided_by_id
         WHERE m.company_id = %(company_id)s
           AND m.state = 'posted'
           AND m.cloud_bill_id IS NOT NULL
           AND CASE WHEN m.date >= %(day_after)s THEN c.is_live AND ml.cloud_service_start < %(day_after)s
                    ELSE c.is_live AND ml.cloud_service_end > %(day_after)s OR v.date >= %(day_after)s
                END
      ORDER BY ml.id, r.id
        """,
        company_id=company.id,
        day_after=day_after,
    )


def select_credited(company, day_after) -> SQL:
    """Lines that credit money, and no charge, for days after a month's end."""
    return SQL(
        """
        SELECT ml.id AS move_line_id, ml.name, ml.product_id, ml.account_id, ml.analytic_distribution, ml.currency_id,
               ml.cloud_service_start AS service_start, ml.cloud_service_end AS service_end, m.name AS move_name,
               COALESCE(m.invoice_date, m.date) AS invoice_date, (-ml.amount_currency)::text AS net,
               (-ml.balance)::text AS company_net, b.customer_id
          FROM account_move m
          JOIN account_move_line ml ON ml.move_id = m.id
     LEFT JOIN account_move original ON original.id = m.reversed_entry_id
     LEFT JOIN cloud_bill b ON b.id = original.cloud_bill_id
         WHERE m.company_id = %(company_id)s
           AND m.state = 'posted'
           AND m.move_type IN ('out_invoice', 'out_refund')
           AND m.cloud_bill_id IS NULL
           AND m.cloud_frees_bill_id IS NULL
           AND m.date < %(day_after)s
           AND ml.display_type = 'product'
           AND ml.cloud_service_end > %(day_after)s
           AND NOT EXISTS (SELECT 1 FROM cloud_rated_line r WHERE r.move_line_id = ml.id)
      ORDER BY ml.id
        """,
        company_id=company.id,
        day_after=day_after,
    )


def select_openings(company, date_end) -> SQL:
    """Opening balances that are still deferred or were released, with what posted month ends have released of each."""
    return SQL(
        """
        SELECT o.id, o.subscription_id, o.line_id AS subscription_line_id, o.customer_id, l.product_id, l.name,
               k.date AS service_start, o.billed_through AS service_end, o.currency_id,
               o.deferred_amount::text AS total, o.undone_on IS NOT NULL AS is_undone, l.analytic_distribution,
               COALESCE(released.amount, 0)::text AS released,
               COALESCE(released.company_amount, 0)::text AS company_released
          FROM cloud_opening o
          JOIN cloud_cutover k ON k.id = o.cutover_id
          JOIN cloud_subscription_line l ON l.id = o.line_id
     LEFT JOIN LATERAL (
               SELECT SUM(cl.amount) AS amount, SUM(cl.company_amount) AS company_amount
                 FROM cloud_closing_line cl
                 JOIN cloud_closing closing ON closing.id = cl.closing_id
                WHERE cl.opening_id = o.id
                  AND closing.state = 'posted'
                  AND closing.date_end < %(date_end)s
               ) released ON TRUE
         WHERE o.company_id = %(company_id)s
           AND o.deferred_amount > 0
           AND k.date <= %(date_end)s
           AND k.date < o.billed_through
      ORDER BY o.id
        """,
        company_id=company.id,
        date_end=date_end,
    )
