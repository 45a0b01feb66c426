"""Measured in an Odoo process, see tools/bench.py: what the screens and the yearly work of contracts cost."""

import time
from datetime import datetime

import bench_data

NOW = datetime(2026, 3, 10, 12)
PRODUCTS = 5


def preview(env, subscriptions, rounds):
    """Seconds and statements of the next invoice of one of many subscriptions, by rounds; the first warms up."""
    env = bench_data.start_as_person(env)
    products = [bench_data.make_product(env, f"Fee {number}", "recurring") for number in range(PRODUCTS)]
    plan = bench_data.make_plan(env, [{"product_id": product.id, "unit_price": "12.34"} for product in products])
    lines = bench_data.make_subscriptions(env, plan, products, subscriptions)
    env.company._set_cloud_live("solo", "Measured")
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    chosen = env["cloud.subscription.line"].browse(lines[:: PRODUCTS * max(1, subscriptions // 50)]).subscription_id
    seconds, statements = [], []
    for number in range(rounds + 1):
        subscription = chosen[number % len(chosen)]
        env.invalidate_all()
        count, start = env.cr.sql_log_count, time.perf_counter()
        found = subscription._get_next_invoice(NOW)
        seconds.append(time.perf_counter() - start)
        statements.append(env.cr.sql_log_count - count)
        if len(found.bills) != 1 or len(found.bills[0].lines) != PRODUCTS:
            raise RuntimeError(f"{subscription.name} has no next invoice: {found}")
    return {"seconds": seconds[1:], "statements": max(statements[1:])}
