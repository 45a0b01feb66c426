"""Measured in an Odoo process, see tools/bench.py: what the screens and the yearly work of contracts cost."""

import time
from datetime import datetime

import bench_data

NOW = datetime(2026, 3, 10, 12)
PRODUCTS = 5


def preview(env, subscriptions, rounds):
    """Seconds and statements of the next invoice of one of many subscriptions, by rounds; the first warms up.

    proposed: of the invoice with a price that nobody agreed on yet, which is worked out without and with it.
    """
    env = bench_data.start_as_person(env)
    products = [bench_data.make_product(env, f"Fee {number}", "recurring") for number in range(PRODUCTS)]
    plan = bench_data.make_plan(env, [{"product_id": product.id, "unit_price": "12.34"} for product in products])
    lines = bench_data.make_subscriptions(env, plan, products, subscriptions)
    env.company._set_cloud_live("solo", "Measured")
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    chosen = env["cloud.subscription.line"].browse(lines[:: PRODUCTS * max(1, subscriptions // 50)]).subscription_id
    answer = {"seconds": [], "proposed_seconds": [], "statements": 0, "proposed_statements": 0}
    for number in range(rounds + 1):
        subscription = chosen[number % len(chosen)]
        rate = _propose(env, subscription)
        found, seconds, statements = _measure(env, lambda one=subscription: one._get_next_invoice(NOW))
        if len(found.bills) != 1 or len(found.bills[0].lines) != PRODUCTS:
            raise RuntimeError(f"{subscription.name} has no next invoice: {found}")
        (before, after), *proposed = _measure(
            env, lambda one=subscription, rate=rate: one._get_proposed_invoices(NOW, lambda: rate)
        )
        if before != found or before == after:
            raise RuntimeError(f"{subscription.name}: the proposed price changes nothing: {after}")
        # The first round warms up.
        if number:
            for name, (taken, count) in {"": (seconds, statements), "proposed_": proposed}.items():
                answer[f"{name}seconds"].append(taken)
                answer[f"{name}statements"] = max(count, answer[f"{name}statements"])
    return answer


def _propose(env, subscription):
    """A draft of ten percent off from the day on that is looked at."""
    rate = env["cloud.contract.rate"].create(
        {"subscription_id": subscription.id, "kind": "adjust", "percent": "-10", "date_start": NOW.date()}
    )
    env.flush_all()
    return rate


def _measure(env, work):
    """(what it returns, seconds, statements) of a function, with nothing in the cache."""
    env.invalidate_all()
    count, start = env.cr.sql_log_count, time.perf_counter()
    found = work()
    return found, time.perf_counter() - start, env.cr.sql_log_count - count


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
