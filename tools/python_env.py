"""The virtual environments: to run Odoo and its tests, for the engine alone, for the linters, for servers of tests.

Each is made from a pinned list and marked with a fingerprint of that list, so that a second run costs nothing and a
changed list is installed on top.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from common import DEV, LOGS, Problem, exclusive, need_disk, run, step

TOOLS = Path(__file__).resolve().parent
ENVIRONMENTS = {
    "odoo": ("requirements-odoo.txt", "requirements-test.txt"),
    "engine": ("requirements-engine.txt",),
    "lint": ("requirements-lint.txt",),
    "servers": ("requirements-servers.txt",),
    "cloudkitty": ("requirements-cloudkitty.txt",),
}
GIGABYTES = {"odoo": 1.0, "engine": 0.2, "lint": 0.3, "servers": 0.3, "cloudkitty": 0.4}


def ensure(name):
    """The Python of the environment `name`, made or brought up to date when it is not."""
    lists = [TOOLS / file for file in ENVIRONMENTS[name]]
    folder = DEV / f"venv-{name}"
    python = folder / "bin" / "python"
    fingerprint = _fingerprint(lists)
    marker = folder / "INSTALLED"
    if python.exists() and marker.is_file() and marker.read_text() == fingerprint:
        return python
    with exclusive(f"venv-{name}"):
        if python.exists() and marker.is_file() and marker.read_text() == fingerprint:
            return python
        need_disk(GIGABYTES[name], f"The Python environment {folder.name}")
        with step(f"Install Python packages for {name} ({', '.join(path.name for path in lists)})"):
            pip = _pip(folder)
            marker.unlink(missing_ok=True)
            requirements = [part for path in lists for part in ("-r", path)]
            run(
                [*pip, "install", "--quiet", "--disable-pip-version-check", *requirements],
                "Installing the Python packages (is the package index reachable?)",
                log=LOGS / f"pip-{name}.log",
            )
            marker.write_text(fingerprint)
    return python


def ready(name):
    """The Python of an environment when it is complete already, else None."""
    marker = DEV / f"venv-{name}" / "INSTALLED"
    lists = [TOOLS / file for file in ENVIRONMENTS[name]]
    if marker.is_file() and marker.read_text() == _fingerprint(lists):
        return DEV / f"venv-{name}" / "bin" / "python"
    return None


def _fingerprint(lists):
    text = sys.version.split()[0] + "".join(path.read_text() for path in lists)
    return hashlib.sha256(text.encode()).hexdigest()


def _pip(folder):
    """The pip command of the environment `folder`, created when it is not there or was made by another Python."""
    python = folder / "bin" / "python"
    if not _same_python(python):
        shutil.rmtree(folder, ignore_errors=True)
        if _has("venv") and _has("ensurepip"):
            run([sys.executable, "-m", "venv", folder], "Creating the Python environment")
        elif _has("venv") and _has("pip"):
            run([sys.executable, "-m", "venv", "--without-pip", folder], "Creating the Python environment")
        elif _has("virtualenv"):
            run([sys.executable, "-m", "virtualenv", "--quiet", folder], "Creating the Python environment")
        else:
            version = ".".join(str(part) for part in sys.version_info[:2])
            raise Problem(
                f"Python {version} here cannot make virtual environments: its venv or ensurepip module is missing."
                f" Install Debian's package python{version}-venv (as root: apt-get install python{version}-venv)."
            )
    if (folder / "bin" / "pip").exists():
        return [python, "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", python]


def _same_python(python):
    if not python.exists():
        return False
    asked = subprocess.run(
        [python, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() == sys.version


def _has(module):
    # A module may be found and still be the stub that a distribution leaves in its place: import it.
    return subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0
