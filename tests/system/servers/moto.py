"""Amazon on this machine: S3, IAM, STS and Cost Explorer of moto, which verifies signatures and the rights of keys."""

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode

import python_env
from common import LOGS, Problem
from server import HOST, free_port

START_SECONDS = 60
_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Moto:
    """One server, empty at its start. `lock` turns the check of signatures and rights on, after keys were made."""

    def __init__(self):
        python = python_env.ensure("servers")
        self.port = free_port()
        self.host = f"{HOST}:{self.port}"
        self.url = f"http://{self.host}"
        self.admin = ("admin", "admin")
        LOGS.mkdir(parents=True, exist_ok=True)
        with open(LOGS / "moto.log", "wb") as log:
            self.process = subprocess.Popen(
                [python, "-m", "moto.server", "-H", HOST, "-p", str(self.port)],
                stdout=log,
                stderr=subprocess.STDOUT,
                # Pages of two, so that every list has some.
                env={**os.environ, "MOTO_S3_DEFAULT_MAX_KEYS": "2"},
            )
        self._wait()

    def _wait(self):
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                return self.send("GET", "/moto-api/data.json")
            except OSError:
                time.sleep(0.1)
        raise Problem(f"moto did not start; see {LOGS / 'moto.log'}")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def send(self, method, path, body=None, headers=None):
        """The bytes of an answer; urllib's HTTPError is an OSError."""
        request = urllib.request.Request(f"{self.url}{path}", data=body, method=method, headers=headers or {})
        with urllib.request.urlopen(request, timeout=30) as answer:  # nosec B310
            return answer.read()

    def signed(self, service, method, path, body=b"", headers=None):
        """The same, as the administrator that was made before `lock`."""
        import requests
        from requests_aws4auth import AWS4Auth

        auth = AWS4Auth(*self.admin, "us-east-1", service)
        answer = requests.request(method, f"{self.url}{path}", data=body, headers=headers, auth=auth, timeout=30)
        answer.raise_for_status()
        return answer.content

    def make_key(self, name, *policies):
        """(access key, secret key) of a new user that has these policies, each a dict, and no other right."""
        self._iam(Action="CreateUser", UserName=name)
        for number, policy in enumerate(policies):
            self._iam(
                Action="PutUserPolicy",
                UserName=name,
                PolicyName=f"policy{number}",
                PolicyDocument=json.dumps(policy),
            )
        told = self._iam(Action="CreateAccessKey", UserName=name).decode()
        return tuple(re.search(f"<{field}>(.*?)</{field}>", told)[1] for field in ("AccessKeyId", "SecretAccessKey"))

    def make_role(self, name, policy):
        """The ARN of a role that anybody of the account may take on, with one policy."""
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
        told = self._iam(Action="CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps(trust)).decode()
        self._iam(Action="PutRolePolicy", RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        return re.search("<Arn>(.*?)</Arn>", told)[1]

    def lock(self):
        """From here on a wrong signature and a missing right are refused."""
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        self.admin = self.make_key("administrator", everything)
        self.send("POST", "/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})

    def _iam(self, **asked):
        return self.signed("iam", "POST", "/", urlencode({"Version": "2010-05-08", **asked}).encode(), _FORM)

    def make_bucket(self, bucket):
        self.signed("s3", "PUT", f"/{bucket}")

    def put(self, bucket, name, content):
        self.signed("s3", "PUT", f"/{bucket}/{quote(name, safe='/~')}", content)

    def remove(self, bucket, name):
        self.signed("s3", "DELETE", f"/{bucket}/{quote(name, safe='/~')}")

    def seed_totals(self, *results):
        """What Cost Explorer answers to the next questions, one after another."""
        body = json.dumps({"results": results}).encode()
        self.send("POST", "/moto-api/static/ce/cost-and-usage-results", body, {"Content-Type": "application/json"})
