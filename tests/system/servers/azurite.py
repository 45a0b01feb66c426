"""Azure Blob Storage on this machine: azurite, which verifies keys and shared access signatures."""

import base64
import hashlib
import hmac
import os
import subprocess
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, urlencode

import node_env
from common import LOGS, Problem
from server import HOST, free_port

START_SECONDS = 60
ACCOUNT = "cloudbilling"
# Made up for the tests; azurite is told about it when it starts.
KEY = base64.b64encode(b"a key of the tests and of nobody else, 64 bytes long as Azure's.").decode()


class Azurite:
    """One server, empty at its start, with one account; what it keeps is gone when it ends."""

    def __init__(self, sign):
        """sign: the function (account, key text) -> auth of requests that fills it; azurite checks that too."""
        program = node_env.ensure("azurite") / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
        self.host = f"{HOST}:{free_port()}"
        self.url = f"http://{self.host}/{ACCOUNT}"
        self.auth = sign(ACCOUNT, KEY)
        LOGS.mkdir(parents=True, exist_ok=True)
        port = self.host.rpartition(":")[2]
        options = ["--blobHost", HOST, "--blobPort", port, "--inMemoryPersistence", "--silent", "--disableTelemetry"]
        with open(LOGS / "azurite.log", "wb") as log:
            self.process = subprocess.Popen(
                ["node", program, *options, "--skipApiVersionCheck"],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"},
            )
        self._wait()

    def _wait(self):
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                return self.send("GET", "?comp=list", ok=(200,))
            except OSError:
                time.sleep(0.1)
        raise Problem(f"azurite did not start; see {LOGS / 'azurite.log'}")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def send(self, method, path, body=b"", headers=None, ok=(200, 201, 202)):
        """The bytes of an answer to a signed question. Raises OSError."""
        import requests

        url = f"{self.url}{path}"
        answer = requests.request(method, url, data=body, headers=headers, auth=self.auth, timeout=30)
        if answer.status_code not in ok:
            raise OSError(f"{answer.status_code} {answer.text[:500]}")
        return answer.content

    def make_container(self, name):
        self.send("PUT", f"/{name}?restype=container")

    def put(self, container, name, content):
        self.send("PUT", f"/{container}/{quote(name, safe='/~')}", content, {"x-ms-blob-type": "BlockBlob"})

    def remove(self, container, name):
        self.send("DELETE", f"/{container}/{quote(name, safe='/~')}")

    def sas(self, rights="rl", hours=1):
        """An account's shared access signature with these rights on containers and blobs."""
        expires = (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        version = "2018-11-09"
        text = "\n".join([ACCOUNT, rights, "b", "sco", "", expires, "", "https,http", version, ""])
        signature = base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()
        asked = {"sv": version, "ss": "b", "srt": "sco", "sp": rights, "se": expires, "spr": "https,http"}
        return urlencode({**asked, "sig": signature})
