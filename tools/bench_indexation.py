"""Measured in an Odoo process, see tools/bench.py: a proposal of new prices for many contracts, found, agreed, told."""

import time
from datetime import date

import bench_data


def index(env, count):
    """Seconds and statements of finding `count` contracts with their prices, of their new prices, and of letters.

    Raises RuntimeError unless every contract has its price and its letter.
    """
    env = bench_data.start_as_person(env)
    product = bench_data.make_product(env, "Support", "recurring")
    plan = bench_data.make_plan(env, [{"product_id": product.id, "unit_price": "100.00"}])
    bench_data.make_subscriptions(env, plan, [product], count)
    proposal = env["cloud.indexation"].create(
        {"name": "Indexation", "company_id": env.company.id, "percent": "3", "date_from": date(2027, 6, 1)}
    )
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    answer = {}
    for name, work in (
        ("find", proposal.action_find),
        ("agree", proposal.action_approve_directly),
        ("letters", proposal._make_notices),
    ):
        env.invalidate_all()
        before, start = env.cr.sql_log_count, time.perf_counter()
        work()
        env.cr.commit()
        answer[name], answer[f"{name}_statements"] = time.perf_counter() - start, env.cr.sql_log_count - before
    rates = env["cloud.contract.rate"].search_count([("indexation_id", "=", proposal.id), ("state", "=", "approved")])
    if rates != count or len(proposal.notice_ids) != count:
        raise RuntimeError(f"{rates} prices and {len(proposal.notice_ids)} letters for {count} contracts")
    return answer
