"""The record in real processes: writers and sealers at once, an owner of the tables of its own, the command line."""

import re
import subprocess

import instance
import pytest
from common import ROOT
from odoo_scripts import ended

# Writes events in transactions that end in any order, some of them late, some rolled back.
WRITE = """
import random, time
from functools import partial
chance = random.Random({seed})
companies = env["res.company"].search([], order="id").ids
written = 0
for round_ in range({rounds}):
    for _ in range(chance.randrange(1, 6)):
        env["cloud.audit.event"]._record("settings", detail={{"n": round_}}, company=env["res.company"].browse(
            chance.choice(companies)))
    if chance.random() < 0.3:
        time.sleep(chance.random() / 10)
    if chance.random() < 0.2:
        env.cr.rollback()
    else:
        env.cr.commit()
print("WRITTEN")
"""
SEAL = """
import time
sealed = 0
for round_ in range({rounds}):
    sealed += env["cloud.audit.sealer"]._seal_waiting(wait={wait})
    time.sleep(0.01)
print("SEALED", sealed)
"""
VERIFY = """
for verification in env["cloud.audit.verification"]._verify(env.cr.now()):
    print("RESULT", verification.state, verification.sealed_count, verification.waiting_count, verification.result_text)
env.cr.commit()
"""
SEALS = """
SELECT count(*), count(DISTINCT event_id), (SELECT count(*) FROM cloud_billing_audit.audit_event)
  FROM cloud_billing_audit.audit_seal
"""
GAPS = """
SELECT company_id FROM cloud_billing_audit.audit_seal GROUP BY company_id HAVING max(seq) <> count(*)
"""


@pytest.fixture
def verify_command(odoo_env):
    """verify_command(database, *arguments) -> the finished process of `odoo-bin cloud_billing_verify`."""

    def run(database, *arguments):
        command = odoo_env.command("cloud_billing_verify", *arguments, database=database)
        [config] = [word.split("=", 1)[1] for word in command if word.startswith("--config=")]
        environ = {**odoo_env.environ, "ODOO_RC": config}
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False)

    return run


class TestWritersAndSealersAtOnce:
    def test_every_event_is_sealed_once_and_a_clean_chain_is_never_accused(self, odoo_env, database, script):
        name = database()
        ended(script(name, "env['res.company'].create({'name': 'Second'}); env.cr.commit(); print('MADE')"))
        writers = [script(name, WRITE.format(seed=seed, rounds=60)) for seed in (1, 2, 3)]
        # Two that wait for each other and one that leaves.
        sealers = [script(name, SEAL.format(rounds=60, wait=wait)) for wait in (True, True, False)]
        for process in writers:
            assert "WRITTEN" in ended(process)
        sealed = sum(int(re.search(r"SEALED (\d+)", ended(process))[1]) for process in sealers)
        assert sealed > 0
        told = ended(script(name, VERIFY))
        assert re.findall(r"RESULT (\w+)", told) == ["ok", "ok"], told
        [(seals, events_sealed, events)] = odoo_env.pg.sql(SEALS, name)
        # The verification's own events are not sealed yet.
        assert (int(seals), int(events_sealed)) == (int(events) - 2, int(events) - 2)
        assert odoo_env.pg.sql(GAPS, name) == []


class TestTheCommand:
    def test_it_says_in_order_altered_and_not_verified(self, odoo_env, database, script, verify_command, tmp_path):
        name = database()
        ended(script(name, WRITE.format(seed=4, rounds=5) + VERIFY))
        done = verify_command(name)
        assert (done.returncode, "ok" in done.stdout) == (0, True), done.stdout + done.stderr[-2000:]
        kept = tmp_path / "mail.txt"
        kept.write_text(ended(script(name, "print(env['cloud.audit.anchor']._get_text(env.company))")))
        assert verify_command(name, "--anchor", str(kept)).returncode == 0
        odoo_env.pg.sql(
            "SET session_replication_role = replica; UPDATE cloud_billing_audit.audit_event SET reason = 'other' "
            "WHERE id = (SELECT event_id FROM cloud_billing_audit.audit_seal ORDER BY seq DESC LIMIT 1)", name
        )  # fmt: skip
        done = verify_command(name)
        assert done.returncode == 1
        assert "was changed after it was sealed" in done.stdout
        odoo_env.pg.sql(
            "SET session_replication_role = replica; DELETE FROM cloud_billing_audit.audit_event e USING "
            "cloud_billing_audit.audit_seal s WHERE s.event_id = e.id AND s.seq > 2; "
            "DELETE FROM cloud_billing_audit.audit_seal WHERE seq > 2", name
        )  # fmt: skip
        assert verify_command(name).returncode == 0
        done = verify_command(name, "--anchor", str(kept))
        assert (done.returncode, "its end was cut off" in done.stdout) == (1, True), done.stdout
        (instance.DATA / "cloud_billing" / f"{name}.key").unlink()
        done = verify_command(name)
        assert (done.returncode, "is not there" in done.stdout) == (2, True), done.stdout


class TestASeparateOwnerOfTheTables:
    """The statements of the guide, run as they stand there, with a server's role that is no superuser."""

    def test_the_server_works_and_no_sql_of_its_own_gets_at_the_record(self, odoo_env, database, script):
        name = database()
        guide = (ROOT / "docs" / "control.md").read_text(encoding="utf-8")
        [statements] = re.findall(r"```sql\n(.*?)```", guide, re.DOTALL)
        ended(script(name, WRITE.format(seed=5, rounds=3)))
        role = f"odoo_{name}"
        sql = odoo_env.pg.sql
        sql(f"CREATE ROLE {role} LOGIN", name)
        try:
            own(sql, name, role)
            sql(re.sub(r"\bodoo\b", role, statements).replace("billing_audit_owner", f"owner_{name}"), name)
            code = f"env.cr.execute('SET SESSION AUTHORIZATION {role}')\n"
            told = ended(script(name, code + TRY.replace("{role}", role)))
            assert re.findall(r"REFUSED (\w+)", told) == ["trigger", "update", "delete", "drop", "replace"], told
            assert "RECORDED AND SEALED" in told
            assert "UPDATED" in told
        finally:
            sql(f"REASSIGN OWNED BY {role}, owner_{name} TO CURRENT_USER; DROP OWNED BY {role}, owner_{name};", name)
            sql(f"DROP ROLE {role}; DROP ROLE owner_{name}", name)


TRY = """
import psycopg2
attempts = {
    "trigger": "ALTER TABLE cloud_billing_audit.audit_event DISABLE TRIGGER ALL",
    "update": "UPDATE cloud_billing_audit.audit_event SET reason = 'other'",
    "delete": "DELETE FROM cloud_billing_audit.audit_seal",
    "drop": "DROP TABLE cloud_billing_audit.audit_seal",
    "replace": "CREATE OR REPLACE FUNCTION cloud_billing_audit.refuse_change() RETURNS trigger LANGUAGE plpgsql "
               "AS $$ BEGIN RETURN NEW; END $$",
}
for name, statement in attempts.items():
    try:
        with env.cr.savepoint():
            env.cr.execute(statement, log_exceptions=False)
    except psycopg2.errors.InsufficientPrivilege:
        print("REFUSED", name)
env["cloud.audit.event"]._record("settings", reason="by the server's role")
env.flush_all()
sealer = env["cloud.audit.sealer"]
from odoo.addons.cloud_billing.models.chain import seal_keys
ids = [event_id for _chain, event_id in sealer._find_waiting(True)]
assert sealer._seal_batch(ids, seal_keys.take_current(env)) == len(ids) > 0
print("RECORDED AND SEALED")
env["cloud.audit.event"].init()
env["cloud.audit.chain"].init()
print("UPDATED")
env.cr.rollback()
"""


def own(sql, database, role):
    """Give the whole database to the server's role, as where it made it."""
    sql(f"ALTER DATABASE {database} OWNER TO {role}", database)
    sql(
        f"""
        DO $$ DECLARE one record; BEGIN
            FOR one IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'cloud_billing%' OR nspname = 'public' LOOP
                EXECUTE format('ALTER SCHEMA %I OWNER TO {role}', one.nspname);
            END LOOP;
            FOR one IN SELECT c.oid::regclass::text AS name, c.relkind FROM pg_class c
                         JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE (n.nspname LIKE 'cloud_billing%' OR n.nspname = 'public') AND c.relkind IN ('r', 'v', 'p')
            LOOP
                EXECUTE format('ALTER %s %s OWNER TO {role}',
                               CASE one.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, one.name);
            END LOOP;
            FOR one IN SELECT p.oid::regprocedure::text AS name
                         FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                        WHERE n.nspname LIKE 'cloud_billing%' LOOP
                EXECUTE format('ALTER FUNCTION %s OWNER TO {role}', one.name);
            END LOOP;
        END $$
        """,
        database,
    )
