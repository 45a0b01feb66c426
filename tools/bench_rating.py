"""Measured in an Odoo process, see tools/bench.py: a month's usage to rated lines and bills, and their bare floor."""

import sys
import time
from pathlib import Path

import bench_data

ROWS = "cloud_billing_usage.usage_row"
LINES_PER_CUSTOMER = 10
FLOOR = "bench_floor"


def prepare(env, rows, lines):
    """Customers with ten metered lines each at a graduated price, and a delivered month of usage rows, made by SQL."""
    make_agreements_and_usage(bench_data.start_as_person(env), rows, lines, [bench_data.MONTH])
    return {}


def make_agreements_and_usage(env, rows, lines, months, per_customer=LINES_PER_CUSTOMER):
    """The agreements from the first of the months on, and in each month so many usage rows. Returns the plan."""
    meter = env["cloud.meter"].create({"name": "Storage", "code": "bench_storage", "unit": "GB", "company_id": False})
    products = [
        bench_data.make_product(env, f"Storage {number}", "metered", meter) for number in range(1, per_customer + 1)
    ]
    plan = bench_data.make_plan(env, get_rules(products, "0.023"), date_start=months[0].replace(month=1))
    line_ids = bench_data.make_subscriptions(env, plan, products, lines // per_customer, months[0])
    streams = _make_streams(env, line_ids)
    for month in months:
        usage_import, delivery = _make_delivery(env, streams.source_id, month)
        _insert_rows(env, rows, streams.ids, usage_import, delivery)
        env["cloud.usage.store"].sudo()._summarise(usage_import)
        _publish(env, usage_import, delivery)
    env.cr.commit()
    # A server that runs for a day has these statistics by itself.
    env.cr.execute("ANALYZE")
    env.cr.commit()
    return plan


def get_rules(products, first_price):
    """Values of a ladder of three tiers for each product."""
    tiers = [(0, 0, {"up_to": bound, "unit_price": price or first_price}) for bound, price in _get_tiers()]
    return [{"product_id": product.id, "charge_model": "graduated", "tier_ids": tiers} for product in products]


def rate(env, rows, helper=None):
    """Seconds from a draft run to the last rated line, and of the bills after it.

    helper: a file that a second rater makes when it is ready, see `help_to_rate`; without one, one process rates.
    Raises RuntimeError unless every usage row is behind a rated line.
    """
    env = bench_data.start_as_person(env)
    run = bench_data.make_run(env)
    env.ref("cloud_billing.cron_rate_runs_too").sudo().active = bool(helper)
    env.cr.commit()
    if helper:
        # So that few lines are shared too, instead of being rated at once.
        rating = sys.modules["odoo.addons.cloud_billing.models.billing.run.cloud_bill_run_rating"]
        rating.SMALL = min(rating.SMALL, rows // 200)
        _wait_until(Path(helper).exists)
    times = time_rating(env, run)
    env.cr.execute(
        "SELECT COUNT(*), SUM(row_count),"
        " AVG(length(workings::text) + length(statement::text))::int FROM cloud_rated_line"
    )
    lines, counted, size = env.cr.fetchone()
    if counted != rows:
        raise RuntimeError(f"{counted} of {rows} usage rows are rated: {run.bill_ids[:1].reason_text}")
    return {**times, "lines": lines, "bytes": size, "bill_count": len(run.bill_ids)}


def help_to_rate(env, helper):
    """The second rater: say by a file that it is ready, wait for a run, rate, and leave its end to the first one."""
    Path(helper).unlink(missing_ok=True)
    Run = env.registry["cloud.bill.run"]
    Run._write_claim = lambda self: self.browse()
    Path(helper).touch()

    def is_there():
        env.cr.rollback()
        env.cr.execute("SELECT 1 FROM cloud_bill_run WHERE state = 'rating'")
        return env.cr.fetchone()

    _wait_until(is_there)
    env.cr.rollback()
    env.ref("cloud_billing.cron_rate_runs_too").sudo().method_direct_trigger()
    return {}


def _wait_until(is_so):
    end = time.monotonic() + 300
    while not is_so():
        if time.monotonic() > end:
            raise RuntimeError("The other process never came so far.")
        time.sleep(0.005)


def time_rating(env, run):
    """Seconds that a draft run takes: due, to find what is due; rating, to its last rated line; bills, after that."""
    moments = []
    Run = env.registry["cloud.bill.run"]
    finish = Run._finish_rating

    def finish_later(self):
        moments.append(time.perf_counter())
        return finish(self)

    Run._finish_rating = finish_later
    try:
        start = time.perf_counter()
        run.action_rate()
        env.cr.commit()
        due = time.perf_counter()
        if run.state == "rating":
            bench_data.run_action(env, run, "cron_rate_runs", "rating")
        end = time.perf_counter()
    finally:
        Run._finish_rating = finish
    return {"due": due - start, "rating": moments[-1] - start, "bills": end - moments[-1]}


def measure_floor(env, folder):
    """Seconds of a bare GROUP BY of the rows and a bare COPY of the rated lines with their workings.

    group: the GROUP BY. floor: both, into a table that has a primary key and nothing else. floor_indexed: both, into
    one with the indexes, checks and foreign keys that ours has.
    """
    env.cr.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = 'cloud_rated_line'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    columns = env.cr.fetchone()[0]
    text = Path(folder) / f"{env.cr.dbname}.copy"
    with open(text, "wb") as file:
        env.cr.copy_expert(f"COPY (SELECT {columns} FROM cloud_rated_line ORDER BY id) TO STDOUT", file)
    env.cr.execute(f"CREATE TABLE {FLOOR} (LIKE cloud_rated_line INCLUDING DEFAULTS, PRIMARY KEY (id))")
    env.cr.execute(f"CREATE TABLE {FLOOR}_indexed (LIKE cloud_rated_line INCLUDING ALL)")
    env.cr.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'cloud_rated_line'::regclass"
        " AND contype = 'f'"
    )
    for (foreign_key,) in env.cr.fetchall():
        env.cr.execute(f"ALTER TABLE {FLOOR}_indexed ADD {foreign_key}")
    env.cr.commit()
    start = time.perf_counter()
    env.cr.execute(
        "SELECT stream_id, SUM(quantity)::text, SUM(cost_billed)::text, SUM(cost_effective)::text,"
        f" SUM(cost_list)::text, SUM(cost_contracted)::text, COUNT(*) FROM {ROWS} GROUP BY stream_id"
    )
    env.cr.fetchall()
    group = time.perf_counter() - start
    copied = [_time_copy(env, text, table, columns) for table in (FLOOR, f"{FLOOR}_indexed")]
    text.unlink()
    return {"group": group, "floor": group + copied[0], "floor_indexed": group + copied[1]}


def _time_copy(env, path, table, columns):
    start = time.perf_counter()
    with open(path, "rb") as file:
        env.cr.copy_expert(f"COPY {table} ({columns}) FROM STDIN", file, 1024 * 1024)
    env.cr.commit()
    return time.perf_counter() - start


def _get_tiers():
    """(last unit of the tier or none, unit price or none: the one that is measured with) of three tiers."""
    return (("1000", None), ("20000", "0.021"), (None, "0.0195"))


def _make_streams(env, line_ids):
    """A stream for every line, mapped to it."""
    # superuser: streams, imports and deliveries are made by the import, which no person is.
    env = env(su=True)
    company = env.company
    source = env["cloud.usage.source"].create({"name": "Measured", "company_id": company.id, "reader": "focus"})
    stream = env["cloud.usage.stream"].create(
        {
            "source_id": source.id,
            "company_id": company.id,
            "identity_hash": "0",
            "provider": "Nimbus",
            "provider_account": "payer",
            "sub_account": "0",
            "service": "Storage",
            "charge_kind": "usage",
            "unit": "GB",
            "currency": company.currency_id.name,
            "policy": "bill",
        }
    )
    mapping = env["cloud.usage.mapping"].create({"stream_id": stream.id, "subscription_line_id": line_ids[0]})
    more = len(line_ids) - 1
    stream_ids = bench_data.copy_rows(env, stream, more, identity_hash="n::text", sub_account="n::text")
    lines = bench_data.nth(line_ids[1:])
    customer = f"(SELECT customer_id FROM cloud_subscription_line WHERE id = {lines})"
    bench_data.copy_rows(
        env,
        mapping,
        more,
        stream_id=bench_data.nth(stream_ids),
        subscription_line_id=lines,
        customer_id=customer,
    )
    env.invalidate_all()
    streams = stream.browse([stream.id, *stream_ids])
    env["cloud.usage.store"]._reassign(streams)
    return streams


def _make_delivery(env, source, month):
    """(usage import, delivery) of one month, not published yet."""
    # superuser: as in _make_streams.
    env = env(su=True)
    usage_import = env["cloud.usage.import"].create({"source_id": source.id, "name": f"Measured {month}"})
    delivery = env["cloud.usage.delivery"].create(
        {
            "import_id": usage_import.id,
            "source_id": source.id,
            "company_id": env.company.id,
            "is_snapshot": True,
            "provider_account": "payer",
            "billing_month": month,
            "superseded_number": 0,
        }
    )
    return usage_import, delivery


def _publish(env, usage_import, delivery):
    """Give the import its number, last: from then on a delivery never changes."""
    # superuser: as in _make_streams.
    usage_import, delivery = usage_import.sudo(), delivery.sudo()
    number = env["cloud.usage.store"].sudo()._take_number(usage_import.company_id)
    usage_import.write({"state": "imported", "import_number": number})
    delivery.write({"import_number": number})


def _insert_rows(env, rows, stream_ids, usage_import, delivery):
    """Rows in the order of a provider's file by hour: those of one stream lie far apart."""
    env.flush_all()
    stream = bench_data.nth(stream_ids, f"1 + n %% {len(stream_ids)}")
    env.cr.execute(
        f"""
        INSERT INTO {ROWS} (
            source_id, scope, row_key, payload_hash, import_id, delivery_id, stream_id, file_sequence, row_no,
            service_start, service_end, billing_month, quantity, cost_billed, cost_effective, cost_list,
            cost_contracted, resource, tags
        )
             SELECT %(source_id)s, %(import_id)s, decode(md5(n::text), 'hex'), '', %(import_id)s, %(delivery_id)s,
                    {stream}, 1, n + 1, moment, moment + interval '1 hour', %(month)s, quantity, quantity * 0.0172,
                    quantity * 0.0172, quantity * 0.0215, quantity * 0.0198, 'volume-' || n %% 997,
                    '{{"ResourceName":"volume","tags":{{"team":"web","environment":"prod"}}}}'
               FROM (SELECT n,
                            %(month)s::timestamp + (n * 743 / %(rows)s) * interval '1 hour' AS moment,
                            ((n * 7919::bigint) %% 1000003)::numeric / 1000 AS quantity
                       FROM generate_series(1, %(rows)s::bigint) n) x
        """,
        {
            "rows": rows,
            "source_id": usage_import.source_id.id,
            "import_id": usage_import.id,
            "delivery_id": delivery.id,
            "month": delivery.billing_month,
        },
    )
