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


def look(env, subscriptions, rounds):
    """{what: (seconds of each round, statements)} of the list of subscriptions and its filters; first one warms up."""
    env = bench_data.start_as_person(env)
    products = [bench_data.make_product(env, f"Fee {number}", "recurring") for number in range(PRODUCTS)]
    products.append(bench_data.make_product(env, "Fee without a price", "recurring"))
    plan = bench_data.make_plan(env, [{"product_id": product.id, "unit_price": "12.34"} for product in products[:-1]])
    bench_data.make_subscriptions(env, plan, products[:-1], subscriptions - 1)
    bench_data.make_subscriptions(env, plan, products[-1:], 1)
    env.cr.commit()
    env.cr.execute("ANALYZE")
    found = {}
    for name, act in {
        "a page of 80 with their fees": lambda model: model.search([], limit=80).mapped("fees_text"),
        "the filter Missing Prices": lambda model: _find(model, [("is_price_missing", "=", True)], 1),
        "the filter No Usage Last Month": lambda model: _find(model, [("is_unused_last_month", "=", True)], 0),
    }.items():
        seconds = []
        for _round in range(rounds + 1):
            env.invalidate_all()
            count, start = env.cr.sql_log_count, time.perf_counter()
            act(env["cloud.subscription"])
            seconds.append(time.perf_counter() - start)
        found[name] = (seconds[1:], env.cr.sql_log_count - count)
    return found


def _find(model, domain, count):
    found = model.search_count(domain)
    if found != count:
        raise RuntimeError(f"{domain} finds {found}, not {count}")
