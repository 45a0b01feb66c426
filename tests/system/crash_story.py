"""The story that is killed: usage comes in, is billed and posted, is restated and comes late, and is corrected.

Runs in an Odoo shell. `play` goes through the steps from where the database stands, so it can be started again after
any kill; what it does is what scheduled actions and one person do. Everything has a day of its own, no clock is read.
"""

import io
import json
import os
import signal
import sys
import time
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from crash_deliveries import CUSTOMERS, FIRST, SECOND
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.sql_db import Cursor

# ---- the company ----


def prepare(env, customers=CUSTOMERS):
    """A company that one person runs, its prices, customers with a fee, calls and resold costs each."""
    from odoo.addons.cloud_billing.models.control.cloud_protected_mixin import TOKEN

    company = env.ref("base.main_company")
    admin = env.ref("base.user_admin")
    for role in ("accountant", "price_manager", "administrator", "operator"):
        admin.group_ids += env.ref(f"cloud_billing.group_{role}")
    if not admin.cloud_person_id:
        admin.cloud_person_id = env["cloud.person"].create({"name": "Tester"})
    env = person(env)
    meters = {
        name: env["cloud.meter"].create({"name": name, "code": name.lower(), **vals})
        for name, vals in (("Calls", {"unit": "Call"}), ("Resale", {"basis": "cost_billed"}))
    }
    products = [
        env["product.product"].create({"name": name, "type": "service", "cloud_billing_model": model, **vals})
        for name, model, vals in (
            ("Fee", "recurring", {}),
            ("Calls", "metered", {"cloud_meter_id": meters["Calls"].id}),
            ("Resale", "metered", {"cloud_meter_id": meters["Resale"].id}),
        )
    ]
    fee, calls, resale = products
    plan = env["cloud.price.plan"].create({"name": "Prices", "company_id": company.id})
    tiers = [(0, 0, {"up_to": "500", "unit_price": "0.031"}), (0, 0, {"unit_price": "0.017"})]
    rules = [
        {"product_id": fee.id, "unit_price": "10.01"},
        {"product_id": calls.id, "charge_model": "graduated", "tier_ids": tiers},
        {"product_id": resale.id, "charge_model": "cost_plus", "percent": "12.5"},
    ]
    version = env["cloud.price.plan.version"].create(
        {"plan_id": plan.id, "name": "1", "date_start": "2026-01-01", "rule_ids": [(0, 0, rule) for rule in rules]}
    )
    version.action_approve_directly()
    for number in range(customers):
        partner = env["res.partner"].create({"name": f"Customer {number:02}"})
        customer = env["cloud.customer"].create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "tz": "Europe/Amsterdam",
            }
        )
        lines = [(0, 0, {"product_id": one.id, "name": one.name}) for one in products]
        env["cloud.subscription"].create(
            {"customer_id": customer.id, "plan_id": plan.id, "date_start": "2026-03-01", "line_ids": lines}
        ).action_activate()
    for name, reader in (("Calls", "csv"), ("Provider", "focus")):
        env["cloud.usage.source"].create({"name": name, "reader": reader, "company_id": company.id})
    env.flush_all()
    company.sudo()._write_protected({"cloud_billing_state": "solo"}, TOKEN)
    env.cr.commit()


def tell(*words):
    """A line for whoever started the process."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")


def person(env):
    """The environment of the one person; the scheduled actions work as the superuser, as they do in Odoo."""
    admin = env.ref("base.user_admin")
    return env(user=admin.id, context={"allowed_company_ids": env.ref("base.main_company").ids, "lang": "en_US"})


# ---- the steps ----


def bring_in(files, env):
    """Deliveries that wait are read by the scheduled action; then whatever is new is mapped by its account's number."""
    for name, source, content in files:
        if not env["cloud.usage.file"].search_count([("name", "=", name)]):
            source = env["cloud.usage.source"].search([("name", "=", source)])
            env["cloud.usage.import"]._create_with_files(source, [(name, io.BytesIO(content))])._enqueue()
    env.cr.commit()
    env["cloud.usage.importer"]._cron_import_usage()
    retrying(partial(map_streams, env), env)
    env.cr.commit()


def map_streams(env):
    mapped = env["cloud.usage.mapping"].search([]).stream_id
    for stream in env["cloud.usage.stream"].search([("id", "not in", mapped.ids)]):
        name = (
            f"Customer {stream.sub_account[-2:]}" if stream.sub_account else f"Customer {stream.provider_account[-2:]}"
        )
        product = "Resale" if stream.source_id.name == "Provider" else "Calls"
        line = env["cloud.subscription.line"].search(
            [("subscription_id.customer_id.name", "=", name), ("product_id.name", "=", product)]
        )
        env["cloud.usage.mapping"].create({"stream_id": stream.id, "subscription_line_id": line.id})


def is_in(files, env):
    """Whether all these files are imported and nothing of them lacks an owner."""
    states = env["cloud.usage.file"].search([("name", "in", [name for name, *_ in files])]).import_id.mapped("state")
    streams = env["cloud.usage.stream"].search_count([])
    return (
        len(states) == len(files)
        and set(states) == {"imported"}
        and env["cloud.usage.mapping"].search_count([]) == streams
    )


def runs(env):
    """The runs that were not cancelled, oldest first."""
    return env["cloud.bill.run"].search([("state", "!=", "cancelled")], order="id")


def rate(number, now, env):
    """The n-th run: made by the schedule of a day, and rated by the scheduled action."""
    if len(runs(env)) < number:
        retrying(partial(env["cloud.bill.run"]._create_due_run, env.company, now), env)
        env.cr.commit()
    env["cloud.bill.run"]._cron_rate_runs()


def approve(number, env):
    """A person releases what needs a look and submits; one who works alone agrees with himself, for all to see."""

    def act():
        run = runs(person(env))[number - 1]
        looks = run.bill_ids.filtered(lambda bill: bill.state == "look")
        if looks:
            looks.action_release("Seen")
        run.action_submit()
        run._set_state("posting")

    retrying(act, env)
    env.cr.commit()


def post(env):
    env["cloud.bill.run"]._cron_post_runs()


def is_run(number, states, env):
    found = runs(env)
    return len(found) >= number and found[number - 1].state in states


RATED = ("review", "approved", "posting", "posted")
APPROVED = ("approved", "posting", "posted")
# Name, what does it, whether it is done.
STEPS = (
    ("import", partial(bring_in, FIRST), partial(is_in, FIRST)),
    ("rate", partial(rate, 1, datetime(2026, 4, 1, 6)), partial(is_run, 1, RATED)),
    ("approve", partial(approve, 1), partial(is_run, 1, APPROVED)),
    ("post", post, partial(is_run, 1, ("posted",))),
    ("import late", partial(bring_in, SECOND), partial(is_in, SECOND)),
    ("correct", partial(rate, 2, datetime(2026, 5, 1, 6)), partial(is_run, 2, RATED)),
    ("approve correction", partial(approve, 2), partial(is_run, 2, APPROVED)),
    ("post correction", post, partial(is_run, 2, ("posted",))),
)


def play(env, name=None, kind=None, number=None):
    """Go through the steps that are not done. Killed in the step `name` at the n-th statement or commit, before or
    after it; without a name it goes to the end. Prints STEP lines with what each step took: statements, commits.
    """
    from odoo.addons.cloud_billing.models.billing.bill import cloud_bill_posting
    from odoo.addons.cloud_billing.models.billing.run import cloud_bill_run_rating

    # Small pieces, so that there are places between them.
    cloud_bill_run_rating.CHUNK = 10
    cloud_bill_posting.BATCH = 4
    for step, work, is_done in STEPS:
        for _try in range(5):
            env.cr.commit()
            env.invalidate_all()
            if is_done(env):
                break
            with counting(kind if step == name else None, number) as counts:
                work(env)
            tell("STEP", json.dumps([step, counts["statement"], counts["commit"]]))
        else:
            raise AssertionError(f"{step} does not come to its end")
    tell("END")


@contextmanager
def counting(kind, number):
    """Count statements and commits of this process; at the n-th of a kind the process kills itself with SIGKILL."""
    counts = {"statement": 0, "commit": 0}
    execute, commit = Cursor.execute, Cursor.commit

    def count(what):
        counts[what] += 1
        return counts[what]

    def die_at(when, what, place):
        if kind == f"{when} {what}" and place == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted_execute(self, *args, **kwargs):
        place = count("statement")
        die_at("before", "statement", place)
        result = execute(self, *args, **kwargs)
        die_at("after", "statement", place)
        return result

    def counted_commit(self):
        # What is still in memory is written first: then only COMMIT itself is missing.
        self.flush()
        # What a commit sets off may commit in its turn.
        place = count("commit")
        die_at("before", "commit", place)
        result = commit(self)
        die_at("after", "commit", place)
        return result

    Cursor.execute, Cursor.commit = counted_execute, counted_commit
    try:
        yield counts
    finally:
        Cursor.execute, Cursor.commit = execute, commit


# ---- many at once ----


def race(env, folder, worker, workers, rounds):
    """One of several processes that all close the same months, step by step at the same instant. Prints WON lines."""
    for number in range(1, rounds + 1):
        now = datetime(2026 + (number + 2) // 12, (number + 2) % 12 + 1, 1, 6)
        meet(folder, f"create {number}", worker, workers)
        if retrying(partial(env["cloud.bill.run"]._create_due_run, env.company, now), env):
            tell("WON create", number)
        env.cr.commit()
        env["cloud.bill.run"]._cron_rate_runs()
        env.cr.commit()
        meet(folder, f"approve {number}", worker, workers)
        env.invalidate_all()
        # Two people at once; of more of them each would wait for its turn to be told so.
        if (worker + number) % workers < 2:
            try:
                approve(number, env)
                tell("WON approve", number)
            except UserError:
                # Somebody else was first, and the person is told so.
                env.cr.rollback()
        meet(folder, f"post {number}", worker, workers)
        env.invalidate_all()
        post(env)
        env.cr.commit()
    tell("END")


def meet(folder, name, worker, workers):
    """Wait until all workers have come to the same place."""
    place = Path(folder)
    (place / f"{name} {worker}").touch()
    while len(list(place.glob(f"{name} *"))) < workers:
        time.sleep(0.02)


# ---- an import that a run overtakes ----


def import_slowly(env, folder, name, source, content):
    """Import a file, and wait before its number is taken until somebody makes a file `go` in the folder."""
    store = type(env["cloud.usage.store"])
    publish = store._publish

    def wait(self, *args, **kwargs):
        (Path(folder) / "staged").touch()
        while not (Path(folder) / "go").exists():
            time.sleep(0.01)
        return publish(self, *args, **kwargs)

    store._publish = wait
    bring_in([(name, source, content)], env)
    tell("END")


# ---- months in one go, and a customer that cannot be billed ----


def bill_month(env, number):
    """The n-th run from beginning to end: of what is due on the first day after March, April, ..."""
    rate(number, datetime(2026, 3 + number, 1, 6), env)
    env.cr.commit()
    approve(number, env)
    post(env)
    env.cr.commit()


def poison(env):
    """One customer whom Odoo cannot invoice: the account for what he owes is archived."""
    account = env["account.account"].create({"name": "Old", "code": "121999", "account_type": "asset_receivable"})
    partner = env["cloud.customer"].search([("name", "=", "Customer 07")]).partner_id
    partner.property_account_receivable_id = account
    account.active = False
    env.cr.commit()


def cure(env):
    """The account is there again, and a person takes up what was parked."""
    account = env["account.account"].with_context(active_test=False).search([("code", "=", "121999")])
    account.active = True
    env.cr.commit()
    runs(person(env)).action_retry_parked()
    env.cr.commit()
    post(env)
    env.cr.commit()
