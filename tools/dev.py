"""The developer's commands, as the Makefile calls them: `python tools/dev.py <command> [name=value ...]`."""

import os
import subprocess
import sys

import instance
import postgres
import python_env
import server
from common import DEV, ROOT, Problem, main, run, say
from demo import DATABASE as DEMO_DATABASE


def dev():
    """Fetch, install and start all that a developer needs; ends with a template database."""
    odoo = instance.ensure()
    template = odoo.base_template()
    say(f"Ready in {DEV}: Odoo {odoo.source.version}, template database {template}.")


def db(name=None):
    """A fresh database with the add-on."""
    odoo = instance.ensure()
    name = _required(name, "NAME")
    odoo.clone(odoo.base_template(), name)
    odoo.install(name)


def odoo_test(db=None, k=None, files=None):
    """Update the add-on in a database (made when it is not there) and run its Odoo tests with pytest.

    files: those to run, also of an add-on beside ours, which is installed too: "cloud_billing_x/tests".
    """
    odoo = instance.ensure()
    db = _required(db, "DB")
    if not odoo.pg.exists(db):
        odoo.clone(odoo.base_template(), db)
    files = files.split() if files else [f"{instance.MODULE}/tests"]
    siblings = [path.parent.name for path in instance.sibling_manifests()]
    odoo.install(db, beside=[name for name in siblings if any(file.split("/")[0] == name for file in files)])
    config = odoo.write_config(DEV / "run" / f"{db}.conf", db_name=db, log_level="error")
    command = [odoo.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, *(["-k", k] if k else [])]
    return subprocess.run(command, env={**odoo.environ, "ODOO_RC": str(config)}, cwd=ROOT, check=False).returncode


def serve(db=None, port="8069"):
    """Serve a database in the foreground, the demo's when none is named, until Ctrl-C."""
    odoo = instance.ensure()
    db = db or DEMO_DATABASE
    if not odoo.pg.exists(db):
        raise Problem(f"There is no database {db}. Make it: make {'demo' if db == DEMO_DATABASE else f'db NAME={db}'}")
    server.check_port(port)
    say(f"http://127.0.0.1:{port}/odoo  (login admin, password admin; Ctrl-C ends it)")
    command = odoo.command("--http-port", port, "--db-filter", f"^{db}$", database=db)
    os.execve(command[0], command, odoo.environ)


def shell(db=None):
    """An Odoo shell on a database."""
    odoo = instance.ensure()
    command = odoo.command("shell", "--no-http", database=_required(db, "DB"))
    os.execve(command[0], command, odoo.environ)


def psql(db=None):
    """PostgreSQL's own shell on a database."""
    odoo = instance.ensure()
    program = str(odoo.pg.binaries / "psql")
    os.execve(program, [program, "-d", _required(db, "DB")], {**os.environ, **odoo.pg.environ})


def translations():
    """Write each add-on's i18n/<name>.pot anew: every sentence of it, for translators."""
    odoo = instance.ensure()
    database = "cb_translations"
    names = [instance.MODULE, *(path.parent.name for path in instance.sibling_manifests())]
    odoo.clone(odoo.base_template(), database)
    odoo.install(database, beside=names[1:])
    config = odoo.write_config(DEV / "run" / f"{database}.conf", db_name=database)
    # Unlike the other sub-commands this one takes no general options before its own.
    command = [str(odoo.python), str(instance.LAUNCHER), "i18n", "export", "-c", str(config), "-d", database]
    for name in names:
        target = ROOT / name / "i18n" / f"{name}.pot"
        target.parent.mkdir(exist_ok=True)
        run([*command, "-l", "pot", "-o", str(target), name], "Exporting the sentences", env=odoo.environ)
        say(f"{target.relative_to(ROOT)}: {target.read_text().count('msgid ')} sentences.")
    odoo.drop(database)


def drop(name=None):
    """Remove a database and its files."""
    instance.ensure().drop(_required(name, "NAME"))


def stop():
    """Stop what was started in the background here: the demo's server and the private PostgreSQL, nothing else."""
    for path in sorted(server.RECORDS.glob("*.pid")):
        record = server.stop(path.stem)
        say(f"{path.stem}: stopped (port {record['port']})." if record else f"{path.stem}: was not running.")
    say(postgres.stop(python_env.ready("odoo")))


def _required(value, name):
    if not value:
        raise Problem(f"Say which database: {name}=...")
    return value


COMMANDS = {
    "dev": dev,
    "db": db,
    "odoo-test": odoo_test,
    "serve": serve,
    "shell": shell,
    "psql": psql,
    "drop": drop,
    "translations": translations,
    "stop": stop,
}


def _main():
    command, *pairs = sys.argv[1:] or ["dev"]
    if command not in COMMANDS:
        raise Problem(f"{command!r} is none of: {', '.join(COMMANDS)}")
    given = dict(pair.split("=", 1) for pair in pairs)
    return COMMANDS[command](**{name.lower(): value for name, value in given.items() if value})


if __name__ == "__main__":
    main(_main)
