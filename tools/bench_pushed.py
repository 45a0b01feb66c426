"""Measured in an Odoo process, see tools/bench_push.py: a source to push to, and the number of what was pushed."""

import time

from odoo import fields


def prepare(env):
    """A source that takes events, with its user; its id and an API key."""
    company = env.ref("base.main_company")
    user = env["res.users"].create(
        {
            "name": "Sender",
            "login": "sender",
            "company_id": company.id,
            "company_ids": [(6, 0, company.ids)],
            "group_ids": [(6, 0, env.ref("cloud_billing.group_integration").ids)],
        }
    )
    source = env["cloud.usage.source"].create(
        {
            "name": "Measured",
            "company_id": company.id,
            "reader": "csv",
            "takes_push": True,
            "push_user_id": user.id,
            "push_rate": 0,
        }
    )
    key = source._make_push_key("address", 1, fields.Datetime.now())
    env.cr.commit()
    return {"source_id": source.id, "key": key}


def publish(env, events):
    """Seconds until what was pushed has its number. Raises RuntimeError unless every event is there once."""
    imports = env["cloud.usage.import"].search([("is_push", "=", True)])
    start = time.perf_counter()
    imports.action_count_now()
    env.cr.commit()
    env.ref("cloud_billing.cron_import_usage").method_direct_trigger()
    seconds = time.perf_counter() - start
    env.cr.rollback()
    env.invalidate_all()
    found = [(one.state, one.rows_accepted) for one in imports]
    if found != [("imported", events)]:
        raise RuntimeError(f"of {events} events there are: {found}, {imports.mapped('error')}")
    env.cr.execute("SELECT pg_total_relation_size('cloud_push_batch')")
    return {"publish": seconds, "batches": len(imports.batch_ids)}
