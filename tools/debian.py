"""Packages of Debian in folders of their own, without root and without touching the system's own package lists.

apt fetches a package under a private configuration, and `dpkg -x` unpacks it: nothing is installed, no service starts.
"""

import re
import shutil
from pathlib import Path

from common import DEV, Problem, exclusive, need_disk, run, step

KEYRINGS = ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"]


def ensure(name, packages, megabytes):
    """The folder with the files of these packages of the machine's own Debian, fetched when it is not there yet."""
    marker = DEV / name / "VERSION"
    with exclusive(name):
        if not marker.is_file():
            need_disk(megabytes / 1000, f"{name} of Debian")
            with step(f"Fetch {name} from Debian ({megabytes} MB)") as result:
                shutil.rmtree(DEV / name, ignore_errors=True)
                versions = unpack(DEV / name, _own_suite(), packages)
                marker.write_text("\n".join(versions) + "\n")
                result.append(", ".join(versions))
    return DEV / name / "root"


def unpack(folder, suite, packages):
    """Fetch packages of a suite and unpack them into folder/root. Returns what they are called with their versions."""
    apt = _private_apt(folder / "apt", suite)
    run([*apt, "update"], "Reading Debian's package list")
    downloads = folder / "debs"
    downloads.mkdir()
    run([*apt, "download", *packages], f"Downloading {', '.join(packages)}", cwd=downloads)
    names = sorted(downloads.iterdir())
    for package in names:
        run(["dpkg", "-x", package, folder / "root"], f"Unpacking {package.name}")
    shutil.rmtree(downloads)
    shutil.rmtree(folder / "apt")
    return [package.name.rpartition("_")[0] for package in names]


def _own_suite():
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r'^VERSION_CODENAME="?(\w+)', text, re.MULTILINE)
    return found[1] if found else "stable"


def _private_apt(folder, suite):
    """An apt-get that knows one suite of Debian and keeps its lists, cache and status in `folder`."""
    for tool in ("apt-get", "dpkg"):
        if not shutil.which(tool):
            raise Problem(f"There is no {tool} here to fetch a package of Debian with.")
    for name in ("lists/partial", "cache/archives/partial", "empty"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    debian = _mirrors()
    keyring = next((path for path in KEYRINGS if Path(path).is_file()), None)
    if not debian or not keyring:
        raise Problem("apt here does not serve Debian.")
    sources = folder / "one.sources"
    sources.write_text(f"Types: deb\nURIs: {debian[0]}\nSuites: {suite}\nComponents: main\nSigned-By: {keyring}\n")
    options = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": folder / "empty",
        "Dir::State::Lists": folder / "lists",
        "Dir::State::Status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
        # As root apt would drop to a user that may not reach this folder.
        "APT::Sandbox::User": "",
    }
    return ["apt-get", "-q", *(part for key, value in options.items() for part in ("-o", f"{key}={value}"))]


def _mirrors():
    """The addresses this machine's apt takes Debian from."""
    fields = "$(REPO_URI)|$(ORIGIN)|$(LABEL)"
    lines = run(["apt-get", "indextargets", "--format", fields], "Asking apt for its mirror").splitlines()
    known = [line.split("|")[0] for line in lines if line.endswith("|Debian|Debian")]
    # Before the first `apt-get update` apt knows addresses only.
    return known or [line.split("|")[0] for line in lines if line.rstrip("/|").endswith("/debian")]
