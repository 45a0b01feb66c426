-- The books as text, one line a fact: amounts, accounts, partners, taxes, periods, charges, states. No ids, no times of
-- making, no document numbers, so that two histories of the same months can be compared.
SELECT concat_ws('|', 'entry', p.name, m.move_type, m.state, m.date, m.invoice_date, a.code, l.display_type, l.balance,
                 l.amount_currency, u.name,
                 (SELECT string_agg(t.name ->> 'en_US', ',' ORDER BY t.name ->> 'en_US')
                    FROM account_move_line_account_tax_rel x JOIN account_tax t ON t.id = x.account_tax_id
                   WHERE x.account_move_line_id = l.id)) AS told
  FROM account_move m
  JOIN account_move_line l ON l.move_id = m.id
  LEFT JOIN (SELECT id, code_store ->> (SELECT min(id)::text FROM res_company) AS code FROM account_account) a
    ON a.id = l.account_id
  LEFT JOIN res_partner p ON p.id = m.partner_id
  JOIN res_currency u ON u.id = l.currency_id
UNION ALL
SELECT concat_ws('|', 'period', c.name, d.date_start, d.date_end, d.utc_start, d.utc_end, d.state)
  FROM cloud_billing_period d
  JOIN cloud_customer c ON c.id = d.customer_id
UNION ALL
SELECT concat_ws('|', 'charge', c.name, h.kind, h.service_start, h.service_end, h.billing_month, h.correction_number,
                 h.state, h.amount)
  FROM cloud_charge h
  JOIN cloud_customer c ON c.id = h.customer_id
UNION ALL
SELECT concat_ws('|', 'line', r.customer_name, r.name, r.service_start, r.service_end, r.quantity, r.unit_price,
                 r.amount_exact, r.amount, r.cost_amount, r.counted_quantity, r.is_frozen, r.move_line_id IS NOT NULL)
  FROM cloud_rated_line r
UNION ALL
SELECT concat_ws('|', 'bill', c.name, b.state, b.amount, b.previous_amount, b.reasons)
  FROM cloud_bill b
  JOIN cloud_customer c ON c.id = b.customer_id
UNION ALL
SELECT concat_ws('|', 'run', n.state, n.cutoff_date, n.invoice_date)
  FROM cloud_bill_run n
UNION ALL
SELECT concat_ws('|', 'row', s.name, r.external_id, r.ordinal, r.service_start, r.quantity, r.cost_billed, v.state)
  FROM cloud_billing_usage.usage_row r
  JOIN cloud_usage_source s ON s.id = r.source_id
  LEFT JOIN cloud_billing_usage.row_state v ON v.id = r.id
UNION ALL
SELECT concat_ws('|', 'import', s.name, i.state, i.rows_read, i.rows_accepted, i.rows_known, i.rows_quarantined,
                 i.rows_rejected)
  FROM cloud_usage_import i
  JOIN cloud_usage_source s ON s.id = i.source_id
UNION ALL
SELECT concat_ws('|', 'request', q.kind, q.state, q.round)
  FROM cloud_change_request q
 ORDER BY told;
