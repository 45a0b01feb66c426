"""Measured in an Odoo process, see tools/bench.py: approved bills to posted invoices, and plain Odoo's same ones."""

import time
from functools import partial

import bench_data
from odoo.service.model import retrying

BATCH = 25
LINES_PER_INVOICE = 5


def post(env, rounds):
    """Milliseconds per invoice of four ways, by rounds: ours and plain Odoo's, one at a time and in batches of 25.

    The first round warms the process up and is not given.
    """
    env = bench_data.start_as_person(env)
    run = _make_approved_run(env, 2 * BATCH * (rounds + 1))
    ways = {
        "ours_single": partial(_post_ours, run, 1),
        "plain_single": partial(_post_plain, 1),
        "ours_batch": partial(_post_ours, run, BATCH),
        "plain_batch": partial(_post_plain, BATCH),
    }
    times = {name: [] for name in ways}
    for _round in range(rounds + 1):
        # The values before the bills are posted: afterwards there would be no lines to invoice.
        waiting = run._get_waiting().sorted("id")[:BATCH]
        values = [_get_plain_values(bill) for bill in waiting]
        env.cr.commit()
        for name, way in ways.items():
            start = time.perf_counter()
            way(*([] if name.startswith("ours") else [env, values]))
            times[name].append(1000 * (time.perf_counter() - start) / BATCH)
    posted = run.bill_ids.filtered(lambda bill: bill.state == "posted")
    if len(posted) != 2 * BATCH * (rounds + 1):
        raise RuntimeError(f"{len(posted)} bills are posted: {run.bill_ids.filtered('error')[:1].error}")
    return {name: milliseconds[1:] for name, milliseconds in times.items()}


def _make_approved_run(env, count):
    """A run whose bills have five lines each, approved, told to post."""
    products = [bench_data.make_product(env, f"Fee {number}", "recurring") for number in range(LINES_PER_INVOICE)]
    rules = [{"product_id": product.id, "unit_price": "12.34"} for product in products]
    plan = bench_data.make_plan(env, rules)
    bench_data.make_subscriptions(env, plan, products, count)
    env.company._set_cloud_live("solo", "Measured")
    run = bench_data.make_run(env)
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    run.action_rate()
    env.cr.commit()
    if run.state == "rating":
        bench_data.run_action(env, run, "cron_rate_runs", "rating")
    run.bill_ids.filtered(lambda bill: bill.state == "look").action_release("Measured")
    run.action_submit()
    if run.state != "approved":
        raise RuntimeError(f"{run.name} is {run.state}")
    run._check_postable()
    run._set_state("posting")
    env.cr.commit()
    return run


def _post_ours(run, batch):
    """Post 25 bills as the scheduled action does: claimed by writing, then posted, `batch` to a transaction."""
    from odoo.addons.cloud_billing.models.billing.bill import cloud_bill_posting

    Bill = run.env["cloud.bill"]
    usual, cloud_bill_posting.BATCH = cloud_bill_posting.BATCH, batch
    try:
        for _transaction in range(BATCH // batch):
            bills = retrying(partial(Bill._claim, run), run.env)
            bills._post_claimed(bills[0].claim_token)
    finally:
        cloud_bill_posting.BATCH = usual


def _post_plain(batch, env, values):
    """Create and post the same invoices with nothing of ours, `batch` to a transaction."""
    for start in range(0, len(values), batch):
        env["account.move"].create(values[start : start + batch])._post(soft=False)
        env.cr.commit()


def _get_plain_values(bill):
    """The values of a bill's invoice without the fields that are ours."""
    values = _without_ours(bill._prepare_move_vals())
    lines = [(command, key, _without_ours(line)) for command, key, line in values["invoice_line_ids"]]
    return {**values, "invoice_line_ids": lines}


def _without_ours(values):
    return {name: value for name, value in values.items() if not name.startswith("cloud_")}
