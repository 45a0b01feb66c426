"""Get the source of Odoo 19 Community, without root and without touching the system's own package lists.

Odoo 19 is not on PyPI. Debian packages it in its unstable suite; apt can fetch the package under a private
configuration, and `dpkg -x` unpacks it into a folder. `ODOO_SRC` names a checkout that a person already has and wins.
"""

import os
import re
import shutil
from pathlib import Path

from common import DEV, Problem, exclusive, need_disk, run, step

PACKAGES = [
    "odoo-19",
    # Odoo's package links to these files relative to its own place: without them the web client answers 500.
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
]
KEYRINGS = ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"]
# A browser stops the whole web client when a file of its bundle is missing, and Debian had to leave this one out.
REMOVED_BY_DEBIAN = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


class Source:
    """Where an Odoo 19 lies: `path` goes on sys.path, `addons` are its folders of add-ons, `version` is for people."""

    def __init__(self, path, version):
        self.path = Path(path)
        self.version = version
        folders = [self.path / "addons", self.path / "odoo" / "addons"]
        # Debian leaves an `addons` with Python files only beside the complete `odoo/addons`: modules without views.
        self.addons = [folder for folder in folders if any(folder.glob("*/views"))]


def ensure():
    """The Odoo 19 to use, fetched when there is none yet."""
    if os.environ.get("ODOO_SRC"):
        return _own_source(Path(os.environ["ODOO_SRC"]).expanduser().resolve())
    marker = DEV / "odoo" / "VERSION"
    with exclusive("odoo"):
        if not marker.is_file():
            _fetch(marker)
    return Source(DEV / "odoo" / "root" / "usr" / "lib" / "python3" / "dist-packages", marker.read_text().strip())


def _own_source(path):
    release = path / "odoo" / "release.py"
    if not release.is_file():
        raise Problem(
            f"ODOO_SRC is {path}, and there is no odoo/release.py in it. Set it to the root of an Odoo 19 source."
        )
    version = re.search(r"^version_info *= *\(([^,]+), *([^,]+)", release.read_text(), re.MULTILINE)
    if not version or version[1] != "19":
        raise Problem(f"ODOO_SRC is {path}, which is not an Odoo 19.0: {version[0] if version else 'no version_info'}.")
    return Source(path, f"{version[1]}.{version[2]} of {path}")


def _fetch(marker):
    for tool in ("apt-get", "dpkg"):
        if not shutil.which(tool):
            raise Problem(
                f"There is no {tool} here to fetch Odoo 19 with. Set ODOO_SRC to an Odoo 19.0 source that you have,"
                " for example a git checkout of its 19.0 branch."
            )
    need_disk(3, "The source of Odoo 19")
    with step("Fetch Odoo 19 Community from Debian (130 MB)") as result:
        folder = DEV / "odoo"
        shutil.rmtree(folder, ignore_errors=True)
        apt = _private_apt(folder / "apt")
        run([*apt, "update"], "Reading Debian's package list")
        downloads = folder / "debs"
        downloads.mkdir()
        try:
            run([*apt, "download", *PACKAGES], "Downloading Odoo 19", cwd=downloads)
        except Problem as problem:
            raise Problem(
                f"{problem}\nDebian's unstable suite does not offer one of these packages today: {', '.join(PACKAGES)}."
                " Set ODOO_SRC to an Odoo 19.0 source that you have instead."
            ) from None
        for package in sorted(downloads.iterdir()):
            run(["dpkg", "-x", package, folder / "root"], f"Unpacking {package.name}")
        (version,) = (package.name.split("_")[1] for package in downloads.glob("odoo-19_*"))
        missing = folder / "root/usr/lib/python3/dist-packages/odoo/addons" / REMOVED_BY_DEBIAN
        if not missing.exists():
            missing.parent.mkdir(parents=True, exist_ok=True)
            missing.touch()
        shutil.rmtree(downloads)
        shutil.rmtree(folder / "apt")
        marker.write_text(version + "\n")
        result.append(f"version {version}")


def _private_apt(folder):
    """An apt-get that knows Debian's unstable suite and keeps its lists, cache and status in `folder`."""
    for name in ("lists/partial", "cache/archives/partial", "empty"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    debian = _mirrors()
    keyring = next((path for path in KEYRINGS if Path(path).is_file()), None)
    if not debian or not keyring:
        raise Problem(
            "apt here does not serve Debian, and only Debian packages Odoo 19."
            " Set ODOO_SRC to an Odoo 19.0 source that you have."
        )
    sources = folder / "unstable.sources"
    sources.write_text(f"Types: deb\nURIs: {debian[0]}\nSuites: sid\nComponents: main\nSigned-By: {keyring}\n")
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
