"""Measured in an Odoo process, see tools/bench.py: a month's end of many fees that nobody has charged yet."""

import time
from datetime import date

import bench_data

LINES = 2


def close(env, count):
    """Seconds, seconds of this process's processor, and statements of computing a month's end of `count` lines, and of
    what it posts.

    Raises RuntimeError unless every line of a contract has its line and every entry its reversal.
    """
    env = bench_data.start_as_person(env)
    company = env.company
    accounts = {}
    for name, code, kind in (
        ("cloud_accrued_income_account_id", "180990", "asset_current"),
        ("cloud_deferred_account_id", "280990", "liability_current"),
    ):
        values = {"code": code, "name": name, "account_type": kind, "company_ids": [(6, 0, company.ids)]}
        accounts[name] = env["account.account"].create(values).id
    journal = env["account.journal"].create({"name": "Month ends", "code": "MEND", "type": "general"})
    company.write({**accounts, "cloud_closing_journal_id": journal.id})
    products = [bench_data.make_product(env, f"Support {n}", "recurring") for n in range(LINES)]
    plan = bench_data.make_plan(env, [{"product_id": product.id, "unit_price": "31.00"} for product in products])
    bench_data.make_subscriptions(env, plan, products, count // LINES)
    closing = env["cloud.closing"].create({"date_end": date(2026, 3, 31)})
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    answer = {}
    for name, work in (("compute", closing.action_compute), ("entry", closing._post_entries)):
        env.invalidate_all()
        before, start, used = env.cr.sql_log_count, time.perf_counter(), time.process_time()
        work()
        env.cr.flush()
        answer[name], answer[f"{name}_statements"] = time.perf_counter() - start, env.cr.sql_log_count - before
        answer[f"{name}_processor"] = time.process_time() - used
    found, entries = len(closing.line_ids), len(closing.move_ids)
    if (found, entries) != (count, 2):
        raise RuntimeError(f"{found} lines and {entries} entries for {count} lines of contracts")
    return answer
