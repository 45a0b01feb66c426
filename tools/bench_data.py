"""In an Odoo process: agreements by the thousand, copied by SQL from one that the ORM has made."""

import time
from datetime import date

MONTH, NEXT_MONTH = date(2026, 3, 1), date(2026, 4, 1)


def start_as_person(env):
    """The environment of Odoo's administrator as an enrolled person with every role, in the main company."""
    user = env.ref("base.user_admin")
    for role in ("accountant", "price_manager", "operator", "administrator"):
        user.group_ids += env.ref(f"cloud_billing.group_{role}")
    if not user.cloud_person_id:
        user.cloud_person_id = env["cloud.person"].create({"name": "Measured"})
    return as_person(env)


def as_person(env):
    """The same environment where that person is made already: nothing is written, so several processes may ask."""
    company, user = env.ref("base.main_company"), env.ref("base.user_admin")
    return env(user=user.id, context={"allowed_company_ids": company.ids, "lang": "en_US"})


def make_plan(env, rules, date_start="2026-01-01"):
    """A price plan with one approved version; rules: dicts of values of cloud.price.rule."""
    currency = env.company.currency_id
    plan = env["cloud.price.plan"].create(
        {"name": "Measured", "company_id": env.company.id, "currency_id": currency.id}
    )
    version = env["cloud.price.plan.version"].create(
        {"name": "2026", "plan_id": plan.id, "date_start": date_start, "rule_ids": [(0, 0, rule) for rule in rules]}
    )
    version.action_approve_directly()
    return plan


def make_product(env, name, billing_model, meter=None):
    """A service of that billing model, with the income account and the taxes that Odoo proposes."""
    values = {"name": name, "type": "service", "cloud_billing_model": billing_model}
    return env["product.product"].create({**values, "cloud_meter_id": meter.id if meter else False})


def make_subscriptions(env, plan, products, count, date_start=MONTH):
    """`count` customers with an active subscription each from a day on, one line per product.

    Returns ids of their lines: those of the first subscription first.
    """
    partner = env["res.partner"].create({"name": "Customer 0", "email": "customer@example.com"})
    customer = env["cloud.customer"].create(
        {
            "partner_id": partner.id,
            "company_id": env.company.id,
            "currency_id": env.company.currency_id.id,
            "tz": "Europe/Amsterdam",
        }
    )
    lines = [(0, 0, {"product_id": product.id, "name": product.name}) for product in products]
    subscription = env["cloud.subscription"].create(
        {"customer_id": customer.id, "plan_id": plan.id, "date_start": date_start, "line_ids": lines}
    )
    subscription.action_activate()
    more, name = count - 1, "'Customer ' || n"
    partners = copy_rows(env, partner, more, name=name, complete_name=name)
    env.cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)", [partners])
    customers = copy_rows(env, customer, more, name=name, partner_id=nth(partners))
    env.cr.execute("UPDATE cloud_customer SET parent_path = id || '/' WHERE id = ANY(%s)", [customers])
    subscriptions = copy_rows(env, subscription, more, name="'S' || n", customer_id=nth(customers))
    ids = [
        copy_rows(env, line, more, subscription_id=nth(subscriptions), customer_id=nth(customers))
        for line in subscription.line_ids
    ]
    env.invalidate_all()
    return [*subscription.line_ids.ids, *(line_id for lines in zip(*ids, strict=True) for line_id in lines)]


def make_run(env, cutoff=NEXT_MONTH):
    """A bill run of the month before a day, in draft."""
    day = cutoff.isoformat()
    dates = {"cutoff_date": day, "invoice_date": day, "accounting_date": day}
    return env["cloud.bill.run"].create({"company_id": env.company.id, **dates})


def run_action(env, run, name, state):
    """Let the scheduled action work until the run leaves `state`. Raises RuntimeError when it stops getting on."""
    for _attempt in range(1000):
        env.ref(f"cloud_billing.{name}").sudo().method_direct_trigger()
        env.cr.rollback()
        env.invalidate_all()
        if run.state != state:
            return
        # Somebody else may be at the last share of it.
        time.sleep(0.01)
    raise RuntimeError(f"{run.name} is still {run.state}: {run.error}")


def copy_rows(env, record, count, **changes):
    """Copy one stored record `count` times by one statement; returns the ids, in order.

    changes: {column: SQL}, in which n counts from 1.
    """
    env.flush_all()
    env.cr.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attname <> 'id'",
        [record._table],
    )
    columns = [column for (column,) in env.cr.fetchall()]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changes.get(column, f't."{column}"') for column in columns)
    env.cr.execute(
        f"INSERT INTO {record._table} ({names}) SELECT {values} FROM {record._table} t, generate_series(1, {count}) n"
        f" WHERE t.id = {record.id} ORDER BY n RETURNING id"
    )
    return [row_id for (row_id,) in env.cr.fetchall()]


def nth(ids, position="n"):
    """SQL of the id at a position, from 1."""
    return f"('{{{','.join(map(str, ids))}}}'::int[])[{position}]"
