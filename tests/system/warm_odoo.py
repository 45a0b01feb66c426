"""Odoo processes that start in a tenth of the time: forked from one that has read the code and made the models of it.

Half of what the system tests took was Odoo's reading of the same 3,000 modules. What is forked has no connection and
no thread yet: from there on each is an Odoo like any other, a process of its own that is killed as one. The models are
those of a database that is gone again; another one has them where Odoo's workers would keep theirs, else makes its own.
`python warm_odoo.py SOCKET CONFIG DATABASE` is that process; it ends when its input does.
"""

import contextlib
import gc
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve()
CLIENT = HERE.parent / "warm_client.py"
LAUNCHER = HERE.parents[2] / "tools" / "odoo_bin.py"
ORIGIN = """
SELECT name, state, latest_version FROM ir_module_module WHERE state NOT LIKE 'uninstall%'
 UNION ALL
SELECT model, 'model', NULL FROM ir_model WHERE state = 'manual'
 UNION ALL
SELECT model || '.' || name, 'field', NULL FROM ir_model_fields WHERE state = 'manual'
 ORDER BY 1, 2
"""


class WarmOdoo:
    """Starts the process that others are forked from; `launcher` is what a command of Odoo's begins with then.

    odoo: an Instance. folder: one with a short name, for the socket. template: a database like those that come.
    """

    def __init__(self, odoo, folder, template):
        place = Path(folder) / "warm"
        database = odoo.temporary_name("warm")
        odoo.clone(template, database)
        self.launcher = [str(odoo.python), "-I", "-S", str(CLIENT), str(place)]
        command = [odoo.python, HERE, place, odoo.write_config(Path(folder) / "warm.conf"), database]
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=odoo.environ
        )
        if not self._process.stdout.readline():
            raise RuntimeError("The warm Odoo did not start; what it printed stands above.")
        odoo.drop(database)

    def stop(self):
        """End it, and every Odoo of it that still runs."""
        try:
            self._process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


# ---- the process itself ----


class Starter:
    """Starts an Odoo for each client of a socket, tells the client how it ended, and ends it with its client."""

    def __init__(self, place, kept):
        # What the code that was read put into the environment, such as Odoo's time zone.
        self.kept = kept
        self.watched = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(place)
        self.listener.listen(16)
        self.watched.register(self.listener, selectors.EVENT_READ, self._start)
        # Nothing is written to the input: it becomes readable when whoever started us is gone.
        self.watched.register(0, selectors.EVENT_READ, self._stop)
        self.running = {}

    def serve(self):
        """Returns in a forked process only, which goes on as Odoo."""
        while True:
            for key, _events in self.watched.select():
                # One that ended a moment before may have taken the other with it.
                if key.fileobj in self.watched.get_map() and key.data():
                    return

    def _start(self):
        line = self.listener.accept()[0]
        head, places, _flags, _address = socket.recv_fds(line, 4, 3)
        with line.makefile("rb") as stream:
            request = json.loads(stream.read(int.from_bytes(head, "big")))
        pid = os.fork()
        if not pid:
            self._become(request, places, line)
            return True
        for number in places:
            os.close(number)
        line.sendall(f"{pid}\n".encode())
        handle = os.pidfd_open(pid)
        self.running[handle] = (pid, line)
        self.watched.register(handle, selectors.EVENT_READ, partial(self._tell_end, handle))
        self.watched.register(line, selectors.EVENT_READ, partial(self._end, handle))
        return False

    def _become(self, request, places, line):
        """Turn a forked process into the Odoo that the client stands for."""
        for other in [line, self.listener, self.watched, *(line for _pid, line in self.running.values())]:
            other.close()
        for number, place in enumerate(places):
            os.dup2(place, number)
            os.close(place)
        os.environ.clear()
        os.environ.update({**request["environ"], **self.kept})
        os.chdir(request["folder"])
        random.seed()
        sys.argv = [str(LAUNCHER), *request["arguments"]]

    def _end(self, handle):
        """The client was killed: so is its Odoo, whose end is seen next."""
        pid, line = self.running[handle]
        self.watched.unregister(line)
        os.kill(pid, signal.SIGKILL)

    def _tell_end(self, handle):
        pid, line = self.running.pop(handle)
        self.watched.unregister(handle)
        os.close(handle)
        status = os.waitpid(pid, 0)[1]
        if line in self.watched.get_map():
            self.watched.unregister(line)
            with contextlib.suppress(BrokenPipeError):
                line.sendall(f"{status}\n".encode())
        line.close()

    def _stop(self):
        for pid, _line in self.running.values():
            os.kill(pid, signal.SIGKILL)
        sys.exit()


def make_models(config, database):
    """(the registry of a database, what it was made from), with every connection closed and nothing in its caches."""
    # As in odoo_bin.py: the modules beside this file are not Odoo's.
    del sys.path[0]
    import odoo.cli.server
    import odoo.cli.shell  # noqa: F401
    from odoo import sql_db
    from odoo.addons.base.models import res_users
    from odoo.orm.registry import Registry
    from odoo.tools import config as settings

    settings.parse_config([f"--config={config}"], setup_logging=False)
    registry = Registry(database)
    # As in Odoo's own tests: half a second for each password that is set or asked for.
    res_users.MIN_ROUNDS = 1
    del Registry.registries[database]
    with registry.cursor() as cr:
        origin = _read_origin(cr)
    registry.clear_all_caches()
    registry.cache_invalidated.clear()
    sql_db.close_all()
    return registry, origin


def _read_origin(cr):
    """The add-ons of a database, and the models and fields that people made in it."""
    cr.execute(ORIGIN)
    return cr.fetchall()


def hand_over(registry, origin):
    """Have the first database that is opened take the registry, if its own would be made from the same.

    The rest is Odoo's own question, by which its workers see that another one changed the models.
    """
    from odoo import sql_db
    from odoo.orm.registry import Registry

    make = Registry.new

    def new(database, **options):
        Registry.new = make
        connection = sql_db.db_connect(database)
        with contextlib.closing(connection.cursor()) as cr:
            is_same = _read_origin(cr) == origin
        if any(options.values()) or not is_same:
            return make(database, **options)
        registry.db_name, registry._db = database, connection
        Registry.registries[database] = registry
        return registry.check_signaling()

    Registry.new = new


if __name__ == "__main__":
    before = dict(os.environ)
    models = make_models(sys.argv[2], sys.argv[3])
    starter = Starter(sys.argv[1], {name: value for name, value in os.environ.items() if before.get(name) != value})
    assert threading.active_count() == 1, "a fork would lose the other threads"
    # What is there by now need not be looked through again in each process.
    gc.collect()
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    starter.serve()
    from odoo.cli import main

    hand_over(*models)
    main()
