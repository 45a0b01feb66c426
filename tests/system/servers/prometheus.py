"""Prometheus on this machine: Debian's, with series of the past written into its store before it starts."""

import shutil
import subprocess
import time

import debian
from common import LOGS, Problem, run
from server import HOST, free_port

START_SECONDS = 60
USER, PASSWORD = "billing", "sesame-of-the-tests"
# bcrypt of the password, with little work: the server asks for it before it answers anything.
_LOGIN = 'basic_auth_users:\n  billing: "$2b$04$frHvG6zQxccf6CrGHJdHoOm0iq3256eWAQ7zwpVf9bLnbvZtntJEC"\n'


class Prometheus:
    """One server over a folder of its own. `series` is text in the OpenMetrics format, with moments, ended by # EOF."""

    def __init__(self, folder, series):
        programs = debian.ensure("prometheus", ["prometheus"], 150) / "usr" / "bin"
        (folder / "series.txt").write_text(series)
        (folder / "prometheus.yml").write_text("global: {}\n")
        (folder / "web.yml").write_text(_LOGIN)
        store = folder / "store"
        run(
            [programs / "promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "series.txt", store],
            "Writing the series into the store of Prometheus",
        )
        self.port = free_port()
        self.host = f"{HOST}:{self.port}"
        self.url = f"http://{self.host}"
        LOGS.mkdir(parents=True, exist_ok=True)
        with open(LOGS / "prometheus.log", "wb") as log:
            self.process = subprocess.Popen(
                [
                    programs / "prometheus",
                    f"--config.file={folder / 'prometheus.yml'}",
                    f"--web.config.file={folder / 'web.yml'}",
                    f"--web.listen-address={self.host}",
                    f"--storage.tsdb.path={store}",
                    "--storage.tsdb.retention.time=100y",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.folder = folder
        self._wait()

    def _wait(self):
        import requests

        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if requests.get(f"{self.url}/-/ready", auth=(USER, PASSWORD), timeout=5).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        raise Problem(f"Prometheus did not start; see {LOGS / 'prometheus.log'}")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder / "store", ignore_errors=True)
