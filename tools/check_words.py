"""What no file of this project may say: where packages came from on one machine, and where that machine keeps files."""

import re
import shutil
import subprocess
from pathlib import Path

# Standard places first: they differ on every machine and would lie on all others.
ABSOLUTE_PATH = re.compile(r"(?<![\w.~}>*-])/(?:home|root|work|Users)/\w")
REGISTRY = re.compile(
    r"\b(?:deb|ftp|security|snapshot)\.debian\.(?:org|net)|\bpythonhosted\b|\bpypi\.org|registry\.npmjs"
)
HOST = re.compile(r"://(?:[^/@\s]*@)?([A-Za-z0-9.-]+)")
BINARY = {".png", ".jpg", ".ico", ".gz", ".zip", ".pdf", ".woff2"}


def problems(root):
    """One line per forbidden text: file, line, what."""
    hosts = _hosts_of_this_machine()
    found = []
    for path in tracked_files(root):
        if path.suffix in BINARY or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            for what, hit in _hits(line, hosts):
                found.append(f"{path.relative_to(root)}:{number}: {what}: {hit}")
    return found


def tracked_files(root):
    """The project's files: git's where there is a repository, else all but what the tools made."""
    if shutil.which("git"):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not listed.returncode:
            return [root / name for name in sorted(set(listed.stdout.split("\0"))) if name]
    skipped = {".dev", ".git", "__pycache__"}
    return sorted(path for path in Path(root).rglob("*") if path.is_file() and not skipped & set(path.parts))


def _hits(line, hosts):
    for what, pattern in (("a path of one machine", ABSOLUTE_PATH), ("a package registry", REGISTRY)):
        match = pattern.search(line)
        if match:
            yield what, match[0]
    for host in hosts:
        if host in line:
            yield "a package mirror of this machine", host


def _hosts_of_this_machine():
    """The hosts that apt and pip are set to on this machine; names that only a machine of one's own has."""
    commands = (["apt-get", "indextargets", "--format", "$(REPO_URI)"], ["python3", "-m", "pip", "config", "list"])
    printed = ""
    for command in commands:
        if shutil.which(command[0]):
            printed += subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return {host for host in HOST.findall(printed) if host not in ("localhost", "127.0.0.1")}
