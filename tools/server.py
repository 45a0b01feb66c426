"""A running Odoo web server: started in the background, found again by its record, stopped by its pid only."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from common import DEV, LOGS, Problem

RECORDS = DEV / "run"
HOST = "127.0.0.1"
START_SECONDS = 90
STOP_SECONDS = 20


class Server:
    """One Odoo server on one database and one loopback port; with a name it is recorded and outlives its starter."""

    def __init__(self, odoo, database, port=None, name=None):
        self.odoo = odoo
        self.database = database
        self.port = int(port) if port else free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.name = name
        self.log = LOGS / f"server-{name or database}.log"
        self.process = None

    def start(self, *options):
        """Start it and wait until it answers. options: Odoo's own, such as --max-cron-threads=0."""
        check_port(self.port)
        self.log.unlink(missing_ok=True)
        arguments = ["--http-port", str(self.port), "--db-filter", f"^{self.database}$", *options]
        self.process = self._spawn(self.odoo.command(*arguments, database=self.database))
        if self.name:
            record = {
                "pid": self.process.pid,
                "began": began(self.process.pid),
                "port": self.port,
                "database": self.database,
            }
            RECORDS.mkdir(parents=True, exist_ok=True)
            (RECORDS / f"{self.name}.pid").write_text(json.dumps(record))
        self._wait_until_it_answers()
        return self

    def stop(self):
        """End it as a person's Ctrl-C would, by force when it does not obey."""
        if self.process:
            end(self.process.pid, began(self.process.pid))
            self.process.wait()

    def kill(self):
        """End it as a crash would: nothing is finished, nothing is told."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _spawn(self, command):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.odoo.environ,
                cwd=DEV,
                # One with a name outlives us; one without a name ends with the group of whoever started it.
                start_new_session=bool(self.name),
            )

    def _wait_until_it_answers(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if answers(self.url):
                return
            time.sleep(0.2)
        self.stop()
        tail = self.log.read_text(errors="replace")[-3000:]
        raise Problem(f"Odoo did not answer on {self.url} within {START_SECONDS} s. The end of {self.log}:\n{tail}")


def answers(url):
    """Whether an Odoo answers at a loopback address of ours."""
    try:
        with urllib.request.urlopen(f"{url}/web/health", timeout=5) as response:  # nosec B310
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def running(name):
    """The record of the background server `name` when it still runs: a dict with pid, port and database; else None."""
    try:
        record = json.loads((RECORDS / f"{name}.pid").read_text())
    except (OSError, ValueError):
        return None
    return record if record["began"] and began(record["pid"]) == record["began"] else None


def stop(name):
    """Stop the background server `name`. Returns its record, None when it did not run."""
    record = running(name)
    if record:
        end(record["pid"], record["began"])
    (RECORDS / f"{name}.pid").unlink(missing_ok=True)
    return record


def end(pid, its_began):
    """Ask a process to end and insist after a while; `its_began` guards against a pid that was given out again."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + STOP_SECONDS
        while its_began and began(pid) == its_began and time.monotonic() < deadline:
            # Odoo takes a second SIGTERM for impatience and leaves its work unfinished: only one is sent.
            if signal_number is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal_number)
                signal_number = None
            time.sleep(0.1)


def began(pid):
    """When a process began, in the kernel's ticks: with the pid it names one process for ever. None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as handle:
            # The name of the program stands in parentheses and may hold anything, spaces included.
            fields = handle.read().rpartition(")")[2].split()
    except OSError:
        return None
    state, start = fields[0], fields[19]
    return None if state == "Z" else start


def free_port():
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def check_port(port):
    """Refuse a port that is no number or taken."""
    if not str(port).isdigit() or not 0 < int(port) < 65536:
        raise Problem(f"PORT={port} is no port number.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(port)))
        except OSError as error:
            raise Problem(f"Port {port} is not free ({error.strerror}). Name another one: PORT=8070.") from None
