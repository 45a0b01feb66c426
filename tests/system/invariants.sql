-- What must hold in every database, whatever was killed, raced or restarted: each statement returns no row.
-- Columns: which invariant, the record, what is wrong. Plain SQL over the tables, sharing no code with the add-on.
-- Run by hand: psql -f tests/system/invariants.sql DATABASE

-- A usage row exists once.
SELECT 'usage row twice' AS invariant, min(id) AS record, count(*)::text AS detail
  FROM cloud_billing_usage.usage_row
 GROUP BY source_id, scope, row_key, ordinal
HAVING count(*) > 1;

-- An id of an appending source counts once among the rows that are there.
SELECT 'external id counts twice' AS invariant, min(r.id) AS record, r.external_id AS detail
  FROM cloud_billing_usage.usage_row r
  JOIN cloud_usage_delivery d ON d.id = r.delivery_id AND d.import_number > 0 AND d.superseded_number = 0
 WHERE r.scope = 0
   AND r.external_id IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM cloud_billing_usage.row_exception e WHERE e.row_id = r.id AND e.kind = 'superseded')
 GROUP BY r.source_id, r.external_id
HAVING count(*) > 1;

-- Every row that is there is in exactly one derived state.
SELECT 'not in one state' AS invariant, r.id AS record, count(v.id)::text AS detail
  FROM cloud_billing_usage.usage_row r
  JOIN cloud_usage_delivery d ON d.id = r.delivery_id AND d.import_number > 0 AND d.superseded_number = 0
  LEFT JOIN cloud_billing_usage.row_state v ON v.id = r.id AND v.state IS NOT NULL
 WHERE NOT EXISTS (SELECT 1 FROM cloud_billing_usage.row_exception e WHERE e.row_id = r.id AND e.kind = 'superseded')
 GROUP BY r.id
HAVING count(v.id) <> 1;

-- A row is out by one decision at a time.
SELECT 'two decisions on a row' AS invariant, e.row_id AS record, count(*)::text AS detail
  FROM cloud_billing_usage.row_exception e
  JOIN cloud_billing_usage.row_exception o ON o.row_id = e.row_id AND o.id <> e.id
 WHERE o.from_number >= e.from_number
   AND (e.to_number = 0 OR o.from_number < e.to_number)
 GROUP BY e.row_id;

-- A month that is sealed has not changed since.
SELECT 'sealed month changed' AS invariant, l.id AS record, max(greatest(d.import_number, d.superseded_number))::text AS detail
  FROM cloud_usage_seal l
  JOIN cloud_usage_delivery d ON d.source_id = l.source_id AND d.import_number > 0 AND d.is_snapshot
                             AND d.provider_account = l.provider_account AND d.billing_month = l.month
 WHERE l.broken_number = 0
 GROUP BY l.id
HAVING max(greatest(d.import_number, d.superseded_number)) > min(l.content_number);

-- What days brought adds up to what their delivery did.
SELECT 'days of a delivery' AS invariant, d.id AS record, d.row_count::text AS detail
  FROM cloud_usage_delivery d
 WHERE d.import_number > 0
   AND d.row_count <> (SELECT coalesce(sum(y.row_count), 0) FROM cloud_billing_usage.delivery_day y WHERE y.delivery_id = d.id);

-- What a pushed batch accepted is there, whether it counts yet or not.
SELECT 'rows of a pushed batch' AS invariant, b.id AS record, b.accepted_count::text AS detail
  FROM cloud_push_batch b
 WHERE b.import_id IS NOT NULL
   AND b.accepted_count <> (SELECT count(*) FROM cloud_billing_usage.usage_row r
                             WHERE r.import_id = b.import_id AND r.file_sequence = b.id);

-- What an import read went somewhere, and what it took is there.
SELECT 'counts of an import' AS invariant, i.id AS record,
       concat_ws(' ', i.rows_read, i.rows_accepted, i.rows_known, i.rows_quarantined, i.rows_rejected) AS detail
  FROM cloud_usage_import i
 WHERE i.state = 'imported'
   AND (i.rows_read <> i.rows_accepted + i.rows_known + i.rows_quarantined + i.rows_rejected
        OR i.rows_accepted <> (SELECT count(*) FROM cloud_billing_usage.usage_row r WHERE r.import_id = i.id));

SELECT 'rows of a delivery' AS invariant, d.id AS record, d.row_count::text AS detail
  FROM cloud_usage_delivery d
 WHERE d.import_number > 0
   AND d.row_count <> (SELECT count(*) FROM cloud_billing_usage.usage_row r WHERE r.delivery_id = d.id);

SELECT 'two deliveries of a month' AS invariant, min(d.id) AS record, d.billing_month::text AS detail
  FROM cloud_usage_delivery d
 WHERE d.is_snapshot AND d.import_number > 0 AND d.superseded_number = 0
 GROUP BY d.source_id, d.provider_account, d.billing_month
HAVING count(*) > 1;

SELECT 'number of two imports' AS invariant, min(i.id) AS record, i.import_number::text AS detail
  FROM cloud_usage_import i
 WHERE i.import_number > 0
 GROUP BY i.company_id, i.import_number
HAVING count(*) > 1;

-- A row whose import has no number exists for nobody: it has no state either.
SELECT 'unpublished row seen' AS invariant, v.id AS record, v.state AS detail
  FROM cloud_billing_usage.row_state v
  JOIN cloud_billing_usage.usage_row r ON r.id = v.id
  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
 WHERE d.import_number = 0;

-- Days are charged once.
SELECT 'days charged twice' AS invariant, a.id AS record, b.id::text AS detail
  FROM cloud_charge a
  JOIN cloud_charge b ON b.component_id = a.component_id AND b.id > a.id
 WHERE a.state <> 'voided' AND b.state <> 'voided'
   AND a.corrects_id IS NULL AND b.corrects_id IS NULL
   AND a.service_start < b.service_end AND b.service_start < a.service_end;

SELECT 'charged twice in all' AS invariant, min(c.id) AS record, c.kind AS detail
  FROM cloud_charge c
 WHERE c.kind IN ('one_time', 'instalment') AND c.state <> 'voided' AND c.corrects_id IS NULL
 GROUP BY c.component_id, c.kind
HAVING count(*) > 1;

SELECT 'number of two corrections' AS invariant, min(c.id) AS record, c.correction_number::text AS detail
  FROM cloud_charge c
 WHERE c.corrects_id IS NOT NULL
 GROUP BY c.corrects_id, c.correction_number
HAVING count(*) > 1;

-- A usage row of a plain meter is in one live charge at most: by owner and days as of the charge's own number.
SELECT 'row counted by two charges' AS invariant, r.id AS record, count(*)::text AS detail
  FROM cloud_billing_usage.usage_row r
  JOIN cloud_usage_delivery d ON d.id = r.delivery_id AND d.import_number > 0
  JOIN cloud_billing_usage.assignment a
    ON a.stream_id = r.stream_id AND a.policy = 'bill' AND a.subscription_line_id IS NOT NULL
   AND (a.utc_start IS NULL OR r.service_start >= a.utc_start)
   AND (a.utc_end IS NULL OR r.service_start < a.utc_end)
  JOIN cloud_charge c
    ON c.subscription_line_id = a.subscription_line_id AND c.meter_id IS NOT NULL AND c.corrects_id IS NULL
   AND c.state = 'billed' AND c.billing_month IS NULL
   AND r.service_start >= c.utc_start AND r.service_start < c.utc_end
   AND c.usage_number >= d.import_number AND (d.superseded_number = 0 OR d.superseded_number > c.usage_number)
   AND a.from_number <= c.usage_number AND (a.to_number = 0 OR a.to_number > c.usage_number)
 GROUP BY r.id
HAVING count(*) > 1;

-- Periods of a subscription do not overlap.
SELECT 'periods overlap' AS invariant, a.id AS record, b.id::text AS detail
  FROM cloud_billing_period a
  JOIN cloud_billing_period b ON b.subscription_id = a.subscription_id AND b.id > a.id
 WHERE a.date_start < b.date_end AND b.date_start < a.date_end;

-- A charge comes to the sum of its lines, each of them rounded to its currency.
SELECT 'charge is not its lines' AS invariant, c.id AS record, c.amount::text AS detail
  FROM cloud_charge c
  LEFT JOIN cloud_rated_line r ON r.charge_id = c.id
 WHERE c.is_rated AND c.state <> 'voided'
 GROUP BY c.id
HAVING c.amount <> coalesce(sum(r.amount), 0);

SELECT 'amount is not rounded' AS invariant, r.id AS record, r.amount::text AS detail
  FROM cloud_rated_line r
  JOIN res_currency u ON u.id = r.currency_id
 WHERE r.amount % u.rounding <> 0;

-- A bill and its invoice are one and the same.
SELECT 'bill without its invoice' AS invariant, b.id AS record, b.state AS detail
  FROM cloud_bill b
  LEFT JOIN account_move m ON m.id = b.move_id AND m.cloud_bill_id = b.id AND m.state = 'posted'
 WHERE (b.state = 'posted') <> (m.id IS NOT NULL);

SELECT 'invoice without its bill' AS invariant, m.id AS record, m.name AS detail
  FROM account_move m
  LEFT JOIN cloud_bill b ON b.id = m.cloud_bill_id AND b.move_id = m.id AND b.state = 'posted'
 WHERE m.cloud_bill_id IS NOT NULL AND b.id IS NULL;

SELECT 'bill invoiced twice' AS invariant, min(m.id) AS record, m.cloud_bill_id::text AS detail
  FROM account_move m
 WHERE m.cloud_bill_id IS NOT NULL
 GROUP BY m.cloud_bill_id
HAVING count(*) > 1;

SELECT 'charge of a posted bill not billed' AS invariant, c.id AS record, c.state AS detail
  FROM cloud_charge c
  JOIN cloud_bill b ON b.id = c.bill_id
 WHERE b.state IN ('posted', 'zero') AND c.state NOT IN ('billed', 'voided');

SELECT 'charge billed without a posted bill' AS invariant, c.id AS record, b.state AS detail
  FROM cloud_charge c
  JOIN cloud_bill b ON b.id = c.bill_id
 WHERE c.state = 'billed' AND b.state NOT IN ('posted', 'zero');

SELECT 'rated line on no invoice' AS invariant, r.id AS record, r.amount::text AS detail
  FROM cloud_rated_line r
  JOIN cloud_bill b ON b.id = r.bill_id
 WHERE b.state = 'posted' AND r.move_line_id IS NULL
   -- A month without usage is marked by a line without quantity, which prints nothing.
   AND (r.quantity IS NOT NULL OR r.amount <> 0);

SELECT 'rated line on another invoice' AS invariant, r.id AS record, l.move_id::text AS detail
  FROM cloud_rated_line r
  JOIN cloud_bill b ON b.id = r.bill_id
  JOIN account_move_line l ON l.id = r.move_line_id
 WHERE l.move_id IS DISTINCT FROM b.move_id;

SELECT 'posted line not frozen' AS invariant, r.id AS record, r.amount::text AS detail
  FROM cloud_rated_line r
  JOIN cloud_bill b ON b.id = r.bill_id
 WHERE b.state IN ('posted', 'zero') AND NOT r.is_frozen;

-- Rated lines = invoice = ledger, per currency. Amounts net of tax tie to the untaxed total; amounts with tax tie to the
-- total, wherever the invoice has no fiscal position that changes the tax.
SELECT 'invoice is not its rated lines' AS invariant, m.id AS record,
       concat_ws(' ', sum(r.amount), m.amount_untaxed, m.amount_total) AS detail
  FROM account_move m
  JOIN cloud_bill b ON b.id = m.cloud_bill_id
  JOIN cloud_rated_line r ON r.bill_id = b.id
 WHERE b.tax_basis = 'net' OR m.fiscal_position_id IS NULL
 GROUP BY m.id, b.tax_basis
HAVING sum(r.amount) * CASE m.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
       <> CASE b.tax_basis WHEN 'net' THEN m.amount_untaxed ELSE m.amount_total END;

SELECT 'invoice line is not its rated lines' AS invariant, l.id AS record,
       concat_ws(' ', sum(r.amount), l.price_subtotal) AS detail
  FROM cloud_rated_line r
  JOIN cloud_bill b ON b.id = r.bill_id AND b.tax_basis = 'net'
  JOIN account_move_line l ON l.id = r.move_line_id
  JOIN account_move m ON m.id = l.move_id
 GROUP BY l.id, m.move_type
HAVING sum(r.amount) * CASE m.move_type WHEN 'out_refund' THEN -1 ELSE 1 END <> l.price_subtotal;

SELECT 'income is not the untaxed total' AS invariant, m.id AS record,
       concat_ws(' ', sum(l.amount_currency), m.amount_untaxed) AS detail
  FROM account_move m
  JOIN account_move_line l ON l.move_id = m.id AND l.display_type IN ('product', 'rounding')
 WHERE m.cloud_bill_id IS NOT NULL
 GROUP BY m.id
HAVING sum(l.amount_currency) * CASE m.move_type WHEN 'out_refund' THEN 1 ELSE -1 END <> m.amount_untaxed;

SELECT 'receivable is not the total' AS invariant, m.id AS record,
       concat_ws(' ', sum(l.amount_currency), m.amount_total) AS detail
  FROM account_move m
  JOIN account_move_line l ON l.move_id = m.id
  JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
 WHERE m.cloud_bill_id IS NOT NULL
 GROUP BY m.id
HAVING sum(l.amount_currency) * CASE m.move_type WHEN 'out_refund' THEN -1 ELSE 1 END <> m.amount_total;

SELECT 'debit is not credit' AS invariant, l.move_id AS record, sum(l.balance)::text AS detail
  FROM account_move_line l
  JOIN account_move m ON m.id = l.move_id AND m.state = 'posted'
 GROUP BY l.move_id
HAVING sum(l.balance) <> 0 OR sum(l.debit) <> sum(l.credit);

SELECT 'number of two invoices' AS invariant, min(m.id) AS record, m.name AS detail
  FROM account_move m
 WHERE m.state = 'posted' AND m.move_type IN ('out_invoice', 'out_refund')
 GROUP BY m.journal_id, m.name
HAVING count(*) > 1;

-- Nothing that was finished is still claimed, and a run that is posted leaves no bill behind.
SELECT 'finished and claimed' AS invariant, b.id AS record, b.state AS detail
  FROM cloud_bill b
 WHERE b.state IN ('posted', 'zero', 'parked') AND b.claim_token IS NOT NULL;

SELECT 'left behind by a posted run' AS invariant, b.id AS record, b.state AS detail
  FROM cloud_bill b
  JOIN cloud_bill_run n ON n.id = b.run_id AND n.state IN ('posted', 'closed')
 WHERE b.state IN ('ready', 'look', 'blocked') AND b.content_hash IS NOT NULL;

-- Balances that have a limit.
SELECT 'more used than included' AS invariant, min(g.id) AS record, g.pool_key AS detail
  FROM cloud_rated_grant g
  JOIN cloud_rated_line r ON r.id = g.rated_line_id
  JOIN cloud_charge c ON c.id = r.charge_id AND c.state <> 'voided'
 GROUP BY g.pool_key, g.period_start
HAVING sum(g.quantity_used) > max(g.quantity_granted);

SELECT 'coupon over its limit' AS invariant, o.id AS record, sum(u.amount)::text AS detail
  FROM cloud_coupon o
  JOIN cloud_coupon_use u ON u.coupon_id = o.id
  JOIN cloud_rated_line r ON r.id = u.rated_line_id
  JOIN cloud_charge c ON c.id = r.charge_id AND c.state <> 'voided'
 WHERE o.amount_limit > 0
 GROUP BY o.id
HAVING sum(u.amount) > o.amount_limit;

-- Two different people.
SELECT 'approved by its maker' AS invariant, v.id AS record, v.person_id::text AS detail
  FROM cloud_change_vote v
  JOIN cloud_change_request q ON q.id = v.request_id
 WHERE v.person_id = q.requester_person_id OR v.user_id = q.requester_id;

SELECT 'one person on two levels' AS invariant, min(v.id) AS record, v.person_id::text AS detail
  FROM cloud_change_vote v
 GROUP BY v.request_id, v.round, v.person_id
HAVING count(*) > 1;

SELECT 'posted without approval' AS invariant, n.id AS record, n.state AS detail
  FROM cloud_bill_run n
  LEFT JOIN cloud_change_request q ON q.id = n.request_id AND q.state = 'applied'
 WHERE n.state IN ('approved', 'posting', 'posted', 'closed') AND q.id IS NULL;

-- A price is used on the days it holds.
SELECT 'price before its version' AS invariant, r.id AS record, v.date_start::text AS detail
  FROM cloud_rated_line r
  JOIN cloud_price_plan_version v ON v.id = r.version_id
 WHERE r.service_start < v.date_start AND r.contract_rate_id IS NULL;

SELECT 'price outside its days' AS invariant, r.id AS record, concat_ws(' ', p.date_start, p.date_end) AS detail
  FROM cloud_rated_line r
  JOIN cloud_price_rule p ON p.id = r.rule_id
 WHERE (p.date_start IS NOT NULL AND r.service_start < p.date_start)
    OR (p.date_end IS NOT NULL AND r.service_end > p.date_end);
