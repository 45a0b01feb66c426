"""Servers of the tests that are programs of Node.js, each with a lock file of its own in tools/<name>/."""

import hashlib
import shutil
from pathlib import Path

from common import DEV, LOGS, Problem, exclusive, need_disk, run, step

TOOLS = Path(__file__).resolve().parent
GIGABYTES = 0.4


def ensure(name):
    """The folder with node_modules of tools/<name>, installed or brought up to date; a Problem where npm is missing."""
    for program, package in (("node", "nodejs"), ("npm", "npm")):
        if not shutil.which(program):
            raise Problem(f"{program} is missing. Install Debian's package {package} (as root: apt-get install npm).")
    files = [TOOLS / name / file for file in ("package.json", "package-lock.json")]
    folder = DEV / f"node-{name}"
    marker = folder / "INSTALLED"
    fingerprint = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    with exclusive(folder.name):
        if marker.is_file() and marker.read_text() == fingerprint:
            return folder
        need_disk(GIGABYTES, f"The Node.js packages of {name}")
        with step(f"Install Node.js packages for {name} (tools/{name}/package-lock.json)"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for file in files:
                shutil.copy(file, folder)
            # No scripts of packages: what is needed is plain JavaScript.
            run(
                ["npm", "ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"],
                "Installing the Node.js packages (is the package registry reachable?)",
                log=LOGS / f"npm-{name}.log",
                cwd=folder,
            )
            marker.write_text(fingerprint)
    return folder
