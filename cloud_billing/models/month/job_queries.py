"""What runs in the background, as one query per kind: the columns of `cloud.job`, from the claims on the records.

A refused import is history after a month. `now()` is that of the transaction, in UTC.
"""

STATUS = """CASE WHEN {failed} THEN 'failed'
                     WHEN {claim} > (now() AT TIME ZONE 'UTC') THEN 'working'
                     ELSE 'waiting'
                END AS status"""

_IMPORT = """
    SELECT i.id * 16 + 1 AS id,
           i.name || ' · ' || u.name AS name,
           'import' AS kind,
           CASE WHEN i.state = 'refused' THEN 'failed'
                WHEN i.claim_until > (now() AT TIME ZONE 'UTC') THEN 'working'
                ELSE COALESCE((SELECT CASE WHEN h.kind = 'confirm' THEN 'failed' ELSE 'paused' END
                                 FROM cloud_usage_import_halt h
                                WHERE h.import_id = i.id), 'waiting')
           END AS status,
           i.company_id,
           NULL::integer AS customer_id,
           'cloud.usage.import' AS res_model,
           i.id AS res_id,
           i.attempts,
           i.write_date AS since,
           i.claim_until,
           i.error
      FROM cloud_usage_import i
      JOIN cloud_usage_source u ON u.id = i.source_id
     WHERE i.state IN ('queued', 'staging')
        OR i.state = 'refused' AND i.write_date > (now() AT TIME ZONE 'UTC') - interval '1 month'
"""

# A run that several raters share is claimed share by share: it works while one of them does.
_RATING = f"""
    SELECT r.id * 16 + 2,
           r.name,
           'rating',
           {STATUS.format(failed="c.attempts >= %(max_attempts)s AND r.error IS NOT NULL", claim="c.until")},
           r.company_id,
           NULL,
           'cloud.bill.run',
           r.id,
           c.attempts,
           r.write_date,
           c.until,
           r.error
      FROM cloud_bill_run r
 LEFT JOIN LATERAL (SELECT GREATEST(r.claim_until, MAX(s.claim_until)) AS until,
                           GREATEST(r.attempts, MAX(s.attempts)) AS attempts
                      FROM cloud_bill_run_share s
                     WHERE s.run_id = r.id
                       AND NOT s.is_done) c ON TRUE
     WHERE r.state = 'rating'
"""

_POSTING = f"""
    SELECT r.id * 16 + 3,
           r.name,
           'posting',
           {STATUS.format(failed="r.error IS NOT NULL", claim="c.until")},
           r.company_id,
           NULL,
           'cloud.bill.run',
           r.id,
           c.attempts,
           r.write_date,
           c.until,
           r.error
      FROM cloud_bill_run r
 LEFT JOIN LATERAL (SELECT MAX(b.claim_until) AS until, MAX(b.attempts) AS attempts
                      FROM cloud_bill b
                     WHERE b.run_id = r.id
                       AND b.state = 'ready') c ON TRUE
     WHERE r.state = 'posting'
"""

_BILL = """
    SELECT b.id * 16 + 4,
           r.name,
           'bill',
           'failed',
           b.company_id,
           b.customer_id,
           'cloud.bill',
           b.id,
           b.attempts,
           b.write_date,
           NULL,
           b.error
      FROM cloud_bill b
      JOIN cloud_bill_run r ON r.id = b.run_id
     WHERE b.state = 'parked'
"""

_UNDO = f"""
    SELECT u.id * 16 + 6,
           u.name,
           'undo',
           {STATUS.format(failed="FALSE", claim="c.until")},
           u.company_id,
           NULL,
           'cloud.undo',
           u.id,
           c.attempts,
           u.write_date,
           c.until,
           NULL
      FROM cloud_undo u
      JOIN LATERAL (SELECT COUNT(*) AS waiting, MAX(l.claim_until) AS until, MAX(l.attempts) AS attempts
                      FROM cloud_undo_line l
                     WHERE l.undo_id = u.id
                       AND l.state = 'planned'
                       AND l.is_planned) c ON c.waiting > 0
     WHERE u.state = 'approved'
"""

QUERIES = {
    "import": _IMPORT,
    "rating": _RATING,
    "posting": _POSTING,
    "bill": _BILL,
    "undo": _UNDO,
}
