"""Measured in an Odoo process, see tools/bench.py: what the record costs, and how fast it is searched and verified."""

import time
from contextlib import ExitStack
from datetime import timedelta
from unittest.mock import patch

import bench_data
import bench_import
import bench_month
from odoo import fields

_TABLE, _SEALS = "cloud_billing_audit.audit_event", "cloud_billing_audit.audit_seal"
ROUNDS = 300
SEALED = 20_000
# A year of what people and schedules do: two hundred logins, forty kinds, a hundred thousand records.
_FILL = f"""
INSERT INTO {_TABLE} (occurred_at, company_id, user_id, user_login, person_name, action, res_model, res_id, res_name,
                      detail, reason, changes, origin, address)
SELECT now() AT TIME ZONE 'UTC' - interval '365 days' * (1 - n / %(rows)s::float),
       %(company)s, 100 + n %% 200, 'login' || n %% 200 || '@example.com', 'Person ' || n %% 200,
       (%(actions)s::text[])[1 + n %% cardinality(%(actions)s::text[])],
       (ARRAY['res.partner', 'cloud.subscription', 'cloud.price.rule', 'account.move'])[1 + n %% 4],
       n %% 100000, 'Customer ' || n %% 100000 || ' Ltd', jsonb_build_object('n', n), NULL,
       jsonb_build_array(jsonb_build_object('field', 'name', 'label', 'Name', 'old', 'a' || n, 'new', 'b' || n)),
       'screen', '192.0.2.' || n %% 250
  FROM generate_series(1, %(rows)s) n
"""


def record(env):
    """Milliseconds per event: one to a call, a hundred to a call, and one without the program's mark."""
    env = bench_data.start_as_person(env)
    env["cloud.audit.sealer"]._seal_waiting()
    partners = env["res.partner"].create([{"name": f"Partner {number}"} for number in range(100)])
    partners.mapped("display_name")
    env.flush_all()
    events = env["cloud.audit.event"]
    changes = [{"field": "name", "label": "Name", "old": "a", "new": "b"}]
    unmarked = patch.object(type(events), "_make_mark", lambda self, row: None)
    times = {}
    for name, records, without in (
        ("single", partners[:1], None),
        ("many", partners, None),
        ("bare", partners[:1], unmarked),
    ):
        with without or ExitStack():
            start = time.perf_counter()
            for _round in range(ROUNDS if len(records) == 1 else ROUNDS // 100):
                events._record("settings", records, changes=changes)
            times[name] = 1000 * (time.perf_counter() - start) / ROUNDS
    env.cr.rollback()
    return times


def seal(env):
    """Seconds to seal and to verify twenty thousand events, and the most memory of the process before and after."""
    env = bench_data.start_as_person(env)
    env["cloud.audit.sealer"]._seal_waiting()
    records = env["res.partner"].create([{"name": f"Partner {number}"} for number in range(1000)])
    for _round in range(SEALED // 1000):
        env["cloud.audit.event"]._record("settings", records, detail={"n": 1})
    env.cr.commit()
    start = time.perf_counter()
    sealed = env["cloud.audit.sealer"]._seal_waiting()
    times = {"events": sealed, "seal": time.perf_counter() - start, "memory_before": bench_import.get_peak()}
    start = time.perf_counter()
    checks, _problem = env["cloud.audit.verification"]._check_for_print([])
    times["verify"] = time.perf_counter() - start
    if any(check.findings for check in checks.values()):
        raise RuntimeError("a clean chain was accused")
    return {**times, "memory": bench_import.get_peak()}


def fill(env, rows):
    """A table of so many events, as a year leaves them."""
    actions = env["cloud.audit.event"]._fields["action"].get_values(env)
    env.cr.execute(_FILL, {"rows": rows, "company": env.ref("base.main_company").id, "actions": actions})
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute(f"VACUUM ANALYZE {_TABLE}")
    env.cr._cnx.autocommit = False
    return {}


def search(env):
    """Seconds of each search as the screen makes it for an auditor: the first page and how many there are."""
    env.ref("base.user_admin").group_ids += env.ref("cloud_billing.group_auditor")
    env = bench_data.start_as_person(env)
    env.cr.commit()
    events = env["cloud.audit.event"]
    now = fields.Datetime.now()
    day, month = now - timedelta(days=100), now - timedelta(days=130)
    in_month = [("occurred_at", ">=", month), ("occurred_at", "<", month + timedelta(days=30))]
    domains = {
        "the first page": [],
        "a day": [("occurred_at", ">=", day), ("occurred_at", "<", day + timedelta(days=1))],
        "a month": in_month,
        "a record": [("res_model", "=", "cloud.subscription"), ("res_id", "=", 4321)],
        "a record's name, a part of it": [("res_name", "ilike", "omer 4321 ")],
        "a login": [("user_login", "=", "login77@example.com")],
        "a login, a part of it": [("user_login", "ilike", "login77@")],
        "a person, a part of it": [("person_name", "ilike", "person 77")],
        "a kind": [("action", "=", "role_changed")],
        "a kind within a month": [("action", "=", "role_changed"), *in_month],
        "nothing that is there": [("res_name", "ilike", "no such thing")],
    }  # fmt: skip
    specification = {name: {} for name in ("occurred_at", "user_login", "person_name", "action", "res_name", "reason")}
    times = {}
    for name, domain in domains.items():
        times[name] = _time(
            env, lambda domain=domain: events.web_search_read(domain, specification, limit=80, count_limit=10001)
        )
    for group in ("action", "person_name", "occurred_at:month"):
        times[f"all, grouped by {group}"] = _time(env, lambda group=group: events._read_group([], [group], ["__count"]))
    return times


def _time(env, call):
    env.invalidate_all()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def run_month(env):
    """Seconds of a whole run, and of them what guards and events take, in Python and in triggers."""
    env["cloud.audit.sealer"]._seal_waiting()
    env.cr.execute(f'ALTER DATABASE "{env.cr.dbname}" SET track_functions = pl')
    env.cr.execute("SET track_functions = pl")
    env.cr.commit()
    spent = _Spent()
    with spent.watching():
        times = bench_month.approve(env)
        times.update(bench_month.post(env))
    total = sum(times[part] for part in ("rating", "bills", "approval", "posting"))
    env.cr.execute("SELECT pg_stat_force_next_flush()")
    env.cr.commit()
    env.cr.execute("SELECT COALESCE(SUM(self_time), 0) FROM pg_stat_user_functions")
    triggers = env.cr.fetchone()[0] / 1000
    env.cr.execute(f"SELECT COUNT(*) FROM {_TABLE}")
    return {"total": total, "python": spent.seconds, "triggers": triggers, "events": env.cr.fetchone()[0]}


class _Spent:
    """Seconds in the methods that refuse, compare and record, those that call each other counted once."""

    def __init__(self):
        self.seconds, self._depth = 0, 0

    def watching(self):
        from odoo.addons.cloud_billing.models.control.cloud_protected_mixin import CloudProtectedMixin
        from odoo.addons.cloud_billing.models.record.base_tracking import Base
        from odoo.addons.cloud_billing.models.record.cloud_audit_event import CloudAuditEvent

        watched = (
            (CloudAuditEvent, ("_record", "_insert_rows", "_prepare_rows")),
            (Base, ("_get_audit_tracked", "_read_audit", "_record_audit", "_prepare_audit")),
            (
                CloudProtectedMixin,
                ("_get_protected_names", "_refuse_creation", "_refuse_if_protected", "_refuse_new_parent",
                 "_entering_approved", "_record_approved_alone"),
            ),
        )  # fmt: skip
        stack = ExitStack()
        for owner, names in watched:
            for name in names:
                stack.enter_context(patch.object(owner, name, self._wrap(getattr(owner, name))))
        return stack

    def _wrap(self, method):
        def timed(*arguments, **named):
            self._depth += 1
            start = time.perf_counter()
            try:
                return method(*arguments, **named)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.seconds += time.perf_counter() - start

        # What Odoo reads of a method: whether it takes records.
        timed.__dict__.update(method.__dict__)
        return timed
