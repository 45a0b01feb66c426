"""`make demo`: from nothing to a served Odoo with a month billed; the second time, just served.

The business of it (import a file, run the month, approve, post) is `demo_month.run_month`; this file gets it a database
and a server, and tells the person where to look.
"""

import hashlib
import shutil
import sys
import time
from pathlib import Path

import demo_month
import instance
import server
import web
from common import ROOT, Problem, main, say, step

DATABASE = "cloud_billing_demo"
NAME = "demo"
PORT = "8069"


class Demo:
    """What the month is run on: `url`, `database`, `usage` (a FOCUS file), and sessions over HTTP by login."""

    def __init__(self, odoo, url, usage):
        self.odoo = odoo
        self.url = url
        self.database = DATABASE
        self.usage = usage

    def session(self, login, password):
        """A person of the demo, logged in over HTTP as with a browser."""
        return web.Session(self.url).login(self.database, login, password)


def demo(usage=None, port=None):
    """Make the demo where it is missing or out of date, serve it in the background, print what to look at."""
    begin = time.monotonic()
    usage = _usage_file(usage)
    record = server.running(NAME)
    if not record or port:
        _make_room(record, port or PORT)
    odoo = instance.ensure()
    key = _key(odoo, usage)
    if odoo.pg.comment(DATABASE) == key:
        record = server.running(NAME)
        url = f"http://{server.HOST}:{record['port']}" if record else _serve(odoo, port).url
        lines = demo_month.what_to_look_at(Demo(odoo, url, usage))
    else:
        url, lines = _make(odoo, usage, port or (record or {}).get("port"), key)
    say(f"\nReady after {time.monotonic() - begin:.0f} s: {url}/odoo")
    say("\n".join(lines))
    if not shutil.which("wkhtmltopdf"):
        say("Printing invoices as PDF needs wkhtmltopdf; an administrator installs it: apt-get install wkhtmltopdf")
    say("`make stop` ends it.")


def _make(odoo, usage, port, key):
    """A fresh demo database with a month in it, behind a running server. Returns its URL and what to look at."""
    template = odoo.base_template(with_demo=True)
    server.stop(NAME)
    if odoo.pg.exists(DATABASE):
        say(f"    {DATABASE} was made with other files: it is made anew")
    odoo.clone(template, DATABASE)
    odoo.install(DATABASE, "--with-demo")
    url = _serve(odoo, port).url
    made = Demo(odoo, url, usage)
    with step("Build the bundles of the web client"):
        made.session("admin", "admin").warm_up()
    try:
        demo_month.run_month(made)
    except web.WebError as error:
        # The server keeps running, so that a person can look at how far the month came.
        raise Problem(f"The month of the demo stopped: {error}\n{error.debug}") from None
    # Only now: a demo that stopped halfway is made anew.
    odoo.pg.set_comment(DATABASE, key)
    return url, demo_month.what_to_look_at(made)


def _serve(odoo, port):
    with step("Serve it in the background"):
        return server.Server(odoo, DATABASE, port or PORT, NAME).start("--max-cron-threads=1")


def _make_room(record, port):
    """The port is looked at first: after minutes of work it would be late to say that it is taken."""
    if record and record["port"] != int(port):
        server.stop(NAME)
        record = None
    if not record:
        server.check_port(port)


def _usage_file(usage):
    path = Path(usage).expanduser().resolve() if usage else demo_month.USAGE
    if not path.is_file():
        raise Problem(f"There is no file {path}. USAGE names a FOCUS bill: a CSV file, or one packed with gzip.")
    return path


def _key(odoo, usage):
    """What the demo database was made of: Odoo, our add-ons, this usage file and the way the month is run."""
    digest = hashlib.sha256(Path(demo_month.__file__).read_bytes())
    digest.update(usage.read_bytes())
    return f"{odoo.source.version} {instance.content(ROOT)} {digest.hexdigest()}"


if __name__ == "__main__":
    given = dict(part.split("=", 1) for part in sys.argv[1:])
    main(lambda: demo(given.get("USAGE"), given.get("PORT")))
