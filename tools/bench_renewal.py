"""Measured in an Odoo process, see tools/bench.py: terms of many subscriptions that are renewed in one night."""

import time
from datetime import date

import bench_data
from odoo.tools import split_every

START, TODAY = date(2026, 1, 1), date(2026, 12, 2)
# As many as the scheduled action renews in one transaction.
BATCH = 1000


def renew(env, count):
    """Seconds and statements of finding the terms of `count` subscriptions that are due, and of renewing them.

    `batch_statements`: the most that one batch took. Raises RuntimeError unless each is renewed once.
    """
    env = bench_data.start_as_person(env)
    product = bench_data.make_product(env, "Support", "recurring")
    plan = bench_data.make_plan(env, [{"product_id": product.id, "unit_price": "100.00"}])
    lines = bench_data.make_subscriptions(env, plan, [product], count, date_start=START)
    subscriptions = env["cloud.subscription.line"].browse(lines).subscription_id
    Term = env["cloud.subscription.term"]
    for ids in split_every(BATCH, subscriptions.ids):
        # Twelve months with a month's notice, so notice was possible until the last day of November.
        Term.create([{"subscription_id": one, "date_start": START, "renewal_kind": "automatic"} for one in ids])
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    env.invalidate_all()
    count_before, start = env.cr.sql_log_count, time.perf_counter()
    due = env["cloud.subscription"]._get_terms_to_renew(TODAY)
    answer = {"find": time.perf_counter() - start, "find_statements": env.cr.sql_log_count - count_before}
    start, most = time.perf_counter(), 0
    for ids in split_every(BATCH, due.ids):
        before = env.cr.sql_log_count
        Term.browse(ids)._apply_renewal()
        env.cr.commit()
        most = max(most, env.cr.sql_log_count - before)
    answer |= {
        "renew": time.perf_counter() - start,
        "renew_statements": env.cr.sql_log_count - count_before - answer["find_statements"],
        "batch_statements": most,
    }
    renewed = Term.search_count([("previous_id", "!=", False), ("date_start", "=", date(2027, 1, 1))])
    if len(due) != count or renewed != count:
        raise RuntimeError(f"{len(due)} terms are due and {renewed} are renewed, of {count} subscriptions")
    return answer
