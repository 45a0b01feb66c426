"""Measured in an Odoo process, see tools/bench.py: a year rehearsed at other prices, beside the year's twelve runs."""

import time
from datetime import date

import bench_data
import bench_rating

MONTHS = [date(2025, number, 1) for number in range(1, 13)]
NEW_YEAR = date(2026, 1, 1)


def rehearse(env, rows, lines):
    """Seconds of twelve runs from their drafts to their last rated lines, and of the rehearsal of what they billed.

    rows: of each month. Raises RuntimeError unless the rehearsal has rated every charge of the runs.
    """
    env = bench_data.start_as_person(env)
    plan = bench_rating.make_agreements_and_usage(env, rows, lines, MONTHS)
    runs = [_run(env, cutoff) for cutoff in (*MONTHS[1:], NEW_YEAR)]
    rehearsal = env["cloud.price.rehearsal"].create({"version_id": _propose(env, plan).id, "period_count": len(MONTHS)})
    env.cr.commit()
    start = time.perf_counter()
    rehearsal.action_start()
    env.cr.commit()
    # superuser: the schedule works for every company.
    while rehearsal.sudo()._work_locked():
        env.cr.commit()
    env.cr.commit()
    seconds = time.perf_counter() - start
    charges = env["cloud.charge"].search_count([])
    if rehearsal.state != "done" or not rehearsal.rated_count == charges == lines * len(MONTHS):
        raise RuntimeError(f"{rehearsal.state}: {rehearsal.rated_count} of {charges} charges: {rehearsal.error}")
    return {"runs": sum(runs), "rehearsal": seconds, "charges": charges}


def _run(env, cutoff):
    """Seconds to rate one month; its charges are billed afterwards, as far as the next months look at them."""
    run = bench_data.make_run(env, cutoff)
    env.cr.commit()
    seconds = bench_rating.time_rating(env, run)["rating"]
    env.cr.execute("UPDATE cloud_charge SET state = 'billed' WHERE run_id = %s", [run.id])
    env.cr.commit()
    env.invalidate_all()
    return seconds


def _propose(env, plan):
    """A draft of the same ladders at another first price, from the new year on."""
    products = plan.version_ids.rule_ids.product_id
    rules = [(0, 0, rule) for rule in bench_rating.get_rules(products, "0.025")]
    return env["cloud.price.plan.version"].create(
        {"name": "2026", "plan_id": plan.id, "date_start": NEW_YEAR, "rule_ids": rules}
    )
