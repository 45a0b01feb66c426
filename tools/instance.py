"""Odoo itself: commands, databases and their files.

A database that tests or a demo work on is cloned from a template in half a second; the template is made once and
nobody connects to it.
"""

import ast
import hashlib
import os
import re
import shutil
from pathlib import Path

import odoo_source
import postgres
import python_env
import server
import web
from common import DEV, LOGS, ROOT, Problem, exclusive, parallel, run, say, step

MODULE = "cloud_billing"
TEMPLATE = "cb_template"
TEMPLATE_MODULES = "base,account"
# Add-ons of Odoo beside which ours is tried, although nothing of ours depends on them.
NEIGHBOURS = ("account_debit_note",)
TEMPORARY = "cbt_"
LAUNCHER = Path(__file__).resolve().parent / "odoo_bin.py"
DATA = DEV / "data"
# Printed by Odoo on every machine of this kind, whatever is installed; everything else at this level is ours.
EXPECTED = ("pg_trgm", "unaccent", "missing --http-interface")


class Instance:
    """A source, a Python and a PostgreSQL that together run Odoo on the add-ons of this checkout."""

    def __init__(self, source, python, pg):
        self.source = source
        self.python = python
        self.pg = pg
        # Beside the add-ons of the project, the small ones that only tests install.
        own = [folder for folder in (ROOT, ROOT / "tests" / "addons") if any(folder.glob("*/__manifest__.py"))]
        self.addons_path = ",".join(str(folder) for folder in (*source.addons, *own))
        # What a command of Odoo's begins with.
        self.launcher = [str(python), str(LAUNCHER)]

    @property
    def environ(self):
        """What every Odoo process of ours needs in its environment."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "ODOO_"))}
        environ.update(self.pg.environ, PYTHONPATH=str(self.source.path), PYTHONDONTWRITEBYTECODE="")
        # Odoo names its database itself; libpq's default would only hide a missing name.
        environ.pop("PGDATABASE", None)
        return environ

    def command(self, *arguments, database=None):
        """The argument list of an Odoo process, which reads a configuration of ours, not the user's own ~/.odoorc."""
        options = [f"--config={self.write_config(DEV / 'run' / f'{_fingerprint(ROOT)}.conf')}"]
        if database:
            options.append(f"--database={database}")
        # A sub-command of Odoo's comes first, before any option.
        if arguments and not arguments[0].startswith("-"):
            return [*self.launcher, arguments[0], *options, *arguments[1:]]
        return [*self.launcher, *options, *arguments]

    def run(self, what, *arguments, database, log=None, **options):
        """Run an Odoo process to its end; returns its log."""
        log = log or LOGS / f"{database}.log"
        return run(self.command(*arguments, database=database), what, log=log, env=self.environ, **options)

    def write_config(self, path, **options):
        """Write an odoo.conf for this checkout's add-ons; options go in beside the usual ones."""
        values = {
            "addons_path": self.addons_path,
            "data_dir": DATA,
            "http_interface": "127.0.0.1",
            "admin_passwd": "admin",
            "list_db": False,
            **options,
        }
        text = "[options]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text() != text:
            # Replaced in one go: another process may be reading it.
            draft = path.with_suffix(f".{os.getpid()}")
            draft.write_text(text)
            draft.replace(path)
        return path

    # ---- databases ----

    def drop(self, database):
        self.pg.drop(database)
        shutil.rmtree(DATA / "filestore" / database, ignore_errors=True)
        (DATA / "cloud_billing" / f"{database}.key").unlink(missing_ok=True)
        for export in (DATA / "cloud_billing").glob(f"{database}-audit-*"):
            export.unlink()

    def clone(self, template, database):
        """Make `database` a copy of `template`, files included; a former one of that name goes away."""
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", database):
            raise Problem(f"{database!r} is no name for a database: letters, digits, _ . - only.")
        self.drop(database)
        try:
            self.pg.sql('CREATE DATABASE :"name" TEMPLATE :"template"', name=database, template=template)
        except Problem as problem:
            raise Problem(f"The database {database} could not be cloned from {template}.\n{problem}") from None
        files = DATA / "filestore" / template
        if files.is_dir():
            # Odoo's files are named by their content and never changed in place: links are as good as copies.
            shutil.copytree(files, DATA / "filestore" / database, copy_function=os.link)

    def temporary_name(self, what):
        """A name for a database of this process, dropped by whoever comes after if this process cannot."""
        letters = "".join(letter if letter.isalnum() else "_" for letter in what[:30])
        return f"{TEMPORARY}{os.getpid()}_{letters}"

    def drop_leftovers(self):
        """Drop temporary databases whose process is gone."""
        for (name,) in self.pg.sql(
            "SELECT datname FROM pg_database WHERE starts_with(datname, :'start')", start=TEMPORARY
        ):
            pid = name.removeprefix(TEMPORARY).partition("_")[0]
            if pid.isdigit() and server.began(int(pid)) is None:
                self.drop(name)

    def make_template(self, name, key, fill):
        """Make the template database `name` by `fill(draft_name)`, unless the one there was made for the same `key`."""
        if self._is_made(name, key):
            return
        with exclusive(f"template-{name}"):
            if self._is_made(name, key):
                return
            draft = f"{name}_draft"
            self.drop(draft)
            fill(draft)
            self.drop(name)
            self.pg.sql('ALTER DATABASE :"draft" RENAME TO :"name"', draft=draft, name=name)
            files = DATA / "filestore" / draft
            if files.is_dir():
                files.rename(DATA / "filestore" / name)
            self.pg.set_comment(name, key)

    def _is_made(self, name, key):
        # Another folder's tools may have made it on the same server, and its files would be there.
        return self.pg.comment(name) == key and (DATA / "filestore" / name).is_dir()

    def base_template(self, with_demo=False):
        """The template with Odoo's own modules, without ours: `account` and what installs itself beside it."""
        name = TEMPLATE + ("_demo" if with_demo else "")

        def fill(draft):
            with step(f"Make the template database {name} ({TEMPLATE_MODULES} and what installs itself beside them)"):
                # Without this checkout's add-ons: several checkouts share the template.
                addons = ",".join(str(folder) for folder in self.source.addons)
                arguments = ["--init", TEMPLATE_MODULES, "--stop-after-init", "--no-http", f"--addons-path={addons}"]
                if with_demo:
                    arguments.append("--with-demo")
                self.run("Installing Odoo's accounting", *arguments, database=draft)

        self.make_template(name, f"{self.source.version} {TEMPLATE_MODULES}", fill)
        return name

    def tested_template(self):
        """The template with this checkout's add-on installed and the web client's bundles built. Returns its name."""
        name = f"cb_tested_{_fingerprint(ROOT)}"

        def fill(draft):
            self.clone(self.base_template(), draft)
            self.install(draft)
            with step("Build the bundles of the web client"):
                running = server.Server(self, draft).start("--max-cron-threads=0")
                try:
                    web.Session(running.url).login(draft, "admin", "admin").warm_up()
                finally:
                    running.stop()

        self.make_template(name, f"{self.source.version} {content(ROOT)}", fill)
        return name

    def staged_template(self):
        """The tested template with the company that tests with accounting work in. Returns its name."""
        name = f"cb_staged_{_fingerprint(ROOT)}"
        made = "from odoo.addons.cloud_billing.tests import staged_company as stage\nstage.make(env); env.cr.commit()\n"

        def fill(draft):
            self.clone(self.tested_template(), draft)
            with step(f"Make the company of the tests in {draft}"):
                self.run("Making the company of the tests", "shell", "--no-http", database=draft, input=made)

        # By its digest: the key is kept as a comment of one line.
        staged = hashlib.sha256((ROOT / MODULE / "tests" / "staged_company.py").read_bytes()).hexdigest()
        self.make_template(name, f"{self.source.version} {content(ROOT)} {staged}", fill)
        return name

    def siblings_template(self):
        """The tested template with the add-ons beside ours that install themselves, and what they depend on.

        Returns its name.
        """
        names = [path.parent.name for path in sibling_manifests() if installs_itself(path)]
        return self._template_beside("siblings", [*names, *NEIGHBOURS])

    def chosen_template(self, addon):
        """The tested template with one add-on that is installed by choice: the others' tests do without it."""
        return self._template_beside(addon.removeprefix(f"{MODULE}_"), [addon])

    def _template_beside(self, what, addons):
        name = f"cb_{what}_{_fingerprint(ROOT)}"
        names = ",".join(addons)

        def fill(draft):
            self.clone(self.tested_template(), draft)
            with step(f"Install {names} in {draft}") as result:
                arguments = ["--init", names, "--stop-after-init", "--no-http"]
                warnings = our_warnings(self.run("Installing the other add-ons", *arguments, database=draft))
                if warnings:
                    result.append(f"{len(warnings)} warnings")
            for line in warnings:
                say(f"    ! {line}")

        self.make_template(name, f"{self.source.version} {content(ROOT)}", fill)
        return name

    def has_module(self, database):
        if not self.pg.exists(database):
            return False
        query = "SELECT 1 FROM ir_module_module WHERE name = :'module' AND state = 'installed'"
        return bool(self.pg.sql(query, database, module=MODULE))

    def install(self, database, *options, beside=()):
        """Install or update the add-on, and those named beside it; the log's warnings that are ours are printed."""
        if not (ROOT / MODULE / "__manifest__.py").is_file():
            raise Problem(f"{ROOT / MODULE} has no __manifest__.py: there is no add-on to install.")
        action = "--update" if self.has_module(database) else "--init"
        # An add-on that is there already is updated by --init too.
        options = [*options, "--init", ",".join(beside)] if beside and action == "--update" else options
        with step(f"{'Update' if action == '--update' else 'Install'} {MODULE} in {database}") as result:
            output = self.run(
                "Installing the add-on",
                action,
                ",".join([MODULE, *beside]) if action == "--init" else MODULE,
                "--stop-after-init",
                "--no-http",
                *options,
                database=database,
            )
            warnings = our_warnings(output)
            if warnings:
                result.append(f"{len(warnings)} warnings")
        for line in warnings:
            say(f"    ! {line}")
        return output


def sibling_manifests():
    """The manifests of the project's small add-ons beside the main one."""
    return [path for path in sorted(ROOT.glob("*/__manifest__.py")) if path.parent.name != MODULE]


def installs_itself(manifest):
    """Whether an add-on comes without being asked for, where what it needs is there."""
    return bool(ast.literal_eval(manifest.read_text(encoding="utf-8")).get("auto_install"))


def our_warnings(log):
    """The lines of an Odoo log that warn or tell an error and are not known to come from the machine."""
    marked = re.compile(r" (WARNING|ERROR|CRITICAL) ")
    return [line for line in log.splitlines() if marked.search(line) and not any(text in line for text in EXPECTED)]


def _fingerprint(path):
    """A short name for a checkout: several share one PostgreSQL."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:8]


def content(root):
    """A digest of every file of the add-ons, so that a change in one is installed anew."""
    digest = hashlib.sha256()
    for manifest in sorted(root.glob("*/__manifest__.py")):
        for path in sorted(manifest.parent.rglob("*")):
            if path.is_file() and path.suffix != ".pyc" and manifest.parent / "tests" not in path.parents:
                digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def ensure():
    """Everything that Odoo needs to run here, made where it is missing: the source, the environment, the server."""
    source, python = parallel(odoo_source.ensure, lambda: python_env.ensure("odoo"))
    return Instance(source, python, postgres.ensure(python))
