"""CloudKitty on this machine: its own API over Debian's InfluxDB. Who asks is told by a Keystone that is a replay."""

import json
import subprocess
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import debian
import python_env
import requests
from common import LOGS, Problem
from local_server import LocalServer, Reply
from server import HOST, free_port

START_SECONDS = 90
API = Path(__file__).with_name("cloudkitty_api.py")
PROJECT = "11112222333344445555666677778888"
_INFLUX = """
reporting-disabled = true
bind-address = "{host}:{rpc}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[http]
bind-address = "{host}:{port}"
log-enabled = false
[logging]
level = "error"
"""
_CLOUDKITTY = """
[DEFAULT]
auth_strategy = keystone
transport_url = fake://
[database]
connection = sqlite:///{folder}/cloudkitty.sqlite
[storage]
version = 2
backend = influxdb
[storage_influxdb]
host = {host}
port = {port}
username = nobody
password = nothing
database = cloudkitty
[keystone_authtoken]
auth_type = v3password
auth_url = {keystone}/v3
www_authenticate_uri = {keystone}
username = service
password = service
user_domain_name = Default
project_name = service
project_domain_name = Default
"""


class Keystone(LocalServer):
    """The three questions of Keystone v3 that are asked here. users: {name: (password, roles)}."""

    def __init__(self, users):
        super().__init__(self._tell)
        self.users = {"service": ("service", ("service",)), **users}
        self.tokens = {}

    def _tell(self, asked):
        if asked.path.endswith("/auth/tokens"):
            return self._give(asked.json) if asked.method == "POST" else self._check(asked.headers)
        version = {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": f"{self.url}/v3/"}]}
        return Reply(body={"version": version} if asked.path.startswith("/v3") else {"versions": {"values": [version]}})

    def _give(self, asked):
        user = asked["auth"]["identity"]["password"]["user"]
        password, roles = self.users.get(user["name"], (None, ()))
        if user["password"] != password:
            message = "The request you have made requires authentication."
            return Reply(401, {"error": {"code": 401, "message": message, "title": "Unauthorized"}})
        token = uuid.uuid4().hex
        self.tokens[token] = self._describe(user["name"], roles)
        return Reply(201, self.tokens[token], {"X-Subject-Token": token})

    def _check(self, headers):
        described = self.tokens.get(headers.get("X-Subject-Token"))
        return Reply(body=described) if described else Reply(404, {"error": {"code": 404, "message": "no token"}})

    def _describe(self, name, roles):
        now = datetime.now(timezone.utc)
        domain = {"id": "default", "name": "Default"}
        endpoints = [
            {"id": each, "interface": each, "region": "one", "region_id": "one", "url": f"{self.url}/v3"}
            for each in ("public", "internal", "admin")
        ]
        return {
            "token": {
                "methods": ["password"],
                "user": {"id": uuid.uuid5(uuid.NAMESPACE_DNS, name).hex, "name": name, "domain": domain},
                "project": {"id": PROJECT, "name": "billing", "domain": domain},
                "roles": [{"id": role, "name": role} for role in roles],
                "issued_at": f"{now:%Y-%m-%dT%H:%M:%S.000000Z}",
                "expires_at": f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000000Z}",
                "audit_ids": [uuid.uuid4().hex],
                "catalog": [{"id": "identity", "type": "identity", "name": "keystone", "endpoints": endpoints}],
            }
        }


class CloudKitty:
    """One server over a folder of its own, empty at its start. users: as of Keystone; `admin` may add data frames."""

    def __init__(self, folder, **users):
        self.folder = folder
        self.processes = []
        self.keystone = Keystone({"admin": ("sesame-of-admin", ("admin",)), **users})
        self.keystone.__enter__()
        try:
            store = self._start_store()
            self.port = free_port()
            self.host = f"{HOST}:{self.port}"
            self.url = f"http://{self.host}"
            config = folder / "cloudkitty.conf"
            config.write_text(_CLOUDKITTY.format(folder=folder, host=HOST, port=store, keystone=self.keystone.url))
            python = python_env.ensure("cloudkitty")
            self._run("cloudkitty", [python, API, config, HOST, str(self.port)], f"{self.url}/v2/dataframes", (401,))
        except BaseException:
            self.stop()
            raise

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.wait()
        self.keystone.__exit__()

    def add(self, frames):
        """Put data frames in, as the API takes them."""
        person = {"name": "admin", "domain": {"name": "Default"}, "password": "sesame-of-admin"}
        asked = {"auth": {"identity": {"methods": ["password"], "password": {"user": person}}}}
        answer = requests.post(f"{self.keystone.url}/v3/auth/tokens", json=asked, timeout=30)
        headers = {"X-Auth-Token": answer.headers["X-Subject-Token"], "Content-Type": "application/json"}
        body = json.dumps({"dataframes": frames})
        answer = requests.post(f"{self.url}/v2/dataframes", data=body, headers=headers, timeout=60)
        answer.raise_for_status()

    def _start_store(self):
        """The port of InfluxDB with an empty database in it."""
        program = debian.ensure("influxdb", ["influxdb"], 30) / "usr" / "bin" / "influxd"
        port, rpc = free_port(), free_port()
        config = self.folder / "influxdb.conf"
        config.write_text(_INFLUX.format(folder=self.folder, host=HOST, port=port, rpc=rpc))
        url = f"http://{HOST}:{port}"
        self._run("influxdb", [program, "-config", config], f"{url}/ping", (204,))
        requests.post(f"{url}/query", data={"q": "CREATE DATABASE cloudkitty"}, timeout=30).raise_for_status()
        return port

    def _run(self, name, command, url, statuses):
        """Start a program and wait until an address answers with one of the statuses."""
        LOGS.mkdir(parents=True, exist_ok=True)
        with open(LOGS / f"{name}.log", "wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
        self.processes.append(process)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            try:
                if requests.get(url, timeout=5).status_code in statuses:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        raise Problem(f"{name} did not start; see {LOGS / f'{name}.log'}")
